//! Fields for which a row has a list of values: those that an `Aggregate` summarizes, and the items of transactions.
//!
//! A list comes from a group of rows that the caller has collected. Which fields are lists, and which field groups
//! rows, is known before any input is prepared. `MiningSchema` treats each item as it would the value of any other
//! field.

use super::build::literal;
use super::field::Field;
use super::mining_schema::treatment;
use super::state::Lowering;
use crate::document::Name;
use crate::document::data_dictionary::{DataField, Property};
use crate::document::expression::Expression;
use crate::document::mining_schema::UsageType;
use crate::document::mining_schema::{
    InvalidValueTreatment, MiningField, MissingValueTreatment, OutlierTreatment,
};
use crate::document::model::{Model, ModelCommon};
use crate::error::{Error, Result};
use crate::ir::table::key_bits;
use crate::ir::{Binary, Builder, Constant, FailureData, FailureKind, Function, Input, InputPart, Value};
use crate::lower::build::operand::{Operand, both};
use crate::lower::model::association::item_field;
use pmml_runtime::UNCONVERTIBLE;

/// Records the inputs that are lists, and the fields that group rows.
pub fn find_fields<'d>(lowering: &mut Lowering<'d>, model: Option<&'d Model>) {
    let document = lowering.document;
    for derived in &document.transformation_dictionary.derived_fields {
        find_aggregates(lowering, &derived.expression);
    }
    let mut models = Vec::from_iter(model);
    while let Some(model) = models.pop() {
        if let Some(common) = model.common() {
            find_groups(lowering, model, common);
            for derived in common.local_transformations.iter().flat_map(|local| &local.derived_fields) {
                find_aggregates(lowering, &derived.expression);
            }
            for field in common.output.iter().flat_map(|output| &output.output_fields) {
                if let Some(expression) = &field.expression {
                    find_aggregates(lowering, expression);
                }
            }
        }
        models.extend(model.models_inside());
    }
}

/// Records the fields by which a model groups rows, and the items that an association model takes from them.
fn find_groups<'d>(lowering: &mut Lowering<'d>, model: &Model, common: &'d ModelCommon) {
    let fields = &common.mining_schema.mining_fields;
    let mut groups = fields.iter().filter(|field| field.usage_type == UsageType::Group).peekable();
    if groups.peek().is_some()
        && matches!(model, Model::AssociationModel(_))
        && let Some(items) = item_field(fields)
        && lowering.data_fields.contains_key(&items.name)
    {
        lowering.list_fields.insert(items.name.clone());
    }
    lowering.group_fields.extend(groups.map(|field| field.name.clone()));
}

/// Records the fields that the aggregates inside an expression summarize.
fn find_aggregates<'d>(lowering: &mut Lowering<'d>, expression: &'d Expression) {
    let mut expressions = vec![expression];
    while let Some(expression) = expressions.pop() {
        match expression {
            Expression::Aggregate(aggregate) if lowering.data_fields.contains_key(&aggregate.field) => {
                lowering.list_fields.insert(aggregate.field.clone());
                lowering.group_fields.extend(aggregate.group_field.clone());
            }
            Expression::Apply(apply) => expressions.extend(&apply.expressions),
            _ => {}
        }
    }
}

/// Returns the field by whose values rows are grouped; `None` if no input is a list, or if several fields group rows.
pub fn group_field<'l>(lowering: &'l Lowering<'_>) -> Option<&'l Name> {
    let first = lowering.group_fields.first()?;
    let is_list = |name: &Name| lowering.list_fields.contains(name);
    (lowering.group_fields.iter().all(|other| other == first) && lowering.inputs.keys().any(is_list))
        .then_some(first)
}

