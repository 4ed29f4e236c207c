//! QuickScorer on processors that do not support it, where [`Vbmi`] has no values.

use crate::forest::image::Forest;
use crate::forest::rows::Evaluation;
use crate::simd::Vbmi;

impl Forest<'_> {
    /// Evaluates rows by QuickScorer.
    pub(in crate::forest) fn evaluate_by_quick_scorer(&self, vbmi: Vbmi, _: Evaluation<'_>) {
        match vbmi {}
    }
}
