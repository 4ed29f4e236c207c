//! Functions of strings.
//!
//! Numbers and booleans are converted to strings as Java prints them; dates and times are refused.

use super::call::{Call, CallResult, formatted};
use crate::document::data_dictionary::DataType;
use crate::document::expression::Expression;
use crate::error::{Error, Result};
use crate::ir::{Function, Type, Value};
use crate::lower::build::operand::{Operand, all_present, type_of};
use crate::lower::build::strings;
use crate::lower::convert::{self, described};
use crate::lower::state::Lowering;
use pmml_runtime::date::data_types;
use pmml_runtime::text::regex::{Pattern, Replacement};

/// A function of strings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum StringFunction {
    /// The string in upper case.
    Uppercase,
    /// The string in lower case.
    Lowercase,
    /// The string without the blanks at its ends.
    TrimBlanks,
    /// The number of UTF-16 units.
    StringLength,
    /// Part of the string.
    Substring,
    /// The concatenation of all strings; missing ones are skipped.
    Concat,
    /// The string with every match of a regular expression replaced.
    Replace,
    /// Whether a regular expression matches anywhere in the string.
    Matches,
    /// A number, formatted by a pattern.
    FormatNumber,
}

pub(super) fn call<'d>(
    lowering: &mut Lowering<'d>,
    call: &Call<'d>,
    function: StringFunction,
) -> Result<CallResult> {
    match function {
        StringFunction::Uppercase => simple(lowering, call, Function::Uppercase, DataType::String),
        StringFunction::Lowercase => simple(lowering, call, Function::Lowercase, DataType::String),
        StringFunction::TrimBlanks => simple(lowering, call, Function::TrimBlanks, DataType::String),
        StringFunction::StringLength => simple(lowering, call, Function::StringLength, DataType::Integer),
        StringFunction::Substring => substring(lowering, call),
        StringFunction::Concat => concat(lowering, call),
        StringFunction::Replace | StringFunction::Matches => regular_expression(lowering, call, function),
        StringFunction::FormatNumber => format_number(lowering, call),
    }
}

/// Converts an argument to a string. Fails if it is a date or time.
pub(super) fn string_argument<'d>(
    lowering: &mut Lowering<'d>,
    call: &Call<'d>,
    index: usize,
) -> Result<Operand> {
    let operand = operand_of(call, index)?;
    if data_types::calendar(operand.data_type).is_some() {
        return Err(call.wrong(index, &format!("must be a string, but is a {}", described(operand))));
    }
    convert::cast(lowering, operand, DataType::String, call.apply.position, "Apply")
}

/// Converts an argument to an integer.
pub(super) fn integer_argument<'d>(
    lowering: &mut Lowering<'d>,
    call: &Call<'d>,
    index: usize,
) -> Result<Operand> {
    let operand = operand_of(call, index)?;
    convert::cast(lowering, operand, DataType::Integer, call.apply.position, "Apply")
}

/// Returns an argument. Fails if it is a list.
pub(super) fn operand_of(call: &Call<'_>, index: usize) -> Result<Operand> {
    match call.arguments.get(index) {
        Some(argument) if argument.operand.is_list => Err(call.wrong(index, "is a list of values")),
        Some(argument) => Ok(argument.operand),
        None => Err(call.wrong(index, "is absent")),
    }
}

fn simple<'d>(
    lowering: &mut Lowering<'d>,
    call: &Call<'d>,
    function: Function,
    data_type: DataType,
) -> Result<CallResult> {
    let text = string_argument(lowering, call, 0)?;
    let value = lowering.builder.call(function, &[text.value]);
    Ok(CallResult::valid(Operand { value, data_type, ..text }))
}

/// Lowers `substring`. The result does not exist if the start or length is out of range.
fn substring<'d>(lowering: &mut Lowering<'d>, call: &Call<'d>) -> Result<CallResult> {
    let text = string_argument(lowering, call, 0)?;
    let start = integer_argument(lowering, call, 1)?;
    let length = integer_argument(lowering, call, 2)?;
    let present = all_present(&mut lowering.builder, [&text, &start, &length]);
    let valid = lowering.builder.call(Function::HasSubstring, &[start.value, length.value]);
    let invalid = lowering.builder.not(valid);
    let value = lowering.builder.call(Function::Substring, &[text.value, start.value, length.value]);
    Ok(CallResult::invalid_where(Operand { value, present, ..text }, invalid))
}

