//! Built-in functions of strings: case, blanks, length, parts, and the distance between words.
//!
//! Lengths and positions count UTF-16 units, as the reference does: a character outside of the basic plane counts two.

pub mod number_format;
pub mod regex;
pub mod text_index;

use alloc::borrow::Cow;
use alloc::string::String;
use alloc::vec::Vec;

/// Returns the string in upper case, by Unicode's full mapping: `ß` becomes `SS`.
#[must_use]
pub fn uppercase(text: &str) -> String {
    text.to_uppercase()
}

/// Returns the string in lower case, by Unicode's full mapping.
#[must_use]
pub fn lowercase(text: &str) -> String {
    text.to_lowercase()
}

/// Returns the string without the blanks and control characters (all up to U+0020) at its ends. A no-break space stays.
#[must_use]
pub fn trim_blanks(text: &str) -> &str {
    text.trim_matches(|c| c <= ' ')
}

/// Returns the number of UTF-16 units.
#[must_use]
pub fn string_length(text: &str) -> i64 {
    // The units are no more than the bytes, and these are at most `isize::MAX`.
    i64::try_from(text.encode_utf16().count()).unwrap_or(i64::MAX)
}

/// Returns whether [`substring`] has a result in the standard: positions count from 1, and lengths are not negative.
#[must_use]
pub fn has_substring(start: i64, length: i64) -> bool {
    start >= 1 && length >= 0
}

/// Returns `length` UTF-16 units from position `start` on, which counts from 1, or fewer if the string ends
/// before.
///
/// Half of a character outside of the basic plane becomes U+FFFD. Positions before the string count as its
/// start, and negative lengths as 0; [`has_substring`] returns whether the standard allows the arguments.
#[must_use]
pub fn substring(text: &str, start: i64, length: i64) -> Cow<'_, str> {
    let first = usize::try_from(start.saturating_sub(1).max(0)).unwrap_or(usize::MAX);
    let end = first.saturating_add(usize::try_from(length.max(0)).unwrap_or(usize::MAX));
    let (from, starts_in_pair) = byte_offset(text, first);
    let (to, ends_in_pair) = byte_offset(text, end);
    if first == end || !(starts_in_pair || ends_in_pair) {
        return Cow::Borrowed(text.get(from..to).unwrap_or_default());
    }
    let units: Vec<u16> = text.encode_utf16().skip(first).take(end - first).collect();
    Cow::Owned(String::from_utf16_lossy(&units))
}

/// Returns the byte at which the UTF-16 unit with the given index starts, and whether that unit is the second of its
/// character.
fn byte_offset(text: &str, index: usize) -> (usize, bool) {
    let mut units = 0;
    for (offset, character) in text.char_indices() {
        if units >= index {
            // Past the index, which is within the character before.
            return (offset, units > index);
        }
        units += character.len_utf16();
    }
    (text.len(), units > index)
}

/// Concatenates strings.
#[must_use]
pub fn concat(strings: &[&str]) -> String {
    strings.concat()
}

