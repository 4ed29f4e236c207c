//! The options of lowering.

use super::invalid::InvalidRule;
use pmml_runtime::Interrupt;

/// Choices that a document leaves to its user.
#[derive(Clone, Debug)]
pub struct Options {
    /// The model to use, by its `modelName`; without one, the first that is scorable.
    pub model_name: Option<String>,
    /// The results that a row has, in this order, by the names of targets, output fields and derived fields; if empty,
    /// those that the document names.
    pub outputs: Vec<String>,
    /// Whether NaN in the input is a number. Otherwise it is a missing value, and a present cell never holds one.
    pub nan_is_number: bool,
    /// What becomes of invalid values, in place of what mining schemas say, those of segments included. Rules that name
    /// a field count before those for all, later ones before earlier ones.
    pub invalid: Vec<InvalidRule>,
    /// How many times the size of the document its program may take, besides 32 MiB; likewise what is generated from it
    /// and computed for it. 64 by default.
    pub max_expansion: u64,
    /// What ends the work before it is done.
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
