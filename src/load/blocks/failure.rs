//! Makes the errors of rows that failed, from the codes that engines write and from the cells.

use super::{BLOCK_ROWS, Blocks};
use crate::load::conversion;
use crate::load::row_error::{RowError, RowErrorKind};
use pmml_compiler::ir::{FailureData, FailureKind, Id, Input};
use pmml_runtime::compiled::Value;
use pmml_runtime::diagnostics::invalid::{self, Given};
use pmml_runtime::diagnostics::quote::quote;
use pmml_runtime::{DataType, List, StringId};

impl Blocks {
    /// Makes [`set`](Self::set) record the value of an input instead of setting cells.
    pub(in crate::load) fn ask(&mut self, input: Input) {
        self.asked = Some(input.index());
        self.given = None;
    }

    /// Ends what [`ask`](Self::ask) began, and returns the value that was recorded for the input.
    pub(in crate::load) fn answer(&mut self) -> Option<String> {
        self.asked = None;
        self.given.take()
    }

    /// Records the value that a row has for an input, if it is the one that was asked for.
    #[cold]
    pub(super) fn note(&mut self, input: usize, value: &Value<'_>) {
        if self.asked == Some(input) {
            self.given = string_of(value);
        }
    }

    /// Returns why a row failed, or `None` if it did not.
    pub(in crate::load) fn failure(&self, block: usize, row: usize) -> Option<&FailureData> {
        let failures = self.model.engine.layout().failures;
        let code = *self.block(block).get(failures..)?.get(..BLOCK_ROWS)?.get(row)?;
        self.model.failures.get(Id::new((code as usize).checked_sub(1)?))
    }

    /// Returns the error of a row, or `None` if it did not fail. The error's value is `given`, or else the value of the
    /// converted cell.
    pub(in crate::load) fn error(&self, block: usize, row: usize, given: Option<String>) -> Option<RowError> {
        let failure = self.failure(block, row)?;
        let (mut field, mut value) = (None, None);
        let mut explained = None;
        if let Some(input) = failure.input {
            field = Some(self.model.program.inputs[input].name.clone());
            if failure.kind != FailureKind::MissingValue {
                value = given.or_else(|| self.input_string(block, row, input));
            }
            if failure.kind == FailureKind::InvalidValue {
                explained = self.explain(block, row, input);
            }
        }
        let (words, kind) = explained.unwrap_or_else(|| match failure.kind {
            FailureKind::InvalidValue => ("is not valid".to_owned(), RowErrorKind::DeclaredInvalid),
            FailureKind::UnusableValue => (String::new(), RowErrorKind::Unusable),
            FailureKind::MissingValue => (String::new(), RowErrorKind::Missing),
            FailureKind::Exhausted => (String::new(), RowErrorKind::Exhausted),
            FailureKind::UndefinedResult => {
                let derived_field = failure.derived_field.clone();
                (String::new(), RowErrorKind::Undefined { derived_field })
            }
        });
        Some(RowError { field, value, reason: words + &failure.message, kind })
    }

    /// Returns why the value of an input is invalid, or `None` if it is missing.
    fn explain(&self, block: usize, row: usize, input: Input) -> Option<(String, RowErrorKind)> {
        let field = self.model.signature.inputs.get(input.index())?;
        let declared = field.declared();
        let context = &self.memory.context;
        let reason = match self.bits(block, row, input) {
            Bits::Absent => return None,
            Bits::Unconvertible(_) => declared.reason(Given::Unconvertible),
            Bits::Converted(bits) if field.is_list => {
                let items = context.items(List::from_number(bits as u32));
                let items = items.iter().flatten().map(|bits| given(*bits, field.data_type, self));
                let (item, reason) = declared.reason_of_items(items);
                let item = item.map(|item| quote(&string(item, field.data_type)).to_string());
                return Some((invalid::in_list(item, reason).to_string(), reason.into()));
            }
            Bits::Converted(bits) => declared.reason(given(bits, field.data_type, self)),
        };
        Some((reason.to_string(), reason.into()))
    }

    /// Returns an input cell as a string, or `None` if it is missing.
    fn input_string(&self, block: usize, row: usize, input: Input) -> Option<String> {
        let field = self.model.signature.inputs.get(input.index())?;
        let context = &self.memory.context;
        match self.bits(block, row, input) {
            Bits::Absent => None,
            Bits::Unconvertible(string) => Some(context.string(string).to_owned()),
            Bits::Converted(bits) if field.is_list => {
                Some(conversion::list(bits, field.data_type, context).to_string())
            }
            Bits::Converted(bits) => Some(conversion::value(bits, field.data_type, context).to_string()),
        }
    }

    /// Returns the contents of an input cell.
    fn bits(&self, block: usize, row: usize, input: Input) -> Bits {
        let (frame, columns) = (self.block(block), self.model.engine.layout().input(input));
        let bit = 1u64 << row;
        if frame[columns.unconvertible] & bit != 0 {
            return Bits::Unconvertible(StringId::from_number(frame[columns.strings + row] as u32));
        }
        if frame[columns.present] & bit == 0 {
            return Bits::Absent;
        }
        let cells = &self.model.inputs[input.index()];
        let is_mask = cells.data_type == DataType::Boolean && !cells.is_list;
        let bits = if is_mask { frame[columns.values] >> row & 1 } else { frame[columns.values + row] };
        Bits::Converted(bits)
    }
}

/// Returns a value as a string, or `None` if it is missing.
pub(in crate::load) fn string_of(value: &Value<'_>) -> Option<String> {
    (!value.is_missing()).then(|| value.to_string())
}

/// The contents of an input cell.
enum Bits {
    Absent,
    Unconvertible(StringId),
    Converted(u64),
}

/// Returns the value of a cell's bits, for an explanation of why it is invalid.
fn given(bits: u64, data_type: DataType, blocks: &Blocks) -> Given<'_> {
    match data_type {
        DataType::String => Given::String(blocks.memory.context.string(StringId::from_number(bits as u32))),
        DataType::Double => Given::Double(f64::from_bits(bits)),
        DataType::Float => Given::Float(f32::from_bits(bits as u32)),
        DataType::Boolean => Given::Boolean(bits != 0),
        _ => Given::Integer(bits as i64),
    }
}

/// Returns the value of a cell as a string.
fn string(value: Given<'_>, data_type: DataType) -> String {
    match value {
        Given::Unconvertible => String::new(),
        Given::String(string) => string.to_owned(),
        Given::Boolean(value) => value.to_string(),
        Given::Float(value) => Value::Float(value).to_string(),
        Given::Double(value) => Value::Double(value).to_string(),
        Given::Integer(value) => conversion::plain_value(value as u64, data_type).to_string(),
    }
}
