//! Normalization: from the sums of regression tables to a number or to the probabilities of categories.
//!
//! Numbers go through the inverse of a link function. Categories get probabilities that sum to 1: by softmax, or by
//! their shares of a sum. With two categories the first gets its link's value and the second the rest. With ordered
//! categories each table gives the probability of its category *or one before it*.

use super::context::ModelContext;
use super::prediction::Distribution;
use crate::document::Name;
use crate::document::data_dictionary::{DataType, OpType, Property};
use crate::document::mining_schema::UsageType;
use crate::document::regression_model::RegressionNormalizationMethod as Method;
use crate::error::{Error, Result};
use crate::ir::{Binary, Builder, Constant, Function, Type, Value};
use crate::lower::build::numbers;
use crate::lower::build::operand::{Operand, all_present, both, type_of};
use crate::lower::state::Lowering;

/// Applies a normalization method to a number.
pub fn normalize_number(
    builder: &mut Builder,
    context: &ModelContext<'_>,
    method: Method,
    sum: Operand,
) -> Result<Operand> {
    let value = match method {
        Method::None => sum.value,
        Method::Softmax => inverse_link(builder, Method::Logit, sum.value, sum.data_type),
        Method::Simplemax => return Err(not_applicable(context, method, "a regression")),
        Method::Logit | Method::Probit | Method::Cloglog | Method::Exp | Method::Loglog | Method::Cauchit => {
            inverse_link(builder, method, sum.value, sum.data_type)
        }
    };
    Ok(Operand { value, ..sum })
}

/// Applies a normalization method to the sums of some categories, in the order of the tables. Fails if it does not suit
/// their number.
pub fn normalize_categories<'d>(
    lowering: &mut Lowering<'d>,
    context: &ModelContext<'d>,
    method: Method,
    labels: Vec<Name>,
    sums: &[Operand],
) -> Result<Distribution> {
    let present = all_present(&mut lowering.builder, sums);
    let math = context.math();
    let values: Vec<Value> = sums.iter().map(|sum| sum.value).collect();
    let probabilities = if values.len() < 2 {
        let message = format!("`{}` classifies, which takes two RegressionTables or more", context.element);
        return Err(Error::invalid(context.position, context.element, message));
    } else if is_ordinal(context) {
        let categories = context.target.map_or(0, |target| {
            target.values.iter().filter(|value| value.property == Property::Valid).count()
        });
        if categories != 0 && categories != values.len() {
            let message = format!(
                "`{}` has {} RegressionTables for the {categories} values of an ordinal target",
                context.element,
                values.len()
            );
            return Err(Error::invalid(context.position, context.element, message));
        }
        cumulative(&mut lowering.builder, context, method, &values, math)?
    } else {
        match method {
            // If the other category's sum is always zero, the softmax is the logistic function.
            Method::Softmax if values.len() == 2 && is_zero_constant(&lowering.builder, values[1]) => {
                cumulative(&mut lowering.builder, context, Method::Logit, &values, math)?
            }
            Method::Softmax => softmax(&mut lowering.builder, &values, math),
            Method::Simplemax => shares(lowering, context, &values, present, math),
            _ if values.len() == 2 => cumulative(&mut lowering.builder, context, method, &values, math)?,
            Method::None => {
                // The last category gets the rest, whatever its own sum.
                let mut probabilities = values[..values.len() - 1].to_vec();
                let others = total(&mut lowering.builder, &probabilities, math);
                let one = numbers::constant(&mut lowering.builder, 1.0, math);
                probabilities.push(lowering.builder.binary(Binary::Subtract, one, others));
                probabilities
            }
            Method::Logit | Method::Probit | Method::Cloglog | Method::Loglog | Method::Cauchit => {
                if method != Method::Logit {
                    let message = format!(
                        "the normalizationMethod {method} of more than two categories is treated like logit: \
                             probabilities are the shares of each category's value"
                    );
                    lowering.warn(context.position, context.element, message);
                }
                let links: Vec<Value> = values
                    .iter()
                    .map(|value| inverse_link(&mut lowering.builder, method, *value, math))
                    .collect();
                shares(lowering, context, &links, present, math)
            }
            Method::Exp => {
                return Err(not_applicable(context, method, "more than two categories"));
            }
        }
    };
    let winner = numbers::largest(&mut lowering.builder, &probabilities);
    let probabilities: Vec<Operand> = probabilities
        .into_iter()
        .map(|value| Operand { value, present, data_type: math, is_list: false })
        .collect();
    Ok(Distribution { labels, winner, present, confidences: probabilities.clone(), probabilities })
}

/// Returns whether a value is the constant zero.
fn is_zero_constant(builder: &Builder, value: Value) -> bool {
    match builder.program().constant(value) {
        Some(Constant::F64(value)) => value == 0.0,
        Some(Constant::F32(value)) => value == 0.0,
        _ => false,
    }
}

