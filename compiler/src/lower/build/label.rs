//! Labels of classifications: their equality and their numbers.

use super::literal;
use crate::document::Name;
use crate::document::data_dictionary::DataType;
use crate::document::tree_model::Tree;
use crate::ir::{Builder, Constant};
use std::collections::HashMap;

/// The labels of a classification, numbered in order of first appearance. Two strings that are the same value of the
/// target's data type, such as `1` and `1.0`, are the same label. The trees of an ensemble share one of these.
#[derive(Debug)]
pub struct Labels {
    data_type: DataType,
    names: Vec<Name>,
    by_name: HashMap<Name, u32>,
    by_value: HashMap<Constant, u32>,
}

impl Labels {
    /// Creates an empty list of labels of a data type.
    pub fn new(data_type: DataType) -> Self {
        Self { data_type, names: Vec::new(), by_name: HashMap::new(), by_value: HashMap::new() }
    }

    /// Returns the number of a label, adding it if it is new.
    pub fn number(&mut self, builder: &mut Builder, label: &Name) -> u32 {
        if let Some(number) = self.by_name.get(label) {
            return *number;
        }
        let value = literal::parse(builder, self.data_type, label);
        let known = value.and_then(|value| self.by_value.get(&value).copied());
        let number = known.unwrap_or(self.names.len() as u32);
        if known.is_none() {
            self.names.push(label.clone());
            if let Some(value) = value {
                self.by_value.insert(value, number);
            }
        }
        self.by_name.insert(label.clone(), number);
        number
    }

    /// Adds all labels of a tree, node by node: those of its distribution, then its score.
    pub fn add_tree(&mut self, builder: &mut Builder, tree: &Tree) {
        for node in tree.nodes() {
            let distribution = node.score_distributions.iter().map(|entry| &entry.value);
            for label in distribution.chain(&node.score) {
                self.number(builder, label);
            }
        }
    }

    /// Returns the labels, in order of their numbers, as written in the document.
    pub fn names(&self) -> &[Name] {
        &self.names
    }

    /// Returns the number of labels.
    pub fn len(&self) -> usize {
        self.names.len()
    }
}

/// The labels of a target: first those that it declares, then others that models return.
#[derive(Debug)]
pub struct TargetLabels {
    /// All of them.
    pub labels: Labels,
    /// The number of labels that it declares.
    pub declared: usize,
}

/// Returns whether two strings name the same label of a data type, as `1` and `1.0` do for numbers.
pub fn same_label(builder: &mut Builder, left: &str, right: &str, data_type: DataType) -> bool {
    left == right || {
        let left: Option<Constant> = literal::parse(builder, data_type, left);
        left.is_some() && left == literal::parse(builder, data_type, right)
    }
}

/// Returns the number of a label of a distribution, or `None` if it has no such label.
pub fn label_number(
    builder: &mut Builder,
    labels: &[Name],
    label: &str,
    data_type: DataType,
) -> Option<usize> {
    let exact = labels.iter().position(|known| *known == *label);
    exact.or_else(|| (0..labels.len()).find(|number| same_label(builder, &labels[*number], label, data_type)))
}
