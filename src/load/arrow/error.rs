//! Errors of record batches.

use pmml_compiler::absent::AbsentColumns;
use pmml_runtime::DataType;
use thiserror::Error as ThisError;

/// Why a record batch cannot be scored.
#[derive(Clone, Debug, PartialEq, Eq, ThisError)]
#[non_exhaustive]
pub enum RecordBatchError {
    /// Inputs of the model have no column.
    #[error("the record batch has no column for {0}")]
    MissingColumns(AbsentColumns),
    /// None of the model's inputs has a column.
    #[error("the record batch has none of the model's input fields, {}", quoted(.0))]
    NoColumns(Vec<String>),
    /// Several columns have the name of an input.
    #[error("the record batch has two columns named `{0}`")]
    TwoColumns(String),
    /// A column has a type that its field cannot take.
    #[error(
        "the column `{column}` has the Arrow type {arrow_type}, which a field of type {}{data_type} cannot take",
        if *.is_list { "list of " } else { "" }
    )]
    Type {
        /// The name of column and field.
        column: String,
        /// The column's type.
        arrow_type: arrow_schema::DataType,
        /// The field's type, or that of its items if it is a list.
        data_type: DataType,
        /// Whether the field's values are lists.
        is_list: bool,
    },
    /// A column has times in a zone whose offset is not fixed.
    #[error(
        "the column `{column}` has times in the zone `{zone}`: PMML has only local times, which can be computed for UTC \
         and for fixed offsets such as `+01:00`; convert the column to local times without a zone"
    )]
    TimeZone {
        /// The name of the column.
        column: String,
        /// The zone.
        zone: String,
    },
    /// The record batch does not have the schema that the plan was made for.
    #[error("the record batch does not have the schema that the plan was made for: column {column} differs")]
    Schema {
        /// The number of the first column that differs.
        column: usize,
    },
    /// The results do not fit into a record batch.
    #[error("the results are too large for one record batch: {0}")]
    TooLarge(String),
}

fn quoted(names: &[String]) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}
