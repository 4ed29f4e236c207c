//! Forests from trees: what a tree's nodes and strategies mean, as a graph of splits.
//!
//! A node's children are tried in document order, each predicate is true, false or unknown, and what follows is a place
//! in the graph: a true predicate leads into the child, a false one to the next child, an unknown one where the
//! `missingValueStrategy` says, and behind the last child stands what the `noTrueChildStrategy` says. All places that a
//! node needs lie behind it in the document or are shared, so one sweep from the last node to the first builds the
//! graph, whose size is linear in the document's. (Counting penalties is the one exception, and guarded.)
//!
//! The sweep makes *drafts*, children before parents. Reversed, and without those that nothing leads to, they are the
//! forest's nodes.

use super::TreeSource;
use crate::error::{Error, Result};
use crate::ir::{Forest, Id, Leaf, Node, Reduction, Term, Test, TreeNode, Type, Value};
use crate::lower::Lowering;
use crate::lower::field::Field;
use crate::lower::scope::ScopeId;
use crate::pmml::Name;
use crate::pmml::tree_model::{MissingValueStrategy, NoTrueChildStrategy};
use std::collections::HashMap;

/// How often nodes may be repeated for different numbers of penalties, in one tree.
const MAX_PENALIZED: usize = 1 << 22;

/// How the evaluation of a tree ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Ending {
    /// A node gives the prediction.
    Node {
        /// The node's index in its tree.
        node: usize,
        /// How often a default child was taken on the way; counted only where the source asks for it.
        penalties: u32,
    },
    /// A predicate is unknown under a strategy that follows several children at once.
    Spread,
}

/// Builds one forest out of any number of trees, whose features are shared.
pub struct ForestBuilder<'d> {
    forest: Forest,
    /// The arguments of the instruction: each feature's value and presence.
    arguments: Vec<(Value, Value)>,
    numbers: HashMap<(Value, Value), u32>,
    pub(super) fields: HashMap<(ScopeId, Name), TestedField<'d>>,
    drafts: Vec<Draft>,
}

/// A field that trees test.
#[derive(Clone, Copy)]
pub(super) struct TestedField<'d> {
    pub field: Field<'d>,
    /// What its tests look at; `None` for lists, which no test knows.
    pub value: Option<Value>,
}

/// A place in the graph of the tree that is being added.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place(u32);

impl Place {
    /// Where there is no prediction.
    pub const MISSING: Place = Place(0);
    /// Where several children are followed.
    const SPREAD: Place = Place(1);

    fn index(self) -> usize {
        self.0 as usize
    }
}

/// Where the outcomes of a predicate lead.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Ways {
    pub then: Place,
    pub otherwise: Place,
    pub unknown: Place,
}

#[derive(Clone, Copy)]
enum Draft {
    Missing,
    Ending(Ending),
    Split { feature: u32, test: Test, ways: Ways },
}

impl<'d> ForestBuilder<'d> {
    /// A forest without trees.
    pub fn new() -> Self {
        let forest = Forest {
            features: Vec::new(),
            nodes: Default::default(),
            roots: Vec::new(),
            terms: Vec::new(),
            reduction: Reduction::Leaf,
        };
        Self {
            forest,
            arguments: Vec::new(),
            numbers: HashMap::new(),
            fields: HashMap::new(),
            drafts: Vec::new(),
        }
    }

