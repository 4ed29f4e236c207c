//! `AssociationModel`: rules of the kind "who buys this also buys that".
//!
//! A row is a *transaction*: a set of items. [`item`] says how a row tells which of the model's items it has, and makes a
//! list of their numbers. The rules themselves are constant data ([`rule`]); which of them a row selects, in which order,
//! and what of a rule is handed out, is the output field's choice, so that all that happens there ([`output`]): the
//! model's only result is the list of items.

mod item;
pub mod output;
pub mod rule;

pub use item::item_field;
pub use output::rule_feature;

use super::context::ModelContext;
use super::feature::Features;
use super::prediction::Prediction;
use crate::document::association_model::AssociationModel;
use crate::document::output::{RankBasis, RankOrder, RuleAlgorithm, RuleFeature};
use crate::error::{Error, Result};
use crate::lower::state::Lowering;
use rule::{Choice, RuleTable, Rules};
use std::rc::Rc;

/// Lowers an `AssociationModel`.
///
/// The standard names no predicted value. It is what an output field hands out whose attributes all have their default
/// values: what the rule concludes of which the transaction has the antecedent but not the whole consequent, and of
/// such rules the one with the greatest confidence.
pub fn lower<'d>(
    lowering: &mut Lowering<'d>,
    context: &ModelContext<'d>,
    model: &'d AssociationModel,
) -> Result<Prediction> {
    if let Some(target) = context.target {
        let message = format!("`AssociationModel` predicts no target such as `{}`", target.name);
        return Err(Error::unsupported(context.position, context.element, message));
    }
    let items = item::lower(lowering, context, &model.items)?;
    let table = Rc::new(RuleTable::new(model, &items.classes)?);
    let rules = Rules { items: items.present, table };
    let best = Choice {
        algorithm: RuleAlgorithm::default(),
        basis: RankBasis::default(),
        order: RankOrder::default(),
        rank: 1,
        is_list: false,
    };
    let value = output::of_rules(&mut lowering.builder, &rules, best, RuleFeature::default())?;
    let features = Features { rules: Some(rules), ..Features::default() };
    Ok(Prediction { features, ..Prediction::number(None, value) })
}
