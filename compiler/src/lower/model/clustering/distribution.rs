//! Distribution-based clusters: a row is compared with the distribution of each cluster's members.
//!
//! The standard defines such clusters by their statistics, but not how a value is compared with those. Here the
//! comparison of a value with a cluster is the mean of its comparisons with the values in the cluster, weighted by
//! their frequencies. `ModelStats`, else the field's declaration, lists what can occur: the values of a discrete field,
//! the ranges of a continuous one. A range is represented by the mean of its values if the cluster has their sum, else
//! by its middle. A continuous field without ranges is represented by its mean. These means are `f64`; in single
//! precision they are rounded to `f32` before they are weighted.

use super::{compared_field, missing_value_weights};
use crate::document::array::Array;
use crate::document::clustering_model::{Cluster, ClusteringField, ClusteringModel};
use crate::document::comparison_measure::CompareFunction;
use crate::document::data_dictionary::Interval;
use crate::document::statistics::{PartitionFieldStats, UnivariateStats};
use crate::error::{Error, Position, Result};
use crate::ir::{Binary, Builder, Constant, MapData, TableData, Type, Value};
use crate::lower::build::literal;
use crate::lower::build::operand::{Operand, both, type_of};
use crate::lower::field::Field;
use crate::lower::model::comparison::coding::{self, Coding};
use crate::lower::model::comparison::scalar::{self, Compared};
use crate::lower::model::comparison::{self, ComparedField, Function, MAX_TABLED, table};
use crate::lower::model::context::ModelContext;
use crate::lower::state::Lowering;

/// The comparisons of one field with all clusters.
struct FieldComparison {
    /// Whether the row has a value to compare; `None`: always.
    present: Option<Value>,
    /// The comparison with each cluster.
    comparisons: Vec<Value>,
}

/// Returns the affinity of the row to each cluster, and whether the greatest is the best.
pub(super) fn affinities_of_distributions<'d>(
    lowering: &mut Lowering<'d>,
    context: &ModelContext<'d>,
    clustering: &'d ClusteringModel,
) -> Result<(Vec<Operand>, bool)> {
    let precision = type_of(context.math());
    let measure = &clustering.comparison_measure;
    let aggregate = comparison::aggregate(measure)?;
    if comparison::counts(aggregate) {
        let message = format!(
            "`{}` compares ones and zeros, so it cannot compare distributions",
            measure.measure.as_str()
        );
        return Err(Error::unsupported(measure.position, "ComparisonMeasure", message));
    }
    let fields: Vec<&'d ClusteringField> = clustering.clustering_fields.iter().collect();
    let missing_weights = missing_value_weights(clustering, &fields)?;
    let mut compared: Vec<Vec<Compared>> = vec![Vec::new(); clustering.clusters.len()];
    let mut functions = Vec::with_capacity(fields.len());
    let mut size = 0;
    for (field, missing_weight) in fields.into_iter().zip(missing_weights) {
        let of_field = compared_field(field, measure.compare_function);
        functions.push(of_field.function);
        let weight = of_field.checked_weight()?;
        let value = comparison::compared_value(lowering, context.scope, &of_field)?;
        let stats = &clustering.model_stats.univariate_stats;
        let stats = stats.iter().find(|stats| stats.field.as_ref() == Some(&field.field));
        let found = match of_field.function {
            CompareFunction::AbsDiff | CompareFunction::GaussSim => {
                compared_numbers(&mut lowering.builder, clustering, &of_field, value, stats, &mut size)?
            }
            _ => compared_categories(
                &mut lowering.builder,
                clustering,
                field,
                &of_field,
                value,
                stats,
                &mut size,
            )?,
        };
        if size > MAX_TABLED {
            let message = format!("clusters have more than {MAX_TABLED} values, which is the limit");
            return Err(Error::Limit { position: context.position, message });
        }
        for (compared, comparison) in compared.iter_mut().zip(found.comparisons) {
            let comparison = scalar::rounded(&mut lowering.builder, precision, comparison);
            let (present, comparison) = (found.present, Some(comparison));
            compared.push(Compared { weight, missing_weight, present, comparison });
        }
    }
    let greatest_is_best = comparison::greatest_is_best(lowering, measure, &functions);
    let affinity =
        |compared: Vec<Compared>| scalar::combined(&mut lowering.builder, precision, aggregate, &compared);
    Ok((compared.into_iter().map(affinity).collect(), greatest_is_best))
}

