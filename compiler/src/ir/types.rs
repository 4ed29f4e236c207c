//! The types of values, and constants.
//!
//! There are few types, because PMML's many data types differ only where rows are converted: dates and times are integers inside a
//! program (days or seconds since an epoch that the signature knows), categories are [`Type::String`] when their field is
//! a string. No type has a "missing" element: a value that may be missing is two values, the second one a
//! [`Type::Bool`] that says whether the first is present.

use pmml_runtime::StringId;
use std::fmt;

/// The type of a value.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Type {
    /// A boolean.
    Bool,
    /// A 64-bit signed integer; also a date or time.
    I64,
    /// An IEEE 754 number in single precision.
    F32,
    /// An IEEE 754 number in double precision.
    F64,
    /// A string, as a number in the program's dictionary or, past its end, in the arena of the call. Equal strings have
    /// equal numbers.
    String,
    /// A list of values of one type, each present or missing, in the arena of the call.
    List,
}

impl Type {
    /// Returns whether this is [`Type::F32`] or [`Type::F64`].
    pub fn is_float(self) -> bool {
        matches!(self, Type::F32 | Type::F64)
    }

    /// Returns whether values of the type can be added and ordered.
    pub fn is_number(self) -> bool {
        matches!(self, Type::I64 | Type::F32 | Type::F64)
    }
}

impl fmt::Display for Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Type::Bool => "bool",
            Type::I64 => "i64",
            Type::F32 => "f32",
            Type::F64 => "f64",
            Type::String => "string",
            Type::List => "list",
        })
    }
}

/// A constant of any type but [`Type::List`].
///
/// Constants are equal if their bits are: `0.0` differs from `-0.0`, and a NaN equals itself. Value numbering
/// and snapshots need this; programs compare with the instructions for it.
#[derive(Clone, Copy)]
pub enum Constant {
    /// A boolean.
    Bool(bool),
    /// An integer.
    I64(i64),
    /// An `f32`.
    F32(f32),
    /// An `f64`.
    F64(f64),
    /// A string of the program's dictionary.
    String(StringId),
}

impl Constant {
    /// Returns the constant's type.
    pub fn ty(self) -> Type {
        match self {
            Constant::Bool(_) => Type::Bool,
            Constant::I64(_) => Type::I64,
            Constant::F32(_) => Type::F32,
            Constant::F64(_) => Type::F64,
            Constant::String(_) => Type::String,
        }
    }

    /// Returns whether the constant is NaN.
    pub fn is_nan(self) -> bool {
        match self {
            Constant::F32(number) => number.is_nan(),
            Constant::F64(number) => number.is_nan(),
            Constant::Bool(_) | Constant::I64(_) | Constant::String(_) => false,
        }
    }

    /// Returns the constant's bits, as columns and tables hold them.
    pub fn bits(self) -> u64 {
        match self {
            Constant::Bool(value) => value as u64,
            Constant::I64(value) => value as u64,
            Constant::F32(value) => value.to_bits() as u64,
            Constant::F64(value) => value.to_bits(),
            Constant::String(value) => value.number() as u64,
        }
    }

    /// Returns the constant of a type with the given bits, or `None` for a [`Type::List`], which has no
    /// constants.
    pub fn from_bits(ty: Type, bits: u64) -> Option<Self> {
        Some(match ty {
            Type::Bool => Constant::Bool(bits != 0),
            Type::I64 => Constant::I64(bits as i64),
            Type::F32 => Constant::F32(f32::from_bits(bits as u32)),
            Type::F64 => Constant::F64(f64::from_bits(bits)),
            Type::String => Constant::String(StringId::from_number(bits as u32)),
            Type::List => return None,
        })
    }
}

impl PartialEq for Constant {
    fn eq(&self, other: &Self) -> bool {
        self.ty() == other.ty() && self.bits() == other.bits()
    }
}

impl Eq for Constant {}

impl std::hash::Hash for Constant {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.ty().hash(state);
        self.bits().hash(state);
    }
}

impl fmt::Debug for Constant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Constant::Bool(value) => write!(f, "{value}"),
            Constant::I64(value) => write!(f, "{value}"),
            Constant::F32(value) => write!(f, "{value:?}f32"),
            Constant::F64(value) => write!(f, "{value:?}"),
            Constant::String(value) => write!(f, "string{}", value.number()),
        }
    }
}
