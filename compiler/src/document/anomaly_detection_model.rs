//! `AnomalyDetectionModel`: a model whose result says how unusual a row is.

use super::Position;
use super::array::Array;
use super::enumeration::enumeration;
use super::markup::{Markup, lacks};
use super::model::Model;
use super::model_common::{CommonReader, ModelCommon};
use crate::error::Result;

/// The element `AnomalyDetectionModel`.
#[derive(Clone, Debug)]
pub struct AnomalyDetectionModel {
    /// The element's position.
    pub position: Position,
    /// The parts that all models share.
    pub common: ModelCommon,
    /// The algorithm, which decides how the inner model's result becomes a score.
    pub algorithm_type: AlgorithmType,
    /// The number of rows that each tree of an isolation forest was trained on.
    pub sample_data_size: Option<i64>,
    /// The model.
    pub model: Model,
    /// For each cluster, the mean distance of its rows from the center.
    pub mean_cluster_distances: Option<MeanClusterDistances>,
}

/// The element `MeanClusterDistances`.
#[derive(Clone, Debug)]
pub struct MeanClusterDistances {
    /// The element's position.
    pub position: Position,
    /// The distances, in the order of the clusters.
    pub distances: Vec<f64>,
}

enumeration! {
    /// The algorithms of anomaly detection.
    pub enum AlgorithmType {
        /// The length of an isolation forest's paths becomes a score between 0 and 1.
        IForest = "iforest",
        /// The value of a one-class support vector machine is the score.
        OcSvm = "ocsvm",
        /// The distance from the nearest cluster, divided by the mean distance of the rows in it.
        ClusterMeanDist = "clusterMeanDist",
        /// The model's result is the score.
        Other = "other",
    }
}

impl AnomalyDetectionModel {
    /// Returns the model inside.
    pub(super) fn models_inside(&self) -> Vec<&Model> {
        vec![&self.model]
    }

    pub(super) fn read(xml: &mut Markup<'_>) -> Result<Self> {
        let position = xml.position();
        let mut common = CommonReader::new(xml)?;
        let algorithm_type = xml.required("algorithmType")?;
        let sample_data_size = xml.optional("sampleDataSize")?;
        let (mut model, mut mean_cluster_distances) = (None, None);
        while let Some(child) = xml.child()? {
            match &*child {
                "MeanClusterDistances" => {
                    xml.once(&mut mean_cluster_distances, MeanClusterDistances::read)?
                }
                name if Model::is(name) => xml.once(&mut model, Model::read)?,
                _ => common.read(xml)?,
            }
        }
        let model = model.ok_or_else(|| lacks(position, "AnomalyDetectionModel", "a model"))?;
        let common = common.finish()?;
        Ok(AnomalyDetectionModel {
            position,
            common,
            algorithm_type,
            sample_data_size,
            model,
            mean_cluster_distances,
        })
    }
}

impl MeanClusterDistances {
    fn read(xml: &mut Markup<'_>) -> Result<Self> {
        let position = xml.position();
        let mut distances = None;
        while let Some(child) = xml.child()? {
            match &*child {
                "Array" => xml.once(&mut distances, |xml| Array::read(xml)?.reals())?,
                _ => return Err(xml.unexpected()),
            }
        }
        let distances = distances.ok_or_else(|| lacks(position, "MeanClusterDistances", "an `Array`"))?;
        Ok(MeanClusterDistances { position, distances })
    }
}
