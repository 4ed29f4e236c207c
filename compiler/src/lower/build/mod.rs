//! Building blocks on the IR's builder: instructions that several models or expressions share.
//!
//! Nothing here knows the document beyond a literal or a label, warns, or makes a row fail: the functions take only the
//! [`Builder`](crate::ir::Builder). Functions that need more take the [`Lowering`](super::state::Lowering), in the
//! parent module.

pub mod guard;
pub mod interval;
pub mod label;
pub mod lists;
pub mod literal;
pub mod numbers;
pub mod operand;
pub mod strings;
pub mod ternary;
