//! The features of association rules that output fields return.
//!
//! The attributes of an output field select rules: those that the transaction satisfies (`algorithm`), sorted
//! (`rankBasis`, `rankOrder`; ties stay in document order). The field takes one of them (`rank`) or, if
//! `isMultiValued`, the first few. The antecedent or consequent of one rule is a list of items; those of several rules
//! are a list of strings such as `[A, B]`.

use super::rule::{Choice, Data, Rule, RuleTable, Rules};
use crate::document::data_dictionary::DataType;
use crate::document::output::{OutputField, RankBasis, ResultFeature, RuleAlgorithm, RuleFeature};
use crate::error::{Error, Result};
use crate::ir::{Builder, Function, Value};
use crate::lower::build::lists;
use crate::lower::build::operand::Operand;
use crate::lower::state::Lowering;
use pmml_runtime::context::association_rules::{ANTECEDENT, WITH_CONSEQUENT, WITHOUT_CONSEQUENT};

/// Returns the feature of rules that an output field asks for, or `None` if it asks for something else.
pub fn rule_feature(output: &OutputField) -> Option<RuleFeature> {
    Some(match output.feature {
        ResultFeature::RuleValue => output.rule_feature,
        ResultFeature::Antecedent => RuleFeature::Antecedent,
        ResultFeature::Consequent => RuleFeature::Consequent,
        ResultFeature::Rule => RuleFeature::Rule,
        ResultFeature::RuleId | ResultFeature::EntityId => RuleFeature::RuleId,
        ResultFeature::Confidence => RuleFeature::Confidence,
        ResultFeature::Support => RuleFeature::Support,
        ResultFeature::Lift => RuleFeature::Lift,
        ResultFeature::Leverage => RuleFeature::Leverage,
        ResultFeature::Affinity => RuleFeature::Affinity,
        _ => return None,
    })
}

/// Returns the figure that a feature stands for, or `None` if the feature is not a number.
fn figure_of(feature: RuleFeature) -> Option<RankBasis> {
    match feature {
        RuleFeature::Antecedent | RuleFeature::Consequent | RuleFeature::Rule | RuleFeature::RuleId => None,
        RuleFeature::Confidence => Some(RankBasis::Confidence),
        RuleFeature::Support => Some(RankBasis::Support),
        RuleFeature::Lift => Some(RankBasis::Lift),
        RuleFeature::Leverage => Some(RankBasis::Leverage),
        RuleFeature::Affinity => Some(RankBasis::Affinity),
    }
}

/// Lowers an output field that asks for a feature of rules. Fails if its rank is out of range, or if a rule lacks the
/// figure by which they are ranked.
pub fn lower(
    lowering: &mut Lowering<'_>,
    output: &OutputField,
    rules: &Rules,
    feature: RuleFeature,
) -> Result<Operand> {
    if output.rank < 0 || output.rank == 0 && !output.is_multi_valued {
        let message = format!("`OutputField` `{}` has the rank {}", output.name, output.rank);
        return Err(Error::invalid(output.position, "OutputField", message));
    }
    let (basis, order) = (output.rank_basis, output.rank_order);
    if let Some(rule) = rules.table.rules().iter().find(|rule| rule.figure(basis).is_none()) {
        let message = format!(
            "`AssociationRule` lacks the attribute `{basis}`, by which `OutputField` `{}` ranks the rules",
            output.name
        );
        return Err(Error::invalid(rule.position, "AssociationRule", message));
    }
    let is_list = output.is_multi_valued;
    let choice = Choice { algorithm: output.algorithm, basis, order, rank: output.rank, is_list };
    let operand = of_rules(&mut lowering.builder, rules, choice, feature)?;
    if let Some(data_type) = output.data_type
        && operand.is_list
        && data_type != operand.data_type
    {
        let message = format!(
            "`OutputField` `{}` has the type {data_type}, but the items of its list stay of the type {}",
            output.name, operand.data_type
        );
        lowering.warn(output.position, "OutputField", message);
    }
    Ok(operand)
}

