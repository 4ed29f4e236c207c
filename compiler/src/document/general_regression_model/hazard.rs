//! The baseline of a Cox regression: cumulative hazards by time, for all rows or for each stratum.

use super::parameter::list;
use crate::document::data_dictionary::{Interval, Value};
use crate::document::markup::Markup;
use crate::document::{Name, Position};
use crate::error::Result;

/// The element `EventValues`: the values of the status that are events.
#[derive(Clone, Debug)]
pub struct EventValues {
    /// The element's position.
    pub position: Position,
    /// Single values.
    pub values: Vec<Value>,
    /// Ranges of values.
    pub intervals: Vec<Interval>,
}

impl EventValues {
    pub(super) fn read(xml: &mut Markup<'_>) -> Result<Self> {
        let mut events = EventValues { position: xml.position(), values: Vec::new(), intervals: Vec::new() };
        while let Some(child) = xml.child()? {
            match &*child {
                "Value" => events.values.push(Value::read(xml)?),
                "Interval" => events.intervals.push(Interval::read(xml)?),
                _ => return Err(xml.unexpected()),
            }
        }
        Ok(events)
    }
}

/// The element `BaseCumHazardTables`: the baseline, or one for each stratum.
#[derive(Clone, Debug)]
pub struct BaseCumHazardTables {
    /// The element's position.
    pub position: Position,
    /// The time up to which the baseline is known.
    pub max_time: Option<f64>,
    /// The baselines of strata.
    pub baseline_strata: Vec<BaselineStratum>,
    /// The only baseline.
    pub baseline_cells: Vec<BaselineCell>,
}

impl BaseCumHazardTables {
    pub(super) fn read(xml: &mut Markup<'_>) -> Result<Self> {
        let mut tables = BaseCumHazardTables {
            position: xml.position(),
            max_time: xml.optional("maxTime")?,
            baseline_strata: Vec::new(),
            baseline_cells: Vec::new(),
        };
        while let Some(child) = xml.child()? {
            match &*child {
                "BaselineStratum" => tables.baseline_strata.push(BaselineStratum::read(xml)?),
                "BaselineCell" => tables.baseline_cells.push(BaselineCell::read(xml)?),
                _ => return Err(xml.unexpected()),
            }
        }
        Ok(tables)
    }
}

/// The element `BaselineStratum`.
#[derive(Clone, Debug)]
pub struct BaselineStratum {
    /// The element's position.
    pub position: Position,
    /// The value of the strata's field.
    pub value: Name,
    /// A description of the stratum.
    pub label: Option<Name>,
    /// The time up to which the baseline is known.
    pub max_time: f64,
    /// The baseline.
    pub baseline_cells: Vec<BaselineCell>,
}

impl BaselineStratum {
    pub(super) fn read(xml: &mut Markup<'_>) -> Result<Self> {
        Ok(BaselineStratum {
            position: xml.position(),
            value: xml.required("value")?,
            label: xml.optional("label")?,
            max_time: xml.required("maxTime")?,
            baseline_cells: list(xml, "BaselineCell", BaselineCell::read)?,
        })
    }
}

/// The element `BaselineCell`.
#[derive(Clone, Copy, Debug)]
pub struct BaselineCell {
    /// The element's position.
    pub position: Position,
    /// The time from which the value applies.
    pub time: f64,
    /// The cumulative hazard.
    pub cum_hazard: f64,
}

impl BaselineCell {
    pub(super) fn read(xml: &mut Markup<'_>) -> Result<Self> {
        let cell = BaselineCell {
            position: xml.position(),
            time: xml.required("time")?,
            cum_hazard: xml.required("cumHazard")?,
        };
        xml.leaf()?;
        Ok(cell)
    }
}
