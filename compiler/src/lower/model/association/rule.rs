//! Rules as constant data: each with the numbers of its items, ranked by any of its figures.

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

/// Association rules, and the items that a row has.
#[derive(Clone, Debug)]
pub struct Rules {
    /// The classes of the items that the row has, a list of integers.
    pub items: Operand,
    /// The rules.
    pub table: Rc<RuleTable>,
}

/// The choice of the rules that an output field returns, among those that a row selects.
#[derive(Clone, Copy, Debug)]
pub struct Choice {
    pub algorithm: RuleAlgorithm,
    pub basis: RankBasis,
    pub order: RankOrder,
    /// If `is_list`, the maximum number of rules, 0 standing for all; else the place of the rule, counting from 1.
    pub rank: i64,
    pub is_list: bool,
}

/// The arrays of a program that hold data about rules, see [`RuleTable::known_array`].
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Data {
    /// The rules packed for matching, in an order.
    Rules(RankBasis, RankOrder),
    /// The rules' numbers in that order.
    Order(RankBasis, RankOrder),
    /// A figure of each rule that has one.
    Figures(RankBasis),
    /// For each rule, the index of its figure among those.
    Places(RankBasis),
    /// A string for each rule.
    Strings(RuleFeature),
    /// The antecedent or consequent of each rule: one part per rule, with the strings of its items.
    Items(RuleFeature),
}

/// Maximum number of items in all rules of a model together.
const MAX_ITEMS: usize = 1 << 24;
/// Maximum number of bytes in the strings that output fields make of a model's rules.
const MAX_STRING_BYTES: usize = 1 << 28;

/// The rules of a model.
#[derive(Debug)]
pub struct RuleTable {
    rules: Vec<Rule>,
    /// The items' values.
    items: Vec<Name>,
    /// The class of each item, see [`Items`](super::item::Items).
    classes: Vec<u64>,
    /// The numbers of the arrays that the program already has.
    arrays: RefCell<HashMap<Data, i64>>,
}

/// A rule.
#[derive(Debug)]
pub struct Rule {
    /// The element's position.
    pub position: Position,
    /// The identifier in the document, else the rule's place, counting from 1.
    pub id: Name,
    /// The numbers of the items it requires, in the order of the itemset.
    pub antecedent: Vec<usize>,
    /// The numbers of the items it concludes.
    pub consequent: Vec<usize>,
    figures: [Option<f64>; 5],
}

impl RuleTable {
    /// Resolves the items of a model's rules, given the class of each item. Fails if an id is used twice or unknown, or
    /// if the rules have more than `MAX_ITEMS` items.
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
                        format!("`AssociationRule` refers to the `Itemset` `{id}`, which does not exist");
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

    /// Returns the number of an array, if the program already has it.
    pub fn known_array(&self, data: Data) -> Option<i64> {
        self.arrays.borrow().get(&data).copied()
    }

    /// Records the number of an array that the program now has.
    pub fn remember_array(&self, data: Data, number: i64) {
        self.arrays.borrow_mut().insert(data, number);
    }

    /// Returns the numbers of the rules, sorted by a figure. Rules with the same figure stay in document order; rules
    /// without one come last.
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

    /// Packs the rules for matching, numbered by their places in an order, see [`association_rules`].
    pub fn packed(&self, basis: RankBasis, order: RankOrder) -> Vec<u64> {
        let rules: Vec<[Vec<u64>; 2]> = self
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
        let pairs = rules.iter().map(|[antecedent, consequent]| (&**antecedent, &**consequent));
        association_rules::pack(self.classes.len(), pairs)
    }

    /// Builds a string for each rule, in document order. Fails if they exceed `MAX_STRING_BYTES` together.
    pub fn strings(&self, write: impl Fn(&Rule, &mut String)) -> Result<Vec<String>> {
        let mut bytes = 0;
        let string_of = |rule: &Rule| {
            let mut string = String::new();
            write(rule, &mut string);
            bytes += string.len();
            if bytes > MAX_STRING_BYTES {
                let message = format!("the strings of the rules are longer than {MAX_STRING_BYTES} bytes");
                return Err(Error::Limit { position: rule.position, message });
            }
            Ok(string)
        };
        self.rules.iter().map(string_of).collect()
    }

    /// Appends the values of some items, separated by `separator`.
    pub fn write(&self, items: &[usize], separator: &str, text: &mut String) {
        for (index, item) in items.iter().enumerate() {
            // Writing to a string cannot fail.
            let _ = write!(text, "{}{}", if index > 0 { separator } else { "" }, self.items[*item]);
        }
    }
}

impl Rule {
    /// Returns one of the rule's figures, or `None` if the document omits it.
    pub fn figure(&self, basis: RankBasis) -> Option<f64> {
        self.figures[basis as usize]
    }
}

/// Returns the numbers of an itemset's items.
fn items_of(itemset: &Itemset, numbers: &HashMap<&Name, usize>) -> Result<Vec<usize>> {
    let number = |(position, id): &(Position, Name)| {
        numbers.get(id).copied().ok_or_else(|| {
            let message = format!("`ItemRef` refers to the `Item` `{id}`, which does not exist");
            Error::invalid(*position, "ItemRef", message)
        })
    };
    itemset.item_refs.iter().map(number).collect()
}

/// Returns the figures of a rule, indexed by [`RankBasis`].
fn figures(rule: &AssociationRule) -> [Option<f64>; 5] {
    let mut figures = [None; 5];
    for (basis, figure) in [
        (RankBasis::Confidence, Some(rule.confidence)),
        (RankBasis::Support, rule.support),
        (RankBasis::Lift, rule.lift),
        (RankBasis::Leverage, rule.leverage),
        (RankBasis::Affinity, rule.affinity),
    ] {
        // Adding 0 turns -0, which no literal may be, into 0.
        figures[basis as usize] = figure.map(|figure| figure + 0.0);
    }
    figures
}
