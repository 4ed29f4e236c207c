//! The categories of a target, by which the equations of a classification are named.

use crate::document::Name;
use crate::document::data_dictionary::{DataType, Property};
use crate::document::general_regression_model::GeneralRegressionModel;
use crate::error::{Error, Position, Result};
use crate::ir::{Builder, Constant};
use crate::lower::build::literal;
use crate::lower::model::context::ModelContext;
use crate::lower::state::Lowering;
use std::collections::HashMap;

/// The categories of a target.
pub struct Labels {
    /// The categories as written in the document.
    pub names: Vec<Name>,
    numbers: HashMap<Constant, usize>,
    data_type: DataType,
}

impl Labels {
    /// Collects the valid values of the target field; if it declares none, the categories that have coefficients, then
    /// the reference.
    pub fn new(
        lowering: &mut Lowering<'_>,
        context: &ModelContext<'_>,
        model: &GeneralRegressionModel,
    ) -> Result<Self> {
        let mut labels =
            Labels { names: Vec::new(), numbers: HashMap::new(), data_type: context.label_type() };
        let values = context.target.iter().flat_map(|target| &target.values);
        for value in values.filter(|value| value.property == Property::Valid) {
            labels.add(&mut lowering.builder, &value.value, value.position, "Value")?;
        }
        if labels.names.is_empty() {
            for cell in &model.param_matrix {
                if let Some(category) = &cell.target_category {
                    labels.add(&mut lowering.builder, category, cell.position, "PCell")?;
                }
            }
            if let Some(reference) = &model.target_reference_category {
                labels.add(&mut lowering.builder, reference, context.position, context.element)?;
            }
        }
        Ok(labels)
    }

    /// Adds a category, unless it equals one that is there.
    pub fn add(
        &mut self,
        builder: &mut Builder,
        name: &Name,
        position: Position,
        element: &str,
    ) -> Result<()> {
        let label = literal::constant(builder, self.data_type, name, position, element)?;
        let number = self.names.len();
        if *self.numbers.entry(label).or_insert(number) == number {
            self.names.push(name.clone());
        }
        Ok(())
    }

    /// Returns the number of a category. Fails if the target does not have it.
    pub fn number(
        &self,
        builder: &mut Builder,
        name: &str,
        position: Position,
        element: &str,
    ) -> Result<usize> {
        let label = literal::parse(builder, self.data_type, name);
        label.and_then(|label| self.numbers.get(&label)).copied().ok_or_else(|| {
            let message =
                format!("`{element}` is about the category `{name}`, which the target does not have");
            Error::invalid(position, element, message)
        })
    }
}
