//! `TextIndex`: how often a term occurs in a text.
//!
//! A model looks for hundreds of terms in one text. So the work is split into functions that the terms share, which
//! value numbering keeps in the program once: the text is normalized once, split into words once, and its phrases of
//! one word, two words and so on are counted once. What remains for each term is a look-up in those counts.

use crate::document::Name;
use crate::document::data_dictionary::DataType;
use crate::document::expression::TextIndex;
use crate::document::inline_table::Table;
use crate::document::text_index::{CountHits, LocalTermWeights, TextIndexNormalization};
use crate::error::{Error, Result};
use crate::ir::{Binary, Builder, Function, Unary, Value};
use crate::lower::build::operand::{Operand, both};
use crate::lower::build::strings;
use crate::lower::convert;
use crate::lower::scope::ScopeId;
use crate::lower::state::Lowering;
use pmml_runtime::context::text_index::SEPARATOR;
use pmml_runtime::text::regex::Replacement;

/// Lowers a `TextIndex`: to an integer for term frequencies and their binary form, else to a double.
pub fn lower<'d>(lowering: &mut Lowering<'d>, scope: ScopeId, index: &'d TextIndex) -> Result<Operand> {
    let (position, element) = (index.position, "TextIndex");
    if !index.tokenize {
        let message = "`TextIndex` without tokenization is not supported";
        return Err(Error::unsupported(position, element, message));
    }
    let field = lowering.field(scope, &index.text_field, position, element)?;
    let mut text = convert::cast(lowering, field.operand, DataType::String, position, element)?;
    for normalization in &index.text_index_normalizations {
        text.value = normalize(lowering, index, normalization, text.value)?;
    }
    let term = lowering.expression(scope, &index.expression, Some(DataType::String))?;
    let term = convert::cast(lowering, term, DataType::String, position, element)?;

    let matches_words = index.word_re.is_some();
    let expression = index.word_re.as_ref().unwrap_or(&index.word_separator_character_re);
    let tokenizer = lowering.regular_expressions.tokenizer(
        expression,
        matches_words,
        index.is_case_sensitive,
        position,
    )?;
    let builder = &mut lowering.builder;
    let pattern = builder.string(expression);
    let matches_words = builder.bool(matches_words);
    let case_sensitive = builder.bool(index.is_case_sensitive);
    let words = builder.call(Function::Tokenize, &[text.value, pattern, matches_words, case_sensitive]);
    let known = strings::known(&lowering.builder, term).map(|term| tokenizer.tokenize(term));
    let count = match known {
        Some(known) if index.max_levenshtein_distance == 0 => {
            let known: Vec<&str> = known.iter().collect();
            frequency(&mut lowering.builder, words, &known)
        }
        _ => {
            let builder = &mut lowering.builder;
            let term =
                builder.call(Function::Tokenize, &[term.value, pattern, matches_words, case_sensitive]);
            let distance = builder.i64(i64::from(index.max_levenshtein_distance));
            let best_only = builder.bool(index.count_hits == CountHits::BestHits);
            builder.call(Function::CountSimilar, &[words, term, distance, best_only])
        }
    };
    let present = both(&mut lowering.builder, text.present, term.present);
    let (value, data_type) = term_weight(&mut lowering.builder, index.local_term_weights, count, words);
    Ok(Operand { value, present, data_type, is_list: false })
}

/// Returns how often the words of a term occur in sequence.
fn frequency(builder: &mut Builder, words: Value, term: &[&str]) -> Value {
    if term.is_empty() {
        return builder.i64(0);
    }
    let length = builder.i64(term.len() as i64);
    let phrases = builder.call(Function::Phrases, &[words, length]);
    let phrase = builder.string(&term.join(SEPARATOR.encode_utf8(&mut [0; 4])));
    builder.call(Function::Frequency, &[phrases, phrase])
}

