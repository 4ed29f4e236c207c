//! `TreeModel`: decision trees, and the old embedded `DecisionTree`.
//!
//! A tree may be as deep as it has nodes, so its nodes are stored flat, in document order: a node comes before its
//! children, and walking a tree never needs the stack.

use super::embedded_model::EmbeddedModel;
use super::enumeration::enumeration;
use super::markup::{Markup, lacks};
use super::model_common::{CommonReader, ModelCommon};
use super::predicate::Predicate;
use super::result_field::ResultField;
use super::{Name, Position};
use crate::error::{Error, Result};
use std::ops::Index;

/// The element `TreeModel`.
#[derive(Clone, Debug)]
pub struct TreeModel {
    /// The element's position.
    pub position: Position,
    /// The parts that all models share.
    pub common: ModelCommon,
    /// What happens if a node's predicate is unknown.
    pub missing_value_strategy: MissingValueStrategy,
    /// The factor of the confidence for each missing value on the way.
    pub missing_value_penalty: f64,
    /// What happens if no child's predicate is true.
    pub no_true_child_strategy: NoTrueChildStrategy,
    /// Whether all inner nodes have two children.
    pub split_characteristic: SplitCharacteristic,
    /// The nodes.
    pub tree: Tree,
}

/// The element `DecisionTree`: a tree inside a `MiningModel` or inside a node of another tree.
#[derive(Clone, Debug)]
pub struct DecisionTree {
    /// The element's position.
    pub position: Position,
    /// The parts that all models share.
    pub common: ModelCommon,
    /// What happens if a node's predicate is unknown.
    pub missing_value_strategy: MissingValueStrategy,
    /// The factor of the confidence for each missing value on the way.
    pub missing_value_penalty: f64,
    /// What happens if no child's predicate is true.
    pub no_true_child_strategy: NoTrueChildStrategy,
    /// Whether all inner nodes have two children.
    pub split_characteristic: SplitCharacteristic,
    /// The results that the model around it can use as fields.
    pub result_fields: Vec<ResultField>,
    /// The nodes.
    pub tree: Tree,
}

enumeration! {
    /// What happens if a node's predicate is unknown.
    #[derive(Default)]
    pub enum MissingValueStrategy {
        /// The prediction is that of the last node reached.
        LastPrediction = "lastPrediction",
        /// The prediction is missing.
        NullPrediction = "nullPrediction",
        /// The default child is taken.
        DefaultChild = "defaultChild",
        /// The children's confidences are averaged, weighted by record counts.
        WeightedConfidence = "weightedConfidence",
        /// The record counts of the reachable leaves are added up.
        AggregateNodes = "aggregateNodes",
        /// Unknown counts as false.
        #[default]
        None = "none",
    }
}

