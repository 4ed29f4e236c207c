//! Domains: which input values are missing, valid or invalid.

use crate::document::data_dictionary::{DataField, Property};
use crate::error::{Error, Result};
use crate::ir::{Binary, Builder, Constant, Input, InputPart, SetData, Type, Value};
use crate::lower::build::operand::{both, type_of};
use crate::lower::build::{interval, literal};
use crate::lower::field::{Domain, range};
use crate::lower::state::Lowering;
use crate::watched::{Values, Watched};

/// Removes the values that stand for a missing one from a cell. Returns a bool that says whether the others belong to
/// the domain, `None` if all do, and the description of the domain by which invalid values are counted.
pub(super) fn classify<'d>(
    lowering: &mut Lowering<'d>,
    cell: &mut Cell,
    data_field: &DataField,
    domain: Domain<'d>,
) -> Result<(Option<Value>, Watched)> {
    let ty = data_field.data_type;
    let mut missing = Listed::default();
    let mut valid = Listed::default();
    let mut invalid = Listed::default();
    for value in domain.values {
        let listed = match value.property {
            Property::Missing => &mut missing,
            Property::Valid => &mut valid,
            Property::Invalid => &mut invalid,
        };
        match literal::parse(&mut lowering.builder, ty, &value.value) {
            Some(constant) => {
                listed.has_nan |= is_nan(constant);
                listed.constants.push(constant);
            }
            None => {
                if value.property == Property::Valid {
                    let message = format!(
                        "`Value` of `{}` is `{}`, which is not a value of the type {ty}: no row can have it",
                        data_field.name, value.value
                    );
                    lowering.warn(value.position, "Value", message);
                }
                let text = lowering.builder.intern(&value.value);
                listed.strings.push(Constant::String(text));
            }
        }
    }
    let ir_type = type_of(ty);
    if !missing.constants.is_empty() || !missing.strings.is_empty() {
        let builder = &mut lowering.builder;
        if !missing.strings.is_empty() {
            // A string that is not a value of the type can still stand for a missing value.
            let text = builder.input(cell.input, InputPart::String);
            let named = builder.contains(SetData::new(Type::String, missing.strings.iter().copied()), text);
            let other = builder.not(named);
            cell.unconvertible = builder.and(cell.unconvertible, other);
        }
        if let Some(named) = is_listed(&mut lowering.builder, cell.value, ir_type, &missing) {
            let other = lowering.builder.not(named);
            cell.converted = lowering.builder.and(cell.converted, other);
        }
    }
    let in_valid = !valid.constants.is_empty() || !valid.strings.is_empty();
    let mut in_domain = in_valid.then(|| {
        is_listed(&mut lowering.builder, cell.value, ir_type, &valid)
            .unwrap_or_else(|| lowering.builder.bool(false))
    });
    if let Some(interval) = domain.intervals.first() {
        if matches!(ir_type, Type::String | Type::Bool) {
            let message = format!(
                "`Interval` is a range of numbers, but `DataField` `{}` has the type {ty}",
                data_field.name
            );
            return Err(Error::invalid(interval.position, "Interval", message));
        }
        let within = interval::within_any(&mut lowering.builder, cell.value, ty, domain.intervals);
        // A continuous field may list valid values besides its intervals.
        in_domain = Some(match in_domain {
            Some(listed) => lowering.builder.or(listed, within),
            None => within,
        });
    }
    if let Some(listed) = is_listed(&mut lowering.builder, cell.value, ir_type, &invalid) {
        let other = lowering.builder.not(listed);
        in_domain = both(&mut lowering.builder, in_domain, Some(other));
    }
    // If NaN is a value at all, it is outside of the domain unless it is listed.
    if lowering.nan_is_number && matches!(ir_type, Type::F32 | Type::F64) && !valid.has_nan {
        let is_number = lowering.builder.binary(Binary::Equal, cell.value, cell.value);
        in_domain = both(&mut lowering.builder, in_domain, Some(is_number));
    }
    let watched = Watched {
        input: cell.input,
        valid: in_valid.then(|| valid.values(ir_type)),
        missing: missing.values(ir_type),
        intervals: domain.intervals.iter().map(range).collect(),
        invalid: invalid.values(ir_type),
    };
    Ok((in_domain, watched))
}

/// Returns whether a value is one of the listed ones; `None` if none is listed.
pub(super) fn is_listed(builder: &mut Builder, value: Value, ty: Type, listed: &Listed) -> Option<Value> {
    if listed.constants.is_empty() {
        return None;
    }
    let found = builder.contains(SetData::new(ty, listed.constants.iter().copied()), value);
    if !listed.has_nan {
        return Some(found);
    }
    let is_nan = builder.binary(Binary::NotEqual, value, value);
    Some(builder.or(found, is_nan))
}

/// An input cell while it is prepared.
pub(super) struct Cell {
    pub input: Input,
    pub value: Value,
    /// A bool: whether it has a value of the type that does not stand for a missing one.
    pub converted: Value,
    /// A bool: whether it holds something that is not a value of the type and does not stand for a missing one.
    pub unconvertible: Value,
}

/// Values that a DataField lists under one property.
#[derive(Default)]
pub(super) struct Listed {
    constants: Vec<Constant>,
    /// The values that are not of the field's type, as strings.
    strings: Vec<Constant>,
    has_nan: bool,
}

impl Listed {
    /// Returns the listed values in the form by which invalid values are counted.
    fn values(&self, ty: Type) -> Values {
        let text = |constant: &Constant| match constant {
            Constant::String(text) => Some(*text),
            _ => None,
        };
        Values {
            set: SetData::new(ty, self.constants.iter().copied()),
            nan: self.has_nan,
            strings: self.strings.iter().filter_map(text).collect(),
        }
    }
}

pub(super) fn is_nan(constant: Constant) -> bool {
    match constant {
        Constant::F32(value) => value.is_nan(),
        Constant::F64(value) => value.is_nan(),
        _ => false,
    }
}
