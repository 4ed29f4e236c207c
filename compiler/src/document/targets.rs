//! `Targets`: the transformation of a prediction before it is returned.

use super::data_dictionary::OpType;
use super::enumeration::enumeration;
use super::likeness;
use super::markup::Markup;
use super::{Name, Position};
use crate::error::Result;
use std::collections::HashMap;
use std::collections::hash_map::Entry;

/// The element `Targets`.
#[derive(Clone, Debug, Default)]
pub struct Targets {
    /// The element's position.
    pub position: Position,
    /// The targets, in document order.
    pub targets: Vec<Target>,
}

/// The element `Target`.
#[derive(Clone, Debug)]
pub struct Target {
    /// The element's position.
    pub position: Position,
    /// The target field; absent if the model has only one, which may have no name.
    pub field: Option<Name>,
    /// Replaces the field's own optype.
    pub optype: Option<OpType>,
    /// How the result is rounded.
    pub cast_integer: Option<CastInteger>,
    /// The least result.
    pub min: Option<f64>,
    /// The greatest result.
    pub max: Option<f64>,
    /// Added to the result.
    pub rescale_constant: f64,
    /// The factor of the result, applied before the addition.
    pub rescale_factor: f64,
    /// The target's categories, or its default.
    pub target_values: Vec<TargetValue>,
}

enumeration! {
    /// How a result is rounded to an integer.
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
    /// The element's position.
    pub position: Position,
    /// The category; absent for continuous targets.
    pub value: Option<Name>,
    /// The string to display.
    pub display_value: Option<Name>,
    /// The spelling of the category in the training data (PMML 3 only).
    pub raw_data_value: Option<Name>,
    /// The category's probability if the model has no result.
    pub prior_probability: Option<f64>,
    /// A continuous target's value if the model has no result.
    pub default_value: Option<f64>,
}

impl Targets {
    pub(super) fn read(xml: &mut Markup<'_>) -> Result<Self> {
        let mut targets = Targets { position: xml.position(), targets: Vec::new() };
        // The index of the target of each field.
        let mut known: HashMap<Option<Name>, usize> = HashMap::new();
        while let Some(child) = xml.child()? {
            match &*child {
                "Target" => {
                    let target = Target::read(xml)?;
                    match known.entry(target.field.clone()) {
                        Entry::Vacant(entry) => {
                            entry.insert(targets.targets.len());
                            targets.targets.push(target);
                        }
                        Entry::Occupied(entry) => {
                            let first = &targets.targets[*entry.get()];
                            let places = (first.position, target.position);
                            let is_same = likeness::is_like(first, &target);
                            let name = target.field.unwrap_or_else(|| Name::from(""));
                            xml.twice("Target", &name, places, is_same, "the second is ignored")?;
                        }
                    }
                }
                _ => return Err(xml.unexpected()),
            }
        }
        Ok(targets)
    }
}

impl Target {
    fn read(xml: &mut Markup<'_>) -> Result<Self> {
        let mut target = Target {
            position: xml.position(),
            field: xml.optional("field")?,
            optype: xml.description("optype")?,
            cast_integer: xml.optional("castInteger")?,
            min: xml.optional("min")?,
            max: xml.optional("max")?,
            rescale_constant: xml.optional("rescaleConstant")?.unwrap_or(0.0),
            rescale_factor: xml.optional("rescaleFactor")?.unwrap_or(1.0),
            target_values: Vec::new(),
        };
        while let Some(child) = xml.child()? {
            match &*child {
                "TargetValue" => target.target_values.push(TargetValue::read(xml)?),
                _ => return Err(xml.unexpected()),
            }
        }
        Ok(target)
    }
}

impl TargetValue {
    fn read(xml: &mut Markup<'_>) -> Result<Self> {
        let value = TargetValue {
            position: xml.position(),
            value: xml.optional("value")?,
            display_value: xml.optional("displayValue")?,
            raw_data_value: xml.optional("rawDataValue")?,
            prior_probability: xml.optional("priorProbability")?,
            default_value: xml.optional("defaultValue")?,
        };
        while let Some(child) = xml.child()? {
            match &*child {
                "Partition" => xml.skip()?,
                _ => return Err(xml.unexpected()),
            }
        }
        Ok(value)
    }
}