/// Returns the weight of a number of occurrences.
fn term_weight(
    builder: &mut Builder,
    weights: LocalTermWeights,
    count: Value,
    words: Value,
) -> (Value, DataType) {
    let (zero, one) = (builder.i64(0), builder.i64(1));
    match weights {
        LocalTermWeights::TermFrequency => (count, DataType::Integer),
        LocalTermWeights::Binary => {
            let occurs = builder.binary(Binary::Greater, count, zero);
            (builder.select(occurs, one, zero), DataType::Integer)
        }
        LocalTermWeights::Logarithmic => {
            let count = builder.unary(Unary::I64ToF64, count);
            let one = builder.f64(1.0);
            let sum = builder.binary(Binary::Add, one, count);
            (builder.call(Function::Log10, &[sum]), DataType::Double)
        }
        LocalTermWeights::AugmentedNormalizedTermFrequency => {
            let occurs = builder.binary(Binary::Greater, count, zero);
            let (none, some) = (builder.f64(0.0), builder.f64(1.0));
            let occurs = builder.select(occurs, some, none);
            let phrases = builder.call(Function::Phrases, &[words, one]);
            let greatest = builder.call(Function::GreatestFrequency, &[phrases]);
            let any = builder.binary(Binary::Greater, greatest, zero);
            let greatest = builder.select(any, greatest, one);
            let greatest = builder.unary(Unary::I64ToF64, greatest);
            let count = builder.unary(Unary::I64ToF64, count);
            let share = builder.binary(Binary::Divide, count, greatest);
            let sum = builder.binary(Binary::Add, occurs, share);
            let half = builder.f64(0.5);
            (builder.binary(Binary::Multiply, half, sum), DataType::Double)
        }
    }
}

/// Applies the replacements of a normalization's rows to the text.
fn normalize(
    lowering: &mut Lowering<'_>,
    index: &TextIndex,
    normalization: &TextIndexNormalization,
    text: Value,
) -> Result<Value> {
    let (position, element) = (normalization.position, "TextIndexNormalization");
    let table = match &normalization.table {
        Some(Table::InlineTable(table)) => table,
        Some(Table::TableLocator(locator)) => {
            let message = "`TextIndexNormalization` refers to a table outside of the document";
            return Err(Error::unsupported(locator.position, "TableLocator", message));
        }
        None => return Ok(text),
    };
    let case_sensitive = normalization.is_case_sensitive.unwrap_or(index.is_case_sensitive);
    let distance = normalization.max_levenshtein_distance.unwrap_or(index.max_levenshtein_distance);
    let mut rows = Vec::with_capacity(table.rows.len());
    for row in &table.rows {
        let cell = |column: &Name| {
            row.get(column).ok_or_else(|| {
                let message = format!("a row of `TextIndexNormalization` lacks the column `{column}`");
                Error::invalid(row.position, "row", message)
            })
        };
        let (sought, put) = (cell(&normalization.in_field)?, cell(&normalization.out_field)?);
        let is_regex = match row.get(&normalization.regex_field) {
            Some(text) => pmml_runtime::number::parse_bool(text.trim_ascii()).ok_or_else(|| {
                let message = format!("`{text}` does not say whether a row has a regular expression");
                Error::invalid(row.position, "row", message)
            })?,
            None => false,
        };
        if !is_regex && distance > 0 {
            let message = "`TextIndexNormalization` replaces words that differ by some letters";
            return Err(Error::unsupported(position, element, message));
        }
        let (pattern, replacement) = if is_regex {
            (sought.to_string(), put.to_string())
        } else {
            (quoted(sought), put.replace('\\', r"\\").replace('$', r"\$"))
        };
        let pattern = if case_sensitive { pattern } else { ignoring_case(&pattern) };
        let compiled = lowering.regular_expressions.pattern(&pattern, row.position)?;
        if let Err(error) = Replacement::new(&replacement, &compiled) {
            let message = format!("`{replacement}` cannot replace the matches of `{pattern}`: {error}");
            return Err(Error::invalid(row.position, "row", message));
        }
        rows.push((lowering.builder.string(&pattern), lowering.builder.string(&replacement)));
    }
    if !normalization.recursive {
        return Ok(rows.into_iter().fold(text, |text, (pattern, replacement)| {
            lowering.builder.call(Function::Replace, &[text, pattern, replacement])
        }));
    }
    let present = lowering.builder.bool(true);
    let patterns: Vec<(Value, Value)> = rows.iter().map(|row| (row.0, present)).collect();
    let replacements: Vec<(Value, Value)> = rows.iter().map(|row| (row.1, present)).collect();
    let (patterns, replacements) = (lowering.builder.list(&patterns), lowering.builder.list(&replacements));
    Ok(lowering.builder.call(Function::ReplaceAll, &[text, patterns, replacements]))
}

/// Returns a regular expression that matches a string literally.
fn quoted(text: &str) -> String {
    format!(r"\Q{}\E", text.replace(r"\E", r"\E\\E\Q"))
}

/// Returns a regular expression that matches in any case. Beyond ASCII this needs the flag `u`, which also changes the
/// meaning of `\w` and others, so it is only set if the pattern is not ASCII.
fn ignoring_case(pattern: &str) -> String {
    format!("(?{}){pattern}", if pattern.is_ascii() { "i" } else { "iu" })
}
