//! The linear predictor: coefficients times parameters, added in the order of the `ParamMatrix`.
//!
//! A factor with many categories has a parameter for each, at most one of which is not 0. Consecutive parameters of
//! this kind become one lookup of the coefficient by the category, or by several categories for interactions. The sum
//! is the same to the bit, because only zeros are left out. Consecutive multiples of covariates are added together, see
//! [`Sum::add_multiples`].

use super::design::{Design, Product};
use crate::document::data_dictionary::DataType;
use crate::document::general_regression_model::PCell;
use crate::error::Result;
use crate::ir::{Binary, Builder, Constant, MapData, TableData, Type, Value};
use crate::lower::build::numbers;
use crate::lower::build::operand::{Operand, both, type_of};
use crate::lower::model::sum::{Sum, float_constant};
use crate::lower::state::Lowering;
use std::collections::HashSet;

/// Consecutive parameters that differ in the categories of the same factors, with their coefficients.
struct Run {
    /// The factors and covariates that they share, and the categories of the first.
    product: Product,
    /// The categories of each.
    categories: Vec<Vec<Constant>>,
    /// The same as a set, to find repeated ones.
    known: HashSet<Vec<Constant>>,
    coefficients: Vec<Constant>,
}

/// A number with the condition under which it is known.
pub struct Term {
    /// The number.
    pub value: Value,
    /// The bools that must all be true.
    pub required: Vec<Value>,
}

/// Lowers the sum of some coefficients' terms, in the equation of a category of the target.
pub fn lower<'d>(
    lowering: &mut Lowering<'d>,
    design: &mut Design<'d>,
    cells: impl IntoIterator<Item = &'d PCell>,
    label: Option<usize>,
) -> Result<Sum> {
    let math = design.math;
    let mut sum = Sum::new(math);
    let mut run: Option<Run> = None;
    let mut multiples = Vec::new();
    for cell in cells {
        let product = design.product(lowering, &cell.parameter_name, label, cell.position)?;
        for present in &product.required {
            sum.required.add(&mut lowering.builder, *present);
        }
        let coefficient = cell.beta + 0.0;
        if product.is_of_covariates() {
            if let Some(run) = run.take() {
                run.add_to(&mut lowering.builder, &mut sum);
            }
            let term = multiple(&mut lowering.builder, product, 1.0, math);
            for present in term.required {
                sum.required.add(&mut lowering.builder, Some(present));
            }
            multiples.push((coefficient, term.value));
            continue;
        }
        sum.add_multiples(&mut lowering.builder, &std::mem::take(&mut multiples));
        let coefficient = float_constant(coefficient, math);
        match &mut run {
            Some(run) if run.takes(&product) => run.push(product, coefficient),
            _ => {
                if let Some(run) = run.replace(Run::new(product, coefficient)) {
                    run.add_to(&mut lowering.builder, &mut sum);
                }
            }
        }
    }
    sum.add_multiples(&mut lowering.builder, &multiples);
    if let Some(run) = run {
        run.add_to(&mut lowering.builder, &mut sum);
    }
    Ok(sum)
}

/// Lowers a multiple of a parameter.
pub fn multiple(builder: &mut Builder, product: Product, coefficient: f64, math: DataType) -> Term {
    let mut required: Vec<Value> = product.required.iter().copied().flatten().collect();
    let term = Run::new(product, float_constant(coefficient, math)).term(builder, math);
    required.extend(term.required);
    Term { value: term.value, required }
}

impl Run {
    fn new(product: Product, coefficient: Constant) -> Self {
        let categories: Vec<Vec<Constant>> = product.categories.iter().cloned().collect();
        let known = categories.iter().cloned().collect();
        Run { product, categories, known, coefficients: vec![coefficient] }
    }

