//! `RuleSetModel`: among the rules whose predicates are true, selects the first, the one with the largest weight, or
//! the label with the largest total weight.
//!
//! A rule applies if its predicate and those of the rules around it are true; unknown counts as false. Weights are
//! constants, so the heaviest rule is the first in order of weight, and all three criteria become chains of selections.
//! If no rule applies, the prediction is the default score, if there is one. A regression predicts the score of the
//! first or heaviest rule as a number.
//!
//! - `firstHit` and `weightedMax` select a rule. The confidence in a label is that of the first or heaviest of its
//!   rules, and the selected rule's distribution gives probabilities.
//! - `weightedSum` selects the label whose rules have the largest total weight; the order of the DataDictionary breaks
//!   ties. The confidence in a label is the sum of its rules' confidences divided by the number of rules that apply.
//!   The entity is the label's heaviest rule.

use super::classification;
use super::context::ModelContext;
use super::prediction::{Distribution, Prediction};
use super::sum::float_constant;
use super::tree::shares;
use crate::document::Name;
use crate::document::data_dictionary::{DataType, Property};
use crate::document::model::MiningFunction;
use crate::document::rule_set_model::{Criterion, Rule, RuleSet, RuleSetModel, SimpleRule};
use crate::document::tree_model::ScoreDistribution;
use crate::error::{Error, Result};
use crate::ir::{Binary, Builder, Constant, TableData, Type, Unary, Value};
use crate::lower::build::guard::Guard;
use crate::lower::build::label::Labels;
use crate::lower::build::numbers;
use crate::lower::build::operand::{Operand, both, type_of};
use crate::lower::convert;
use crate::lower::scope::ScopeId;
use crate::lower::state::Lowering;
use std::collections::HashSet;

/// Maximum number of elements in the tables of one model: labels times rules.
const MAX_ELEMENTS: usize = 1 << 24;

/// A rule and whether it applies to the row.
struct RowRule<'d> {
    rule: &'d SimpleRule,
    /// A bool: whether the rule applies.
    applies: Value,
    label: usize,
}

/// The rules of a model, with whether each applies to the row.
struct RowRules<'d> {
    math: DataType,
    rules: Vec<RowRule<'d>>,
    /// The numbers of the rules in order of preference: of the document, or by descending weight.
    order: Vec<usize>,
    /// For each label, the numbers of the rules that predict it, in that order.
    order_by_label: Vec<Vec<usize>>,
    /// A bool: whether any rule applies.
    any: Value,
    labels: Labels,
    default_label: Option<usize>,
    default_confidence: Option<f64>,
}

/// Lowers a `RuleSetModel`.
pub fn lower<'d>(
    lowering: &mut Lowering<'d>,
    context: &ModelContext<'d>,
    model: &'d RuleSetModel,
) -> Result<Prediction> {
    let rule_set = &model.rule_set;
    let criterion = rule_set.rule_selection_methods.first().map(|method| method.criterion);
    let is_sum = criterion == Some(Criterion::WeightedSum);
    let predicts_number = context.common.function_name == MiningFunction::Regression;
    if !context.classifies() && !predicts_number {
        let message = format!("`RuleSetModel` cannot have the function {}", context.common.function_name);
        return Err(Error::invalid(model.position, "RuleSetModel", message));
    }
    let (names, mut rules) = row_rules(lowering, context, rule_set, criterion)?;
    let confidences = if is_sum {
        mean_confidences(&mut lowering.builder, &rules)
    } else {
        chosen_confidences(lowering, &rules)
    };
    // The label, and the number of its rule; the number after the last rule stands for the default.
    let (winner, number) =
        if is_sum { heaviest_label(lowering, &rules) } else { chosen_rule(lowering, &rules) };
    let named = names.into_iter().map(|name| Constant::String(lowering.builder.intern(&name)));
    let named: Vec<Constant> = named.collect();
    let entity = lowering.builder.lookup(TableData::new(Type::String, named), number);
    let entity_id = Operand::optional(entity, rules.any, DataType::String);
    if predicts_number {
        return number_of_rule(lowering, context, &rules, winner, entity_id);
    }
    let probabilities = if is_sum {
        Vec::new()
    } else {
        rule_probabilities(&mut lowering.builder, &mut rules, rule_set, number)?
    };
    let present = rules.default_label.is_none().then_some(rules.any);
    let labels = rules.labels.names().to_vec();
    let distribution = Distribution { labels, winner, present, probabilities, confidences };
    classification::classification(lowering, context, distribution, Some(entity_id))
}

