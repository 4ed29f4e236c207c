//! Expressions: how a value is computed from fields.

use super::data_dictionary::{DataType, Interval};
use super::enumeration::enumeration;
use super::inline_table::Table;
use super::markup::{Markup, lacks};
use super::mining_schema::{InvalidValueTreatment, OutlierTreatment};
use super::text_index::TextIndex;
use super::{Name, Position};
use crate::error::Result;

/// An element of the standard's group `EXPRESSION`.
#[derive(Clone, Debug)]
pub enum Expression {
    /// A constant.
    Constant(Constant),
    /// The value of a field.
    FieldRef(FieldRef),
    /// A piecewise linear function of a field.
    NormContinuous(NormContinuous),
    /// 1 where a field has a certain value, 0 elsewhere.
    NormDiscrete(NormDiscrete),
    /// A field's values sorted into bins.
    Discretize(Discretize),
    /// Fields looked up in a table.
    MapValues(MapValues),
    /// How often a term occurs in a text.
    TextIndex(Box<TextIndex>),
    /// A function applied to expressions.
    Apply(Apply),
    /// One value from many of a group.
    Aggregate(Aggregate),
    /// A field's value in an earlier row.
    Lag(Lag),
}

impl Expression {
    /// The place of the expression's element.
    pub fn position(&self) -> Position {
        match self {
            Expression::Constant(element) => element.position,
            Expression::FieldRef(element) => element.position,
            Expression::NormContinuous(element) => element.position,
            Expression::NormDiscrete(element) => element.position,
            Expression::Discretize(element) => element.position,
            Expression::MapValues(element) => element.position,
            Expression::TextIndex(element) => element.position,
            Expression::Apply(element) => element.position,
            Expression::Aggregate(element) => element.position,
            Expression::Lag(element) => element.position,
        }
    }

    /// The name of the expression's element.
    pub fn element(&self) -> &'static str {
        match self {
            Expression::Constant(_) => "Constant",
            Expression::FieldRef(_) => "FieldRef",
            Expression::NormContinuous(_) => "NormContinuous",
            Expression::NormDiscrete(_) => "NormDiscrete",
            Expression::Discretize(_) => "Discretize",
            Expression::MapValues(_) => "MapValues",
            Expression::TextIndex(_) => "TextIndex",
            Expression::Apply(_) => "Apply",
            Expression::Aggregate(_) => "Aggregate",
            Expression::Lag(_) => "Lag",
        }
    }
}

/// The element `Constant`.
#[derive(Clone, Debug)]
pub struct Constant {
    /// The element's place.
    pub position: Position,
    /// The constant's type; without one the text decides.
    pub data_type: Option<DataType>,
    /// Whether the constant is the missing value.
    pub missing: bool,
    /// The text between the tags, as it stands.
    pub value: Name,
}

/// The element `FieldRef`.
#[derive(Clone, Debug)]
pub struct FieldRef {
    /// The element's place.
    pub position: Position,
    /// The field.
    pub field: Name,
    /// The value that replaces a missing one.
    pub map_missing_to: Option<Name>,
}

/// The element `NormContinuous`: linear interpolation between points.
#[derive(Clone, Debug)]
pub struct NormContinuous {
    /// The element's place.
    pub position: Position,
    /// The field.
    pub field: Name,
    /// The result where the field is missing.
    pub map_missing_to: Option<f64>,
    /// What happens to values left of the first point and right of the last.
    pub outliers: OutlierTreatment,
    /// The points, in document order. The standard asks for two or more.
    pub linear_norms: Vec<LinearNorm>,
}

/// The element `LinearNorm`: one point of a `NormContinuous`.
#[derive(Clone, Debug)]
pub struct LinearNorm {
    /// The element's place.
    pub position: Position,
    /// The argument.
    pub orig: f64,
    /// The function's value there.
    pub norm: f64,
}

/// The element `NormDiscrete`.
#[derive(Clone, Debug)]
pub struct NormDiscrete {
    /// The element's place.
    pub position: Position,
    /// The field.
    pub field: Name,
    /// The value that yields 1.
    pub value: Name,
    /// The result where the field is missing.
    pub map_missing_to: Option<f64>,
    /// How the value is coded (until PMML 4.2).
    pub method: NormDiscreteMethod,
}

