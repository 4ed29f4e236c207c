//! `NearestNeighborModel`: predictions by the training instances that are most similar to a row.
//!
//! A kernel finds the nearest instances; the table's order breaks ties. Their values of a target are averaged, or they
//! vote. Instances are entities: their identifiers are those of `instanceIdVariable`, else their places, counting from
//! 1, and their distance or similarity is their affinity. An instance without a value of a target does not contribute
//! to its prediction.

mod instances;
mod score;

use self::instances::Instances;
use super::comparison::{self, ComparedField, Comparison, Term};
use super::context::ModelContext;
use super::feature::Features;
use super::prediction::Prediction;
use crate::document::Name;
use crate::document::data_dictionary::{DataField, DataType, OpType};
use crate::document::mining_schema::UsageType;
use crate::document::model::MiningFunction;
use crate::document::nearest_neighbor_model::{KnnInput, NearestNeighborModel};
use crate::document::output::ResultFeature;
use crate::error::{Error, Result};
use crate::ir::{Builder, Constant, TableData, Type, Value};
use crate::lower::build::operand::{Operand, type_of};
use crate::lower::model::comparison::coding::{self, Coding};
use crate::lower::state::Lowering;

/// Maximum number of neighbors.
const MAX_NEIGHBORS: i64 = 4_096;

/// The neighbors of a row, nearest first.
struct Neighbors {
    /// The number of each, from 0, and its distance or similarity.
    all: Vec<(Value, Value)>,
    /// The number of them that contribute to predictions; output fields can rank the others.
    count: usize,
    /// Whether there are any; `None`: always.
    present: Option<Value>,
}

/// Lowers a `NearestNeighborModel`: a prediction for each target, or one without a value if a clustering has no target.
pub fn lower<'d>(
    lowering: &mut Lowering<'d>,
    context: &ModelContext<'d>,
    model: &'d NearestNeighborModel,
) -> Result<Vec<Prediction>> {
    let instances = Instances::of(&model.training_instances)?;
    let count = model.number_of_neighbors as usize;
    if count == 0 || count > instances.rows.len() {
        let found = instances.rows.len();
        let message = format!("`NearestNeighborModel` asks for {count} neighbors among {found} instances");
        return Err(Error::invalid(context.position, context.element, message));
    }
    let ids = identifiers_of(model, &instances)?;
    let comparison = comparison_with_instances(lowering, context, model, &instances)?;
    let greatest_is_best = comparison.greatest_is_best;
    let affinities = named_affinities(&mut lowering.builder, context, &comparison, &ids)?;

    let all = (ranks(context).max(count as i64)).min(instances.rows.len() as i64);
    if all > MAX_NEIGHBORS {
        let message = format!("there are more than {MAX_NEIGHBORS} neighbors, which is the limit");
        return Err(Error::Limit { position: context.position, message });
    }
    let (all, present) = comparison::nearest(&mut lowering.builder, comparison, all as u32);
    let neighbors = Neighbors { all, count, present };
    let features = Features { affinities, ..neighbor_features(&mut lowering.builder, &neighbors, &ids) };
    let entity_id = features.ranked_entities.map(|_| entity(&mut lowering.builder, &neighbors, &ids));

    let targets = targets_of(lowering, context);
    if targets.is_empty() {
        if context.common.function_name != MiningFunction::Clustering {
            let function = context.common.function_name;
            let message = format!("`NearestNeighborModel` with the function {function} has no target");
            return Err(Error::invalid(context.position, context.element, message));
        }
        let value = Operand::missing(&mut lowering.builder, DataType::String);
        return Ok(vec![Prediction { target: None, value, distribution: None, entity_id, features }]);
    }
    let mut predictions = Vec::with_capacity(targets.len());
    for target in targets {
        let context = ModelContext { target: Some(target), ..*context };
        let is_number = match context.common.function_name {
            MiningFunction::Regression => true,
            MiningFunction::Classification => false,
            MiningFunction::Mixed => target.optype == OpType::Continuous,
            function => {
                let message = format!("`NearestNeighborModel` cannot have the function {function}");
                return Err(Error::invalid(context.position, context.element, message));
            }
        };
        let column = instances.required_column(&target.name)?;
        let prediction = if is_number {
            score::average_of_neighbors(
                &mut lowering.builder,
                &context,
                model,
                &instances,
                column,
                &neighbors,
                greatest_is_best,
            )?
        } else {
            score::vote_of_neighbors(
                lowering,
                &context,
                model,
                &instances,
                column,
                &neighbors,
                greatest_is_best,
            )?
        };
        predictions.push(Prediction { entity_id, features: features.clone(), ..prediction });
    }
    Ok(predictions)
}