    /// Adds a tree, whose fields are those of a scope, and tells whether it always has a result.
    ///
    /// `leaf` is asked once for each way in which the evaluation can end. It pushes the leaf's terms onto the forest's
    /// and gives its number, or `None` where there is no result after all.
    ///
    /// All trees, and [`finish`](Self::finish), must come while the same region is open.
    pub fn add_tree(
        &mut self,
        lowering: &mut Lowering<'d>,
        scope: ScopeId,
        source: &TreeSource<'d>,
        mut leaf: impl FnMut(&mut Lowering<'d>, Ending, &mut Vec<Term>) -> Result<Option<u32>>,
    ) -> Result<bool> {
        self.drafts.clear();
        self.drafts.extend([Draft::Missing, Draft::Ending(Ending::Spread)]);
        let root = self.draft_tree(lowering, scope, source)?;
        self.settle(lowering, root, &mut leaf)
    }

    /// Emits the instruction that evaluates the forest, and gives its results.
    pub fn finish(mut self, lowering: &mut Lowering<'d>, reduction: Reduction) -> Vec<Value> {
        self.forest.reduction = reduction;
        lowering.builder.forest(self.forest, &self.arguments)
    }

    /// The graph of a tree; gives its root.
    fn draft_tree(
        &mut self,
        lowering: &mut Lowering<'d>,
        scope: ScopeId,
        source: &TreeSource<'d>,
    ) -> Result<Place> {
        let nodes = source.tree.nodes();
        let first_entries = first_entries(source)?;
        // Where evaluation goes on once a node is selected, after each possible number of penalties.
        let mut entries = vec![Place::MISSING; first_entries.last().copied().unwrap_or(0)];
        let mut children = Vec::new();
        for index in (0..nodes.len()).rev() {
            children.clear();
            children.extend(source.children(index));
            let default_child = match source.missing_value_strategy {
                MissingValueStrategy::DefaultChild => default_child(source, index)?,
                _ => None,
            };
            let possible = first_entries[index]..first_entries[index + 1];
            for (penalties, entry) in possible.enumerate() {
                let mut ending = None;
                let mut end_here = |builder: &mut Self| {
                    *ending.get_or_insert_with(|| {
                        builder.push(Draft::Ending(Ending::Node { node: index, penalties: penalties as u32 }))
                    })
                };
                if children.is_empty() {
                    entries[entry] = end_here(self);
                    continue;
                }
                let mut next = match source.no_true_child_strategy {
                    NoTrueChildStrategy::ReturnNullPrediction => Place::MISSING,
                    NoTrueChildStrategy::ReturnLastPrediction => end_here(self),
                };
                for child in children.iter().rev() {
                    let unknown = match source.missing_value_strategy {
                        MissingValueStrategy::None => next,
                        MissingValueStrategy::NullPrediction => Place::MISSING,
                        MissingValueStrategy::LastPrediction => end_here(self),
                        MissingValueStrategy::DefaultChild => match default_child {
                            Some(child) => {
                                let penalties = penalties + source.counts_penalties as usize;
                                entries[first_entries[child] + penalties]
                            }
                            None => Place::MISSING,
                        },
                        MissingValueStrategy::WeightedConfidence | MissingValueStrategy::AggregateNodes => {
                            Place::SPREAD
                        }
                    };
                    let then = entries[first_entries[*child] + penalties];
                    let ways = Ways { then, otherwise: next, unknown };
                    next = self.condition(lowering, scope, &nodes[*child].predicate, ways)?;
                }
                entries[entry] = next;
            }
        }
        let then = entries.first().copied().unwrap_or(Place::MISSING);
        let ways = Ways { then, otherwise: Place::MISSING, unknown: Place::MISSING };
        self.condition(lowering, scope, &source.tree.root().predicate, ways)
    }

    /// Makes the drafts that the root leads to nodes of the forest; tells whether the tree always has a result.
    fn settle(
        &mut self,
        lowering: &mut Lowering<'d>,
        root: Place,
        leaf: &mut impl FnMut(&mut Lowering<'d>, Ending, &mut Vec<Term>) -> Result<Option<u32>>,
    ) -> Result<bool> {
        let count = root.index() + 1;
        let mut reached = vec![false; count];
        let mut nodes = vec![Node::new(0); count];
        reached[root.index()] = true;
        let mut number = self.forest.nodes.len();
        for index in (0..count).rev() {
            if reached[index] {
                nodes[index] = Node::new(number);
                number += 1;
                if let Draft::Split { ways, .. } = self.drafts[index] {
                    for way in [ways.then, ways.otherwise, ways.unknown] {
                        reached[way.index()] = true;
                    }
                }
            }
        }
        self.forest.roots.push(nodes[root.index()]);
        let mut always = true;
        for index in (0..count).rev().filter(|index| reached[*index]) {
            let node = match self.drafts[index] {
                Draft::Missing => TreeNode::Leaf(Leaf::Missing),
                Draft::Ending(ending) => {
                    let first_term = self.forest.terms.len();
                    match leaf(lowering, ending, &mut self.forest.terms)? {
                        Some(number) => {
                            let terms = self.forest.terms.len() - first_term;
                            let (first_term, terms) = (first_term as u32, terms as u32);
                            TreeNode::Leaf(Leaf::Result { number, first_term, terms })
                        }
                        None => TreeNode::Leaf(Leaf::Missing),
                    }
                }
                Draft::Split { feature, test, ways } => TreeNode::Split {
                    feature,
                    test,
                    then: nodes[ways.then.index()],
                    otherwise: nodes[ways.otherwise.index()],
                    missing: nodes[ways.unknown.index()],
                },
            };
            always &= node != TreeNode::Leaf(Leaf::Missing);
            self.forest.nodes.push(node);
        }
        Ok(always)
    }

    /// A test of a feature, unless all ways lead to the same place.
    pub(super) fn split(&mut self, feature: u32, test: Test, ways: Ways) -> Place {
        match ways.then == ways.otherwise && ways.otherwise == ways.unknown {
            true => ways.then,
            false => self.push(Draft::Split { feature, test, ways }),
        }
    }

    fn push(&mut self, draft: Draft) -> Place {
        self.drafts.push(draft);
        // Drafts are bounded by the document's elements, see `Arena::push`, and by `MAX_PENALIZED`.
        Place((self.drafts.len() - 1) as u32)
    }

    /// The number of a feature: a value, present where a bool is true.
    pub(super) fn feature(
        &mut self,
        lowering: &mut Lowering<'d>,
        value: Value,
        present: Option<Value>,
    ) -> u32 {
        let present = match present {
            Some(present) => present,
            None => lowering.builder.bool(true),
        };
        *self.numbers.entry((value, present)).or_insert_with(|| {
            let ty: Type = lowering.builder.program().ty(value);
            self.forest.features.push(ty);
            self.arguments.push((value, present));
            (self.arguments.len() - 1) as u32
        })
    }
}

/// Where each node's entries begin, and at the end how many there are. A node has one entry, or where penalties are
/// counted, one for each number of default children that can have been taken on the way to it.
fn first_entries(source: &TreeSource<'_>) -> Result<Vec<usize>> {
    let count = source.tree.nodes().len();
    if !source.counts_penalties {
        return Ok((0..=count).collect());
    }
    let mut penalties = vec![0; count];
    let mut firsts = Vec::with_capacity(count + 1);
    let mut first = 0;
    for index in 0..count {
        firsts.push(first);
        first += penalties[index] + 1;
        if first > MAX_PENALIZED {
            let message = format!(
                "`{}` has so many default children in a row that counting penalties takes more than {MAX_PENALIZED} \
                 nodes",
                source.element
            );
            return Err(Error::Limit { position: source.position, message });
        }
        let default_child = default_child(source, index)?;
        for child in source.children(index) {
            penalties[child] = penalties[index] + (default_child == Some(child)) as usize;
        }
    }
    firsts.push(first);
    Ok(firsts)
}

/// The child that a node names as its default. A node without one has no prediction where it would be needed.
fn default_child(source: &TreeSource<'_>, index: usize) -> Result<Option<usize>> {
    let nodes = source.tree.nodes();
    let node = &nodes[index];
    let Some(name) = node.default_child.as_ref().filter(|_| node.first_child.is_some()) else {
        return Ok(None);
    };
    let found = source.children(index).find(|child| nodes[*child].id.as_ref() == Some(name));
    found.map(Some).ok_or_else(|| {
        let message = format!("the default child `{name}` of a `Node` is none of its children");
        Error::invalid(node.position, "Node", message)
    })
}
