//! `Output`: the results of a model besides its prediction.

use super::data_dictionary::{DataType, OpType, Value};
use super::enumeration::enumeration;
use super::expression::Expression;
use super::markup::Markup;
use super::{Name, Position};
use crate::error::Result;

/// The element `Output`.
#[derive(Clone, Debug, Default)]
pub struct Output {
    /// The element's position.
    pub position: Position,
    /// The fields, in document order; each may refer to those before it.
    pub output_fields: Vec<OutputField>,
}

/// The element `OutputField`.
#[derive(Clone, Debug)]
pub struct OutputField {
    /// The element's position.
    pub position: Position,
    /// The field's name.
    pub name: Name,
    /// The name to display.
    pub display_name: Option<Name>,
    /// The operations that the values support.
    pub optype: Option<OpType>,
    /// The type that the result is cast to.
    pub data_type: Option<DataType>,
    /// The target that the field refers to.
    pub target_field: Option<Name>,
    /// The feature that the field returns.
    pub feature: ResultFeature,
    /// The category, entity or the like that the feature refers to.
    pub value: Option<Name>,
    /// The part of a rule that the field returns.
    pub rule_feature: RuleFeature,
    /// Which association rules are selected.
    pub algorithm: RuleAlgorithm,
    /// The place in the ranking, counting from 1.
    pub rank: i64,
    /// What association rules are ranked by.
    pub rank_basis: RankBasis,
    /// From which end they are ranked.
    pub rank_order: RankOrder,
    /// Whether the field returns a list of the first places, `rank` being their maximum number.
    pub is_multi_valued: bool,
    /// The segment that the field refers to.
    pub segment_id: Option<Name>,
    /// Whether the field is one of the model's results.
    pub is_final_result: bool,
    /// The output field whose computation is reported (JPMML's `x-reportField`).
    pub report_field: Option<Name>,
    /// The decisions that a value may stand for.
    pub decisions: Option<Decisions>,
    /// How a transformed value or decision is computed.
    pub expression: Option<Expression>,
    /// The listed values.
    pub values: Vec<Value>,
}

enumeration! {
    /// A feature that an output field can return.
    #[derive(Default)]
    #[allow(missing_docs, reason = "the variants are the standard's words")]
    pub enum ResultFeature {
        #[default]
        PredictedValue = "predictedValue",
        PredictedDisplayValue = "predictedDisplayValue",
        TransformedValue = "transformedValue",
        Decision = "decision",
        Probability = "probability",
        Affinity = "affinity",
        Residual = "residual",
        StandardError = "standardError",
        StandardDeviation = "standardDeviation",
        ClusterId = "clusterId",
        ClusterAffinity = "clusterAffinity",
        EntityId = "entityId",
        EntityAffinity = "entityAffinity",
        Warning = "warning",
        RuleValue = "ruleValue",
        ReasonCode = "reasonCode",
        Antecedent = "antecedent",
        Consequent = "consequent",
        Rule = "rule",
        RuleId = "ruleId",
        Confidence = "confidence",
        Support = "support",
        Lift = "lift",
        Leverage = "leverage",
        ConfidenceIntervalLower = "confidenceIntervalLower",
        ConfidenceIntervalUpper = "confidenceIntervalUpper",
        /// JPMML's report on the computation of another output field.
        Report = "x-report" | "report",
    }
}

enumeration! {
    /// A part of an association rule that an output field can return.
    #[derive(Default)]
    #[allow(missing_docs, reason = "the variants are the standard's words")]
    pub enum RuleFeature {
        Antecedent = "antecedent",
        #[default]
        Consequent = "consequent",
        Rule = "rule",
        RuleId = "ruleId",
        Confidence = "confidence",
        Support = "support",
        Lift = "lift",
        Leverage = "leverage",
        Affinity = "affinity",
    }
}

enumeration! {
    /// Which association rules apply to a transaction.
    #[derive(Default)]
    pub enum RuleAlgorithm {
        /// Those whose antecedent it contains.
        Recommendation = "recommendation",
        /// Those whose antecedent it contains, but not the whole consequent.
        #[default]
        ExclusiveRecommendation = "exclusiveRecommendation",
        /// Those whose antecedent and consequent it contains.
        RuleAssociation = "ruleAssociation",
    }
}

