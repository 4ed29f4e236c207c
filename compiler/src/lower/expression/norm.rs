//! `NormContinuous`, a piecewise linear function, and `NormDiscrete`, an indicator of a value.

use crate::document::data_dictionary::DataType;
use crate::document::expression::{NormContinuous, NormDiscrete, NormDiscreteMethod};
use crate::document::mining_schema::OutlierTreatment;
use crate::error::{Error, Result};
use crate::ir::{Binary, Builder, Constant, TableData, Unary, Value};
use crate::lower::build::numbers;
use crate::lower::build::operand::{Operand, both, type_of};
use crate::lower::scope::ScopeId;
use crate::lower::state::Lowering;
use crate::lower::{convert, predicate};

/// Lowers a `NormContinuous`: interpolates linearly between its points, in `f64`.
pub fn continuous<'d>(
    lowering: &mut Lowering<'d>,
    scope: ScopeId,
    norm: &'d NormContinuous,
) -> Result<Operand> {
    let (position, element) = (norm.position, "NormContinuous");
    let points = norm.linear_norms.as_slice();
    if points.len() < 2 {
        let message = "`NormContinuous` needs at least two `LinearNorm` elements";
        return Err(Error::invalid(position, element, message));
    }
    // Two points define a line, which may be in either order if it continues at both ends. Exporters do not sort them.
    let is_line =
        norm.outliers == OutlierTreatment::AsIs && matches!(points, [left, right] if left.orig > right.orig);
    if !is_line
        && let Some(pair) =
            points.windows(2).find(|pair| !matches!(pair, [left, right] if left.orig <= right.orig))
    {
        let position = pair.last().map_or(position, |point| point.position);
        let message = "the `LinearNorm` elements of a `NormContinuous` are not in ascending order of `orig`";
        return Err(Error::invalid(position, "LinearNorm", message));
    }
    let field = lowering.field(scope, &norm.field, position, element)?;
    let argument = convert::cast(lowering, field.operand, DataType::Double, position, element)?;
    let points: Vec<(f64, f64)> = points.iter().map(|point| (point.orig, point.norm)).collect();
    let result = piecewise_linear(&mut lowering.builder, &points, argument, norm.outliers);
    Ok(where_present(&mut lowering.builder, argument.present, result, norm.map_missing_to))
}

/// Lowers the piecewise linear function of a `Float` or `Double` through at least two points, in ascending order of
/// their arguments unless there are only two and outliers are extrapolated. The arithmetic is that of the argument's
/// type.
pub fn piecewise_linear(
    builder: &mut Builder,
    points: &[(f64, f64)],
    argument: Operand,
    outliers: OutlierTreatment,
) -> Operand {
    let math = argument.data_type;
    let mut value = interpolate(builder, points, argument.value, math);
    let mut present = argument.present;
    if let ([first, .., last], true) = (points, outliers != OutlierTreatment::AsIs) {
        let (low, high) =
            (numbers::constant(builder, first.0, math), numbers::constant(builder, last.0, math));
        let below = builder.binary(Binary::Less, argument.value, low);
        let above = builder.binary(Binary::Greater, argument.value, high);
        if outliers == OutlierTreatment::AsExtremeValues {
            let (least, greatest) =
                (numbers::constant(builder, first.1, math), numbers::constant(builder, last.1, math));
            value = builder.select(below, least, value);
            value = builder.select(above, greatest, value);
        } else {
            let outlier = builder.or(below, above);
            let inside = builder.not(outlier);
            present = both(builder, present, Some(inside));
        }
    }
    Operand { value, present, ..argument }
}

/// Returns the value at `x` of the line through the two points around it, or outside of all points through the two
/// nearest.
fn interpolate(builder: &mut Builder, points: &[(f64, f64)], x: Value, math: DataType) -> Value {
    // The number of the segment: the number of inner points that are at most x.
    let mut segment = None;
    for (argument, _) in points.iter().take(points.len() - 1).skip(1) {
        let argument = numbers::constant(builder, *argument, math);
        let passed = builder.binary(Binary::GreaterOrEqual, x, argument);
        let passed = builder.unary(Unary::BoolToI64, passed);
        segment = Some(match segment {
            None => passed,
            Some(segment) => builder.binary(Binary::Add, segment, passed),
        });
    }
    let segment = match segment {
        Some(segment) => segment,
        None => builder.i64(0),
    };
    // In single precision the difference of two `f32`s is the same whether it is rounded once or twice.
    let rounded = |number: f64| if math == DataType::Float { number as f32 as f64 } else { number };
    let points: Vec<(f64, f64)> = points.iter().map(|(x, y)| (rounded(*x), rounded(*y))).collect();
    let mut of_segment = |number: fn((f64, f64), (f64, f64)) -> f64| {
        let numbers: Vec<f64> =
            points.iter().zip(points.iter().skip(1)).map(|(left, right)| number(*left, *right)).collect();
        match numbers.as_slice() {
            [number] => numbers::constant(builder, *number, math),
            _ => {
                let constants = numbers.into_iter().map(|number| match math {
                    DataType::Float => Constant::F32(number as f32),
                    _ => Constant::F64(number),
                });
                builder.lookup(TableData::new(type_of(math), constants), segment)
            }
        }
    };
    let start = of_segment(|left, _| left.0);
    let base = of_segment(|left, _| left.1);
    let width = of_segment(|left, right| right.0 - left.0);
    let rise = of_segment(|left, right| right.1 - left.1);
    let distance = builder.binary(Binary::Subtract, x, start);
    let share = builder.binary(Binary::Divide, distance, width);
    let climbed = builder.binary(Binary::Multiply, share, rise);
    builder.binary(Binary::Add, base, climbed)
}

/// Lowers a `NormDiscrete`: 1 if the field has the value, else 0.
pub fn discrete<'d>(
    lowering: &mut Lowering<'d>,
    scope: ScopeId,
    norm: &'d NormDiscrete,
    expected: Option<DataType>,
) -> Result<Operand> {
    let (position, element) = (norm.position, "NormDiscrete");
    if norm.method == NormDiscreteMethod::Thermometer {
        let message = "`NormDiscrete` with the method `thermometer` is not supported";
        return Err(Error::unsupported(position, element, message));
    }
    let field = lowering.field(scope, &norm.field, position, element)?;
    let equal =
        predicate::compare_with_literal(lowering, &field, Binary::Equal, &norm.value, position, element)?;
    // A double by default; if another numeric type is expected, directly that type.
    let data_type = match (expected, norm.map_missing_to) {
        (Some(DataType::Float), _) => DataType::Float,
        (Some(DataType::Integer), None | Some(0.0 | 1.0)) => DataType::Integer,
        _ => DataType::Double,
    };
    let (one, zero) = (
        numbers::constant(&mut lowering.builder, 1.0, data_type),
        numbers::constant(&mut lowering.builder, 0.0, data_type),
    );
    let value = lowering.builder.select(equal, one, zero);
    let result = Operand { value, present: field.operand.present, data_type, is_list: false };
    Ok(where_present(&mut lowering.builder, field.operand.present, result, norm.map_missing_to))
}

/// Returns a numeric result if an argument is present, else the number `otherwise`, or missing without one.
fn where_present(
    builder: &mut Builder,
    argument: Option<Value>,
    result: Operand,
    otherwise: Option<f64>,
) -> Operand {
    let (Some(argument), Some(otherwise)) = (argument, otherwise) else { return result };
    let otherwise = numbers::constant(builder, otherwise, result.data_type);
    let otherwise = Operand::present(otherwise, result.data_type);
    Operand::choose(builder, argument, result, otherwise)
}
