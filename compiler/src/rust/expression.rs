//! Expressions of Rust, with what is needed to combine them: how tightly they bind, and how long they are.

use crate::ir::Constant;
use proc_macro2::{Literal, TokenStream};
use quote::{ToTokens, quote};
use std::str::FromStr;

/// How tightly an expression binds.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum Binding {
    /// `if … {} else {}`, `match`.
    Block,
    /// `||`
    Or,
    /// `&&`
    And,
    /// Comparisons, which cannot be chained.
    Comparison,
    /// `+`, `-`
    Sum,
    /// `*`, `/`
    Product,
    /// A sign, `!`.
    Prefix,
    /// Names, literals, calls.
    Atom,
}

/// An expression.
#[derive(Clone, Debug)]
pub(super) struct Expression {
    tokens: TokenStream,
    binding: Binding,
    /// The number of operations that it holds.
    pub weight: usize,
    /// Whether it is `if … {} else {}`.
    pub is_branch: bool,
}

impl ToTokens for Expression {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        self.tokens.to_tokens(tokens);
    }
}

impl Expression {
    /// Makes an expression of a name, a literal, or a call.
    pub fn atom(tokens: TokenStream, weight: usize) -> Self {
        Self { tokens, binding: Binding::Atom, weight, is_branch: false }
    }

    /// Makes an expression of `if … {} else {}`.
    pub fn branch(tokens: TokenStream, weight: usize) -> Self {
        Self { is_branch: true, ..Self::block(tokens, weight) }
    }

    /// Makes any other expression that begins with a keyword.
    pub fn block(tokens: TokenStream, weight: usize) -> Self {
        Self { tokens, binding: Binding::Block, weight, is_branch: false }
    }

    /// Puts a sign or `!` before an expression.
    pub fn prefix(operator: TokenStream, argument: Self) -> Self {
        let weight = argument.weight + 1;
        let argument = argument.at_least(Binding::Prefix);
        Self { tokens: quote!(#operator #argument), binding: Binding::Prefix, weight, is_branch: false }
    }

    /// Joins two expressions by an operator, which binds to the left.
    pub fn infix(binding: Binding, operator: TokenStream, left: Self, right: Self) -> Self {
        let weight = left.weight + right.weight + 1;
        let tighter = match binding {
            Binding::Comparison => Binding::Sum,
            Binding::Sum => Binding::Product,
            Binding::Product => Binding::Prefix,
            Binding::And => Binding::Comparison,
            _ => Binding::And,
        };
        let left = left.at_least(if binding == Binding::Comparison { tighter } else { binding });
        let right = right.at_least(tighter);
        Self { tokens: quote!(#left #operator #right), binding, weight, is_branch: false }
    }

    /// Calls a method of an expression.
    pub fn method(receiver: Self, call: TokenStream, weight: usize) -> Self {
        let weight = receiver.weight + weight + 1;
        let receiver = receiver.at_least(Binding::Atom);
        Self { tokens: quote!(#receiver.#call), binding: Binding::Atom, weight, is_branch: false }
    }

    /// Returns the expression, in parentheses unless it binds as tightly as given.
    fn at_least(self, binding: Binding) -> TokenStream {
        let tokens = self.tokens;
        if self.binding >= binding { tokens } else { quote!((#tokens)) }
    }

    /// Makes an expression of a constant that is not a string.
    pub fn constant(constant: Constant) -> Self {
        let (is_negative, text) = match constant {
            Constant::Bool(value) => return Self::atom(quote!(#value), 0),
            Constant::I64(i64::MIN) => return Self::atom(quote!(i64::MIN), 0),
            Constant::I64(value) => (value < 0, format!("{}_i64", value.unsigned_abs())),
            Constant::F64(value) if value.is_finite() => {
                (value.is_sign_negative(), format!("{:?}", value.abs()))
            }
            Constant::F32(value) if value.is_finite() => {
                (value.is_sign_negative(), format!("{:?}_f32", value.abs()))
            }
            Constant::F64(value) => return Self::special(quote!(f64), value.is_nan(), value > 0.0),
            Constant::F32(value) => return Self::special(quote!(f32), value.is_nan(), value > 0.0),
            Constant::String(value) => {
                let number = value.number();
                return Self::atom(quote!(runtime::StringId::from_number(#number)), 0);
            }
        };
        // A number printed by Rust is a literal.
        let literal = Literal::from_str(&text).unwrap_or_else(|_| Literal::u64_unsuffixed(0));
        if is_negative {
            Self { tokens: quote!(-#literal), binding: Binding::Prefix, weight: 0, is_branch: false }
        } else {
            Self::atom(quote!(#literal), 0)
        }
    }

    fn special(ty: TokenStream, is_nan: bool, is_positive: bool) -> Self {
        Self::atom(
            match (is_nan, is_positive) {
                (true, _) => quote!(#ty::NAN),
                (false, true) => quote!(#ty::INFINITY),
                (false, false) => quote!(#ty::NEG_INFINITY),
            },
            0,
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(value: f64) -> Expression {
        Expression::constant(Constant::F64(value))
    }

    #[test]
    fn parentheses_are_written_where_needed() {
        let sum = |left, right| Expression::infix(Binding::Sum, quote!(-), left, right);
        let product = |left, right| Expression::infix(Binding::Product, quote!(*), left, right);
        let less = |left, right| Expression::infix(Binding::Comparison, quote!(<), left, right);
        let equal = |left, right| Expression::infix(Binding::Comparison, quote!(==), left, right);
        let one = || number(1.0);
        for (expression, expected) in [
            (sum(sum(one(), one()), one()), "1.0 - 1.0 - 1.0"),
            (sum(one(), sum(one(), one())), "1.0 - (1.0 - 1.0)"),
            (product(sum(one(), one()), number(-2.0)), "(1.0 - 1.0) * - 2.0"),
            (equal(less(one(), one()), less(one(), one())), "(1.0 < 1.0) == (1.0 < 1.0)"),
            (Expression::prefix(quote!(!), less(one(), one())), "! (1.0 < 1.0)"),
            (Expression::method(number(-1.0), quote!(abs()), 0), "(- 1.0) . abs ()"),
        ] {
            assert_eq!(expression.to_token_stream().to_string(), expected);
        }
    }

    #[test]
    fn constants_keep_their_bits() {
        for (constant, expected) in [
            (Constant::F64(0.1), "0.1"),
            (Constant::F64(1e300), "1e300"),
            (Constant::F64(-0.0), "- 0.0"),
            (Constant::F32(0.1), "0.1_f32"),
            (Constant::F64(f64::NEG_INFINITY), "f64 :: NEG_INFINITY"),
            (Constant::I64(-3), "- 3_i64"),
            (Constant::I64(i64::MIN), "i64 :: MIN"),
        ] {
            assert_eq!(Expression::constant(constant).to_token_stream().to_string(), expected);
        }
    }
}
