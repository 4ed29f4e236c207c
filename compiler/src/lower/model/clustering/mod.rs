//! `ClusteringModel`: finds the cluster that a row is most similar to.
//!
//! A cluster is an entity. Its identifier is its `id`, else its place, counting from 1; its `name` is its display
//! value; the comparison of the row with it is its affinity. The first of several equally similar clusters wins. If no
//! field of the row can be compared, the prediction is missing. Clusters are defined either by centers, which are
//! instances to compare with, or by [distributions](distribution).

mod distribution;

use super::classification;
use super::comparison::{self, ComparedField, Comparison, Term, table};
use super::context::ModelContext;
use super::feature::Features;
use super::prediction::{Distribution, Prediction};
use crate::document::Name;
use crate::document::clustering_model::{Cluster, ClusteringField, ClusteringModel, ModelClass};
use crate::document::comparison_measure::CompareFunction;
use crate::document::data_dictionary::DataType;
use crate::document::model::MiningFunction;
use crate::error::{Error, Result};
use crate::ir::{Binary, Builder, Constant, Function, TableData, Type, Value};
use crate::lower::build::literal;
use crate::lower::build::operand::{Operand, both, type_of};
use crate::lower::model::comparison::coding::{self, Coding, EQUALS_NOTHING};
use crate::lower::state::Lowering;
use pmml_runtime::number;
use std::collections::HashSet;

/// Maximum number of coordinates of all centers of a model.
const MAX_COORDINATES: usize = 16_777_216;

/// Lowers a `ClusteringModel`.
pub fn lower<'d>(
    lowering: &mut Lowering<'d>,
    context: &ModelContext<'d>,
    clustering: &'d ClusteringModel,
) -> Result<Prediction> {
    let common = context.common;
    if common.function_name != MiningFunction::Clustering {
        let message = format!("`ClusteringModel` cannot have the function {}", common.function_name);
        return Err(Error::invalid(context.position, context.element, message));
    }
    if let Some(n) = clustering.number_of_clusters.filter(|n| *n as usize != clustering.clusters.len()) {
        let found = clustering.clusters.len();
        let message = format!("there are {found} clusters, but `numberOfClusters` is {n}");
        lowering.warn(context.position, context.element, message);
    }
    let ids = identifiers(&clustering.clusters)?;
    let affinities = match clustering.model_class {
        ModelClass::CenterBased => affinities_of_centers(lowering, context, clustering)?,
        ModelClass::DistributionBased => {
            distribution::affinities_of_distributions(lowering, context, clustering)?
        }
    };
    nearest_cluster(lowering, context, clustering, ids, affinities)
}

/// Returns the affinity of the row to each cluster, and whether the greatest is the best.
fn affinities_of_centers<'d>(
    lowering: &mut Lowering<'d>,
    context: &ModelContext<'d>,
    clustering: &'d ClusteringModel,
) -> Result<(Vec<Operand>, bool)> {
    let fields: Vec<&'d ClusteringField> =
        clustering.clustering_fields.iter().filter(|field| field.is_center_field).collect();
    if fields.is_empty() {
        let message = "`ClusteringModel` has no center field";
        return Err(Error::invalid(context.position, context.element, message));
    }
    if fields.len().saturating_mul(clustering.clusters.len()) > MAX_COORDINATES {
        let message = format!("`ClusteringModel` has more than {MAX_COORDINATES} coordinates");
        return Err(Error::Limit { position: context.position, message });
    }
    let centers = centers(&clustering.clusters, fields.len())?;
    let missing_weights = missing_value_weights(clustering, &fields)?;
    let measure = &clustering.comparison_measure;
    let aggregate = comparison::aggregate(measure)?;
    let counts = comparison::counts(aggregate);
    let mut terms = Vec::with_capacity(fields.len());
    let mut instances: Vec<Vec<Option<f64>>> = vec![Vec::with_capacity(fields.len()); centers.len()];
    let mut functions = Vec::with_capacity(fields.len());
    for (number, field) in fields.into_iter().enumerate() {
        let compared = compared_field(field, measure.compare_function);
        functions.push(compared.function);
        let value = comparison::compared_value(lowering, context.scope, &compared)?;
        let coordinates = centers.iter().map(|center| &center[number]);
        let coordinates = coordinates.zip(&clustering.clusters);
        let (term, codes) = match &field.comparisons {
            Some(matrix) if compared.function == CompareFunction::Table && !counts => {
                table::table_term(&mut lowering.builder, &compared, value, matrix, coordinates)?
            }
            _ => {
                let function = comparison::Function::Formula(compared.formula()?);
                let mut coding = Coding::of(&compared, value.operand.data_type, counts)?;
                let mut codes = Vec::with_capacity(centers.len());
                for (coordinate, cluster) in coordinates {
                    let data_type = value.operand.data_type;
                    let code = coordinate_term(
                        &mut lowering.builder,
                        &compared,
                        data_type,
                        &mut coding,
                        coordinate,
                        cluster,
                    )?;
                    if counts && code != 0.0 && code != 1.0 {
                        let message = format!(
                            "`Cluster` has the coordinate `{coordinate}`, where `{}` compares ones and zeros",
                            measure.measure.as_str()
                        );
                        return Err(Error::invalid(cluster.position, "Cluster", message));
                    }
                    codes.push(code);
                }
                let code = coding::code(&mut lowering.builder, value.operand, coding);
                if counts {
                    coding::must_be_binary(&mut lowering.builder, &compared, code, value.operand.present);
                }
                let present = value.operand.present;
                let (weight, missing_weight) = (compared.checked_weight()?, 1.0);
                (Term { function, weight, missing_weight, code, present }, codes)
            }
        };
        terms.push(Term { missing_weight: missing_weights[number], ..term });
        for (instance, code) in instances.iter_mut().zip(codes) {
            instance.push(Some(code));
        }
    }
    let greatest_is_best = comparison::greatest_is_best(lowering, measure, &functions);
    let precision = type_of(context.math());
    let comparison = Comparison { precision, aggregate, greatest_is_best, terms, instances };
    Ok((comparison::distances(&mut lowering.builder, comparison, context.position)?, greatest_is_best))
}

