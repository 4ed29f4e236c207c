//! `AnomalyDetectionModel`: a score that says how unusual a row is, from the result of the model inside.
//!
//! - An isolation forest predicts the mean length E of a row's paths. The score is `2 ^ (−E ÷ c(n))`, where `c(n) =
//!   2·H(n − 1) − 2·(n − 1) ÷ n` is the mean length of an unsuccessful search among the n rows that a tree was trained
//!   on. The harmonic number H(i) is estimated by `ln i + γ`, as in the standard and in the programs that train such
//!   forests; c(2) is 1.
//! - For `clusterMeanDist` the distance from the nearest cluster is divided by the mean distance of the training rows
//!   in that cluster.
//! - For any other algorithm the prediction of the model inside is the score.
//!
//! The model around this one sees the outputs of the model inside, which come first among the results.

use super::context::ModelContext;
use super::prediction::{ModelResult, Prediction};
use crate::document::anomaly_detection_model::{AlgorithmType, AnomalyDetectionModel, MeanClusterDistances};
use crate::document::comparison_measure::{ComparisonKind, Measure};
use crate::document::data_dictionary::DataType;
use crate::document::model::{MiningFunction, Model};
use crate::error::{Error, Result};
use crate::ir::{Binary, Builder, Constant, Function, TableData, Type, Unary};
use crate::lower::build::operand::{Operand, is_numeric};
use crate::lower::convert;
use crate::lower::state::Lowering;
use pmml_runtime::math;

/// Euler's constant.
const GAMMA: f64 = 0.577_215_664_901_532_9;

/// Lowers an `AnomalyDetectionModel`.
pub fn lower<'d>(
    lowering: &mut Lowering<'d>,
    context: &ModelContext<'d>,
    anomaly: &'d AnomalyDetectionModel,
) -> Result<ModelResult<'d>> {
    let (position, element) = (context.position, context.element);
    let algorithm = anomaly.algorithm_type;
    if let Some(distances) = &anomaly.mean_cluster_distances
        && algorithm != AlgorithmType::ClusterMeanDist
    {
        let message = format!("`MeanClusterDistances` have no meaning for the algorithmType {algorithm}");
        return Err(Error::invalid(distances.position, "MeanClusterDistances", message));
    }
    let scope = lowering.scopes.open(Some(context.scope));
    let mut result = lowering.model(scope, &anomaly.model, false)?;
    result.segments.clear();
    for output in &result.outputs {
        lowering.define(context.scope, &output.name, output.field);
    }
    let [prediction] = result.predictions.as_slice() else {
        let message = "`AnomalyDetectionModel` has a model with several targets";
        return Err(Error::unsupported(position, element, message));
    };
    let score = match algorithm {
        AlgorithmType::OcSvm | AlgorithmType::Other => None,
        AlgorithmType::IForest => Some(isolation_score(lowering, context, anomaly, prediction)?),
        AlgorithmType::ClusterMeanDist => {
            let Some(distances) = &anomaly.mean_cluster_distances else {
                let message = "`AnomalyDetectionModel` lacks the element `MeanClusterDistances`";
                return Err(Error::invalid(position, element, message));
            };
            refuse_similarities(&anomaly.model)?;
            Some(distance_score(&mut lowering.builder, context, distances, prediction)?)
        }
    };
    let mut prediction = prediction.clone();
    if let Some(target) = context.target {
        prediction.target = Some(target.name.clone());
    }
    if let Some(score) = score {
        if context.common.function_name != MiningFunction::Regression {
            let message = format!(
                "`AnomalyDetectionModel` with the algorithmType {algorithm} cannot have the function {}",
                context.common.function_name
            );
            return Err(Error::invalid(position, element, message));
        }
        prediction = Prediction { value: score, distribution: None, ..prediction };
    }
    Ok(ModelResult { predictions: vec![prediction], ..result })
}

