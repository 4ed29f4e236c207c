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
//! With `macros` alone, a program contains only the runtime and its models: the compiler is built for the build machine.
//!
//! - `macros` (default): [`pmml_model!`], which compiles a document into the program.
//! - `jit`: `Model`, which loads documents at run time and compiles them with Cranelift. Off by default.
//! - `interpreter`: `Model`, which loads documents at run time and interprets them: slow, without a code generator. Off by
//!   default; `jit`, `arrow` and `parallel` turn it on.
//! - `arrow`: `Model::predict_record_batch`, which scores record batches of Apache Arrow. Off by default.
//! - `parallel`: `Model::predict_batch_parallel`, on the threads of rayon. Off by default.

#![forbid(unsafe_code)]

#[cfg(feature = "interpreter")]
mod load;
#[cfg(feature = "interpreter")]
pub use load::*;
#[cfg(feature = "interpreter")]
#[doc(inline)]
pub use pmml_compiler::{
    absent::{AbsentColumn, AbsentColumns},
    document::Document,
    error::{Error as DocumentError, Position},
    lower::{InvalidHandling, InvalidRule, InvalidRuleError},
    names::{NamesError, split_names},
    signature::{Category, Field, Range, Signature},
};

#[cfg(feature = "macros")]
pub use pmml_macros::pmml_model;

/// Types of the code that [`pmml_model!`] generates, besides the structs of each model.
#[cfg(feature = "macros")]
pub mod compiled {
    pub use pmml_runtime::compiled::{
        Category, Column, Deviation, Difference, Failure, FailureKind, Field, Range,
    };
}

/// The functions that generated code calls.
#[doc(hidden)]
pub use pmml_runtime as runtime;

pub use pmml_runtime::compiled::Value;
pub use pmml_runtime::diagnostics::nearest;
pub use pmml_runtime::diagnostics::quote::{into_legible, is_legible, legible, quote};
pub use pmml_runtime::{Budget, DataType, Interrupt, OpType};

/// The code in the README, which is tested as documentation is.
#[cfg(all(doctest, feature = "jit"))]
#[doc = include_str!("../README.md")]
pub struct Readme;
