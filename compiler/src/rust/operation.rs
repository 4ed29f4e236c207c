//! Translates operations, one to one.
//!
//! Everything that could trap, round twice or depend on the platform is a function of the runtime: integer
//! arithmetic wraps explicitly, and conversions between numbers and rounding functions are calls. Sums,
//! products and quotients of floats are Rust's own, which follow IEEE 754 and are never fused.

use super::body::Body;
use super::constants::ty;
use super::error::Error;
use super::expression::{Binding, Expression};
use super::names;
use crate::ir::{Binary, Constant, Input, InputPart, Operation, Type, Unary, Value};
use pmml_runtime::{ABSENT, CONVERTED};
use quote::{format_ident, quote};

impl Body<'_, '_> {
    /// Returns the expression of an operation that has one result and no regions.
    pub fn operation(&mut self, operation: &Operation) -> Result<Expression, Error> {
        let program = self.source.program;
        Ok(match operation {
            Operation::Constant(constant) => self.constants.constant(self.source, *constant),
            Operation::Input(input, part) => self.input(*input, *part),
            Operation::Unary(unary, argument) => {
                let argument = self.value(*argument)?;
                self.unary(*unary, argument)
            }
            Operation::Binary(binary, left, right) => {
                if let Some(presence) = self.presence(*binary, *left, *right) {
                    return Ok(presence);
                }
                let ty = program.ty(*left);
                let (left, right) = (self.value(*left)?, self.value(*right)?);
                self.binary(*binary, ty, left, right)
            }
            Operation::Select(condition, then, otherwise) => {
                let condition = self.value(*condition)?;
                let (then, otherwise) = (self.value(*then)?, self.value(*otherwise)?);
                let weight = condition.weight + then.weight + otherwise.weight + 2;
                let otherwise = if otherwise.is_branch { quote!(#otherwise) } else { quote!({ #otherwise }) };
                Expression::branch(quote!(if #condition { #then } else #otherwise), weight)
            }
            Operation::Call(function, arguments) => {
                let path = function.path().iter().map(|name| names::ident(name));
                let mut values = Vec::with_capacity(arguments.len());
                for argument in arguments {
                    values.push(self.value(*argument)?);
                }
                let weight = values.iter().map(|value| value.weight).sum::<usize>() + 2;
                let context = function.signature().context.then(|| quote!(context,));
                Expression::atom(quote!(runtime::#(#path)::*(#context #(#values),*)), weight)
            }
            Operation::Lookup(table, index) => {
                let index = self.value(*index)?;
                self.constants.lookup(self.source, *table, index)
            }
            Operation::Contains(set, value) => {
                let value = self.value(*value)?;
                self.constants.contains(self.source, *set, value)
            }
            Operation::Find(map, keys) => {
                let keys = keys.iter().map(|key| self.value(*key)).collect::<Result<Vec<_>, Error>>()?;
                self.constants.find(self.source, *map, keys)
            }
            Operation::List(items) => {
                let mut pairs = Vec::with_capacity(items.len() / 2);
                for pair in items.chunks_exact(2) {
                    let (item, present) = (self.value(pair[0])?, self.value(pair[1])?);
                    pairs.push(match self.source.program.constant(pair[1]) {
                        Some(Constant::Bool(true)) => quote!(Some(runtime::Word::word(#item))),
                        Some(Constant::Bool(false)) => quote!(None),
                        _ => {
                            let word = quote!(then_some(runtime::Word::word(#item)));
                            let option = Expression::method(present, word, 0);
                            quote!(#option)
                        }
                    });
                }
                Expression::atom(quote!(context.list([#(#pairs),*])), 2 + pairs.len())
            }
            Operation::If { .. }
            | Operation::Forest(..)
            | Operation::Kernel(..)
            | Operation::Recall { .. }
            | Operation::FailIf(..) => return Err(Error::Internal("not an operation of scalar stages")),
        })
    }

    fn input(&mut self, input: Input, part: InputPart) -> Expression {
        let name = self.input_name(input);
        match part {
            InputPart::Value => Expression::atom(quote!(#name.unwrap_or_default()), 1),
            InputPart::State => Expression::atom(quote!(i64::from(#name.is_some())), 1),
            // Cells of typed rows are never unconvertible.
            InputPart::String => Expression::atom(quote!(runtime::StringId::EMPTY), 0),
        }
    }

    /// Returns whether an input has a value, or has none, if a comparison tests just that.
    pub fn presence(&mut self, binary: Binary, left: Value, right: Value) -> Option<Expression> {
        if binary != Binary::Equal {
            return None;
        }
        let program = self.source.program;
        for (state, constant) in [(left, right), (right, left)] {
            if let Operation::Input(input, InputPart::State) = *program.definition(state)
                && let Some(Constant::I64(constant)) = program.constant(constant)
            {
                let method = match constant {
                    CONVERTED => format_ident!("is_some"),
                    ABSENT => format_ident!("is_none"),
                    _ => return Some(Expression::atom(quote!(false), 0)),
                };
                let name = self.input_name(input);
                return Some(Expression::atom(quote!(#name.#method()), 1));
            }
        }
        None
    }

    fn unary(&mut self, unary: Unary, argument: Expression) -> Expression {
        let weight = argument.weight + 1;
        let call = |path| Expression::atom(quote!(runtime::compiled::number::#path(#argument)), weight);
        match unary {
            Unary::Not => Expression::prefix(quote!(!), argument),
            Unary::Negate => Expression::prefix(quote!(-), argument),
            Unary::Absolute => Expression::method(argument, quote!(abs()), 0),
            Unary::SquareRoot => call(quote!(square_root)),
            Unary::Floor => call(quote!(floor)),
            Unary::Ceil => call(quote!(ceil)),
            Unary::BoolToI64 => Expression::atom(quote!(i64::from(#argument)), weight),
            Unary::F32ToF64 => Expression::atom(quote!(f64::from(#argument)), weight),
            Unary::I64ToF64 => call(quote!(f64_of_i64)),
            Unary::I64ToF32 => call(quote!(f32_of_i64)),
            Unary::F64ToF32 => call(quote!(f32_of_f64)),
            Unary::F64ToI64 => call(quote!(i64_of_f64)),
        }
    }

    fn binary(&mut self, binary: Binary, ty: Type, left: Expression, right: Expression) -> Expression {
        let infix = Expression::infix;
        let wrapping = |name, left, right: Expression| {
            let weight = right.weight;
            Expression::method(left, quote!(#name(#right)), weight)
        };
        match binary {
            Binary::Equal => infix(Binding::Comparison, quote!(==), left, right),
            Binary::NotEqual => infix(Binding::Comparison, quote!(!=), left, right),
            Binary::Less => infix(Binding::Comparison, quote!(<), left, right),
            Binary::LessOrEqual => infix(Binding::Comparison, quote!(<=), left, right),
            Binary::Greater => infix(Binding::Comparison, quote!(>), left, right),
            Binary::GreaterOrEqual => infix(Binding::Comparison, quote!(>=), left, right),
            Binary::And => infix(Binding::And, quote!(&&), left, right),
            Binary::Or => infix(Binding::Or, quote!(||), left, right),
            Binary::Add if ty == Type::I64 => wrapping(quote!(wrapping_add), left, right),
            Binary::Subtract if ty == Type::I64 => wrapping(quote!(wrapping_sub), left, right),
            Binary::Multiply if ty == Type::I64 => wrapping(quote!(wrapping_mul), left, right),
            Binary::Add => infix(Binding::Sum, quote!(+), left, right),
            Binary::Subtract => infix(Binding::Sum, quote!(-), left, right),
            Binary::Multiply => infix(Binding::Product, quote!(*), left, right),
            // The verifier ensures that only floats are divided.
            Binary::Divide => infix(Binding::Product, quote!(/), left, right),
        }
    }

    /// Returns the declaration of a value, with its type if that is not obvious.
    pub fn typed(&self, value: Value) -> proc_macro2::TokenStream {
        let ty = ty(self.source.program.ty(value));
        quote!(: #ty)
    }
}
