//! Kernel machines: weighted sums of a function of the arguments and of constant vectors. Several machines
//! share their vectors, and the function's value for each vector is computed once.
//!
//! A value of the function starts from one sum over the places of the vector, in order: of products for
//! [`Similarity::Linear`], [`Similarity::Polynomial`] and [`Similarity::Sigmoid`], of squared differences for
//! [`Similarity::RadialBasis`]. A vector is a list of places with numbers, in ascending order; all other
//! places hold 0. They add nothing to a sum of products, where a factor of 0 would make NaN of an infinite
//! argument, and the squared argument to a sum of squares. A machine's result is `0 + c₁·value₁ + c₂·value₂ +
//! … + bias`. Every sum is added from left to right, and every operation is rounded once.

use super::lists::Lists;
use super::number::{Number, bits, in_precision};
use crate::ir::types::{Constant, Type};
use crate::memory::list;
use pmml_runtime::kernel::{KERNEL_MACHINES, kernel_machine};
use std::fmt;

/// The largest number of lines, and of terms of a line, that are printed.
const SHOWN: usize = 64;

/// The function of the arguments and a vector.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Similarity {
    /// The scalar product x · y.
    Linear,
    /// (gamma · (x · y) + offset) ^ degree.
    Polynomial {
        /// The factor of the product.
        gamma: f64,
        /// What is added to it.
        offset: f64,
        /// The exponent.
        degree: f64,
    },
    /// e ^ (−gamma · |x − y|²); in single precision 2.7182817 is raised, see [`single::exp`](pmml_runtime::math::single::exp).
    RadialBasis {
        /// The factor of the squared distance.
        gamma: f64,
    },
    /// tanh (gamma · (x · y) + offset).
    Sigmoid {
        /// The factor of the product.
        gamma: f64,
        /// What is added to it.
        offset: f64,
    },
}

/// Kernel machines.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct KernelMachines {
    /// The type of arguments, numbers and results: a float type.
    precision: Type,
    /// The number of arguments.
    arguments: u32,
    /// The function's number in an image.
    function: u64,
    /// The bits of its parameters; unused ones are 0.
    parameters: [u64; 3],
    /// Numbers at the places of arguments.
    vectors: Lists,
    /// Coefficients of vectors.
    machines: Lists,
    /// The bits of each machine's bias.
    biases: Vec<u64>,
}

impl KernelMachines {
    /// Returns the number of bytes of memory that its lists take.
    pub fn memory(&self) -> usize {
        self.vectors.memory() + self.machines.memory() + list(&self.biases)
    }

    /// Makes a kernel without machines, of `arguments` arguments in a float type. In single precision all
    /// numbers are rounded to it.
    pub fn new(precision: Type, arguments: usize, similarity: Similarity) -> Self {
        let (function, parameters) = match similarity {
            Similarity::Linear => (kernel_machine::LINEAR, [0.0; 3]),
            Similarity::Polynomial { gamma, offset, degree } => {
                (kernel_machine::POLYNOMIAL, [gamma, offset, degree])
            }
            Similarity::RadialBasis { gamma } => (kernel_machine::RADIAL_BASIS, [gamma, 0.0, 0.0]),
            Similarity::Sigmoid { gamma, offset } => (kernel_machine::SIGMOID, [gamma, offset, 0.0]),
        };
        let mut machines = Self {
            precision,
            arguments: arguments as u32,
            function,
            parameters: [0; 3],
            vectors: Lists::default(),
            machines: Lists::default(),
            biases: Vec::new(),
        };
        machines.parameters = parameters.map(|parameter| bits(precision, parameter));
        machines
    }

    /// Adds a vector and returns its number. `numbers` are places, counted from 0 and in ascending order,
    /// with their numbers.
    pub fn vector(&mut self, numbers: impl IntoIterator<Item = (usize, f64)>) -> usize {
        let precision = self.precision;
        self.vectors.push(numbers.into_iter().map(|(place, number)| (place, bits(precision, number))));
        self.vectors.len() - 1
    }

