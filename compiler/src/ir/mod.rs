//! The intermediate representation, which lowering makes from a document, passes rewrite and backends
//! translate.
//!
//! A [`Program`] computes the results of one row: its *body* is a structured SSA region (see [`instruction`])
//! over the row's inputs. Forests, kernels, tables, sets and maps are separate entities. The IR knows nothing
//! about PMML: names of the document survive only in the [`Signature`](crate::signature::Signature) and in
//! the reasons why a row can fail. `docs/ir.md` is its reference, with the text form that [`mod@print`]
//! writes and [`parse`] reads back.
//!
//! The program of one row is also the program of a block of rows: the [`stage`](crate::passes::stage) pass
//! cuts it at the instructions that work on whole blocks (kernels) into stages that run one after the other
//! under masks of active rows.
//!
//! Invariants, checked by [`verify`]: every value is defined before it is used, in the same region or one around it;
//! argument and result types fit; a region belongs to one instruction; yields of the two regions of an `If` agree; regions
//! nest to a depth of [`MAX_NESTING`] at most, so that passes and engines may recurse over them; a history is recalled by
//! one instruction at most.

pub mod builder;
pub mod entity;
pub mod evaluate;
pub mod forest;
pub mod function;
pub mod instruction;
pub mod kernel;
pub mod memory;
pub mod parse;
pub mod print;
pub mod program;
#[cfg(any(test, feature = "testing"))]
pub mod random;
pub mod table;
pub mod types;
pub mod verify;

pub use builder::Builder;
pub use entity::{
    Arena, Failure, ForestId, History, Id, Input, Instruction, Kernel, Map, Node, Region, Set, Table, Value,
};
pub use forest::{Forest, Leaf, Reduction, Term, Test, TreeNode};
pub use function::Function;
pub use instruction::{Binary, InputPart, Operation, Unary};
pub use kernel::{Activation, Dense, Distances, KernelData, KernelMachines, Similarity};
pub use program::{
    FailureData, FailureKind, HistoryData, InputData, InstructionData, MAX_NESTING, Program, RegionData,
    ValueData,
};
pub use table::{MapData, SetData, TableData};
pub use types::{Constant, Type};
