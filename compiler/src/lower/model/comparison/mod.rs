//! Comparisons of a row with instances, shared by clusters and nearest neighbors.
//!
//! First each field's value becomes a number, its *code* (see [`coding`]), so that the row and the instances are
//! vectors of `f64`, some of them missing. Then a [`Comparison`] computes how far the row is from each instance: by
//! scalar code if there are few numbers, else by a kernel, [`Distances`].
//!
//! The order of operations is that of the reference evaluator: fields in document order, `weight × (c × c)`, the sum
//! times the adjustment for missing values, then the root. In single precision (`x-mathContext="float"`) numbers are
//! rounded to `f32` before they are subtracted, and so is every intermediate result; equality is tested on the `f64`
//! codes. Distances are widened to `f64` again, which is exact.

pub mod coding;
pub mod scalar;
pub mod table;

use crate::document::Name;
use crate::document::comparison_measure::{
    BinaryParameters, CompareFunction, ComparisonKind, ComparisonMeasure, Measure,
};
use crate::document::data_dictionary::DataType;
use crate::error::{Error, Position, Result};
use crate::ir::kernel::distances::{Aggregate, Compare, DistanceField};
use crate::ir::{Binary, Builder, Distances, KernelData, Type, Value};
use crate::lower::build::operand::Operand;
use crate::lower::field::Field;
use crate::lower::scope::ScopeId;
use crate::lower::state::Lowering;

/// Maximum number of codes of instances that are compared in scalar code.
const MAX_SCALAR: usize = 256;
/// Maximum number of codes that are compared by table, which is always scalar code.
pub const MAX_TABLED: usize = 65_536;

/// A field that is compared, as the document has it.
#[derive(Clone, Copy, Debug)]
pub struct ComparedField<'d> {
    /// The element's position.
    pub position: Position,
    /// The element, for messages.
    pub element: &'static str,
    /// The field's name.
    pub name: &'d Name,
    /// The function that compares its values.
    pub function: CompareFunction,
    /// Its weight.
    pub weight: f64,
    /// The difference at which values are half as similar as equal ones.
    pub scale: Option<f64>,
}

/// A field that is compared, with the row's value.
#[derive(Clone, Debug)]
pub struct Term {
    /// How codes are compared.
    pub function: Function,
    /// The field's weight.
    pub weight: f64,
    /// The field's weight in the adjustment for missing values.
    pub missing_weight: f64,
    /// The row's code, an `f64`.
    pub code: Value,
    /// Whether the row has a value; `None`: always.
    pub present: Option<Value>,
}

/// How two codes are compared.
#[derive(Clone, Debug, PartialEq)]
pub enum Function {
    /// By a formula.
    Formula(Compare),
    /// By an element of a matrix: codes are numbers of its rows and columns, the row's code that of a row.
    Table(Vec<Vec<f64>>),
}

/// A row beside some instances.
#[derive(Clone, Debug)]
pub struct Comparison {
    /// The float type of the arithmetic.
    pub precision: Type,
    /// How the comparisons of all fields are combined.
    pub aggregate: Aggregate,
    /// Whether a greater result means a closer instance.
    pub greatest_is_best: bool,
    /// The fields.
    pub terms: Vec<Term>,
    /// The codes of each instance, one for each field; `None` where the instance has no value.
    pub instances: Vec<Vec<Option<f64>>>,
}

impl ComparedField<'_> {
    /// Returns the field's weight. Fails if it is negative or NaN.
    pub fn checked_weight(&self) -> Result<f64> {
        if self.weight >= 0.0 {
            return Ok(self.weight);
        }
        let weight = self.weight;
        Err(self.invalid(format!("has the weight {weight}, but weights must not be negative")))
    }

    /// Returns the formula that compares the field's codes. Fails if they are compared by table, or a scale is missing.
    pub fn formula(&self) -> Result<Compare> {
        Ok(match self.function {
            CompareFunction::AbsDiff => Compare::Difference,
            CompareFunction::Delta => Compare::Delta,
            CompareFunction::Equal => Compare::Equal,
            CompareFunction::GaussSim => match self.scale {
                Some(scale) if scale != 0.0 && !scale.is_nan() => Compare::Bell(scale),
                _ => {
                    return Err(self.invalid("compares by gaussSim and lacks the similarityScale".to_owned()));
                }
            },
            CompareFunction::Table => {
                return Err(self.invalid("compares by table and lacks the `Comparisons`".to_owned()));
            }
        })
    }

    /// Returns the error of a field that cannot be compared.
    pub fn invalid(&self, what: String) -> Error {
        let Self { position, element, name, .. } = *self;
        Error::invalid(position, element, format!("`{element}` of `{name}` {what}"))
    }
}

/// Returns how a measure combines the comparisons of fields.
pub fn aggregate(measure: &ComparisonMeasure) -> Result<Aggregate> {
    Ok(match measure.measure {
        Measure::Euclidean => Aggregate::RootOfSquares,
        Measure::SquaredEuclidean => Aggregate::SumOfSquares,
        Measure::CityBlock => Aggregate::Sum,
        Measure::Chebychev => Aggregate::Greatest,
        Measure::Minkowski { p } if p > 0.0 && p.is_finite() => Aggregate::RootOfPowers(p),
        Measure::Minkowski { p } => {
            let message = format!("`minkowski` has the parameter {p}, which should be greater than 0");
            return Err(Error::invalid(measure.position, "ComparisonMeasure", message));
        }
        Measure::SimpleMatching => Aggregate::Counts([1.0, 0.0, 0.0, 1.0], [1.0; 4]),
        Measure::Jaccard => Aggregate::Counts([1.0, 0.0, 0.0, 0.0], [1.0, 1.0, 1.0, 0.0]),
        Measure::Tanimoto => Aggregate::Counts([1.0, 0.0, 0.0, 1.0], [1.0, 2.0, 2.0, 1.0]),
        Measure::BinarySimilarity(parameters) => {
            let BinaryParameters { c00, c01, c10, c11, d00, d01, d10, d11 } = parameters;
            Aggregate::Counts([c11, c10, c01, c00], [d11, d10, d01, d00])
        }
    })
}

