//! `TreeModel`: decision trees, and the old embedded `DecisionTree`.
//!
//! A tree may be as deep as it has nodes, so its nodes lie flat in an arena, in document order: a node comes before its
//! children, and nothing that walks a tree needs the stack.

use super::embedded_model::EmbeddedModel;
use super::enumeration::enumeration;
use super::mining_model::ResultField;
use super::model::ModelCommon;
use super::predicate::Predicate;
use super::{Name, Position};
use std::ops::Index;

/// The element `TreeModel`.
#[derive(Clone, Debug)]
pub struct TreeModel {
    /// The element's place.
    pub position: Position,
    /// What all models share.
    pub common: ModelCommon,
    /// What happens where a node's predicate is unknown.
    pub missing_value_strategy: MissingValueStrategy,
    /// The confidence is multiplied by it for each missing value on the way.
    pub missing_value_penalty: f64,
    /// What happens where no child's predicate is true.
    pub no_true_child_strategy: NoTrueChildStrategy,
    /// Whether all inner nodes have two children.
    pub split_characteristic: SplitCharacteristic,
    /// The nodes.
    pub tree: Tree,
}

/// The element `DecisionTree`: a tree inside a `MiningModel` or inside a node of another tree.
#[derive(Clone, Debug)]
pub struct DecisionTree {
    /// The element's place.
    pub position: Position,
    /// What all models share.
    pub common: ModelCommon,
    /// What happens where a node's predicate is unknown.
    pub missing_value_strategy: MissingValueStrategy,
    /// The confidence is multiplied by it for each missing value on the way.
    pub missing_value_penalty: f64,
    /// What happens where no child's predicate is true.
    pub no_true_child_strategy: NoTrueChildStrategy,
    /// Whether all inner nodes have two children.
    pub split_characteristic: SplitCharacteristic,
    /// The results that the model around this one may use as fields.
    pub result_fields: Vec<ResultField>,
    /// The nodes.
    pub tree: Tree,
}

enumeration! {
    /// What happens where a node's predicate is unknown.
    #[derive(Default)]
    pub enum MissingValueStrategy {
        /// The last node reached gives the prediction.
        LastPrediction = "lastPrediction",
        /// There is no prediction.
        NullPrediction = "nullPrediction",
        /// The default child is taken.
        DefaultChild = "defaultChild",
        /// The children's confidences are averaged, weighted by record counts.
        WeightedConfidence = "weightedConfidence",
        /// The record counts of the leaves within reach are added up.
        AggregateNodes = "aggregateNodes",
        /// Unknown counts as false.
        #[default]
        None = "none",
    }
}

enumeration! {
    /// What happens where no child's predicate is true.
    #[derive(Default)]
    pub enum NoTrueChildStrategy {
        /// There is no prediction.
        #[default]
        ReturnNullPrediction = "returnNullPrediction",
        /// The node itself gives the prediction.
        ReturnLastPrediction = "returnLastPrediction",
    }
}

enumeration! {
    /// The number of children of an inner node.
    #[derive(Default)]
    pub enum SplitCharacteristic {
        /// Two.
        BinarySplit = "binarySplit",
        /// Any.
        #[default]
        MultiSplit = "multiSplit",
    }
}

/// The nodes of one tree, in document order. There is always a root.
#[derive(Clone, Debug)]
pub struct Tree {
    nodes: Vec<Node>,
}

/// A node's place in its [`Tree`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeIndex(u32);

impl NodeIndex {
    /// The root of every tree.
    pub const ROOT: NodeIndex = NodeIndex(0);

    /// The place as a number: nodes count from 0, in document order.
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// The element `Node`.
#[derive(Clone, Debug)]
pub struct Node {
    /// The element's place.
    pub position: Position,
    /// The node's name.
    pub id: Option<Name>,
    /// The prediction.
    pub score: Option<Name>,
    /// How many rows of the training data came here.
    pub record_count: Option<f64>,
    /// The name of the child to take where the value that decides is missing.
    pub default_child: Option<Name>,
    /// When the node applies.
    pub predicate: Predicate,
    /// The first child; the others follow by `next_sibling`.
    pub first_child: Option<NodeIndex>,
    /// The node after this one, with the same parent.
    pub next_sibling: Option<NodeIndex>,
    /// How the training data's target values are distributed here.
    pub score_distributions: Box<[ScoreDistribution]>,
    /// The model that computes the prediction of this node.
    pub embedded_model: Option<Box<EmbeddedModel>>,
}

impl Tree {
    /// The root.
    pub fn root(&self) -> &Node {
        &self[NodeIndex::ROOT]
    }

    /// All nodes, in document order.
    pub fn nodes(&self) -> &[Node] {
        &self.nodes
    }

    /// The children of a node, in document order.
    pub fn children(&self, parent: NodeIndex) -> impl Iterator<Item = NodeIndex> + '_ {
        std::iter::successors(self[parent].first_child, |child| self[*child].next_sibling)
    }
}

impl Index<NodeIndex> for Tree {
    type Output = Node;

    fn index(&self, index: NodeIndex) -> &Node {
        &self.nodes[index.index()]
    }
}

/// The element `ScoreDistribution`.
#[derive(Clone, Debug)]
pub struct ScoreDistribution {
    /// The element's place.
    pub position: Position,
    /// The category.
    pub value: Name,
    /// How many rows of the training data have it.
    pub record_count: Option<f64>,
    /// How certain the category is.
    pub confidence: Option<f64>,
    /// The category's probability; takes the place of the share of the record count.
    pub probability: Option<f64>,
}
