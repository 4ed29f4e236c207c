//! The rules, as constant data: each with the numbers of its items, ranked by any of its figures.

use crate::document::Name;
use crate::document::association_model::{AssociationModel, AssociationRule, Itemset};
use crate::document::output::{RankBasis, RankOrder, RuleAlgorithm, RuleFeature};
use crate::error::{Error, Position, Result};
use crate::lower::build::operand::Operand;
use pmml_runtime::context::association_rules;
use std::cell::RefCell;
use std::collections::{HashMap, HashSet};
use std::fmt::Write;
use std::rc::Rc;

/// Association rules, and what a row has of their items.
#[derive(Clone, Debug)]
pub struct Rules {
    /// The numbers of the items that the row has, a list of integers.
    pub items: Operand,
    /// The rules.
    pub table: Rc<RuleTable>,
}

/// Which of the rules that a row selects are handed out.
#[derive(Clone, Copy, Debug)]
pub struct Choice {
    pub algorithm: RuleAlgorithm,
    pub basis: RankBasis,
    pub order: RankOrder,
    /// The first one's place, from 1, or how many there are at most; 0 stands for all.
    pub rank: i64,
    pub is_list: bool,
}

/// Arrays that a program has of rules, see [`RuleTable::array`].
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Data {
    /// The rules as implications, in an order.
    Implications(RankBasis, RankOrder),
    /// Their numbers in that order.
    Order(RankBasis, RankOrder),
    /// A figure of each rule that has it.
    Figures(RankBasis),
    /// Where among those the figure of each rule is.
    Places(RankBasis),
    /// A string for each rule.
    Texts(RuleFeature),
    /// The antecedent or consequent of each rule: a part for each, of the items' strings.
    Items(RuleFeature),
}

/// How many items the rules of a model may have, all taken together.
const MAX_ITEMS: usize = 1 << 24;
/// How many bytes of text output fields may make of the rules of a model.
const MAX_TEXT: usize = 1 << 28;

/// The rules of a model.
#[derive(Debug)]
pub struct RuleTable {
    rules: Vec<Rule>,
    /// The items' values.
    items: Vec<Name>,
    /// For each item, the number under which rows have it.
    classes: Vec<u64>,
    /// The numbers of the arrays that the program has of the rules so far.
    arrays: RefCell<HashMap<Data, i64>>,
}

/// A rule.
#[derive(Debug)]
pub struct Rule {
    /// The element's place.
    pub position: Position,
    /// The identifier: the document's, or the rule's place, counting from 1.
    pub id: Name,
    /// What it supposes: items, in the order of the itemset.
    pub antecedent: Vec<usize>,
    /// What it concludes.
    pub consequent: Vec<usize>,
    figures: [Option<f64>; 5],
}

impl RuleTable {
    /// Returns the rules of a model, given the number under which rows have each of its items.
    pub fn new(model: &AssociationModel, classes: &[u64]) -> Result<Self> {
        let mut numbers: HashMap<&Name, usize> = HashMap::new();
        for (number, item) in model.items.iter().enumerate() {
            if numbers.insert(&item.id, number).is_some() {
                let message = format!("there are two `Item`s with the id `{}`", item.id);
                return Err(Error::invalid(item.position, "Item", message));
            }
        }
        let mut itemsets: HashMap<&Name, Vec<usize>> = HashMap::new();
        for itemset in &model.itemsets {
            if itemsets.insert(&itemset.id, items_of(itemset, &numbers)?).is_some() {
                let message = format!("there are two `Itemset`s with the id `{}`", itemset.id);
                return Err(Error::invalid(itemset.position, "Itemset", message));
            }
        }
        let (mut rules, mut ids) = (Vec::with_capacity(model.association_rules.len()), HashSet::new());
        let mut all = 0;
        for (number, rule) in model.association_rules.iter().enumerate() {
            let id = rule.id.clone().unwrap_or_else(|| Name::from((number + 1).to_string()));
            if !ids.insert(id.clone()) {
                let message = format!("there are two `AssociationRule`s with the id `{id}`");
                return Err(Error::invalid(rule.position, "AssociationRule", message));
            }
            let set = |id: &Name| {
                itemsets.get(id).cloned().ok_or_else(|| {
                    let message =
                        format!("`AssociationRule` refers to the `Itemset` `{id}`, which is not there");
                    Error::invalid(rule.position, "AssociationRule", message)
                })
            };
            let (antecedent, consequent) = (set(&rule.antecedent)?, set(&rule.consequent)?);
            all += antecedent.len() + consequent.len();
            if all > MAX_ITEMS {
                let message = format!("the rules have more than {MAX_ITEMS} items, all taken together");
                return Err(Error::Limit { position: rule.position, message });
            }
            rules.push(Rule { position: rule.position, id, antecedent, consequent, figures: figures(rule) });
        }
        let items = model.items.iter().map(|item| item.value.clone()).collect();
        Ok(Self { rules, items, classes: classes.to_vec(), arrays: RefCell::default() })
    }

