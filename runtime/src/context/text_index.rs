//! `TextIndex` in the context of a call: the functions that programs call.
//!
//! A string is split into words once ([`tokenize`]), and its phrases of a certain number of words are counted
//! once ([`phrases`]); looking up a term is then a binary search, regardless of the number of terms. A phrase
//! is represented by one string: its words with [`SEPARATOR`] between them.
//!
//! All functions but the lookups are [metered](crate::context::budget): a row determines how many words there
//! are.

use super::call::Context;
use super::call::TokenizerKey;
use super::interned::KnownStrings;
use crate::text::levenshtein_distance;
use crate::word::{List, StringId};
use alloc::string::String;
use alloc::vec::Vec;

/// The character between the words of a phrase.
pub const SEPARATOR: char = '\u{0}';

/// Returns the words of a string, as a list of strings.
pub fn tokenize(
    context: &mut Context<'_>,
    text: StringId,
    pattern: StringId,
    matches_words: bool,
    case_sensitive: bool,
) -> List {
    let list = context.new_list();
    let key = TokenizerKey { pattern, matches_words, case_sensitive };
    let Some(tokenizer) = context.tokenizer(key) else { return list };
    let (strings, meter) = context.metered();
    let Some(tokens) = tokenizer.tokenize_metered(strings.get(text), meter) else { return list };
    for word in tokens.iter() {
        let word = context.intern(word);
        context.push(list, Some(word.number().into()));
    }
    list
}

/// Returns the words of a list of strings.
fn words(context: &Context<'_>, list: List) -> Vec<StringId> {
    context.items(list).iter().flatten().map(|bits| StringId::from_number(*bits as u32)).collect()
}

/// Returns the phrase that consists of all words of a list.
pub fn phrase(context: &mut Context<'_>, list: List) -> StringId {
    let words = words(context, list);
    joined(context, &words).unwrap_or(StringId::EMPTY)
}

/// Joins words to a phrase. Returns `None` if the row's budget does not allow it.
fn joined(context: &mut Context<'_>, words: &[StringId]) -> Option<StringId> {
    let bytes = words.iter().fold(words.len(), |sum, word| sum.saturating_add(context.string_bytes(*word)));
    context.charge_bytes(bytes).then(|| context.intern_with(|context, out| join(context, words, out)))
}

fn join(context: &Context<'_>, words: &[StringId], out: &mut String) {
    for (index, word) in words.iter().enumerate() {
        if index > 0 {
            out.push(SEPARATOR);
        }
        out.push_str(context.string(*word));
    }
}

/// Returns how often each phrase of `length` words occurs among the words of a list; phrases may overlap. The
/// result is for [`frequency`] to search: each phrase with its frequency, in ascending order.
pub fn phrases(context: &mut Context<'_>, list: List, length: i64) -> List {
    let words = words(context, list);
    let result = context.new_list();
    let Ok(length @ 1..) = usize::try_from(length) else { return result };
    if !context.charge_items(words.len()) {
        return result;
    }
    let phrases = match length {
        1 => Some(words),
        _ => words.windows(length).map(|words| joined(context, words)).collect(),
    };
    let Some(mut phrases) = phrases else { return result };
    phrases.sort_unstable();
    for group in phrases.chunk_by(|left, right| left == right) {
        let Some(phrase) = group.first() else { continue };
        // A string of a call has fewer than 2^32 words.
        context.push(result, Some(u64::from(phrase.number()) << 32 | group.len() as u64));
    }
    result
}

/// Returns how often a phrase occurs, according to the result of [`phrases`].
pub fn frequency(context: &mut Context<'_>, phrases: List, phrase: StringId) -> i64 {
    let items = context.items(phrases);
    let found = items.binary_search_by_key(&u64::from(phrase.number()), |item| item.unwrap_or(0) >> 32);
    match found.ok().and_then(|index| items.get(index).copied().flatten()) {
        Some(item) => (item & 0xFFFF_FFFF) as i64,
        None => 0,
    }
}

/// Returns the frequency of the most frequent phrase, according to the result of [`phrases`].
pub fn greatest_frequency(context: &mut Context<'_>, phrases: List) -> i64 {
    context.items(phrases).iter().flatten().map(|item| (item & 0xFFFF_FFFF) as i64).max().unwrap_or(0)
}

