//! Items, and which of them a row has.
//!
//! There are two kinds of schema (section "AssociationRules" of the standard):
//! - *Transactions*: a field with `usageType="group"` says which rows belong together, and the one active field holds an
//!   item a row. The values of the rows of a group come as a list. An item is in the transaction if the list has its
//!   `value`.
//! - *Indicators*: a row is a transaction. An item is there if its `field` has the value `category`; or, as documents
//!   before PMML 4.3 have it, its `value` is the name of a field that is true, or has the form `field=category`.

use crate::document::Name;
use crate::document::association_model::Item;
use crate::document::data_dictionary::DataType;
use crate::document::mining_schema::{MiningField, UsageType};
use crate::error::{Error, Result};
use crate::ir::table::key_bits;
use crate::ir::{Binary, Builder, Constant, FailureData, FailureKind, Function, SetData, Type, Value};
use crate::lower::build::numbers;
use crate::lower::build::operand::{Operand, both, is_numeric, type_of};
use crate::lower::checked;
use crate::lower::field::Field;
use crate::lower::model::context::ModelContext;
use crate::lower::state::Lowering;
use std::collections::HashMap;

/// What a row has of a model's items.
pub struct Items {
    /// For each item, a number. Items that only occur together have the same.
    pub classes: Vec<u64>,
    /// The numbers of the items that the row has, a list of integers.
    pub present: Operand,
}

/// Returns the items of a model, and which of them a row has.
pub fn lower<'d>(
    lowering: &mut Lowering<'d>,
    context: &ModelContext<'d>,
    items: &'d [Item],
) -> Result<Items> {
    let fields = &context.common.mining_schema.mining_fields;
    let mut groups = fields.iter().filter(|field| field.usage_type == UsageType::Group);
    match (groups.next(), groups.next()) {
        (Some(_), Some(second)) => {
            let message =
                format!("the rows of a transaction are grouped by one field; `{}` is another", second.name);
            Err(Error::unsupported(second.position, "MiningField", message))
        }
        (Some(_), None) => match item_field(fields) {
            Some(field) => transaction(lowering, context, field, items),
            None => {
                let message = "the schema groups rows, so that one active field must hold their items";
                Err(Error::unsupported(context.position, context.element, message))
            }
        },
        (None, _) => indicators(lowering, context, items),
    }
}

/// Returns the items in the list of a field's values.
fn transaction<'d>(
    lowering: &mut Lowering<'d>,
    context: &ModelContext<'d>,
    field: &'d MiningField,
    items: &'d [Item],
) -> Result<Items> {
    let list = lowering.field(context.scope, &field.name, field.position, "MiningField")?.operand;
    if !list.is_list {
        let message = format!(
            "`MiningField` `{}` holds the items of a transaction, but has one value only",
            field.name
        );
        return Err(Error::unsupported(field.position, "MiningField", message));
    }
    let mut classes = Vec::with_capacity(items.len());
    let mut class_of: HashMap<u64, u64> = HashMap::new();
    for (number, item) in (0..).zip(items) {
        if item.field.as_ref().is_some_and(|name| *name != field.name)
            || item.category.as_ref().is_some_and(|category| *category != item.value)
        {
            let message = format!(
                "items are recognized by their value, `{}` for this one, not by field and category",
                item.value
            );
            lowering.warn(item.position, "Item", message);
        }
        let value = checked::sought_category(lowering, list.data_type, &item.value, item.position, "Item")?;
        // What equals nothing is never there.
        classes.push(match value.and_then(key_bits) {
            Some(bits) => *class_of.entry(bits).or_insert(number),
            None => number,
        });
    }
    let negative_zero = match type_of(list.data_type) {
        Type::F32 => Some(Constant::F32(-0.0)),
        Type::F64 => Some(Constant::F64(-0.0)),
        _ => None,
    };
    if let Some(zero) = negative_zero
        && let Some(class) = key_bits(zero).and_then(|bits| class_of.get(&bits)).copied()
    {
        class_of.insert(zero.bits(), class);
    }
    let mut keys: Vec<(u64, u64)> = class_of.into_iter().collect();
    keys.sort_unstable();
    let (keys, classes_of_keys): (Vec<u64>, Vec<u64>) = keys.into_iter().unzip();
    let (keys, classes_of_keys) = (lowering.builder.array(&keys), lowering.builder.array(&classes_of_keys));
    let places = lowering.builder.call(Function::ArrayPlaces, &[keys, list.value]);
    let value = lowering.builder.call(Function::ArrayPick, &[classes_of_keys, places]);
    Ok(Items { classes, present: Operand { value, data_type: DataType::Integer, ..list } })
}

