//! `Matrix`: numbers in rows and columns.

use super::Position;
use super::array::Array;
use super::enumeration::enumeration;

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
