//! The category that machines vote for (section "Scoring Algorithm").
//!
//! A machine with two categories votes for its `targetCategory` if its value is below the threshold, or under `maxWins`
//! above it; else for its `alternateTargetCategory`. Such a machine is the only one of a binary model, whatever the
//! `classificationMethod`, or one of many (`OneAgainstOne`). Of several machines with one category each
//! (`OneAgainstAll`) the smallest value wins, or under `maxWins` the largest. `OneAgainstAll` is the default, except
//! that a model with one machine for each pair of categories, as those of R's kernlab, is `OneAgainstOne`.
//!
//! In PMML 3 the value of a binary model's machine, rounded, was 1 for its `targetCategory` and 0 for the model's
//! `alternateBinaryTargetCategory`.

use crate::document::Name;
use crate::document::data_dictionary::{DataType, Property};
use crate::document::support_vector_machine_model::{
    ClassificationMethod, SupportVectorMachine, SupportVectorMachineModel,
};
use crate::error::{Error, Result};
use crate::ir::{Binary, Builder, Unary, Value};
use crate::lower::build::label::{self, Labels};
use crate::lower::build::numbers;
use crate::lower::build::operand::{Operand, all_present};
use crate::lower::model::context::ModelContext;
use crate::lower::model::prediction::Distribution;
use crate::lower::state::Lowering;
use std::collections::HashSet;

/// Lowers the votes of a model's machines, given their values.
pub(super) fn lower<'d>(
    lowering: &mut Lowering<'d>,
    context: &ModelContext<'d>,
    model: &'d SupportVectorMachineModel,
    values: &[Operand],
) -> Result<Distribution> {
    let machines = model.support_vector_machines.as_slice();
    let method = match model.classification_method {
        Some(method) => method,
        None if machines.len() > 1 && has_machine_per_pair(&mut lowering.builder, context, machines)? => {
            let message = "`SupportVectorMachineModel` has a machine for each pair of categories, but no \
                     `classificationMethod`: it is read as OneAgainstOne";
            lowering.warn(context.position, context.element, message);
            ClassificationMethod::OneAgainstOne
        }
        None => ClassificationMethod::OneAgainstAll,
    };
    match (method, machines) {
        (ClassificationMethod::OneAgainstAll, [_, _, ..]) => {
            one_against_all(&mut lowering.builder, context, model, values)
        }
        _ => one_against_one(&mut lowering.builder, context, model, values),
    }
}

/// Returns whether there is exactly one machine for each pair of categories.
fn has_machine_per_pair(
    builder: &mut Builder,
    context: &ModelContext<'_>,
    machines: &[SupportVectorMachine],
) -> Result<bool> {
    let mut labels = Labels::new(context.label_type());
    let mut pairs = HashSet::with_capacity(machines.len());
    for machine in machines {
        let Some(alternate) = &machine.alternate_target_category else { return Ok(false) };
        let target = labels.number(builder, target_category(machine)?);
        let alternate = labels.number(builder, alternate);
        pairs.insert((target.min(alternate), target.max(alternate)));
    }
    let pair_count = labels.len() * (labels.len() - 1) / 2;
    Ok(pairs.len() == machines.len() && machines.len() == pair_count)
}

/// Lowers a model in which each machine has one category: the extreme value wins; document order breaks ties. Fails if
/// two machines have the same category.
fn one_against_all(
    builder: &mut Builder,
    context: &ModelContext<'_>,
    model: &SupportVectorMachineModel,
    values: &[Operand],
) -> Result<Distribution> {
    let mut labels = Labels::new(context.label_type());
    for (number, machine) in model.support_vector_machines.iter().enumerate() {
        let target = target_category(machine)?;
        if labels.number(builder, target) as usize != number {
            let message = format!("there is a second `SupportVectorMachine` about `{target}`");
            return Err(Error::invalid(machine.position, "SupportVectorMachine", message));
        }
    }
    let comparison = if model.max_wins { Binary::Greater } else { Binary::Less };
    let mut winner = builder.i64(0);
    let mut best = None;
    for (number, value) in values.iter().enumerate() {
        best = Some(match best {
            None => value.value,
            Some(best) => {
                let better = builder.binary(comparison, value.value, best);
                let number = builder.i64(number as i64);
                winner = builder.select(better, number, winner);
                builder.select(better, value.value, best)
            }
        });
    }
    Ok(Distribution {
        labels: labels.names().to_vec(),
        winner,
        present: all_present(builder, values),
        probabilities: Vec::new(),
        confidences: Vec::new(),
    })
}