/// Treats the items of a list input. An item that is not of the field's type makes its row fail, whatever the
/// treatment.
pub fn prepare<'d>(
    lowering: &mut Lowering<'d>,
    data_field: &'d DataField,
    mining_field: Option<&'d MiningField>,
    mut field: Field<'d>,
) -> Result<Field<'d>> {
    if let Some(interval) = field.domain.intervals.first() {
        let message = format!("the items of the list `{}` are not compared with intervals", data_field.name);
        return Err(Error::unsupported(interval.position, "Interval", message));
    }
    if let Some(mining_field) = mining_field.filter(|field| field.outliers != OutlierTreatment::AsIs) {
        let message = format!("outliers in the list `{}` are not treated", data_field.name);
        return Err(Error::unsupported(mining_field.position, "MiningField", message));
    }
    let mut fails = None;
    if let Some(input) = field.input {
        let builder = &mut lowering.builder;
        let (state, unconvertible) = (builder.input(input, InputPart::State), builder.i64(UNCONVERTIBLE));
        fails = Some(builder.binary(Binary::Equal, state, unconvertible));
    }
    let operand = &mut field.operand;
    let missing = find_listed(&mut lowering.builder, data_field, Property::Missing, *operand);
    if let Some(missing) = missing {
        operand.value = lowering.builder.call(Function::ListExcept, &[operand.value, missing.places]);
    }
    // The items that belong to the domain.
    let mut valid = operand.value;
    if let Some(listed) = find_listed(&mut lowering.builder, data_field, Property::Valid, *operand) {
        valid = lowering.builder.call(Function::ArrayPick, &[listed.array, listed.places]);
    }
    if let Some(invalid) = find_listed(&mut lowering.builder, data_field, Property::Invalid, *operand) {
        valid = lowering.builder.call(Function::ListExcept, &[valid, invalid.places]);
    }
    let (treatment, replacement) = lowering.invalid.treatment(&data_field.name, mining_field);
    if valid != operand.value {
        match (treatment, replacement) {
            (InvalidValueTreatment::ReturnInvalid, _) => {
                let builder = &mut lowering.builder;
                let counts = [operand.value, valid].map(|list| builder.call(Function::ListCount, &[list]));
                let differ = builder.binary(Binary::NotEqual, counts[0], counts[1]);
                let differ = both(builder, operand.present, Some(differ));
                fails = either(&mut lowering.builder, fails, differ);
            }
            (InvalidValueTreatment::AsMissing, _) => operand.value = valid,
            (InvalidValueTreatment::AsIs | InvalidValueTreatment::AsValue, Some(replacement)) => {
                let all = operand.value;
                let needed = |builder: &mut Builder| {
                    let counts = [all, valid].map(|list| builder.call(Function::ListCount, &[list]));
                    builder.binary(Binary::NotEqual, counts[0], counts[1])
                };
                if let Some(filled) =
                    fill(lowering, &field, valid, replacement, mining_field, "invalid", needed)
                {
                    let operand = &mut field.operand;
                    // Items that are missing already stay missing.
                    let added = lowering.builder.call(Function::ListExcept, &[filled, operand.value]);
                    operand.value = lowering.builder.call(Function::ListExcept, &[filled, added]);
                }
            }
            (InvalidValueTreatment::AsIs | InvalidValueTreatment::AsValue, None) => {}
        }
    }
    if let Some(fails) = fails {
        fail(&mut lowering.builder, fails, field.input, FailureKind::InvalidValue, "");
    }
    let Some(mining_field) = mining_field else { return Ok(field) };
    if mining_field.missing_value_treatment == Some(MissingValueTreatment::ReturnInvalid) {
        if let Some(present) = field.operand.present {
            let missing = lowering.builder.not(present);
            fail(
                &mut lowering.builder,
                missing,
                field.input,
                FailureKind::MissingValue,
                "must not be missing",
            );
        }
    } else if let Some(replacement) = &mining_field.missing_value_replacement {
        let list = field.operand.value;
        let needed = |builder: &mut Builder| {
            let counts = [Function::ListCount, Function::ListLength];
            let counts = counts.map(|count| builder.call(count, &[list]));
            builder.binary(Binary::NotEqual, counts[0], counts[1])
        };
        let mining_field = Some(mining_field);
        if let Some(filled) = fill(lowering, &field, list, replacement, mining_field, "missing", needed) {
            field.operand.value = filled;
        }
    }
    Ok(field)
}

fn fail(builder: &mut Builder, condition: Value, input: Option<Input>, kind: FailureKind, message: &str) {
    builder.fail_if(condition, FailureData::new(input, kind, message));
}

/// Returns a list with a literal in place of missing items. If the literal is not a value of the field's type, returns
/// `None`, and rows that need it fail.
fn fill<'d>(
    lowering: &mut Lowering<'d>,
    field: &Field<'d>,
    list: Value,
    literal: &Name,
    mining_field: Option<&MiningField>,
    replaced: &str,
    needed: impl FnOnce(&mut Builder) -> Value,
) -> Option<Value> {
    let data_type = field.operand.data_type;
    let Some(constant) = literal::parse(&mut lowering.builder, data_type, literal) else {
        if let Some(mining_field) = mining_field {
            let needed = needed(&mut lowering.builder);
            treatment::no_replacement(
                lowering,
                mining_field,
                field.input,
                needed,
                literal,
                data_type,
                replaced,
            );
        }
        return None;
    };
    let array = lowering.builder.array(&[constant.bits()]);
    Some(lowering.builder.call(Function::ArrayFill, &[array, list]))
}

/// Finds the items of a list among the values that a field lists under a property; returns `None` if it lists none.
fn find_listed(
    builder: &mut Builder,
    field: &DataField,
    property: Property,
    list: Operand,
) -> Option<Listed> {
    let mut values = field.values.iter().filter(|value| value.property == property).peekable();
    values.peek()?;
    let mut words = Vec::new();
    for value in values {
        // A string that is not a value of the type is never an item.
        let constant = literal::parse(builder, field.data_type, &value.value);
        words.extend(constant.and_then(key_bits));
        match constant {
            Some(Constant::F32(0.0)) => words.push(Constant::F32(-0.0).bits()),
            Some(Constant::F64(0.0)) => words.push(Constant::F64(-0.0).bits()),
            _ => {}
        }
    }
    words.sort_unstable();
    words.dedup();
    let array = builder.array(&words);
    let places = builder.call(Function::ArrayPlaces, &[array, list.value]);
    Some(Listed { array, places })
}

/// Items among listed values.
struct Listed {
    /// The values, ascending by their bits.
    array: Value,
    /// The place of each item among them.
    places: Value,
}

/// Returns the disjunction of two conditions; `None` means false.
fn either(builder: &mut Builder, left: Option<Value>, right: Option<Value>) -> Option<Value> {
    match (left, right) {
        (Some(left), Some(right)) => Some(builder.or(left, right)),
        (left, right) => left.or(right),
    }
}
