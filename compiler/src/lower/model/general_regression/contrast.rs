//! Contrast matrices: they code the categories of factors by numbers.
//!
//! Rows and columns stand for the categories, in the order of `Categories`, else in that of the field's declaration. A
//! parameter that names a category is multiplied by the element in the column of that category and the row of the
//! factor's value.

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

/// The coding of a factor's categories.
pub struct Contrast {
    /// The number of the row of the factor's value, as `i64`.
    row: Value,
    /// The column of each category.
    columns: HashMap<Constant, usize>,
    elements: Elements,
}

impl Contrast {
    /// Lowers the coding of a factor. Rows whose category is not coded fail.
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

    /// Returns the number of categories.
    pub fn len(&self) -> usize {
        self.elements.rows
    }

    /// Returns the factor by which a parameter with a category is multiplied. Fails, with the end of a message, if the
    /// matrix does not code the category.
    pub fn factor(&self, builder: &mut Builder, category: Constant, math: DataType) -> Result<Value, String> {
        let Some(column) = self.columns.get(&category).copied() else {
            return Err("which is not one of its categories".to_owned());
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