/// Returns whether the measure counts fields of ones and zeros.
pub fn counts(aggregate: Aggregate) -> bool {
    matches!(aggregate, Aggregate::Counts(..))
}

/// Returns whether greater values of a measure mean more similar rows.
///
/// The attribute `kind` decides if either is possible. A sum of differences is always a distance and a share of matches
/// always a similarity; a `kind` that says otherwise is ignored with a warning.
pub fn greatest_is_best(
    lowering: &mut Lowering<'_>,
    measure: &ComparisonMeasure,
    functions: &[CompareFunction],
) -> bool {
    let says_similarity = measure.kind == ComparisonKind::Similarity;
    let can_be_similarity = |function: &CompareFunction| {
        matches!(function, CompareFunction::GaussSim | CompareFunction::Equal | CompareFunction::Table)
    };
    let is_similarity = match measure.measure {
        Measure::SimpleMatching | Measure::Jaccard | Measure::Tanimoto => true,
        Measure::BinarySimilarity(_) => says_similarity,
        _ => says_similarity && functions.iter().any(can_be_similarity),
    };
    if is_similarity != says_similarity {
        let (wrong, right) =
            if is_similarity { ("distance", "similarity") } else { ("similarity", "distance") };
        let message = format!(
            "`ComparisonMeasure` of the kind {wrong} is a {right}, because `{}` is one",
            measure.measure.as_str()
        );
        lowering.warn(measure.position, "ComparisonMeasure", message);
    }
    is_similarity
}

/// Returns the value of a compared field. Fails if it is a list.
pub fn compared_value<'d>(
    lowering: &mut Lowering<'d>,
    scope: ScopeId,
    field: &ComparedField<'d>,
) -> Result<Field<'d>> {
    let found = lowering.field(scope, field.name, field.position, field.element)?;
    if found.operand.is_list {
        let message = format!("`{}` compares a list of values", field.element);
        return Err(Error::unsupported(field.position, field.element, message));
    }
    Ok(found)
}

/// Returns the distance of the row from each instance, as `f64`. It is missing if no field can be compared.
pub fn distances(builder: &mut Builder, comparison: Comparison, position: Position) -> Result<Vec<Operand>> {
    let numbers = comparison.instances.len().saturating_mul(comparison.terms.len());
    let has_tables = comparison.terms.iter().any(|term| matches!(term.function, Function::Table(_)));
    if numbers <= MAX_SCALAR || has_tables {
        if numbers > MAX_TABLED {
            let message = format!("more than {MAX_TABLED} values are compared by table, which is the limit");
            return Err(Error::Limit { position, message });
        }
        let instances = 0..comparison.instances.len();
        let distance = |instance| scalar::distance(builder, &comparison, instance);
        return Ok(instances.map(distance).collect());
    }
    let distances = distance_kernel(builder, comparison, None);
    Ok(distances.into_iter().map(|distance| unless_nan(builder, distance)).collect())
}

/// Returns the nearest instances, nearest first: the number of each, and its distance. They are missing if no field can
/// be compared, or if a distance is NaN, which leaves it undecided which are the nearest.
pub fn nearest(
    builder: &mut Builder,
    comparison: Comparison,
    count: u32,
) -> (Vec<(Value, Value)>, Option<Value>) {
    let results = distance_kernel(builder, comparison, Some(count));
    let nearest: Vec<(Value, Value)> =
        results.as_chunks().0.iter().map(|[number, distance]| (*number, *distance)).collect();
    // The kernel sorts NaN first.
    let present = nearest.first().and_then(|(_, distance)| unless_nan(builder, *distance).present);
    (nearest, present)
}

/// Adds the kernel that computes all distances, or finds the nearest instances if `nearest` is their number.
fn distance_kernel(builder: &mut Builder, comparison: Comparison, nearest: Option<u32>) -> Vec<Value> {
    let Comparison { precision, aggregate, greatest_is_best, terms, instances } = comparison;
    let fields = terms.iter().filter_map(|term| match term.function {
        Function::Formula(compare) => {
            let (weight, missing_weight) = (term.weight, term.missing_weight);
            Some(DistanceField { compare, weight, missing_weight })
        }
        Function::Table(_) => None,
    });
    let fields = fields.collect();
    let always = builder.bool(true);
    let codes = terms.iter().map(|term| term.code);
    let arguments: Vec<Value> =
        codes.chain(terms.iter().map(|term| term.present.unwrap_or(always))).collect();
    let kernel = Distances { precision, aggregate, greatest_is_best, nearest, fields, instances };
    builder.kernel(KernelData::Distances(kernel), &arguments)
}

/// Returns an `f64` that is missing if it is NaN.
fn unless_nan(builder: &mut Builder, value: Value) -> Operand {
    let is_number = builder.binary(Binary::Equal, value, value);
    Operand::optional(value, is_number, DataType::Double)
}
