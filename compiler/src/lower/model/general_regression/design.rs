//! The design: the predictors that each parameter multiplies.
//!
//! A parameter's cells in the `PPMatrix` name factors, each with a category, and covariates, each with an exponent. A
//! factor is 1 if it has the category and 0 if not, or the element of its [contrast matrix](super::contrast); a
//! covariate is raised to its exponent. The parameter is the product: factors first, then covariates, in document
//! order. Without any cells it is 1, an intercept. If the factors make the product 0, missing covariates do not matter;
//! missing factors always make it missing.

use super::contrast::Contrast;
use super::label::Labels;
use crate::document::Name;
use crate::document::data_dictionary::DataType;
use crate::document::general_regression_model::{GeneralRegressionModel, PPCell, Predictor};
use crate::error::{Error, Position, Result};
use crate::ir::{Constant, Value};
use crate::lower::build::operand::Operand;
use crate::lower::checked;
use crate::lower::model::context::ModelContext;
use crate::lower::model::sum;
use crate::lower::state::Lowering;
use pmml_runtime::number;
use std::collections::{HashMap, HashSet};

/// Maximum number of cells of all parameters. A parameter's cells count once for each of its coefficients, and so do
/// the rows of the contrast matrices that a cell refers to.
const MAX_CELLS: usize = 16_777_216;

/// The predictors of a model, and the products that its parameters are.
pub struct Design<'d> {
    context: ModelContext<'d>,
    /// The type of the arithmetic.
    pub math: DataType,
    predictors: HashMap<&'d Name, Kind<'d>>,
    parameters: HashMap<&'d Name, Cells<'d>>,
    /// The categories of the target that have cells to themselves.
    own: HashSet<usize>,
    cells: usize,
}

/// A predictor. Its field is looked up when a parameter first refers to it.
enum Kind<'d> {
    Factor(&'d Predictor, Option<Factor>),
    Covariate(Option<Operand>),
}

struct Factor {
    operand: Operand,
    contrast: Option<Contrast>,
}

/// The cells of a parameter.
#[derive(Default)]
struct Cells<'d> {
    /// The cells that apply to all categories of the target.
    general: Vec<&'d PPCell>,
    /// The cells that apply to one category, by its number.
    own: HashMap<usize, Vec<&'d PPCell>>,
}

/// A parameter: a product of predictors.
#[derive(Default)]
pub struct Product {
    /// Fields that must have categories.
    pub factors: Vec<Operand>,
    /// The categories that they must have; `None` if a field can never have its category.
    pub categories: Option<Vec<Constant>>,
    /// Codes of factors.
    pub codes: Vec<Value>,
    /// Powers of covariates.
    pub covariates: Vec<Covariate>,
    /// The presence of the factors: if one of these bools is false, the product is missing.
    pub required: Vec<Option<Value>>,
}

/// A covariate with its exponent.
#[derive(Clone, Copy, PartialEq)]
pub struct Covariate {
    /// The number, in the type of the arithmetic.
    pub operand: Operand,
    /// The power that it is raised to.
    pub exponent: f64,
}

impl Product {
    /// Returns whether the product consists of covariates alone.
    pub fn is_of_covariates(&self) -> bool {
        !self.covariates.is_empty()
            && self.factors.is_empty()
            && self.codes.is_empty()
            && self.categories.as_ref().is_some_and(Vec::is_empty)
    }

    /// Returns whether the product is empty, as that of an intercept is.
    pub fn is_one(&self) -> bool {
        self.factors.is_empty()
            && self.codes.is_empty()
            && self.covariates.is_empty()
            && self.categories.as_ref().is_some_and(Vec::is_empty)
    }
}

