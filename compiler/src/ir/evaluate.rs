//! What the operations without state compute, as functions of the bits of their arguments.
//!
//! The interpreter and constant folding both call these, so that a folded program computes the same as an
//! interpreted one. Bits are as [`Constant::bits`] returns them.

use super::entity::Value;
use super::instruction::{Binary, Operation, Unary};
use super::program::Program;
use super::table::SetData;
use super::types::{Constant, Type};
use pmml_runtime::Context;

/// Returns the bits of the result of an operation that depends only on its arguments (and, for a function in
/// context, on the strings and lists of the call). Returns `None` for the others: inputs, forests, kernels,
/// lists and operations with an effect.
///
/// `argument` returns the bits of a value. Operations on constants alone, except calls of functions in context, have the
/// same result in every context.
pub fn evaluate(
    program: &Program,
    context: &mut Context<'_>,
    operation: &Operation,
    argument: impl Fn(Value) -> u64,
) -> Option<u64> {
    Some(match operation {
        Operation::Constant(constant) => constant.bits(),
        Operation::Unary(operator, a) => unary(*operator, program.ty(*a), argument(*a)),
        Operation::Binary(operator, a, b) => {
            binary(*operator, program.ty(*a), argument(*a), argument(*b)).bits()
        }
        Operation::Select(condition, then, otherwise) => {
            if argument(*condition) != 0 {
                argument(*then)
            } else {
                argument(*otherwise)
            }
        }
        Operation::Call(function, arguments) => {
            let arguments: Vec<u64> = arguments.iter().map(|value| argument(*value)).collect();
            function.call(context, &arguments)
        }
        Operation::Lookup(table, index) => program.tables[*table].get(argument(*index) as i64),
        Operation::Find(map, keys) => {
            let tuple: Option<Vec<Constant>> =
                keys.iter().map(|key| Constant::from_bits(program.ty(*key), argument(*key))).collect();
            tuple.map_or(-1, |tuple| program.maps[*map].find(&tuple)) as u64
        }
        Operation::Contains(set, value) => {
            contains(&program.sets[*set], program.ty(*value), argument(*value)) as u64
        }
        Operation::Input(..)
        | Operation::If { .. }
        | Operation::Forest(..)
        | Operation::Kernel(..)
        | Operation::List(_)
        | Operation::Recall { .. }
        | Operation::FailIf(..) => return None,
    })
}

/// Returns whether a set contains the value of the given type and bits. No set contains a list.
pub fn contains(set: &SetData, ty: Type, bits: u64) -> bool {
    Constant::from_bits(ty, bits).is_some_and(|value| set.contains(value))
}

/// Computes an operation on one value of the given type.
fn unary(unary: Unary, ty: Type, bits: u64) -> u64 {
    let single = f32::from_bits(bits as u32);
    let double = f64::from_bits(bits);
    let integer = bits as i64;
    let of_float = |of_single: fn(f32) -> f32, of_double: fn(f64) -> f64| match ty {
        Type::F32 => Constant::F32(of_single(single)),
        _ => Constant::F64(of_double(double)),
    };
    let result = match unary {
        Unary::Not => Constant::Bool(bits == 0),
        Unary::Negate => of_float(|x| -x, |x| -x),
        Unary::Absolute => of_float(f32::abs, f64::abs),
        Unary::SquareRoot => of_float(f32::sqrt, f64::sqrt),
        Unary::Floor => of_float(f32::floor, f64::floor),
        Unary::Ceil => of_float(f32::ceil, f64::ceil),
        Unary::BoolToI64 => Constant::I64((bits != 0) as i64),
        Unary::I64ToF64 => Constant::F64(integer as f64),
        Unary::I64ToF32 => Constant::F32(integer as f32),
        Unary::F32ToF64 => Constant::F64(single as f64),
        Unary::F64ToF32 => Constant::F32(double as f32),
        Unary::F64ToI64 => Constant::I64(double as i64),
    };
    result.bits()
}

/// Computes an operation on two values of the given type.
fn binary(binary: Binary, ty: Type, left: u64, right: u64) -> Constant {
    match ty {
        Type::I64 => integers(binary, left as i64, right as i64),
        Type::F32 => {
            let (left, right) = (f32::from_bits(left as u32), f32::from_bits(right as u32));
            match binary {
                Binary::Add => Constant::F32(left + right),
                Binary::Subtract => Constant::F32(left - right),
                Binary::Multiply => Constant::F32(left * right),
                Binary::Divide => Constant::F32(left / right),
                comparison => compare(comparison, left, right),
            }
        }
        Type::F64 => {
            let (left, right) = (f64::from_bits(left), f64::from_bits(right));
            match binary {
                Binary::Add => Constant::F64(left + right),
                Binary::Subtract => Constant::F64(left - right),
                Binary::Multiply => Constant::F64(left * right),
                Binary::Divide => Constant::F64(left / right),
                comparison => compare(comparison, left, right),
            }
        }
        Type::Bool => match binary {
            Binary::And => Constant::Bool(left != 0 && right != 0),
            Binary::Or => Constant::Bool(left != 0 || right != 0),
            comparison => compare(comparison, left != 0, right != 0),
        },
        Type::String | Type::List => compare(binary, left, right),
    }
}

fn integers(binary: Binary, left: i64, right: i64) -> Constant {
    match binary {
        Binary::Add => Constant::I64(left.wrapping_add(right)),
        Binary::Subtract => Constant::I64(left.wrapping_sub(right)),
        Binary::Multiply => Constant::I64(left.wrapping_mul(right)),
        comparison => compare(comparison, left, right),
    }
}

/// Compares two values. The verifier rejects any other operation on the types that get here.
fn compare<T: PartialOrd>(comparison: Binary, left: T, right: T) -> Constant {
    Constant::Bool(match comparison {
        Binary::Equal => left == right,
        Binary::NotEqual => left != right,
        Binary::Less => left < right,
        Binary::LessOrEqual => left <= right,
        Binary::Greater => left > right,
        Binary::GreaterOrEqual => left >= right,
        Binary::Add | Binary::Subtract | Binary::Multiply | Binary::Divide | Binary::And | Binary::Or => {
            false
        }
    })
}
