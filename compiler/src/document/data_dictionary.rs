//! `DataDictionary`: the fields of the data that the models were trained on, with their types and domains.

use super::attribute::{Expected, FromAttribute};
use super::enumeration::enumeration;
use super::markup::Markup;
use super::name::Interner;
use super::{Name, Position};
use crate::error::{Error, Result};

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
    /// The element's position.
    pub position: Position,
    /// The fields, in document order.
    pub data_fields: Vec<DataField>,
}

/// The element `DataField`.
#[derive(Clone, Debug)]
pub struct DataField {
    /// The element's position.
    pub position: Position,
    /// The field's name.
    pub name: Name,
    /// The name to display.
    pub display_name: Option<Name>,
    /// The operations that the values support.
    pub optype: OpType,
    /// The type of the values.
    pub data_type: DataType,
    /// The taxonomy that orders the values.
    pub taxonomy: Option<Name>,
    /// Whether the largest value is next to the smallest.
    pub is_cyclic: bool,
    /// The valid ranges; a value is valid if it is in any of them. Without ranges all values are valid.
    pub intervals: Vec<Interval>,
    /// The listed values: valid, invalid or missing.
    pub values: Vec<Value>,
}

/// The element `Value`: a value of a field and its meaning.
#[derive(Clone, Debug)]
pub struct Value {
    /// The element's position.
    pub position: Position,
    /// The value, in the field's type.
    pub value: Name,
    /// The string to display.
    pub display_value: Option<Name>,
    /// Whether the value is valid, invalid or missing.
    pub property: Property,
}

enumeration! {
    /// The meaning of a value of a field.
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
    /// The element's position.
    pub position: Position,
    /// The margins that belong to the range.
    pub closure: Closure,
    /// The lower margin.
    pub left_margin: Option<f64>,
    /// The upper margin.
    pub right_margin: Option<f64>,
}

enumeration! {
    /// The margins that belong to an interval: left, then right.
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
        let position = xml.position();
        let name = xml.required("name")?;
        let display_name = xml.optional("displayName")?;
        let (optype, data_type) = (xml.description("optype")?, xml.optional("dataType")?);
        let taxonomy = xml.optional("taxonomy")?;
        let is_cyclic = xml.description("isCyclic")?.unwrap_or_default();
        let (mut intervals, mut values) = (Vec::new(), Vec::<Value>::new());
        while let Some(child) = xml.child()? {
            match &*child {
                "Interval" => intervals.push(Interval::read(xml)?),
                "Value" => values.push(Value::read(xml)?),
                _ => return Err(xml.unexpected()),
            }
        }
        let hint = match (intervals.is_empty(), values.iter().any(|value| value.property == Property::Valid))
        {
            (false, _) => Some(OpType::Continuous),
            (true, true) => Some(OpType::Categorical),
            (true, false) => None,
        };
        let (optype, data_type) = natural_types(xml, position, "DataField", optype, data_type, hint)?;
        Ok(DataField {
            position,
            name,
            display_name,
            optype,
            data_type,
            taxonomy,
            is_cyclic,
            intervals,
            values,
        })
    }
}

/// Returns the optype and the data type of a field. If one is absent it follows from the other, with a warning: version
/// 3.0 requires no type, and exporters misspell optypes. `hint` is the optype that the rest of the element suggests.
/// Fails if both are absent and there is no hint.
pub(super) fn natural_types(
    xml: &mut Markup<'_>,
    position: Position,
    element: &str,
    optype: Option<OpType>,
    data_type: Option<DataType>,
    hint: Option<OpType>,
) -> Result<(OpType, DataType)> {
    use DataType::*;
    let types = match (optype, data_type, hint) {
        (Some(optype), Some(data_type), _) => return Ok((optype, data_type)),
        (None, Some(String | Boolean), _) => (OpType::Categorical, data_type),
        (None, Some(_), hint) => (hint.unwrap_or(OpType::Continuous), data_type),
        (Some(optype), None, _) | (None, None, Some(optype)) => (optype, None),
        (None, None, None) => {
            let message = format!("`{element}` lacks the attributes `optype` and `dataType`");
            return Err(Error::invalid(position, element, message));
        }
    };
    let natural = if types.0 == OpType::Continuous { Double } else { String };
    let (optype, data_type) = (types.0, types.1.unwrap_or(natural));
    let message = format!(
        "`{element}` does not say what its values are: they are read as {}, of the type {data_type}",
        optype.as_str()
    );
    xml.warn_of(position, element, message);
    Ok((optype, data_type))
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
