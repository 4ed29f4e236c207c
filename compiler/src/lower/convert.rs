//! Conversions between data types.

use super::operand::{Operand, both, type_of};
use super::{Lowering, literal};
use crate::document::data_dictionary::DataType;
use crate::error::{Error, Position, Result};
use crate::ir::{
    Binary, Constant, FailureData, FailureKind, Function, Input, InputPart, Operation, Type, Unary, Value,
};
use pmml_runtime::diagnostics::invalid;

/// The type of an operand, for messages.
pub fn described(operand: Operand) -> String {
    match operand.is_list {
        true => format!("list of values of the type {}", operand.data_type),
        false => format!("value of the type {}", operand.data_type),
    }
}

/// A number in the precision of a model's arithmetic.
pub fn rounded(number: f64, math: DataType) -> f64 {
    match type_of(math) {
        Type::F32 => f64::from(number as f32),
        _ => number,
    }
}

impl<'d> Lowering<'d> {
    /// Whether an operand is known to be missing in every row.
    pub fn is_always_missing(&self, operand: Operand) -> bool {
        operand
            .present
            .is_some_and(|present| self.builder.program().constant(present) == Some(Constant::Bool(false)))
    }

    /// A number or bool as a double.
    #[allow(clippy::wrong_self_convention, reason = "what is converted is the value, not the lowering")]
    pub fn to_f64(&mut self, value: Value, data_type: DataType) -> Value {
        match type_of(data_type) {
            Type::I64 => self.builder.unary(Unary::I64ToF64, value),
            Type::F32 => self.builder.unary(Unary::F32ToF64, value),
            Type::Bool => {
                let integer = self.builder.unary(Unary::BoolToI64, value);
                self.builder.unary(Unary::I64ToF64, integer)
            }
            _ => value,
        }
    }

    /// A number as a constant of a numeric data type, rounded to it.
    pub fn number_constant(&mut self, number: f64, data_type: DataType) -> Value {
        match type_of(data_type) {
            Type::F32 => self.builder.f32(number as f32),
            Type::I64 => self.builder.i64(number as i64),
            _ => self.builder.f64(number),
        }
    }

    /// Casts an operand to a data type. A list of that type stays what it is: it is handed on, not computed with.
    pub fn cast_or_list(
        &mut self,
        operand: Operand,
        to: DataType,
        position: Position,
        element: &str,
    ) -> Result<Operand> {
        match operand.is_list && operand.data_type == to {
            true => Ok(operand),
            false => self.cast(operand, to, position, element),
        }
    }

    /// A value cast to a data type; lists are refused. A value that the type cannot hold makes its row fail: a number that is no integer
    /// cast to `integer`, a text that is no number cast to one.
    pub fn cast(
        &mut self,
        operand: Operand,
        to: DataType,
        position: Position,
        element: &str,
    ) -> Result<Operand> {
        if operand.data_type == to && !operand.is_list {
            return Ok(operand);
        }
        if self.is_always_missing(operand) && !operand.is_list {
            return Ok(Operand::missing(&mut self.builder, to));
        }
        let (from, target) = (type_of(operand.data_type), type_of(to));
        let value = operand.value;
        let refused = || {
            let message = format!("`{element}` casts a {} to {to}", described(operand));
            Err(Error::unsupported(position, element, message))
        };
        if operand.is_list {
            return refused();
        }
        let is_plain =
            |data_type: DataType| type_of(data_type) != Type::I64 || data_type == DataType::Integer;
        if !is_plain(operand.data_type) || !is_plain(to) {
            return match self.cast_date(operand, to, position, element)? {
                Some(operand) => Ok(operand),
                None => refused(),
            };
        }
        let (value, defined) = match (from, target) {
            (Type::String, Type::String) | (Type::List, _) | (_, Type::List) => (value, None),
            (Type::String, _) => {
                let (parse, is_one) = match target {
                    Type::F64 => (Function::TextToF64, Function::TextIsF64),
                    Type::F32 => (Function::TextToF32, Function::TextIsF32),
                    Type::I64 => (Function::TextToI64, Function::TextIsI64),
                    _ => (Function::TextToBool, Function::TextIsBool),
                };
                let defined = self.builder.call(is_one, &[value]);
                (self.builder.call(parse, &[value]), Some(defined))
            }
            (_, Type::String) => (self.to_text(value, operand.data_type), None),
            (Type::I64, Type::F64) => (self.builder.unary(Unary::I64ToF64, value), None),
            (Type::I64, Type::F32) => (self.builder.unary(Unary::I64ToF32, value), None),
            (Type::F32, Type::F64) => (self.builder.unary(Unary::F32ToF64, value), None),
            (Type::F64, Type::F32) => (self.builder.unary(Unary::F64ToF32, value), None),
            (Type::Bool, Type::I64) => (self.builder.unary(Unary::BoolToI64, value), None),
            (Type::Bool, Type::F64) => (self.to_f64(value, operand.data_type), None),
            (Type::Bool, Type::F32) => {
                let integer = self.builder.unary(Unary::BoolToI64, value);
                (self.builder.unary(Unary::I64ToF32, integer), None)
            }
            (Type::F32 | Type::F64, Type::I64) => {
                let double = self.to_f64(value, operand.data_type);
                let integer = self.builder.unary(Unary::F64ToI64, double);
                let back = self.builder.unary(Unary::I64ToF64, integer);
                (integer, Some(self.builder.binary(Binary::Equal, double, back)))
            }
            (Type::I64 | Type::F32 | Type::F64, Type::Bool) => {
                let double = self.to_f64(value, operand.data_type);
                let (zero, one) = (self.builder.f64(0.0), self.builder.f64(1.0));
                let is_zero = self.builder.binary(Binary::Equal, double, zero);
                let is_one = self.builder.binary(Binary::Equal, double, one);
                (is_one, Some(self.builder.or(is_zero, is_one)))
            }
            (Type::Bool, Type::Bool)
            | (Type::I64, Type::I64)
            | (Type::F32, Type::F32)
            | (Type::F64, Type::F64) => (value, None),
        };
        if let Some(defined) = defined {
            self.check_constant(operand, to, position, element)?;
            let undefined = self.builder.not(defined);
            let message = format!("{element} at {position} casts a value to {to} that the type cannot hold");
            let condition = both(&mut self.builder, operand.present, Some(undefined));
            self.fail_cast(operand, condition, to, message);
        }
        Ok(Operand { value, present: operand.present, data_type: to, is_list: false })
    }

