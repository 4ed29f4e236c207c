//! `Constant`.

use crate::error::Result;
use crate::lower::operand::Operand;
use crate::lower::{Lowering, literal};
use crate::pmml::data_dictionary::DataType;
use crate::pmml::expression::Constant;

impl<'d> Lowering<'d> {
    /// A constant without a type is read in the expected one, so that `1.0` stays `1.0` as a string; where the text is
    /// none of that type, or no type is expected, the text itself says what it is.
    pub fn constant_expression(
        &mut self,
        constant: &Constant,
        expected: Option<DataType>,
    ) -> Result<Operand> {
        let builder = &mut self.builder;
        if constant.missing {
            let data_type = constant.data_type.or(expected).unwrap_or(DataType::Double);
            return Ok(Operand::missing(builder, data_type));
        }
        let data_type = constant.data_type.unwrap_or_else(|| match expected {
            Some(expected) if literal::parse(builder, expected, &constant.value).is_some() => expected,
            _ => literal::natural_type(&constant.value),
        });
        literal::operand(builder, data_type, &constant.value, constant.position, "Constant")
    }
}
