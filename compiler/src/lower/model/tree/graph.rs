//! Builds forests from trees: the nodes and strategies of a tree become a graph of splits.
//!
//! A node's children are tried in document order. Each predicate is true, false or unknown, and each outcome leads to a
//! place in the graph: true into the child, false to the next child, unknown to what the `missingValueStrategy` says;
//! after the last child comes what the `noTrueChildStrategy` says. All places that a node refers to come after it in
//! the document or are shared, so one pass from the last node to the first builds the graph, whose size is linear in
//! the document's. (Counting penalties is the one exception, see [`penalty`](super::penalty).)
//!
//! The pass makes *drafts*, children before parents. Reversed, and without those that cannot be reached, they are the
//! forest's nodes.

use super::TreeSource;
use super::penalty::{Entries, default_child, surrogate};
use crate::document::Name;
use crate::document::predicate::Predicate;
use crate::document::tree_model::{MissingValueStrategy, NoTrueChildStrategy};
use crate::error::Result;
use crate::ir::{Binary, Builder, Forest, Id, Leaf, Node, Reduction, Term, Test, TreeNode, Type, Value};
use crate::lower::field::Field;
use crate::lower::scope::ScopeId;
use crate::lower::state::Lowering;
use std::collections::HashMap;

/// How the evaluation of a tree ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Ending {
    /// Evaluation ends in a node.
    Node {
        /// The node's index in its tree.
        node: usize,
        /// The number of penalties on the way; counted only if the source asks for it.
        penalties: u32,
    },
    /// A predicate is unknown under a strategy that follows several children at once.
    Spread,
}

/// The leaf of the forest for an ending of a tree's evaluation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// There is a result; the leaf's number.
    Result(u32),
    /// There is no result.
    Missing,
    /// The row fails, for this reason.
    Fault(String),
}

/// Builds one forest out of any number of trees, whose features are shared.
pub struct ForestBuilder<'d> {
    forest: Forest,
    /// The trees in which rows may fail, a second time: the numbers of their leaves are those of the faults.
    faulty: Forest,
    /// The faults that each of these trees can reach.
    faults_of_trees: Vec<Vec<u32>>,
    /// The reasons for which rows fail, by number.
    faults: Vec<String>,
    numbers_of_faults: HashMap<String, u32>,
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
    /// The value that its tests use; `None` for lists, which cannot be tested.
    pub value: Option<Value>,
}

/// A place in the graph of the tree that is being added.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place(u32);

impl Place {
    /// The prediction is missing.
    pub const MISSING: Place = Place(0);
    /// Several children are followed.
    const SPREAD: Place = Place(1);

    fn index(self) -> usize {
        self.0 as usize
    }
}

/// The targets of a predicate's outcomes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Targets {
    pub then: Place,
    pub otherwise: Place,
    pub unknown: Place,
}

#[derive(Clone, Copy)]
enum Draft {
    Missing,
    Ending(Ending),
    /// The row fails, for the reason of this number.
    Fault(u32),
    Split {
        feature: u32,
        test: Test,
        targets: Targets,
    },
}

impl<'d> ForestBuilder<'d> {
    /// Returns a forest without trees.
    pub fn new() -> Self {
        let forest = Forest {
            features: Vec::new(),
            nodes: Default::default(),
            roots: Vec::new(),
            terms: Vec::new(),
            reduction: Reduction::Leaf,
        };
        Self {
            faulty: forest.clone(),
            forest,
            faults_of_trees: Vec::new(),
            faults: Vec::new(),
            numbers_of_faults: HashMap::new(),
            arguments: Vec::new(),
            numbers: HashMap::new(),
            fields: HashMap::new(),
            drafts: Vec::new(),
        }
    }