/// Compares a field whose clusters state the frequency of each value. There are few values, and so few results: they
/// are tables, indexed by the number of the row's value.
fn compared_categories(
    builder: &mut Builder,
    clustering: &ClusteringModel,
    clustering_field: &ClusteringField,
    field: &ComparedField<'_>,
    value: Field<'_>,
    stats: Option<&UnivariateStats>,
    size: &mut usize,
) -> Result<FieldComparison> {
    let operand = value.operand;
    let listed = stats.and_then(|stats| stats.values.as_ref());
    let strings: Vec<(&str, Position)> = match listed {
        Some(array) => array.values.iter().map(|value| (&**value, array.position)).collect(),
        None => value.domain.valid_values().map(|known| (&*known.value, known.position)).collect(),
    };
    let mut keys = Vec::with_capacity(strings.len());
    for (string, position) in strings {
        keys.push(literal::constant(builder, operand.data_type, string, position, "Array")?);
    }
    if keys.is_empty() {
        let message = "compares by values, which neither `ModelStats` nor the field list".to_owned();
        return Err(field.invalid(message));
    }
    let matrix = match (&clustering_field.comparisons, field.function) {
        (Some(matrix), CompareFunction::Table) => Some(table::matrix_of(builder, field, value, matrix)?),
        _ => None,
    };
    // The row of the matrix for each value.
    let mut places = Vec::with_capacity(keys.len());
    if let Some((known, _)) = &matrix {
        for key in &keys {
            match known.iter().position(|known| known == key) {
                Some(place) => places.push(place),
                None => {
                    let message = "compares by table a value that the field does not declare".to_owned();
                    return Err(field.invalid(message));
                }
            }
        }
    }
    let compare = |row: Option<usize>, other: usize| match (&matrix, field.function, row) {
        (Some((_, rows)), _, Some(row)) => rows[places[row]][places[other]],
        (_, CompareFunction::Equal, row) => f64::from(u8::from(row == Some(other))),
        (_, _, row) => f64::from(u8::from(row != Some(other))),
    };
    if matrix.is_none() {
        field.formula()?;
    }
    let map = MapData::new(vec![operand.ty()], keys.iter().map(|key| vec![*key]));
    let number = builder.find(map, &[operand.value]);
    let zero = builder.i64(0);
    let is_listed = builder.binary(Binary::GreaterOrEqual, number, zero);
    let other = builder.i64(keys.len() as i64);
    let number = builder.select(is_listed, number, other);
    let mut comparisons = Vec::with_capacity(clustering.clusters.len());
    for cluster in &clustering.clusters {
        let stats = stats_of(cluster, field)?;
        let frequencies = frequencies(cluster, field, stats, keys.len())?;
        let all: f64 = frequencies.iter().fold(0.0, |sum, frequency| sum + frequency);
        // The comparison of each listed value, then that of any other.
        let rows = (0..keys.len()).map(Some).chain([None]);
        let mean = |row: Option<usize>| {
            let terms = frequencies.iter().enumerate();
            terms.fold(0.0, |sum, (other, frequency)| sum + frequency * compare(row, other)) / all
        };
        *size += keys.len() + 1;
        let table = TableData::new(Type::F64, rows.map(|row| Constant::F64(mean(row))));
        comparisons.push(builder.lookup(table, number));
    }
    let present = match matrix {
        Some(_) => both(builder, operand.present, Some(is_listed)),
        None => operand.present,
    };
    Ok(FieldComparison { present, comparisons })
}

