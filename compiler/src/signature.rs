//! The signature: the inputs and results of a model, with types and domains.

use crate::document::data_dictionary::{DataType, OpType};
pub use pmml_runtime::compiled::Range;
use pmml_runtime::diagnostics::invalid::Declared;

/// The inputs and results of a model.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Signature {
    /// The model's name.
    pub model_name: Option<String>,
    /// The inputs, in the order of the program's.
    pub inputs: Vec<Field>,
    /// The inputs that are targets of the model, whether or not those are among the results: the model uses
    /// their actual values, which rows seldom have.
    pub target_inputs: Vec<usize>,
    /// The field by whose values rows are grouped, if some inputs are lists: a list holds the values of a
    /// group's rows. It is not an input itself.
    pub group: Option<String>,
    /// The number of results that are targets: they come first, the output fields after them. If results are
    /// [selected](crate::lower::Options::outputs) by name, the number of targets before the first other
    /// result.
    pub targets: usize,
    /// The results, in the order of the program's.
    pub results: Vec<Field>,
}

/// A field of a signature.
#[derive(Clone, Debug, PartialEq)]
pub struct Field {
    /// The field's name.
    pub name: String,
    /// The name to show to people.
    pub display_name: Option<String>,
    /// The type of its values, or of their items if they are lists.
    pub data_type: DataType,
    /// Which operations the values admit.
    pub optype: OpType,
    /// Whether its values are lists.
    pub is_list: bool,
    /// The valid values that the document lists, in order.
    pub values: Vec<Category>,
    /// The ranges of valid values.
    pub intervals: Vec<Range>,
}

impl Field {
    /// Returns what the document declares about the field's values.
    pub fn declared(&self) -> Declared<'_, impl ExactSizeIterator<Item = &str> + Clone> {
        Declared {
            data_type: self.data_type,
            is_list: self.is_list,
            values: self.values.iter().map(|category| category.value.as_str()),
            intervals: &self.intervals,
        }
    }
}

/// A value of a categorical or ordinal field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Category {
    /// The value, as the document writes it.
    pub value: String,
    /// The text to show to people.
    pub display_value: Option<String>,
}
