//! Measures how much memory lists take, in bytes: the memory that they have allocated.
//!
//! The allocator's overhead is not counted, nor are pages that are not full. Programs are measured in
//! [`ir::memory`](crate::ir::memory).

use crate::signature::{Category, Field, Signature};

/// Returns the memory of a list alone, without what its elements refer to.
pub fn list<T>(list: &Vec<T>) -> usize {
    list.capacity() * size_of::<T>()
}

/// Returns the memory of a signature.
pub fn signature(signature: &Signature) -> usize {
    let optional = |string: &Option<String>| string.as_ref().map_or(0, String::capacity);
    let fields = |fields: &Vec<Field>| {
        let field = |field: &Field| {
            let category =
                |category: &Category| category.value.capacity() + optional(&category.display_value);
            field.name.capacity()
                + optional(&field.display_name)
                + list(&field.values)
                + field.values.iter().map(category).sum::<usize>()
                + list(&field.intervals)
        };
        list(fields) + fields.iter().map(field).sum::<usize>()
    };
    size_of::<Signature>()
        + optional(&signature.model_name)
        + optional(&signature.group)
        + fields(&signature.inputs)
        + list(&signature.target_inputs)
        + fields(&signature.results)
}
