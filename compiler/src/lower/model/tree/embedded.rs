//! Models inside of nodes: if evaluation ends in such a node, the model makes the prediction.
//!
//! The model is lowered into a region that runs for that node only. If its prediction is missing, because a field that
//! it needs is missing, the prediction is the node's own score, if it has one: the scores of leaves have this meaning
//! in LightGBM's linear trees.

use super::{Ending, Evaluated, TreeSource};
use crate::document::embedded_model::EmbeddedModel;
use crate::document::tree_model::Node;
use crate::error::{Error, Result};
use crate::ir::{Binary, Value};
use crate::lower::build::operand::{Operand, both};
use crate::lower::model::context::ModelContext;
use crate::lower::model::prediction::Prediction;
use crate::lower::model::regression;
use crate::lower::state::Lowering;
use crate::lower::{convert, targets};
use std::ops::Range;

/// Lowers the prediction of a regression tree in which some nodes have models inside, given the scores of the nodes.
pub(super) fn embedded_numbers<'d>(
    lowering: &mut Lowering<'d>,
    context: &ModelContext<'d>,
    source: &TreeSource<'d>,
    evaluated: &Evaluated,
    scores: Operand,
) -> Result<Operand> {
    let nodes = source.tree.nodes();
    let endings: Vec<Option<&'d Node>> = evaluated
        .endings
        .iter()
        .map(|ending| match ending {
            Ending::Node { node, .. } => nodes.get(*node).filter(|node| node.embedded_model.is_some()),
            Ending::Spread => None,
        })
        .collect();
    let own = Operand { present: None, ..scores };
    let all = 0..endings.len();
    let (value, present) = embedded_among(lowering, context, &endings, all, evaluated.number, own)?;
    let present = both(&mut lowering.builder, scores.present, Some(present));
    Ok(Operand { value, present, ..scores })
}

/// Returns the prediction and its presence if the evaluation ends in one of a range of endings. The range is halved
/// until it has one ending or no model, so the nesting of regions is the logarithm of the tree's size.
fn embedded_among<'d>(
    lowering: &mut Lowering<'d>,
    context: &ModelContext<'d>,
    endings: &[Option<&'d Node>],
    range: Range<usize>,
    number: Value,
    own: Operand,
) -> Result<(Value, Value)> {
    let Some(first) = endings[range.clone()].iter().copied().flatten().next() else {
        return Ok((own.value, own.presence(&mut lowering.builder)));
    };
    if range.len() == 1 {
        return embedded_number(lowering, context, first, own);
    }
    let middle = range.start + range.len() / 2;
    let then = lowering.builder.open();
    let yields = embedded_among(lowering, context, endings, range.start..middle, number, own)?;
    lowering.builder.close(vec![yields.0, yields.1]);
    let otherwise = lowering.builder.open();
    let yields = embedded_among(lowering, context, endings, middle..range.end, number, own)?;
    lowering.builder.close(vec![yields.0, yields.1]);
    let bound = lowering.builder.i64(middle as i64);
    let is_below = lowering.builder.binary(Binary::Less, number, bound);
    let results = lowering.builder.end_branch(is_below, then, otherwise);
    Ok((results[0], results[1]))
}

/// Lowers the number that a node's model predicts, else the node's own score.
fn embedded_number<'d>(
    lowering: &mut Lowering<'d>,
    context: &ModelContext<'d>,
    node: &'d Node,
    own: Operand,
) -> Result<(Value, Value)> {
    let Some(model) = &node.embedded_model else {
        return Ok((own.value, own.presence(&mut lowering.builder)));
    };
    let function = model.common().function_name;
    if function != context.common.function_name {
        let message = format!(
            "`{}` has the function {function} inside of a model with the function {}",
            model.element(),
            context.common.function_name
        );
        return Err(Error::invalid(model.position(), model.element(), message));
    }
    let prediction = lowering.nested(model.position(), model.element(), |lowering| {
        embedded_prediction(lowering, context, model)
    })?;
    let number = convert::cast(lowering, prediction.value, own.data_type, model.position(), model.element())?;
    let number = match node.score {
        Some(_) => number.or(&mut lowering.builder, own),
        None => number,
    };
    Ok((number.value, number.presence(&mut lowering.builder)))
}

/// Lowers the prediction of an embedded model, which sees the fields of the model around it. If both have the same
/// function, they have the same target; else the embedded model computes an intermediate result, which has no
/// declaration.
pub(in crate::lower::model) fn embedded_prediction<'d>(
    lowering: &mut Lowering<'d>,
    context: &ModelContext<'d>,
    model: &'d EmbeddedModel,
) -> Result<Prediction> {
    let common = model.common();
    let scope = lowering.scopes.open(Some(context.scope));
    for derived in common.local_transformations.iter().flat_map(|local| &local.derived_fields) {
        lowering.scopes.declare_derived(scope, derived)?;
    }
    let (position, element) = (model.position(), model.element());
    let target = context.target.filter(|_| common.function_name == context.common.function_name);
    let inner = ModelContext { scope, common, position, element, target };
    let mut prediction = match model {
        EmbeddedModel::Regression(regression) => {
            let tables: Vec<_> = regression.regression_tables.iter().collect();
            regression::regression_tables(lowering, &inner, &tables, regression.normalization_method)?
        }
        EmbeddedModel::DecisionTree(tree) => super::tree(lowering, &inner, TreeSource::from(tree))?,
    };
    targets::apply(lowering, &inner, &mut prediction)?;
    Ok(prediction)
}
