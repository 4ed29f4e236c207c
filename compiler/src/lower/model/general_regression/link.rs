//! Inverse link functions of generalized linear models, and their slopes.

use crate::document::data_dictionary::DataType;
use crate::document::general_regression_model::{GeneralRegressionModel, LinkFunction};
use crate::document::regression_model::RegressionNormalizationMethod as Method;
use crate::error::{Error, Result};
use crate::ir::{Binary, Builder, Function, Type, Unary, Value};
use crate::lower::build::numbers;
use crate::lower::build::operand::type_of;
use crate::lower::model::context::ModelContext;
use crate::lower::model::normalization;

/// A link function with its parameter.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Link {
    /// A link without a parameter.
    Plain(LinkFunction),
    /// `negbin`: the parameter of the distribution.
    Negbin(f64),
    /// `oddspower`; its parameter is not 0.
    Oddspower(f64),
    /// `power`; its parameter is not 0.
    Power(f64),
}

impl Link {
    /// Returns the link of a `generalizedLinear` model.
    pub fn of(context: &ModelContext<'_>, model: &GeneralRegressionModel) -> Result<Self> {
        let lacks = |attribute: &str| {
            let message =
                format!("`GeneralRegressionModel` lacks the attribute `{attribute}`, which its link needs");
            Error::invalid(context.position, context.element, message)
        };
        let Some(link) = model.link_function else {
            let message = "`GeneralRegressionModel` with the modelType generalizedLinear lacks the attribute `linkFunction`";
            return Err(Error::invalid(context.position, context.element, message));
        };
        Ok(match link {
            LinkFunction::Negbin => Link::Negbin(model.dist_parameter.ok_or_else(|| lacks("distParameter"))?),
            LinkFunction::Oddspower | LinkFunction::Power => {
                let parameter = model.link_parameter.ok_or_else(|| lacks("linkParameter"))?;
                match (link, parameter == 0.0) {
                    (LinkFunction::Oddspower, false) => Link::Oddspower(parameter),
                    (LinkFunction::Oddspower, true) => Link::Plain(LinkFunction::Logit),
                    (_, false) => Link::Power(parameter),
                    (_, true) => Link::Plain(LinkFunction::Log),
                }
            }
            plain => Link::Plain(plain),
        })
    }
}

/// Applies the inverse link function to a linear predictor, which gives the mean.
pub(super) fn mean_of(builder: &mut Builder, link: Link, predictor: Value, math: DataType) -> Value {
    let method = match link {
        Link::Plain(LinkFunction::Log | LinkFunction::Logc) => Method::Exp,
        Link::Plain(LinkFunction::Logit) => Method::Logit,
        Link::Plain(LinkFunction::Loglog) => Method::Loglog,
        Link::Plain(LinkFunction::Cloglog) => Method::Cloglog,
        Link::Plain(LinkFunction::Probit) => Method::Probit,
        Link::Negbin(parameter) => {
            // 1 ÷ (c · (e^−η − 1))
            let growth = growth(builder, predictor, math);
            let parameter = numbers::constant(builder, parameter, math);
            let divisor = builder.binary(Binary::Multiply, parameter, growth);
            let one = numbers::constant(builder, 1.0, math);
            return builder.binary(Binary::Divide, one, divisor);
        }
        Link::Oddspower(parameter) => {
            // 1 ÷ (1 + (1 + λ·η)^(−1 ÷ λ))
            let (_, odds) = odds(builder, parameter, predictor, math);
            let one = numbers::constant(builder, 1.0, math);
            let divisor = builder.binary(Binary::Add, one, odds);
            return builder.binary(Binary::Divide, one, divisor);
        }
        Link::Power(parameter) => return numbers::power(builder, predictor, inverse(parameter, math), math),
        Link::Plain(_) => return predictor,
    };
    let value = normalization::inverse_link(builder, method, predictor, math);
    match link {
        Link::Plain(LinkFunction::Logc) => {
            let one = numbers::constant(builder, 1.0, math);
            builder.binary(Binary::Subtract, one, value)
        }
        _ => value,
    }
}

