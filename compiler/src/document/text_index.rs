//! `TextIndex`: how often a term occurs in a text.

use super::enumeration::enumeration;
use super::expression::Expression;
use super::inline_table::Table;
use super::markup::{Markup, lacks};
use super::{Name, Position};
use crate::error::Result;

/// The element `TextIndex`.
#[derive(Clone, Debug)]
pub struct TextIndex {
    /// The element's place.
    pub position: Position,
    /// The field that holds the text.
    pub text_field: Name,
    /// What is made of the number of occurrences.
    pub local_term_weights: LocalTermWeights,
    /// Whether upper and lower case differ.
    pub is_case_sensitive: bool,
    /// How many letters a word may differ by.
    pub max_levenshtein_distance: u32,
    /// Which occurrences count.
    pub count_hits: CountHits,
    /// What separates words.
    pub word_separator_character_re: Name,
    /// What words look like (JPMML's `x-wordRE`); takes the place of the separator.
    pub word_re: Option<Name>,
    /// Whether the text is split into words.
    pub tokenize: bool,
    /// Replacements made before the search, in order.
    pub text_index_normalizations: Vec<TextIndexNormalization>,
    /// The term.
    pub expression: Expression,
}

enumeration! {
    /// What `TextIndex` makes of the number of occurrences.
    #[derive(Default)]
    pub enum LocalTermWeights {
        /// The number itself.
        #[default]
        TermFrequency = "termFrequency",
        /// 1 where the term occurs, 0 elsewhere.
        Binary = "binary",
        /// log10(1 + n).
        Logarithmic = "logarithmic",
        /// (binary + n / the largest n of all terms) / 2.
        AugmentedNormalizedTermFrequency = "augmentedNormalizedTermFrequency",
    }
}

enumeration! {
    /// Which occurrences of a term count.
    #[derive(Default)]
    pub enum CountHits {
        /// All of them.
        #[default]
        AllHits = "allHits",
        /// Those at the smallest Levenshtein distance.
        BestHits = "bestHits",
    }
}

/// The element `TextIndexNormalization`. What it leaves open is as in its `TextIndex`.
#[derive(Clone, Debug)]
pub struct TextIndexNormalization {
    /// The element's place.
    pub position: Position,
    /// The column with what is to be replaced.
    pub in_field: Name,
    /// The column with the replacement.
    pub out_field: Name,
    /// The column that says whether the first is a regular expression.
    pub regex_field: Name,
    /// Whether the replacement is repeated until nothing changes.
    pub recursive: bool,
    /// Whether upper and lower case differ.
    pub is_case_sensitive: Option<bool>,
    /// How many letters a word may differ by.
    pub max_levenshtein_distance: Option<u32>,
    /// What separates words.
    pub word_separator_character_re: Option<Name>,
    /// What words look like (JPMML's `x-wordRE`).
    pub word_re: Option<Name>,
    /// Whether the text is split into words.
    pub tokenize: Option<bool>,
    /// The replacements, where there are any.
    pub table: Option<Table>,
}

impl TextIndex {
    pub(super) fn read(xml: &mut Markup<'_>) -> Result<Self> {
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

impl TextIndexNormalization {
    fn read(xml: &mut Markup<'_>) -> Result<Self> {
        let mut normalization = TextIndexNormalization {
            position: xml.position(),
            in_field: xml.optional("inField")?.unwrap_or_else(|| xml.intern("string")),
            out_field: xml.optional("outField")?.unwrap_or_else(|| xml.intern("stem")),
            regex_field: xml.optional("regexField")?.unwrap_or_else(|| xml.intern("regex")),
            recursive: xml.or_default("recursive")?,
            is_case_sensitive: xml.optional("isCaseSensitive")?,
            max_levenshtein_distance: xml.optional("maxLevenshteinDistance")?,
            word_separator_character_re: xml.optional("wordSeparatorCharacterRE")?,
            word_re: xml.optional("x-wordRE")?,
            tokenize: xml.optional("tokenize")?,
            table: None,
        };
        while let Some(child) = xml.child()? {
            match &*child {
                "InlineTable" | "TableLocator" => xml.once(&mut normalization.table, Table::read)?,
                _ => return Err(xml.unexpected()),
            }
        }
        Ok(normalization)
    }
}
