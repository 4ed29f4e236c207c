//! `GeneralRegressionModel`: linear models of many kinds, their parameters in tables.
//!
//! A *parameter* is a term of the linear predictor. The `PPMatrix` defines the predictors that it is the product of,
//! the `ParamMatrix` its coefficient.

mod hazard;
mod parameter;

pub use hazard::{BaseCumHazardTables, BaselineCell, BaselineStratum, EventValues};
pub use parameter::{Category, PCell, PCovCell, PCovMatrix, PCovMatrixType, PPCell, Parameter, Predictor};

use self::parameter::list;
use crate::document::enumeration::enumeration;
use crate::document::markup::{Markup, lacks};
use crate::document::model_common::{CommonReader, ModelCommon};
use crate::document::{Name, Position};
use crate::error::Result;

/// The element `GeneralRegressionModel`.
#[derive(Clone, Debug)]
pub struct GeneralRegressionModel {
    /// The element's position.
    pub position: Position,
    /// The parts that all models share.
    pub common: ModelCommon,
    /// The type of the model, which decides how the linear predictor becomes a prediction.
    pub model_type: GeneralModelType,
    /// The target field, if the MiningSchema has none.
    pub target_variable_name: Option<Name>,
    /// The category that has no parameters.
    pub target_reference_category: Option<Name>,
    /// The link of an `ordinalMultinomial` model.
    pub cumulative_link: Option<CumulativeLinkFunction>,
    /// The link of a `generalizedLinear` model.
    pub link_function: Option<LinkFunction>,
    /// The parameter of the links `oddspower` and `power`.
    pub link_parameter: Option<f64>,
    /// The field that holds the number of trials.
    pub trials_variable: Option<Name>,
    /// The number of trials.
    pub trials_value: Option<i64>,
    /// The distribution of the target around its mean.
    pub distribution: Option<DistributionFunction>,
    /// The parameter of the negative binomial distribution.
    pub dist_parameter: Option<f64>,
    /// The field that is added to the linear predictor.
    pub offset_variable: Option<Name>,
    /// The number that is added to the linear predictor.
    pub offset_value: Option<f64>,
    /// The degrees of freedom.
    pub model_df: Option<f64>,
    /// The field that holds the time of a Cox regression.
    pub end_time_variable: Option<Name>,
    /// The field that holds the time at which observation began.
    pub start_time_variable: Option<Name>,
    /// The field that identifies subjects.
    pub subject_id_variable: Option<Name>,
    /// The field that says whether the event happened.
    pub status_variable: Option<Name>,
    /// The field that selects the baseline.
    pub baseline_strata_variable: Option<Name>,
    /// The parameters.
    pub parameters: Vec<Parameter>,
    /// The categorical predictors.
    pub factors: Vec<Predictor>,
    /// The numeric predictors.
    pub covariates: Vec<Predictor>,
    /// The cells of the `PPMatrix`: the predictors that parameters are products of.
    pub pp_matrix: Vec<PPCell>,
    /// The covariances of the estimated coefficients.
    pub p_cov_matrix: Option<PCovMatrix>,
    /// The cells of the `ParamMatrix`: the coefficients.
    pub param_matrix: Vec<PCell>,
    /// The values of the status that are events.
    pub event_values: Option<EventValues>,
    /// The baseline of a Cox regression.
    pub base_cum_hazard_tables: Option<BaseCumHazardTables>,
}

enumeration! {
    /// The type of the model, which decides how the linear predictor becomes a prediction.
    #[allow(missing_docs, reason = "the variants are the standard's words")]
    pub enum GeneralModelType {
        Regression = "regression",
        GeneralLinear = "generalLinear",
        MultinomialLogistic = "multinomialLogistic",
        OrdinalMultinomial = "ordinalMultinomial",
        GeneralizedLinear = "generalizedLinear",
        CoxRegression = "CoxRegression",
    }
}

enumeration! {
    /// A link function: it maps a mean to the linear predictor.
    #[allow(missing_docs, reason = "the variants are the standard's words")]
    pub enum LinkFunction {
        Cloglog = "cloglog",
        Identity = "identity",
        Log = "log",
        Logc = "logc",
        Logit = "logit",
        Loglog = "loglog",
        Negbin = "negbin",
        Oddspower = "oddspower",
        Power = "power",
        Probit = "probit",
    }
}