/// Returns the target fields of a model's schema.
fn targets_of<'d>(lowering: &Lowering<'d>, context: &ModelContext<'d>) -> Vec<&'d DataField> {
    let fields = context.common.mining_schema.mining_fields.iter();
    let targets = fields.filter(|field| field.usage_type == UsageType::Target);
    targets.filter_map(|field| lowering.data_fields.get(&field.name).copied()).collect()
}

/// Returns the identifiers of the instances. Fails if one lacks its identifier.
fn identifiers_of(model: &NearestNeighborModel, instances: &Instances<'_>) -> Result<Vec<Name>> {
    let Some(variable) = &model.instance_id_variable else {
        let places = 1..=instances.rows.len();
        return Ok(places.map(|place| Name::from(place.to_string().as_str())).collect());
    };
    let column = instances.required_column(variable)?;
    let mut ids = Vec::with_capacity(instances.rows.len());
    let mut place = 0;
    for row in instances.rows {
        match row.get_near(column, &mut place) {
            Some(id) => ids.push(id.clone()),
            None => {
                let message = format!("`row` lacks the identifier `{variable}`");
                return Err(Error::invalid(row.position, "row", message));
            }
        }
    }
    Ok(ids)
}

/// Prepares the comparison of the row with all instances.
fn comparison_with_instances<'d>(
    lowering: &mut Lowering<'d>,
    context: &ModelContext<'d>,
    model: &'d NearestNeighborModel,
    instances: &Instances<'d>,
) -> Result<Comparison> {
    let measure = &model.comparison_measure;
    let aggregate = comparison::aggregate(measure)?;
    let counts = comparison::counts(aggregate);
    let compared = |input: &'d KnnInput| ComparedField {
        position: input.position,
        element: "KNNInput",
        name: &input.field,
        function: input.compare_function.unwrap_or(measure.compare_function),
        weight: input.field_weight,
        scale: None,
    };
    let fields: Vec<ComparedField<'d>> = model.knn_inputs.iter().map(compared).collect();
    let mut values = Vec::with_capacity(fields.len());
    for field in &fields {
        values.push(comparison::compared_value(lowering, context.scope, field)?.operand);
    }
    let types: Vec<DataType> = values.iter().map(|value| value.data_type).collect();
    let constants = instances::prepared_instances(lowering, context, model, instances, &types)?;
    let mut codings = Vec::with_capacity(fields.len());
    for (field, data_type) in fields.iter().zip(types) {
        codings.push(Coding::of(field, data_type, counts)?);
    }
    let mut codes = Vec::with_capacity(constants.len());
    for (constants, row) in constants.into_iter().zip(instances.rows) {
        let mut instance = Vec::with_capacity(constants.len());
        for ((constant, coding), field) in constants.into_iter().zip(&mut codings).zip(&fields) {
            let code = constant.map(|constant| coding.code(constant));
            if counts && code.is_some_and(|code| code != 0.0 && code != 1.0) {
                let message = format!(
                    "`row` has a value of `{}` that is neither 0 nor 1, which `{}` compares",
                    field.name,
                    measure.measure.as_str()
                );
                return Err(Error::invalid(row.position, "row", message));
            }
            instance.push(code);
        }
        codes.push(instance);
    }
    let mut terms = Vec::with_capacity(fields.len());
    for ((field, value), coding) in fields.iter().zip(values).zip(codings) {
        let code = coding::code(&mut lowering.builder, value, coding);
        if counts {
            coding::must_be_binary(&mut lowering.builder, field, code, value.present);
        }
        terms.push(Term {
            function: comparison::Function::Formula(field.formula()?),
            weight: field.checked_weight()?,
            missing_weight: 1.0,
            code,
            present: value.present,
        });
    }
    let functions: Vec<_> = fields.iter().map(|field| field.function).collect();
    let greatest_is_best = comparison::greatest_is_best(lowering, measure, &functions);
    let precision = type_of(context.math());
    Ok(Comparison { precision, aggregate, greatest_is_best, terms, instances: codes })
}

