//! What a `TextIndex` has besides its expression: how occurrences count, and how text is normalized before the search.

use super::enumeration::enumeration;
use super::inline_table::Table;
use super::markup::Markup;
use super::{Name, Position};
use crate::error::Result;

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

impl TextIndexNormalization {
    pub(super) fn read(xml: &mut Markup<'_>) -> Result<Self> {
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
