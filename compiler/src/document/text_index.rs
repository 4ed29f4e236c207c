//! The parts of a `TextIndex` besides its expression: the weights of occurrences, and the normalization of the text
//! before the search.

use super::enumeration::enumeration;
use super::inline_table::Table;
use super::markup::Markup;
use super::{Name, Position};
use crate::error::Result;

enumeration! {
    /// The weight that `TextIndex` returns for a number of occurrences.
    #[derive(Default)]
    pub enum LocalTermWeights {
        /// The number itself.
        #[default]
        TermFrequency = "termFrequency",
        /// 1 if the term occurs, else 0.
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

/// The element `TextIndexNormalization`. Absent attributes are those of its `TextIndex`.
#[derive(Clone, Debug)]
pub struct TextIndexNormalization {
    /// The element's position.
    pub position: Position,
    /// The column with the strings to be replaced.
    pub in_field: Name,
    /// The column with the replacements.
    pub out_field: Name,
    /// The column that says whether the first is a regular expression.
    pub regex_field: Name,
    /// Whether the replacement is repeated until nothing changes.
    pub recursive: bool,
    /// Whether case matters.
    pub is_case_sensitive: Option<bool>,
    /// The maximum number of letters by which a word may differ.
    pub max_levenshtein_distance: Option<u32>,
    /// The regular expression of the separators between words.
    pub word_separator_character_re: Option<Name>,
    /// The regular expression of words (JPMML's `x-wordRE`).
    pub word_re: Option<Name>,
    /// Whether the text is split into words.
    pub tokenize: Option<bool>,
    /// The replacements, if any.
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