    /// Looks for a constant that the type it is cast to cannot hold: refused where every row comes to it, else a warning.
    fn check_constant(
        &mut self,
        operand: Operand,
        to: DataType,
        position: Position,
        element: &str,
    ) -> Result<()> {
        let program = self.builder.program();
        let text = match program.constant(operand.value) {
            Some(Constant::String(text)) => program.dictionary.get(text).unwrap_or_default().to_owned(),
            Some(Constant::F64(number)) => number.to_string(),
            Some(Constant::F32(number)) => number.to_string(),
            _ => return Ok(()),
        };
        if literal::parse(&mut self.builder, to, &text).is_some() {
            return Ok(());
        }
        let message = format!("`{element}` needs a value of the type {to}, which `{text}` is not");
        // The outermost region runs for every row.
        if operand.present.is_none() && self.builder.depth() == 1 {
            return Err(Error::invalid(position, element, message));
        }
        self.warn(position, element, format!("{message}: rows that come to it fail"));
        Ok(())
    }

    /// Makes the row fail with an undefined result where a condition holds; `None` is always. The message says in which
    /// derived field.
    pub fn fail_where(&mut self, condition: Option<Value>, message: String) {
        self.fail_because(None, condition, message);
    }

    /// Makes the row fail where a condition holds under which a value cannot be cast to a type. The message says which
    /// value the row has, where that is what is cast.
    pub fn fail_cast(&mut self, operand: Operand, condition: Option<Value>, to: DataType, message: String) {
        match self.builder.program().definition(operand.value) {
            Operation::Input(input, InputPart::Value) => {
                let message = format!("is not {}: {message}", invalid::form(to));
                self.fail_because(Some(*input), condition, message);
            }
            _ => self.fail_where(condition, message),
        }
    }

    fn fail_because(&mut self, input: Option<Input>, condition: Option<Value>, message: String) {
        let condition = match condition {
            Some(condition) => condition,
            None => self.builder.bool(true),
        };
        if self.builder.program().constant(condition) == Some(Constant::Bool(false)) {
            return;
        }
        let derived = self.in_progress.last().and_then(|derived| derived.name.as_ref());
        let (field, message) = match (derived, self.output_in_progress) {
            (Some(name), _) => (Some(name), format!("{message}, in the derived field `{name}`")),
            (None, Some(name)) => (Some(name), format!("{message}, in the output field `{name}`")),
            (None, None) => (None, message),
        };
        let mut failure = FailureData::new(input, FailureKind::UndefinedResult, message);
        failure.derived_field = field.map(ToString::to_string);
        self.builder.fail_if(condition, failure);
    }

    /// The text of a value.
    #[allow(clippy::wrong_self_convention, reason = "what is converted is the value, not the lowering")]
    pub fn to_text(&mut self, value: Value, data_type: DataType) -> Value {
        let function = match type_of(data_type) {
            Type::String | Type::List => return value,
            Type::F64 => Function::F64ToText,
            Type::F32 => Function::F32ToText,
            Type::Bool => Function::BoolToText,
            Type::I64 => Function::I64ToText,
        };
        self.builder.call(function, &[value])
    }
}