enumeration! {
    /// How `NormDiscrete` codes a value.
    #[derive(Default)]
    pub enum NormDiscreteMethod {
        /// 1 where the values are equal.
        #[default]
        Indicator = "indicator",
        /// 1 where the field's value is not before this one (until PMML 3.1).
        Thermometer = "thermometer",
    }
}

/// The element `Discretize`.
#[derive(Clone, Debug)]
pub struct Discretize {
    /// The element's place.
    pub position: Position,
    /// The field.
    pub field: Name,
    /// The result where the field is missing.
    pub map_missing_to: Option<Name>,
    /// The result where no bin holds the value.
    pub default_value: Option<Name>,
    /// The type of the results.
    pub data_type: Option<DataType>,
    /// The bins; the first that holds the value wins.
    pub discretize_bins: Vec<DiscretizeBin>,
}

/// The element `DiscretizeBin`.
#[derive(Clone, Debug)]
pub struct DiscretizeBin {
    /// The element's place.
    pub position: Position,
    /// The result.
    pub bin_value: Name,
    /// The values that yield it.
    pub interval: Interval,
}

/// The element `MapValues`.
#[derive(Clone, Debug)]
pub struct MapValues {
    /// The element's place.
    pub position: Position,
    /// The result where any of the fields is missing.
    pub map_missing_to: Option<Name>,
    /// The result where no row matches.
    pub default_value: Option<Name>,
    /// The column that holds the results.
    pub output_column: Name,
    /// The type of the results.
    pub data_type: Option<DataType>,
    /// Which field is compared with which column.
    pub field_column_pairs: Vec<FieldColumnPair>,
    /// The table, where there is one.
    pub table: Option<Table>,
}

/// The element `FieldColumnPair`.
#[derive(Clone, Debug)]
pub struct FieldColumnPair {
    /// The element's place.
    pub position: Position,
    /// The field.
    pub field: Name,
    /// The column that it is compared with.
    pub column: Name,
}

/// The element `Apply`.
#[derive(Clone, Debug)]
pub struct Apply {
    /// The element's place.
    pub position: Position,
    /// The function, built in or defined by a `DefineFunction`.
    pub function: Name,
    /// The result where any argument is missing; the function is not called.
    pub map_missing_to: Option<Name>,
    /// The result where the function's result is missing.
    pub default_value: Option<Name>,
    /// What happens to an invalid result.
    pub invalid_value_treatment: InvalidValueTreatment,
    /// The arguments.
    pub expressions: Vec<Expression>,
}

/// The element `Aggregate`.
#[derive(Clone, Debug)]
pub struct Aggregate {
    /// The element's place.
    pub position: Position,
    /// The field that holds the values.
    pub field: Name,
    /// What is made of them.
    pub function: AggregateFunction,
    /// The field that the rows are grouped by.
    pub group_field: Option<Name>,
    /// A condition in SQL.
    pub sql_where: Option<Name>,
}

enumeration! {
    /// What `Aggregate` makes of a group's values.
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
    /// The element's place.
    pub position: Position,
    /// The field.
    pub field: Name,
    /// How many rows back.
    pub n: u32,
    /// What is made of the last `n` values.
    pub aggregate: LagAggregate,
    /// The fields whose change begins a new series.
    pub block_indicators: Vec<BlockIndicator>,
}

/// The element `BlockIndicator`.
#[derive(Clone, Debug)]
pub struct BlockIndicator {
    /// The element's place.
    pub position: Position,
    /// The field.
    pub field: Name,
}

