//! Models inside of nodes: where such a node gives the prediction, it is the model's.
//!
//! The model is lowered into a region that runs for that node only. Where it has no answer, because a field that it needs
//! is missing, the node's own score stands, if it has one: that is what LightGBM's linear trees mean by the scores of
//! their leaves.

use super::{Ending, Evaluated, TreeSource};
use crate::document::embedded_model::EmbeddedModel;
use crate::document::tree_model::Node;
use crate::error::{Error, Result};
use crate::ir::{Binary, Value};
use crate::lower::Lowering;
use crate::lower::model::{ModelContext, Prediction};
use crate::lower::operand::{Operand, both};
use std::ops::Range;

impl<'d> Lowering<'d> {
    /// The prediction of a regression tree, given what its nodes say by themselves, some of which have models inside.
    pub(super) fn embedded_numbers(
        &mut self,
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
        let (value, present) = self.embedded_among(context, &endings, all, evaluated.number, own)?;
        let present = both(&mut self.builder, scores.present, Some(present));
        Ok(Operand { value, present, ..scores })
    }

    /// The prediction, and whether there is one, where the evaluation ends in one of a range of endings: the range is
    /// halved until it has one ending or no model. So the nesting of regions is the logarithm of the tree's size.
    fn embedded_among(
        &mut self,
        context: &ModelContext<'d>,
        endings: &[Option<&'d Node>],
        range: Range<usize>,
        number: Value,
        own: Operand,
    ) -> Result<(Value, Value)> {
        let Some(first) = endings[range.clone()].iter().copied().flatten().next() else {
            return Ok((own.value, own.presence(&mut self.builder)));
        };
        if range.len() == 1 {
            return self.embedded_number(context, first, own);
        }
        let middle = range.start + range.len() / 2;
        let then = self.builder.open();
        let yields = self.embedded_among(context, endings, range.start..middle, number, own)?;
        self.builder.close(vec![yields.0, yields.1]);
        let otherwise = self.builder.open();
        let yields = self.embedded_among(context, endings, middle..range.end, number, own)?;
        self.builder.close(vec![yields.0, yields.1]);
        let bound = self.builder.i64(middle as i64);
        let is_below = self.builder.binary(Binary::Less, number, bound);
        let results = self.builder.end_branch(is_below, then, otherwise);
        Ok((results[0], results[1]))
    }

    /// The number that a node's model predicts, else the node's own.
    fn embedded_number(
        &mut self,
        context: &ModelContext<'d>,
        node: &'d Node,
        own: Operand,
    ) -> Result<(Value, Value)> {
        let Some(model) = &node.embedded_model else {
            return Ok((own.value, own.presence(&mut self.builder)));
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
        let prediction = self.nested(model.position(), model.element(), |lowering| {
            lowering.embedded_prediction(context, model)
        })?;
        let number = self.cast(prediction.value, own.data_type, model.position(), model.element())?;
        let number = match node.score {
            Some(_) => number.or(&mut self.builder, own),
            None => number,
        };
        Ok((number.value, number.presence(&mut self.builder)))
    }

    /// The prediction of an embedded model, which sees what the model around it sees. If it has the function of that model,
    /// it predicts what that predicts; else it prepares something for the models after it, which has no declaration.
    pub(in crate::lower::model) fn embedded_prediction(
        &mut self,
        context: &ModelContext<'d>,
        model: &'d EmbeddedModel,
    ) -> Result<Prediction> {
        let common = model.common();
        let scope = self.open_scope(Some(context.scope));
        for derived in common.local_transformations.iter().flat_map(|local| &local.derived_fields) {
            self.declare_derived(scope, derived)?;
        }
        let (position, element) = (model.position(), model.element());
        let target = context.target.filter(|_| common.function_name == context.common.function_name);
        let inner = ModelContext { scope, common, position, element, target };
        let mut prediction = match model {
            EmbeddedModel::Regression(regression) => {
                let tables: Vec<_> = regression.regression_tables.iter().collect();
                self.regression_tables(&inner, &tables, regression.normalization_method)?
            }
            EmbeddedModel::DecisionTree(tree) => self.tree(&inner, TreeSource::from(tree))?,
        };
        self.apply_target(&inner, &mut prediction)?;
        Ok(prediction)
    }
}
