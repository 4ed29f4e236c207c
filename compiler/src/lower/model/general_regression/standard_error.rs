//! Standard errors: the uncertainty of a predicted number that comes from the estimates of the coefficients.
//!
//! With parameters x and the covariances C of their coefficients, the variance of the linear predictor is x′Cx. C is
//! symmetric, so half of it is enough.

use super::design::Design;
use super::equation;
use crate::document::Name;
use crate::document::general_regression_model::PCovMatrix;
use crate::error::{Error, Result};
use crate::ir::{Binary, Unary, Value};
use crate::lower::build::numbers;
use crate::lower::build::operand::{Operand, both};
use crate::lower::model::sum::Sum;
use crate::lower::state::Lowering;
use std::collections::HashMap;

/// Maximum number of covariances from which standard errors are computed.
const MAX_COVARIANCES: usize = 65_536;

/// Lowers the standard error of the linear predictor; returns `None`, with a warning, if the matrix cannot be used. The
/// error is missing if the variance is negative, which no matrix of covariances causes.
pub(super) fn lower<'d>(
    lowering: &mut Lowering<'d>,
    design: &mut Design<'d>,
    matrix: &'d PCovMatrix,
) -> Result<Option<Operand>> {
    let has_category = matrix
        .p_cov_cells
        .iter()
        .any(|cell| cell.t_row.is_some() || cell.t_col.is_some() || cell.target_category.is_some());
    if has_category {
        let message =
            "the PCovMatrix has categories, but the model predicts a number: no standard errors are computed";
        lowering.warn(matrix.position, "PCovMatrix", message);
        return Ok(None);
    }
    if matrix.p_cov_cells.len() > MAX_COVARIANCES {
        let message =
            format!("the PCovMatrix has more than {MAX_COVARIANCES} cells: no standard errors are computed");
        lowering.warn(matrix.position, "PCovMatrix", message);
        return Ok(None);
    }
    // The covariances by row, rows in order of first appearance; the smaller of two numbers is the row.
    let mut numbers: HashMap<&Name, usize> = HashMap::new();
    let mut rows: Vec<Vec<(usize, f64)>> = Vec::new();
    let mut known: HashMap<(usize, usize), f64> = HashMap::new();
    let mut parameters = Vec::new();
    for cell in &matrix.p_cov_cells {
        let mut number = |name: &'d Name| {
            *numbers.entry(name).or_insert_with(|| {
                rows.push(Vec::new());
                parameters.push((name, cell.position));
                rows.len() - 1
            })
        };
        let (row, col) = (number(&cell.p_row), number(&cell.p_col));
        let place = (row.min(col), row.max(col));
        match known.insert(place, cell.value) {
            None => rows[place.0].push((place.1, cell.value)),
            Some(other) if other == cell.value => {}
            Some(_) => {
                let message =
                    format!("`PCovCell` has a second covariance of `{}` and `{}`", cell.p_row, cell.p_col);
                return Err(Error::invalid(cell.position, "PCovCell", message));
            }
        }
    }
    let math = design.math;
    let mut variance = Sum::new(math);
    let mut values: Vec<Value> = Vec::with_capacity(parameters.len());
    for (name, position) in parameters {
        let product = design.product(lowering, name, None, position)?;
        let term = equation::multiple(&mut lowering.builder, product, 1.0, math);
        for present in term.required {
            variance.required.add(&mut lowering.builder, Some(present));
        }
        values.push(term.value);
    }
    for (row, covariances) in rows.into_iter().enumerate() {
        let mut inner = Sum::new(math);
        let terms = covariances
            .into_iter()
            .map(|(col, covariance)| (if row == col { covariance } else { 2.0 * covariance }, values[col]));
        inner.add_multiples(&mut lowering.builder, &terms.collect::<Vec<_>>());
        if let Some(inner) = inner.value {
            let term = lowering.builder.binary(Binary::Multiply, values[row], inner);
            variance.add(&mut lowering.builder, term);
        }
    }
    let variance = variance.finish(&mut lowering.builder);
    let zero = numbers::constant(&mut lowering.builder, 0.0, math);
    let is_variance = lowering.builder.binary(Binary::GreaterOrEqual, variance.value, zero);
    let value = lowering.builder.unary(Unary::SquareRoot, variance.value);
    let present = both(&mut lowering.builder, variance.present, Some(is_variance));
    Ok(Some(Operand { value, present, data_type: math, is_list: false }))
}
