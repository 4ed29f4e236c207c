//! `MiningModel`: several models whose predictions are combined.

use super::embedded_model::EmbeddedModel;
use super::enumeration::enumeration;
use super::likeness;
use super::markup::{Markup, lacks};
use super::model::Model;
use super::model_common::{CommonReader, ModelCommon};
use super::predicate::Predicate;
use super::transformation::LocalTransformations;
use super::{Name, Position};
use crate::error::Result;
use std::collections::HashMap;

/// The element `MiningModel`.
#[derive(Clone, Debug)]
pub struct MiningModel {
    /// The element's position.
    pub position: Position,
    /// The parts that all models share.
    pub common: ModelCommon,
    /// The models inside, in document order, as in PMML 3.
    pub embedded_models: Vec<EmbeddedModel>,
    /// The models inside, since PMML 4.
    pub segmentation: Option<Segmentation>,
}

/// The element `Segmentation`.
#[derive(Clone, Debug)]
pub struct Segmentation {
    /// The element's position.
    pub position: Position,
    /// How the segments' predictions are combined.
    pub multiple_model_method: MultipleModelMethod,
    /// What happens if a segment has no prediction.
    pub missing_prediction_treatment: MissingPredictionTreatment,
    /// The maximum share of the weights of segments without a prediction.
    pub missing_threshold: f64,
    /// The segments, in document order.
    pub segments: Vec<Segment>,
}

enumeration! {
    /// How the predictions of segments are combined.
    #[allow(missing_docs, reason = "the variants are the standard's words")]
    pub enum MultipleModelMethod {
        MajorityVote = "majorityVote",
        WeightedMajorityVote = "weightedMajorityVote",
        Average = "average",
        WeightedAverage = "weightedAverage",
        Median = "median",
        WeightedMedian = "weightedMedian" | "x-weightedMedian",
        Max = "max",
        Sum = "sum",
        WeightedSum = "weightedSum" | "x-weightedSum",
        SelectFirst = "selectFirst",
        SelectAll = "selectAll",
        ModelChain = "modelChain",
        /// JPMML's chain, in which every segment with a target predicts, not only the last.
        MultiModelChain = "x-multiModelChain" | "multiModelChain",
    }
}

enumeration! {
    /// What happens if a segment has no prediction.
    #[derive(Default)]
    pub enum MissingPredictionTreatment {
        /// The ensemble has none either.
        ReturnMissing = "returnMissing",
        /// The segment is left out.
        SkipSegment = "skipSegment",
        /// The missing prediction is combined with the others as it is.
        #[default]
        Continue = "continue",
    }
}

/// The element `Segment`.
#[derive(Clone, Debug)]
pub struct Segment {
    /// The element's position.
    pub position: Position,
    /// The segment's identifier.
    pub id: Option<Name>,
    /// The weight of its prediction.
    pub weight: f64,
    /// When it applies.
    pub predicate: Predicate,
    /// Its model.
    pub model: Model,
    /// The field that holds the weight instead.
    pub variable_weight: Option<VariableWeight>,
}

/// The element `VariableWeight`.
#[derive(Clone, Debug)]
pub struct VariableWeight {
    /// The element's position.
    pub position: Position,
    /// The field.
    pub field: Name,
}

impl MiningModel {
    /// Returns the models of the segments.
    pub(super) fn models_inside(&self) -> Vec<&Model> {
        let segments = self.segmentation.iter().flat_map(|segmentation| &segmentation.segments);
        segments.map(|segment| &segment.model).collect()
    }

    pub(super) fn read(xml: &mut Markup<'_>) -> Result<Self> {
        let position = xml.position();
        let mut common = CommonReader::new(xml)?;
        let (mut embedded_models, mut segmentation) = (Vec::new(), None);
        while let Some(child) = xml.child()? {
            match &*child {
                "Segmentation" => xml.once(&mut segmentation, Segmentation::read)?,
                "Regression" | "DecisionTree" => embedded_models.push(EmbeddedModel::read(xml)?),
                _ => common.read(xml)?,
            }
        }
        if segmentation.is_none() && embedded_models.is_empty() {
            return Err(lacks(position, "MiningModel", "a `Segmentation`"));
        }
        let mut common = common.finish()?;
        let (segmentation, transformations) = segmentation.unzip();
        if let Some(transformations) = transformations.flatten() {
            match &mut common.local_transformations {
                Some(local) => local.derived_fields.extend(transformations.derived_fields),
                none => *none = Some(transformations),
            }
        }
        Ok(MiningModel { position, common, embedded_models, segmentation })
    }
}

impl Segmentation {
    /// Reads the element and the transformations that PMML 4.0 has inside of it; later versions have them beside it, in
    /// the model, with the same meaning.
    fn read(xml: &mut Markup<'_>) -> Result<(Self, Option<LocalTransformations>)> {
        let mut segmentation = Segmentation {
            position: xml.position(),
            multiple_model_method: xml.required("multipleModelMethod")?,
            missing_prediction_treatment: xml
                .optional_or_x("missingPredictionTreatment")?
                .unwrap_or_default(),
            missing_threshold: xml.optional_or_x("missingThreshold")?.unwrap_or(1.0),
            segments: Vec::new(),
        };
        let mut transformations = None;
        // The number of the first segment with each id.
        let mut known: HashMap<Name, usize> = HashMap::new();
        while let Some(child) = xml.child()? {
            match &*child {
                "LocalTransformations" => xml.once(&mut transformations, LocalTransformations::read)?,
                "Segment" => {
                    let segment = Segment::read(xml)?;
                    if let Some(id) = &segment.id {
                        let first = *known.entry(id.clone()).or_insert(segmentation.segments.len());
                        if let Some(first) = segmentation.segments.get(first) {
                            let places = (first.position, segment.position);
                            let is_same = likeness::is_like(first, &segment);
                            xml.twice("Segment", id, places, is_same, "both count")?;
                        }
                    }
                    segmentation.segments.push(segment);
                }
                _ => return Err(xml.unexpected()),
            }
        }
        Ok((segmentation, transformations))
    }
}

impl Segment {
    fn read(xml: &mut Markup<'_>) -> Result<Self> {
        let position = xml.position();
        let id = xml.optional("id")?;
        let weight = xml.optional("weight")?.unwrap_or(1.0);
        let (mut predicate, mut model, mut variable_weight) = (None, None, None);
        while let Some(child) = xml.child()? {
            match &*child {
                "VariableWeight" => xml.once(&mut variable_weight, VariableWeight::read)?,
                name if Predicate::is(name) => xml.once(&mut predicate, Predicate::read)?,
                name if Model::is(name) => xml.once(&mut model, Model::read)?,
                _ => return Err(xml.unexpected()),
            }
        }
        let predicate = predicate.ok_or_else(|| lacks(position, "Segment", "a predicate"))?;
        let model = model.ok_or_else(|| lacks(position, "Segment", "a model"))?;
        Ok(Segment { position, id, weight, predicate, model, variable_weight })
    }
}

impl VariableWeight {
    fn read(xml: &mut Markup<'_>) -> Result<Self> {
        let weight = VariableWeight { position: xml.position(), field: xml.required("field")? };
        xml.leaf()?;
        Ok(weight)
    }
}