/// Returns how many characters must be inserted, deleted or replaced to turn one string into the other, or
/// `None` if that is more than `limit`.
///
/// The time is proportional to the length times the limit.
#[must_use]
pub fn levenshtein_distance(a: &str, b: &str, limit: usize) -> Option<usize> {
    if a == b {
        return Some(0);
    }
    let b: Vec<char> = b.chars().collect();
    let length = a.chars().count();
    if length.abs_diff(b.len()) > limit {
        return None;
    }
    // `row[j]` is the distance from the characters of `a` read so far to the first j of `b`. Only those j are
    // computed that are within `limit` of the number read: for others the distance is greater than the limit.
    let beyond = limit.saturating_add(1);
    let mut row: Vec<usize> = (0..=b.len()).map(|j| j.min(beyond)).collect();
    for (i, character) in a.chars().enumerate() {
        let first = (i + 1).saturating_sub(limit);
        let last = (i + 1).saturating_add(limit).min(b.len());
        let from = first.max(1);
        // The cell to the left of the band, before and in this row.
        let mut left = if first == 0 { i + 1 } else { beyond };
        let cell = row.get_mut(from - 1)?;
        let mut diagonal = core::mem::replace(cell, left);
        let mut least = left;
        for (cell, &other) in row.iter_mut().take(last + 1).skip(from).zip(b.iter().skip(from - 1)) {
            let replaced = diagonal + usize::from(character != other);
            diagonal = *cell;
            left = replaced.min(*cell + 1).min(left + 1).min(beyond);
            *cell = left;
            least = least.min(left);
        }
        // The cell after the band is stale from now on, but the next row reads it: it must count as beyond.
        if let Some(cell) = row.get_mut(last + 1) {
            *cell = beyond;
        }
        if least > limit {
            return None;
        }
    }
    row.last().copied().filter(|&distance| distance <= limit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case() {
        assert_eq!(uppercase("aßé"), "ASSÉ");
        assert_eq!(uppercase("ŉﬁ"), "ʼNFI");
        assert_eq!(lowercase("AÉİΣ"), "aéi̇ς");
    }

    #[test]
    fn blanks() {
        assert_eq!(trim_blanks("  a b\t\u{b}\n "), "a b");
        assert_eq!(trim_blanks("\u{a0}a\u{2003}"), "\u{a0}a\u{2003}");
        assert_eq!(trim_blanks(" "), "");
    }

    #[test]
    fn lengths() {
        assert_eq!(string_length("a😀b"), 4);
        assert_eq!(string_length("é"), 1);
        assert_eq!(string_length(""), 0);
    }

    #[test]
    fn parts() {
        for (start, length, expected) in [
            (1, 2, "ab"),
            (2, 10, "bc"),
            (4, 1, ""),
            (5, 1, ""),
            (1, 0, ""),
            (1, i64::MAX, "abc"),
            (i64::MAX, i64::MAX, ""),
            (i64::MIN, i64::MIN, ""),
            (0, 1, "a"),
        ] {
            assert_eq!(substring("abc", start, length), expected, "{start} {length}");
        }
        assert_eq!(substring("a😀b", 2, 2), "😀");
        assert_eq!(substring("a😀b", 4, 1), "b");
        assert_eq!(substring("a😀b", 2, 1), "\u{fffd}");
        assert_eq!(substring("a😀b", 3, 2), "\u{fffd}b");
        assert_eq!(substring("a😀", 3, 5), "\u{fffd}");
        assert_eq!(substring("a😀b", 3, 0), "");
        assert!(has_substring(1, 0) && !has_substring(0, 1) && !has_substring(1, -1));
    }

    #[test]
    fn distances() {
        for (a, b, distance) in [
            ("kitten", "sitting", 3),
            ("", "abc", 3),
            ("abc", "", 3),
            ("world", "worl", 1),
            ("ab", "ba", 2),
            ("été", "ete", 2),
        ] {
            assert_eq!(levenshtein_distance(a, b, 10), Some(distance), "{a} {b}");
            assert_eq!(levenshtein_distance(a, b, distance), Some(distance), "{a} {b}");
            assert_eq!(levenshtein_distance(a, b, distance - 1), None, "{a} {b}");
            assert_eq!(levenshtein_distance(a, b, usize::MAX), Some(distance), "{a} {b}");
        }
        assert_eq!(levenshtein_distance("a", "a", 0), Some(0));
    }

    #[test]
    fn distances_equal_those_of_the_whole_table() {
        fn whole(a: &[u8], b: &[u8]) -> usize {
            let mut row: Vec<usize> = (0..=b.len()).collect();
            for (i, x) in a.iter().enumerate() {
                let mut diagonal = i;
                row[0] = i + 1;
                for j in 1..=b.len() {
                    let next = (diagonal + usize::from(*x != b[j - 1])).min(row[j] + 1).min(row[j - 1] + 1);
                    diagonal = row[j];
                    row[j] = next;
                }
            }
            row[b.len()]
        }
        let words: Vec<String> = (0..3_u32.pow(5))
            .map(|n| (0..n % 6).map(|digit| char::from(b'a' + (n / 3_u32.pow(digit) % 3) as u8)).collect())
            .collect();
        for a in &words {
            for b in &words {
                let distance = whole(a.as_bytes(), b.as_bytes());
                for limit in 0..5 {
                    let expected = (distance <= limit).then_some(distance);
                    assert_eq!(levenshtein_distance(a, b, limit), expected, "{a} {b} {limit}");
                }
            }
        }
    }

    #[test]
    fn concatenation() {
        assert_eq!(concat(&["a", "", "b"]), "ab");
        assert_eq!(concat(&[]), "");
    }
}
