//! `Constant`.

use crate::document::Name;
use crate::document::data_dictionary::DataType;
use crate::document::expression::Constant;
use crate::error::Result;
use crate::lower::operand::Operand;
use crate::lower::scope::ScopeId;
use crate::lower::{Lowering, literal};

impl<'d> Lowering<'d> {
    /// A constant without a type is read in the expected one, so that `1.0` stays `1.0` as a string; where the text is
    /// none of that type, or no type is expected, the text itself says what it is.
    ///
    /// In a function of the document, one without a type that spells a parameter's name means the parameter, where the text
    /// itself can have no meaning, or SAS wrote the document: so its Enterprise Miner refers to `FMTWIDTH`.
    pub fn constant_expression(
        &mut self,
        scope: ScopeId,
        constant: &Constant,
        expected: Option<DataType>,
    ) -> Result<Operand> {
        if constant.data_type.is_none()
            && !constant.missing
            && let Some(parameter) = self.parameter_of(scope, constant.value.trim())
            && (self.is_by_sas() || self.means_nothing(constant, expected))
        {
            let message = format!(
                "`Constant` spells the name of the parameter `{}`: it is read as a reference to it",
                constant.value.trim()
            );
            self.warn(constant.position, "Constant", message);
            return Ok(parameter.operand);
        }
        let builder = &mut self.builder;
        if constant.missing {
            let data_type = constant.data_type.or(expected).unwrap_or(DataType::Double);
            return Ok(Operand::missing(builder, data_type));
        }
        let data_type = constant.data_type.unwrap_or_else(|| match expected {
            Some(expected) if literal::parse(builder, expected, &constant.value).is_some() => expected,
            _ => literal::natural_type(&constant.value),
        });
        let (position, element) = (constant.position, "Constant");
        // The outermost region runs for every row.
        if self.builder.depth() == 1 {
            return literal::operand(&mut self.builder, data_type, &constant.value, position, element);
        }
        Ok(match self.needed_literal(data_type, &constant.value, position, element) {
            Ok(operand) => operand,
            Err(reason) => {
                self.fail_where(None, reason);
                Operand::missing(&mut self.builder, data_type)
            }
        })
    }

    /// Returns whether the text of a constant is no value of the type that is expected there.
    fn means_nothing(&mut self, constant: &Constant, expected: Option<DataType>) -> bool {
        expected
            .is_some_and(|expected| literal::parse(&mut self.builder, expected, &constant.value).is_none())
    }

    /// Returns whether a program of SAS wrote the document, as its name or the names of functions tell.
    fn is_by_sas(&self) -> bool {
        let application = self.document.header.application.as_ref();
        let name = application.and_then(|application| application.name.as_ref());
        let is_sas =
            |name: &Name| name.split(|letter: char| !letter.is_alphanumeric()).any(|word| word == "SAS");
        name.is_some_and(is_sas) || self.functions.keys().any(|name| name.starts_with("SAS-"))
    }
}