/// Returns how often a term, given as a list of words, occurs among the words of a list: the number of
/// sequences of as many words whose Levenshtein distances from the term's words sum to at most `distance`. If
/// `best_only`, only those at the least distance are counted. A term without words does not occur.
pub fn count_similar(
    context: &mut Context<'_>,
    list: List,
    term: List,
    distance: i64,
    best_only: bool,
) -> i64 {
    let (words, term) = (words(context, list), words(context, term));
    if term.is_empty() {
        return 0;
    }
    let mut limit = usize::try_from(distance.max(0)).unwrap_or(usize::MAX);
    let mut count = 0;
    let (strings, meter) = context.metered();
    for words in words.windows(term.len()) {
        let steps = words.iter().zip(&term).fold(1, |steps: u64, (word, expected)| {
            steps.saturating_add(distance_steps(strings.get(*word), strings.get(*expected), limit))
        });
        if !meter.charge_steps(steps) {
            return 0;
        }
        let Some(distance) = distance_within(strings, words, &term, limit) else { continue };
        if best_only && distance < limit {
            limit = distance;
            count = 0;
        }
        count += 1;
    }
    count
}

/// Returns the largest number of steps that comparing two words takes: [`levenshtein_distance`] computes a
/// band of a table.
fn distance_steps(word: &str, expected: &str, limit: usize) -> u64 {
    let band = limit.saturating_mul(2).saturating_add(1).min(expected.len().saturating_add(1));
    let (long, short) = (word.len().max(expected.len()), word.len().min(expected.len()));
    let table = match long - short > limit.saturating_mul(4) {
        // A character has four bytes at most, so the lengths alone show that the words are too different.
        true => 0,
        false => short.saturating_mul(band),
    };
    (long as u64).saturating_add(table as u64)
}

/// Returns the sum of the distances between words at the same position, if it is within the limit.
fn distance_within(
    strings: KnownStrings<'_>,
    words: &[StringId],
    term: &[StringId],
    limit: usize,
) -> Option<usize> {
    words.iter().zip(term).try_fold(0, |sum: usize, (word, expected)| {
        let left = limit.checked_sub(sum)?;
        let distance = match word == expected {
            true => 0,
            false => levenshtein_distance(strings.get(*word), strings.get(*expected), left)?,
        };
        sum.checked_add(distance)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Dictionary;

    fn counts(text: &str, term: &str, length: i64) -> (i64, i64) {
        let mut dictionary = Dictionary::default();
        let (text, term) = (dictionary.intern(text), dictionary.intern(term));
        let pattern = dictionary.intern(r"\s+");
        let mut context = Context::new(&dictionary);
        let list = tokenize(&mut context, text, pattern, false, false);
        let term = tokenize(&mut context, term, pattern, false, false);
        let phrase = phrase(&mut context, term);
        let phrases = phrases(&mut context, list, length);
        (frequency(&mut context, phrases, phrase), count_similar(&mut context, list, term, 0, false))
    }

    #[test]
    fn both_ways_of_counting_agree() {
        assert_eq!(counts("Hello, world! World (world).", "world", 1), (3, 3));
        assert_eq!(counts("a a a a", "a a", 2), (3, 3));
        assert_eq!(counts("hello world hello world", "Hello World", 2), (2, 2));
        assert_eq!(counts("a b", "c", 1), (0, 0));
        assert_eq!(counts("a", "a b", 2), (0, 0));
        assert_eq!(counts("", "a", 1), (0, 0));
        assert_eq!(counts("a", "", 1), (0, 0));
    }

    #[test]
    fn similar_words() {
        let mut dictionary = Dictionary::default();
        let text = dictionary.intern("hello worl hello world word worldd words");
        let (world, worlx, pattern) =
            (dictionary.intern("world"), dictionary.intern("worlx"), dictionary.intern(r"\s+"));
        let mut context = Context::new(&dictionary);
        let list = tokenize(&mut context, text, pattern, false, false);
        let world = tokenize(&mut context, world, pattern, false, false);
        let worlx = tokenize(&mut context, worlx, pattern, false, false);
        assert_eq!(count_similar(&mut context, list, world, 1, false), 4);
        assert_eq!(count_similar(&mut context, list, world, 1, true), 1);
        assert_eq!(count_similar(&mut context, list, worlx, 1, true), 2);
        let phrases = phrases(&mut context, list, 1);
        assert_eq!(greatest_frequency(&mut context, phrases), 2);
    }
}