/// Lowers `concat`. The result is never missing: if all arguments are, it is the empty string.
fn concat<'d>(lowering: &mut Lowering<'d>, call: &Call<'d>) -> Result<CallResult> {
    let mut whole: Option<Value> = None;
    for index in 0..call.arguments.len() {
        let text = string_argument(lowering, call, index)?;
        let value = match text.present {
            Some(present) => {
                let empty = lowering.builder.string("");
                lowering.builder.select(present, text.value, empty)
            }
            None => text.value,
        };
        whole = Some(match whole {
            Some(whole) => lowering.builder.call(Function::Concat, &[whole, value]),
            None => value,
        });
    }
    let value = match whole {
        Some(whole) => whole,
        None => lowering.builder.string(""),
    };
    Ok(CallResult::valid(Operand::present(value, DataType::String)))
}

/// Lowers `replace` and `matches`. A pattern that is a constant is checked here, one that comes with a row at run time.
fn regular_expression<'d>(
    lowering: &mut Lowering<'d>,
    call: &Call<'d>,
    function: StringFunction,
) -> Result<CallResult> {
    let text = string_argument(lowering, call, 0)?;
    let pattern = string_argument(lowering, call, 1)?;
    let known = match strings::known(&lowering.builder, pattern) {
        Some(text) => Some(constant_pattern(call, 1, text)?),
        None => None,
    };
    if function == StringFunction::Matches {
        let present = all_present(&mut lowering.builder, [&text, &pattern]);
        let value = lowering.builder.call(Function::Matches, &[text.value, pattern.value]);
        let result = Operand { value, present, data_type: DataType::Boolean, is_list: false };
        if known.is_some() {
            return Ok(CallResult::valid(result));
        }
        let valid = lowering.builder.call(Function::IsPattern, &[pattern.value]);
        let invalid = lowering.builder.not(valid);
        return Ok(CallResult::invalid_where(result, invalid));
    }
    let replacement = string_argument(lowering, call, 2)?;
    let present = all_present(&mut lowering.builder, [&text, &pattern, &replacement]);
    let value = lowering.builder.call(Function::Replace, &[text.value, pattern.value, replacement.value]);
    let result = Operand { value, present, ..text };
    if let (Some(known), Some(text)) = (&known, strings::known(&lowering.builder, replacement)) {
        return match Replacement::new(text, known) {
            Ok(_) => Ok(CallResult::valid(result)),
            Err(error) => Err(call.wrong(2, &format!("cannot replace anything: {error}"))),
        };
    }
    let valid = lowering.builder.call(Function::IsReplacement, &[pattern.value, replacement.value]);
    let invalid = lowering.builder.not(valid);
    Ok(CallResult::invalid_where(result, invalid))
}

/// Compiles a constant pattern. Fails if it is not a regular expression that can be used.
fn constant_pattern(call: &Call<'_>, index: usize, text: &str) -> Result<Pattern> {
    Pattern::new(text).map_err(|error| {
        let position = call.apply.expressions.get(index).map_or(call.apply.position, Expression::position);
        let message = format!("the regular expression `{text}` cannot be used: {error}");
        Error::unsupported(position, "Apply", message)
    })
}

fn format_number<'d>(lowering: &mut Lowering<'d>, call: &Call<'d>) -> Result<CallResult> {
    let number = operand_of(call, 0)?;
    let data_type = if number.data_type == DataType::Integer { DataType::Integer } else { DataType::Double };
    let number = convert::cast(lowering, number, data_type, call.apply.position, "Apply")?;
    let pattern = string_argument(lowering, call, 1)?;
    let (can, format) = match type_of(data_type) {
        Type::I64 => (Function::CanFormatI64, Function::FormatI64),
        _ => (Function::CanFormatF64, Function::FormatF64),
    };
    Ok(formatted(&mut lowering.builder, number, pattern, can, format))
}
