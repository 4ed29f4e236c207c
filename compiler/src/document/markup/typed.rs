//! Attributes of the element being read, as values of a type: required ones, optional ones, those with a default.

use super::{Markup, is_blank};
use crate::document::attribute::{Expected, FromAttribute, real};
use crate::document::quoted::quoted;
use crate::error::{Error, Result};
use pmml_runtime::diagnostics::nearest::Search;
use std::fmt::Display;

impl Markup<'_> {
    /// Takes an optional attribute. Fails if its value is malformed.
    pub(in crate::document) fn optional<T: FromAttribute>(&mut self, name: &str) -> Result<Option<T>> {
        self.attribute(name).map_err(|(value, expected)| {
            let (position, element) = (self.position(), self.element());
            let message = format!("`{element}` has `{name}=\"{value}\"`, which should be {expected}");
            Error::invalid(position, &*element, message)
        })
    }

    /// Takes an attribute, or returns its malformed value, truncated, and a description of what was expected.
    fn attribute<T: FromAttribute>(
        &mut self,
        name: &str,
    ) -> std::result::Result<Option<T>, (String, Expected)> {
        let Some(value) = self.attributes.take(name) else { return Ok(None) };
        if !T::MAY_BE_EMPTY && is_blank(value) {
            let element = self.element();
            self.warn(format!("`{name}` of `{element}` is empty: it is read as if it were absent"));
            return Ok(None);
        }
        match T::from_attribute(value, &mut self.names) {
            Ok(number) => {
                if let Some(oddity) = number.oddity(value) {
                    let element = self.element();
                    self.warn(format!("`{name}` of `{element}`: {oddity}"));
                }
                Ok(Some(number))
            }
            Err(expected) => Err((quoted(value), expected)),
        }
    }

    /// Takes an attribute that describes the model and changes no score. A malformed value or NaN is ignored with a
    /// warning.
    pub(in crate::document) fn description<T: FromAttribute>(&mut self, name: &str) -> Result<Option<T>> {
        if self.is_nan(name) {
            return Ok(None);
        }
        match self.attribute(name) {
            Ok(value) => Ok(value),
            Err((value, expected)) => {
                let element = self.element();
                self.warn(format!(
                    "`{element}` has `{name}=\"{value}\"`, which is ignored: it should be {expected}"
                ));
                Ok(None)
            }
        }
    }

    /// Takes a count that some scores depend on. NaN is kept, with a warning; computations that need the count refuse
    /// it.
    pub(in crate::document) fn count(&mut self, name: &str) -> Result<Option<f64>> {
        if self.is_nan(name) { Ok(Some(f64::NAN)) } else { self.optional(name) }
    }

    /// Returns whether an attribute is NaN, in which case it is taken, with a warning.
    fn is_nan(&mut self, name: &str) -> bool {
        // Every node of a tree has such an attribute, so plain digits are not parsed twice.
        let is_nan = |value: &str| value.contains(['n', 'N']) && real(value).is_some_and(f64::is_nan);
        if !self.attributes.find(name).is_some_and(is_nan) {
            return false;
        }
        let value = self.attributes.take(name).map(quoted);
        let (element, value) = (self.element(), value.unwrap_or_default());
        self.warn(format!("`{element}` has `{name}=\"{value}\"`, which is ignored: it is not a number"));
        true
    }

    /// Takes a required attribute. Fails if it is absent or malformed.
    pub(in crate::document) fn required<T: FromAttribute>(&mut self, name: &str) -> Result<T> {
        self.optional(name)?.ok_or_else(|| {
            let (position, element) = (self.position(), self.element());
            let misspelled = Search::default().nearest(name, self.attributes.left());
            let misspelled = misspelled.map(|found| format!(": is `{}` misspelled?", quoted(found)));
            let misspelled = misspelled.unwrap_or_default();
            let message = format!("`{element}` lacks the required attribute `{name}`{misspelled}");
            Error::invalid(position, &*element, message)
        })
    }

    /// Takes a required attribute whose absence leaves no doubt about its value: it is `natural`, with a warning.
    pub(in crate::document) fn or_natural<T: FromAttribute + Display>(
        &mut self,
        name: &str,
        natural: T,
    ) -> Result<T> {
        Ok(match self.optional(name)? {
            Some(value) => value,
            None => {
                let element = self.element();
                self.warn(format!(
                    "`{element}` lacks the required attribute `{name}`: it is read as `{natural}`"
                ));
                natural
            }
        })
    }

    /// Takes an attribute that has a default.
    pub(in crate::document) fn or_default<T: FromAttribute + Default>(&mut self, name: &str) -> Result<T> {
        Ok(self.optional(name)?.unwrap_or_default())
    }

    /// Takes an optional attribute that JPMML wrote as `x-name` before the standard had it.
    pub(in crate::document) fn optional_or_x<T: FromAttribute>(&mut self, name: &str) -> Result<Option<T>> {
        match self.optional(name)? {
            Some(value) => Ok(Some(value)),
            None => self.optional(&format!("x-{name}")),
        }
    }
}
