//! `RuleSetModel`: of the rules whose predicates are true, the first, the heaviest, or the label that weighs most in all.
//!
//! A rule applies where its predicate and those around it are true; an unknown predicate is none. Weights are constants,
//! so that the heaviest rule is the first of the rules in order of their weights, and all three criteria come down to
//! chains of selections. Where no rule applies the default score is the prediction, if there is one. The score of the first
//! or heaviest rule may also be a number, that of a regression.
//!
//! - `firstHit` and `weightedMax` choose a rule. The confidence in a label is that of the first or heaviest of its rules,
//!   and the chosen rule's distribution gives probabilities.
//! - `weightedSum` chooses the label whose rules have the largest total weight, of equals the first in the order of the
//!   DataDictionary. The confidence in a label is that of its rules, added up, divided by the number of rules that apply.
//!   The label's heaviest rule is the one that is named.

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

/// How many elements the tables of one model may have: labels times rules.
const MAX_ELEMENTS: usize = 1 << 24;

/// A rule of a row: what the document says of it, and whether it applies.
struct RowRule<'d> {
    rule: &'d SimpleRule,
    /// A bool.
    applies: Value,
    label: usize,
}

/// The rules of a row, and what is known of all of them.
struct RowRules<'d> {
    math: DataType,
    rules: Vec<RowRule<'d>>,
    /// The numbers of the rules in the order in which they are chosen from.
    order: Vec<usize>,
    /// For each label, the numbers of the rules that predict it, in that order.
    order_by_label: Vec<Vec<usize>>,
    /// A bool: some rule applies.
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
    // The label, and the rule that it comes from: past the last rule, the default.
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

/// Returns the score of the chosen rule, or the default, as a number: that of the label with a number.
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

/// Returns the rules in document order with their names: `id`, or the place, counting from 1.
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
            let message = format!("there is another `SimpleRule` of the name `{name}`");
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
        // Of equals the first in the document stays first.
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

/// Flattens rules, each with the bool that says whether it applies. Under `firstHit` no rule is looked at behind one
/// that applies: guards say so, which the caller takes away.
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

/// Returns the labels that the document speaks of: in the order of the target's valid values, then others as they come.
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
    let spoken_of = all.names().to_vec();
    let mut labels = Labels::new(context.label_type());
    let values = context.target.iter().flat_map(|target| &target.values);
    for value in values.filter(|value| value.property == Property::Valid) {
        if (all.number(builder, &value.value) as usize) < spoken_of.len() {
            labels.number(builder, &value.value);
        }
    }
    for label in &spoken_of {
        labels.number(builder, label);
    }
    labels
}

/// Returns what the first rule that applies stands for, of some rules in the order in which they are chosen from.
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

/// Returns the rule that is chosen, and its label.
fn chosen_rule<'d>(lowering: &mut Lowering<'d>, rules: &RowRules<'d>) -> (Value, Value) {
    let none = lowering.builder.i64(rules.rules.len() as i64);
    let number = first_applying(lowering, rules, &rules.order, none, |lowering, number| {
        lowering.builder.i64(number as i64)
    });
    let labels = rules.rules.iter().map(|rule| rule.label).chain(rules.default_label);
    let labels = labels.map(|label| Constant::I64(label as i64));
    (lowering.builder.lookup(TableData::new(Type::I64, labels), number), number)
}

/// Returns the label with the largest total weight, and its heaviest rule.
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

/// Returns a quantity of those of some rules that apply, added up in document order.
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

/// Returns the confidence in each label where one rule is chosen: that of the first or heaviest rule that predicts it.
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

/// Returns the confidence in each label where weights are added up.
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

/// Returns a confidence where a rule applies; elsewhere that in the default score, or zero.
fn or_default_confidence(builder: &mut Builder, rules: &RowRules<'_>, label: usize, value: Value) -> Operand {
    let is_default = rules.default_label == Some(label);
    let default = if is_default { rules.default_confidence } else { Some(0.0) };
    let otherwise = numbers::constant(builder, default.unwrap_or(0.0), rules.math);
    let value = builder.select(rules.any, value, otherwise);
    let is_known = rules.default_label.is_some() && default.is_some();
    let present = (!is_known).then_some(rules.any);
    Operand { value, present, data_type: rules.math, is_list: false }
}

/// Returns the probabilities that the chosen rule's distribution gives, or where none applies that of the whole set;
/// none where the document has no distributions.
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