enumeration! {
    /// What `Lag` makes of the last values of a field.
    #[derive(Default)]
    #[allow(missing_docs, reason = "the variants are the standard's words")]
    pub enum LagAggregate {
        /// Nothing: the value `n` rows back.
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

impl Expression {
    /// Whether an element of this name is an expression.
    pub(super) fn is(element: &str) -> bool {
        matches!(
            element,
            "Constant"
                | "FieldRef"
                | "NormContinuous"
                | "NormDiscrete"
                | "Discretize"
                | "MapValues"
                | "TextIndex"
                | "Apply"
                | "Aggregate"
                | "Lag"
        )
    }

    /// Reads the expression whose start tag has been read.
    pub(super) fn read(xml: &mut Markup<'_>) -> Result<Self> {
        Ok(match &*xml.element() {
            "Constant" => Expression::Constant(Constant::read(xml)?),
            "FieldRef" => Expression::FieldRef(FieldRef::read(xml)?),
            "NormContinuous" => Expression::NormContinuous(NormContinuous::read(xml)?),
            "NormDiscrete" => Expression::NormDiscrete(NormDiscrete::read(xml)?),
            "Discretize" => Expression::Discretize(Discretize::read(xml)?),
            "MapValues" => Expression::MapValues(MapValues::read(xml)?),
            "TextIndex" => Expression::TextIndex(xml.nested(|xml| Ok(Box::new(TextIndex::read(xml)?)))?),
            "Apply" => Expression::Apply(xml.nested(Apply::read)?),
            "Aggregate" => Expression::Aggregate(Aggregate::read(xml)?),
            "Lag" => Expression::Lag(Lag::read(xml)?),
            _ => return Err(xml.unexpected()),
        })
    }
}

impl Constant {
    fn read(xml: &mut Markup<'_>) -> Result<Self> {
        Ok(Constant {
            position: xml.position(),
            data_type: xml.optional("dataType")?,
            missing: xml.or_default("missing")?,
            value: xml.name()?,
        })
    }
}

impl FieldRef {
    pub(super) fn read(xml: &mut Markup<'_>) -> Result<Self> {
        let field_ref = FieldRef {
            position: xml.position(),
            field: xml.required("field")?,
            map_missing_to: xml.optional("mapMissingTo")?,
        };
        xml.leaf()?;
        Ok(field_ref)
    }
}

impl NormContinuous {
    fn read(xml: &mut Markup<'_>) -> Result<Self> {
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
    fn read(xml: &mut Markup<'_>) -> Result<Self> {
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

impl Discretize {
    fn read(xml: &mut Markup<'_>) -> Result<Self> {
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

impl MapValues {
    fn read(xml: &mut Markup<'_>) -> Result<Self> {
        let mut map = MapValues {
            position: xml.position(),
            map_missing_to: xml.optional("mapMissingTo")?,
            default_value: xml.optional("defaultValue")?,
            output_column: xml.required("outputColumn")?,
            data_type: xml.optional("dataType")?,
            field_column_pairs: Vec::new(),
            table: None,
        };
        while let Some(child) = xml.child()? {
            match &*child {
                "FieldColumnPair" => map.field_column_pairs.push(FieldColumnPair::read(xml)?),
                "InlineTable" | "TableLocator" => xml.once(&mut map.table, Table::read)?,
                _ => return Err(xml.unexpected()),
            }
        }
        Ok(map)
    }
}

impl FieldColumnPair {
    fn read(xml: &mut Markup<'_>) -> Result<Self> {
        let pair = FieldColumnPair {
            position: xml.position(),
            field: xml.required("field")?,
            column: xml.required("column")?,
        };
        xml.leaf()?;
        Ok(pair)
    }
}

impl Apply {
    fn read(xml: &mut Markup<'_>) -> Result<Self> {
        let mut apply = Apply {
            position: xml.position(),
            function: xml.required("function")?,
            map_missing_to: xml.optional("mapMissingTo")?,
            default_value: xml.optional("defaultValue")?,
            invalid_value_treatment: xml.or_default("invalidValueTreatment")?,
            expressions: Vec::new(),
        };
        while let Some(child) = xml.child()? {
            match &*child {
                name if Expression::is(name) => apply.expressions.push(Expression::read(xml)?),
                _ => return Err(xml.unexpected()),
            }
        }
        Ok(apply)
    }
}

impl Aggregate {
    fn read(xml: &mut Markup<'_>) -> Result<Self> {
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
    fn read(xml: &mut Markup<'_>) -> Result<Self> {
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