enumeration! {
    /// A link function: it maps a cumulative probability to the linear predictor.
    #[allow(missing_docs, reason = "the variants are the standard's words")]
    pub enum CumulativeLinkFunction {
        Logit = "logit",
        Probit = "probit",
        Cloglog = "cloglog",
        Loglog = "loglog",
        Cauchit = "cauchit",
    }
}

enumeration! {
    /// The distribution of the target around its mean, which does not affect the mean.
    #[allow(missing_docs, reason = "the variants are the standard's words")]
    pub enum DistributionFunction {
        Binomial = "binomial",
        Gamma = "gamma",
        Igauss = "igauss",
        Negbin = "negbin",
        Normal = "normal",
        Poisson = "poisson",
        Tweedie = "tweedie",
    }
}

impl GeneralRegressionModel {
    pub(super) fn read(xml: &mut Markup<'_>) -> Result<Self> {
        let position = xml.position();
        let mut common = CommonReader::new(xml)?;
        let model_type = xml.required("modelType")?;
        let target_variable_name = xml.optional("targetVariableName")?;
        let target_reference_category = xml.optional("targetReferenceCategory")?;
        let cumulative_link = xml.optional("cumulativeLink")?;
        let link_function = xml.optional("linkFunction")?;
        let link_parameter = xml.optional("linkParameter")?;
        let trials_variable = xml.optional("trialsVariable")?;
        let trials_value = xml.optional("trialsValue")?;
        let distribution = xml.optional("distribution")?;
        let dist_parameter = xml.optional("distParameter")?;
        let offset_variable = xml.optional("offsetVariable")?;
        let offset_value = xml.optional("offsetValue")?;
        let model_df = xml.description("modelDF")?;
        let end_time_variable = xml.optional("endTimeVariable")?;
        let start_time_variable = xml.optional("startTimeVariable")?;
        let subject_id_variable = xml.optional("subjectIDVariable")?;
        let status_variable = xml.optional("statusVariable")?;
        let baseline_strata_variable = xml.optional("baselineStrataVariable")?;
        let (mut parameters, mut factors, mut covariates) = (None, None, None);
        let (mut pp_matrix, mut p_cov_matrix, mut param_matrix) = (None, None, None);
        let (mut event_values, mut base_cum_hazard_tables) = (None, None);
        while let Some(child) = xml.child()? {
            match &*child {
                "ParameterList" => {
                    xml.once(&mut parameters, |xml| list(xml, "Parameter", Parameter::read))?;
                }
                "FactorList" => xml.once(&mut factors, |xml| list(xml, "Predictor", Predictor::read))?,
                "CovariateList" => {
                    xml.once(&mut covariates, |xml| list(xml, "Predictor", Predictor::read))?
                }
                "PPMatrix" => xml.once(&mut pp_matrix, |xml| list(xml, "PPCell", PPCell::read))?,
                "PCovMatrix" => xml.dispensable(&mut p_cov_matrix, PCovMatrix::read)?,
                "ParamMatrix" => xml.once(&mut param_matrix, |xml| list(xml, "PCell", PCell::read))?,
                "EventValues" => xml.once(&mut event_values, EventValues::read)?,
                "BaseCumHazardTables" => xml.once(&mut base_cum_hazard_tables, BaseCumHazardTables::read)?,
                _ => common.read(xml)?,
            }
        }
        let Some(param_matrix) = param_matrix else {
            return Err(lacks(position, "GeneralRegressionModel", "a `ParamMatrix`"));
        };
        Ok(GeneralRegressionModel {
            position,
            common: common.finish()?,
            model_type,
            target_variable_name,
            target_reference_category,
            cumulative_link,
            link_function,
            link_parameter,
            trials_variable,
            trials_value,
            distribution,
            dist_parameter,
            offset_variable,
            offset_value,
            model_df,
            end_time_variable,
            start_time_variable,
            subject_id_variable,
            status_variable,
            baseline_strata_variable,
            parameters: parameters.unwrap_or_default(),
            factors: factors.unwrap_or_default(),
            covariates: covariates.unwrap_or_default(),
            pp_matrix: pp_matrix.unwrap_or_default(),
            p_cov_matrix,
            param_matrix,
            event_values,
            base_cum_hazard_tables,
        })
    }
}