    /// Returns whether a parameter continues the run.
    fn takes(&self, other: &Product) -> bool {
        let same_fields = self.product.factors.len() == other.factors.len()
            && self
                .product
                .factors
                .iter()
                .zip(&other.factors)
                .all(|(left, right)| (left.value, left.data_type) == (right.value, right.data_type));
        same_fields
            && !self.product.factors.is_empty()
            && self.product.codes.is_empty()
            && other.codes.is_empty()
            && self.product.covariates == other.covariates
            && !self.categories.is_empty()
            && other.categories.as_ref().is_some_and(|categories| !self.known.contains(categories))
    }

    /// Appends a parameter that continues the run.
    fn push(&mut self, product: Product, coefficient: Constant) {
        if let Some(categories) = product.categories {
            self.known.insert(categories.clone());
            self.categories.push(categories);
            self.coefficients.push(coefficient);
        }
    }

    /// Adds the term to a sum, unless it is always 0.
    fn add_to(self, builder: &mut Builder, sum: &mut Sum) {
        if self.categories.is_empty() {
            return;
        }
        let math = sum.math;
        let term = self.term(builder, math);
        for present in term.required {
            sum.required.add(builder, Some(present));
        }
        sum.add(builder, term.value);
    }

    /// Lowers the term, without the presence of the factors.
    fn term(self, builder: &mut Builder, math: DataType) -> Term {
        let zero = builder.zero(type_of(math));
        let is_single = self.coefficients == [float_constant(1.0, math)];
        let factors = &self.product.factors;
        // The coefficient, the bool that says whether it applies, and whether it is 0 if it does not.
        let (coefficient, mut applies, is_zero_elsewhere) =
            match (self.categories.as_slice(), self.coefficients.as_slice()) {
                ([], _) | (_, []) => return Term { value: zero, required: Vec::new() },
                ([categories], [coefficient]) => {
                    let applies = factors.iter().zip(categories).fold(None, |all, (factor, category)| {
                        let category = builder.constant(*category);
                        let equal = builder.binary(Binary::Equal, factor.value, category);
                        both(builder, all, Some(equal))
                    });
                    (builder.constant(*coefficient), applies, false)
                }
                _ => {
                    let types: Vec<Type> = factors.iter().map(|factor| factor.ty()).collect();
                    let values: Vec<Value> = factors.iter().map(|factor| factor.value).collect();
                    let number = builder.find(MapData::new(types, self.categories), &values);
                    let first = builder.i64(0);
                    let applies = builder.binary(Binary::GreaterOrEqual, number, first);
                    let table = TableData::new(type_of(math), self.coefficients);
                    (builder.lookup(table, number), Some(applies), true)
                }
            };
        let codes = self.product.codes.iter().copied();
        let codes = codes.reduce(|product, code| builder.binary(Binary::Multiply, product, code));
        if self.product.covariates.is_empty() {
            let value = match codes {
                Some(codes) => builder.binary(Binary::Multiply, coefficient, codes),
                None => coefficient,
            };
            let value = match applies {
                Some(applies) if !is_zero_elsewhere => builder.select(applies, value, zero),
                _ => value,
            };
            return Term { value, required: Vec::new() };
        }
        // If factors make the term 0, missing covariates do not matter.
        if let Some(codes) = codes {
            let is_nonzero = builder.binary(Binary::NotEqual, codes, zero);
            applies = both(builder, applies, Some(is_nonzero));
        }
        let is_zero = applies.map(|applies| builder.not(applies));
        let mut required = Vec::new();
        let mut product = codes;
        for covariate in &self.product.covariates {
            let Operand { value, present, .. } = covariate.operand;
            if let Some(present) = present {
                required.push(match is_zero {
                    Some(is_zero) => builder.or(is_zero, present),
                    None => present,
                });
            }
            let power = numbers::power(builder, value, covariate.exponent, math);
            product = Some(match product {
                Some(product) => builder.binary(Binary::Multiply, product, power),
                None => power,
            });
        }
        let value = match product {
            Some(product) if is_single => product,
            Some(product) => builder.binary(Binary::Multiply, coefficient, product),
            None => coefficient,
        };
        let value = match applies {
            Some(applies) => builder.select(applies, value, zero),
            None => value,
        };
        Term { value, required }
    }
}
