//! Comparisons of a row with instances: what clusters and nearest neighbors have in common.
//!
//! First each field's value becomes a number, its *code* (see [`coding`]), so that the row and the instances are vectors of
//! doubles, some of them missing. Then a [`Comparison`] says how far the row is from each instance: in scalar code where
//! there are few, else by a kernel, [`Distances`].
//!
//! The order of operations is the reference evaluator's: fields in document order, `weight × (c × c)`, the sum times the
//! adjustment for missing values, then the root. In single precision (`x-mathContext="float"`) numbers are rounded to it
//! before they are subtracted, and so is every result on the way; whether two numbers are equal is asked of the doubles.
//! Distances are doubles again, which lose nothing.

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

/// How many numbers of instances are compared in scalar code.
const MAX_SCALAR: usize = 256;
/// How many are compared by table, which is scalar code always.
pub const MAX_TABLED: usize = 65_536;

/// A field that is compared, as the document has it.
#[derive(Clone, Copy, Debug)]
pub struct ComparedField<'d> {
    /// The element's place.
    pub position: Position,
    /// The element, for messages.
    pub element: &'static str,
    /// The field's name.
    pub name: &'d Name,
    /// How its values are compared.
    pub function: CompareFunction,
    /// How much it counts.
    pub weight: f64,
    /// The difference at which values are half as similar as equal ones.
    pub scale: Option<f64>,
}

/// A field that is compared, with the row's value.
#[derive(Clone, Debug)]
pub struct Term {
    /// How codes are compared.
    pub function: Function,
    /// How much the field counts.
    pub weight: f64,
    /// How much it counts where others are missing.
    pub missing_weight: f64,
    /// The row's code, a double.
    pub code: Value,
    /// Whether the row has a value; `None`: always.
    pub present: Option<Value>,
}

/// How two codes are compared.
#[derive(Clone, Debug, PartialEq)]
pub enum Function {
    /// By a formula.
    Formula(Compare),
    /// The element of a matrix: the row's code is that of the matrix's row.
    Table(Vec<Vec<f64>>),
}

/// A row beside some instances.
#[derive(Clone, Debug)]
pub struct Comparison {
    /// The float type of the arithmetic.
    pub precision: Type,
    /// What is made of the comparisons of all fields.
    pub aggregate: Aggregate,
    /// Whether great results mean that row and instance are alike.
    pub greatest_is_best: bool,
    /// The fields.
    pub terms: Vec<Term>,
    /// The codes of each instance, one for each field; `None` where the instance has no value.
    pub instances: Vec<Vec<Option<f64>>>,
}

impl ComparedField<'_> {
    /// Returns the field's weight, which is not negative.
    pub fn checked_weight(&self) -> Result<f64> {
        if self.weight >= 0.0 {
            return Ok(self.weight);
        }
        let weight = self.weight;
        Err(self.invalid(format!("has the weight {weight}, where weights are not negative")))
    }

    /// Returns the function that compares the field's codes, which is no table.
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

/// Returns what a measure makes of comparisons.
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

/// Returns whether fields of ones and zeros are counted.
pub fn counts(aggregate: Aggregate) -> bool {
    matches!(aggregate, Aggregate::Counts(..))
}

/// Returns whether great values of a measure mean that rows are alike.
///
/// What the attribute `kind` says is heeded where it can be true. A sum of differences is a distance and a share of
/// matches is a similarity, whatever `kind` says.
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

/// Returns the value of a field that is compared.
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

/// Returns how far a row is from each instance, doubles. Missing where no field can be compared.
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

/// Returns the instances that a row is nearest to, nearest first: the number of each, and its distance. Nothing is
/// present where no field can be compared, or a distance is no number, which leaves in doubt what is near.
pub fn nearest(
    builder: &mut Builder,
    comparison: Comparison,
    count: u32,
) -> (Vec<(Value, Value)>, Option<Value>) {
    let results = distance_kernel(builder, comparison, Some(count));
    let nearest: Vec<(Value, Value)> =
        results.as_chunks().0.iter().map(|[number, distance]| (*number, *distance)).collect();
    // NaN comes first.
    let present = nearest.first().and_then(|(_, distance)| unless_nan(builder, *distance).present);
    (nearest, present)
}

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

/// Returns a double that is present where it is a number.
fn unless_nan(builder: &mut Builder, value: Value) -> Operand {
    let is_number = builder.binary(Binary::Equal, value, value);
    Operand::optional(value, is_number, DataType::Double)
}
