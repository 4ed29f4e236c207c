//! What machine code calls besides the runtime's functions.
//!
//! The code passes references as addresses, bools as bytes and texts and lists as 32-bit numbers, as the declarations
//! here say; [`Helper::signature`] says the same to Cranelift.

use super::code;
use crate::ir::evaluate::contains as set_contains;
use crate::ir::table::key_bits;
use crate::ir::{Constant, MapData, SetData, Type};
use pmml_runtime::{Context, List};

/// A helper.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(super) enum Helper {
    /// Set, value's bits: whether it contains it.
    Contains,
    /// Map, address of the keys' bits: the row number.
    Find,
    /// Context: a new list.
    NewList,
    /// Context, list, item's bits, whether it is present.
    Push,
    /// Context, the row's number in its block: it is charged from now on.
    SelectRow,
}

/// What a helper takes or gives.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Parameter {
    /// A value of the IR.
    Value(Type),
    /// An address, or bits of a value of any type.
    Word,
}

impl Helper {
    /// The parameters, and the result if there is one.
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

    /// The address.
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

/// Names and addresses of the functions that code calls on machines which have no instructions for them.
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

/// A map in one piece of memory.
#[derive(Debug)]
pub(super) struct MapIndex {
    types: Box<[Type]>,
    /// The tuples in ascending order, one after the other.
    keys: Box<[u64]>,
    /// The row number of each.
    rows: Box<[i64]>,
}

impl MapIndex {
    /// How many bytes of memory its lists take.
    pub fn bytes(&self) -> usize {
        size_of_val::<[Type]>(&self.types)
            + size_of_val::<[u64]>(&self.keys)
            + size_of_val::<[i64]>(&self.rows)
    }

    pub fn new(map: &MapData) -> Self {
        Self {
            types: map.keys.clone().into(),
            keys: map.rows.iter().flat_map(|(keys, _)| keys.iter().copied()).collect(),
            rows: map.rows.iter().map(|(_, row)| *row).collect(),
        }
    }

    /// How many keys a tuple has.
    pub fn width(&self) -> usize {
        self.types.len()
    }

    /// The row number of the bits of a tuple, or -1.
    pub fn find(&self, keys: &[u64]) -> i64 {
        let width = self.width();
        let (mut low, mut high) = (0, self.rows.len());
        // Narrows the range of tuples that agree with the first keys, key by key.
        for (column, (bits, ty)) in keys.iter().zip(&self.types).enumerate() {
            let Some(bits) = Constant::from_bits(*ty, *bits).and_then(key_bits) else { return -1 };
            let key = |row: usize| self.keys.get(row * width + column).copied().unwrap_or(u64::MAX);
            let first = partition(low, high, |row| key(row) < bits);
            high = partition(first, high, |row| key(row) <= bits);
            low = first;
        }
        match low < high {
            true => self.rows.get(low).copied().unwrap_or(-1),
            false => -1,
        }
    }
}

/// The first number from `low` to `high` that is not below, of which all those that are come first.
fn partition(mut low: usize, mut high: usize, below: impl Fn(usize) -> bool) -> usize {
    while low < high {
        let middle = low + (high - low) / 2;
        match below(middle) {
            true => low = middle + 1,
            false => high = middle,
        }
    }
    low
}
