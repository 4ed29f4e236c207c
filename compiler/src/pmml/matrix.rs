//! `Matrix`: numbers in rows and columns.

use super::Position;
use super::array::Array;
use super::attribute::real;
use super::enumeration::enumeration;
use super::markup::{Markup, quoted};
use crate::error::{Error, Result};

/// The element `Matrix`. Its content is arrays, or cells; what neither gives is a default.
#[derive(Clone, Debug)]
pub struct Matrix {
    /// The element's place.
    pub position: Position,
    /// Which of the elements are given.
    pub kind: MatrixKind,
    /// The number of rows.
    pub nb_rows: Option<u32>,
    /// The number of columns.
    pub nb_cols: Option<u32>,
    /// The diagonal elements that are not given.
    pub diag_default: Option<f64>,
    /// The other elements that are not given.
    pub off_diag_default: Option<f64>,
    /// The rows; a diagonal matrix has one, its diagonal; a symmetric one gives each row up to its diagonal element.
    pub arrays: Vec<Array>,
    /// Single elements.
    pub mat_cells: Vec<MatCell>,
}

enumeration! {
    /// Which elements of a matrix are given.
    #[derive(Default)]
    pub enum MatrixKind {
        /// Those of the diagonal.
        Diagonal = "diagonal",
        /// Those of the lower triangle.
        Symmetric = "symmetric",
        /// All of them.
        #[default]
        Any = "any",
    }
}

/// The element `MatCell`.
#[derive(Clone, Debug)]
pub struct MatCell {
    /// The element's place.
    pub position: Position,
    /// The row, from 1.
    pub row: u32,
    /// The column, from 1.
    pub col: u32,
    /// The value.
    pub value: f64,
}

impl Matrix {
    #[cfg_attr(not(test), expect(dead_code, reason = "the model types that hold matrices are yet to come"))]
    pub(super) fn read(xml: &mut Markup<'_>) -> Result<Self> {
        let mut matrix = Matrix {
            position: xml.position(),
            kind: xml.or_default("kind")?,
            nb_rows: xml.optional("nbRows")?,
            nb_cols: xml.optional("nbCols")?,
            diag_default: xml.optional("diagDefault")?,
            off_diag_default: xml.optional("offDiagDefault")?,
            arrays: Vec::new(),
            mat_cells: Vec::new(),
        };
        while let Some(child) = xml.child()? {
            match &*child {
                "Array" => matrix.arrays.push(Array::read(xml)?),
                "MatCell" => matrix.mat_cells.push(MatCell::read(xml)?),
                _ => return Err(xml.unexpected()),
            }
        }
        Ok(matrix)
    }
}

impl MatCell {
    fn read(xml: &mut Markup<'_>) -> Result<Self> {
        let position = xml.position();
        let row = xml.required("row")?;
        let col = xml.required("col")?;
        let text = xml.text()?;
        let value = real(&text).ok_or_else(|| {
            let message = format!("`MatCell` holds `{}`, which should be a number", quoted(&text));
            Error::invalid(position, "MatCell", message)
        })?;
        Ok(MatCell { position, row, col, value })
    }
}