/// Returns the absolute slope of the inverse link function, at a linear predictor and its mean.
pub(super) fn slope_of(
    builder: &mut Builder,
    link: Link,
    predictor: Value,
    mean: Value,
    math: DataType,
) -> Value {
    let one = numbers::constant(builder, 1.0, math);
    let square = builder.binary(Binary::Multiply, mean, mean);
    let slope = match link {
        Link::Plain(LinkFunction::Log | LinkFunction::Logc) => {
            normalization::inverse_link(builder, Method::Exp, predictor, math)
        }
        Link::Plain(LinkFunction::Logit) => {
            let rest = builder.binary(Binary::Subtract, one, mean);
            builder.binary(Binary::Multiply, mean, rest)
        }
        // e^(−η − e^−η) and e^(η − e^η)
        Link::Plain(LinkFunction::Loglog) => {
            let negative = builder.unary(Unary::Negate, predictor);
            gumbel(builder, negative, math)
        }
        Link::Plain(LinkFunction::Cloglog) => gumbel(builder, predictor, math),
        Link::Plain(LinkFunction::Probit) => {
            let wide = numbers::to_f64(builder, predictor, math);
            let density = builder.call(Function::StdNormalPdf, &[wide]);
            match type_of(math) {
                Type::F32 => builder.unary(Unary::F64ToF32, density),
                _ => density,
            }
        }
        Link::Negbin(parameter) => {
            // c · e^−η · μ²
            let negative = builder.unary(Unary::Negate, predictor);
            let exponential = normalization::inverse_link(builder, Method::Exp, negative, math);
            let parameter = numbers::constant(builder, parameter, math);
            let product = builder.binary(Binary::Multiply, parameter, exponential);
            builder.binary(Binary::Multiply, product, square)
        }
        Link::Oddspower(parameter) => {
            // μ² · (1 + λ·η)^(−1 ÷ λ) ÷ (1 + λ·η)
            let (base, odds) = odds(builder, parameter, predictor, math);
            let product = builder.binary(Binary::Multiply, square, odds);
            builder.binary(Binary::Divide, product, base)
        }
        Link::Power(parameter) => {
            // η^(1 ÷ λ − 1) ÷ λ
            let exponent = inverse(parameter, math) - 1.0;
            let power = numbers::power(builder, predictor, exponent, math);
            let parameter = numbers::constant(builder, parameter, math);
            builder.binary(Binary::Divide, power, parameter)
        }
        Link::Plain(_) => one,
    };
    builder.unary(Unary::Absolute, slope)
}

/// Computes e^−η − 1.
fn growth(builder: &mut Builder, predictor: Value, math: DataType) -> Value {
    let negative = builder.unary(Unary::Negate, predictor);
    let exponential = normalization::inverse_link(builder, Method::Exp, negative, math);
    let one = numbers::constant(builder, 1.0, math);
    builder.binary(Binary::Subtract, exponential, one)
}

/// Computes 1 + λ·η, and that to the power of −1 ÷ λ.
fn odds(builder: &mut Builder, parameter: f64, predictor: Value, math: DataType) -> (Value, Value) {
    let (one, lambda) = (numbers::constant(builder, 1.0, math), numbers::constant(builder, parameter, math));
    let product = builder.binary(Binary::Multiply, lambda, predictor);
    let base = builder.binary(Binary::Add, one, product);
    (base, numbers::power(builder, base, -inverse(parameter, math), math))
}

/// Computes e^(x − e^x).
fn gumbel(builder: &mut Builder, value: Value, math: DataType) -> Value {
    let exponential = normalization::inverse_link(builder, Method::Exp, value, math);
    let difference = builder.binary(Binary::Subtract, value, exponential);
    normalization::inverse_link(builder, Method::Exp, difference, math)
}

/// Computes 1 ÷ λ, in the model's arithmetic.
fn inverse(parameter: f64, math: DataType) -> f64 {
    match type_of(math) {
        Type::F32 => f64::from(1.0 / parameter as f32),
        _ => 1.0 / parameter,
    }
}
