//! Comparisons by table: a matrix holds the comparison of every two values of a field.
//!
//! Its rows and columns are the field's valid values, in the order in which it declares them, or its intervals.

use super::{ComparedField, Function, Term};
use crate::document::Name;
use crate::document::clustering_model::Cluster;
use crate::document::data_dictionary::{Closure, DataType, Interval};
use crate::document::matrix::Matrix;
use crate::error::{Error, Result};
use crate::ir::{Binary, Builder, Constant, MapData, Unary, Value};
use crate::lower::build::operand::both;
use crate::lower::build::{interval, literal};
use crate::lower::field::Field;
use pmml_runtime::number;

/// Returns the valid values of a field that is compared by table (empty if the matrix is about its intervals), and the
/// rows of the matrix. Fails if the matrix has another size.
pub fn matrix_of(
    builder: &mut Builder,
    field: &ComparedField<'_>,
    value: Field<'_>,
    matrix: &Matrix,
) -> Result<(Vec<Constant>, Vec<Vec<f64>>)> {
    let (operand, domain) = (value.operand, value.domain);
    let mut keys = Vec::new();
    for known in domain.valid_values() {
        let (position, element) = (known.position, "Value");
        keys.push(literal::constant(builder, operand.data_type, &known.value, position, element)?);
    }
    let size = if keys.is_empty() { domain.intervals.len() } else { keys.len() };
    if size == 0 {
        let message = "compares by table, but the field has neither values nor intervals".to_owned();
        return Err(field.invalid(message));
    }
    let elements = matrix.elements(size)?;
    if elements.cols != size {
        let message = format!("`Matrix` has {} columns, but there should be {size}", elements.cols);
        return Err(Error::invalid(matrix.position, "Matrix", message));
    }
    let mut rows = vec![Vec::with_capacity(size); size];
    for (row, elements_of_row) in rows.iter_mut().enumerate() {
        for col in 0..size {
            match elements.get(row, col) {
                Some(element) => elements_of_row.push(element),
                None => {
                    let message = format!("`Matrix` lacks the element {},{}", row + 1, col + 1);
                    return Err(Error::invalid(matrix.position, "Matrix", message));
                }
            }
        }
    }
    Ok((keys, rows))
}

/// Returns the term of a field that is compared by table, with the codes of the clusters' coordinates. A value that has
/// no row in the matrix counts as missing.
pub fn table_term<'c>(
    builder: &mut Builder,
    field: &ComparedField<'_>,
    value: Field<'_>,
    matrix: &Matrix,
    coordinates: impl Iterator<Item = (&'c Name, &'c Cluster)>,
) -> Result<(Term, Vec<f64>)> {
    let (operand, domain) = (value.operand, value.domain);
    let (keys, rows) = matrix_of(builder, field, value, matrix)?;
    let mut codes = Vec::new();
    for (coordinate, cluster) in coordinates {
        let place = if keys.is_empty() {
            let number = number::parse_f64(coordinate);
            number.and_then(|number| domain.intervals.iter().position(|interval| contains(interval, number)))
        } else {
            let constant = literal::parse(builder, operand.data_type, coordinate);
            constant.and_then(|constant| keys.iter().position(|key| *key == constant))
        };
        match place {
            Some(place) => codes.push(place as f64),
            None => {
                let message = format!(
                    "`Cluster` has the coordinate `{coordinate}`, which is not a value of `{}`",
                    field.name
                );
                return Err(Error::invalid(cluster.position, "Cluster", message));
            }
        }
    }
    let number = if keys.is_empty() {
        interval_number(builder, operand.value, operand.data_type, domain.intervals)
    } else {
        let map = MapData::new(vec![operand.ty()], keys.into_iter().map(|key| vec![key]));
        builder.find(map, &[operand.value])
    };
    let zero = builder.i64(0);
    let is_listed = builder.binary(Binary::GreaterOrEqual, number, zero);
    let term = Term {
        function: Function::Table(rows),
        weight: field.checked_weight()?,
        missing_weight: 1.0,
        code: builder.unary(Unary::I64ToF64, number),
        present: both(builder, operand.present, Some(is_listed)),
    };
    Ok((term, codes))
}

/// Returns the number of the first interval that contains a value, or -1.
fn interval_number(
    builder: &mut Builder,
    value: Value,
    data_type: DataType,
    intervals: &[Interval],
) -> Value {
    let mut number = builder.constant(Constant::I64(-1));
    for (place, interval) in intervals.iter().enumerate().rev() {
        let within = interval::within(builder, value, data_type, interval);
        let place = builder.i64(place as i64);
        number = builder.select(within, place, number);
    }
    number
}

/// Returns whether an interval contains a number.
fn contains(interval: &Interval, number: f64) -> bool {
    let (left_closed, right_closed) = match interval.closure {
        Closure::OpenOpen => (false, false),
        Closure::OpenClosed => (false, true),
        Closure::ClosedOpen => (true, false),
        Closure::ClosedClosed => (true, true),
    };
    let above = interval.left_margin.is_none_or(|left| left < number || left_closed && left == number);
    let below = interval.right_margin.is_none_or(|right| number < right || right_closed && number == right);
    above && below
}
