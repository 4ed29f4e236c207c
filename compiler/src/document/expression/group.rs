//! `Aggregate` and `Lag`: values of other rows.

use crate::document::enumeration::enumeration;
use crate::document::markup::Markup;
use crate::document::{Name, Position};
use crate::error::Result;

/// The element `Aggregate`.
#[derive(Clone, Debug)]
pub struct Aggregate {
    /// The element's position.
    pub position: Position,
    /// The field that holds the values.
    pub field: Name,
    /// The function that summarizes them.
    pub function: AggregateFunction,
    /// The field that the rows are grouped by.
    pub group_field: Option<Name>,
    /// A condition in SQL.
    pub sql_where: Option<Name>,
}

enumeration! {
    /// A function that summarizes a group's values.
    #[allow(missing_docs, reason = "the variants are the standard's words")]
    pub enum AggregateFunction {
        Count = "count",
        Sum = "sum",
        Average = "average",
        Min = "min",
        Max = "max",
        Multiset = "multiset",
    }
}

/// The element `Lag`.
#[derive(Clone, Debug)]
pub struct Lag {
    /// The element's position.
    pub position: Position,
    /// The field.
    pub field: Name,
    /// The number of rows to look back.
    pub n: u32,
    /// The function that summarizes the last `n` values.
    pub aggregate: LagAggregate,
    /// The fields whose change starts a new series.
    pub block_indicators: Vec<BlockIndicator>,
}

/// The element `BlockIndicator`.
#[derive(Clone, Debug)]
pub struct BlockIndicator {
    /// The element's position.
    pub position: Position,
    /// The field.
    pub field: Name,
}

enumeration! {
    /// A function that summarizes the last values of a field.
    #[derive(Default)]
    #[allow(missing_docs, reason = "the variants are the standard's words")]
    pub enum LagAggregate {
        /// None: the result is the value `n` rows back.
        #[default]
        None = "none",
        Avg = "avg",
        Max = "max",
        Median = "median",
        Min = "min",
        Product = "product",
        Sum = "sum",
        Stddev = "stddev",
    }
}

impl Aggregate {
    pub(super) fn read(xml: &mut Markup<'_>) -> Result<Self> {
        let aggregate = Aggregate {
            position: xml.position(),
            field: xml.required("field")?,
            function: xml.required("function")?,
            group_field: xml.optional("groupField")?,
            sql_where: xml.optional("sqlWhere")?,
        };
        xml.leaf()?;
        Ok(aggregate)
    }
}

impl Lag {
    pub(super) fn read(xml: &mut Markup<'_>) -> Result<Self> {
        let mut lag = Lag {
            position: xml.position(),
            field: xml.required("field")?,
            n: xml.optional("n")?.unwrap_or(1),
            aggregate: xml.or_default("aggregate")?,
            block_indicators: Vec::new(),
        };
        while let Some(child) = xml.child()? {
            match &*child {
                "BlockIndicator" => lag.block_indicators.push(BlockIndicator::read(xml)?),
                _ => return Err(xml.unexpected()),
            }
        }
        Ok(lag)
    }
}

impl BlockIndicator {
    fn read(xml: &mut Markup<'_>) -> Result<Self> {
        let indicator = BlockIndicator { position: xml.position(), field: xml.required("field")? };
        xml.leaf()?;
        Ok(indicator)
    }
}
