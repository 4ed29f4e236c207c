//! `RegressionModel`: linear and logistic regressions, and the old embedded `Regression`.

use super::enumeration::enumeration;
use super::expression::FieldRef;
use super::markup::{Markup, lacks};
use super::model_common::{CommonReader, ModelCommon};
use super::result_field::ResultField;
use super::{Name, Position};
use crate::error::Result;

/// The element `RegressionModel`.
#[derive(Clone, Debug)]
pub struct RegressionModel {
    /// The element's position.
    pub position: Position,
    /// The parts that all models share.
    pub common: ModelCommon,
    /// The conversion of the tables' sums to predictions.
    pub normalization_method: RegressionNormalizationMethod,
    /// The target field, if the MiningSchema has none (until PMML 4.1).
    pub target_field_name: Option<Name>,
    /// One equation, or one for each category.
    pub regression_tables: Vec<RegressionTable>,
}

/// The element `Regression`: a regression inside a `MiningModel` or inside a tree's node.
#[derive(Clone, Debug)]
pub struct Regression {
    /// The element's position.
    pub position: Position,
    /// The parts that all models share.
    pub common: ModelCommon,
    /// The conversion of the tables' sums to predictions.
    pub normalization_method: RegressionNormalizationMethod,
    /// The results that the model around it can use as fields.
    pub result_fields: Vec<ResultField>,
    /// One equation, or one for each category.
    pub regression_tables: Vec<RegressionTable>,
}

enumeration! {
    /// The conversion of the sums of regression tables to predictions.
    #[derive(Default)]
    #[allow(missing_docs, reason = "the variants are the standard's words")]
    pub enum RegressionNormalizationMethod {
        #[default]
        None = "none",
        Simplemax = "simplemax",
        Softmax = "softmax",
        Logit = "logit",
        Probit = "probit",
        Cloglog = "cloglog",
        Exp = "exp",
        Loglog = "loglog",
        Cauchit = "cauchit",
    }
}

/// The element `RegressionTable`: a sum of terms.
#[derive(Clone, Debug)]
pub struct RegressionTable {
    /// The element's position.
    pub position: Position,
    /// The constant term; 0 if absent.
    pub intercept: f64,
    /// The category that the sum belongs to.
    pub target_category: Option<Name>,
    /// The target that the sum belongs to (JPMML's `x-targetField`).
    pub target_field: Option<Name>,
    /// Terms of one number each.
    pub numeric_predictors: Vec<NumericPredictor>,
    /// Terms of one category each.
    pub categorical_predictors: Vec<CategoricalPredictor>,
    /// Terms that are products of fields.
    pub predictor_terms: Vec<PredictorTerm>,
}

/// The element `NumericPredictor`: coefficient × field ^ exponent.
#[derive(Clone, Debug)]
pub struct NumericPredictor {
    /// The element's position.
    pub position: Position,
    /// The field.
    pub name: Name,
    /// The power that it is raised to.
    pub exponent: i64,
    /// The factor.
    pub coefficient: f64,
}

/// The element `CategoricalPredictor`: the coefficient if the field has the value, else 0.
#[derive(Clone, Debug)]
pub struct CategoricalPredictor {
    /// The element's position.
    pub position: Position,
    /// The field.
    pub name: Name,
    /// The value, in the field's type.
    pub value: Name,
    /// The term's value.
    pub coefficient: f64,
}

/// The element `PredictorTerm`: coefficient × the product of the fields.
#[derive(Clone, Debug)]
pub struct PredictorTerm {
    /// The element's position.
    pub position: Position,
    /// The term's name.
    pub name: Option<Name>,
    /// The factor.
    pub coefficient: f64,
    /// The fields.
    pub field_refs: Vec<FieldRef>,
}

impl RegressionModel {
    pub(super) fn read(xml: &mut Markup<'_>) -> Result<Self> {
        let position = xml.position();
        let mut common = CommonReader::new(xml)?;
        let normalization_method = xml.or_default("normalizationMethod")?;
        let target_field_name = xml.optional("targetFieldName")?;
        let mut regression_tables = Vec::new();
        while let Some(child) = xml.child()? {
            match &*child {
                "RegressionTable" => regression_tables.push(RegressionTable::read(xml)?),
                _ => common.read(xml)?,
            }
        }
        if regression_tables.is_empty() {
            return Err(lacks(position, "RegressionModel", "a `RegressionTable`"));
        }
        let common = common.finish()?;
        Ok(RegressionModel { position, common, normalization_method, target_field_name, regression_tables })
    }
}

impl Regression {
    pub(super) fn read(xml: &mut Markup<'_>) -> Result<Self> {
        let position = xml.position();
        let mut common = CommonReader::new(xml)?;
        let normalization_method = xml.or_default("normalizationMethod")?;
        let (mut result_fields, mut regression_tables) = (Vec::new(), Vec::new());
        while let Some(child) = xml.child()? {
            match &*child {
                "ResultField" => result_fields.push(ResultField::read(xml)?),
                "RegressionTable" => regression_tables.push(RegressionTable::read(xml)?),
                _ => common.read(xml)?,
            }
        }
        if regression_tables.is_empty() {
            return Err(lacks(position, "Regression", "a `RegressionTable`"));
        }
        let common = common.finish_embedded();
        Ok(Regression { position, common, normalization_method, result_fields, regression_tables })
    }
}

impl RegressionTable {
    fn read(xml: &mut Markup<'_>) -> Result<Self> {
        let mut table = RegressionTable {
            position: xml.position(),
            intercept: xml.or_natural("intercept", 0.0)?,
            target_category: xml.optional("targetCategory")?,
            target_field: xml.optional("x-targetField")?,
            numeric_predictors: Vec::new(),
            categorical_predictors: Vec::new(),
            predictor_terms: Vec::new(),
        };
        while let Some(child) = xml.child()? {
            match &*child {
                "NumericPredictor" => table.numeric_predictors.push(NumericPredictor::read(xml)?),
                "CategoricalPredictor" => table.categorical_predictors.push(CategoricalPredictor::read(xml)?),
                "PredictorTerm" => table.predictor_terms.push(PredictorTerm::read(xml)?),
                _ => return Err(xml.unexpected()),
            }
        }
        Ok(table)
    }
}

impl NumericPredictor {
    fn read(xml: &mut Markup<'_>) -> Result<Self> {
        let predictor = NumericPredictor {
            position: xml.position(),
            name: xml.required("name")?,
            exponent: xml.optional("exponent")?.unwrap_or(1),
            coefficient: xml.required("coefficient")?,
        };
        xml.leaf()?;
        Ok(predictor)
    }
}

impl CategoricalPredictor {
    pub(super) fn read(xml: &mut Markup<'_>) -> Result<Self> {
        let predictor = CategoricalPredictor {
            position: xml.position(),
            name: xml.required("name")?,
            value: xml.required("value")?,
            coefficient: xml.required("coefficient")?,
        };
        xml.leaf()?;
        Ok(predictor)
    }
}

impl PredictorTerm {
    fn read(xml: &mut Markup<'_>) -> Result<Self> {
        let mut term = PredictorTerm {
            position: xml.position(),
            name: xml.optional("name")?,
            coefficient: xml.required("coefficient")?,
            field_refs: Vec::new(),
        };
        while let Some(child) = xml.child()? {
            match &*child {
                "FieldRef" => term.field_refs.push(FieldRef::read(xml)?),
                _ => return Err(xml.unexpected()),
            }
        }
        Ok(term)
    }
}
