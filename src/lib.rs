//! Scores PMML models, compiled to machine code.
//!
//! ```
//! # #[cfg(feature = "jit")] {
//! let document = r#"
//! <PMML xmlns="http://www.dmg.org/PMML-4_4" version="4.4">
//!   <Header/>
//!   <DataDictionary>
//!     <DataField name="area" optype="continuous" dataType="double"/>
//!     <DataField name="price" optype="continuous" dataType="double"/>
//!   </DataDictionary>
//!   <RegressionModel functionName="regression">
//!     <MiningSchema>
//!       <MiningField name="area"/>
//!       <MiningField name="price" usageType="target"/>
//!     </MiningSchema>
//!     <RegressionTable intercept="10"><NumericPredictor name="area" coefficient="2.5"/></RegressionTable>
//!   </RegressionModel>
//! </PMML>"#;
//! let model = pmml::Model::from_str(document)?;
//! let result = model.predict(&[("area", pmml::Value::Double(100.0))])?;
//! assert_eq!(result.get("price"), Some(pmml::Value::Double(260.0)));
//! # }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Feature flags
//!
//! - `macros` (default): [`pmml_model!`], which compiles a document into the program.
//! - `jit`: [`Model`], which loads documents at run time and compiles them with Cranelift. Off by default.
//! - `arrow`: `Model::predict_record_batch`, which takes and gives record batches of Apache Arrow. Off by default.
//! - `parallel`: `Model::predict_batch_parallel`, on the threads of rayon. Off by default.

#![forbid(unsafe_code)]

mod absent;
#[cfg(feature = "arrow")]
pub mod arrow;
mod batch;
mod blocks;
mod border;
mod counts;
mod error;
mod explain;
mod model;
mod record;
mod row;
mod scorer;
mod verify;

#[cfg(feature = "macros")]
pub use pmml_macros::pmml_model;

/// What models that [`pmml_model!`] compiles take and give besides their own structs.
#[cfg(feature = "macros")]
pub mod compiled {
    pub use pmml_runtime::compiled::{
        Category, Column, Deviation, Difference, Failure, FailureKind, Field, Range,
    };
}

/// What generated code calls.
#[doc(hidden)]
pub use pmml_runtime as runtime;

pub use absent::MissingColumns;
pub use batch::{Batch, BatchResult, Column};
pub use counts::{Counts, InvalidCount};
pub use error::{BatchError, Error, RowError, RowErrorKind};
pub use model::{Backend, Memory, Model, ModelOptions, NanHandling};
pub use pmml_compiler::absent::{AbsentColumn, AbsentColumns};
pub use pmml_compiler::document::data_dictionary::{DataType, OpType};
pub use pmml_compiler::error::Position;
pub use pmml_compiler::lower::{InvalidHandling, InvalidRule, InvalidRuleError};
pub use pmml_compiler::names::{NamesError, split_names};
pub use pmml_compiler::signature::{Category, Field, Range, Signature};
pub use pmml_runtime::compiled::Value;
pub use pmml_runtime::diagnostics::nearest;
pub use pmml_runtime::diagnostics::quote::{into_legible, is_legible, legible, quote};
pub use pmml_runtime::{Budget, Interrupt};
pub use record::Record;
pub use row::Row;
pub use scorer::{BLOCK_ROWS, Scorer};
pub use verify::{Difference, Verification};

/// The code of the README, which is tested with the documentation's.
#[cfg(all(doctest, feature = "jit"))]
#[doc = include_str!("../README.md")]
pub struct Readme;