enumeration! {
    /// What association rules are ranked by.
    #[derive(Default)]
    #[allow(missing_docs, reason = "the variants are the standard's words")]
    pub enum RankBasis {
        #[default]
        Confidence = "confidence",
        Support = "support",
        Lift = "lift",
        Leverage = "leverage",
        Affinity = "affinity",
    }
}

enumeration! {
    /// From which end a ranking begins.
    #[derive(Default)]
    #[allow(missing_docs, reason = "the variants are the standard's words")]
    pub enum RankOrder {
        #[default]
        Descending = "descending",
        Ascending = "ascending",
    }
}

/// The element `Decisions`.
#[derive(Clone, Debug)]
pub struct Decisions {
    /// The element's position.
    pub position: Position,
    /// The problem that the decisions solve.
    pub business_problem: Option<Name>,
    /// A description of them.
    pub description: Option<Name>,
    /// The decisions.
    pub decisions: Vec<Decision>,
}

/// The element `Decision`.
#[derive(Clone, Debug)]
pub struct Decision {
    /// The element's position.
    pub position: Position,
    /// The output's value that stands for the decision.
    pub value: Name,
    /// The string to display.
    pub display_value: Option<Name>,
    /// What the decision means.
    pub description: Option<Name>,
}

impl Output {
    pub(super) fn read(xml: &mut Markup<'_>) -> Result<Self> {
        let mut output = Output { position: xml.position(), output_fields: Vec::new() };
        while let Some(child) = xml.child()? {
            match &*child {
                "OutputField" => output.output_fields.push(OutputField::read(xml)?),
                _ => return Err(xml.unexpected()),
            }
        }
        Ok(output)
    }
}

impl OutputField {
    fn read(xml: &mut Markup<'_>) -> Result<Self> {
        let mut field = OutputField {
            position: xml.position(),
            name: xml.required("name")?,
            display_name: xml.optional("displayName")?,
            optype: xml.description("optype")?,
            data_type: xml.optional("dataType")?,
            target_field: xml.optional("targetField")?,
            feature: xml.or_default("feature")?,
            value: xml.optional("value")?,
            rule_feature: xml.or_default("ruleFeature")?,
            algorithm: xml.or_default("algorithm")?,
            rank: xml.optional("rank")?.unwrap_or(1),
            rank_basis: xml.or_default("rankBasis")?,
            rank_order: xml.or_default("rankOrder")?,
            is_multi_valued: xml.or_default("isMultiValued")?,
            segment_id: xml.optional("segmentId")?,
            is_final_result: xml.optional("isFinalResult")?.unwrap_or(true),
            report_field: xml.optional("x-reportField")?,
            decisions: None,
            expression: None,
            values: Vec::new(),
        };
        while let Some(child) = xml.child()? {
            match &*child {
                "Decisions" => xml.dispensable(&mut field.decisions, Decisions::read)?,
                "Value" => field.values.push(Value::read(xml)?),
                name if Expression::is(name) => xml.once(&mut field.expression, Expression::read)?,
                _ => return Err(xml.unexpected()),
            }
        }
        Ok(field)
    }
}

impl Decisions {
    fn read(xml: &mut Markup<'_>) -> Result<Self> {
        let mut decisions = Decisions {
            position: xml.position(),
            business_problem: xml.optional("businessProblem")?,
            description: xml.optional("description")?,
            decisions: Vec::new(),
        };
        while let Some(child) = xml.child()? {
            match &*child {
                "Decision" => decisions.decisions.push(Decision::read(xml)?),
                _ => return Err(xml.unexpected()),
            }
        }
        Ok(decisions)
    }
}

impl Decision {
    fn read(xml: &mut Markup<'_>) -> Result<Self> {
        let decision = Decision {
            position: xml.position(),
            value: xml.required("value")?,
            display_value: xml.optional("displayValue")?,
            description: xml.optional("description")?,
        };
        xml.leaf()?;
        Ok(decision)
    }
}
