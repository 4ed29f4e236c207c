//! Inverse link functions of generalized linear models, and their slopes.

use crate::document::data_dictionary::DataType;
use crate::document::general_regression_model::{GeneralRegressionModel, LinkFunction};
use crate::document::regression_model::RegressionNormalizationMethod as Method;
use crate::error::{Error, Result};
use crate::ir::{Binary, Function, Type, Unary, Value};
use crate::lower::Lowering;
use crate::lower::model::ModelContext;
use crate::lower::operand::type_of;

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
    /// The link of a `generalizedLinear` model.
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

impl Lowering<'_> {
    /// The mean that belongs to a linear predictor.
    pub(super) fn mean_of(&mut self, link: Link, predictor: Value, math: DataType) -> Value {
        let method = match link {
            Link::Plain(LinkFunction::Log | LinkFunction::Logc) => Method::Exp,
            Link::Plain(LinkFunction::Logit) => Method::Logit,
            Link::Plain(LinkFunction::Loglog) => Method::Loglog,
            Link::Plain(LinkFunction::Cloglog) => Method::Cloglog,
            Link::Plain(LinkFunction::Probit) => Method::Probit,
            Link::Negbin(parameter) => {
                // 1 ÷ (c · (e^−η − 1))
                let growth = self.growth(predictor, math);
                let parameter = self.number_constant(parameter, math);
                let divisor = self.builder.binary(Binary::Multiply, parameter, growth);
                let one = self.number_constant(1.0, math);
                return self.builder.binary(Binary::Divide, one, divisor);
            }
            Link::Oddspower(parameter) => {
                // 1 ÷ (1 + (1 + λ·η)^(−1 ÷ λ))
                let (_, odds) = self.odds(parameter, predictor, math);
                let one = self.number_constant(1.0, math);
                let divisor = self.builder.binary(Binary::Add, one, odds);
                return self.builder.binary(Binary::Divide, one, divisor);
            }
            Link::Power(parameter) => return self.power(predictor, inverse(parameter, math), math),
            Link::Plain(_) => return predictor,
        };
        let value = self.inverse_link(method, predictor, math);
        match link {
            Link::Plain(LinkFunction::Logc) => {
                let one = self.number_constant(1.0, math);
                self.builder.binary(Binary::Subtract, one, value)
            }
            _ => value,
        }
    }

    /// By how much the mean changes with the linear predictor, at a linear predictor and its mean, without the sign.
    pub(super) fn slope_of(&mut self, link: Link, predictor: Value, mean: Value, math: DataType) -> Value {
        let one = self.number_constant(1.0, math);
        let square = self.builder.binary(Binary::Multiply, mean, mean);
        let slope = match link {
            Link::Plain(LinkFunction::Log | LinkFunction::Logc) => {
                self.inverse_link(Method::Exp, predictor, math)
            }
            Link::Plain(LinkFunction::Logit) => {
                let rest = self.builder.binary(Binary::Subtract, one, mean);
                self.builder.binary(Binary::Multiply, mean, rest)
            }
            // e^(−η − e^−η) and e^(η − e^η)
            Link::Plain(LinkFunction::Loglog) => {
                let negative = self.builder.unary(Unary::Negate, predictor);
                self.gumbel(negative, math)
            }
            Link::Plain(LinkFunction::Cloglog) => self.gumbel(predictor, math),
            Link::Plain(LinkFunction::Probit) => {
                let double = self.to_f64(predictor, math);
                let density = self.builder.call(Function::StdNormalPdf, &[double]);
                match type_of(math) {
                    Type::F32 => self.builder.unary(Unary::F64ToF32, density),
                    _ => density,
                }
            }
            Link::Negbin(parameter) => {
                // c · e^−η · μ²
                let negative = self.builder.unary(Unary::Negate, predictor);
                let exponential = self.inverse_link(Method::Exp, negative, math);
                let parameter = self.number_constant(parameter, math);
                let product = self.builder.binary(Binary::Multiply, parameter, exponential);
                self.builder.binary(Binary::Multiply, product, square)
            }
            Link::Oddspower(parameter) => {
                // μ² · (1 + λ·η)^(−1 ÷ λ) ÷ (1 + λ·η)
                let (base, odds) = self.odds(parameter, predictor, math);
                let product = self.builder.binary(Binary::Multiply, square, odds);
                self.builder.binary(Binary::Divide, product, base)
            }
            Link::Power(parameter) => {
                // η^(1 ÷ λ − 1) ÷ λ
                let exponent = inverse(parameter, math) - 1.0;
                let power = self.power(predictor, exponent, math);
                let parameter = self.number_constant(parameter, math);
                self.builder.binary(Binary::Divide, power, parameter)
            }
            Link::Plain(_) => one,
        };
        self.builder.unary(Unary::Absolute, slope)
    }

    /// e^−η − 1
    fn growth(&mut self, predictor: Value, math: DataType) -> Value {
        let negative = self.builder.unary(Unary::Negate, predictor);
        let exponential = self.inverse_link(Method::Exp, negative, math);
        let one = self.number_constant(1.0, math);
        self.builder.binary(Binary::Subtract, exponential, one)
    }

    /// 1 + λ·η, and that to the power of −1 ÷ λ.
    fn odds(&mut self, parameter: f64, predictor: Value, math: DataType) -> (Value, Value) {
        let (one, lambda) = (self.number_constant(1.0, math), self.number_constant(parameter, math));
        let product = self.builder.binary(Binary::Multiply, lambda, predictor);
        let base = self.builder.binary(Binary::Add, one, product);
        (base, self.power(base, -inverse(parameter, math), math))
    }

    /// e^(x − e^x)
    fn gumbel(&mut self, value: Value, math: DataType) -> Value {
        let exponential = self.inverse_link(Method::Exp, value, math);
        let difference = self.builder.binary(Binary::Subtract, value, exponential);
        self.inverse_link(Method::Exp, difference, math)
    }
}

/// 1 ÷ λ, in the model's arithmetic.
fn inverse(parameter: f64, math: DataType) -> f64 {
    match type_of(math) {
        Type::F32 => f64::from(1.0 / parameter as f32),
        _ => 1.0 / parameter,
    }
}
