//! `MiningSchema`: the fields that a model uses, and its treatment of their missing, invalid and outlying values.

use super::data_dictionary::OpType;
use super::enumeration::enumeration;
use super::markup::Markup;
use super::{Name, Position};
use crate::error::Result;
use std::collections::HashMap;
use std::collections::hash_map::Entry;

/// The element `MiningSchema`.
#[derive(Clone, Debug, Default)]
pub struct MiningSchema {
    /// The element's position.
    pub position: Position,
    /// The fields, in document order.
    pub mining_fields: Vec<MiningField>,
}

/// The element `MiningField`.
#[derive(Clone, Debug, PartialEq)]
pub struct MiningField {
    /// The element's position.
    pub position: Position,
    /// The field.
    pub name: Name,
    /// How the model uses it.
    pub usage_type: UsageType,
    /// Replaces the field's own optype.
    pub optype: Option<OpType>,
    /// The importance of the field to the model, between 0 and 1.
    pub importance: Option<f64>,
    /// What happens to values outside of `low_value` and `high_value`.
    pub outliers: OutlierTreatment,
    /// The lowest value that is not an outlier.
    pub low_value: Option<f64>,
    /// The highest value that is not an outlier.
    pub high_value: Option<f64>,
    /// The value that replaces a missing one.
    pub missing_value_replacement: Option<Name>,
    /// How the replacement was found; only `returnInvalid` changes what is computed.
    pub missing_value_treatment: Option<MissingValueTreatment>,
    /// What happens to invalid values.
    pub invalid_value_treatment: InvalidValueTreatment,
    /// The value that replaces an invalid one.
    pub invalid_value_replacement: Option<Name>,
}

enumeration! {
    /// The use of a field by a model.
    #[derive(Default)]
    pub enum UsageType {
        /// An input.
        #[default]
        Active = "active",
        /// What the model predicts (`predicted` until PMML 4.1).
        Target = "target" | "predicted",
        /// Information that the model does not use.
        Supplementary = "supplementary",
        /// The key that groups rows.
        Group = "group",
        /// The order of the rows.
        Order = "order",
        /// The number of times that a row counted in training.
        FrequencyWeight = "frequencyWeight",
        /// The weight of a row in training.
        AnalysisWeight = "analysisWeight",
    }
}

enumeration! {
    /// What happens to outlying values.
    #[derive(Default)]
    pub enum OutlierTreatment {
        /// They are used as they are.
        #[default]
        AsIs = "asIs",
        /// They count as missing.
        AsMissingValues = "asMissingValues",
        /// They are replaced by the nearest value that is not an outlier.
        AsExtremeValues = "asExtremeValues",
    }
}

enumeration! {
    /// How the replacement of missing values was found.
    #[allow(missing_docs, reason = "the variants are the standard's words")]
    pub enum MissingValueTreatment {
        AsIs = "asIs",
        AsMean = "asMean",
        AsMode = "asMode",
        AsMedian = "asMedian",
        AsValue = "asValue",
        /// A missing value makes the row fail.
        ReturnInvalid = "returnInvalid" | "x-returnInvalid",
    }
}

enumeration! {
    /// What happens to invalid values.
    #[derive(Default)]
    pub enum InvalidValueTreatment {
        /// Their row fails.
        #[default]
        ReturnInvalid = "returnInvalid",
        /// They are used as they are.
        AsIs = "asIs",
        /// They count as missing.
        AsMissing = "asMissing",
        /// They are replaced.
        AsValue = "asValue" | "x-asValue",
    }
}

impl MiningSchema {
    pub(super) fn read(xml: &mut Markup<'_>) -> Result<Self> {
        let mut schema = MiningSchema { position: xml.position(), mining_fields: Vec::new() };
        // The number of the field with each name.
        let mut known: HashMap<Name, usize> = HashMap::new();
        while let Some(child) = xml.child()? {
            match &*child {
                "MiningField" => {
                    let field = MiningField::read(xml)?;
                    match known.entry(field.name.clone()) {
                        Entry::Vacant(entry) => {
                            entry.insert(schema.mining_fields.len());
                            schema.mining_fields.push(field);
                        }
                        Entry::Occupied(entry) => {
                            let first = &schema.mining_fields[*entry.get()];
                            let (places, is_same) =
                                ((first.position, field.position), first.declares_as(&field));
                            xml.twice("MiningField", &field.name, places, is_same, "the second is ignored")?;
                        }
                    }
                }
                _ => return Err(xml.unexpected()),
            }
        }
        Ok(schema)
    }
}

impl MiningField {
    /// Returns whether another field of the same name is declared in the same way.
    fn declares_as(&self, other: &Self) -> bool {
        // Its importance changes no score.
        let Self { position, importance, .. } = *self;
        Self { position, importance, ..other.clone() } == *self
    }

    fn read(xml: &mut Markup<'_>) -> Result<Self> {
        let field = MiningField {
            position: xml.position(),
            name: xml.required("name")?,
            usage_type: xml.or_default("usageType")?,
            optype: xml.description("optype")?,
            importance: xml.description("importance")?,
            outliers: xml.or_default("outliers")?,
            low_value: xml.optional("lowValue")?,
            high_value: xml.optional("highValue")?,
            missing_value_replacement: xml.optional("missingValueReplacement")?,
            missing_value_treatment: xml.description("missingValueTreatment")?,
            invalid_value_treatment: xml.or_default("invalidValueTreatment")?,
            invalid_value_replacement: xml.optional_or_x("invalidValueReplacement")?,
        };
        xml.leaf()?;
        Ok(field)
    }
}
