//! `RegressionModel`: sums of terms, converted to predictions by [`normalization`].
//!
//! A table's [`sum`] is computed in the order in which JPMML-Evaluator adds: numeric predictors, categorical
//! predictors, predictor terms, the intercept last. A missing number makes the result missing; a missing category adds
//! nothing.

use super::context::ModelContext;
use super::declared::{self, declared_labels};
use super::prediction::Prediction;
use super::sum::{self, Sum, float_constant};
use super::{classification, normalization};
use crate::document::Name;
use crate::document::model::MiningFunction;
use crate::document::regression_model::{
    CategoricalPredictor, NumericPredictor, PredictorTerm, RegressionModel, RegressionNormalizationMethod,
    RegressionTable,
};
use crate::error::{Error, Position, Result};
use crate::ir::{Binary, MapData, TableData, Value};
use crate::lower::build::numbers;
use crate::lower::build::operand::{Operand, both, type_of};
use crate::lower::checked;
use crate::lower::state::Lowering;
use std::collections::{HashMap, HashSet};

/// Lowers a `RegressionModel`: a prediction for each target.
pub fn lower<'d>(
    lowering: &mut Lowering<'d>,
    context: &ModelContext<'d>,
    regression: &'d RegressionModel,
) -> Result<Vec<Prediction>> {
    let mut context = *context;
    if context.target.is_none()
        && let Some(name) = &regression.target_field_name
    {
        context.target = lowering.data_fields.get(name).copied();
    }
    // The tables of each target, targets in order of first appearance.
    let mut targets: Vec<(Option<&'d Name>, Vec<&'d RegressionTable>)> = Vec::new();
    let mut numbers: HashMap<Option<&'d Name>, usize> = HashMap::new();
    for table in &regression.regression_tables {
        let name = table.target_field.as_ref();
        let number = *numbers.entry(name).or_insert(targets.len());
        match targets.get_mut(number) {
            Some((_, tables)) => tables.push(table),
            None => targets.push((name, vec![table])),
        }
    }
    if targets.is_empty() {
        return Err(Error::invalid(
            context.position,
            context.element,
            "`RegressionModel` has no RegressionTable",
        ));
    }
    let mut predictions = Vec::with_capacity(targets.len());
    for (name, tables) in targets {
        let mut context = context;
        if let Some(name) = name {
            context.target = lowering.data_fields.get(name).copied();
            if context.target.is_none() {
                let message =
                    format!("`RegressionTable` is about the field `{name}`, which the DataDictionary lacks");
                return Err(Error::invalid(tables[0].position, "RegressionTable", message));
            }
        }
        predictions.push(regression_tables(lowering, &context, &tables, regression.normalization_method)?);
    }
    Ok(predictions)
}

/// Lowers the tables of one target.
pub fn regression_tables<'d>(
    lowering: &mut Lowering<'d>,
    context: &ModelContext<'d>,
    tables: &[&'d RegressionTable],
    normalization: RegressionNormalizationMethod,
) -> Result<Prediction> {
    match context.common.function_name {
        MiningFunction::Regression => {
            let [table] = tables else {
                let message = format!(
                    "`{}` predicts a number and must have one RegressionTable, but has {}",
                    context.element,
                    tables.len()
                );
                return Err(Error::invalid(context.position, context.element, message));
            };
            let sum = regression_table(lowering, context, table)?;
            let value = normalization::normalize_number(&mut lowering.builder, context, normalization, sum)?;
            Ok(Prediction::number(context.target.map(|target| target.name.clone()), value))
        }
        MiningFunction::Classification => {
            let mut labels = Vec::with_capacity(tables.len());
            let mut known = HashSet::new();
            let mut sums = Vec::with_capacity(tables.len());
            for table in tables {
                let Some(label) = &table.target_category else {
                    let message =
                        "`RegressionTable` of a classification lacks the attribute `targetCategory`";
                    return Err(Error::invalid(table.position, "RegressionTable", message));
                };
                if let Some(target) = context.target
                    && !declared::declares(lowering, target, label)
                {
                    let message = format!(
                        "`RegressionTable` is about `{label}`, which the target `{}` does not declare ({})",
                        target.name,
                        declared_labels(target)
                    );
                    return Err(Error::invalid(table.position, "RegressionTable", message));
                }
                if !known.insert(label) {
                    let message = format!("there is a second `RegressionTable` about `{label}`");
                    return Err(Error::invalid(table.position, "RegressionTable", message));
                }
                labels.push(label.clone());
                sums.push(regression_table(lowering, context, table)?);
            }
            let distribution =
                normalization::normalize_categories(lowering, context, normalization, labels, &sums)?;
            classification::classification(lowering, context, distribution, None)
        }
        other => {
            let message = format!("`{}` cannot have the function {other}", context.element);
            Err(Error::invalid(context.position, context.element, message))
        }
    }
}

