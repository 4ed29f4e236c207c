//! `NormContinuous`, a piecewise linear function, and `NormDiscrete`, an indicator of a value.

use crate::error::{Error, Result};
use crate::ir::{Binary, Constant, TableData, Type, Unary, Value};
use crate::lower::Lowering;
use crate::lower::operand::{Operand, both};
use crate::lower::scope::ScopeId;
use crate::pmml::data_dictionary::DataType;
use crate::pmml::expression::{LinearNorm, NormContinuous, NormDiscrete, NormDiscreteMethod};
use crate::pmml::mining_schema::OutlierTreatment;

impl<'d> Lowering<'d> {
    /// Linear interpolation between the points of a `NormContinuous`, in double precision.
    pub fn norm_continuous(&mut self, scope: ScopeId, norm: &'d NormContinuous) -> Result<Operand> {
        let (position, element) = (norm.position, "NormContinuous");
        let points = norm.linear_norms.as_slice();
        let (Some(first), Some(last), 2..) = (points.first(), points.last(), points.len()) else {
            let message = "`NormContinuous` needs at least two `LinearNorm` elements";
            return Err(Error::invalid(position, element, message));
        };
        if let Some(pair) =
            points.windows(2).find(|pair| !matches!(pair, [left, right] if left.orig <= right.orig))
        {
            let position = pair.last().map_or(position, |point| point.position);
            let message =
                "the `LinearNorm` elements of a `NormContinuous` are not in ascending order of `orig`";
            return Err(Error::invalid(position, "LinearNorm", message));
        }
        let field = self.field(scope, &norm.field, position, element)?;
        let argument = self.cast(field.operand, DataType::Double, position, element)?;
        let mut value = self.interpolate(points, argument.value);
        let mut present = argument.present;
        if norm.outliers != OutlierTreatment::AsIs {
            let builder = &mut self.builder;
            let (low, high) = (builder.f64(first.orig), builder.f64(last.orig));
            let below = builder.binary(Binary::Less, argument.value, low);
            let above = builder.binary(Binary::Greater, argument.value, high);
            if norm.outliers == OutlierTreatment::AsExtremeValues {
                let (least, greatest) = (builder.f64(first.norm), builder.f64(last.norm));
                value = builder.select(below, least, value);
                value = builder.select(above, greatest, value);
            } else {
                let outlier = builder.or(below, above);
                let inside = builder.not(outlier);
                present = both(builder, present, Some(inside));
            }
        }
        let result = Operand { value, present, ..argument };
        Ok(self.where_present(argument.present, result, norm.map_missing_to))
    }

    /// The value at `x` of the line through the two points around it; outside of all points, the two nearest.
    fn interpolate(&mut self, points: &[LinearNorm], x: Value) -> Value {
        // The number of the segment: how many of the points between the first and the last are not above x.
        let mut segment = None;
        for point in points.iter().take(points.len() - 1).skip(1) {
            let orig = self.builder.f64(point.orig);
            let passed = self.builder.binary(Binary::GreaterOrEqual, x, orig);
            let passed = self.builder.unary(Unary::BoolToI64, passed);
            segment = Some(match segment {
                None => passed,
                Some(segment) => self.builder.binary(Binary::Add, segment, passed),
            });
        }
        let segment = match segment {
            Some(segment) => segment,
            None => self.builder.i64(0),
        };
        let mut of_segment = |number: fn(&LinearNorm, &LinearNorm) -> f64| {
            let numbers: Vec<f64> =
                points.iter().zip(points.iter().skip(1)).map(|(left, right)| number(left, right)).collect();
            match numbers.as_slice() {
                [number] => self.builder.f64(*number),
                _ => {
                    let table = TableData::new(Type::F64, numbers.into_iter().map(Constant::F64));
                    self.builder.lookup(table, segment)
                }
            }
        };
        let orig = of_segment(|left, _| left.orig);
        let norm = of_segment(|left, _| left.norm);
        let width = of_segment(|left, right| right.orig - left.orig);
        let rise = of_segment(|left, right| right.norm - left.norm);
        let distance = self.builder.binary(Binary::Subtract, x, orig);
        let share = self.builder.binary(Binary::Divide, distance, width);
        let climbed = self.builder.binary(Binary::Multiply, share, rise);
        self.builder.binary(Binary::Add, norm, climbed)
    }

    /// 1 where the field has the value, 0 elsewhere.
    pub fn norm_discrete(
        &mut self,
        scope: ScopeId,
        norm: &'d NormDiscrete,
        expected: Option<DataType>,
    ) -> Result<Operand> {
        let (position, element) = (norm.position, "NormDiscrete");
        if norm.method == NormDiscreteMethod::Thermometer {
            let message = "`NormDiscrete` with the method `thermometer` is not supported";
            return Err(Error::unsupported(position, element, message));
        }
        let field = self.field(scope, &norm.field, position, element)?;
        let equal = self.compare_with_literal(&field, Binary::Equal, &norm.value, position, element)?;
        // A double by default; where another number is asked for, that number at once.
        let data_type = match (expected, norm.map_missing_to) {
            (Some(DataType::Float), _) => DataType::Float,
            (Some(DataType::Integer), None | Some(0.0 | 1.0)) => DataType::Integer,
            _ => DataType::Double,
        };
        let (one, zero) = (self.number_constant(1.0, data_type), self.number_constant(0.0, data_type));
        let value = self.builder.select(equal, one, zero);
        let result = Operand { value, present: field.operand.present, data_type, is_list: false };
        Ok(self.where_present(field.operand.present, result, norm.map_missing_to))
    }

    /// A numeric result where an argument is present, elsewhere a number or nothing.
    fn where_present(&mut self, argument: Option<Value>, result: Operand, otherwise: Option<f64>) -> Operand {
        let (Some(argument), Some(otherwise)) = (argument, otherwise) else { return result };
        let otherwise = self.number_constant(otherwise, result.data_type);
        let otherwise = Operand::present(otherwise, result.data_type);
        Operand::choose(&mut self.builder, argument, result, otherwise)
    }
}