    /// Returns the rules, in document order.
    pub fn rules(&self) -> &[Rule] {
        &self.rules
    }

    /// Returns the values of the items.
    pub fn items(&self) -> &[Name] {
        &self.items
    }

    /// Returns the number of an array that the program has already.
    pub fn known_array(&self, data: Data) -> Option<i64> {
        self.arrays.borrow().get(&data).copied()
    }

    /// Notes the number of an array that the program now has.
    pub fn remember_array(&self, data: Data, number: i64) {
        self.arrays.borrow_mut().insert(data, number);
    }

    /// Returns the numbers of the rules in an order: by a figure, those with the same figure in document order. Rules
    /// without it come last.
    pub fn ranked(&self, basis: RankBasis, order: RankOrder) -> impl Iterator<Item = usize> + use<> {
        let mut numbers: Vec<usize> = (0..self.rules.len()).collect();
        numbers.sort_by(|left, right| {
            let [left, right] = [left, right].map(|number| self.rules[*number].figure(basis));
            match (left, right, order) {
                (Some(left), Some(right), RankOrder::Ascending) => left.total_cmp(&right),
                (Some(left), Some(right), RankOrder::Descending) => right.total_cmp(&left),
                _ => left.is_none().cmp(&right.is_none()),
            }
        });
        numbers.into_iter()
    }

    /// Returns the implications that the rules are, numbered by their places in an order, see [`implications`].
    pub fn implications(&self, basis: RankBasis, order: RankOrder) -> Vec<u64> {
        let implications: Vec<[Vec<u64>; 2]> = self
            .ranked(basis, order)
            .map(|number| {
                let Rule { antecedent, consequent, .. } = &self.rules[number];
                [antecedent, consequent].map(|items| {
                    let mut classes: Vec<u64> = items.iter().map(|item| self.classes[*item]).collect();
                    classes.sort_unstable();
                    classes.dedup();
                    classes
                })
            })
            .collect();
        let pairs = implications.iter().map(|[antecedent, consequent]| (&**antecedent, &**consequent));
        association_rules::pack(self.classes.len(), pairs)
    }

    /// Writes a string for each rule, in document order.
    pub fn texts(&self, write: impl Fn(&Rule, &mut String)) -> Result<Vec<String>> {
        let mut bytes = 0;
        let text = |rule: &Rule| {
            let mut text = String::new();
            write(rule, &mut text);
            bytes += text.len();
            match bytes > MAX_TEXT {
                false => Ok(text),
                true => {
                    let message = format!("the texts of the rules are longer than {MAX_TEXT} bytes");
                    Err(Error::Limit { position: rule.position, message })
                }
            }
        };
        self.rules.iter().map(text).collect()
    }

    /// Writes the values of some items.
    pub fn write(&self, items: &[usize], separator: &str, text: &mut String) {
        for (index, item) in items.iter().enumerate() {
            // Strings take whatever is written.
            let _ = write!(text, "{}{}", if index > 0 { separator } else { "" }, self.items[*item]);
        }
    }
}

impl Rule {
    /// Returns one of the rule's figures, if it has that.
    pub fn figure(&self, basis: RankBasis) -> Option<f64> {
        self.figures[basis as usize]
    }
}

fn items_of(itemset: &Itemset, numbers: &HashMap<&Name, usize>) -> Result<Vec<usize>> {
    let number = |(position, id): &(Position, Name)| {
        numbers.get(id).copied().ok_or_else(|| {
            let message = format!("`ItemRef` refers to the `Item` `{id}`, which is not there");
            Error::invalid(*position, "ItemRef", message)
        })
    };
    itemset.item_refs.iter().map(number).collect()
}

/// Returns the figures of a rule, by [`RankBasis`].
fn figures(rule: &AssociationRule) -> [Option<f64>; 5] {
    let mut figures = [None; 5];
    for (basis, figure) in [
        (RankBasis::Confidence, Some(rule.confidence)),
        (RankBasis::Support, rule.support),
        (RankBasis::Lift, rule.lift),
        (RankBasis::Leverage, rule.leverage),
        (RankBasis::Affinity, rule.affinity),
    ] {
        // No literal is -0.
        figures[basis as usize] = figure.map(|figure| figure + 0.0);
    }
    figures
}
