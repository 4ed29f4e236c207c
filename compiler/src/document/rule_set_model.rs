//! `RuleSetModel`: rules that predict a category if their predicates are true.

use super::enumeration::enumeration;
use super::markup::{Markup, lacks};
use super::model_common::{CommonReader, ModelCommon};
use super::predicate::Predicate;
use super::tree_model::ScoreDistribution;
use super::{Name, Position};
use crate::error::Result;

/// The element `RuleSetModel`.
#[derive(Clone, Debug)]
pub struct RuleSetModel {
    /// The element's position.
    pub position: Position,
    /// The parts that all models share.
    pub common: ModelCommon,
    /// The rules.
    pub rule_set: RuleSet,
}

/// The element `RuleSet`.
#[derive(Clone, Debug)]
pub struct RuleSet {
    /// The element's position.
    pub position: Position,
    /// The methods to select among rules that apply, at least one; the first is the default.
    pub rule_selection_methods: Vec<RuleSelectionMethod>,
    /// The distribution of the target in the training data.
    pub score_distributions: Vec<ScoreDistribution>,
    /// The rules, in document order.
    pub rules: Vec<Rule>,
    /// The number of rows of the training data.
    pub record_count: Option<f64>,
    /// The number of those that the default score predicts correctly.
    pub nb_correct: Option<f64>,
    /// The prediction if no rule applies.
    pub default_score: Option<Name>,
    /// The confidence in that prediction.
    pub default_confidence: Option<f64>,
}

/// The element `RuleSelectionMethod`.
#[derive(Clone, Debug)]
pub struct RuleSelectionMethod {
    /// The element's position.
    pub position: Position,
    /// How to select.
    pub criterion: Criterion,
}

enumeration! {
    /// How to select among several rules that apply.
    pub enum Criterion {
        /// The category with the largest total weight.
        WeightedSum = "weightedSum",
        /// The rule with the largest weight.
        WeightedMax = "weightedMax",
        /// The first rule.
        FirstHit = "firstHit",
    }
}

/// An element of the standard's group `Rule`.
#[derive(Clone, Debug)]
pub enum Rule {
    /// A rule with a prediction.
    SimpleRule(SimpleRule),
    /// Rules with a common condition.
    CompoundRule(CompoundRule),
}

/// The element `SimpleRule`.
#[derive(Clone, Debug)]
pub struct SimpleRule {
    /// The element's position.
    pub position: Position,
    /// When the rule applies.
    pub predicate: Predicate,
    /// The distribution of the target in the training data to which the rule applies.
    pub score_distributions: Vec<ScoreDistribution>,
    /// The rule's identifier.
    pub id: Option<Name>,
    /// The prediction.
    pub score: Name,
    /// The number of rows of the training data to which the rule applies.
    pub record_count: Option<f64>,
    /// The number of those that it predicts correctly.
    pub nb_correct: Option<f64>,
    /// The confidence in the prediction.
    pub confidence: f64,
    /// The weight of the rule.
    pub weight: f64,
}

/// The element `CompoundRule`.
#[derive(Clone, Debug)]
pub struct CompoundRule {
    /// The element's position.
    pub position: Position,
    /// When the rules inside apply, if their own predicates are true as well.
    pub predicate: Predicate,
    /// The rules inside, in document order.
    pub rules: Vec<Rule>,
}

impl RuleSetModel {
    pub(super) fn read(xml: &mut Markup<'_>) -> Result<Self> {
        let position = xml.position();
        let mut common = CommonReader::new(xml)?;
        let mut rule_set = None;
        while let Some(child) = xml.child()? {
            match &*child {
                "RuleSet" => xml.once(&mut rule_set, RuleSet::read)?,
                _ => common.read(xml)?,
            }
        }
        Ok(RuleSetModel {
            position,
            common: common.finish()?,
            rule_set: rule_set.ok_or_else(|| lacks(position, "RuleSetModel", "a `RuleSet`"))?,
        })
    }
}

