//! `DataDictionary`: the fields of the data that the models were trained on, with their types and domains.

use super::enumeration::enumeration;
use super::markup::Markup;
use super::{Name, Position};
use crate::error::Result;

enumeration! {
    /// How the values of a field are stored and compared.
    #[allow(missing_docs, reason = "the variants are the standard's words")]
    pub enum DataType {
        String = "string",
        Integer = "integer",
        Float = "float",
        Double = "double",
        Boolean = "boolean",
        Date = "date",
        Time = "time",
        DateTime = "dateTime",
        DateDaysSince0 = "dateDaysSince[0]",
        DateDaysSince1960 = "dateDaysSince[1960]",
        DateDaysSince1970 = "dateDaysSince[1970]",
        DateDaysSince1980 = "dateDaysSince[1980]",
        DateDaysSince1990 = "dateDaysSince[1990]" | "x-dateDaysSince[1990]",
        DateDaysSince2000 = "dateDaysSince[2000]" | "x-dateDaysSince[2000]",
        DateDaysSince2010 = "dateDaysSince[2010]" | "x-dateDaysSince[2010]",
        DateDaysSince2020 = "dateDaysSince[2020]" | "x-dateDaysSince[2020]",
        TimeSeconds = "timeSeconds",
        DateTimeSecondsSince0 = "dateTimeSecondsSince[0]",
        DateTimeSecondsSince1960 = "dateTimeSecondsSince[1960]",
        DateTimeSecondsSince1970 = "dateTimeSecondsSince[1970]",
        DateTimeSecondsSince1980 = "dateTimeSecondsSince[1980]",
        DateTimeSecondsSince1990 = "dateTimeSecondsSince[1990]" | "x-dateTimeSecondsSince[1990]",
        DateTimeSecondsSince2000 = "dateTimeSecondsSince[2000]" | "x-dateTimeSecondsSince[2000]",
        DateTimeSecondsSince2010 = "dateTimeSecondsSince[2010]" | "x-dateTimeSecondsSince[2010]",
        DateTimeSecondsSince2020 = "dateTimeSecondsSince[2020]" | "x-dateTimeSecondsSince[2020]",
    }
}

enumeration! {
    /// Which operations a field's values admit.
    pub enum OpType {
        /// Values can be told apart.
        Categorical = "categorical",
        /// Values have an order, that of their `Value` elements.
        Ordinal = "ordinal",
        /// Values can be computed with.
        Continuous = "continuous",
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
