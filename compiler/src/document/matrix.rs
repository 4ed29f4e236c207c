//! `Matrix`: numbers in rows and columns.

use super::Position;
use super::array::Array;
use super::attribute::number;
use super::enumeration::enumeration;
use super::markup::Markup;
use super::quoted::quoted;
use crate::error::{Error, Result};
use std::collections::HashMap;

/// The element `Matrix`. Its content is arrays or cells; other elements have a default.
#[derive(Clone, Debug)]
pub struct Matrix {
    /// The element's position.
    pub position: Position,
    /// Which elements the arrays contain.
    pub kind: MatrixKind,
    /// The number of rows.
    pub nb_rows: Option<u32>,
    /// The number of columns.
    pub nb_cols: Option<u32>,
    /// The value of diagonal elements that are not given.
    pub diag_default: Option<f64>,
    /// The value of other elements that are not given.
    pub off_diag_default: Option<f64>,
    /// The rows; a diagonal matrix has one, its diagonal; a symmetric one has each row up to its diagonal element.
    pub arrays: Vec<Array>,
    /// Single elements.
    pub mat_cells: Vec<MatCell>,
}

enumeration! {
    /// Which elements the arrays of a matrix contain.
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
    /// The element's position.
    pub position: Position,
    /// The row, from 1.
    pub row: u32,
    /// The column, from 1.
    pub col: u32,
    /// The value.
    pub value: f64,
}

impl Matrix {
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

/// The elements of a matrix, by row and column.
#[derive(Clone, Debug)]
pub struct Elements {
    /// The number of rows.
    pub rows: usize,
    /// The number of columns.
    pub cols: usize,
    kind: MatrixKind,
    /// The numbers of the arrays.
    arrays: Vec<Vec<f64>>,
    /// The elements given one by one, by row and column from 0.
    cells: HashMap<(usize, usize), f64>,
    diag_default: Option<f64>,
    off_diag_default: Option<f64>,
}

impl Matrix {
    /// Returns the elements of the matrix. Fails if it does not have `rows` rows, or if these have different lengths.
    pub fn elements(&self, rows: usize) -> Result<Elements> {
        let invalid = |message: String| Err(Error::invalid(self.position, "Matrix", message));
        let stated = self.nb_rows.map_or(rows, |rows| rows as usize);
        let arrays = self.arrays.iter().map(Array::reals).collect::<Result<Vec<_>>>()?;
        let given = match self.kind {
            MatrixKind::Diagonal => arrays.first().map_or(rows, Vec::len),
            _ if arrays.is_empty() => rows,
            _ => arrays.len(),
        };
        if stated != rows || given != rows || (self.kind == MatrixKind::Diagonal && arrays.len() > 1) {
            let found = if stated == rows { given } else { stated };
            return invalid(format!("`Matrix` has {found} rows, but there should be {rows}"));
        }
        let stated = self.nb_cols.map(|cols| cols as usize);
        let cols = match self.kind {
            MatrixKind::Diagonal | MatrixKind::Symmetric => rows,
            MatrixKind::Any => match arrays.first() {
                Some(first) => first.len(),
                None => stated.unwrap_or(rows),
            },
        };
        let is_even = match self.kind {
            MatrixKind::Diagonal => true,
            MatrixKind::Symmetric => arrays.iter().zip(1..).all(|(array, length)| array.len() == length),
            MatrixKind::Any => arrays.iter().all(|array| array.len() == cols),
        };
        if stated.is_some_and(|stated| stated != cols) || !is_even {
            let message = "`Matrix` has rows that are longer or shorter than they should be";
            return invalid(message.to_owned());
        }
        let mut cells = HashMap::new();
        for cell in &self.mat_cells {
            let place = (cell.row as usize, cell.col as usize);
            if place.0 == 0 || place.0 > rows || place.1 == 0 || place.1 > cols {
                let message =
                    format!("`MatCell` is about the element {},{}, which does not exist", place.0, place.1);
                return Err(Error::invalid(cell.position, "MatCell", message));
            }
            cells.insert((place.0 - 1, place.1 - 1), cell.value);
        }
        Ok(Elements {
            rows,
            cols,
            kind: self.kind,
            arrays,
            cells,
            diag_default: self.diag_default,
            off_diag_default: self.off_diag_default,
        })
    }
}

impl Elements {
    /// Returns the element in a row and a column, counting from 0; `None` if it is not given and has no default.
    pub fn get(&self, row: usize, col: usize) -> Option<f64> {
        let given = match self.kind {
            MatrixKind::Any => self.arrays.get(row).and_then(|array| array.get(col)),
            MatrixKind::Symmetric => self.arrays.get(row.max(col)).and_then(|array| array.get(row.min(col))),
            MatrixKind::Diagonal if row == col => self.arrays.first().and_then(|array| array.get(row)),
            MatrixKind::Diagonal => None,
        };
        let cell = || {
            let mirrored =
                if self.kind == MatrixKind::Symmetric { self.cells.get(&(col, row)) } else { None };
            self.cells.get(&(row, col)).or(mirrored)
        };
        given.or_else(cell).copied().or_else(|| {
            if row == col {
                self.diag_default
            } else if self.kind == MatrixKind::Diagonal {
                self.off_diag_default.or(Some(0.0))
            } else {
                self.off_diag_default
            }
        })
    }
}

impl MatCell {
    fn read(xml: &mut Markup<'_>) -> Result<Self> {
        let position = xml.position();
        let row = xml.required("row")?;
        let col = xml.required("col")?;
        let text = xml.text()?;
        xml.warn_of_odd_number(position, "MatCell", &text);
        let value = number(&text).ok_or_else(|| {
            let message = format!("`MatCell` holds `{}`, which should be a number", quoted(&text));
            Error::invalid(position, "MatCell", message)
        })?;
        Ok(MatCell { position, row, col, value })
    }
}
