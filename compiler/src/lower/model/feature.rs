//! The features of a prediction besides its value and its probabilities, which output fields can ask for: entities and
//! affinities, best first, reasons, standard errors.
//!
//! Each model fills in the features it has; most have none. Features that no output field asks for are pruned later, so
//! a model need not know which are used.
//!
//! Rankings are lists, best first: an output field with a `rank` takes one item.

use crate::document::Name;
use crate::ir::{Builder, Value};
use crate::lower::build::operand::Operand;
use crate::lower::model::association::rule::Rules;

/// The features of a prediction.
#[derive(Clone, Debug, Default)]
pub struct Features {
    /// The affinity of the winning entity, an `f64`.
    pub affinity: Option<Operand>,
    /// The affinity of each entity, `f64`s, by its identifier.
    pub affinities: Vec<(Name, Operand)>,
    /// The identifiers of the entities, a list of strings, best first.
    pub ranked_entities: Option<Operand>,
    /// Their affinities, a list of `f64`s.
    pub ranked_affinities: Option<Operand>,
    /// The display value of the prediction, a string, unless the field declares one.
    pub display_value: Option<Operand>,
    /// The reasons for the prediction, a list of strings, the most important one first.
    pub reason_codes: Option<Operand>,
    /// The standard error of a number, an `f64`.
    pub standard_error: Option<Operand>,
    /// Association rules.
    pub rules: Option<Rules>,
}

impl Features {
    /// Visits every operand, always in the same order, to read or replace it.
    pub fn visit_operands(&mut self, visit: &mut impl FnMut(&mut Operand)) {
        let Self {
            affinity,
            affinities,
            ranked_entities,
            ranked_affinities,
            display_value,
            reason_codes,
            standard_error,
            rules,
        } = self;
        affinity.iter_mut().for_each(&mut *visit);
        affinities.iter_mut().map(|(_, affinity)| affinity).for_each(&mut *visit);
        for feature in [ranked_entities, ranked_affinities, display_value, reason_codes, standard_error] {
            feature.iter_mut().for_each(&mut *visit);
        }
        rules.iter_mut().map(|rules| &mut rules.items).for_each(visit);
    }
}

/// Selects between the features of two predictions: `then` if the condition holds, else `otherwise`. Features that only
/// one of them has are dropped.
pub fn choose_features(
    builder: &mut Builder,
    condition: Value,
    then: &Features,
    otherwise: &Features,
) -> Features {
    let mut choose = |then: Option<Operand>, otherwise: Option<Operand>| match (then, otherwise) {
        (Some(then), Some(otherwise)) => Some(Operand::choose(builder, condition, then, otherwise)),
        _ => None,
    };
    let affinities = then.affinities.iter().filter_map(|(id, affinity)| {
        let (_, other) = otherwise.affinities.iter().find(|(known, _)| known == id)?;
        Some((id.clone(), choose(Some(*affinity), Some(*other))?))
    });
    let affinities = affinities.collect();
    Features {
        affinity: choose(then.affinity, otherwise.affinity),
        affinities,
        ranked_entities: choose(then.ranked_entities, otherwise.ranked_entities),
        ranked_affinities: choose(then.ranked_affinities, otherwise.ranked_affinities),
        display_value: choose(then.display_value, otherwise.display_value),
        reason_codes: choose(then.reason_codes, otherwise.reason_codes),
        standard_error: choose(then.standard_error, otherwise.standard_error),
        // Each of the two models has rules of its own.
        rules: None,
    }
}