/// Lowers a model in which each machine votes for one of two categories. Ties go to the category that was first voted
/// for; a category's probability is its share of the votes.
fn one_against_one(
    builder: &mut Builder,
    context: &ModelContext<'_>,
    model: &SupportVectorMachineModel,
    values: &[Operand],
) -> Result<Distribution> {
    let mut labels = Labels::new(context.label_type());
    let mut votes: Vec<Votes> = Vec::new();
    let machines = model.support_vector_machines.iter().zip(values);
    for (place, (machine, value)) in machines.enumerate() {
        let target = target_category(machine)?;
        let alternate = alternate_category(builder, context, model, machine, target)?;
        let for_target = votes_for_target(builder, context, model, machine, *value);
        let for_alternate = builder.not(for_target);
        for (label, voted) in [(target, for_target), (alternate, for_alternate)] {
            let number = labels.number(builder, label) as usize;
            if number == votes.len() {
                votes.push(Votes::none(builder));
            }
            votes[number].add(builder, voted, place);
        }
    }
    let winner = Votes::winner(builder, &votes);
    let present = all_present(builder, values);
    let data_type = context.math();
    let all = numbers::constant(builder, values.len() as f64, data_type);
    let to_number = match data_type {
        DataType::Float => Unary::I64ToF32,
        _ => Unary::I64ToF64,
    };
    let share = |votes: &Votes| {
        let count = builder.unary(to_number, votes.count);
        let value = builder.binary(Binary::Divide, count, all);
        Operand { value, present, data_type, is_list: false }
    };
    let probabilities = votes.iter().map(share).collect();
    let labels = labels.names().to_vec();
    Ok(Distribution { labels, winner, present, probabilities, confidences: Vec::new() })
}

/// Returns the category that a machine votes for if not for its `targetCategory`. If a binary model does not name it,
/// it is the target's other value. Fails if there is no such value.
fn alternate_category<'d>(
    builder: &mut Builder,
    context: &ModelContext<'d>,
    model: &'d SupportVectorMachineModel,
    machine: &'d SupportVectorMachine,
    target: &'d Name,
) -> Result<&'d Name> {
    if let Some(alternate) = &machine.alternate_target_category {
        return Ok(alternate);
    }
    let is_binary = model.support_vector_machines.len() == 1;
    if is_binary && let Some(alternate) = &model.alternate_binary_target_category {
        return Ok(alternate);
    }
    let declared = context.target.filter(|_| is_binary).map(|target| target.values.as_slice());
    let valid = declared.unwrap_or_default().iter().filter(|value| value.property == Property::Valid);
    let (mut own, mut others) = (0, Vec::new());
    for value in valid {
        if label::same_label(builder, &value.value, target, context.label_type()) {
            own += 1
        } else {
            others.push(&value.value)
        }
    }
    match (own, others.as_slice()) {
        (1, [other]) => Ok(other),
        _ => {
            let message = "`SupportVectorMachine` lacks the attribute `alternateTargetCategory`";
            Err(Error::invalid(machine.position, "SupportVectorMachine", message))
        }
    }
}

/// Returns a bool: whether a machine votes for its `targetCategory`.
fn votes_for_target(
    builder: &mut Builder,
    context: &ModelContext<'_>,
    model: &SupportVectorMachineModel,
    machine: &SupportVectorMachine,
    value: Operand,
) -> Value {
    let rounds =
        machine.alternate_target_category.is_none() && model.alternate_binary_target_category.is_some();
    let (comparison, threshold) = match (rounds, model.max_wins) {
        (true, _) => (Binary::GreaterOrEqual, 0.5),
        (false, true) => (Binary::Greater, machine.threshold.unwrap_or(model.threshold)),
        (false, false) => (Binary::Less, machine.threshold.unwrap_or(model.threshold)),
    };
    let threshold = numbers::constant(builder, threshold, context.math());
    builder.binary(comparison, value.value, threshold)
}

/// Returns the category of a machine. Fails if it has none.
fn target_category(machine: &SupportVectorMachine) -> Result<&Name> {
    machine.target_category.as_ref().ok_or_else(|| {
        let message = "`SupportVectorMachine` of a classification lacks the attribute `targetCategory`";
        Error::invalid(machine.position, "SupportVectorMachine", message)
    })
}

/// The votes for a category.
#[derive(Clone, Copy)]
struct Votes {
    /// The number of votes, as `i64`.
    count: Value,
    /// The place of the first vote, as `i64`; `i64::MAX` if there is none.
    first: Value,
}

impl Votes {
    /// Returns the votes of a category that nothing has voted for.
    fn none(builder: &mut Builder) -> Self {
        Self { count: builder.i64(0), first: builder.i64(i64::MAX) }
    }

    /// Adds the vote of the machine at a place, if `voted` is true.
    fn add(&mut self, builder: &mut Builder, voted: Value, place: usize) {
        let vote = builder.unary(Unary::BoolToI64, voted);
        self.count = builder.binary(Binary::Add, self.count, vote);
        let never = builder.i64(i64::MAX);
        let is_first = builder.binary(Binary::Equal, self.first, never);
        let is_first = builder.and(is_first, voted);
        let place = builder.i64(place as i64);
        self.first = builder.select(is_first, place, self.first);
    }

    /// Returns the number of the category with the most votes, as `i64`; ties go to the one that was first voted for.
    fn winner(builder: &mut Builder, votes: &[Votes]) -> Value {
        let mut winner = builder.i64(0);
        let Some((mut best, others)) = votes.split_first().map(|(first, others)| (*first, others)) else {
            return winner;
        };
        for (number, votes) in others.iter().enumerate() {
            let more = builder.binary(Binary::Greater, votes.count, best.count);
            let as_many = builder.binary(Binary::Equal, votes.count, best.count);
            let earlier = builder.binary(Binary::Less, votes.first, best.first);
            let earlier = builder.and(as_many, earlier);
            let better = builder.or(more, earlier);
            let number = builder.i64(number as i64 + 1);
            winner = builder.select(better, number, winner);
            best = Votes {
                count: builder.select(better, votes.count, best.count),
                first: builder.select(better, votes.first, best.first),
            };
        }
        winner
    }
}