/// Returns the items that fields of the row stand for.
fn indicators<'d>(
    lowering: &mut Lowering<'d>,
    context: &ModelContext<'d>,
    items: &'d [Item],
) -> Result<Items> {
    let mut present = Vec::with_capacity(items.len());
    for (number, item) in (0..).zip(items) {
        let is_there = has_item(lowering, context, item)?;
        present.push((lowering.builder.i64(number), is_there));
    }
    let value = lowering.builder.list(&present);
    let list = Operand { value, present: None, data_type: DataType::Integer, is_list: true };
    Ok(Items { classes: (0..items.len() as u64).collect(), present: list })
}

/// Returns a bool: whether the row has the item.
fn has_item<'d>(lowering: &mut Lowering<'d>, context: &ModelContext<'d>, item: &'d Item) -> Result<Value> {
    match (&item.field, &item.category) {
        (Some(name), category) => {
            let field = lowering.field(context.scope, name, item.position, "Item")?;
            match category {
                Some(category) => has_category(lowering, item, field, category),
                None => is_true(&mut lowering.builder, item, name, field),
            }
        }
        (None, Some(category)) => {
            let message = format!("`Item` has the category `{category}`, but no field");
            Err(Error::invalid(item.position, "Item", message))
        }
        (None, None) => {
            if let Some(field) = lowering.find_field(context.scope, &item.value)? {
                return is_true(&mut lowering.builder, item, &item.value, field);
            }
            for (place, _) in item.value.match_indices('=') {
                let (name, category) = (&item.value[..place], &item.value[place + 1..]);
                if let Some(field) = lowering.find_field(context.scope, &Name::from(name))? {
                    return has_category(lowering, item, field, category);
                }
            }
            let message = format!(
                "`Item` `{}` is neither a field nor a field with one of its values, and no field groups rows",
                item.value
            );
            Err(Error::invalid(item.position, "Item", message))
        }
    }
}

fn single(item: &Item, field: Field<'_>) -> Result<Operand> {
    if field.operand.is_list {
        let message = format!("`Item` `{}` looks at a list of values", item.value);
        return Err(Error::unsupported(item.position, "Item", message));
    }
    Ok(field.operand)
}

fn has_category<'d>(
    lowering: &mut Lowering<'d>,
    item: &Item,
    field: Field<'d>,
    category: &str,
) -> Result<Value> {
    let operand = single(item, field)?;
    let category = checked::sought_category(lowering, operand.data_type, category, item.position, "Item")?;
    let Some(category) = category else { return Ok(lowering.builder.bool(false)) };
    let category = lowering.builder.constant(category);
    let equal = lowering.builder.binary(Binary::Equal, operand.value, category);
    Ok(both(&mut lowering.builder, operand.present, Some(equal)).unwrap_or(equal))
}

/// Returns a bool: whether the field has a value that is true. A value that is neither true nor false makes the row
/// fail.
fn is_true(builder: &mut Builder, item: &Item, name: &Name, field: Field<'_>) -> Result<Value> {
    let operand = single(item, field)?;
    let (is_true, is_either) = match type_of(operand.data_type) {
        Type::Bool => (operand.value, None),
        Type::String => {
            let (parsed, is_word) = (
                builder.call(Function::TextToBool, &[operand.value]),
                builder.call(Function::TextIsBool, &[operand.value]),
            );
            let [t, f] = ["T", "F"].map(|letter| Constant::String(builder.intern(letter)));
            let is_letter = builder.contains(SetData::new(Type::String, [t, f]), operand.value);
            let is_t = builder.contains(SetData::new(Type::String, [t]), operand.value);
            let is_word_of_truth = builder.and(is_word, parsed);
            (builder.or(is_word_of_truth, is_t), Some(builder.or(is_word, is_letter)))
        }
        _ if is_numeric(operand.data_type) => {
            let number = numbers::to_f64(builder, operand.value, operand.data_type);
            let [zero, one] = [0.0, 1.0].map(|number| builder.f64(number));
            let is_zero = builder.binary(Binary::Equal, number, zero);
            let is_one = builder.binary(Binary::Equal, number, one);
            (is_one, Some(builder.or(is_zero, is_one)))
        }
        _ => {
            let message = format!(
                "`Item` `{}` is a field of the type {}, which is neither true nor false",
                item.value, operand.data_type
            );
            return Err(Error::invalid(item.position, "Item", message));
        }
    };
    if let Some(is_either) = is_either {
        let is_neither = builder.not(is_either);
        let fails = both(builder, operand.present, Some(is_neither)).unwrap_or(is_neither);
        let message = match field.input {
            Some(_) => "is neither true nor false".to_owned(),
            None => format!("the field `{name}` is neither true nor false"),
        };
        builder.fail_if(fails, FailureData::new(field.input, FailureKind::UnusableValue, message));
    }
    Ok(both(builder, operand.present, Some(is_true)).unwrap_or(is_true))
}

/// Returns the one active field of a schema.
pub fn item_field(fields: &[MiningField]) -> Option<&MiningField> {
    let mut active = fields.iter().filter(|field| field.usage_type == UsageType::Active);
    active.next().filter(|_| active.next().is_none())
}