impl RuleSet {
    fn read(xml: &mut Markup<'_>) -> Result<Self> {
        let mut rule_set = RuleSet {
            position: xml.position(),
            rule_selection_methods: Vec::new(),
            score_distributions: Vec::new(),
            rules: Vec::new(),
            record_count: xml.description("recordCount")?,
            nb_correct: xml.description("nbCorrect")?,
            default_score: xml.optional("defaultScore")?,
            default_confidence: xml.optional("defaultConfidence")?,
        };
        while let Some(child) = xml.child()? {
            match &*child {
                "RuleSelectionMethod" => {
                    rule_set.rule_selection_methods.push(RuleSelectionMethod::read(xml)?);
                }
                "ScoreDistribution" => rule_set.score_distributions.push(ScoreDistribution::read(xml)?),
                name if Rule::is(name) => rule_set.rules.push(Rule::read(xml)?),
                _ => return Err(xml.unexpected()),
            }
        }
        if rule_set.rule_selection_methods.is_empty() {
            return Err(lacks(rule_set.position, "RuleSet", "a `RuleSelectionMethod`"));
        }
        Ok(rule_set)
    }
}

impl RuleSelectionMethod {
    fn read(xml: &mut Markup<'_>) -> Result<Self> {
        let method = RuleSelectionMethod { position: xml.position(), criterion: xml.required("criterion")? };
        xml.leaf()?;
        Ok(method)
    }
}

impl Rule {
    /// Returns whether an element of this name is a rule.
    fn is(element: &str) -> bool {
        matches!(element, "SimpleRule" | "CompoundRule")
    }

    /// Reads the rule whose start tag has been read.
    fn read(xml: &mut Markup<'_>) -> Result<Self> {
        Ok(match &*xml.element() {
            "SimpleRule" => Rule::SimpleRule(SimpleRule::read(xml)?),
            _ => Rule::CompoundRule(xml.nested(CompoundRule::read)?),
        })
    }
}

impl SimpleRule {
    fn read(xml: &mut Markup<'_>) -> Result<Self> {
        let position = xml.position();
        let id = xml.optional("id")?;
        let score = xml.required("score")?;
        let record_count = xml.description("recordCount")?;
        let nb_correct = xml.description("nbCorrect")?;
        let confidence = xml.optional("confidence")?.unwrap_or(1.0);
        let weight = xml.optional("weight")?.unwrap_or(1.0);
        let (mut predicate, mut score_distributions) = (None, Vec::new());
        while let Some(child) = xml.child()? {
            match &*child {
                "ScoreDistribution" => score_distributions.push(ScoreDistribution::read(xml)?),
                name if Predicate::is(name) => xml.once(&mut predicate, Predicate::read)?,
                _ => return Err(xml.unexpected()),
            }
        }
        let predicate = predicate.ok_or_else(|| lacks(position, "SimpleRule", "a predicate"))?;
        Ok(SimpleRule {
            position,
            predicate,
            score_distributions,
            id,
            score,
            record_count,
            nb_correct,
            confidence,
            weight,
        })
    }
}

impl CompoundRule {
    fn read(xml: &mut Markup<'_>) -> Result<Self> {
        let position = xml.position();
        let (mut predicate, mut rules) = (None, Vec::new());
        while let Some(child) = xml.child()? {
            match &*child {
                name if Rule::is(name) => rules.push(Rule::read(xml)?),
                name if Predicate::is(name) => xml.once(&mut predicate, Predicate::read)?,
                _ => return Err(xml.unexpected()),
            }
        }
        let predicate = predicate.ok_or_else(|| lacks(position, "CompoundRule", "a predicate"))?;
        if rules.is_empty() {
            return Err(lacks(position, "CompoundRule", "rules to combine"));
        }
        Ok(CompoundRule { position, predicate, rules })
    }
}
