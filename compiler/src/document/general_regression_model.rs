//! `GeneralRegressionModel`: linear models of many kinds, their parameters in tables.
//!
//! A *parameter* is a term of the linear predictor. The `PPMatrix` says of which predictors it is the product, the
//! `ParamMatrix` gives its coefficient.

use super::data_dictionary::{Interval, Value};
use super::enumeration::enumeration;
use super::markup::{Markup, lacks};
use super::matrix::Matrix;
use super::model_common::{CommonReader, ModelCommon};
use super::{Name, Position};
use crate::error::Result;

/// The element `GeneralRegressionModel`.
#[derive(Clone, Debug)]
pub struct GeneralRegressionModel {
    /// The element's place.
    pub position: Position,
    /// What all models share.
    pub common: ModelCommon,
    /// What is made of the linear predictor.
    pub model_type: GeneralModelType,
    /// The target field, where the MiningSchema has none.
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
    /// How the target is distributed around its mean.
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
    /// The field that tells subjects apart.
    pub subject_id_variable: Option<Name>,
    /// The field that says whether the event happened.
    pub status_variable: Option<Name>,
    /// The field that chooses among baselines.
    pub baseline_strata_variable: Option<Name>,
    /// The parameters.
    pub parameters: Vec<Parameter>,
    /// The categorical predictors.
    pub factors: Vec<Predictor>,
    /// The numeric predictors.
    pub covariates: Vec<Predictor>,
    /// The cells of the `PPMatrix`: which predictors the parameters are products of.
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
    /// What is made of the linear predictor.
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
    /// The function that makes the linear predictor of a mean.
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
    /// The function that makes the linear predictor of a cumulative probability.
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
    /// How the target is distributed around its mean, which does not depend on it.
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

/// The element `Parameter`.
#[derive(Clone, Debug)]
pub struct Parameter {
    /// The element's place.
    pub position: Position,
    /// The parameter's name.
    pub name: Name,
    /// What it is about, for people.
    pub label: Option<Name>,
    /// Its value in a subject to which a Cox regression compares others.
    pub reference_point: f64,
}

/// The element `Predictor`: a field that parameters are products of.
#[derive(Clone, Debug)]
pub struct Predictor {
    /// The element's place.
    pub position: Position,
    /// The field.
    pub name: Name,
    /// What kind of matrix codes the categories.
    pub contrast_matrix_type: Option<Name>,
    /// The categories, in the order of the matrix's rows and columns.
    pub categories: Option<Vec<Category>>,
    /// How the categories are coded.
    pub matrix: Option<Matrix>,
}

/// The element `Category`.
#[derive(Clone, Debug)]
pub struct Category {
    /// The element's place.
    pub position: Position,
    /// The value, in the field's type.
    pub value: Name,
}

/// The element `PPCell`: a predictor that a parameter is a multiple of.
#[derive(Clone, Debug)]
pub struct PPCell {
    /// The element's place.
    pub position: Position,
    /// The category of a factor, or the exponent of a covariate.
    pub value: Name,
    /// The predictor.
    pub predictor_name: Name,
    /// The parameter.
    pub parameter_name: Name,
    /// The category of the target that the cell is about.
    pub target_category: Option<Name>,
}

/// The element `PCovMatrix`: covariances of the estimated coefficients. Half of the matrix is enough.
#[derive(Clone, Debug)]
pub struct PCovMatrix {
    /// The element's place.
    pub position: Position,
    /// How they were estimated.
    pub kind: Option<PCovMatrixType>,
    /// The covariances.
    pub p_cov_cells: Vec<PCovCell>,
}

enumeration! {
    /// How covariances of coefficients were estimated.
    #[allow(missing_docs, reason = "the variants are the standard's words")]
    pub enum PCovMatrixType {
        Model = "model",
        Robust = "robust",
    }
}

/// The element `PCovCell`.
#[derive(Clone, Debug)]
pub struct PCovCell {
    /// The element's place.
    pub position: Position,
    /// The parameter of the row.
    pub p_row: Name,
    /// The parameter of the column.
    pub p_col: Name,
    /// The target's category of the row.
    pub t_row: Option<Name>,
    /// The target's category of the column.
    pub t_col: Option<Name>,
    /// The target's category of both.
    pub target_category: Option<Name>,
    /// The covariance.
    pub value: f64,
}

/// The element `PCell`: a coefficient.
#[derive(Clone, Debug)]
pub struct PCell {
    /// The element's place.
    pub position: Position,
    /// The category of the target that the cell is about.
    pub target_category: Option<Name>,
    /// The parameter.
    pub parameter_name: Name,
    /// The coefficient.
    pub beta: f64,
    /// Its degrees of freedom.
    pub df: Option<i64>,
}

/// The element `EventValues`: the values of the status that are events.
#[derive(Clone, Debug)]
pub struct EventValues {
    /// The element's place.
    pub position: Position,
    /// Single values.
    pub values: Vec<Value>,
    /// Ranges of values.
    pub intervals: Vec<Interval>,
}

/// The element `BaseCumHazardTables`: the baseline, or one for each stratum.
#[derive(Clone, Debug)]
pub struct BaseCumHazardTables {
    /// The element's place.
    pub position: Position,
    /// The time up to which the baseline is known.
    pub max_time: Option<f64>,
    /// The baselines of strata.
    pub baseline_strata: Vec<BaselineStratum>,
    /// The only baseline.
    pub baseline_cells: Vec<BaselineCell>,
}

/// The element `BaselineStratum`.
#[derive(Clone, Debug)]
pub struct BaselineStratum {
    /// The element's place.
    pub position: Position,
    /// The value of the strata's field.
    pub value: Name,
    /// What it stands for, for people.
    pub label: Option<Name>,
    /// The time up to which the baseline is known.
    pub max_time: f64,
    /// The baseline.
    pub baseline_cells: Vec<BaselineCell>,
}

/// The element `BaselineCell`.
#[derive(Clone, Copy, Debug)]
pub struct BaselineCell {
    /// The element's place.
    pub position: Position,
    /// The time from which on the value holds.
    pub time: f64,
    /// The cumulative hazard.
    pub cum_hazard: f64,
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

/// Reads an element that is a list of others.
fn list<T>(
    xml: &mut Markup<'_>,
    element: &str,
    read: impl Fn(&mut Markup<'_>) -> Result<T>,
) -> Result<Vec<T>> {
    let mut items = Vec::new();
    while let Some(child) = xml.child()? {
        if *child == *element { items.push(read(xml)?) } else { return Err(xml.unexpected()) }
    }
    Ok(items)
}

impl Parameter {
    fn read(xml: &mut Markup<'_>) -> Result<Self> {
        let parameter = Parameter {
            position: xml.position(),
            name: xml.required("name")?,
            label: xml.optional("label")?,
            reference_point: xml.or_default("referencePoint")?,
        };
        xml.leaf()?;
        Ok(parameter)
    }
}

impl Predictor {
    fn read(xml: &mut Markup<'_>) -> Result<Self> {
        let mut predictor = Predictor {
            position: xml.position(),
            name: xml.required("name")?,
            contrast_matrix_type: xml.optional("contrastMatrixType")?,
            categories: None,
            matrix: None,
        };
        while let Some(child) = xml.child()? {
            match &*child {
                "Categories" => {
                    xml.once(&mut predictor.categories, |xml| list(xml, "Category", Category::read))?;
                }
                "Matrix" => xml.once(&mut predictor.matrix, Matrix::read)?,
                _ => return Err(xml.unexpected()),
            }
        }
        Ok(predictor)
    }
}

impl Category {
    fn read(xml: &mut Markup<'_>) -> Result<Self> {
        let category = Category { position: xml.position(), value: xml.required("value")? };
        xml.leaf()?;
        Ok(category)
    }
}

impl PPCell {
    fn read(xml: &mut Markup<'_>) -> Result<Self> {
        let cell = PPCell {
            position: xml.position(),
            value: xml.required("value")?,
            predictor_name: xml.required("predictorName")?,
            parameter_name: xml.required("parameterName")?,
            target_category: xml.optional("targetCategory")?,
        };
        xml.leaf()?;
        Ok(cell)
    }
}

impl PCovMatrix {
    fn read(xml: &mut Markup<'_>) -> Result<Self> {
        let (position, kind) = (xml.position(), xml.optional("type")?);
        Ok(PCovMatrix { position, kind, p_cov_cells: list(xml, "PCovCell", PCovCell::read)? })
    }
}

impl PCovCell {
    fn read(xml: &mut Markup<'_>) -> Result<Self> {
        let cell = PCovCell {
            position: xml.position(),
            p_row: xml.required("pRow")?,
            p_col: xml.required("pCol")?,
            t_row: xml.optional("tRow")?,
            t_col: xml.optional("tCol")?,
            target_category: xml.optional("targetCategory")?,
            value: xml.required("value")?,
        };
        xml.leaf()?;
        Ok(cell)
    }
}

impl PCell {
    fn read(xml: &mut Markup<'_>) -> Result<Self> {
        let cell = PCell {
            position: xml.position(),
            target_category: xml.optional("targetCategory")?,
            parameter_name: xml.required("parameterName")?,
            beta: xml.required("beta")?,
            df: xml.description("df")?,
        };
        xml.leaf()?;
        Ok(cell)
    }
}

impl EventValues {
    fn read(xml: &mut Markup<'_>) -> Result<Self> {
        let mut events = EventValues { position: xml.position(), values: Vec::new(), intervals: Vec::new() };
        while let Some(child) = xml.child()? {
            match &*child {
                "Value" => events.values.push(Value::read(xml)?),
                "Interval" => events.intervals.push(Interval::read(xml)?),
                _ => return Err(xml.unexpected()),
            }
        }
        Ok(events)
    }
}

impl BaseCumHazardTables {
    fn read(xml: &mut Markup<'_>) -> Result<Self> {
        let mut tables = BaseCumHazardTables {
            position: xml.position(),
            max_time: xml.optional("maxTime")?,
            baseline_strata: Vec::new(),
            baseline_cells: Vec::new(),
        };
        while let Some(child) = xml.child()? {
            match &*child {
                "BaselineStratum" => tables.baseline_strata.push(BaselineStratum::read(xml)?),
                "BaselineCell" => tables.baseline_cells.push(BaselineCell::read(xml)?),
                _ => return Err(xml.unexpected()),
            }
        }
        Ok(tables)
    }
}

impl BaselineStratum {
    fn read(xml: &mut Markup<'_>) -> Result<Self> {
        Ok(BaselineStratum {
            position: xml.position(),
            value: xml.required("value")?,
            label: xml.optional("label")?,
            max_time: xml.required("maxTime")?,
            baseline_cells: list(xml, "BaselineCell", BaselineCell::read)?,
        })
    }
}

impl BaselineCell {
    fn read(xml: &mut Markup<'_>) -> Result<Self> {
        let cell = BaselineCell {
            position: xml.position(),
            time: xml.required("time")?,
            cum_hazard: xml.required("cumHazard")?,
        };
        xml.leaf()?;
        Ok(cell)
    }
}