/// Compares a field whose clusters state the frequency of each range, or the mean.
fn compared_numbers(
    builder: &mut Builder,
    clustering: &ClusteringModel,
    field: &ComparedField<'_>,
    value: Field<'_>,
    stats: Option<&UnivariateStats>,
    size: &mut usize,
) -> Result<FieldComparison> {
    let operand = value.operand;
    let function = Function::Formula(field.formula()?);
    let code = coding::code(builder, operand, Coding::of(field, operand.data_type, false)?);
    let ranges = stats.map(|stats| stats.intervals.as_slice()).filter(|ranges| !ranges.is_empty());
    let ranges = ranges.unwrap_or(value.domain.intervals);
    let values = stats.and_then(|stats| stats.values.as_ref()).map(Array::reals).transpose()?;
    let mut comparisons = Vec::with_capacity(clustering.clusters.len());
    for cluster in &clustering.clusters {
        let stats = stats_of(cluster, field)?;
        let points = match &values {
            Some(values) => {
                let frequencies = frequencies(cluster, field, stats, values.len())?;
                values.iter().copied().zip(frequencies).collect()
            }
            None => points(cluster, field, stats, ranges)?,
        };
        let all = points.iter().fold(0.0, |sum, (_, frequency)| sum + frequency);
        *size += points.len();
        let mut sum = builder.f64(0.0);
        for (point, frequency) in points {
            let compared = scalar::compare(builder, Type::F64, &function, code, point);
            let frequency = builder.f64(frequency);
            let product = builder.binary(Binary::Multiply, frequency, compared);
            sum = builder.binary(Binary::Add, sum, product);
        }
        let all = builder.f64(all);
        comparisons.push(builder.binary(Binary::Divide, sum, all));
    }
    Ok(FieldComparison { present: operand.present, comparisons })
}

/// Returns the statistics of a field in a cluster. Fails if there are none.
fn stats_of<'c>(cluster: &'c Cluster, field: &ComparedField<'_>) -> Result<&'c PartitionFieldStats> {
    let mut stats = cluster.partition.iter().flat_map(|partition| &partition.partition_field_stats);
    stats.find(|stats| stats.field == *field.name).ok_or_else(|| {
        let message = format!("`Cluster` lacks the statistics of the field `{}`", field.name);
        Error::invalid(cluster.position, "Cluster", message)
    })
}

/// Returns the frequencies of `length` values in a cluster. Fails if one is negative or infinite, or if all are 0.
fn frequencies(
    cluster: &Cluster,
    field: &ComparedField<'_>,
    stats: &PartitionFieldStats,
    length: usize,
) -> Result<Vec<f64>> {
    let invalid = |what: &str| {
        let message = format!("`Cluster` {what} of the field `{}`", field.name);
        Err(Error::invalid(cluster.position, "Cluster", message))
    };
    let Some(array) = stats.frequencies.first() else { return invalid("lacks the frequencies") };
    let frequencies = array.reals(length)?;
    if frequencies.iter().any(|frequency| *frequency < 0.0 || !frequency.is_finite()) {
        return invalid("has negative frequencies");
    }
    if frequencies.iter().all(|frequency| *frequency == 0.0) {
        return invalid("has no values");
    }
    Ok(frequencies)
}

/// Returns the numbers that represent a cluster's values of a field, with their frequencies.
fn points(
    cluster: &Cluster,
    field: &ComparedField<'_>,
    stats: &PartitionFieldStats,
    ranges: &[Interval],
) -> Result<Vec<(f64, f64)>> {
    if stats.frequencies.is_empty() || ranges.is_empty() {
        return match stats.mean {
            Some(mean) if !mean.is_nan() => Ok(vec![(mean, 1.0)]),
            _ => {
                let message =
                    format!("`Cluster` lacks the frequencies and the mean of the field `{}`", field.name);
                Err(Error::invalid(cluster.position, "Cluster", message))
            }
        };
    }
    let frequencies = frequencies(cluster, field, stats, ranges.len())?;
    let sums = stats.frequencies.get(1).map(|sums| sums.reals(ranges.len())).transpose()?;
    let mut points = Vec::with_capacity(ranges.len());
    for (number, (range, frequency)) in ranges.iter().zip(frequencies).enumerate() {
        if frequency == 0.0 {
            continue;
        }
        let point = match (&sums, range.left_margin, range.right_margin) {
            (Some(sums), ..) => sums[number] / frequency,
            (None, Some(left), Some(right)) => (left + right) / 2.0,
            _ => {
                let message = format!(
                    "`Cluster` has values of the field `{}` in an unbounded range, and no sum of them",
                    field.name
                );
                return Err(Error::invalid(cluster.position, "Cluster", message));
            }
        };
        points.push((point, frequency));
    }
    Ok(points)
}
