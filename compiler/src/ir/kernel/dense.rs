//! Weighted sums of the same arguments: a layer of a neural network, the tables of a large regression.
//!
//! Each result is `0 + w₁·x₁ + w₂·x₂ + … + bias`, added from left to right, with every product and every sum
//! rounded once. In a variant for radial bases, the terms are squares, `(x₁ − w₁)²`, with the difference
//! rounded too. The terms are a list, not a row of a matrix: they have an order, and an argument that is not
//! in the list adds nothing, whereas a weight of 0 would make NaN of an infinite argument. An [`Activation`]
//! may be applied to every sum.

use super::lists::Lists;
use super::number::{Number, bits, in_precision};
use crate::ir::types::{Constant, Type};
use crate::memory::list;
use pmml_runtime::kernel::{DENSE, dense};
use std::fmt;

/// The largest number of sums, and of terms of a sum, that are printed.
const SHOWN: usize = 64;

/// The function that is applied to a sum.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Activation {
    /// The sum itself.
    #[default]
    Identity,
    /// `1 ÷ (1 + e^−x)`.
    Logistic,
    /// The hyperbolic tangent.
    Tanh,
    /// 0 if it is below 0.
    Rectifier,
}

/// Weighted sums.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Dense {
    /// The type of arguments, weights and results: a float type.
    precision: Type,
    /// The number of arguments.
    arguments: u32,
    /// Whether terms are squared differences, rather than products.
    squares: bool,
    activation: Activation,
    /// For each sum, the arguments of its terms and their weights.
    terms: Lists,
    /// The bits of each sum's bias.
    biases: Vec<u64>,
}

impl Dense {
    /// Returns the number of bytes of memory that its lists take.
    pub fn memory(&self) -> usize {
        self.terms.memory() + list(&self.biases)
    }

    /// Makes a kernel without sums, of `arguments` arguments in a float type.
    pub fn new(precision: Type, arguments: usize) -> Self {
        Self {
            precision,
            arguments: arguments as u32,
            squares: false,
            activation: Activation::Identity,
            terms: Lists::default(),
            biases: Vec::new(),
        }
    }

    /// Makes a kernel without sums, whose terms will be squared differences.
    pub fn of_squares(precision: Type, arguments: usize) -> Self {
        Self { squares: true, ..Self::new(precision, arguments) }
    }

    /// Applies a function to every sum.
    pub fn activate(&mut self, activation: Activation) {
        self.activation = activation;
    }

    /// Adds a sum. Terms are the numbers of arguments with their weights, in order. In single precision all
    /// numbers are rounded to it.
    pub fn sum(&mut self, terms: impl IntoIterator<Item = (usize, f64)>, bias: f64) {
        let precision = self.precision;
        self.terms.push(terms.into_iter().map(|(source, weight)| (source, bits(precision, weight))));
        self.biases.push(bits(precision, bias));
    }

    pub(super) fn arguments(&self) -> Vec<Type> {
        vec![self.precision; self.arguments as usize]
    }

    pub(super) fn results(&self) -> Vec<Type> {
        vec![self.precision; self.biases.len()]
    }

    pub(super) fn evaluate(&self, arguments: &[u64]) -> Vec<u64> {
        in_precision!(self.evaluate_in(arguments))
    }

    fn evaluate_in<N: Number>(&self, arguments: &[u64]) -> Vec<u64> {
        let sum = |(terms, bias): (_, &u64)| {
            let mut sum = N::ZERO;
            for (source, weight) in terms {
                let source: usize = source;
                let (weight, argument) = (N::from_bits(weight), N::from_bits(arguments[source]));
                let difference = argument - weight;
                sum = sum + if self.squares { difference * difference } else { weight * argument };
            }
            self.activation.of(sum + N::from_bits(*bias)).into_bits()
        };
        self.terms.iter().zip(&self.biases).map(sum).collect()
    }

    /// Packs the data into an image. The layout is described where the image is opened: in [`dense`].
    pub(super) fn pack(&self) -> Vec<u64> {
        let mut flags = 0;
        for (flag, set) in [(dense::SINGLE, self.precision == Type::F32), (dense::SQUARES, self.squares)] {
            flags |= if set { flag } else { 0 };
        }
        flags |= self.activation.code() << 8;
        let mut image = vec![DENSE, flags];
        self.terms.pack(&mut image, self.arguments, false);
        image.extend(&self.biases);
        image
    }

    pub(super) fn verify(&self) -> Result<(), String> {
        if !self.precision.is_float() {
            return Err("the precision is not a float type".to_owned());
        }
        match self.terms.places().flatten().find(|source| **source >= self.arguments) {
            Some(source) => Err(format!("a term has the argument {source}, which does not exist")),
            None => Ok(()),
        }
    }
}

