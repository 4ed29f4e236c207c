//! Items, and which of them a row has.
//!
//! There are two kinds of schema (section "AssociationRules" of the standard):
//! - *Transactions*: a field with `usageType="group"` says which rows belong together, and the one active field holds
//!   one item per row. The values of a group's rows arrive as a list. An item is in the transaction if the list
//!   contains its `value`.
//! - *Indicators*: a row is a transaction. An item is present if its `field` has the value `category`; or, as in
//!   documents before PMML 4.3, if its `value` is the name of a field that is true, or has the form `field=category`.

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

/// The items of a model, and those that a row has.
pub struct Items {
    /// The class of each item. Items that are indistinguishable, because they have equal values, share a class.
    pub classes: Vec<u64>,
    /// The classes of the items that the row has, a list of integers.
    pub present: Operand,
}

/// Lowers the items of a model to the list of those that a row has.
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

/// Finds the items among the values of the field that lists a transaction's items.
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
        // A value that no item of the list can equal is never present.
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

/// Finds the items that the row's fields indicate.
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

/// Returns a bool: whether the row has the item. Fails if the item names no field.
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

/// Returns the operand of an item's field. Fails if it is a list.
fn single_value(item: &Item, field: Field<'_>) -> Result<Operand> {
    if field.operand.is_list {
        let message = format!("`Item` `{}` uses a list of values", item.value);
        return Err(Error::unsupported(item.position, "Item", message));
    }
    Ok(field.operand)
}

/// Returns a bool: whether the field has the item's category. A missing field does not have it.
fn has_category<'d>(
    lowering: &mut Lowering<'d>,
    item: &Item,
    field: Field<'d>,
    category: &str,
) -> Result<Value> {
    let operand = single_value(item, field)?;
    let category = checked::sought_category(lowering, operand.data_type, category, item.position, "Item")?;
    let Some(category) = category else { return Ok(lowering.builder.bool(false)) };
    let category = lowering.builder.constant(category);
    let equal = lowering.builder.binary(Binary::Equal, operand.value, category);
    Ok(both(&mut lowering.builder, operand.present, Some(equal)).unwrap_or(equal))
}

/// Returns a bool: whether the field is true. A row whose field is neither true nor false fails; a missing field is not
/// true.
fn is_true(builder: &mut Builder, item: &Item, name: &Name, field: Field<'_>) -> Result<Value> {
    let operand = single_value(item, field)?;
    let (is_true, is_either) = match type_of(operand.data_type) {
        Type::Bool => (operand.value, None),
        Type::String => {
            let (parsed, is_word) = (
                builder.call(Function::StringToBool, &[operand.value]),
                builder.call(Function::StringIsBool, &[operand.value]),
            );
            let [t, f] = ["T", "F"].map(|letter| Constant::String(builder.intern(letter)));
            let is_letter = builder.contains(SetData::new(Type::String, [t, f]), operand.value);
            let is_t = builder.contains(SetData::new(Type::String, [t]), operand.value);
            let is_true_word = builder.and(is_word, parsed);
            (builder.or(is_true_word, is_t), Some(builder.or(is_word, is_letter)))
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
                "`Item` `{}` is a field of the type {}, which is not a boolean",
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

/// Returns the active field of a schema, or `None` if there is not exactly one.
pub fn item_field(fields: &[MiningField]) -> Option<&MiningField> {
    let mut active = fields.iter().filter(|field| field.usage_type == UsageType::Active);
    active.next().filter(|_| active.next().is_none())
}
