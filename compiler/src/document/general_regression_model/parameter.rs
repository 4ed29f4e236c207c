//! Parameters: the predictors that they are products of, their coefficients, and the covariances of these.

use crate::document::enumeration::enumeration;
use crate::document::markup::Markup;
use crate::document::matrix::Matrix;
use crate::document::{Name, Position};
use crate::error::Result;

/// The element `Parameter`.
#[derive(Clone, Debug)]
pub struct Parameter {
    /// The element's position.
    pub position: Position,
    /// The parameter's name.
    pub name: Name,
    /// A description of the parameter.
    pub label: Option<Name>,
    /// Its value for the reference subject of a Cox regression.
    pub reference_point: f64,
}

impl Parameter {
    pub(super) fn read(xml: &mut Markup<'_>) -> Result<Self> {
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

/// The element `Predictor`: a field that parameters are products of.
#[derive(Clone, Debug)]
pub struct Predictor {
    /// The element's position.
    pub position: Position,
    /// The field.
    pub name: Name,
    /// The kind of matrix that codes the categories.
    pub contrast_matrix_type: Option<Name>,
    /// The categories, in the order of the matrix's rows and columns.
    pub categories: Option<Vec<Category>>,
    /// How the categories are coded.
    pub matrix: Option<Matrix>,
}

impl Predictor {
    pub(super) fn read(xml: &mut Markup<'_>) -> Result<Self> {
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

/// The element `Category`.
#[derive(Clone, Debug)]
pub struct Category {
    /// The element's position.
    pub position: Position,
    /// The value, in the field's type.
    pub value: Name,
}

impl Category {
    pub(super) fn read(xml: &mut Markup<'_>) -> Result<Self> {
        let category = Category { position: xml.position(), value: xml.required("value")? };
        xml.leaf()?;
        Ok(category)
    }
}

/// The element `PPCell`: a predictor that a parameter is a multiple of.
#[derive(Clone, Debug)]
pub struct PPCell {
    /// The element's position.
    pub position: Position,
    /// The category of a factor, or the exponent of a covariate.
    pub value: Name,
    /// The predictor.
    pub predictor_name: Name,
    /// The parameter.
    pub parameter_name: Name,
    /// The category of the target that the cell belongs to.
    pub target_category: Option<Name>,
}

impl PPCell {
    pub(super) fn read(xml: &mut Markup<'_>) -> Result<Self> {
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

/// The element `PCell`: a coefficient.
#[derive(Clone, Debug)]
pub struct PCell {
    /// The element's position.
    pub position: Position,
    /// The category of the target that the cell belongs to.
    pub target_category: Option<Name>,
    /// The parameter.
    pub parameter_name: Name,
    /// The coefficient.
    pub beta: f64,
    /// Its degrees of freedom.
    pub df: Option<i64>,
}

impl PCell {
    pub(super) fn read(xml: &mut Markup<'_>) -> Result<Self> {
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

/// The element `PCovMatrix`: covariances of the estimated coefficients. Half of the matrix is enough.
#[derive(Clone, Debug)]
pub struct PCovMatrix {
    /// The element's position.
    pub position: Position,
    /// How they were estimated.
    pub kind: Option<PCovMatrixType>,
    /// The covariances.
    pub p_cov_cells: Vec<PCovCell>,
}

impl PCovMatrix {
    pub(super) fn read(xml: &mut Markup<'_>) -> Result<Self> {
        let (position, kind) = (xml.position(), xml.optional("type")?);
        Ok(PCovMatrix { position, kind, p_cov_cells: list(xml, "PCovCell", PCovCell::read)? })
    }
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
    /// The element's position.
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

impl PCovCell {
    pub(super) fn read(xml: &mut Markup<'_>) -> Result<Self> {
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

/// Reads an element that is a list of others.
pub(super) fn list<T>(
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
