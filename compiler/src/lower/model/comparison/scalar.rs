//! Comparisons as scalar code, for few instances and few fields.

use super::{self as comparison, Comparison, Function, Term};
use crate::document::data_dictionary::DataType;
use crate::ir::kernel::distances::{Aggregate, Compare};
use crate::ir::{self, Binary, Builder, Constant, TableData, Type, Unary, Value};
use crate::lower::build::operand::Operand;
use std::f64::consts::LN_2;

/// A field that has been compared with an instance.
#[derive(Clone, Copy)]
pub struct Compared {
    /// Its weight.
    pub weight: f64,
    /// Its weight in the adjustment for missing values.
    pub missing_weight: f64,
    /// Whether the row has a value; `None`: always.
    pub present: Option<Value>,
    /// The comparison, in the type of the arithmetic; `None` if the instance has no value.
    pub comparison: Option<Value>,
}

/// Returns the distance of a row from an instance, an `f64`. It is missing if no field can be compared.
pub fn distance(builder: &mut Builder, comparison: &Comparison, instance: usize) -> Operand {
    let codes = &comparison.instances[instance];
    let precision = comparison.precision;
    let counting = comparison::counts(comparison.aggregate);
    let compared = comparison.terms.iter().zip(codes).map(|(term, code)| Compared {
        weight: term.weight,
        missing_weight: term.missing_weight,
        present: term.present,
        comparison: code.map(|code| {
            if counting { term.code } else { compare(builder, precision, &term.function, term.code, code) }
        }),
    });
    let compared: Vec<Compared> = compared.collect();
    if let Aggregate::Counts(numerator, denominator) = comparison.aggregate {
        let known = comparison.terms.iter().zip(codes);
        let known: Vec<(&Term, f64)> =
            known.filter_map(|(term, code)| code.map(|code| (term, code))).collect();
        let present = adjustment(builder, precision, &compared).present;
        let quotient = counts(builder, precision, [numerator, denominator], &known);
        return Operand { present, ..quotient };
    }
    combined(builder, precision, comparison.aggregate, &compared)
}

/// Combines the comparisons of all fields, for aggregates other than counts.
pub fn combined(
    builder: &mut Builder,
    precision: Type,
    aggregate: Aggregate,
    compared: &[Compared],
) -> Operand {
    let adjustment = adjustment(builder, precision, compared);
    let mut total = None;
    for field in compared {
        if let Some(comparison) = field.comparison {
            let weighted = weighted(builder, precision, aggregate, field.weight, comparison);
            total = Some(add(builder, precision, aggregate, total, weighted, field.present));
        }
    }
    let total = total.unwrap_or_else(|| builder.zero(precision));
    let total = match adjustment.factor {
        Some(factor) => builder.binary(Binary::Multiply, total, factor),
        None => total,
    };
    let value = match aggregate {
        Aggregate::RootOfSquares => builder.unary(Unary::SquareRoot, total),
        Aggregate::RootOfPowers(p) => {
            let inverse = match precision {
                Type::F32 => f64::from(1.0 / p as f32),
                _ => 1.0 / p,
            };
            power(builder, precision, total, inverse)
        }
        _ => total,
    };
    let value = widened(builder, precision, value);
    Operand { value, present: adjustment.present, data_type: DataType::Double, is_list: false }
}

/// Returns a constant in the type of the arithmetic.
pub fn number(builder: &mut Builder, precision: Type, number: f64) -> Value {
    match precision {
        Type::F32 => builder.constant(Constant::F32(number as f32)),
        _ => builder.f64(number),
    }
}

/// Rounds an `f64` to the type of the arithmetic.
pub fn rounded(builder: &mut Builder, precision: Type, value: Value) -> Value {
    match precision {
        Type::F32 => builder.unary(Unary::F64ToF32, value),
        _ => value,
    }
}

/// Widens a number of the type of the arithmetic to `f64`.
pub fn widened(builder: &mut Builder, precision: Type, value: Value) -> Value {
    match precision {
        Type::F32 => builder.unary(Unary::F32ToF64, value),
        _ => value,
    }
}

/// Returns `base` to a constant power, in the type of the arithmetic.
fn power(builder: &mut Builder, precision: Type, base: Value, exponent: f64) -> Value {
    let exponent = number(builder, precision, exponent);
    let function = if precision == Type::F32 { ir::Function::PowerSingle } else { ir::Function::Pow };
    builder.call(function, &[base, exponent])
}

/// Compares the row's code with the code of an instance, in the type of the arithmetic.
pub fn compare(
    builder: &mut Builder,
    precision: Type,
    function: &Function,
    code: Value,
    other: f64,
) -> Value {
    match function {
        Function::Formula(Compare::Difference) => {
            let difference = difference(builder, precision, code, other);
            builder.unary(Unary::Absolute, difference)
        }
        Function::Formula(Compare::Bell(scale)) => {
            let difference = difference(builder, precision, code, other);
            let factor = number(builder, precision, -LN_2);
            let exponent = builder.binary(Binary::Multiply, factor, difference);
            let exponent = builder.binary(Binary::Multiply, exponent, difference);
            let square = match precision {
                Type::F32 => f64::from(*scale as f32 * *scale as f32),
                _ => scale * scale,
            };
            let square = number(builder, precision, square);
            let exponent = builder.binary(Binary::Divide, exponent, square);
            let function = if precision == Type::F32 { ir::Function::ExpSingle } else { ir::Function::Exp };
            builder.call(function, &[exponent])
        }
        Function::Formula(compare @ (Compare::Delta | Compare::Equal)) => {
            let other = builder.f64(other);
            let is_equal = builder.binary(Binary::Equal, code, other);
            let (zero, one) = (builder.zero(precision), number(builder, precision, 1.0));
            match compare {
                Compare::Delta => builder.select(is_equal, zero, one),
                _ => builder.select(is_equal, one, zero),
            }
        }
        Function::Table(matrix) => {
            let column = matrix.iter().map(|row| Constant::F64(row[other as usize]));
            let column = TableData::new(Type::F64, column);
            let number = builder.unary(Unary::F64ToI64, code);
            let element = builder.lookup(column, number);
            rounded(builder, precision, element)
        }
    }
}

