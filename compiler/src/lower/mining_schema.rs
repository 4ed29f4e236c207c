//! `MiningSchema`: what becomes of a field's missing, invalid and outlying values before a model sees them.
//!
//! At the outermost model an input cell has one of three states, and one treatment each (section "MiningSchema" of the
//! standard): *missing* (absent, or one of the field's missing values), *invalid* (not of the type, declared invalid, or
//! outside of the domain) or *valid*. `asMissing` and `asMissingValues` lead on to the treatment of missing values.
//!
//! In a nested model, the field already has a value, prepared by the model around it; the nested schema's treatments of
//! missing and outlying values apply to that value again. Its treatment of invalid values applies to values that an outer
//! schema let pass `asIs`, except `returnInvalid`: the outer schema's decision stands.

use super::build::{interval, literal, numbers};
use super::field::{Domain, Field};
use super::results::range;
use super::scope::ScopeId;
use super::{Lowering, list};
use crate::document::Name;
use crate::document::data_dictionary::{DataField, DataType, Property};
use crate::document::mining_schema::{
    InvalidValueTreatment, MiningField, MiningSchema, MissingValueTreatment, OutlierTreatment, UsageType,
};
use crate::error::{Error, Result};
use crate::ir::{
    Binary, Builder, Constant, FailureData, FailureKind, Id, Input, InputData, InputPart, SetData, Type,
    Value,
};
use crate::lower::build::operand::{Operand, both, is_numeric, type_of};
use crate::watched::{Values, Watched};
use pmml_runtime::{CONVERTED, UNCONVERTIBLE};

/// Declares the fields of the outermost model's schema and prepares its inputs.
pub fn lower<'d>(lowering: &mut Lowering<'d>, scope: ScopeId, schema: &'d MiningSchema) -> Result<()> {
    for mining_field in &schema.mining_fields {
        if !lowering.data_fields.contains_key(&mining_field.name) {
            // Some producers list derived fields, which need no preparation, or a target that exists in name only.
            if lowering.dictionary_fields.contains_key(&mining_field.name)
                || mining_field.usage_type != UsageType::Active
            {
                continue;
            }
            let message = format!(
                "`MiningField` refers to the field `{}`, which the DataDictionary lacks",
                mining_field.name
            );
            return Err(Error::invalid(mining_field.position, "MiningField", message));
        }
        lowering.scopes.declare_schema(scope, mining_field);
        if mining_field.usage_type == UsageType::Active {
            prepare_outermost(lowering, scope, mining_field)?;
        }
    }
    Ok(())
}

/// Prepares an input of the outermost model: active fields at once, because an invalid value must fail its row,
/// others when something refers to them.
pub fn prepare_outermost<'d>(
    lowering: &mut Lowering<'d>,
    scope: ScopeId,
    mining_field: &'d MiningField,
) -> Result<Field<'d>> {
    let data_field = lowering.data_fields[&mining_field.name];
    let field = prepare_input(lowering, data_field, Some(mining_field))?;
    lowering.define(scope, &mining_field.name, field);
    Ok(field)
}

/// Declares the fields of a nested model's schema.
pub fn lower_nested<'d>(lowering: &mut Lowering<'d>, scope: ScopeId, schema: &'d MiningSchema) {
    for mining_field in &schema.mining_fields {
        if mining_field.usage_type != UsageType::Target && changes_values(mining_field) {
            lowering.scopes.declare_schema(scope, mining_field);
        }
    }
}

/// The number of an input, which is entered if it is new.
pub fn declare_input<'d>(lowering: &mut Lowering<'d>, data_field: &'d DataField, is_list: bool) -> Input {
    if let Some(input) = lowering.inputs.get(&data_field.name) {
        return *input;
    }
    let item = type_of(data_field.data_type);
    let (ty, items) = if is_list { (Type::List, Some(item)) } else { (item, None) };
    let input = lowering.builder.program_mut().inputs.push(InputData {
        name: data_field.name.to_string(),
        ty,
        items,
        nan: lowering.nan_is_number,
    });
    lowering.inputs.insert(data_field.name.clone(), input);
    input
}