/// Builds the prediction of a number: the score of the selected rule, or the default, given its label.
fn number_of_rule<'d>(
    lowering: &mut Lowering<'d>,
    context: &ModelContext<'d>,
    rules: &RowRules<'d>,
    label: Value,
    entity_id: Operand,
) -> Result<Prediction> {
    let present = rules.default_label.is_none().then_some(rules.any);
    let scores =
        classification::scores(lowering, context, rules.labels.names(), DataType::Double, label, present);
    let value = lowering.builder.lookup(TableData::new(Type::F64, scores), label);
    let value = Operand { value, present, data_type: DataType::Double, is_list: false };
    let value = convert::cast(lowering, value, context.math(), context.position, context.element)?;
    let target = context.target.map(|target| target.name.clone());
    Ok(Prediction { entity_id: Some(entity_id), ..Prediction::number(target, value) })
}

/// Lowers the rules in document order, with their names: `id`, or the place, counting from 1.
fn row_rules<'d>(
    lowering: &mut Lowering<'d>,
    context: &ModelContext<'d>,
    rule_set: &'d RuleSet,
    criterion: Option<Criterion>,
) -> Result<(Vec<Name>, RowRules<'d>)> {
    let mut rules = Vec::new();
    let is_first_hit = criterion == Some(Criterion::FirstHit);
    lowering.guarded([], |lowering| {
        collect_rules(lowering, context.scope, &rule_set.rules, None, is_first_hit, &mut rules)
    })?;
    let (mut names, mut known) = (Vec::with_capacity(rules.len()), HashSet::new());
    for (number, (rule, _)) in rules.iter().enumerate() {
        let name = rule.id.clone().unwrap_or_else(|| Name::from((number + 1).to_string().as_str()));
        if !known.insert(name.clone()) {
            let message = format!("there is a second `SimpleRule` with the name `{name}`");
            return Err(Error::invalid(rule.position, "SimpleRule", message));
        }
        if !(rule.weight.is_finite() && rule.confidence.is_finite()) {
            let message =
                format!("the weight and the confidence of the `SimpleRule` `{name}` must be finite");
            return Err(Error::invalid(rule.position, "SimpleRule", message));
        }
        names.push(name);
    }
    let mut labels = labels_in_order(&mut lowering.builder, context, rule_set, &rules);
    let mut row_rules = Vec::with_capacity(rules.len());
    let mut any = lowering.builder.bool(false);
    for (rule, applies) in rules {
        any = lowering.builder.or(any, applies);
        row_rules.push(RowRule {
            rule,
            applies,
            label: labels.number(&mut lowering.builder, &rule.score) as usize,
        });
    }
    let mut order: Vec<usize> = (0..row_rules.len()).collect();
    if criterion != Some(Criterion::FirstHit) {
        // The sort is stable: document order breaks ties.
        order.sort_by(|left, right| row_rules[*right].rule.weight.total_cmp(&row_rules[*left].rule.weight));
    }
    let default_label =
        rule_set.default_score.as_ref().map(|score| labels.number(&mut lowering.builder, score) as usize);
    let mut order_by_label = vec![Vec::new(); labels.len()];
    for number in &order {
        order_by_label[row_rules[*number].label].push(*number);
    }
    let rules = RowRules {
        math: context.math(),
        rules: row_rules,
        order,
        order_by_label,
        any,
        labels,
        default_label,
        default_confidence: rule_set.default_confidence,
    };
    Ok((names, rules))
}

/// Flattens rules, each with the bool that says whether it applies. Under `firstHit` a rule is only evaluated if none
/// before it applies; the guards for this stay on the stack, and the caller removes them.
fn collect_rules<'d>(
    lowering: &mut Lowering<'d>,
    scope: ScopeId,
    rules: &'d [Rule],
    around: Option<Value>,
    is_first_hit: bool,
    found: &mut Vec<(&'d SimpleRule, Value)>,
) -> Result<()> {
    for rule in rules {
        let predicate = match rule {
            Rule::SimpleRule(rule) => &rule.predicate,
            Rule::CompoundRule(rule) => &rule.predicate,
        };
        let around_it = around.map(Guard::True);
        let is_true = lowering.guarded(around_it, |lowering| lowering.predicate(scope, predicate))?.is_true;
        let applies = both(&mut lowering.builder, around, Some(is_true)).unwrap_or(is_true);
        match rule {
            Rule::SimpleRule(rule) => {
                found.push((rule, applies));
                lowering.guards.extend(is_first_hit.then_some(Guard::Not(applies)));
            }
            Rule::CompoundRule(compound) => {
                lowering.nested(compound.position, "CompoundRule", |lowering| {
                    collect_rules(lowering, scope, &compound.rules, Some(applies), is_first_hit, found)
                })?;
            }
        }
    }
    Ok(())
}