    /// Adds a tree whose fields are looked up in a scope, and returns whether it always has a result.
    ///
    /// `leaf` is called once for each ending; it pushes the leaf's terms onto the forest's.
    ///
    /// All trees must be added, and [`finish`](Self::finish) called, while the same region is open.
    pub fn add_tree(
        &mut self,
        lowering: &mut Lowering<'d>,
        scope: ScopeId,
        source: &TreeSource<'d>,
        mut leaf: impl FnMut(&mut Lowering<'d>, Ending, &mut Vec<Term>) -> Result<Outcome>,
    ) -> Result<bool> {
        self.drafts.clear();
        self.drafts.extend([Draft::Missing, Draft::Ending(Ending::Spread)]);
        let root = self.draft_tree(lowering, scope, source)?;
        let reached = reached(&self.drafts, root);
        let mut leaves = vec![None; reached.len()];
        let (mut always, mut faults) = (true, Vec::new());
        for index in (0..reached.len()).rev().filter(|index| reached[*index]) {
            let first_term = self.forest.terms.len();
            let outcome = match self.drafts[index] {
                Draft::Split { .. } => continue,
                Draft::Missing => Outcome::Missing,
                Draft::Ending(ending) => leaf(lowering, ending, &mut self.forest.terms)?,
                Draft::Fault(fault) => {
                    faults.push((index, fault));
                    continue;
                }
            };
            match outcome {
                Outcome::Result(number) => {
                    let terms = (self.forest.terms.len() - first_term) as u32;
                    let first_term = first_term as u32;
                    leaves[index] = Some(Leaf::Result { number, first_term, terms });
                }
                Outcome::Missing => always = false,
                Outcome::Fault(reason) => faults.push((index, self.fault_number(reason))),
            }
        }
        add_graph(&mut self.forest, &self.drafts, &reached, |index| leaves[index]);
        if !faults.is_empty() {
            let leaves: HashMap<usize, u32> = faults.iter().copied().collect();
            add_graph(&mut self.faulty, &self.drafts, &reached, |index| {
                let number = *leaves.get(&index)?;
                Some(Leaf::Result { number, first_term: 0, terms: 0 })
            });
            let mut faults: Vec<u32> = faults.into_iter().map(|(_, fault)| fault).collect();
            faults.sort_unstable();
            faults.dedup();
            self.faults_of_trees.push(faults);
        }
        Ok(always)
    }

    /// Emits the instruction that evaluates the forest, and returns its results. Rows that reach a fault fail.
    pub fn finish(mut self, lowering: &mut Lowering<'d>, reduction: Reduction) -> Vec<Value> {
        if !self.faults_of_trees.is_empty() {
            self.faulty.features = self.forest.features.clone();
            let ends = lowering.builder.forest(self.faulty, &self.arguments);
            for (end, faults) in ends.into_iter().zip(&self.faults_of_trees) {
                for fault in faults {
                    let number = lowering.builder.i64(i64::from(*fault));
                    let fails = lowering.builder.binary(Binary::Equal, end, number);
                    let reason = self.faults.get(*fault as usize).cloned().unwrap_or_default();
                    lowering.fail_where(Some(fails), reason);
                }
            }
        }
        self.forest.reduction = reduction;
        lowering.builder.forest(self.forest, &self.arguments)
    }

    /// Drafts the graph of a tree; returns its root.
    fn draft_tree(
        &mut self,
        lowering: &mut Lowering<'d>,
        scope: ScopeId,
        source: &TreeSource<'d>,
    ) -> Result<Place> {
        let nodes = source.tree.nodes();
        let entries = Entries::of(source)?;
        // For each entry, the place at which evaluation continues once its node is selected.
        let mut places = vec![Place::MISSING; entries.count()];
        let mut children = Vec::new();
        // For each number of penalties: the place at which evaluation ends in the node itself, once needed, and the
        // place at which it continues as children are tried, last child first.
        let (mut endings, mut next) = (Vec::new(), Vec::new());
        for node in (0..nodes.len()).rev() {
            children.clear();
            children.extend(source.children(node));
            let mut most = entries.most(node);
            if children.is_empty() {
                for penalties in 0..=most {
                    places[entries.entry(node, penalties)] = self.ending(node, penalties);
                }
                continue;
            }
            let default_child = default_child(source, node)?;
            let gathers = |child: &usize| surrogate(source, &nodes[*child].predicate).is_some();
            most += children.iter().filter(|child| gathers(child)).count();
            endings.clear();
            endings.resize(most + 1, None);
            next.clear();
            for (penalties, ending) in endings.iter_mut().enumerate() {
                next.push(match source.no_true_child_strategy {
                    NoTrueChildStrategy::ReturnNullPrediction => Place::MISSING,
                    NoTrueChildStrategy::ReturnLastPrediction => {
                        *ending.get_or_insert_with(|| self.ending(node, penalties))
                    }
                });
            }
            for child in children.iter().rev() {
                most -= gathers(child) as usize;
                for penalties in 0..=most {
                    let unknown = match source.missing_value_strategy {
                        MissingValueStrategy::None => next[penalties],
                        MissingValueStrategy::NullPrediction => Place::MISSING,
                        MissingValueStrategy::LastPrediction => {
                            *endings[penalties].get_or_insert_with(|| self.ending(node, penalties))
                        }
                        MissingValueStrategy::DefaultChild => match default_child {
                            Some(child) => {
                                let penalties = penalties + source.counts_penalties as usize;
                                places[entries.entry(child, penalties)]
                            }
                            None => Place::MISSING,
                        },
                        MissingValueStrategy::WeightedConfidence | MissingValueStrategy::AggregateNodes => {
                            Place::SPREAD
                        }
                    };
                    // For one more penalty, `next` still has what follows this child: it is filled in ascending order.
                    let targets = |penalties: usize| {
                        let then = places[entries.entry(*child, penalties)];
                        Targets { then, otherwise: next[penalties], unknown }
                    };
                    let predicate = &nodes[*child].predicate;
                    next[penalties] = match surrogate(source, predicate) {
                        None => self.condition(lowering, scope, predicate, targets(penalties))?,
                        Some((first, others)) => {
                            let (targets, penalized) = (targets(penalties), targets(penalties + 1));
                            self.penalized(lowering, scope, (first, others), targets, penalized)?
                        }
                    };
                }
            }
            for (penalties, place) in next.iter().take(entries.most(node) + 1).enumerate() {
                places[entries.entry(node, penalties)] = *place;
            }
        }
        let targets = |penalties: usize| {
            let then = places.get(penalties).copied().unwrap_or(Place::MISSING);
            Targets { then, otherwise: Place::MISSING, unknown: Place::MISSING }
        };
        let predicate = &source.tree.root().predicate;
        match surrogate(source, predicate) {
            None => self.condition(lowering, scope, predicate, targets(0)),
            Some((first, others)) => self.penalized(lowering, scope, (first, others), targets(0), targets(1)),
        }
    }

    /// Drafts the test of a surrogate, whose targets differ if its first predicate is unknown.
    fn penalized(
        &mut self,
        lowering: &mut Lowering<'d>,
        scope: ScopeId,
        (first, others): (&'d Predicate, &'d [Predicate]),
        targets: Targets,
        penalized: Targets,
    ) -> Result<Place> {
        let mut unknown = penalized.unknown;
        for predicate in others.iter().rev() {
            unknown = self.condition(lowering, scope, predicate, Targets { unknown, ..penalized })?;
        }
        self.condition(lowering, scope, first, Targets { unknown, ..targets })
    }

    /// Drafts the end of the evaluation in a node.
    fn ending(&mut self, node: usize, penalties: usize) -> Place {
        self.push(Draft::Ending(Ending::Node { node, penalties: penalties as u32 }))
    }

    /// Drafts a place at which rows fail for a reason.
    pub(super) fn fault(&mut self, reason: String) -> Place {
        let fault = self.fault_number(reason);
        self.push(Draft::Fault(fault))
    }

    /// Returns the number of a reason, adding it if it is new.
    fn fault_number(&mut self, reason: String) -> u32 {
        // Faults are bounded by the document's elements, like drafts.
        let next = self.faults.len() as u32;
        let number = *self.numbers_of_faults.entry(reason.clone()).or_insert(next);
        if number == next {
            self.faults.push(reason);
        }
        number
    }

    /// Drafts a test of a feature, unless all its targets are the same place.
    pub(super) fn split(&mut self, feature: u32, test: Test, targets: Targets) -> Place {
        if targets.then == targets.otherwise && targets.otherwise == targets.unknown {
            targets.then
        } else {
            self.push(Draft::Split { feature, test, targets })
        }
    }

    fn push(&mut self, draft: Draft) -> Place {
        self.drafts.push(draft);
        // Drafts are bounded by the document's elements, see `Arena::push`, and by the limit of entries.
        Place((self.drafts.len() - 1) as u32)
    }

    /// Returns the number of a feature (a value and its presence), adding it on first use.
    pub(super) fn feature(&mut self, builder: &mut Builder, value: Value, present: Option<Value>) -> u32 {
        let present = match present {
            Some(present) => present,
            None => builder.bool(true),
        };
        *self.numbers.entry((value, present)).or_insert_with(|| {
            let ty: Type = builder.program().ty(value);
            self.forest.features.push(ty);
            self.arguments.push((value, present));
            (self.arguments.len() - 1) as u32
        })
    }
}

/// Returns which drafts are reachable from a root, which is the last of them.
fn reached(drafts: &[Draft], root: Place) -> Vec<bool> {
    let mut reached = vec![false; root.index() + 1];
    reached[root.index()] = true;
    for index in (0..reached.len()).rev() {
        if let (true, Draft::Split { targets, .. }) = (reached[index], drafts[index]) {
            for target in [targets.then, targets.otherwise, targets.unknown] {
                reached[target.index()] = true;
            }
        }
    }
    reached
}

/// Adds the reachable drafts to a forest, as a tree whose root is the last. `leaf` returns the leaf for a draft that is
/// not a split, by its index; `None` means a missing result.
fn add_graph(forest: &mut Forest, drafts: &[Draft], reached: &[bool], leaf: impl Fn(usize) -> Option<Leaf>) {
    let mut nodes = vec![Node::new(0); reached.len()];
    let places = (0..reached.len()).rev().filter(|index| reached[*index]);
    for (number, index) in (forest.nodes.len()..).zip(places) {
        nodes[index] = Node::new(number);
    }
    forest.roots.extend(nodes.last());
    for index in (0..reached.len()).rev().filter(|index| reached[*index]) {
        forest.nodes.push(match drafts[index] {
            Draft::Split { feature, test, targets } => TreeNode::Split {
                feature,
                test,
                then: nodes[targets.then.index()],
                otherwise: nodes[targets.otherwise.index()],
                missing: nodes[targets.unknown.index()],
            },
            Draft::Missing | Draft::Ending(_) | Draft::Fault(_) => {
                TreeNode::Leaf(leaf(index).unwrap_or(Leaf::Missing))
            }
        });
    }
}