/// A field of the DataDictionary that no schema lists. JPMML-Evaluator refuses it when a row first needs it; its
/// meaning is not in doubt, so it is an active field with the default treatments. A document without a model has only such
/// fields; like active ones they are prepared before anything looks at them.
pub fn undeclared_input<'d>(lowering: &mut Lowering<'d>, scope: ScopeId, name: &Name) -> Result<Field<'d>> {
    let data_field = lowering.data_fields[name];
    if lowering.is_without_model {
        let suspended = lowering.builder.suspend();
        let field = prepare_input(lowering, data_field, None);
        if let Ok(field) = field {
            lowering.define(scope, name, field);
        }
        lowering.builder.restore(suspended);
        return field;
    }
    if !lowering.inputs.contains_key(name) {
        let message = format!("the field `{name}` is used, but no MiningSchema lists it");
        lowering.warn(data_field.position, "DataField", message);
    }
    let field = prepare_input(lowering, data_field, None)?;
    lowering.define(scope, name, field);
    Ok(field)
}

fn prepare_input<'d>(
    lowering: &mut Lowering<'d>,
    data_field: &'d DataField,
    mining_field: Option<&'d MiningField>,
) -> Result<Field<'d>> {
    let is_list = lowering.list_fields.contains(&data_field.name);
    let input = declare_input(lowering, data_field, is_list);
    let domain = Domain {
        optype: mining_field.and_then(|field| field.optype).unwrap_or(data_field.optype),
        values: &data_field.values,
        intervals: &data_field.intervals,
    };
    let builder = &mut lowering.builder;
    let value = builder.input(input, InputPart::Value);
    let state = builder.input(input, InputPart::State);
    let converted = builder.i64(CONVERTED);
    let converted = builder.binary(Binary::Equal, state, converted);
    if is_list {
        let operand = Operand { value, present: Some(converted), data_type: data_field.data_type, is_list };
        return list::prepare(
            lowering,
            data_field,
            mining_field,
            Field { operand, domain, valid: None, input: Some(input) },
        );
    }
    let unconvertible = builder.i64(UNCONVERTIBLE);
    let unconvertible = builder.binary(Binary::Equal, state, unconvertible);
    let mut cell = Cell { input, value, converted, unconvertible };
    let (in_domain, watched) = classify(lowering, &mut cell, data_field, domain)?;

    let builder = &mut lowering.builder;
    let convertible_invalid = in_domain.map(|valid| {
        let invalid = builder.not(valid);
        builder.and(cell.converted, invalid)
    });
    let invalid = match convertible_invalid {
        Some(invalid) => builder.or(cell.unconvertible, invalid),
        None => cell.unconvertible,
    };
    let (treatment, replacement) = lowering.invalid.treatment(&data_field.name, mining_field);
    // Exporters write the ranges of training data as intervals, and numbers outside of them are every day's. Where they
    // are taken as they are, and nobody has asked for it, to count them would cost more than some models.
    let is_usual = treatment == InvalidValueTreatment::AsIs
        && !watched.names_values()
        && !lowering.invalid.has_rule(&data_field.name);
    if treatment != InvalidValueTreatment::ReturnInvalid && !is_usual {
        lowering.watched.insert(input.index(), watched);
    }
    let builder = &mut lowering.builder;
    // The value as it is, where there is one.
    let mut operand = Operand::optional(value, cell.converted, data_field.data_type);
    let mut valid = None;
    match (treatment, replacement) {
        (InvalidValueTreatment::ReturnInvalid, _) => {
            let failure = FailureData::new(Some(input), FailureKind::InvalidValue, "");
            builder.fail_if(invalid, failure);
        }
        (InvalidValueTreatment::AsMissing, _) => {
            let valid = builder.not(invalid);
            operand = operand.only_if(builder, valid);
        }
        (InvalidValueTreatment::AsIs | InvalidValueTreatment::AsValue, Some(replacement)) => {
            operand = replace(lowering, operand, Some(input), invalid, replacement, mining_field)?;
        }
        (InvalidValueTreatment::AsIs | InvalidValueTreatment::AsValue, None) => {
            // A text that is no number cannot be used as it is where a number must be.
            let message = ", and cannot be used as it is";
            let failure = FailureData::new(Some(input), FailureKind::InvalidValue, message);
            builder.fail_if(cell.unconvertible, failure);
            valid = convertible_invalid.map(|invalid| builder.not(invalid));
        }
    }
    let mut field = Field { operand, domain, valid, input: Some(input) };
    if let Some(mining_field) = mining_field {
        // Outliers are sought among valid values alone: an invalid one used as it is stays.
        let outliers_among = match treatment {
            InvalidValueTreatment::AsIs | InvalidValueTreatment::AsValue => {
                Some(lowering.builder.not(invalid))
            }
            _ => None,
        };
        treat_outliers(&mut lowering.builder, &mut field, mining_field, outliers_among)?;
        treat_missing(lowering, &mut field, mining_field)?;
    }
    Ok(field)
}

