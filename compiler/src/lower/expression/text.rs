//! Functions of texts.
//!
//! Numbers and truth values are taken as the text that Java would print of them; dates and times are not.

use super::apply::{Call, Outcome};
use crate::document::data_dictionary::DataType;
use crate::document::expression::Expression;
use crate::error::{Error, Result};
use crate::ir::{Constant, Function, Type, Value};
use crate::lower::Lowering;
use crate::lower::convert::described;
use crate::lower::operand::{Operand, all_present, both, type_of};
use pmml_runtime::date::data_types;
use pmml_runtime::text::regex::{Pattern, Replacement};

/// A function of texts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TextFunction {
    /// The text in upper case.
    Uppercase,
    /// The text in lower case.
    Lowercase,
    /// The text without the blanks at its ends.
    TrimBlanks,
    /// The number of UTF-16 units.
    StringLength,
    /// Part of the text.
    Substring,
    /// All texts after each other; missing ones are passed over.
    Concat,
    /// The text with every match of a regular expression replaced.
    Replace,
    /// Whether a regular expression matches anywhere in the text.
    Matches,
    /// A number written by a pattern.
    FormatNumber,
}

impl<'d> Lowering<'d> {
    pub(super) fn text_function(&mut self, call: &Call<'d>, function: TextFunction) -> Result<Outcome> {
        match function {
            TextFunction::Uppercase => self.simple(call, Function::Uppercase, DataType::String),
            TextFunction::Lowercase => self.simple(call, Function::Lowercase, DataType::String),
            TextFunction::TrimBlanks => self.simple(call, Function::TrimBlanks, DataType::String),
            TextFunction::StringLength => self.simple(call, Function::StringLength, DataType::Integer),
            TextFunction::Substring => self.substring(call),
            TextFunction::Concat => self.concat(call),
            TextFunction::Replace | TextFunction::Matches => self.regular_expression(call, function),
            TextFunction::FormatNumber => self.format_number(call),
        }
    }

    /// An argument as a text.
    pub(super) fn text_argument(&mut self, call: &Call<'d>, index: usize) -> Result<Operand> {
        let operand = self.operand_of(call, index)?;
        if data_types::calendar(operand.data_type).is_some() {
            return Err(call.wrong(index, &format!("must be a text, but is a {}", described(operand))));
        }
        self.cast(operand, DataType::String, call.apply.position, "Apply")
    }

    /// An argument as an integer.
    pub(super) fn integer_argument(&mut self, call: &Call<'d>, index: usize) -> Result<Operand> {
        let operand = self.operand_of(call, index)?;
        self.cast(operand, DataType::Integer, call.apply.position, "Apply")
    }

    /// An argument, which is no list.
    pub(super) fn operand_of(&self, call: &Call<'d>, index: usize) -> Result<Operand> {
        match call.arguments.get(index) {
            Some(argument) if argument.operand.is_list => Err(call.wrong(index, "is a list of values")),
            Some(argument) => Ok(argument.operand),
            None => Err(call.wrong(index, "is absent")),
        }
    }

    /// The text that an operand is in every row, if it is a constant.
    pub(super) fn constant_text(&self, operand: Operand) -> Option<&str> {
        if operand.present.is_some() {
            return None;
        }
        match self.builder.program().constant(operand.value)? {
            Constant::String(text) => self.builder.program().dictionary.get(text),
            _ => None,
        }
    }

    fn simple(&mut self, call: &Call<'d>, function: Function, data_type: DataType) -> Result<Outcome> {
        let text = self.text_argument(call, 0)?;
        let value = self.builder.call(function, &[text.value]);
        Ok(Outcome::valid(Operand { value, data_type, ..text }))
    }

    fn substring(&mut self, call: &Call<'d>) -> Result<Outcome> {
        let text = self.text_argument(call, 0)?;
        let start = self.integer_argument(call, 1)?;
        let length = self.integer_argument(call, 2)?;
        let present = all_present(&mut self.builder, [&text, &start, &length]);
        let valid = self.builder.call(Function::HasSubstring, &[start.value, length.value]);
        let invalid = self.builder.not(valid);
        let value = self.builder.call(Function::Substring, &[text.value, start.value, length.value]);
        Ok(Outcome::invalid_where(Operand { value, present, ..text }, invalid))
    }