/// Lowers the probabilities of ordered categories: each table gives the probability of its category or one before it;
/// the last category gets the rest, whatever its own sum.
fn cumulative(
    builder: &mut Builder,
    context: &ModelContext<'_>,
    method: Method,
    values: &[Value],
    math: DataType,
) -> Result<Vec<Value>> {
    let mut probabilities = Vec::with_capacity(values.len());
    let one = numbers::constant(builder, 1.0, math);
    let mut before = None;
    for value in &values[..values.len() - 1] {
        let up_to_here = match method {
            Method::None => {
                let zero = numbers::constant(builder, 0.0, math);
                let negative = builder.binary(Binary::Less, *value, zero);
                let value = builder.select(negative, zero, *value);
                let too_large = builder.binary(Binary::Greater, value, one);
                builder.select(too_large, one, value)
            }
            Method::Logit | Method::Probit | Method::Cloglog | Method::Loglog | Method::Cauchit => {
                inverse_link(builder, method, *value, math)
            }
            Method::Simplemax | Method::Softmax | Method::Exp => {
                return Err(not_applicable(context, method, "these categories"));
            }
        };
        probabilities.push(match before {
            None => up_to_here,
            Some(before) => builder.binary(Binary::Subtract, up_to_here, before),
        });
        before = Some(up_to_here);
    }
    let others = total(builder, &probabilities, math);
    probabilities.push(builder.binary(Binary::Subtract, one, others));
    Ok(probabilities)
}

/// Returns each exponential divided by their total. The largest value is subtracted first, so that none overflows.
pub fn softmax(builder: &mut Builder, values: &[Value], math: DataType) -> Vec<Value> {
    let Some((first, others)) = values.split_first() else { return Vec::new() };
    let largest = others.iter().fold(*first, |largest, value| {
        let greater = builder.binary(Binary::Greater, *value, largest);
        builder.select(greater, *value, largest)
    });
    let exponentials: Vec<Value> = values
        .iter()
        .map(|value| {
            let difference = builder.binary(Binary::Subtract, *value, largest);
            inverse_link(builder, Method::Exp, difference, math)
        })
        .collect();
    let total = total(builder, &exponentials, math);
    exponentials.into_iter().map(|value| builder.binary(Binary::Divide, value, total)).collect()
}

/// Returns each value divided by their total. Rows whose total is 0 fail.
pub fn shares<'d>(
    lowering: &mut Lowering<'d>,
    context: &ModelContext<'d>,
    values: &[Value],
    present: Option<Value>,
    math: DataType,
) -> Vec<Value> {
    let total = total(&mut lowering.builder, values, math);
    let zero = numbers::constant(&mut lowering.builder, 0.0, math);
    let is_zero = lowering.builder.binary(Binary::Equal, total, zero);
    let undefined = both(&mut lowering.builder, present, Some(is_zero));
    let message = format!("{} at {} has sums that cannot be normalized", context.element, context.position);
    lowering.fail_where(undefined, message);
    values.iter().map(|value| lowering.builder.binary(Binary::Divide, *value, total)).collect()
}

/// Returns the sum of some values, from the first to the last.
fn total(builder: &mut Builder, values: &[Value], math: DataType) -> Value {
    let total = values.iter().copied().reduce(|total, value| builder.binary(Binary::Add, total, value));
    total.unwrap_or_else(|| numbers::constant(builder, 0.0, math))
}

/// Applies the inverse of a link function, in the type `Float` or `Double`. Methods that are not links return the value
/// as it is.
pub fn inverse_link(builder: &mut Builder, method: Method, value: Value, math: DataType) -> Value {
    let function = match method {
        Method::None | Method::Simplemax | Method::Softmax => return value,
        Method::Logit => Function::Logistic,
        Method::Probit => Function::StdNormalCdf,
        Method::Cloglog => Function::InverseCloglog,
        Method::Exp => Function::Exp,
        Method::Loglog => Function::InverseLoglog,
        Method::Cauchit => Function::InverseCauchit,
    };
    if type_of(math) != Type::F32 {
        return builder.call(function, &[value]);
    }
    match function {
        Function::Logistic => builder.call(Function::LogisticSingle, &[value]),
        Function::Exp => builder.call(Function::ExpSingle, &[value]),
        Function::InverseCloglog => builder.call(Function::InverseCloglogSingle, &[value]),
        Function::InverseLoglog => builder.call(Function::InverseLoglogSingle, &[value]),
        Function::InverseCauchit => builder.call(Function::InverseCauchitSingle, &[value]),
        _ => numbers::rounded_call(builder, function, value, math),
    }
}

/// Returns whether the target is ordinal; its `MiningField` can override the DataDictionary.
fn is_ordinal(context: &ModelContext<'_>) -> bool {
    let Some(target) = context.target else { return false };
    let schema = &context.common.mining_schema;
    let restated = schema
        .mining_fields
        .iter()
        .find(|field| field.name == target.name && field.usage_type == UsageType::Target)
        .and_then(|field| field.optype);
    restated.unwrap_or(target.optype) == OpType::Ordinal
}

/// Returns the error of a method that cannot be applied.
fn not_applicable(context: &ModelContext<'_>, method: Method, what: &str) -> Error {
    let message = format!("the normalizationMethod {method} cannot be applied to {what}");
    Error::invalid(context.position, context.element, message)
}