fn replace(
    lowering: &mut Lowering<'_>,
    operand: Operand,
    input: Option<Input>,
    condition: Value,
    replacement: &Name,
    mining_field: Option<&MiningField>,
) -> Result<Operand> {
    let Some(constant) = literal::parse(&mut lowering.builder, operand.data_type, replacement) else {
        if let Some(mining_field) = mining_field {
            let data_type = operand.data_type;
            no_replacement(lowering, mining_field, input, condition, replacement, data_type, "invalid");
        }
        return Ok(operand);
    };
    let value = lowering.builder.constant(constant);
    let replacement = Operand::present(value, operand.data_type);
    Ok(Operand::choose(&mut lowering.builder, condition, replacement, operand))
}

/// Makes rows fail that need a replacement which is no value of its field, and warns of it: H2O replaces missing
/// integers by their mean.
pub fn no_replacement(
    lowering: &mut Lowering<'_>,
    mining_field: &MiningField,
    input: Option<Input>,
    condition: Value,
    replacement: &Name,
    data_type: DataType,
    replaced: &str,
) {
    let reason = format!("its replacement `{replacement}` is no value of the type {data_type}");
    let warning = format!(
        "`MiningField` replaces {replaced} values of `{}`, but {reason}: rows that need it fail",
        mining_field.name
    );
    lowering.warn(mining_field.position, "MiningField", warning);
    let (kind, missing) = match replaced {
        "missing" => (FailureKind::MissingValue, "is missing"),
        _ => (FailureKind::InvalidValue, ""),
    };
    let message = format!("{missing}, and {reason}");
    lowering.builder.fail_if(condition, FailureData::new(input, kind, message));
}

/// Sorts out the values that stand for a missing one, and says which of the others belong to the domain: a bool,
/// or `None` where all do.
fn classify<'d>(
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
                        "`Value` of `{}` is `{}`, which is no value of the type {ty}: no row can have it",
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
            // A text that is no value of the type can still be the name of the missing value.
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

/// Whether a value is one of some listed ones; `None` where none is listed.
fn is_listed(builder: &mut Builder, value: Value, ty: Type, listed: &Listed) -> Option<Value> {
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

fn treat_outliers(
    builder: &mut Builder,
    field: &mut Field<'_>,
    mining_field: &MiningField,
    among: Option<Value>,
) -> Result<()> {
    if mining_field.outliers == OutlierTreatment::AsIs {
        return Ok(());
    }
    let operand = field.operand;
    if !is_numeric(operand.data_type) {
        let message = format!("`MiningField` treats outliers of `{}`, which is no number", mining_field.name);
        return Err(Error::invalid(mining_field.position, "MiningField", message));
    }
    if mining_field.low_value.is_none() && mining_field.high_value.is_none() {
        let message = format!(
            "`MiningField` treats outliers of `{}`, but has neither lowValue nor highValue",
            mining_field.name
        );
        return Err(Error::invalid(mining_field.position, "MiningField", message));
    }
    let double = numbers::to_f64(builder, operand.value, operand.data_type);
    let bounds = [(mining_field.low_value, Binary::Less), (mining_field.high_value, Binary::Greater)];
    for (bound, comparison) in bounds {
        let Some(bound) = bound else { continue };
        let limit = builder.f64(bound);
        let mut outlier = builder.binary(comparison, double, limit);
        if let Some(among) = among {
            outlier = builder.and(among, outlier);
        }
        match mining_field.outliers {
            OutlierTreatment::AsIs => {}
            OutlierTreatment::AsMissingValues => {
                let kept = builder.not(outlier);
                field.operand = field.operand.only_if(builder, kept);
            }
            OutlierTreatment::AsExtremeValues => {
                // An integer field takes the last integer before the bound.
                let extreme = match (type_of(operand.data_type), comparison) {
                    (Type::I64, Binary::Less) => bound.ceil(),
                    (Type::I64, _) => bound.floor(),
                    _ => bound,
                };
                let extreme = numbers::constant(builder, extreme, operand.data_type);
                field.operand.value = builder.select(outlier, extreme, field.operand.value);
            }
        }
    }
    Ok(())
}

fn treat_missing<'d>(
    lowering: &mut Lowering<'d>,
    field: &mut Field<'d>,
    mining_field: &MiningField,
) -> Result<()> {
    if mining_field.missing_value_treatment == Some(MissingValueTreatment::ReturnInvalid) {
        if let Some(present) = field.operand.present {
            let missing = lowering.builder.not(present);
            let message = "must not be missing";
            let failure = FailureData::new(field.input, FailureKind::MissingValue, message);
            lowering.builder.fail_if(missing, failure);
        }
        return Ok(());
    }
    let Some(replacement) = &mining_field.missing_value_replacement else { return Ok(()) };
    let data_type = field.operand.data_type;
    if replacement.is_empty() && data_type != DataType::String {
        let message =
            format!("the replacement of missing values of `{}` is empty and is not used", mining_field.name);
        lowering.warn(mining_field.position, "MiningField", message);
        return Ok(());
    }
    let Some(constant) = literal::parse(&mut lowering.builder, data_type, replacement) else {
        if let Some(present) = field.operand.present {
            let missing = lowering.builder.not(present);
            no_replacement(lowering, mining_field, field.input, missing, replacement, data_type, "missing");
        }
        return Ok(());
    };
    let value = lowering.builder.constant(constant);
    let replacement = Operand::present(value, data_type);
    field.operand = field.operand.or(&mut lowering.builder, replacement);
    Ok(())
}

