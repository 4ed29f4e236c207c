//! `Scorecard`: the sum of points for each characteristic, with the reasons for a low or high sum.

use super::enumeration::enumeration;
use super::expression::Expression;
use super::markup::{Markup, lacks};
use super::model_common::{CommonReader, ModelCommon};
use super::predicate::Predicate;
use super::{Name, Position};
use crate::error::Result;

/// The element `Scorecard`.
#[derive(Clone, Debug)]
pub struct Scorecard {
    /// The element's position.
    pub position: Position,
    /// The parts that all models share.
    pub common: ModelCommon,
    /// The initial points.
    pub initial_score: f64,
    /// Whether the model returns reasons.
    pub use_reason_codes: bool,
    /// Whether points below or above the baseline are a reason.
    pub reason_code_algorithm: ReasonCodeAlgorithm,
    /// The baseline for characteristics without one of their own.
    pub baseline_score: Option<f64>,
    /// How the baselines were determined.
    pub baseline_method: BaselineMethod,
    /// The characteristics, in document order.
    pub characteristics: Vec<Characteristic>,
}

enumeration! {
    /// How points are compared with the baseline.
    #[derive(Default)]
    pub enum ReasonCodeAlgorithm {
        /// The points minus the baseline.
        PointsAbove = "pointsAbove",
        /// The baseline minus the points.
        #[default]
        PointsBelow = "pointsBelow",
    }
}

enumeration! {
    /// How the baselines were determined in training.
    #[derive(Default)]
    #[allow(missing_docs, reason = "the variants are the standard's words")]
    pub enum BaselineMethod {
        Max = "max",
        Min = "min",
        Mean = "mean",
        Neutral = "neutral",
        #[default]
        Other = "other",
    }
}

/// The element `Characteristic`.
#[derive(Clone, Debug)]
pub struct Characteristic {
    /// The element's position.
    pub position: Position,
    /// The characteristic's name.
    pub name: Option<Name>,
    /// The code of its reason.
    pub reason_code: Option<Name>,
    /// The baseline of its points.
    pub baseline_score: Option<f64>,
    /// The attributes, in the order in which they are tried.
    pub attributes: Vec<Attribute>,
}

/// The element `Attribute`.
#[derive(Clone, Debug)]
pub struct Attribute {
    /// The element's position.
    pub position: Position,
    /// The condition under which the attribute applies.
    pub predicate: Predicate,
    /// The code of its reason, in place of the characteristic's.
    pub reason_code: Option<Name>,
    /// The points.
    pub partial_score: Option<f64>,
    /// How the points are computed, in place of `partial_score`.
    pub complex_partial_score: Option<Expression>,
}

impl Scorecard {
    pub(super) fn read(xml: &mut Markup<'_>) -> Result<Self> {
        let position = xml.position();
        let mut common = CommonReader::new(xml)?;
        let initial_score = xml.or_default("initialScore")?;
        let use_reason_codes = xml.optional("useReasonCodes")?.unwrap_or(true);
        let reason_code_algorithm = xml.or_default("reasonCodeAlgorithm")?;
        let baseline_score = xml.optional("baselineScore")?;
        let baseline_method = xml.or_default("baselineMethod")?;
        let mut characteristics = None;
        while let Some(child) = xml.child()? {
            match &*child {
                "Characteristics" => xml.once(&mut characteristics, read_characteristics)?,
                _ => common.read(xml)?,
            }
        }
        Ok(Scorecard {
            position,
            common: common.finish()?,
            initial_score,
            use_reason_codes,
            reason_code_algorithm,
            baseline_score,
            baseline_method,
            characteristics: characteristics
                .ok_or_else(|| lacks(position, "Scorecard", "`Characteristics`"))?,
        })
    }
}

fn read_characteristics(xml: &mut Markup<'_>) -> Result<Vec<Characteristic>> {
    let position = xml.position();
    let mut characteristics = Vec::new();
    while let Some(child) = xml.child()? {
        match &*child {
            "Characteristic" => characteristics.push(Characteristic::read(xml)?),
            _ => return Err(xml.unexpected()),
        }
    }
    if characteristics.is_empty() {
        return Err(lacks(position, "Characteristics", "a `Characteristic`"));
    }
    Ok(characteristics)
}

impl Characteristic {
    fn read(xml: &mut Markup<'_>) -> Result<Self> {
        let mut characteristic = Characteristic {
            position: xml.position(),
            name: xml.optional("name")?,
            reason_code: xml.optional("reasonCode")?,
            baseline_score: xml.optional("baselineScore")?,
            attributes: Vec::new(),
        };
        while let Some(child) = xml.child()? {
            match &*child {
                "Attribute" => characteristic.attributes.push(Attribute::read(xml)?),
                _ => return Err(xml.unexpected()),
            }
        }
        if characteristic.attributes.is_empty() {
            return Err(lacks(characteristic.position, "Characteristic", "an `Attribute`"));
        }
        Ok(characteristic)
    }
}

impl Attribute {
    fn read(xml: &mut Markup<'_>) -> Result<Self> {
        let position = xml.position();
        let reason_code = xml.optional("reasonCode")?;
        let partial_score = xml.optional("partialScore")?;
        let (mut predicate, mut complex_partial_score) = (None, None);
        while let Some(child) = xml.child()? {
            match &*child {
                "ComplexPartialScore" => xml.once(&mut complex_partial_score, read_complex_partial_score)?,
                name if Predicate::is(name) => xml.once(&mut predicate, Predicate::read)?,
                _ => return Err(xml.unexpected()),
            }
        }
        let predicate = predicate.ok_or_else(|| lacks(position, "Attribute", "a predicate"))?;
        if partial_score.is_none() && complex_partial_score.is_none() {
            return Err(lacks(position, "Attribute", "a `partialScore` or a `ComplexPartialScore`"));
        }
        Ok(Attribute { position, predicate, reason_code, partial_score, complex_partial_score })
    }
}

fn read_complex_partial_score(xml: &mut Markup<'_>) -> Result<Expression> {
    let position = xml.position();
    let mut expression = None;
    while let Some(child) = xml.child()? {
        match &*child {
            name if Expression::is(name) => xml.once(&mut expression, Expression::read)?,
            _ => return Err(xml.unexpected()),
        }
    }
    expression.ok_or_else(|| lacks(position, "ComplexPartialScore", "an expression"))
}
