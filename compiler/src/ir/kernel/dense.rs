//! Weighted sums of the same arguments: a layer of a neural network, the tables of a large regression.
//!
//! Each result is `0 + w₁·x₁ + w₂·x₂ + … + bias`, added from left to right, every product and every sum rounded once. In
//! the other variant, for radial bases, terms are squares, `(x₁ − w₁)²`, with the difference rounded too. The terms are a
//! list, not a row of a matrix: they have an order, and an argument that is not in it adds nothing, where a
//! weight of 0 would make NaN of an infinite argument.

use crate::ir::types::{Constant, Type};
use pmml_runtime::kernel::{DENSE, dense};
use std::fmt;

/// How many sums, and terms of a sum, are printed.
const SHOWN: usize = 64;

/// Weighted sums.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Dense {
    /// The type of arguments, weights and results: a float type.
    precision: Type,
    /// How many arguments there are.
    arguments: u32,
    /// Whether terms are squared differences, not products.
    squares: bool,
    /// For each sum, how many terms it and those before it have.
    ends: Vec<u32>,
    /// The bits of each sum's bias.
    biases: Vec<u64>,
    /// The argument of each term.
    sources: Vec<u32>,
    /// The bits of each term's weight.
    weights: Vec<u64>,
}

impl Dense {
    /// No sums yet, of so many arguments, in a float type.
    pub fn new(precision: Type, arguments: usize) -> Self {
        Self {
            precision,
            arguments: arguments as u32,
            squares: false,
            ends: Vec::new(),
            biases: Vec::new(),
            sources: Vec::new(),
            weights: Vec::new(),
        }
    }

    /// No sums yet, whose terms will be squared differences.
    pub fn of_squares(precision: Type, arguments: usize) -> Self {
        Self { squares: true, ..Self::new(precision, arguments) }
    }

    /// Adds a sum. Terms are the numbers of arguments with their weights, in order. In single precision all numbers are
    /// rounded to it.
    pub fn sum(&mut self, terms: impl IntoIterator<Item = (usize, f64)>, bias: f64) {
        for (source, weight) in terms {
            self.sources.push(source as u32);
            self.weights.push(self.bits(weight));
        }
        self.ends.push(self.sources.len() as u32);
        self.biases.push(self.bits(bias));
    }

    fn bits(&self, number: f64) -> u64 {
        match self.precision {
            Type::F32 => Constant::F32(number as f32).bits(),
            _ => Constant::F64(number).bits(),
        }
    }

