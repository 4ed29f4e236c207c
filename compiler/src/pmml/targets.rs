//! `Targets`: what is made of a prediction before it is handed out.

use super::data_dictionary::OpType;
use super::enumeration::enumeration;
use super::{Name, Position};

/// The element `Targets`.
#[derive(Clone, Debug, Default)]
pub struct Targets {
    /// The element's place.
    pub position: Position,
    /// The targets, in document order.
    pub targets: Vec<Target>,
}

/// The element `Target`.
#[derive(Clone, Debug)]
pub struct Target {
    /// The element's place.
    pub position: Position,
    /// The target field; absent where the model has but one, perhaps unnamed.
    pub field: Option<Name>,
    /// Takes the place of the field's own optype.
    pub optype: Option<OpType>,
    /// How the result is rounded.
    pub cast_integer: Option<CastInteger>,
    /// The least result.
    pub min: Option<f64>,
    /// The greatest result.
    pub max: Option<f64>,
    /// Added to the result.
    pub rescale_constant: f64,
    /// The result is multiplied by it, before the addition.
    pub rescale_factor: f64,
    /// The target's categories, or its default.
    pub target_values: Vec<TargetValue>,
}

enumeration! {
    /// How a result is made an integer.
    #[allow(missing_docs, reason = "the variants are the standard's words")]
    pub enum CastInteger {
        Round = "round",
        Ceiling = "ceiling",
        Floor = "floor",
    }
}

/// The element `TargetValue`.
#[derive(Clone, Debug)]
pub struct TargetValue {
    /// The element's place.
    pub position: Position,
    /// The category; absent for continuous targets.
    pub value: Option<Name>,
    /// The text to show to people.
    pub display_value: Option<Name>,
    /// The category's probability where the model has no result.
    pub prior_probability: Option<f64>,
    /// A continuous target's value where the model has no result.
    pub default_value: Option<f64>,
}