    /// The result is never missing: of missing arguments alone it is the empty text.
    fn concat(&mut self, call: &Call<'d>) -> Result<Outcome> {
        let mut whole: Option<Value> = None;
        for index in 0..call.arguments.len() {
            let text = self.text_argument(call, index)?;
            let value = match text.present {
                Some(present) => {
                    let empty = self.builder.text("");
                    self.builder.select(present, text.value, empty)
                }
                None => text.value,
            };
            whole = Some(match whole {
                Some(whole) => self.builder.call(Function::Concat, &[whole, value]),
                None => value,
            });
        }
        let value = match whole {
            Some(whole) => whole,
            None => self.builder.text(""),
        };
        Ok(Outcome::valid(Operand::present(value, DataType::String)))
    }

    /// A pattern that the document gives is checked here, one that comes with a row when it is used.
    fn regular_expression(&mut self, call: &Call<'d>, function: TextFunction) -> Result<Outcome> {
        let text = self.text_argument(call, 0)?;
        let pattern = self.text_argument(call, 1)?;
        let known = match self.constant_text(pattern) {
            Some(text) => Some(self.constant_pattern(call, 1, text)?),
            None => None,
        };
        if function == TextFunction::Matches {
            let present = all_present(&mut self.builder, [&text, &pattern]);
            let value = self.builder.call(Function::Matches, &[text.value, pattern.value]);
            let result = Operand { value, present, data_type: DataType::Boolean, is_list: false };
            if known.is_some() {
                return Ok(Outcome::valid(result));
            }
            let valid = self.builder.call(Function::IsPattern, &[pattern.value]);
            let invalid = self.builder.not(valid);
            return Ok(Outcome::invalid_where(result, invalid));
        }
        let replacement = self.text_argument(call, 2)?;
        let present = all_present(&mut self.builder, [&text, &pattern, &replacement]);
        let value = self.builder.call(Function::Replace, &[text.value, pattern.value, replacement.value]);
        let result = Operand { value, present, ..text };
        if let (Some(known), Some(text)) = (&known, self.constant_text(replacement)) {
            return match Replacement::new(text, known) {
                Ok(_) => Ok(Outcome::valid(result)),
                Err(error) => Err(call.wrong(2, &format!("cannot replace anything: {error}"))),
            };
        }
        let valid = self.builder.call(Function::IsReplacement, &[pattern.value, replacement.value]);
        let invalid = self.builder.not(valid);
        Ok(Outcome::invalid_where(result, invalid))
    }

    fn constant_pattern(&self, call: &Call<'d>, index: usize, text: &str) -> Result<Pattern> {
        Pattern::new(text).map_err(|error| {
            let position =
                call.apply.expressions.get(index).map_or(call.apply.position, Expression::position);
            let message = format!("the regular expression `{text}` cannot be used: {error}");
            Error::unsupported(position, "Apply", message)
        })
    }

    fn format_number(&mut self, call: &Call<'d>) -> Result<Outcome> {
        let number = self.operand_of(call, 0)?;
        let data_type =
            if number.data_type == DataType::Integer { DataType::Integer } else { DataType::Double };
        let number = self.cast(number, data_type, call.apply.position, "Apply")?;
        let pattern = self.text_argument(call, 1)?;
        let (can, format) = match type_of(data_type) {
            Type::I64 => (Function::CanFormatI64, Function::FormatI64),
            _ => (Function::CanFormatF64, Function::FormatF64),
        };
        Ok(self.formatted(number, pattern, can, format))
    }

    /// What one function makes of a value and a pattern, where another says that it can.
    pub(super) fn formatted(
        &mut self,
        argument: Operand,
        pattern: Operand,
        can: Function,
        format: Function,
    ) -> Outcome {
        let builder = &mut self.builder;
        let present = both(builder, argument.present, pattern.present);
        let valid = builder.call(can, &[argument.value, pattern.value]);
        let invalid = builder.not(valid);
        let value = builder.call(format, &[argument.value, pattern.value]);
        let result = Operand { value, present, data_type: DataType::String, is_list: false };
        Outcome::invalid_where(result, invalid)
    }
}
