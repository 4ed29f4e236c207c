//! The attributes of one element, as written in its start tag.

use super::limits::Limits;
use super::quoted::quoted;
use super::reference;
use crate::error::{Error, Position, Result};
use quick_xml::events::BytesStart;
use std::ops::Range;

/// The attributes of one element. Names and values are stored in one string, which is reused for each element.
#[derive(Default)]
pub(super) struct Attributes {
    text: String,
    list: Vec<Attribute>,
}

struct Attribute {
    name: Range<usize>,
    value: Range<usize>,
    taken: bool,
}

impl Attributes {
    pub(super) fn clear(&mut self) {
        self.text.clear();
        self.list.clear();
    }

    /// Returns the value of an attribute and marks it as taken.
    pub(super) fn take(&mut self, name: &str) -> Option<&str> {
        let attribute = self.list.iter_mut().find(|attribute| self.text[attribute.name.clone()] == *name)?;
        attribute.taken = true;
        Some(&self.text[attribute.value.clone()])
    }

    /// Returns the value of an attribute without taking it.
    pub(super) fn find(&self, name: &str) -> Option<&str> {
        let attribute = self.list.iter().find(|attribute| self.text[attribute.name.clone()] == *name)?;
        Some(&self.text[attribute.value.clone()])
    }

    /// Returns the names and values of all attributes.
    pub(super) fn all(&self) -> impl Iterator<Item = (&str, &str)> {
        let name_and_value =
            |attribute: &Attribute| (&self.text[attribute.name.clone()], &self.text[attribute.value.clone()]);
        self.list.iter().map(name_and_value)
    }

    /// Returns the names of the attributes that have not been taken.
    pub(super) fn left(&self) -> impl Iterator<Item = &str> {
        let left = self.list.iter().filter(|attribute| !attribute.taken);
        left.map(|attribute| &self.text[attribute.name.clone()])
    }

    /// Returns the values of the attributes whose names start with a prefix.
    pub(super) fn starting_with<'a>(&'a self, prefix: &'a str) -> impl Iterator<Item = &'a str> {
        let named = move |attribute: &&Attribute| self.text[attribute.name.clone()].starts_with(prefix);
        self.list.iter().filter(named).map(|attribute| &self.text[attribute.value.clone()])
    }

    /// Replaces the attributes by those of another start tag.
    pub(super) fn read(&mut self, tag: &BytesStart<'_>, position: Position, limits: &Limits) -> Result<()> {
        self.clear();
        let element = tag.name();
        let element = element.as_ref();
        for attribute in tag.attributes() {
            let attribute = attribute.map_err(|error| Error::Syntax {
                position,
                message: format!("the start tag of `{}` is malformed: {error}", quoted(element)),
            })?;
            if self.list.len() >= limits.attributes {
                let message =
                    format!("an element has more than {} attributes, which is the limit", limits.attributes);
                return Err(Error::Limit { position, message });
            }
            let name = self.push(|text| {
                text.push_str(attribute.key.as_ref());
                Ok(())
            });
            let value = self.push(|text| reference::unescape(&attribute.value, text));
            match (name, value) {
                (Ok(name), Ok(value)) => self.list.push(Attribute { name, value, taken: false }),
                (Err(message), _) | (_, Err(message)) => return Err(Error::Syntax { position, message }),
            }
        }
        Ok(())
    }

    /// Appends to the string and returns the range that was appended.
    fn push(
        &mut self,
        append: impl FnOnce(&mut String) -> Result<(), String>,
    ) -> Result<Range<usize>, String> {
        let start = self.text.len();
        append(&mut self.text)?;
        Ok(start..self.text.len())
    }
}
