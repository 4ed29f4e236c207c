//! `Scorecard`: the sum of the points of each characteristic, and the reasons for it.
//!
//! The first attribute of a characteristic whose predicate is true gives its points. The score is missing if there is
//! none, or if its points are computed and missing. The sum starts with the initial score and runs in document order.
//!
//! The difference between a characteristic's points and its baseline counts for the attribute's reason code, else the
//! characteristic's. Differences for the same code are added up. Codes are ranked by their totals; document order
//! breaks ties, and codes with negative totals are left out, as in JPMML-Evaluator.

use super::context::ModelContext;
use super::prediction::Prediction;
use super::sum::float_constant;
use crate::document::data_dictionary::DataType;
use crate::document::model::MiningFunction;
use crate::document::output::ResultFeature;
use crate::document::scorecard::{Characteristic, ReasonCodeAlgorithm, Scorecard};
use crate::error::{Error, Result};
use crate::ir::{Binary, Builder, Constant, Function, TableData, Type, Value};
use crate::lower::build::guard::Guard;
use crate::lower::build::numbers;
use crate::lower::build::operand::{Operand, all_present, type_of};
use crate::lower::convert;
use crate::lower::expression::condition;
use crate::lower::state::Lowering;

/// The result of a characteristic.
struct Scored {
    /// The number of the attribute that applies, as `i64`; unspecified if none does.
    attribute: Value,
    /// Its points.
    points: Operand,
}

/// Lowers a `Scorecard`.
pub fn lower<'d>(
    lowering: &mut Lowering<'d>,
    context: &ModelContext<'d>,
    model: &'d Scorecard,
) -> Result<Prediction> {
    if context.common.function_name != MiningFunction::Regression {
        let message = format!("`Scorecard` cannot have the function {}", context.common.function_name);
        return Err(Error::invalid(model.position, "Scorecard", message));
    }
    let math = context.math();
    let mut scored = Vec::with_capacity(model.characteristics.len());
    for characteristic in &model.characteristics {
        scored.push(partial_score(lowering, context, characteristic)?);
    }
    let mut sum = numbers::constant(&mut lowering.builder, model.initial_score, math);
    for Scored { points, .. } in &scored {
        sum = lowering.builder.binary(Binary::Add, sum, points.value);
    }
    let present = all_present(&mut lowering.builder, scored.iter().map(|scored| &scored.points));
    let value = Operand { value: sum, present, data_type: math, is_list: false };
    let mut prediction = Prediction::number(context.target.map(|target| target.name.clone()), value);
    if model.use_reason_codes {
        prediction.features.reason_codes = match reason_codes(&mut lowering.builder, model, &scored, math) {
            Ok(codes) => Some(Operand { present, ..codes }),
            Err(error) if asks_for_reasons(context) => return Err(error),
            // No output field asks for reasons, so the model predicts nonetheless.
            Err(_) => None,
        };
    }
    Ok(prediction)
}

/// Lowers a characteristic: the first attribute that applies, and its points.
fn partial_score<'d>(
    lowering: &mut Lowering<'d>,
    context: &ModelContext<'d>,
    characteristic: &'d Characteristic,
) -> Result<Scored> {
    let math = context.math();
    let mut conditions = Vec::with_capacity(characteristic.attributes.len());
    let mut any = lowering.builder.bool(false);
    for attribute in &characteristic.attributes {
        let outcome = lowering
            .guarded([Guard::Not(any)], |lowering| lowering.predicate(context.scope, &attribute.predicate))?;
        let is_true = outcome.is_true;
        let is_first = lowering.builder.not(any);
        conditions.push(lowering.builder.and(is_first, is_true));
        any = lowering.builder.or(any, is_true);
    }
    let mut number = lowering.builder.i64(0);
    for (place, condition) in conditions.iter().enumerate().skip(1) {
        let place = lowering.builder.i64(place as i64);
        number = lowering.builder.select(*condition, place, number);
    }
    let constants = characteristic.attributes.iter();
    let constants =
        constants.map(|attribute| float_constant(attribute.partial_score.unwrap_or(0.0) + 0.0, math));
    let value = lowering.builder.lookup(TableData::new(type_of(math), constants), number);
    let mut points = Operand::present(value, math);
    for (attribute, condition) in characteristic.attributes.iter().zip(conditions) {
        let Some(expression) = &attribute.complex_partial_score else { continue };
        // It is only evaluated for rows to which the attribute applies; other rows cannot fail.
        let computed = condition::only_where(lowering, condition, expression.position(), |lowering| {
            let computed = lowering.expression(context.scope, expression, Some(math))?;
            convert::cast(lowering, computed, math, attribute.position, "ComplexPartialScore")
        })?;
        points = Operand::choose(&mut lowering.builder, condition, computed, points);
    }
    Ok(Scored { attribute: number, points: points.only_if(&mut lowering.builder, any) })
}

/// Lowers the ranked reason codes, a list of strings. Fails if a baseline or a code is absent.
fn reason_codes(
    builder: &mut Builder,
    model: &Scorecard,
    scored: &[Scored],
    math: DataType,
) -> Result<Operand> {
    let always = builder.bool(true);
    let (mut codes, mut differences) = (Vec::new(), Vec::new());
    for (characteristic, scored) in model.characteristics.iter().zip(scored) {
        let Some(baseline) = characteristic.baseline_score.or(model.baseline_score) else {
            let message = "`Characteristic` has no `baselineScore`, and neither has the `Scorecard`, which returns reasons";
            return Err(Error::invalid(characteristic.position, "Characteristic", message));
        };
        let baseline = numbers::constant(builder, baseline, math);
        let mut strings = Vec::with_capacity(characteristic.attributes.len());
        for attribute in &characteristic.attributes {
            let Some(code) = attribute.reason_code.as_ref().or(characteristic.reason_code.as_ref()) else {
                let message = "`Attribute` has no `reasonCode`, and neither has its `Characteristic`, in a model that returns reasons";
                return Err(Error::invalid(attribute.position, "Attribute", message));
            };
            strings.push(Constant::String(builder.intern(code)));
        }
        let code = builder.lookup(TableData::new(Type::String, strings), scored.attribute);
        let points = scored.points.value;
        let difference = match model.reason_code_algorithm {
            ReasonCodeAlgorithm::PointsBelow => builder.binary(Binary::Subtract, baseline, points),
            ReasonCodeAlgorithm::PointsAbove => builder.binary(Binary::Subtract, points, baseline),
        };
        codes.push((code, always));
        differences.push((difference, always));
    }
    let (codes, differences) = (builder.list(&codes), builder.list(&differences));
    let function = match type_of(math) {
        Type::F32 => Function::RankedByTotalSingle,
        _ => Function::RankedByTotal,
    };
    let value = builder.call(function, &[codes, differences]);
    Ok(Operand { value, present: None, data_type: DataType::String, is_list: true })
}

/// Returns whether an output field of the model asks for reasons.
fn asks_for_reasons(context: &ModelContext<'_>) -> bool {
    let mut fields = context.common.output.iter().flat_map(|output| &output.output_fields);
    fields.any(|field| field.feature == ResultFeature::ReasonCode && field.segment_id.is_none())
}