/// Lowers a table's equation, in the model's arithmetic.
fn regression_table<'d>(
    lowering: &mut Lowering<'d>,
    context: &ModelContext<'d>,
    table: &'d RegressionTable,
) -> Result<Operand> {
    let math = context.math();
    let mut sum = Sum::new(math);
    for predictor in &table.numeric_predictors {
        numeric_predictor(lowering, context, &mut sum, predictor)?;
    }
    let mut rest = table.categorical_predictors.as_slice();
    while let Some(first) = rest.first() {
        let run = rest.iter().take_while(|predictor| predictor.name == first.name).count();
        let (same, others) = rest.split_at(run);
        categorical_predictors(lowering, context, &mut sum, first, same)?;
        rest = others;
    }
    for term in &table.predictor_terms {
        predictor_term(lowering, context, &mut sum, term)?;
    }
    // No sum is -0: adding the intercept, which is never -0, comes last.
    let intercept = numbers::constant(&mut lowering.builder, table.intercept + 0.0, math);
    sum.add(&mut lowering.builder, intercept);
    Ok(sum.finish(&mut lowering.builder))
}

/// Adds the term of a numeric predictor.
fn numeric_predictor<'d>(
    lowering: &mut Lowering<'d>,
    context: &ModelContext<'d>,
    sum: &mut Sum,
    predictor: &'d NumericPredictor,
) -> Result<()> {
    let position = predictor.position;
    let field = lowering.field(context.scope, &predictor.name, position, "NumericPredictor")?;
    let operand = predictor_value(lowering, sum, field.operand, position, "NumericPredictor")?;
    let power = numbers::power(&mut lowering.builder, operand, predictor.exponent as f64, sum.math);
    let coefficient = numbers::constant(&mut lowering.builder, predictor.coefficient, sum.math);
    let term = lowering.builder.binary(Binary::Multiply, coefficient, power);
    sum.add(&mut lowering.builder, term);
    Ok(())
}

/// Converts a field's value to the sum's type; the sum is missing if the value is.
fn predictor_value(
    lowering: &mut Lowering<'_>,
    sum: &mut Sum,
    operand: Operand,
    position: Position,
    element: &str,
) -> Result<Value> {
    let number = sum::predictor_number(lowering, operand, sum.math, position, element)?;
    sum.required.add(&mut lowering.builder, number.present);
    Ok(number.value)
}

/// Adds the term of consecutive categorical predictors of one field. At most one applies, so that they are one lookup;
/// the first of several with the same value counts.
fn categorical_predictors<'d>(
    lowering: &mut Lowering<'d>,
    context: &ModelContext<'d>,
    sum: &mut Sum,
    first: &'d CategoricalPredictor,
    predictors: &'d [CategoricalPredictor],
) -> Result<()> {
    let field = lowering.field(context.scope, &first.name, first.position, "CategoricalPredictor")?;
    let operand = field.operand;
    operand.refuse_list("compares", first.position, "CategoricalPredictor")?;
    let (mut keys, mut coefficients) = (Vec::new(), Vec::new());
    for predictor in predictors {
        let (position, element) = (predictor.position, "CategoricalPredictor");
        let key = checked::sought_category(lowering, operand.data_type, &predictor.value, position, element)?;
        let Some(key) = key else { continue };
        keys.push(key);
        coefficients.push(float_constant(predictor.coefficient, sum.math));
    }
    let ty = type_of(sum.math);
    let zero = lowering.builder.zero(ty);
    let term = match (keys.as_slice(), coefficients.as_slice()) {
        ([], _) => return Ok(()),
        ([key], [coefficient]) => {
            let key = lowering.builder.constant(*key);
            let applies = lowering.builder.binary(Binary::Equal, operand.value, key);
            let applies = both(&mut lowering.builder, operand.present, Some(applies)).unwrap_or(applies);
            let coefficient = lowering.builder.constant(*coefficient);
            lowering.builder.select(applies, coefficient, zero)
        }
        _ => {
            let map = MapData::new(vec![type_of(operand.data_type)], keys.into_iter().map(|key| vec![key]));
            let number = lowering.builder.find(map, &[operand.value]);
            // A category that is not listed has the number -1, for which the table returns 0.
            let term = lowering.builder.lookup(TableData::new(ty, coefficients), number);
            match operand.present {
                Some(present) => lowering.builder.select(present, term, zero),
                None => term,
            }
        }
    };
    sum.add(&mut lowering.builder, term);
    Ok(())
}

/// Adds the product of a predictor term's fields and its coefficient.
fn predictor_term<'d>(
    lowering: &mut Lowering<'d>,
    context: &ModelContext<'d>,
    sum: &mut Sum,
    term: &'d PredictorTerm,
) -> Result<()> {
    if term.field_refs.is_empty() {
        let message = "`PredictorTerm` refers to no field";
        return Err(Error::invalid(term.position, "PredictorTerm", message));
    }
    let mut product = numbers::constant(&mut lowering.builder, term.coefficient, sum.math);
    for field_ref in &term.field_refs {
        let field = lowering.field(context.scope, &field_ref.field, field_ref.position, "FieldRef")?;
        let mut operand = field.operand;
        if let Some(text) = &field_ref.map_missing_to {
            operand = checked::or_literal(lowering, operand, text, field_ref.position, "FieldRef")?;
        }
        let factor = predictor_value(lowering, sum, operand, field_ref.position, "FieldRef")?;
        product = lowering.builder.binary(Binary::Multiply, product, factor);
    }
    sum.add(&mut lowering.builder, product);
    Ok(())
}
