//! `missingValuePenalty`: counts the missing values on the way to a node.
//!
//! A penalty is due if a default child is taken, and if a node's predicate is a surrogate whose first predicate is
//! unknown while another is not, whether the surrogate is true or false. If penalties matter, evaluation has an *entry*
//! to a node for each number of penalties that can accumulate on the way there, and the graph is built once for each.

use super::TreeSource;
use crate::document::predicate::{BooleanOperator, Predicate};
use crate::document::tree_model::MissingValueStrategy;
use crate::error::{Error, Result};

/// Maximum number of entries of one tree that counts penalties.
const MAX_ENTRIES: usize = 1 << 22;

/// The entries to the nodes of a tree, numbered node by node.
pub struct Entries {
    /// The number of each node's first entry, and at the end the number of all entries.
    firsts: Vec<usize>,
}

impl Entries {
    /// Numbers the entries of a tree: one for each node, unless it counts penalties. Fails if there are more than
    /// `MAX_ENTRIES`.
    pub fn of(source: &TreeSource<'_>) -> Result<Self> {
        let nodes = source.tree.nodes();
        if !source.counts_penalties {
            return Ok(Self { firsts: (0..=nodes.len()).collect() });
        }
        // The maximum number of penalties on the way to each node; parents come before their children.
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

    /// Returns the number of all entries.
    pub fn count(&self) -> usize {
        self.firsts.last().copied().unwrap_or(0)
    }

    /// Returns the entry to a node after a number of penalties.
    pub fn entry(&self, node: usize, penalties: usize) -> usize {
        self.firsts[node] + penalties
    }

    /// Returns the maximum number of penalties on the way to a node.
    pub fn most(&self, node: usize) -> usize {
        self.firsts[node + 1] - self.firsts[node] - 1
    }
}

/// Returns the first predicate of a surrogate and the others, if the others cost a penalty that is counted.
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

/// Returns the child that a node names as its default. Without one the prediction is missing if it would be needed.
/// Fails if the node has no child of that name.
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
        let message = format!("the default child `{name}` of a `Node` is not one of its children");
        Error::invalid(node.position, "Node", message)
    })
}