/// Returns a feature of the rules that `choice` selects: of one rule, or the list of all.
pub(super) fn of_rules(
    builder: &mut Builder,
    rules: &Rules,
    choice: Choice,
    feature: RuleFeature,
) -> Result<Operand> {
    let numbers = chosen(builder, rules, choice)?;
    let is_set = matches!(feature, RuleFeature::Antecedent | RuleFeature::Consequent);
    if is_set && !choice.is_list {
        let number = lists::ranked(builder, numbers, choice.rank);
        let items = rule_data(builder, &rules.table, Data::Items(feature))?;
        let value = builder.call(Function::ArrayPart, &[items, number.value]);
        return Ok(Operand { value, data_type: DataType::String, is_list: true, ..number });
    }
    let (values, data_type) = match figure_of(feature) {
        None => {
            let strings = rule_data(builder, &rules.table, Data::Strings(feature))?;
            (builder.call(Function::ArrayPick, &[strings, numbers.value]), DataType::String)
        }
        Some(basis) => {
            let places = rule_data(builder, &rules.table, Data::Places(basis))?;
            let places = builder.call(Function::ArrayPick, &[places, numbers.value]);
            let figures = rule_data(builder, &rules.table, Data::Figures(basis))?;
            (builder.call(Function::ArrayPick, &[figures, places]), DataType::Double)
        }
    };
    let values = Operand { value: values, data_type, ..numbers };
    Ok(if choice.is_list { values } else { lists::ranked(builder, values, choice.rank) })
}

/// Returns the numbers of the rules that `choice` selects, best first, as a list of integers.
fn chosen(builder: &mut Builder, rules: &Rules, choice: Choice) -> Result<Operand> {
    let Choice { algorithm, basis, order, rank, .. } = choice;
    let selection = match algorithm {
        RuleAlgorithm::Recommendation => ANTECEDENT,
        RuleAlgorithm::ExclusiveRecommendation => WITHOUT_CONSEQUENT,
        RuleAlgorithm::RuleAssociation => WITH_CONSEQUENT,
    };
    let selection = builder.i64(selection);
    let packed = rule_data(builder, &rules.table, Data::Rules(basis, order))?;
    let mut places = builder.call(Function::MatchingRules, &[packed, rules.items.value, selection]);
    if rank > 0 {
        let rank = builder.i64(rank);
        places = builder.call(Function::ListFirst, &[places, rank]);
    }
    let order = rule_data(builder, &rules.table, Data::Order(basis, order))?;
    let value = builder.call(Function::ArrayPick, &[order, places]);
    Ok(Operand { value, data_type: DataType::Integer, is_list: true, ..rules.items })
}

/// Returns the number of the program's array with some data about the rules, interning the array on first use.
fn rule_data(builder: &mut Builder, table: &RuleTable, data: Data) -> Result<Value> {
    if let Some(known) = table.known_array(data) {
        return Ok(builder.i64(known));
    }
    let words: Vec<u64> = match data {
        Data::Rules(basis, order) => table.packed(basis, order),
        Data::Order(basis, order) => table.ranked(basis, order).map(|number| number as u64).collect(),
        Data::Figures(basis) => {
            table.rules().iter().filter_map(|rule| Some(rule.figure(basis)?.to_bits())).collect()
        }
        Data::Places(basis) => {
            let mut places = 0..;
            let mut place = |rule: &Rule| rule.figure(basis).and_then(|_| places.next()).unwrap_or(u64::MAX);
            table.rules().iter().map(&mut place).collect()
        }
        Data::Strings(feature) => {
            let strings = table.strings(|rule, text| write_rule(table, rule, feature, text))?;
            strings.iter().map(|string| u64::from(builder.intern(string).number())).collect()
        }
        Data::Items(feature) => {
            let strings: Vec<u64> =
                table.items().iter().map(|item| u64::from(builder.intern(item).number())).collect();
            let items = |rule: &Rule| side(rule, feature).iter().map(|item| strings[*item]).collect();
            let parts: Vec<Vec<u64>> = table.rules().iter().map(items).collect();
            pmml_runtime::context::arrays::parts(&parts)
        }
    };
    let number = builder.intern_array(&words);
    table.remember_array(data, number);
    Ok(builder.i64(number))
}

/// Returns the items of a rule's antecedent or consequent.
fn side(rule: &Rule, feature: RuleFeature) -> &[usize] {
    match feature {
        RuleFeature::Antecedent => &rule.antecedent,
        _ => &rule.consequent,
    }
}

/// Appends the string that a feature of a rule is shown as.
fn write_rule(table: &RuleTable, rule: &Rule, feature: RuleFeature, text: &mut String) {
    match feature {
        RuleFeature::Rule => {
            text.push('{');
            table.write(&rule.antecedent, ",", text);
            text.push_str("}->{");
            table.write(&rule.consequent, ",", text);
            text.push('}');
        }
        RuleFeature::Antecedent | RuleFeature::Consequent => {
            text.push('[');
            table.write(side(rule, feature), ", ", text);
            text.push(']');
        }
        _ => text.push_str(&rule.id),
    }
}
