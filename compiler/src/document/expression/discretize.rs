//! `Discretize`: sorts values into bins.

use crate::document::data_dictionary::{DataType, Interval};
use crate::document::markup::{Markup, lacks};
use crate::document::{Name, Position};
use crate::error::Result;

/// The element `Discretize`.
#[derive(Clone, Debug)]
pub struct Discretize {
    /// The element's position.
    pub position: Position,
    /// The field.
    pub field: Name,
    /// The result if the field is missing.
    pub map_missing_to: Option<Name>,
    /// The result if no bin contains the value.
    pub default_value: Option<Name>,
    /// The type of the results.
    pub data_type: Option<DataType>,
    /// The bins. If several contain the value, the last one counts.
    pub discretize_bins: Vec<DiscretizeBin>,
}

/// The element `DiscretizeBin`.
#[derive(Clone, Debug)]
pub struct DiscretizeBin {
    /// The element's position.
    pub position: Position,
    /// The result.
    pub bin_value: Name,
    /// The values that have this result.
    pub interval: Interval,
}

impl Discretize {
    pub(super) fn read(xml: &mut Markup<'_>) -> Result<Self> {
        let mut discretize = Discretize {
            position: xml.position(),
            field: xml.required("field")?,
            map_missing_to: xml.optional("mapMissingTo")?,
            default_value: xml.optional("defaultValue")?,
            data_type: xml.optional("dataType")?,
            discretize_bins: Vec::new(),
        };
        while let Some(child) = xml.child()? {
            match &*child {
                "DiscretizeBin" => discretize.discretize_bins.push(DiscretizeBin::read(xml)?),
                _ => return Err(xml.unexpected()),
            }
        }
        Ok(discretize)
    }
}

impl DiscretizeBin {
    fn read(xml: &mut Markup<'_>) -> Result<Self> {
        let position = xml.position();
        let bin_value = xml.required("binValue")?;
        let mut interval = None;
        while let Some(child) = xml.child()? {
            match &*child {
                "Interval" => xml.once(&mut interval, Interval::read)?,
                _ => return Err(xml.unexpected()),
            }
        }
        let interval = interval.ok_or_else(|| lacks(position, "DiscretizeBin", "an `Interval`"))?;
        Ok(DiscretizeBin { position, bin_value, interval })
    }
}
