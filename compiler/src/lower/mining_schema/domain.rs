//! Domains: which of the values that come in are missing, valid or invalid.

use crate::document::data_dictionary::{DataField, Property};
use crate::error::{Error, Result};
use crate::ir::{Binary, Builder, Constant, Input, InputPart, SetData, Type, Value};
use crate::lower::build::operand::{both, type_of};
use crate::lower::build::{interval, literal};
use crate::lower::field::{Domain, range};
use crate::lower::state::Lowering;
use crate::watched::{Values, Watched};

/// Sorts out the values that stand for a missing one, and says which of the others belong to the domain: a bool,
/// or `None` where all do.
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
                listed.texts.push(Constant::String(text));
            }
        }
    }
    let ir_type = type_of(ty);
    if !missing.constants.is_empty() || !missing.texts.is_empty() {
        let builder = &mut lowering.builder;
        if !missing.texts.is_empty() {
            // A string that is not a value of the type can still be the name of the missing value.
            let text = builder.input(cell.input, InputPart::String);
            let named = builder.contains(SetData::new(Type::String, missing.texts.iter().copied()), text);
            let other = builder.not(named);
            cell.unconvertible = builder.and(cell.unconvertible, other);
        }
        if let Some(named) = is_listed(&mut lowering.builder, cell.value, ir_type, &missing) {
            let other = lowering.builder.not(named);
            cell.converted = lowering.builder.and(cell.converted, other);
        }
    }
    let in_valid = !valid.constants.is_empty() || !valid.texts.is_empty();
    let mut in_domain = match in_valid {
        false => None,
        true => Some(match is_listed(&mut lowering.builder, cell.value, ir_type, &valid) {
            Some(listed) => listed,
            None => lowering.builder.bool(false),
        }),
    };
    if let Some(interval) = domain.intervals.first() {
        if matches!(ir_type, Type::String | Type::Bool) {
            let message = format!(
                "`Interval` is a range of numbers, but `DataField` `{}` has the type {ty}",
                data_field.name
            );
            return Err(Error::invalid(interval.position, "Interval", message));
        }
        let within = interval::within_any(&mut lowering.builder, cell.value, ty, domain.intervals);
        // Values listed beside intervals are valid too where the field is continuous.
        in_domain = Some(match in_domain {
            Some(listed) => lowering.builder.or(listed, within),
            None => within,
        });
    }
    if let Some(listed) = is_listed(&mut lowering.builder, cell.value, ir_type, &invalid) {
        let other = lowering.builder.not(listed);
        in_domain = both(&mut lowering.builder, in_domain, Some(other));
    }
    // Where NaN is a value at all, it belongs to no domain.
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

/// Returns whether a value is one of some listed ones; `None` where none is listed.
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

/// An input cell on its way.
pub(super) struct Cell {
    pub input: Input,
    pub value: Value,
    /// It has a value of the type, which does not stand for a missing one.
    pub converted: Value,
    /// It holds something that is not a value of the type and does not stand for a missing value.
    pub unconvertible: Value,
}

/// Values that a DataField lists under one property.
#[derive(Default)]
pub(super) struct Listed {
    constants: Vec<Constant>,
    /// Those that are no values of the field's type.
    texts: Vec<Constant>,
    has_nan: bool,
}

impl Listed {
    fn values(&self, ty: Type) -> Values {
        let text = |constant: &Constant| match constant {
            Constant::String(text) => Some(*text),
            _ => None,
        };
        Values {
            set: SetData::new(ty, self.constants.iter().copied()),
            nan: self.has_nan,
            texts: self.texts.iter().filter_map(text).collect(),
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
