//! Contrast matrices: factors whose categories are coded by numbers.
//!
//! Rows and columns stand for the categories, in the order of `Categories`, else of the field's declaration. Where the
//! factor has the category of a row, a parameter about the category of a column is multiplied by that element.

use crate::document::Name;
use crate::document::data_dictionary::DataType;
use crate::document::general_regression_model::Predictor;
use crate::document::matrix::{Elements, Matrix};
use crate::error::{Error, Result};
use crate::ir::{Binary, Builder, Constant, MapData, TableData, Value};
use crate::lower::build::literal;
use crate::lower::build::operand::{both, type_of};
use crate::lower::field::Field;
use crate::lower::model::sum::float_constant;
use crate::lower::state::Lowering;
use std::collections::HashMap;

/// How the categories of a factor are coded.
pub struct Contrast {
    /// The number of the row of the factor's category, as `i64`.
    row: Value,
    /// The columns of the categories.
    columns: HashMap<Constant, usize>,
    elements: Elements,
}

impl Contrast {
    /// Returns the coding of a factor. A row whose category has none fails.
    pub fn new<'d>(
        lowering: &mut Lowering<'d>,
        predictor: &'d Predictor,
        matrix: &'d Matrix,
        field: &Field<'d>,
    ) -> Result<Self> {
        let categories: Vec<&'d Name> = match &predictor.categories {
            Some(categories) => categories.iter().map(|category| &category.value).collect(),
            None => field.domain.valid_values().map(|value| &value.value).collect(),
        };
        let (position, name) = (predictor.position, &predictor.name);
        if categories.is_empty() {
            let message = format!(
                "`Predictor` `{name}` has a contrast matrix, but neither it nor the field lists categories"
            );
            return Err(Error::invalid(position, "Predictor", message));
        }
        let operand = field.operand;
        let mut columns = HashMap::new();
        let mut keys = Vec::with_capacity(categories.len());
        for (number, category) in categories.iter().enumerate() {
            let builder = &mut lowering.builder;
            let key = literal::constant(builder, operand.data_type, category, position, "Predictor")?;
            if columns.insert(key, number).is_some() {
                let message = format!("`Predictor` `{name}` lists the category `{category}` twice");
                return Err(Error::invalid(position, "Predictor", message));
            }
            keys.push(vec![key]);
        }
        let elements = matrix.elements(categories.len())?;
        let map = MapData::new(vec![type_of(operand.data_type)], keys);
        let row = lowering.builder.find(map, &[operand.value]);
        let zero = lowering.builder.i64(0);
        let unlisted = lowering.builder.binary(Binary::Less, row, zero);
        let unlisted = both(&mut lowering.builder, operand.present, Some(unlisted));
        let message = format!("the factor {name} has a category that its contrast matrix does not code");
        lowering.fail_where(unlisted, message);
        Ok(Contrast { row, columns, elements })
    }

    /// Returns how many categories there are.
    pub fn len(&self) -> usize {
        self.elements.rows
    }

    /// Returns what a parameter about a category is multiplied by.
    pub fn factor(&self, builder: &mut Builder, category: Constant, math: DataType) -> Result<Value, String> {
        let Some(column) = self.columns.get(&category).copied() else {
            return Err("which is none of its categories".to_owned());
        };
        if column >= self.elements.cols {
            return Err(format!("for which its contrast matrix of {} columns has none", self.elements.cols));
        }
        let mut column_elements = Vec::with_capacity(self.elements.rows);
        for row in 0..self.elements.rows {
            let Some(element) = self.elements.get(row, column) else {
                return Err(format!(
                    "for which its contrast matrix lacks the element {},{}",
                    row + 1,
                    column + 1
                ));
            };
            column_elements.push(float_constant(element + 0.0, math));
        }
        Ok(builder.lookup(TableData::new(type_of(math), column_elements), self.row))
    }
}
