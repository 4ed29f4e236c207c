//! The functions that machine code calls besides the runtime's functions.
//!
//! The code passes references as addresses, bools as bytes, and strings and lists as 32-bit numbers, as the
//! declarations here say; [`Helper::signature`] declares the same to Cranelift.

use super::code;
use crate::ir::evaluate::contains as set_contains;
use crate::ir::{SetData, Type};
use pmml_runtime::{Context, List};

/// A helper.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(super) enum Helper {
    /// Takes a set and a value's bits. Returns whether the set contains the value.
    Contains,
    /// Takes a map and the address of the keys' bits. Returns the row number.
    Find,
    /// Takes the context. Returns a new list.
    NewList,
    /// Takes the context, a list, an item's bits and whether it is present. Adds the item.
    Push,
    /// Takes the context and a row's number in its block. Charges that row from now on.
    SelectRow,
}

/// The type of what a helper takes or returns.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Parameter {
    /// A value of the IR.
    Value(Type),
    /// An address, or bits of a value of any type.
    Word,
}

impl Helper {
    /// Returns the types of the parameters, and that of the result if there is one.
    pub fn signature(self) -> (&'static [Parameter], Option<Type>) {
        use Parameter::{Value, Word};
        match self {
            Helper::Contains => (&[Word, Word], Some(Type::Bool)),
            Helper::Find => (&[Word, Word], Some(Type::I64)),
            Helper::NewList => (&[Word], Some(Type::List)),
            Helper::Push => (&[Word, Value(Type::List), Word, Value(Type::Bool)], None),
            Helper::SelectRow => (&[Word, Word], None),
        }
    }

    /// Returns the address.
    pub fn address(self) -> *const u8 {
        match self {
            Helper::Contains => contains as *const u8,
            Helper::Find => code::find as *const u8,
            Helper::NewList => new_list as *const u8,
            Helper::Push => push as *const u8,
            Helper::SelectRow => select_row as *const u8,
        }
    }
}

extern "C" fn contains(set: &SetData, bits: u64) -> bool {
    set_contains(set, set.ty, bits)
}

extern "C" fn new_list(context: &mut Context<'_>) -> List {
    context.new_list()
}

extern "C" fn push(context: &mut Context<'_>, list: List, bits: u64, present: bool) {
    context.push(list, present.then_some(bits));
}

extern "C" fn select_row(context: &mut Context<'_>, row: u64) {
    context.select_row(row as usize);
}

/// Returns the names and addresses of the functions that code calls on machines without instructions for
/// them.
pub(super) fn rounding() -> [(&'static str, *const u8); 4] {
    extern "C" fn floor(x: f64) -> f64 {
        x.floor()
    }
    extern "C" fn ceil(x: f64) -> f64 {
        x.ceil()
    }
    extern "C" fn floor_single(x: f32) -> f32 {
        x.floor()
    }
    extern "C" fn ceil_single(x: f32) -> f32 {
        x.ceil()
    }
    [
        ("floor", floor as *const u8),
        ("ceil", ceil as *const u8),
        ("floorf", floor_single as *const u8),
        ("ceilf", ceil_single as *const u8),
    ]
}