impl Activation {
    fn of<N: Number>(self, sum: N) -> N {
        match self {
            Activation::Identity => sum,
            Activation::Logistic => N::ONE / (N::ONE + (-sum).exp()),
            Activation::Tanh => sum.tanh(),
            Activation::Rectifier => {
                if sum < N::ZERO {
                    N::ZERO
                } else {
                    sum
                }
            }
        }
    }

    fn code(self) -> u64 {
        match self {
            Activation::Identity => dense::function::IDENTITY,
            Activation::Logistic => dense::function::LOGISTIC,
            Activation::Tanh => dense::function::TANH,
            Activation::Rectifier => dense::function::RECTIFIER,
        }
    }
}

impl fmt::Display for Dense {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let of_squares = if self.squares { " of squares" } else { "" };
        write!(f, "{} sums{of_squares} of {} × {}", self.biases.len(), self.arguments, self.precision)?;
        match self.activation {
            Activation::Identity => writeln!(f)?,
            activation => writeln!(f, ", {activation:?}")?,
        }
        let number = |bits: u64| Constant::from_bits(self.precision, bits);
        for (terms, bias) in self.terms.iter().zip(&self.biases).take(SHOWN) {
            write!(f, "  ")?;
            let count = terms.len();
            for (source, weight) in terms.take(SHOWN) {
                if let Some(weight) = number(weight) {
                    if self.squares {
                        write!(f, "([{source}] - {weight:?})² + ")?;
                    } else {
                        write!(f, "{weight:?} * [{source}] + ")?;
                    }
                }
            }
            if count > SHOWN {
                write!(f, "… {count} terms in all + ")?;
            }
            match number(*bias) {
                Some(bias) => writeln!(f, "{bias:?}")?,
                None => writeln!(f)?,
            }
        }
        if self.biases.len() > SHOWN {
            writeln!(f, "  … {} sums in all", self.biases.len())?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn doubles(bits: Vec<u64>) -> Vec<f64> {
        bits.into_iter().map(f64::from_bits).collect()
    }

    #[test]
    fn sums_run_from_left_to_right_and_the_bias_comes_last() {
        let mut dense = Dense::new(Type::F64, 2);
        dense.sum([(0, 1.0), (1, 1.0)], 1e16);
        dense.sum([(1, 1e16), (0, 1.0), (0, 1.0)], 0.0);
        // A sum starts from 0, so that it is never -0.
        dense.sum([(0, -0.0)], -0.0);
        // An argument that is not in the sum is not multiplied by 0.
        dense.sum([(1, 2.0)], 1.0);
        let arguments = [1.0, 1.0].map(f64::to_bits);
        assert_eq!(doubles(dense.evaluate(&arguments)), [1e16 + 2.0, 1e16, 0.0, 3.0]);
        assert_eq!(dense.evaluate(&arguments)[2], 0);
        let arguments = [f64::INFINITY, 1.0].map(f64::to_bits);
        assert_eq!(doubles(dense.evaluate(&arguments))[3], 3.0);
    }

    #[test]
    fn functions_are_applied_to_sums() {
        let of = |activation, x: f64| {
            let mut dense = Dense::new(Type::F64, 1);
            dense.sum([(0, 2.0)], 1.0);
            dense.activate(activation);
            doubles(dense.evaluate(&[x.to_bits()]))[0]
        };
        assert_eq!(of(Activation::Identity, 1.5), 4.0);
        assert_eq!(of(Activation::Logistic, -0.5), 0.5);
        assert_eq!(of(Activation::Tanh, -0.5), 0.0);
        assert_eq!([of(Activation::Rectifier, -2.0), of(Activation::Rectifier, 2.0)], [0.0, 5.0]);
        assert!(of(Activation::Rectifier, f64::NAN).is_nan());
    }

    #[test]
    fn f32_arithmetic_is_rounded_at_every_step() {
        let mut dense = Dense::new(Type::F32, 1);
        dense.sum([(0, 0.1), (0, 0.2)], 0.3);
        let x = 0.7f32;
        let expected = (0.1f32 * x + 0.2f32 * x) + 0.3f32;
        assert_eq!(dense.evaluate(&[Constant::F32(x).bits()]), [Constant::F32(expected).bits()]);
        let text = "1 sums of 1 × f32\n  0.1f32 * [0] + 0.2f32 * [0] + 0.3f32\n";
        assert_eq!(dense.to_string(), text);
    }
}
