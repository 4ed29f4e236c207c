//! The options of lowering.

use super::invalid::InvalidRule;
use pmml_runtime::Interrupt;

/// The choices that a document leaves to its user.
#[derive(Clone, Debug)]
pub struct Options {
    /// The model to use, by its `modelName`; without one, the first that is scorable.
    pub model_name: Option<String>,
    /// The results of a row, in this order, by the names of targets, output fields and derived fields; if empty, those
    /// that the document names.
    pub outputs: Vec<String>,
    /// Whether NaN in the input is a number. Otherwise it is a missing value.
    pub nan_is_number: bool,
    /// The treatment of invalid values, in place of that of all mining schemas, including those of segments. Rules that
    /// name a field have precedence over those for all, later ones over earlier ones.
    pub invalid: Vec<InvalidRule>,
    /// The maximum size of the program as a multiple of the document's size, in addition to 32 MiB; also limits what is
    /// generated from it and computed for it. 64 by default.
    pub max_expansion: u64,
    /// A handle that can end the work early.
    pub interrupt: Option<Interrupt>,
}

impl Default for Options {
    fn default() -> Self {
        let max_expansion = crate::expansion::DEFAULT;
        Self {
            model_name: None,
            outputs: Vec::new(),
            nan_is_number: false,
            invalid: Vec::new(),
            max_expansion,
            interrupt: None,
        }
    }
}