impl<'d> Design<'d> {
    /// Reads the design of a model. `labels` are the categories of its target, if it classifies.
    pub fn new(
        lowering: &mut Lowering<'d>,
        context: &ModelContext<'d>,
        model: &'d GeneralRegressionModel,
        labels: Option<&Labels>,
    ) -> Result<Self> {
        let mut predictors = HashMap::new();
        for predictor in &model.covariates {
            if predictor.matrix.is_some() {
                let message = format!(
                    "`Predictor` `{}` is a covariate with a contrast matrix, which only factors can have",
                    predictor.name
                );
                return Err(Error::invalid(predictor.position, "Predictor", message));
            }
            predictors.insert(&predictor.name, Kind::Covariate(None));
        }
        // A predictor in both lists is a factor.
        let mut factors = HashSet::new();
        for predictor in &model.factors {
            if !factors.insert(&predictor.name) {
                let message = format!("`FactorList` has a second `Predictor` `{}`", predictor.name);
                return Err(Error::invalid(predictor.position, "Predictor", message));
            }
            predictors.insert(&predictor.name, Kind::Factor(predictor, None));
        }
        let (mut parameters, mut own) = (HashMap::<_, Cells<'d>>::new(), HashSet::new());
        for cell in &model.pp_matrix {
            if !predictors.contains_key(&cell.predictor_name) {
                let message = format!(
                    "`PPCell` refers to the predictor `{}`, which neither FactorList nor CovariateList has",
                    cell.predictor_name
                );
                return Err(Error::invalid(cell.position, "PPCell", message));
            }
            let cells = parameters.entry(&cell.parameter_name).or_default();
            match (&cell.target_category, labels) {
                (None, _) => cells.general.push(cell),
                (Some(category), Some(labels)) => {
                    let label = labels.number(&mut lowering.builder, category, cell.position, "PPCell")?;
                    own.insert(label);
                    cells.own.entry(label).or_default().push(cell);
                }
                (Some(_), None) => {
                    let message = "`PPCell` has the attribute `targetCategory`, but the model does not \
                                   distinguish the target's categories there";
                    return Err(Error::invalid(cell.position, "PPCell", message));
                }
            }
        }
        Ok(Self { context: *context, math: context.math(), predictors, parameters, own, cells: 0 })
    }

    /// Returns the product that a parameter stands for in the equation of a category of the target.
    pub fn product(
        &mut self,
        lowering: &mut Lowering<'d>,
        parameter: &'d Name,
        label: Option<usize>,
        position: Position,
    ) -> Result<Product> {
        let mut product = Product { categories: Some(Vec::new()), ..Product::default() };
        let Some(cells) = self.parameters.get(parameter) else { return Ok(product) };
        let cells = match label.and_then(|label| cells.own.get(&label)) {
            Some(own) => own.clone(),
            None => {
                // The standard does not say whether such a parameter is an intercept here, or has the cells of other
                // categories.
                let is_unclear = if cells.general.is_empty() {
                    !cells.own.is_empty()
                } else {
                    label.is_some_and(|label| self.own.contains(&label))
                };
                if is_unclear {
                    let message = format!(
                        "the PPMatrix has cells about single categories of the target, but none that say what \
                         the parameter `{parameter}` is for this one"
                    );
                    return Err(Error::unsupported(position, "PCell", message));
                }
                cells.general.clone()
            }
        };
        self.count(cells.len(), position)?;
        let mut covariates = Vec::new();
        for cell in cells {
            self.cell(lowering, cell, &mut product, &mut covariates)?;
        }
        product.covariates = covariates;
        Ok(product)
    }

    /// Multiplies a product by the predictor of a cell.
    fn cell(
        &mut self,
        lowering: &mut Lowering<'d>,
        cell: &'d PPCell,
        product: &mut Product,
        covariates: &mut Vec<Covariate>,
    ) -> Result<()> {
        let (position, name, math) = (cell.position, &cell.predictor_name, self.math);
        let context = self.context;
        let mut rows = 0;
        match self.predictors.get_mut(name) {
            Some(Kind::Factor(predictor, factor)) => {
                let factor = match factor {
                    Some(factor) => factor,
                    None => factor.insert(Factor::new(lowering, &context, predictor)?),
                };
                let operand = factor.operand;
                product.required.push(operand.present);
                let category =
                    checked::sought_category(lowering, operand.data_type, &cell.value, position, "PPCell")?;
                if category.is_none() && factor.contrast.is_some() {
                    let message =
                        format!("`PPCell` refers to `{}` of `{name}`, which has no such value", cell.value);
                    return Err(Error::invalid(position, "PPCell", message));
                }
                match (&factor.contrast, category) {
                    (Some(contrast), Some(category)) => {
                        rows = contrast.len();
                        let code = contrast.factor(&mut lowering.builder, category, math).map_err(|why| {
                            let message = format!("`PPCell` refers to `{}` of `{name}`, {why}", cell.value);
                            Error::invalid(position, "PPCell", message)
                        })?;
                        product.codes.push(code);
                    }
                    (None, Some(category)) => {
                        product.factors.push(operand);
                        if let Some(categories) = &mut product.categories {
                            categories.push(category);
                        }
                    }
                    (_, None) => product.categories = None,
                }
            }
            Some(Kind::Covariate(operand)) => {
                let operand = match operand {
                    Some(operand) => *operand,
                    None => {
                        let field = lowering.field(context.scope, name, position, "PPCell")?;
                        let number =
                            sum::predictor_number(lowering, field.operand, math, position, "PPCell")?;
                        *operand.insert(number)
                    }
                };
                let exponent = number::parse_f64(&cell.value).filter(|exponent| !exponent.is_nan());
                let Some(exponent) = exponent else {
                    let message = format!(
                        "`PPCell` raises the covariate `{name}` to the power `{}`, which is not a number",
                        cell.value
                    );
                    return Err(Error::invalid(position, "PPCell", message));
                };
                covariates.push(Covariate { operand, exponent });
            }
            // `new` checked that every cell's predictor is known.
            None => {}
        }
        self.count(rows, position)
    }

    /// Counts cells. Fails if there are more than `MAX_CELLS`.
    fn count(&mut self, cells: usize, position: Position) -> Result<()> {
        self.cells = self.cells.saturating_add(cells);
        if self.cells <= MAX_CELLS {
            return Ok(());
        }
        let message = format!("the parameters are made of more than {MAX_CELLS} cells in all");
        Err(Error::Limit { position, message })
    }
}

impl Factor {
    fn new<'d>(
        lowering: &mut Lowering<'d>,
        context: &ModelContext<'d>,
        predictor: &'d Predictor,
    ) -> Result<Self> {
        let field = lowering.field(context.scope, &predictor.name, predictor.position, "Predictor")?;
        if field.operand.is_list {
            let message = format!("the factor `{}` is a list of values", predictor.name);
            return Err(Error::unsupported(predictor.position, "Predictor", message));
        }
        let contrast = match &predictor.matrix {
            Some(matrix) => Some(Contrast::new(lowering, predictor, matrix, &field)?),
            None => None,
        };
        Ok(Factor { operand: field.operand, contrast })
    }
}
