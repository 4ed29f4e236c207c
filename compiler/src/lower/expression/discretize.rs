//! `Discretize`: numbers sorted into bins.

use crate::error::{Error, Result};
use crate::lower::operand::Operand;
use crate::lower::scope::ScopeId;
use crate::lower::{Lowering, interval, literal};
use crate::pmml::data_dictionary::DataType;
use crate::pmml::expression::Discretize;

impl<'d> Lowering<'d> {
    /// The value of the bin that holds the field's value. Bins should not overlap; where they do, the last one counts,
    /// as it does to JPMML-Evaluator.
    pub fn discretize(
        &mut self,
        scope: ScopeId,
        discretize: &'d Discretize,
        expected: Option<DataType>,
    ) -> Result<Operand> {
        let (position, element) = (discretize.position, "Discretize");
        let field = self.field(scope, &discretize.field, position, element)?;
        let argument = match field.operand.data_type {
            DataType::String | DataType::Boolean => {
                self.cast(field.operand, DataType::Double, position, element)?
            }
            _ => field.operand,
        };
        if argument.is_list {
            let message = "`Discretize` sorts a list of values into bins";
            return Err(Error::unsupported(position, element, message));
        }
        let bins = &discretize.discretize_bins;
        let texts = bins.iter().map(|bin| &*bin.bin_value);
        let replacements = discretize.map_missing_to.iter().chain(&discretize.default_value);
        let data_type = discretize
            .data_type
            .or(expected)
            .unwrap_or_else(|| literal::common_type(texts.chain(replacements.map(|text| &**text))));
        let builder = &mut self.builder;
        let mut result = match &discretize.default_value {
            Some(text) => literal::operand(builder, data_type, text, position, element)?,
            None => Operand::missing(builder, data_type),
        };
        for bin in bins {
            let value = literal::operand(builder, data_type, &bin.bin_value, bin.position, "DiscretizeBin")?;
            let within = interval::within(builder, argument.value, argument.data_type, &bin.interval);
            result = Operand::choose(builder, within, value, result);
        }
        if let Some(present) = argument.present {
            let otherwise = match &discretize.map_missing_to {
                Some(text) => literal::operand(builder, data_type, text, position, element)?,
                None => Operand::missing(builder, data_type),
            };
            result = Operand::choose(builder, present, result, otherwise);
        }
        Ok(result)
    }
}
