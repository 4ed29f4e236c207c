//! `missingValuePenalty`: how often a value was missing on the way to a node.
//!
//! A penalty falls due when a default child is taken, and when a node's predicate is a surrogate whose first predicate is
//! unknown but not all are, whether it turns out true or false. Where penalties matter, evaluation has an *entry* to a
//! node for each number of penalties that can have gathered on the way there, and the graph is drawn once for each.

use super::TreeSource;
use crate::document::predicate::{BooleanOperator, Predicate};
use crate::document::tree_model::MissingValueStrategy;
use crate::error::{Error, Result};

/// How many entries one tree may have if it counts penalties.
const MAX_ENTRIES: usize = 1 << 22;

/// The entries to the nodes of a tree, numbered node by node.
pub struct Entries {
    /// Where each node's entries begin, and at the end how many there are.
    firsts: Vec<usize>,
}

impl Entries {
    /// Returns the entries of a tree.
    pub fn of(source: &TreeSource<'_>) -> Result<Self> {
        let nodes = source.tree.nodes();
        if !source.counts_penalties {
            return Ok(Self { firsts: (0..=nodes.len()).collect() });
        }
        // The most penalties with which evaluation can come to each node; parents are before their children.
        let mut most = vec![0; nodes.len()];
        most[0] = surrogate(source, &nodes[0].predicate).is_some() as usize;
        let mut firsts = Vec::with_capacity(nodes.len() + 1);
        let mut count = 0_usize;
        for index in 0..nodes.len() {
            firsts.push(count);
            count += most[index] + 1;
            if count > MAX_ENTRIES {
                let message = format!(
                    "`{}` has so many missing values in a row that counting penalties takes more than {MAX_ENTRIES} \
                     nodes",
                    source.element
                );
                return Err(Error::Limit { position: source.position, message });
            }
            let mut gathered = most[index];
            for child in source.children(index) {
                gathered += surrogate(source, &nodes[child].predicate).is_some() as usize;
                most[child] = gathered;
            }
            if let Some(child) = default_child(source, index)? {
                most[child] = gathered + 1;
            }
        }
        firsts.push(count);
        Ok(Self { firsts })
    }

    /// Returns how many there are.
    pub fn count(&self) -> usize {
        self.firsts.last().copied().unwrap_or(0)
    }

    /// Returns the entry to a node after a number of penalties.
    pub fn entry(&self, node: usize, penalties: usize) -> usize {
        self.firsts[node] + penalties
    }

    /// Returns the most penalties with which evaluation can come to a node.
    pub fn most(&self, node: usize) -> usize {
        self.firsts[node + 1] - self.firsts[node] - 1
    }
}

/// Returns the first predicate of a surrogate and the others, if using the others costs a penalty that is counted.
pub fn surrogate<'d>(
    source: &TreeSource<'d>,
    predicate: &'d Predicate,
) -> Option<(&'d Predicate, &'d [Predicate])> {
    match predicate {
        Predicate::CompoundPredicate(compound)
            if source.counts_penalties && compound.boolean_operator == BooleanOperator::Surrogate =>
        {
            compound.predicates.split_first()
        }
        _ => None,
    }
}

/// Returns the child that a node names as its default. A node without one has no prediction where it would be needed.
pub fn default_child(source: &TreeSource<'_>, index: usize) -> Result<Option<usize>> {
    let nodes = source.tree.nodes();
    let node = &nodes[index];
    let (Some(name), Some(_), MissingValueStrategy::DefaultChild) =
        (&node.default_child, node.first_child, source.missing_value_strategy)
    else {
        return Ok(None);
    };
    let found = source.children(index).find(|child| nodes[*child].id.as_ref() == Some(name));
    found.map(Some).ok_or_else(|| {
        let message = format!("the default child `{name}` of a `Node` is none of its children");
        Error::invalid(node.position, "Node", message)
    })
}
