//! Sums of terms, built up term by term: the linear predictors of regressions.
//!
//! A sum is computed in the model's arithmetic, with one rounding per operation, in the order in which its terms are
//! added. Many consecutive multiples of numbers become one [kernel](crate::ir::Dense), which computes the same sum.

use crate::document::data_dictionary::DataType;
use crate::error::{Position, Result};
use crate::ir::{Binary, Builder, Constant, Dense, KernelData, Type, Value};
use crate::lower::build::numbers;
use crate::lower::build::operand::{Operand, both, type_of};
use crate::lower::convert;
use crate::lower::state::Lowering;
use std::collections::HashSet;

/// Minimum number of consecutive multiples that become a kernel.
const KERNEL_TERMS: usize = 64;

/// A sum under construction.
pub struct Sum {
    /// The type in which it is computed: `Float` or `Double`.
    pub math: DataType,
    /// The sum so far.
    pub value: Option<Value>,
    /// The presence that the sum requires.
    pub required: Required,
}

impl Sum {
    /// Returns an empty sum.
    pub fn new(math: DataType) -> Self {
        Sum { math, value: None, required: Required::default() }
    }

    /// Adds a term.
    pub fn add(&mut self, builder: &mut Builder, term: Value) {
        self.value = Some(match self.value {
            None => term,
            Some(sum) => builder.binary(Binary::Add, sum, term),
        });
    }

    /// Adds multiples of some numbers, as a kernel if there are at least `KERNEL_TERMS`.
    pub fn add_multiples(&mut self, builder: &mut Builder, terms: &[(f64, Value)]) {
        if terms.len() < KERNEL_TERMS {
            for (coefficient, value) in terms {
                let coefficient = numbers::constant(builder, *coefficient, self.math);
                let term = builder.binary(Binary::Multiply, coefficient, *value);
                self.add(builder, term);
            }
            return;
        }
        // The sum so far is the first term.
        let before = self.value.map(|value| (1.0, value));
        let terms: Vec<(f64, Value)> = before.into_iter().chain(terms.iter().copied()).collect();
        let arguments: Vec<Value> = terms.iter().map(|(_, value)| *value).collect();
        let mut dense = Dense::new(type_of(self.math), arguments.len());
        dense.sum(terms.iter().enumerate().map(|(number, (coefficient, _))| (number, *coefficient)), 0.0);
        let sums = builder.kernel(KernelData::Dense(dense), &arguments);
        self.value = sums.first().copied().or(self.value);
    }

    /// Adds an operand, if there is one; the sum is then missing if the operand is.
    pub fn add_operand(&mut self, builder: &mut Builder, operand: Option<Operand>) {
        if let Some(operand) = operand {
            self.required.add(builder, operand.present);
            self.add(builder, operand.value);
        }
    }

    /// Returns the sum, 0 if nothing was added.
    pub fn finish(self, builder: &mut Builder) -> Operand {
        let value = match self.value {
            Some(value) => value,
            None => builder.zero(type_of(self.math)),
        };
        Operand { value, present: self.required.all, data_type: self.math, is_list: false }
    }
}

/// The condition that all of some values are present, each tested once.
#[derive(Default)]
pub struct Required {
    /// A bool; `None`: always.
    pub all: Option<Value>,
    known: HashSet<Value>,
}

impl Required {
    /// Adds a presence to the condition.
    pub fn add(&mut self, builder: &mut Builder, present: Option<Value>) {
        if let Some(present) = present
            && self.known.insert(present)
        {
            self.all = both(builder, self.all, Some(present));
        }
    }
}

/// Converts a predictor's value to the model's arithmetic. Fails if it is a list.
pub fn predictor_number(
    lowering: &mut Lowering<'_>,
    operand: Operand,
    math: DataType,
    position: Position,
    element: &str,
) -> Result<Operand> {
    operand.refuse_list("computes with", position, element)?;
    convert::cast(lowering, operand, math, position, element)
}

/// Returns a constant of the type `Float` or `Double`.
pub fn float_constant(number: f64, math: DataType) -> Constant {
    match type_of(math) {
        Type::F32 => Constant::F32(number as f32),
        _ => Constant::F64(number),
    }
}
