//! `Array`, `INT-SparseArray` and `REAL-SparseArray`: lists of values.

use super::attribute::{FromAttribute, integer, number};
use super::enumeration::enumeration;
use super::markup::{Markup, lacks};
use super::quoted::quoted;
use super::{Name, Position};
use crate::error::{Error, Result};

/// The element `Array`.
#[derive(Clone, Debug)]
pub struct Array {
    /// The element's position.
    pub position: Position,
    /// The declared number of values.
    pub n: Option<u32>,
    /// The type of the values.
    pub kind: ArrayType,
    /// The values, unquoted.
    pub values: Vec<Name>,
}

enumeration! {
    /// The type of an array's values.
    #[allow(missing_docs, reason = "the variants are the standard's words")]
    pub enum ArrayType {
        Int = "int",
        Real = "real",
        String = "string",
    }
}

/// A list in which most values are the same. Indices count from 1 and have the order of the entries.
#[derive(Clone, Debug)]
pub struct SparseArray<T> {
    /// The element's position.
    pub position: Position,
    /// The length of the list.
    pub n: Option<u32>,
    /// The value at all other indices.
    pub default_value: T,
    /// The indices of the entries, counting from 1; as many as there are entries.
    pub indices: Vec<u32>,
    /// The values at these indices.
    pub entries: Vec<T>,
}

/// One of the standard's group `NUM-ARRAY`: an array of either kind.
#[derive(Clone, Debug)]
pub enum NumArray {
    /// The element `Array`.
    Array(Array),
    /// The element `REAL-SparseArray`, or `INT-SparseArray`, whose values are real numbers too.
    Sparse(RealSparseArray),
}

/// The element `INT-SparseArray`.
pub type IntSparseArray = SparseArray<i64>;

/// The element `REAL-SparseArray`.
pub type RealSparseArray = SparseArray<f64>;

impl Array {
    pub(super) fn read(xml: &mut Markup<'_>) -> Result<Self> {
        let position = xml.position();
        let n: Option<u32> = xml.optional("n")?;
        // The values stay strings until their type is known, which is the field's and not this one.
        let kind = xml.optional("type")?.unwrap_or(ArrayType::String);
        let text = xml.text()?;
        let mut values = Vec::new();
        split(&text, |value| values.push(xml.intern(value)))
            .map_err(|message| Error::invalid(position, "Array", message))?;
        if kind != ArrayType::String {
            values.iter().for_each(|value| xml.warn_of_odd_number(position, "Array", value));
        }
        if let Some(n) = n.filter(|n| *n as usize != values.len()) {
            let message = format!("`Array` has {} values, but `n` is {n}", values.len());
            return Err(Error::invalid(position, "Array", message));
        }
        Ok(Array { position, n, kind, values })
    }

    /// Returns the values as real numbers. Fails if one is not a number.
    pub fn reals(&self) -> Result<Vec<f64>> {
        let read = |value: &Name| {
            number(value).ok_or_else(|| {
                let message = format!("`Array` holds `{}`, which should be a number", quoted(value));
                Error::invalid(self.position, "Array", message)
            })
        };
        self.values.iter().map(read).collect()
    }
}

impl NumArray {
    /// Returns whether an element of this name is one of the group.
    pub(super) fn is(element: &str) -> bool {
        matches!(element, "Array" | "INT-SparseArray" | "REAL-SparseArray")
    }

    /// Reads the array whose start tag has been read.
    pub(super) fn read(xml: &mut Markup<'_>) -> Result<Self> {
        Ok(match &*xml.element() {
            "INT-SparseArray" => {
                let SparseArray { position, n, default_value, indices, entries } = read_sparse::<i64>(xml)?;
                let entries = entries.into_iter().map(|entry| entry as f64).collect();
                let default_value = default_value as f64;
                NumArray::Sparse(SparseArray { position, n, default_value, indices, entries })
            }
            "REAL-SparseArray" => NumArray::Sparse(read_sparse(xml)?),
            _ => NumArray::Array(Array::read(xml)?),
        })
    }

    /// Reads an element that holds one array and nothing else; its start tag has been read.
    pub(super) fn read_in(xml: &mut Markup<'_>) -> Result<Self> {
        let (position, element) = (xml.position(), xml.element());
        let mut array = None;
        while let Some(child) = xml.child()? {
            if NumArray::is(&child) {
                xml.once(&mut array, NumArray::read)?
            } else {
                return Err(xml.unexpected());
            }
        }
        array.ok_or_else(|| lacks(position, &element, "an `Array`"))
    }

    /// Returns the element's position.
    pub fn position(&self) -> Position {
        match self {
            NumArray::Array(array) => array.position,
            NumArray::Sparse(array) => array.position,
        }
    }

    /// Returns the values as written in the document. Fails if there are not `length` of them.
    pub fn strings(&self, length: usize) -> Result<Vec<Name>> {
        match self {
            NumArray::Array(array) => {
                self.of_length(length, array.values.len()).map(|()| array.values.clone())
            }
            NumArray::Sparse(_) => {
                let text = |value: f64| Name::from(value.to_string().as_str());
                Ok(self.reals(length)?.into_iter().map(text).collect())
            }
        }
    }