/// Lowers the affinities of the instances that output fields name.
fn named_affinities(
    builder: &mut Builder,
    context: &ModelContext<'_>,
    comparison: &Comparison,
    ids: &[Name],
) -> Result<Vec<(Name, Operand)>> {
    let mut affinities: Vec<(Name, Operand)> = Vec::new();
    for field in context.common.output.iter().flat_map(|output| &output.output_fields) {
        let Some(id) = field.value.as_ref().filter(|_| is_affinity(field.feature)) else { continue };
        let Some(instance) = ids.iter().position(|known| known == id) else { continue };
        if affinities.iter().all(|(known, _)| known != id) {
            let instances = vec![comparison.instances[instance].clone()];
            let one = Comparison { instances, terms: comparison.terms.clone(), ..*comparison };
            let distances = comparison::distances(builder, one, field.position)?;
            affinities.extend(distances.into_iter().map(|distance| (id.clone(), distance)));
        }
    }
    Ok(affinities)
}

/// Lowers the identifier of the nearest instance.
fn entity(builder: &mut Builder, neighbors: &Neighbors, ids: &[Name]) -> Operand {
    let (number, _) = neighbors.all[0];
    let value = id_of(builder, number, ids);
    Operand { value, present: neighbors.present, data_type: DataType::String, is_list: false }
}

/// Looks up the identifier of an instance by its number.
fn id_of(builder: &mut Builder, number: Value, ids: &[Name]) -> Value {
    let ids: Vec<Constant> = ids.iter().map(|id| Constant::String(builder.intern(id))).collect();
    builder.lookup(TableData::new(Type::String, ids), number)
}

/// Returns the neighbors' identifiers and affinities, as lists.
fn neighbor_features(builder: &mut Builder, neighbors: &Neighbors, ids: &[Name]) -> Features {
    let always = builder.bool(true);
    let mut entities = Vec::with_capacity(neighbors.all.len());
    let mut affinities = Vec::with_capacity(neighbors.all.len());
    let strings: Vec<Constant> = ids.iter().map(|id| Constant::String(builder.intern(id))).collect();
    let strings = builder.table(TableData::new(Type::String, strings));
    for (number, affinity) in &neighbors.all {
        entities.push((builder.lookup_in(strings, *number), always));
        affinities.push((*affinity, always));
    }
    let list =
        |value, data_type| Some(Operand { value, present: neighbors.present, data_type, is_list: true });
    let (_, nearest) = neighbors.all[0];
    Features {
        affinity: Some(Operand {
            value: nearest,
            present: neighbors.present,
            data_type: DataType::Double,
            is_list: false,
        }),
        ranked_entities: list(builder.list(&entities), DataType::String),
        ranked_affinities: list(builder.list(&affinities), DataType::Double),
        ..Features::default()
    }
}

/// Returns the greatest rank of a neighbor that an output field of the model asks for, at least 1.
fn ranks(context: &ModelContext<'_>) -> i64 {
    let fields = context.common.output.iter().flat_map(|output| &output.output_fields);
    let of_entity = |feature| {
        is_affinity(feature) || matches!(feature, ResultFeature::EntityId | ResultFeature::ClusterId)
    };
    fields.filter(|field| of_entity(field.feature)).map(|field| field.rank).max().unwrap_or(1)
}

fn is_affinity(feature: ResultFeature) -> bool {
    use ResultFeature::{Affinity, ClusterAffinity, EntityAffinity};
    matches!(feature, Affinity | EntityAffinity | ClusterAffinity)
}
