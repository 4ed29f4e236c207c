//! Rows of input: named values.

use pmml_runtime::compiled::Value;
use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};
use std::hash::BuildHasher;

/// A row of input, which has values by name.
///
/// A model asks for each of its inputs once per row. An input that the row lacks is missing. Names that are not inputs of the
/// model are ignored, unless one of them looks like a misspelled input, see [`MissingColumns`](crate::MissingColumns).
pub trait Row {
    /// Returns the value of a field. `index` is the field's number among the model's inputs, for rows in that order.
    fn value(&self, index: usize, name: &str) -> Value<'_>;

    /// Calls a function with each name in the row. The default is for rows that have values only by position: it never calls
    /// the function.
    fn names(&self, visit: &mut dyn FnMut(&str)) {
        let _ = visit;
    }
}

/// Returns a value that borrows its string.
#[inline]
fn borrowed<'v>(value: &'v Value<'_>) -> Value<'v> {
    match value {
        Value::String(string) => Value::String(Cow::Borrowed(string)),
        other => other.clone(),
    }
}

impl<S: BuildHasher> Row for HashMap<String, Value<'_>, S> {
    #[inline]
    fn value(&self, _: usize, name: &str) -> Value<'_> {
        self.get(name).map(borrowed).unwrap_or_default()
    }

    fn names(&self, visit: &mut dyn FnMut(&str)) {
        self.keys().for_each(|name| visit(name));
    }
}

impl<S: BuildHasher> Row for HashMap<&str, Value<'_>, S> {
    #[inline]
    fn value(&self, _: usize, name: &str) -> Value<'_> {
        self.get(name).map(borrowed).unwrap_or_default()
    }

    fn names(&self, visit: &mut dyn FnMut(&str)) {
        self.keys().for_each(|name| visit(name));
    }
}

impl Row for BTreeMap<String, Value<'_>> {
    #[inline]
    fn value(&self, _: usize, name: &str) -> Value<'_> {
        self.get(name).map(borrowed).unwrap_or_default()
    }

    fn names(&self, visit: &mut dyn FnMut(&str)) {
        self.keys().for_each(|name| visit(name));
    }
}

impl Row for [(&str, Value<'_>)] {
    #[inline]
    fn value(&self, _: usize, name: &str) -> Value<'_> {
        self.iter().find(|(known, _)| *known == name).map(|(_, value)| borrowed(value)).unwrap_or_default()
    }

    fn names(&self, visit: &mut dyn FnMut(&str)) {
        self.iter().for_each(|(name, _)| visit(name));
    }
}

impl<const N: usize> Row for [(&str, Value<'_>); N] {
    #[inline]
    fn value(&self, index: usize, name: &str) -> Value<'_> {
        self.as_slice().value(index, name)
    }

    fn names(&self, visit: &mut dyn FnMut(&str)) {
        self.as_slice().names(visit);
    }
}

impl Row for Vec<(&str, Value<'_>)> {
    #[inline]
    fn value(&self, index: usize, name: &str) -> Value<'_> {
        self.as_slice().value(index, name)
    }

    fn names(&self, visit: &mut dyn FnMut(&str)) {
        self.as_slice().names(visit);
    }
}

/// Values in the order of the model's inputs.
impl Row for [Value<'_>] {
    #[inline]
    fn value(&self, index: usize, _: &str) -> Value<'_> {
        self.get(index).map(borrowed).unwrap_or_default()
    }
}

/// Values in the order of the model's inputs.
impl<const N: usize> Row for [Value<'_>; N] {
    #[inline]
    fn value(&self, index: usize, name: &str) -> Value<'_> {
        self.as_slice().value(index, name)
    }
}

impl<R: Row + ?Sized> Row for &R {
    #[inline]
    fn value(&self, index: usize, name: &str) -> Value<'_> {
        (**self).value(index, name)
    }

    fn names(&self, visit: &mut dyn FnMut(&str)) {
        (**self).names(visit);
    }
}