    /// Returns the values as real numbers. Fails if there are not `length` of them, or if one is not a number.
    pub fn reals(&self, length: usize) -> Result<Vec<f64>> {
        match self {
            NumArray::Array(array) => self.of_length(length, array.values.len()).and_then(|()| array.reals()),
            NumArray::Sparse(array) => {
                if let Some(n) = array.n {
                    self.of_length(length, n as usize)?;
                }
                let mut reals = vec![array.default_value; length];
                for (index, entry) in array.indices.iter().zip(&array.entries) {
                    // Indices count from 1.
                    match reals.get_mut((*index as usize).wrapping_sub(1)) {
                        Some(real) => *real = *entry,
                        None => self.of_length(length, *index as usize)?,
                    }
                }
                Ok(reals)
            }
        }
    }

    /// Fails if the array has another length.
    fn of_length(&self, wanted: usize, found: usize) -> Result<()> {
        if wanted == found {
            return Ok(());
        }
        let element = match self {
            NumArray::Array(_) => "Array",
            NumArray::Sparse(_) => "REAL-SparseArray",
        };
        let message = format!("`{element}` has {found} values, but {wanted} are expected");
        Err(Error::invalid(self.position(), element, message))
    }
}

/// Splits an array's text into its values: between blanks, or between quotes, in which `\"` stands for a quote.
fn split(text: &str, mut value: impl FnMut(&str)) -> Result<(), &'static str> {
    let mut rest = text.trim_ascii_start();
    let mut unescaped = String::new();
    while !rest.is_empty() {
        if let Some(inside) = rest.strip_prefix('"') {
            unescaped.clear();
            rest = unquote(inside, &mut unescaped).ok_or("`Array` holds a `\"` that has no counterpart")?;
            value(&unescaped);
        } else {
            let end = rest.find(|c: char| c.is_ascii_whitespace()).unwrap_or(rest.len());
            let (word, after) = rest.split_at(end);
            value(word);
            rest = after;
        }
        rest = rest.trim_ascii_start();
    }
    Ok(())
}

/// Appends the unescaped string before the closing quote, and returns what comes after it; `None` if there is no
/// closing quote.
fn unquote<'a>(mut rest: &'a str, out: &mut String) -> Option<&'a str> {
    loop {
        let (before, after) = rest.split_at_checked(rest.find(['"', '\\'])?)?;
        out.push_str(before);
        if let Some(after) = after.strip_prefix("\\\"") {
            out.push('"');
            rest = after;
        } else if let Some(after) = after.strip_prefix('\\') {
            out.push('\\');
            rest = after;
        } else {
            return after.strip_prefix('"');
        }
    }
}

/// A number type of sparse arrays.
pub(super) trait Entry: FromAttribute + Default {
    /// The element that holds the entries.
    const ENTRIES: &'static str;
    /// Parses one entry.
    fn parse(text: &str) -> Option<Self>;
}

impl Entry for i64 {
    const ENTRIES: &'static str = "INT-Entries";

    fn parse(text: &str) -> Option<Self> {
        integer(text)
    }
}

impl Entry for f64 {
    const ENTRIES: &'static str = "REAL-Entries";

    fn parse(text: &str) -> Option<Self> {
        number(text)
    }
}

/// Reads the `INT-SparseArray` or `REAL-SparseArray` whose start tag has been read.
pub(super) fn read_sparse<T: Entry>(xml: &mut Markup<'_>) -> Result<SparseArray<T>> {
    let (position, element) = (xml.position(), xml.element());
    let n = xml.optional("n")?;
    let default_value = xml.or_default("defaultValue")?;
    let (mut indices, mut entries) = (None, None);
    while let Some(child) = xml.child()? {
        match &*child {
            "Indices" => xml.once(&mut indices, |xml| numbers(xml, |text| integer(text)?.try_into().ok()))?,
            name if name == T::ENTRIES => xml.once(&mut entries, |xml| numbers(xml, T::parse))?,
            _ => return Err(xml.unexpected()),
        }
    }
    let indices: Vec<u32> = indices.unwrap_or_default();
    let entries: Vec<T> = entries.unwrap_or_default();
    let invalid = |message| Err(Error::invalid(position, &*element, message));
    if indices.len() != entries.len() {
        return invalid(format!("`{element}` has {} indices for {} entries", indices.len(), entries.len()));
    }
    if let Some(index) = indices.iter().find(|index| **index == 0 || n.is_some_and(|n| **index > n)) {
        return invalid(format!("`{element}` has the index {index}, which is outside of the array"));
    }
    Ok(SparseArray { position, n, default_value, indices, entries })
}
/// Reads the text of an element as numbers separated by blanks.
fn numbers<T>(xml: &mut Markup<'_>, parse: impl Fn(&str) -> Option<T>) -> Result<Vec<T>> {
    let (position, element) = (xml.position(), xml.element());
    let text = xml.text()?;
    let mut number = |word: &str| {
        xml.warn_of_odd_number(position, &element, word);
        parse(word).ok_or_else(|| {
            let message = format!("`{element}` holds `{}`, which is not a number of its kind", quoted(word));
            Error::invalid(position, &*element, message)
        })
    };
    text.split_ascii_whitespace().map(&mut number).collect()
}