    /// The terms of each sum: a range of `sources` and `weights`.
    fn sums(&self) -> impl Iterator<Item = std::ops::Range<usize>> + '_ {
        let starts = std::iter::once(0).chain(self.ends.iter().copied());
        starts.zip(&self.ends).map(|(start, end)| start as usize..*end as usize)
    }

    pub(super) fn arguments(&self) -> Vec<Type> {
        vec![self.precision; self.arguments as usize]
    }

    pub(super) fn results(&self) -> Vec<Type> {
        vec![self.precision; self.ends.len()]
    }

    pub(super) fn evaluate(&self, arguments: &[u64]) -> Vec<u64> {
        let single = |bits: u64| f32::from_bits(bits as u32);
        let double = f64::from_bits;
        let sum = |(terms, bias): (std::ops::Range<usize>, &u64)| {
            let terms = terms.map(|term| (self.weights[term], arguments[self.sources[term] as usize]));
            match self.precision {
                Type::F32 => {
                    let mut sum = 0.0;
                    for (weight, argument) in terms {
                        let (weight, argument) = (single(weight), single(argument));
                        let difference = argument - weight;
                        sum += if self.squares { difference * difference } else { weight * argument };
                    }
                    Constant::F32(sum + single(*bias)).bits()
                }
                _ => {
                    let mut sum = 0.0;
                    for (weight, argument) in terms {
                        let (weight, argument) = (double(weight), double(argument));
                        let difference = argument - weight;
                        sum += if self.squares { difference * difference } else { weight * argument };
                    }
                    Constant::F64(sum + double(*bias)).bits()
                }
            }
        };
        self.sums().zip(&self.biases).map(sum).collect()
    }

    /// The layout is described where the image is opened: in [`dense`].
    pub(super) fn pack(&self) -> Vec<u64> {
        let arguments = 0..self.arguments;
        let full = self.sums().all(|terms| self.sources[terms].iter().copied().eq(arguments.clone()));
        let single = self.precision == Type::F32;
        let mut flags = 0;
        for (flag, set) in [(dense::SINGLE, single), (dense::FULL, full), (dense::SQUARES, self.squares)] {
            flags |= if set { flag } else { 0 };
        }
        let sizes = self.arguments as u64 | (self.ends.len() as u64) << 32;
        let mut image = vec![DENSE, sizes, flags, self.sources.len() as u64];
        image.extend(&self.biases);
        image.extend(&self.weights);
        if !full {
            image.extend(self.ends.iter().map(|end| *end as u64));
            image.extend(self.sources.chunks(2).map(|pair| match *pair {
                [low, high] => low as u64 | (high as u64) << 32,
                _ => pair[0] as u64,
            }));
        }
        image
    }

    pub(super) fn verify(&self) -> Result<(), String> {
        if !self.precision.is_float() {
            return Err("the precision is no float type".to_owned());
        }
        match self.sources.iter().find(|source| **source >= self.arguments) {
            Some(source) => Err(format!("a term has the argument {source}, which does not exist")),
            None => Ok(()),
        }
    }
}

impl fmt::Display for Dense {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let of_squares = if self.squares { " of squares" } else { "" };
        writeln!(f, "{} sums{of_squares} of {} × {}", self.ends.len(), self.arguments, self.precision)?;
        let number = |bits: u64| Constant::from_bits(self.precision, bits);
        for (terms, bias) in self.sums().zip(&self.biases).take(SHOWN) {
            write!(f, "  ")?;
            for term in terms.clone().take(SHOWN) {
                if let Some(weight) = number(self.weights[term]) {
                    match self.squares {
                        true => write!(f, "([{}] - {weight:?})² + ", self.sources[term])?,
                        false => write!(f, "{weight:?} * [{}] + ", self.sources[term])?,
                    }
                }
            }
            if terms.len() > SHOWN {
                write!(f, "… {} terms in all + ", terms.len())?;
            }
            match number(*bias) {
                Some(bias) => writeln!(f, "{bias:?}")?,
                None => writeln!(f)?,
            }
        }
        if self.ends.len() > SHOWN {
            writeln!(f, "  … {} sums in all", self.ends.len())?;
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
        // An argument that is not in the sum is not multiplied with 0.
        dense.sum([(1, 2.0)], 1.0);
        let arguments = [1.0, 1.0].map(f64::to_bits);
        assert_eq!(doubles(dense.evaluate(&arguments)), [1e16 + 2.0, 1e16, 0.0, 3.0]);
        assert_eq!(dense.evaluate(&arguments)[2], 0);
        let arguments = [f64::INFINITY, 1.0].map(f64::to_bits);
        assert_eq!(doubles(dense.evaluate(&arguments))[3], 3.0);
    }

    #[test]
    fn singles_are_rounded_at_every_step() {
        let mut dense = Dense::new(Type::F32, 1);
        dense.sum([(0, 0.1), (0, 0.2)], 0.3);
        let x = 0.7f32;
        let expected = (0.1f32 * x + 0.2f32 * x) + 0.3f32;
        assert_eq!(dense.evaluate(&[Constant::F32(x).bits()]), [Constant::F32(expected).bits()]);
        let text = "1 sums of 1 × f32\n  0.1f32 * [0] + 0.2f32 * [0] + 0.3f32\n";
        assert_eq!(dense.to_string(), text);
    }
}