    /// Adds a machine: vectors with their coefficients, in order, and what is added to their sum.
    pub fn machine(&mut self, coefficients: impl IntoIterator<Item = (usize, f64)>, bias: f64) {
        let precision = self.precision;
        let coefficients = coefficients.into_iter();
        self.machines.push(coefficients.map(|(vector, number)| (vector, bits(precision, number))));
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
        let arguments: Vec<N> = arguments.iter().map(|bits| N::from_bits(*bits)).collect();
        let [gamma, offset, degree] = self.parameters.map(N::from_bits);
        let value = |vector: &mut dyn Iterator<Item = (usize, u64)>| {
            let mut sum = N::ZERO;
            if self.function == kernel_machine::RADIAL_BASIS {
                let mut numbers = vec![N::ZERO; arguments.len()];
                vector.for_each(|(place, number)| numbers[place] = N::from_bits(number));
                for (argument, number) in arguments.iter().zip(numbers) {
                    let difference = *argument - number;
                    sum = sum + difference * difference;
                }
            } else {
                for (place, number) in vector {
                    sum = sum + arguments[place] * N::from_bits(number);
                }
            }
            match self.function {
                kernel_machine::POLYNOMIAL => (gamma * sum + offset).pow(degree),
                kernel_machine::RADIAL_BASIS => (-gamma * sum).exp(),
                kernel_machine::SIGMOID => (gamma * sum + offset).tanh(),
                _ => sum,
            }
        };
        let values: Vec<N> = self.vectors.iter().map(|mut vector| value(&mut vector)).collect();
        let result = |(machine, bias): (_, &u64)| {
            let mut sum = N::ZERO;
            for (vector, coefficient) in machine {
                let vector: usize = vector;
                sum = sum + N::from_bits(coefficient) * values[vector];
            }
            (sum + N::from_bits(*bias)).into_bits()
        };
        self.machines.iter().zip(&self.biases).map(result).collect()
    }

    /// Packs the data into an image. The layout is described where the image is opened: in [`machine`].
    pub(super) fn pack(&self) -> Vec<u64> {
        let flags = if self.precision == Type::F32 { kernel_machine::SINGLE } else { 0 };
        let mut image = vec![KERNEL_MACHINES, flags, self.function];
        image.extend(&self.parameters);
        // A number that is missing from a product adds nothing, whereas one that is missing from a difference
        // is 0.
        let gaps_are_zeros = self.function == kernel_machine::RADIAL_BASIS;
        self.vectors.pack(&mut image, self.arguments, gaps_are_zeros);
        self.machines.pack(&mut image, self.vectors.len() as u32, false);
        image.extend(&self.biases);
        image
    }

    pub(super) fn verify(&self) -> Result<(), String> {
        if !self.precision.is_float() {
            return Err("the precision is not a float type".to_owned());
        }
        for places in self.vectors.places() {
            if let Some(place) = places.iter().find(|place| **place >= self.arguments) {
                return Err(format!("a vector has the place {place}, which does not exist"));
            }
            if !places.is_sorted_by(|left, right| left < right) {
                return Err("the places of a vector are not in ascending order".to_owned());
            }
        }
        match self.machines.places().flatten().find(|vector| **vector as usize >= self.vectors.len()) {
            Some(vector) => Err(format!("a machine has the vector {vector}, which does not exist")),
            None => Ok(()),
        }
    }
}