/// Returns the code of a center's coordinate.
fn coordinate_term(
    builder: &mut Builder,
    field: &ComparedField<'_>,
    data_type: DataType,
    coding: &mut Coding,
    text: &Name,
    cluster: &Cluster,
) -> Result<f64> {
    let number = number::parse_f64(text);
    let constant = match literal::parse(builder, data_type, text) {
        None if data_type == DataType::Boolean => {
            number.filter(|number| [0.0, 1.0].contains(number)).map(|number| Constant::Bool(number != 0.0))
        }
        constant => constant,
    };
    // No value is near a center that is NaN.
    let is_nan = number.is_some_and(f64::is_nan) && matches!(coding, Coding::Number);
    let only_equality = matches!(field.function, CompareFunction::Delta | CompareFunction::Equal);
    match (&*coding, number, constant) {
        // A center is a mean, which may not be a value of the field's type.
        (Coding::Number, Some(number), _) if !only_equality && !is_nan => Ok(number),
        (_, _, Some(constant)) if !is_nan => Ok(coding.code(constant)),
        (_, Some(_), None) if !is_nan => Ok(EQUALS_NOTHING),
        _ => {
            let message = format!(
                "`Cluster` has the coordinate `{text}` for `{}`, which has the type {data_type}",
                field.name
            );
            Err(Error::invalid(cluster.position, "Cluster", message))
        }
    }
}

