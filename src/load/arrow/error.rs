//! Why a record batch cannot be scored.

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
    /// Not one of the model's inputs has a column.
    #[error("the record batch has none of the model's input fields, {}", quoted(.0))]
    NoColumns(Vec<String>),
    /// Several columns have the name of an input.
    #[error("the record batch has two columns of the name `{0}`")]
    TwoColumns(String),
    /// A column has a type that its field cannot take.
    #[error(
        "the column `{column}` is of the Arrow type {arrow_type}, which a field of the type {}{data_type} cannot take",
        if *.is_list { "list of " } else { "" }
    )]
    Type {
        /// The name of column and field.
        column: String,
        /// The column's type.
        arrow_type: arrow_schema::DataType,
        /// The field's type; of a list, that of its items.
        data_type: DataType,
        /// Whether the field's values are lists.
        is_list: bool,
    },
    /// A column has times in a zone whose offset is not fixed.
    #[error(
        "the column `{column}` has times in the zone `{zone}`: PMML knows local times only, and what a clock shows is told \
         of UTC and of fixed offsets such as `+01:00`; convert the column to local times without a zone"
    )]
    TimeZone {
        /// The name of the column.
        column: String,
        /// The zone.
        zone: String,
    },
    /// The record batch is not of the schema that the plan was made for.
    #[error("the record batch is of another schema than the plan was made for: column {column}")]
    Schema {
        /// The number of a column that differs.
        column: usize,
    },
    /// Results are more than a record batch can hold.
    #[error("the results are too large for one record batch: {0}")]
    TooLarge(String),
}

fn quoted(names: &[String]) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}
