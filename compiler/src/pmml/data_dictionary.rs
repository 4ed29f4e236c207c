//! `DataDictionary`: the fields of the data that the models were trained on, with their types and domains.

use super::attribute::{Expected, FromAttribute};
use super::enumeration::enumeration;
use super::markup::Markup;
use super::name::Interner;
use super::{Name, Position};
use crate::error::Result;

pub use pmml_runtime::{DataType, OpType};

impl FromAttribute for DataType {
    fn from_attribute(text: &str, _: &mut Interner) -> std::result::Result<Self, Expected> {
        let word = text.trim_ascii();
        // Epochs that the standard does not have are an extension, by either name.
        let known = DataType::from_word(word).or_else(|| {
            let extension = DataType::from_word(word.strip_prefix("x-")?)?;
            use DataType::*;
            let is_extension = matches!(
                extension,
                DateDaysSince1990
                    | DateDaysSince2000
                    | DateDaysSince2010
                    | DateDaysSince2020
                    | DateTimeSecondsSince1990
                    | DateTimeSecondsSince2000
                    | DateTimeSecondsSince2010
                    | DateTimeSecondsSince2020
            );
            is_extension.then_some(extension)
        });
        known.ok_or(Expected::OneOf(DataType::WORDS))
    }
}

impl FromAttribute for OpType {
    fn from_attribute(text: &str, _: &mut Interner) -> std::result::Result<Self, Expected> {
        OpType::from_word(text.trim_ascii()).ok_or(Expected::OneOf(OpType::WORDS))
    }
}

/// The element `DataDictionary`. Its taxonomies are skipped.
#[derive(Clone, Debug, Default)]
pub struct DataDictionary {
    /// The element's place.
    pub position: Position,
    /// The fields, in document order.
    pub data_fields: Vec<DataField>,
}

/// The element `DataField`.
#[derive(Clone, Debug)]
pub struct DataField {
    /// The element's place.
    pub position: Position,
    /// The field's name.
    pub name: Name,
    /// The name to show to people.
    pub display_name: Option<Name>,
    /// Which operations the values admit.
    pub optype: OpType,
    /// The type of the values.
    pub data_type: DataType,
    /// The taxonomy that orders the values.
    pub taxonomy: Option<Name>,
    /// Whether the largest value borders on the smallest.
    pub is_cyclic: bool,
    /// The valid ranges; a value is valid in any of them. No range: all values.
    pub intervals: Vec<Interval>,
    /// The values named one by one: valid, invalid or missing.
    pub values: Vec<Value>,
}

/// The element `Value`: one value of a field and what it stands for.
#[derive(Clone, Debug)]
pub struct Value {
    /// The element's place.
    pub position: Position,
    /// The value, in the field's type.
    pub value: Name,
    /// The text to show to people.
    pub display_value: Option<Name>,
    /// What the value stands for.
    pub property: Property,
}

enumeration! {
    /// What a value of a field stands for.
    #[derive(Default)]
    pub enum Property {
        /// A value of the field's domain.
        #[default]
        Valid = "valid",
        /// A value outside of it.
        Invalid = "invalid",
        /// A missing value.
        Missing = "missing",
    }
}

/// The element `Interval`: a range of numbers. An absent margin is infinite.
#[derive(Clone, Debug)]
pub struct Interval {
    /// The element's place.
    pub position: Position,
    /// Which margins belong to the range.
    pub closure: Closure,
    /// The lower margin.
    pub left_margin: Option<f64>,
    /// The upper margin.
    pub right_margin: Option<f64>,
}

enumeration! {
    /// Which margins belong to an interval: left, then right.
    #[allow(missing_docs, reason = "the variants are the standard's words")]
    pub enum Closure {
        OpenClosed = "openClosed",
        OpenOpen = "openOpen",
        ClosedOpen = "closedOpen",
        ClosedClosed = "closedClosed",
    }
}

impl DataDictionary {
    pub(super) fn read(xml: &mut Markup<'_>) -> Result<Self> {
        let mut dictionary = DataDictionary { position: xml.position(), data_fields: Vec::new() };
        while let Some(child) = xml.child()? {
            match &*child {
                "DataField" => dictionary.data_fields.push(DataField::read(xml)?),
                "Taxonomy" => xml.skip()?,
                _ => xml.ignore()?,
            }
        }
        Ok(dictionary)
    }
}

impl DataField {
    fn read(xml: &mut Markup<'_>) -> Result<Self> {
        let mut field = DataField {
            position: xml.position(),
            name: xml.required("name")?,
            display_name: xml.optional("displayName")?,
            optype: xml.required("optype")?,
            data_type: xml.required("dataType")?,
            taxonomy: xml.optional("taxonomy")?,
            is_cyclic: xml.or_default("isCyclic")?,
            intervals: Vec::new(),
            values: Vec::new(),
        };
        while let Some(child) = xml.child()? {
            match &*child {
                "Interval" => field.intervals.push(Interval::read(xml)?),
                "Value" => field.values.push(Value::read(xml)?),
                _ => return Err(xml.unexpected()),
            }
        }
        Ok(field)
    }
}

impl Value {
    pub(super) fn read(xml: &mut Markup<'_>) -> Result<Self> {
        let value = Value {
            position: xml.position(),
            value: xml.required("value")?,
            display_value: xml.optional("displayValue")?,
            property: xml.or_default("property")?,
        };
        xml.leaf()?;
        Ok(value)
    }
}

impl Interval {
    pub(super) fn read(xml: &mut Markup<'_>) -> Result<Self> {
        let interval = Interval {
            position: xml.position(),
            closure: xml.required("closure")?,
            left_margin: xml.optional("leftMargin")?,
            right_margin: xml.optional("rightMargin")?,
        };
        xml.leaf()?;
        Ok(interval)
    }
}