/// Lowers the score of an isolation forest, whose prediction is the mean length of the paths. Fails if the sample size
/// is absent or below 2.
fn isolation_score<'d>(
    lowering: &mut Lowering<'d>,
    context: &ModelContext<'d>,
    anomaly: &'d AnomalyDetectionModel,
    prediction: &Prediction,
) -> Result<Operand> {
    let (position, element) = (context.position, context.element);
    let size = match anomaly.sample_data_size {
        Some(size) if size >= 2 => size as f64,
        Some(size) => {
            let message = format!("`AnomalyDetectionModel` has the sampleDataSize {size}, which is below 2");
            return Err(Error::invalid(position, element, message));
        }
        None => {
            let message = "`AnomalyDetectionModel` lacks the attribute `sampleDataSize`";
            return Err(Error::invalid(position, element, message));
        }
    };
    if prediction.value.is_list || !is_numeric(prediction.value.data_type) {
        let message = "`AnomalyDetectionModel` has an isolation forest that does not predict a number";
        return Err(Error::invalid(position, element, message));
    }
    let length = convert::cast(lowering, prediction.value, DataType::Double, position, element)?;
    let builder = &mut lowering.builder;
    let mean_length = builder.f64(mean_search_length(size));
    let ratio = builder.binary(Binary::Divide, length.value, mean_length);
    let exponent = builder.unary(Unary::Negate, ratio);
    let two = builder.f64(2.0);
    let value = builder.call(Function::Pow, &[two, exponent]);
    Ok(Operand { value, ..length })
}

/// Lowers the distance from the nearest cluster divided by the mean distance of the training rows in it. Fails if there
/// is not one distance for each cluster.
fn distance_score(
    builder: &mut Builder,
    context: &ModelContext<'_>,
    mean: &MeanClusterDistances,
    prediction: &Prediction,
) -> Result<Operand> {
    let (Some(distance), Some(distribution)) = (prediction.features.affinity, &prediction.distribution)
    else {
        let message = "`AnomalyDetectionModel` has a model that is not a `ClusteringModel`, which the algorithmType \
                           clusterMeanDist takes";
        return Err(Error::invalid(context.position, context.element, message));
    };
    let (found, clusters) = (mean.distances.len(), distribution.labels.len());
    if found != clusters {
        let message = format!("`MeanClusterDistances` has {found} distances for {clusters} clusters");
        return Err(Error::invalid(mean.position, "MeanClusterDistances", message));
    }
    if let Some(wrong) = mean.distances.iter().find(|distance| distance.is_nan() || **distance < 0.0) {
        let message = format!("`MeanClusterDistances` holds {wrong}, which is not a distance");
        return Err(Error::invalid(mean.position, "MeanClusterDistances", message));
    }
    let means = TableData::new(Type::F64, mean.distances.iter().copied().map(Constant::F64));
    let mean = builder.lookup(means, distribution.winner);
    let value = builder.binary(Binary::Divide, distance.value, mean);
    Ok(Operand { value, ..distance })
}

/// Refuses a clustering model that compares by similarity: a similarity divided by a mean distance has no meaning.
fn refuse_similarities(model: &Model) -> Result<()> {
    let Model::ClusteringModel(clustering) = model else { return Ok(()) };
    let measure = &clustering.comparison_measure;
    let is_share = matches!(measure.measure, Measure::SimpleMatching | Measure::Jaccard | Measure::Tanimoto);
    if !is_share && measure.kind != ComparisonKind::Similarity {
        return Ok(());
    }
    let message = "`AnomalyDetectionModel` with the algorithmType clusterMeanDist takes distances from clusters, but \
                   `ComparisonMeasure` is a similarity";
    Err(Error::invalid(measure.position, "ComparisonMeasure", message))
}

/// Returns the mean length of an unsuccessful search in a binary search tree of `n` rows, `n` being at least 2.
fn mean_search_length(n: f64) -> f64 {
    if n == 2.0 { 1.0 } else { 2.0 * (math::ln(n - 1.0) + GAMMA) - 2.0 * (n - 1.0) / n }
}
