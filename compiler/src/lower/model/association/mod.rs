//! `AssociationModel`: rules of the kind "who buys this also buys that".
//!
//! A row is a *transaction*: a set of items. [`item`] finds which of the model's items a row has, and makes a list of
//! their numbers. The rules themselves are constant data ([`rule`]). The attributes of an output field choose which of
//! the selected rules it returns, in which order, and which of their features; [`output`] does this work, so the
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
/// The standard defines no predicted value. Here it is what an output field with default attributes returns: the
/// consequent of the rule with the greatest confidence among those whose antecedent the transaction has, but not the
/// whole consequent.
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
