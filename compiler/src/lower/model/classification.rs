//! Predictions of classifications: turns a distribution into a label of the target's data type.

use super::context::ModelContext;
use super::declared;
use super::feature::Features;
use super::prediction::{Distribution, Prediction};
use crate::document::Name;
use crate::document::data_dictionary::DataType;
use crate::error::Result;
use crate::ir::{Binary, Constant, TableData, Value};
use crate::lower::build::literal;
use crate::lower::build::operand::{Operand, both, type_of};
use crate::lower::state::Lowering;

/// Builds the prediction of a classification from its distribution.
pub fn classification<'d>(
    lowering: &mut Lowering<'d>,
    context: &ModelContext<'d>,
    distribution: Distribution,
    entity_id: Option<Operand>,
) -> Result<Prediction> {
    let value = label_value(lowering, context, &distribution)?;
    let target = context.target.map(|target| target.name.clone());
    let (distribution, features) = (Some(distribution), Features::default());
    Ok(Prediction { target, value, distribution, entity_id, features })
}

/// Lowers the winning label of a distribution, in the target's data type.
pub fn label_value<'d>(
    lowering: &mut Lowering<'d>,
    context: &ModelContext<'d>,
    distribution: &Distribution,
) -> Result<Operand> {
    declared::warn_of_undeclared_labels(lowering, context, &distribution.labels);
    let data_type = context.label_type();
    let constants =
        scores(lowering, context, &distribution.labels, data_type, distribution.winner, distribution.present);
    let value = lowering.builder.lookup(TableData::new(type_of(data_type), constants), distribution.winner);
    Ok(Operand { value, present: distribution.present, data_type, is_list: false })
}

/// Returns the constants that scores stand for; `number` is the number of the row's score. A score that is not a value
/// of the data type is reported as a warning, and rows that reach it fail.
pub fn scores<'d>(
    lowering: &mut Lowering<'d>,
    context: &ModelContext<'d>,
    scores: &[Name],
    data_type: DataType,
    number: Value,
    present: Option<Value>,
) -> Vec<Constant> {
    let (position, element) = (context.position, context.element);
    let ty = type_of(data_type);
    let zero = Constant::from_bits(ty, 0).unwrap_or(Constant::I64(0));
    let mut constants = Vec::with_capacity(scores.len());
    for (place, score) in (0..).zip(scores) {
        let constant = literal::parse(&mut lowering.builder, data_type, score);
        if constant.is_none() {
            let message = format!("the score `{score}`, which is not a value of the type {data_type}");
            lowering.warn(
                position,
                element,
                format!("`{element}` returns {message}: rows that reach it fail"),
            );
            let place = lowering.builder.i64(place);
            let chosen = lowering.builder.binary(Binary::Equal, number, place);
            let fails = both(&mut lowering.builder, present, Some(chosen));
            lowering.fail_where(fails, format!("{element} at {position} returns {message}"));
        }
        constants.push(constant.unwrap_or(zero));
    }
    constants
}