enumeration! {
    /// What happens if no child's predicate is true.
    #[derive(Default)]
    pub enum NoTrueChildStrategy {
        /// The prediction is missing.
        #[default]
        ReturnNullPrediction = "returnNullPrediction",
        /// The prediction is that of the node itself.
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

/// A node's index in its [`Tree`], meaningless in another tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeIndex(u32);

impl NodeIndex {
    /// The root of every tree.
    pub const ROOT: NodeIndex = NodeIndex(0);

    /// Returns the index as a number: nodes count from 0, in document order.
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// The element `Node`.
#[derive(Clone, Debug)]
pub struct Node {
    /// The element's position.
    pub position: Position,
    /// The node's identifier.
    pub id: Option<Name>,
    /// The prediction.
    pub score: Option<Name>,
    /// The number of rows of the training data that reached the node.
    pub record_count: Option<f64>,
    /// The identifier of the child to take if the deciding value is missing.
    pub default_child: Option<Name>,
    /// The condition under which the node applies.
    pub predicate: Predicate,
    /// The first child; the others follow by `next_sibling`.
    pub first_child: Option<NodeIndex>,
    /// The node after this one, with the same parent.
    pub next_sibling: Option<NodeIndex>,
    /// The distribution of the training data's target values in the node.
    pub score_distributions: Box<[ScoreDistribution]>,
    /// The model that computes the prediction of this node.
    pub embedded_model: Option<Box<EmbeddedModel>>,
}

impl Tree {
    /// Returns the root.
    pub fn root(&self) -> &Node {
        &self[NodeIndex::ROOT]
    }

    /// Returns all nodes, in document order.
    pub fn nodes(&self) -> &[Node] {
        &self.nodes
    }

    /// Returns the children of a node, in document order.
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
    /// The element's position.
    pub position: Position,
    /// The category.
    pub value: Name,
    /// The number of rows of the training data that have it.
    pub record_count: Option<f64>,
    /// The confidence in the category.
    pub confidence: Option<f64>,
    /// The category's probability; replaces its share of the record counts.
    pub probability: Option<f64>,
}

/// The attributes that `TreeModel` and `DecisionTree` share.
struct Strategies {
    missing_value_strategy: MissingValueStrategy,
    missing_value_penalty: f64,
    no_true_child_strategy: NoTrueChildStrategy,
    split_characteristic: SplitCharacteristic,
}

impl Strategies {
    fn read(xml: &mut Markup<'_>) -> Result<Self> {
        Ok(Strategies {
            missing_value_strategy: xml.or_default("missingValueStrategy")?,
            missing_value_penalty: xml.optional("missingValuePenalty")?.unwrap_or(1.0),
            no_true_child_strategy: xml.or_default("noTrueChildStrategy")?,
            split_characteristic: xml.or_default("splitCharacteristic")?,
        })
    }
}

impl TreeModel {
    pub(super) fn read(xml: &mut Markup<'_>) -> Result<Self> {
        let position = xml.position();
        let mut common = CommonReader::new(xml)?;
        let strategies = Strategies::read(xml)?;
        let mut tree = None;
        while let Some(child) = xml.child()? {
            match &*child {
                "Node" => xml.once(&mut tree, Tree::read)?,
                _ => common.read(xml)?,
            }
        }
        Ok(TreeModel {
            position,
            common: common.finish()?,
            missing_value_strategy: strategies.missing_value_strategy,
            missing_value_penalty: strategies.missing_value_penalty,
            no_true_child_strategy: strategies.no_true_child_strategy,
            split_characteristic: strategies.split_characteristic,
            tree: tree.ok_or_else(|| lacks(position, "TreeModel", "a `Node`"))?,
        })
    }
}

impl DecisionTree {
    pub(super) fn read(xml: &mut Markup<'_>) -> Result<Self> {
        let position = xml.position();
        let mut common = CommonReader::new(xml)?;
        let strategies = Strategies::read(xml)?;
        let (mut result_fields, mut tree) = (Vec::new(), None);
        while let Some(child) = xml.child()? {
            match &*child {
                "ResultField" => result_fields.push(ResultField::read(xml)?),
                "Node" => xml.once(&mut tree, Tree::read)?,
                _ => common.read(xml)?,
            }
        }
        Ok(DecisionTree {
            position,
            common: common.finish_embedded(),
            missing_value_strategy: strategies.missing_value_strategy,
            missing_value_penalty: strategies.missing_value_penalty,
            no_true_child_strategy: strategies.no_true_child_strategy,
            split_characteristic: strategies.split_characteristic,
            result_fields,
            tree: tree.ok_or_else(|| lacks(position, "DecisionTree", "a `Node`"))?,
        })
    }
}

/// A node whose end tag has not been read yet.
struct OpenNode {
    index: NodeIndex,
    last_child: Option<NodeIndex>,
    predicate: Option<Predicate>,
    score_distributions: Vec<ScoreDistribution>,
    embedded_model: Option<Box<EmbeddedModel>>,
}

impl Tree {
    /// Reads the root node, whose start tag has been read, and all nodes inside of it.
    fn read(xml: &mut Markup<'_>) -> Result<Self> {
        let mut tree = Tree { nodes: Vec::new() };
        let mut open = vec![tree.open(xml)?];
        while let Some(node) = open.last_mut() {
            let Some(child) = xml.child()? else {
                open.pop().map_or(Ok(()), |node| tree.close(node))?;
                continue;
            };
            match &*child {
                "Node" => {
                    let child = tree.open(xml)?;
                    match node.last_child.replace(child.index) {
                        None => tree.node(node.index).first_child = Some(child.index),
                        Some(last) => tree.node(last).next_sibling = Some(child.index),
                    }
                    open.push(child);
                }
                "ScoreDistribution" => node.score_distributions.push(ScoreDistribution::read(xml)?),
                "Partition" => xml.skip()?,
                "Regression" | "DecisionTree" => {
                    xml.once(&mut node.embedded_model, |xml| Ok(Box::new(EmbeddedModel::read(xml)?)))?;
                }
                name if Predicate::is(name) => xml.once(&mut node.predicate, Predicate::read)?,
                _ => return Err(xml.unexpected()),
            }
        }
        tree.nodes.shrink_to_fit();
        Ok(tree)
    }

    /// Adds the node whose start tag has been read. Its predicate and other children are filled in when it is closed.
    fn open(&mut self, xml: &mut Markup<'_>) -> Result<OpenNode> {
        let position = xml.position();
        let index = u32::try_from(self.nodes.len()).map(NodeIndex).map_err(|_| Error::Limit {
            position,
            message: "a tree has more nodes than can be counted in 32 bits".to_owned(),
        })?;
        self.nodes.push(Node {
            position,
            id: xml.optional("id")?,
            score: xml.optional("score")?,
            record_count: xml.count("recordCount")?,
            default_child: xml.optional("defaultChild")?,
            predicate: Predicate::False(position),
            first_child: None,
            next_sibling: None,
            score_distributions: Box::default(),
            embedded_model: None,
        });
        Ok(OpenNode {
            index,
            last_child: None,
            predicate: None,
            score_distributions: Vec::new(),
            embedded_model: None,
        })
    }

    /// Fills in the children of a node. Fails if it has no predicate.
    fn close(&mut self, open: OpenNode) -> Result<()> {
        let node = self.node(open.index);
        node.predicate = open.predicate.ok_or_else(|| lacks(node.position, "Node", "a predicate"))?;
        node.score_distributions = open.score_distributions.into();
        node.embedded_model = open.embedded_model;
        Ok(())
    }

    fn node(&mut self, index: NodeIndex) -> &mut Node {
        &mut self.nodes[index.index()]
    }
}

impl ScoreDistribution {
    pub(super) fn read(xml: &mut Markup<'_>) -> Result<Self> {
        let distribution = ScoreDistribution {
            position: xml.position(),
            value: xml.required("value")?,
            record_count: xml.count("recordCount")?,
            confidence: xml.optional("confidence")?,
            probability: xml.optional("probability")?,
        };
        xml.leaf()?;
        Ok(distribution)
    }
}