/// Returns the labels that the document mentions: in the order of the target's valid values, then the others in order
/// of appearance.
fn labels_in_order(
    builder: &mut Builder,
    context: &ModelContext<'_>,
    rule_set: &RuleSet,
    rules: &[(&SimpleRule, Value)],
) -> Labels {
    let mut all = Labels::new(context.label_type());
    for (rule, _) in rules {
        let distribution = rule.score_distributions.iter().map(|entry| &entry.value);
        for label in std::iter::once(&rule.score).chain(distribution) {
            all.number(builder, label);
        }
    }
    let distribution = rule_set.score_distributions.iter().map(|entry| &entry.value);
    for label in rule_set.default_score.iter().chain(distribution) {
        all.number(builder, label);
    }
    let mentioned = all.names().to_vec();
    let mut labels = Labels::new(context.label_type());
    let values = context.target.iter().flat_map(|target| &target.values);
    for value in values.filter(|value| value.property == Property::Valid) {
        if (all.number(builder, &value.value) as usize) < mentioned.len() {
            labels.number(builder, &value.value);
        }
    }
    for label in &mentioned {
        labels.number(builder, label);
    }
    labels
}

/// Selects the value that `stands_for` returns for the first rule that applies, in the given order; `otherwise` if none
/// does.
fn first_applying<'d>(
    lowering: &mut Lowering<'d>,
    rules: &RowRules<'d>,
    order: &[usize],
    otherwise: Value,
    stands_for: impl Fn(&mut Lowering<'d>, usize) -> Value,
) -> Value {
    order.iter().rev().fold(otherwise, |result, number| {
        let value = stands_for(lowering, *number);
        lowering.builder.select(rules.rules[*number].applies, value, result)
    })
}

/// Selects a rule; returns its label and its number.
fn chosen_rule<'d>(lowering: &mut Lowering<'d>, rules: &RowRules<'d>) -> (Value, Value) {
    let none = lowering.builder.i64(rules.rules.len() as i64);
    let number = first_applying(lowering, rules, &rules.order, none, |lowering, number| {
        lowering.builder.i64(number as i64)
    });
    let labels = rules.rules.iter().map(|rule| rule.label).chain(rules.default_label);
    let labels = labels.map(|label| Constant::I64(label as i64));
    (lowering.builder.lookup(TableData::new(Type::I64, labels), number), number)
}

/// Selects the label with the largest total weight; returns it and its heaviest rule.
fn heaviest_label<'d>(lowering: &mut Lowering<'d>, rules: &RowRules<'d>) -> (Value, Value) {
    let zero = numbers::constant(&mut lowering.builder, 0.0, rules.math);
    let none = lowering.builder.i64(rules.rules.len() as i64);
    let mut winner = lowering.builder.i64(rules.default_label.unwrap_or(0) as i64);
    let (mut found, mut largest, mut number) = (lowering.builder.bool(false), zero, none);
    for (label, order) in rules.order_by_label.iter().enumerate() {
        let mut applies = lowering.builder.bool(false);
        for number in order {
            applies = lowering.builder.or(applies, rules.rules[*number].applies);
        }
        let total = total_of_rules(&mut lowering.builder, rules, order, |rule| rule.weight);
        let heaviest = first_applying(lowering, rules, order, none, |lowering, number| {
            lowering.builder.i64(number as i64)
        });
        let builder = &mut lowering.builder;
        let is_first = builder.not(found);
        let is_larger = builder.binary(Binary::Greater, total, largest);
        let is_better = builder.or(is_first, is_larger);
        let is_better = builder.and(applies, is_better);
        let label = builder.i64(label as i64);
        winner = builder.select(is_better, label, winner);
        largest = builder.select(is_better, total, largest);
        number = builder.select(is_better, heaviest, number);
        found = builder.or(found, applies);
    }
    (winner, number)
}

/// Sums a quantity over the rules that apply, in document order.
fn total_of_rules(
    builder: &mut Builder,
    rules: &RowRules<'_>,
    order: &[usize],
    quantity: impl Fn(&SimpleRule) -> f64,
) -> Value {
    let zero = numbers::constant(builder, 0.0, rules.math);
    let mut in_document_order = order.to_vec();
    in_document_order.sort_unstable();
    let mut total = None;
    for number in in_document_order {
        let rule = &rules.rules[number];
        let quantity = numbers::constant(builder, quantity(rule.rule), rules.math);
        let term = builder.select(rule.applies, quantity, zero);
        total = Some(match total {
            None => term,
            Some(total) => builder.binary(Binary::Add, total, term),
        });
    }
    total.unwrap_or(zero)
}

