//! Codes: the numbers by which values of a field are compared.
//!
//! A number's code is the number itself. For functions that only test for equality the values of the instances are
//! numbered in order of appearance; the code of a row's value that no instance has is -1.

use super::ComparedField;
use crate::document::comparison_measure::CompareFunction;
use crate::document::data_dictionary::DataType;
use crate::error::Result;
use crate::ir::{Binary, Builder, Constant, FailureData, FailureKind, MapData, Type, Unary, Value};
use crate::lower::build::numbers;
use crate::lower::build::operand::{Operand, both, type_of};
use std::collections::HashMap;

/// The code of an instance's value that no row's value can equal.
pub const EQUALS_NOTHING: f64 = -2.0;

/// How the values of one field are mapped to codes.
#[derive(Debug)]
pub enum Coding {
    /// A number is its own code; a boolean is 1 or 0.
    Number,
    /// Values are numbered.
    Categories(Categories),
}

/// Numbered values.
#[derive(Debug, Default)]
pub struct Categories {
    values: Vec<Constant>,
    numbers: HashMap<Constant, usize>,
}

impl Coding {
    /// Returns the coding of a field's values for the function that compares them. Fails if the function needs numbers
    /// and the field has none.
    pub fn of(field: &ComparedField<'_>, data_type: DataType, counts: bool) -> Result<Self> {
        let ty = type_of(data_type);
        let only_equality = matches!(field.function, CompareFunction::Delta | CompareFunction::Equal);
        match ty {
            Type::F64 | Type::F32 => Ok(Coding::Number),
            _ if only_equality && !counts => Ok(Coding::Categories(Categories::default())),
            Type::String | Type::List => {
                let what = if counts { "ones and zeros" } else { "differences" };
                Err(field.invalid(format!("compares {what}, but the field has the type {data_type}")))
            }
            Type::Bool | Type::I64 => Ok(Coding::Number),
        }
    }

    /// Returns the code of a value of an instance, a constant of the field's type.
    pub fn code(&mut self, constant: Constant) -> f64 {
        match self {
            Coding::Number => number(constant),
            Coding::Categories(categories) => categories.code(constant),
        }
    }
}

impl Categories {
    /// Returns the number of a value, giving a new value the next one.
    fn code(&mut self, constant: Constant) -> f64 {
        let next = self.values.len();
        let number = *self.numbers.entry(constant).or_insert(next);
        if number == next {
            self.values.push(constant);
        }
        number as f64
    }
}

/// Returns a number or boolean as an `f64`.
fn number(constant: Constant) -> f64 {
    match constant {
        Constant::Bool(value) => f64::from(u8::from(value)),
        Constant::I64(value) => value as f64,
        Constant::F32(value) => f64::from(value),
        Constant::F64(value) => value,
        // Strings are never coded as numbers.
        Constant::String(_) => EQUALS_NOTHING,
    }
}

/// Lowers the code of the row's value.
pub fn code(builder: &mut Builder, operand: Operand, coding: Coding) -> Value {
    match coding {
        Coding::Number => numbers::to_f64(builder, operand.value, operand.data_type),
        Coding::Categories(categories) => {
            let keys = categories.values.into_iter().map(|value| vec![value]);
            let map = MapData::new(vec![operand.ty()], keys);
            let number = builder.find(map, &[operand.value]);
            builder.unary(Unary::I64ToF64, number)
        }
    }
}

/// Makes rows whose code is neither 0 nor 1 fail.
pub fn must_be_binary(builder: &mut Builder, field: &ComparedField<'_>, code: Value, present: Option<Value>) {
    let (zero, one) = (builder.f64(0.0), builder.f64(1.0));
    let is_zero = builder.binary(Binary::Equal, code, zero);
    let is_one = builder.binary(Binary::Equal, code, one);
    let is_binary = builder.or(is_zero, is_one);
    let other = builder.not(is_binary);
    let condition = both(builder, present, Some(other)).unwrap_or(other);
    if builder.program().constant(condition) != Some(Constant::Bool(false)) {
        let message = format!("{} at {}: `{}` is neither 0 nor 1", field.element, field.position, field.name);
        let failure = FailureData::new(None, FailureKind::UndefinedResult, message);
        builder.fail_if(condition, failure);
    }
}