/// Returns the row's code minus that of an instance, both rounded to the type of the arithmetic first.
fn difference(builder: &mut Builder, precision: Type, code: Value, other: f64) -> Value {
    let code = rounded(builder, precision, code);
    let other = number(builder, precision, other);
    builder.binary(Binary::Subtract, code, other)
}

/// Returns a comparison raised to the power that the aggregate sums, times the field's weight.
fn weighted(
    builder: &mut Builder,
    precision: Type,
    aggregate: Aggregate,
    weight: f64,
    compared: Value,
) -> Value {
    let compared = match aggregate {
        Aggregate::SumOfSquares | Aggregate::RootOfSquares => {
            builder.binary(Binary::Multiply, compared, compared)
        }
        Aggregate::RootOfPowers(p) => power(builder, precision, compared, p),
        _ => compared,
    };
    if weight == 1.0 {
        return compared;
    }
    let weight = number(builder, precision, weight);
    builder.binary(Binary::Multiply, weight, compared)
}

/// Adds a weighted comparison to the total. One that is missing leaves the total as it is.
fn add(
    builder: &mut Builder,
    precision: Type,
    aggregate: Aggregate,
    total: Option<Value>,
    weighted: Value,
    present: Option<Value>,
) -> Value {
    let total = match (total, aggregate, present) {
        (None, _, None) => return weighted,
        (None, Aggregate::Greatest, Some(_)) => number(builder, precision, f64::NEG_INFINITY),
        (None, _, Some(_)) => builder.zero(precision),
        (Some(total), ..) => total,
    };
    let next = match aggregate {
        Aggregate::Greatest => {
            let is_greater = builder.binary(Binary::Greater, weighted, total);
            builder.select(is_greater, weighted, total)
        }
        _ => builder.binary(Binary::Add, total, weighted),
    };
    match present {
        Some(present) => builder.select(present, next, total),
        None => next,
    }
}

/// Returns the factor that compensates for missing fields: the sum of all fields' weights divided by that of the fields
/// that are present.
fn adjustment(builder: &mut Builder, precision: Type, compared: &[Compared]) -> Adjustment {
    if compared.iter().all(|field| field.present.is_none() && field.comparison.is_some()) {
        return Adjustment { factor: None, present: None };
    }
    let all = compared.iter().fold(0.0, |sum, field| match precision {
        Type::F32 => f64::from(sum as f32 + field.missing_weight as f32),
        _ => sum + field.missing_weight,
    });
    let zero = builder.zero(precision);
    let mut sum = zero;
    let mut always = 0.0;
    for field in compared.iter().filter(|field| field.comparison.is_some()) {
        let weight = number(builder, precision, field.missing_weight);
        let next = builder.binary(Binary::Add, sum, weight);
        sum = match field.present {
            Some(present) => builder.select(present, next, sum),
            None => {
                always += field.missing_weight;
                next
            }
        };
    }
    let all = number(builder, precision, all);
    let factor = builder.binary(Binary::Divide, all, sum);
    let present = (always == 0.0).then(|| builder.binary(Binary::Greater, sum, zero));
    Adjustment { factor: Some(factor), present }
}

/// Returns the quotient of the weighted counts of fields of ones and zeros.
fn counts(
    builder: &mut Builder,
    precision: Type,
    [numerator, denominator]: [[f64; 4]; 2],
    known: &[(&Term, f64)],
) -> Operand {
    let (zero, one) = (builder.zero(precision), number(builder, precision, 1.0));
    let one_of_codes = builder.f64(1.0);
    // The number of fields that are 1 in both, in the row alone, in the instance alone, in neither.
    let mut counts = [[zero; 2]; 2];
    for (term, code) in known {
        let is_one = builder.binary(Binary::Equal, term.code, one_of_codes);
        for (row, counts) in counts.iter_mut().enumerate() {
            let count = &mut counts[usize::from(*code == 1.0)];
            let mut counted = if row == 1 { is_one } else { builder.not(is_one) };
            if let Some(present) = term.present {
                counted = builder.and(present, counted);
            }
            let next = builder.binary(Binary::Add, *count, one);
            *count = builder.select(counted, next, *count);
        }
    }
    let [[neither, instance], [row, both]] = counts;
    let mut sum = |factors: [f64; 4]| {
        let mut sum = None;
        for (count, factor) in [both, row, instance, neither].into_iter().zip(factors) {
            let factor = number(builder, precision, factor);
            let weighted = builder.binary(Binary::Multiply, factor, count);
            sum = Some(match sum {
                Some(sum) => builder.binary(Binary::Add, sum, weighted),
                None => weighted,
            });
        }
        sum.unwrap_or(zero)
    };
    let (above, below) = (sum(numerator), sum(denominator));
    let value = builder.binary(Binary::Divide, above, below);
    Operand::present(widened(builder, precision, value), DataType::Double)
}

/// The effect of missing fields.
struct Adjustment {
    /// The factor; `None`: 1.
    factor: Option<Value>,
    /// Whether any field can be compared; `None`: always.
    present: Option<Value>,
}
