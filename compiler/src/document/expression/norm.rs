//! `NormContinuous` and `NormDiscrete`: values normalized to numbers.

use crate::document::enumeration::enumeration;
use crate::document::markup::Markup;
use crate::document::mining_schema::OutlierTreatment;
use crate::document::{Name, Position};
use crate::error::Result;

/// The element `NormContinuous`: linear interpolation between points.
#[derive(Clone, Debug)]
pub struct NormContinuous {
    /// The element's position.
    pub position: Position,
    /// The field.
    pub field: Name,
    /// The result if the field is missing.
    pub map_missing_to: Option<f64>,
    /// What happens to values left of the first point and right of the last.
    pub outliers: OutlierTreatment,
    /// The points, in document order. The standard requires at least two.
    pub linear_norms: Vec<LinearNorm>,
}

/// The element `LinearNorm`: one point of a `NormContinuous`.
#[derive(Clone, Debug)]
pub struct LinearNorm {
    /// The element's position.
    pub position: Position,
    /// The argument.
    pub orig: f64,
    /// The function's value there.
    pub norm: f64,
}

/// The element `NormDiscrete`.
#[derive(Clone, Debug)]
pub struct NormDiscrete {
    /// The element's position.
    pub position: Position,
    /// The field.
    pub field: Name,
    /// The value that yields 1.
    pub value: Name,
    /// The result if the field is missing.
    pub map_missing_to: Option<f64>,
    /// How the value is coded (until PMML 4.2).
    pub method: NormDiscreteMethod,
}

enumeration! {
    /// How `NormDiscrete` codes a value.
    #[derive(Default)]
    pub enum NormDiscreteMethod {
        /// 1 if the values are equal.
        #[default]
        Indicator = "indicator",
        /// 1 if the field's value is not before this one (until PMML 3.1).
        Thermometer = "thermometer",
    }
}

impl NormContinuous {
    pub(super) fn read(xml: &mut Markup<'_>) -> Result<Self> {
        let mut norm = NormContinuous {
            position: xml.position(),
            field: xml.required("field")?,
            map_missing_to: xml.optional("mapMissingTo")?,
            outliers: xml.or_default("outliers")?,
            linear_norms: Vec::new(),
        };
        while let Some(child) = xml.child()? {
            match &*child {
                "LinearNorm" => norm.linear_norms.push(LinearNorm::read(xml)?),
                _ => return Err(xml.unexpected()),
            }
        }
        Ok(norm)
    }
}

impl LinearNorm {
    fn read(xml: &mut Markup<'_>) -> Result<Self> {
        let norm =
            LinearNorm { position: xml.position(), orig: xml.required("orig")?, norm: xml.required("norm")? };
        xml.leaf()?;
        Ok(norm)
    }
}

impl NormDiscrete {
    pub(super) fn read(xml: &mut Markup<'_>) -> Result<Self> {
        let norm = NormDiscrete {
            position: xml.position(),
            field: xml.required("field")?,
            value: xml.required("value")?,
            map_missing_to: xml.optional("mapMissingTo")?,
            method: xml.or_default("method")?,
        };
        xml.leaf()?;
        Ok(norm)
    }
}