/// Returns the confidence in each label if one rule is selected: that of the first or heaviest rule that predicts it.
fn chosen_confidences<'d>(lowering: &mut Lowering<'d>, rules: &RowRules<'d>) -> Vec<Operand> {
    let zero = numbers::constant(&mut lowering.builder, 0.0, rules.math);
    let mut confidences = Vec::with_capacity(rules.order_by_label.len());
    for (label, order) in rules.order_by_label.iter().enumerate() {
        let value = first_applying(lowering, rules, order, zero, |lowering, number| {
            numbers::constant(&mut lowering.builder, rules.rules[number].rule.confidence, rules.math)
        });
        confidences.push(or_default_confidence(&mut lowering.builder, rules, label, value));
    }
    confidences
}

/// Returns the confidence in each label under `weightedSum`: the sum of its rules' confidences divided by the number of
/// rules that apply.
fn mean_confidences(builder: &mut Builder, rules: &RowRules<'_>) -> Vec<Operand> {
    let mut count = builder.i64(0);
    for rule in &rules.rules {
        let one = builder.unary(Unary::BoolToI64, rule.applies);
        count = builder.binary(Binary::Add, count, one);
    }
    let count = match type_of(rules.math) {
        Type::F32 => builder.unary(Unary::I64ToF32, count),
        _ => builder.unary(Unary::I64ToF64, count),
    };
    let mut confidences = Vec::with_capacity(rules.order_by_label.len());
    for (label, order) in rules.order_by_label.iter().enumerate() {
        let total = total_of_rules(builder, rules, order, |rule| rule.confidence);
        let value = builder.binary(Binary::Divide, total, count);
        confidences.push(or_default_confidence(builder, rules, label, value));
    }
    confidences
}

/// Returns a confidence if a rule applies, else the confidence in the default score, or zero.
fn or_default_confidence(builder: &mut Builder, rules: &RowRules<'_>, label: usize, value: Value) -> Operand {
    let is_default = rules.default_label == Some(label);
    let default = if is_default { rules.default_confidence } else { Some(0.0) };
    let otherwise = numbers::constant(builder, default.unwrap_or(0.0), rules.math);
    let value = builder.select(rules.any, value, otherwise);
    let is_known = rules.default_label.is_some() && default.is_some();
    let present = (!is_known).then_some(rules.any);
    Operand { value, present, data_type: rules.math, is_list: false }
}

/// Looks up the probabilities of the selected rule, or of the whole set if none applies. Returns no probabilities if
/// the document has no distributions.
fn rule_probabilities(
    builder: &mut Builder,
    rules: &mut RowRules<'_>,
    rule_set: &RuleSet,
    number: Value,
) -> Result<Vec<Operand>> {
    let math = rules.math;
    let of_default: &[ScoreDistribution] = match rules.default_label {
        Some(_) => &rule_set.score_distributions,
        None => &[],
    };
    let distributions = rules.rules.iter().map(|rule| rule.rule.score_distributions.as_slice());
    let distributions: Vec<&[ScoreDistribution]> = distributions.chain([of_default]).collect();
    if distributions.iter().all(|distribution| distribution.is_empty()) {
        return Ok(Vec::new());
    }
    if distributions.len().saturating_mul(rules.labels.len()) > MAX_ELEMENTS {
        let message = format!("{} labels of {} rules are too many", rules.labels.len(), distributions.len());
        return Err(Error::Limit { position: rule_set.position, message });
    }
    let zero = float_constant(0.0, math);
    let mut columns = vec![vec![zero; distributions.len()]; rules.labels.len()];
    let mut distributed = Vec::with_capacity(distributions.len());
    for (row, distribution) in distributions.iter().enumerate() {
        let shares = shares(distribution, math)?;
        distributed.push(Constant::Bool(!shares.is_empty()));
        for (entry, share) in distribution.iter().zip(shares) {
            let label = rules.labels.number(builder, &entry.value) as usize;
            columns[label][row] = float_constant(share, math);
        }
    }
    let present = Some(builder.lookup(TableData::new(Type::Bool, distributed), number));
    let operands = columns.into_iter().map(|column| {
        let value = builder.lookup(TableData::new(type_of(math), column), number);
        Operand { value, present, data_type: math, is_list: false }
    });
    Ok(operands.collect())
}