impl fmt::Display for KernelMachines {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let number = |bits: u64| match Constant::from_bits(self.precision, bits) {
            Some(number) => format!("{number:?}"),
            None => String::new(),
        };
        let [gamma, offset, degree] = self.parameters.map(number);
        let function = match self.function {
            kernel_machine::POLYNOMIAL => format!("({gamma} * x·y + {offset})^{degree}"),
            kernel_machine::RADIAL_BASIS => format!("exp(-{gamma} * |x-y|²)"),
            kernel_machine::SIGMOID => format!("tanh({gamma} * x·y + {offset})"),
            _ => "x·y".to_owned(),
        };
        writeln!(
            f,
            "{} machines of {} vectors of {} × {}, {function}",
            self.biases.len(),
            self.vectors.len(),
            self.arguments,
            self.precision
        )?;
        for vector in self.vectors.iter().take(SHOWN) {
            write!(f, "  y:")?;
            for (place, bits) in vector.take(SHOWN) {
                write!(f, " [{place}] {}", number(bits))?;
            }
            writeln!(f)?;
        }
        for (machine, bias) in self.machines.iter().zip(&self.biases).take(SHOWN) {
            write!(f, "  ")?;
            for (vector, bits) in machine.take(SHOWN) {
                write!(f, "{} * y{vector} + ", number(bits))?;
            }
            writeln!(f, "{}", number(*bias))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use pmml_runtime::math;

    fn doubles(machines: &KernelMachines, arguments: &[f64]) -> Vec<f64> {
        let bits: Vec<u64> = arguments.iter().map(|number| number.to_bits()).collect();
        machines.evaluate(&bits).into_iter().map(f64::from_bits).collect()
    }

    /// Makes one machine for each of two vectors, (3, 4) and (0, 2), and one for both.
    fn machines(similarity: Similarity) -> KernelMachines {
        let mut machines = KernelMachines::new(Type::F64, 2, similarity);
        let dense = machines.vector([(0, 3.0), (1, 4.0)]);
        let sparse = machines.vector([(1, 2.0)]);
        machines.machine([(dense, 1.0)], 0.0);
        machines.machine([(sparse, 1.0)], 0.0);
        machines.machine([(sparse, 10.0), (dense, 2.0), (sparse, 1.0)], 0.5);
        machines
    }

    #[test]
    fn functions_of_products_and_of_distances() {
        let values = |similarity| doubles(&machines(similarity), &[1.0, 2.0]);
        assert_eq!(values(Similarity::Linear), [11.0, 4.0, 66.5]);
        let square = Similarity::Polynomial { gamma: 0.5, offset: 1.0, degree: 2.0 };
        assert_eq!(values(square), [42.25, 9.0, 184.0]);
        // The squared distances are 8 and 1.
        let [near, far] = [math::exp(-0.5), math::exp(-4.0)];
        let sum = 10.0 * near + 2.0 * far + near + 0.5;
        assert_eq!(values(Similarity::RadialBasis { gamma: 0.5 }), [far, near, sum]);
        let [one, half] = [math::tanh(1.0), math::tanh(-0.75)];
        let sigmoid = Similarity::Sigmoid { gamma: 0.25, offset: -1.75 };
        assert_eq!(values(sigmoid), [one, half, 10.0 * half + 2.0 * one + half + 0.5]);
    }

    #[test]
    fn gaps_add_nothing_to_products_and_squares_to_distances() {
        let infinite = [f64::INFINITY, 2.0];
        assert_eq!(doubles(&machines(Similarity::Linear), &infinite)[..2], [f64::INFINITY, 4.0]);
        let radial = machines(Similarity::RadialBasis { gamma: 0.5 });
        assert_eq!(doubles(&radial, &infinite), [0.0, 0.0, 0.5]);
    }

    #[test]
    fn sums_run_from_left_to_right_and_the_bias_comes_last() {
        let mut machines = KernelMachines::new(Type::F64, 1, Similarity::Linear);
        let one = machines.vector([(0, 1.0)]);
        machines.machine([(one, 1.0), (one, 1.0)], 1e16);
        machines.machine([(one, 1e16), (one, 1.0), (one, 1.0)], 0.0);
        // A sum starts from 0, so that it is never -0.
        machines.machine([(one, -0.0)], -0.0);
        assert_eq!(doubles(&machines, &[1.0]), [1e16 + 2.0, 1e16, 0.0]);
        assert_eq!(machines.evaluate(&[1f64.to_bits()])[2], 0);
    }

    #[test]
    fn f32_arithmetic_is_rounded_at_every_step() {
        let polynomial = Similarity::Polynomial { gamma: 0.1, offset: 0.2, degree: 1.0 };
        let mut machines = KernelMachines::new(Type::F32, 1, polynomial);
        let vector = machines.vector([(0, 0.7)]);
        machines.machine([(vector, 0.3)], 0.4);
        let x = 0.6f32;
        let expected = 0.3f32 * (0.1f32 * (x * 0.7f32) + 0.2f32) + 0.4f32;
        assert_eq!(machines.evaluate(&[Constant::F32(x).bits()]), [Constant::F32(expected).bits()]);
        let text = "1 machines of 1 vectors of 1 × f32, (0.1f32 * x·y + 0.2f32)^1.0f32\n  \
                    y: [0] 0.7f32\n  0.3f32 * y0 + 0.4f32\n";
        assert_eq!(machines.to_string(), text);
    }

    #[test]
    fn malformed_machines_are_reported() {
        let mut machines = KernelMachines::new(Type::F64, 1, Similarity::Linear);
        let vector = machines.vector([(0, 1.0)]);
        assert_eq!(machines.verify(), Ok(()));
        machines.vector([(1, 1.0)]);
        assert!(machines.verify().is_err_and(|problem| problem.contains("the place 1")));
        let mut machines = KernelMachines::new(Type::F64, 2, Similarity::Linear);
        machines.vector([(1, 1.0), (0, 1.0)]);
        assert!(machines.verify().is_err_and(|problem| problem.contains("ascending")));
        let mut machines = KernelMachines::new(Type::F64, 2, Similarity::Linear);
        machines.machine([(vector, 1.0)], 0.0);
        assert!(machines.verify().is_err_and(|problem| problem.contains("the vector 0")));
    }
}