/// Builds the prediction: the cluster with the best affinity, and the ranking of all.
fn nearest_cluster<'d>(
    lowering: &mut Lowering<'d>,
    context: &ModelContext<'d>,
    clustering: &'d ClusteringModel,
    labels: Vec<Name>,
    (affinities, greatest_is_best): (Vec<Operand>, bool),
) -> Result<Prediction> {
    let builder = &mut lowering.builder;
    let (mut winner, mut best) = (builder.i64(0), builder.zero(Type::F64));
    let mut present = None;
    for (number, affinity) in affinities.iter().enumerate() {
        // A NaN affinity (of two infinite values, or of 0 ÷ 0) leaves it undecided which cluster is the best.
        let is_number = builder.binary(Binary::Equal, affinity.value, affinity.value);
        let known = both(builder, affinity.present, Some(is_number));
        present = both(builder, present, known);
        if number == 0 {
            best = affinity.value;
            continue;
        }
        let comparison = if greatest_is_best { Binary::Greater } else { Binary::Less };
        let is_better = builder.binary(comparison, affinity.value, best);
        let this = builder.i64(number as i64);
        winner = builder.select(is_better, this, winner);
        best = builder.select(is_better, affinity.value, best);
    }
    let ids: Vec<Constant> = labels.iter().map(|label| Constant::String(builder.intern(label))).collect();
    let id = builder.lookup(TableData::new(Type::String, ids.iter().copied()), winner);
    let string = |value| Operand { value, present, data_type: DataType::String, is_list: false };
    let names = clustering.clusters.iter().map(|cluster| cluster.name.as_deref().unwrap_or_default());
    let names: Vec<Constant> = names.map(|name| Constant::String(builder.intern(name))).collect();
    let name = builder.lookup(TableData::new(Type::String, names), winner);
    let is_named = clustering.clusters.iter().map(|cluster| Constant::Bool(cluster.name.is_some()));
    let is_named = builder.lookup(TableData::new(Type::Bool, is_named), winner);
    let display_value = string(name).only_if(builder, is_named);

    let always = builder.bool(true);
    let items: Vec<(Value, Value)> = affinities.iter().map(|affinity| (affinity.value, always)).collect();
    let list = builder.list(&items);
    let descending = builder.bool(greatest_is_best);
    let ranking = builder.call(Function::Ranking, &[list, descending]);
    let items: Vec<(Value, Value)> = ids.into_iter().map(|id| (builder.constant(id), always)).collect();
    let all_ids = builder.list(&items);
    let ranked_entities = builder.call(Function::AtPlaces, &[all_ids, ranking]);
    let ranked_affinities = builder.call(Function::AtPlaces, &[list, ranking]);
    let list_of = |value, data_type| Operand { value, present, data_type, is_list: true };

    let double = |value| Operand { value, present, data_type: DataType::Double, is_list: false };
    let affinities = affinities.into_iter().map(|affinity| double(affinity.value));
    let features = Features {
        affinity: Some(double(best)),
        affinities: labels.iter().cloned().zip(affinities).collect(),
        ranked_entities: Some(list_of(ranked_entities, DataType::String)),
        ranked_affinities: Some(list_of(ranked_affinities, DataType::Double)),
        display_value: Some(display_value),
        ..Features::default()
    };
    let (probabilities, confidences) = (Vec::new(), Vec::new());
    let distribution = Distribution { labels, winner, present, probabilities, confidences };
    let prediction = classification::classification(lowering, context, distribution, Some(string(id)))?;
    Ok(Prediction { features, ..prediction })
}

/// Returns the identifiers of clusters. Fails if two are equal.
fn identifiers(clusters: &[Cluster]) -> Result<Vec<Name>> {
    let mut known = HashSet::new();
    let mut ids = Vec::with_capacity(clusters.len());
    for (cluster, place) in clusters.iter().zip(1..) {
        let id = cluster.id.clone().unwrap_or_else(|| Name::from(place.to_string().as_str()));
        if !known.insert(id.clone()) {
            let message = format!("there are two `Cluster`s with the id `{id}`");
            return Err(Error::invalid(cluster.position, "Cluster", message));
        }
        ids.push(id);
    }
    Ok(ids)
}

/// Returns the coordinates of centers, as written in the document.
fn centers(clusters: &[Cluster], fields: usize) -> Result<Vec<Vec<Name>>> {
    let center = |cluster: &Cluster| match &cluster.center {
        Some(center) => center.strings(fields),
        None => {
            let message = "`Cluster` lacks the coordinates of its center";
            Err(Error::invalid(cluster.position, "Cluster", message))
        }
    };
    clusters.iter().map(center).collect()
}

/// Returns the weight of each center field in the adjustment for missing values.
fn missing_value_weights(clustering: &ClusteringModel, fields: &[&ClusteringField]) -> Result<Vec<f64>> {
    let Some(array) = &clustering.missing_value_weights else { return Ok(vec![1.0; fields.len()]) };
    let invalid = |message: &str| Err(Error::invalid(array.position(), "MissingValueWeights", message));
    let weights = array.reals(fields.len())?;
    if weights.iter().any(|weight| *weight < 0.0 || !weight.is_finite()) {
        return invalid("`MissingValueWeights` must not be negative");
    }
    if weights.iter().sum::<f64>() == 0.0 {
        return invalid("`MissingValueWeights` add up to 0");
    }
    Ok(weights)
}

/// Returns a clustering field in the form that [`comparison`] takes.
fn compared_field(field: &ClusteringField, function: CompareFunction) -> ComparedField<'_> {
    ComparedField {
        position: field.position,
        element: "ClusteringField",
        name: &field.field,
        function: field.compare_function.unwrap_or(function),
        weight: field.field_weight,
        scale: field.similarity_scale,
    }
}
