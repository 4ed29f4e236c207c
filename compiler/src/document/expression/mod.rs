//! Expressions: the computation of values from fields.
//!
//! The expressions that contain others are here, next to the enum of all; the others have their own modules.

mod discretize;
mod group;
mod map_values;
mod norm;

pub use discretize::{Discretize, DiscretizeBin};
pub use group::{Aggregate, AggregateFunction, BlockIndicator, Lag, LagAggregate};
pub use map_values::{FieldColumnPair, MapValues};
pub use norm::{LinearNorm, NormContinuous, NormDiscrete, NormDiscreteMethod};

use super::data_dictionary::DataType;
use super::markup::{Markup, lacks};
use super::mining_schema::InvalidValueTreatment;
use super::text_index::{CountHits, LocalTermWeights, TextIndexNormalization};
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
    /// 1 if a field has a certain value, else 0.
    NormDiscrete(NormDiscrete),
    /// A field's values sorted into bins.
    Discretize(Discretize),
    /// Fields looked up in a table.
    MapValues(MapValues),
    /// The frequency of a term in a text.
    TextIndex(Box<TextIndex>),
    /// A function applied to expressions.
    Apply(Apply),
    /// A summary of the values of a group of rows.
    Aggregate(Aggregate),
    /// A field's value in an earlier row.
    Lag(Lag),
}

impl Expression {
    /// Returns the position of the expression's element.
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

    /// Returns the name of the expression's element.
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
    /// The element's position.
    pub position: Position,
    /// The constant's type; if absent, it follows from the text.
    pub data_type: Option<DataType>,
    /// Whether the constant is the missing value.
    pub missing: bool,
    /// The text between the tags, unchanged.
    pub value: Name,
}

/// The element `FieldRef`.
#[derive(Clone, Debug)]
pub struct FieldRef {
    /// The element's position.
    pub position: Position,
    /// The field.
    pub field: Name,
    /// The value that replaces a missing one.
    pub map_missing_to: Option<Name>,
}

/// The element `Apply`.
#[derive(Clone, Debug)]
pub struct Apply {
    /// The element's position.
    pub position: Position,
    /// The function, built in or defined by a `DefineFunction`.
    pub function: Name,
    /// The result if any argument is missing, in which case the function is not called.
    pub map_missing_to: Option<Name>,
    /// The result if the function's result is missing.
    pub default_value: Option<Name>,
    /// What happens to an invalid result.
    pub invalid_value_treatment: InvalidValueTreatment,
    /// The arguments.
    pub expressions: Vec<Expression>,
}

impl Expression {
    /// Returns whether an element of this name is an expression.
    pub(in crate::document) fn is(element: &str) -> bool {
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
    pub(in crate::document) fn read(xml: &mut Markup<'_>) -> Result<Self> {
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
    pub(in crate::document) fn read(xml: &mut Markup<'_>) -> Result<Self> {
        let field_ref = FieldRef {
            position: xml.position(),
            field: xml.required("field")?,
            map_missing_to: xml.optional("mapMissingTo")?,
        };
        xml.leaf()?;
        Ok(field_ref)
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

/// The element `TextIndex`.
#[derive(Clone, Debug)]
pub struct TextIndex {
    /// The element's position.
    pub position: Position,
    /// The field that holds the text.
    pub text_field: Name,
    /// The weight of the number of occurrences.
    pub local_term_weights: LocalTermWeights,
    /// Whether case matters.
    pub is_case_sensitive: bool,
    /// The maximum number of letters by which a word may differ.
    pub max_levenshtein_distance: u32,
    /// Which occurrences count.
    pub count_hits: CountHits,
    /// The regular expression of the separators between words.
    pub word_separator_character_re: Name,
    /// The regular expression of words (JPMML's `x-wordRE`); replaces that of the separators.
    pub word_re: Option<Name>,
    /// Whether the text is split into words.
    pub tokenize: bool,
    /// Replacements made before the search, in order.
    pub text_index_normalizations: Vec<TextIndexNormalization>,
    /// The term.
    pub expression: Expression,
}

impl TextIndex {
    fn read(xml: &mut Markup<'_>) -> Result<Self> {
        let position = xml.position();
        let text_field = xml.required("textField")?;
        let local_term_weights = xml.or_default("localTermWeights")?;
        let is_case_sensitive = xml.or_default("isCaseSensitive")?;
        let max_levenshtein_distance = xml.or_default("maxLevenshteinDistance")?;
        let count_hits = xml.or_default("countHits")?;
        let separator = xml.optional("wordSeparatorCharacterRE")?;
        let word_separator_character_re = separator.unwrap_or_else(|| xml.intern(r"\s+"));
        let word_re = xml.optional("x-wordRE")?;
        let tokenize = xml.optional("tokenize")?.unwrap_or(true);
        let (mut text_index_normalizations, mut expression) = (Vec::new(), None);
        while let Some(child) = xml.child()? {
            match &*child {
                "TextIndexNormalization" => {
                    text_index_normalizations.push(TextIndexNormalization::read(xml)?)
                }
                name if Expression::is(name) => xml.once(&mut expression, Expression::read)?,
                _ => return Err(xml.unexpected()),
            }
        }
        let expression = expression.ok_or_else(|| lacks(position, "TextIndex", "an expression"))?;
        Ok(TextIndex {
            position,
            text_field,
            local_term_weights,
            is_case_sensitive,
            max_levenshtein_distance,
            count_hits,
            word_separator_character_re,
            word_re,
            tokenize,
            text_index_normalizations,
            expression,
        })
    }
}
