//! Statistics of fields: of a model's training data (`ModelStats`), and of a part of it (`Partition`).
//!
//! Only what defines a model is kept, which distribution-based clusters need: the values or ranges of a field, and
//! their frequencies.

use super::array::{Array, NumArray};
use super::data_dictionary::Interval;
use super::markup::Markup;
use super::{Name, Position};
use crate::error::Result;

/// The element `ModelStats`.
#[derive(Clone, Debug, Default)]
pub struct ModelStats {
    /// The statistics of fields, one by one.
    pub univariate_stats: Vec<UnivariateStats>,
}

/// The element `UnivariateStats`: the values of a field.
#[derive(Clone, Debug)]
pub struct UnivariateStats {
    /// The field.
    pub field: Option<Name>,
    /// The values of a discrete field: the first array of `DiscrStats`.
    pub values: Option<Array>,
    /// The ranges of a continuous field, those of `ContStats`.
    pub intervals: Vec<Interval>,
}

/// The element `Partition`: the statistics of a part of the data.
#[derive(Clone, Debug)]
pub struct Partition {
    /// The element's position.
    pub position: Position,
    /// The name of the part.
    pub name: Option<Name>,
    /// The statistics of fields.
    pub partition_field_stats: Vec<PartitionFieldStats>,
}

/// The element `PartitionFieldStats`: the statistics of one field in a part of the data.
#[derive(Clone, Debug)]
pub struct PartitionFieldStats {
    /// The element's position.
    pub position: Position,
    /// The field.
    pub field: Name,
    /// The mean of a continuous field.
    pub mean: Option<f64>,
    /// The frequencies of each value or range, then the sums of the values in each range, then the sums of their
    /// squares.
    pub frequencies: Vec<NumArray>,
}

impl ModelStats {
    pub(super) fn read(xml: &mut Markup<'_>) -> Result<Self> {
        let mut stats = ModelStats::default();
        while let Some(child) = xml.child()? {
            match &*child {
                "UnivariateStats" => stats.univariate_stats.push(UnivariateStats::read(xml)?),
                // Multivariate statistics define nothing.
                _ => xml.skip()?,
            }
        }
        Ok(stats)
    }
}

impl UnivariateStats {
    fn read(xml: &mut Markup<'_>) -> Result<Self> {
        let mut stats =
            UnivariateStats { field: xml.optional("field")?, values: None, intervals: Vec::new() };
        while let Some(child) = xml.child()? {
            match &*child {
                "DiscrStats" => {
                    while let Some(child) = xml.child()? {
                        match &*child {
                            // The second array has the frequencies in all of the data.
                            "Array" if stats.values.is_none() => stats.values = Some(Array::read(xml)?),
                            _ => xml.skip()?,
                        }
                    }
                }
                "ContStats" => {
                    while let Some(child) = xml.child()? {
                        match &*child {
                            "Interval" => stats.intervals.push(Interval::read(xml)?),
                            _ => xml.skip()?,
                        }
                    }
                }
                _ => xml.skip()?,
            }
        }
        Ok(stats)
    }
}

impl Partition {
    pub(super) fn read(xml: &mut Markup<'_>) -> Result<Self> {
        let mut partition = Partition {
            position: xml.position(),
            name: xml.optional("name")?,
            partition_field_stats: Vec::new(),
        };
        while let Some(child) = xml.child()? {
            match &*child {
                "PartitionFieldStats" => {
                    partition.partition_field_stats.push(PartitionFieldStats::read(xml)?);
                }
                _ => return Err(xml.unexpected()),
            }
        }
        Ok(partition)
    }
}

impl PartitionFieldStats {
    fn read(xml: &mut Markup<'_>) -> Result<Self> {
        let mut stats = PartitionFieldStats {
            position: xml.position(),
            field: xml.required("field")?,
            mean: None,
            frequencies: Vec::new(),
        };
        while let Some(child) = xml.child()? {
            match &*child {
                "NumericInfo" => {
                    stats.mean = xml.count("mean")?;
                    xml.skip()?;
                }
                "Counts" => xml.skip()?,
                name if NumArray::is(name) => stats.frequencies.push(NumArray::read(xml)?),
                _ => return Err(xml.unexpected()),
            }
        }
        Ok(stats)
    }
}
