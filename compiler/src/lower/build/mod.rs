//! Building blocks over the IR's builder: instructions that several models or expressions have in common.
//!
//! Nothing here knows the document beyond a literal or a label, warns, or makes a row fail: the functions take the
//! [`Builder`](crate::ir::Builder) alone. What needs more takes the [`Lowering`](super::state::Lowering), in the modules around.

pub mod guard;
pub mod interval;
pub mod label;
pub mod lists;
pub mod literal;
pub mod numbers;
pub mod operand;
pub mod strings;
pub mod ternary;