/// Prepares a field of a nested model: what the model around it makes of the field, treated again. `None` where
/// the name stands for nothing there.
pub fn prepare_nested<'d>(
    lowering: &mut Lowering<'d>,
    scope: ScopeId,
    mining_field: &'d MiningField,
) -> Result<Option<Field<'d>>> {
    let outer = match lowering.scopes.parent(scope) {
        Some(parent) => lowering.find_field(parent, &mining_field.name)?,
        None => None,
    };
    let Some(mut field) = outer else { return Ok(None) };
    let mut among = None;
    if let Some(valid) = field.valid {
        let (treatment, replacement) = lowering.invalid.treatment(&mining_field.name, Some(mining_field));
        match treatment {
            InvalidValueTreatment::ReturnInvalid | InvalidValueTreatment::AsIs => among = Some(valid),
            InvalidValueTreatment::AsMissing => {
                field.operand = field.operand.only_if(&mut lowering.builder, valid);
                field.valid = None;
            }
            InvalidValueTreatment::AsValue => {
                if let Some(replacement) = replacement {
                    let invalid = lowering.builder.not(valid);
                    field.operand = replace(
                        lowering,
                        field.operand,
                        field.input,
                        invalid,
                        replacement,
                        Some(mining_field),
                    )?;
                    field.valid = None;
                }
            }
        }
    }
    if let Some(optype) = mining_field.optype {
        field.domain.optype = optype;
    }
    treat_outliers(&mut lowering.builder, &mut field, mining_field, among)?;
    treat_missing(lowering, &mut field, mining_field)?;
    lowering.define(scope, &mining_field.name, field);
    Ok(Some(field))
}

/// Whether a nested model's schema does anything to a field that the model around it has prepared.
fn changes_values(field: &MiningField) -> bool {
    field.outliers != OutlierTreatment::AsIs
        || field.missing_value_replacement.is_some()
        || field.missing_value_treatment == Some(MissingValueTreatment::ReturnInvalid)
        || matches!(
            field.invalid_value_treatment,
            InvalidValueTreatment::AsMissing | InvalidValueTreatment::AsValue
        )
        || field.optype.is_some()
}

/// An input cell on its way.
struct Cell {
    input: Input,
    value: Value,
    /// It has a value of the type, which does not stand for a missing one.
    converted: Value,
    /// It holds something that is no value of the type and does not stand for a missing value.
    unconvertible: Value,
}

/// Values that a DataField lists under one property.
#[derive(Default)]
struct Listed {
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

fn is_nan(constant: Constant) -> bool {
    match constant {
        Constant::F32(value) => value.is_nan(),
        Constant::F64(value) => value.is_nan(),
        _ => false,
    }
}
