//! `TextIndex`: splits a string into words and counts the occurrences of a term.
//!
//! A [`Tokenizer`] holds what depends only on the element. A string is split once, into [`Tokens`]; then any
//! number of terms, split by the same tokenizer, can be counted in it. The string is split unchanged, and
//! letter case is folded afterwards: a separator `x` does not separate at `X`.

use alloc::string::String;
use alloc::vec::Vec;

use crate::context::meter::{ITEM_BYTES, Meter};
use crate::math::log10;
use crate::text::regex::{Pattern, PatternError};
use crate::text::{levenshtein_distance, lowercase};

/// How a string becomes words.
#[derive(Clone, Debug)]
pub struct Tokenizer {
    rule: Rule,
    case_sensitive: bool,
}

#[derive(Clone, Debug)]
enum Rule {
    /// Words are between matches; punctuation around them is dropped, and so are words that consist of it.
    Separator { separator: Pattern, punctuation: Pattern },
    /// Words are the matches, including punctuation.
    Word(Pattern),
}

impl Tokenizer {
    /// Returns a tokenizer for `wordSeparatorCharacterRE`: words are between the matches of a pattern.
    ///
    /// # Errors
    /// If the pattern cannot be compiled.
    pub fn by_separator(separator: &str, case_sensitive: bool) -> Result<Self, PatternError> {
        let punctuation = Pattern::new(r"\p{P}")?;
        Ok(Self {
            rule: Rule::Separator { separator: Pattern::new(separator)?, punctuation },
            case_sensitive,
        })
    }

    /// Returns a tokenizer for `x-wordRE`: words are the matches of a pattern.
    ///
    /// # Errors
    /// If the pattern cannot be compiled.
    pub fn by_word(word: &str, case_sensitive: bool) -> Result<Self, PatternError> {
        Ok(Self { rule: Rule::Word(Pattern::new(word)?), case_sensitive })
    }

    /// Splits a string, or a term, into its words.
    #[must_use]
    pub fn tokenize(&self, text: &str) -> Tokens {
        self.words(text, |_| true).unwrap_or_default()
    }

    /// Splits a string into its words, and charges the row for them as items of a list. Returns `None` if the
    /// budget does not allow it.
    pub(crate) fn tokenize_metered(&self, text: &str, meter: &mut Meter) -> Option<Tokens> {
        let pattern = match &self.rule {
            Rule::Separator { separator, .. } => separator,
            Rule::Word(word) => word,
        };
        if !meter.charge_steps(pattern.steps(text.len())) {
            return None;
        }
        self.words(text, |word| meter.charge_bytes(word.len().saturating_add(ITEM_BYTES)))
    }

    /// Splits a string into its words, for as long as `goes_on` returns `true`.
    fn words(&self, text: &str, mut goes_on: impl FnMut(&str) -> bool) -> Option<Tokens> {
        let mut words = Vec::new();
        let mut add = |word: &str| {
            let all = goes_on(word);
            if all && !word.is_empty() {
                words.push(if self.case_sensitive { String::from(word) } else { lowercase(word) });
            }
            all
        };
        let all = match &self.rule {
            Rule::Separator { separator, punctuation } => {
                let is_punctuation = |c: char| {
                    // Symbols such as `$` and `+` are not punctuation in Unicode's sense.
                    if c.is_ascii() {
                        c.is_ascii_punctuation() && !"$+<=>^`|~".contains(c)
                    } else {
                        punctuation.matches(c.encode_utf8(&mut [0; 4]))
                    }
                };
                separator.split(text).all(|word| add(word.trim_matches(is_punctuation)))
            }
            Rule::Word(word) => word.find_all(text).all(&mut add),
        };
        all.then_some(Tokens { words })
    }
}

/// The words of a string in order, with case folded unless it matters.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tokens {
    words: Vec<String>,
}

/// The attribute `countHits`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CountHits {
    /// Every occurrence within the distance counts.
    AllHits,
    /// Only the occurrences at the least distance count.
    BestHits,
}

impl Tokens {
    /// Returns the words.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.words.iter().map(String::as_str)
    }

    /// Returns how often a term occurs: the number of sequences of as many words whose distances from the
    /// term's words sum to at most `max_distance`. Occurrences may overlap. A term without words does not
    /// occur.
    #[must_use]
    pub fn count(&self, term: &Self, max_distance: usize, hits: CountHits) -> usize {
        if term.words.is_empty() {
            return 0;
        }
        let mut limit = max_distance;
        let mut count = 0;
        for words in self.words.windows(term.words.len()) {
            let Some(distance) = distance_within(words, &term.words, limit) else { continue };
            if hits == CountHits::BestHits && distance < limit {
                // The first occurrence at this distance: those found so far, if any, are farther away.
                limit = distance;
                count = 0;
            }
            count += 1;
        }
        count
    }

    /// Returns how often the most frequent word occurs.
    #[must_use]
    pub fn greatest_frequency(&self) -> usize {
        let mut words: Vec<&str> = self.iter().collect();
        words.sort_unstable();
        words.chunk_by(|a, b| a == b).map(<[&str]>::len).max().unwrap_or(0)
    }
}

/// Returns the sum of the distances between words at the same position, if it is within the limit.
fn distance_within(words: &[String], term: &[String], limit: usize) -> Option<usize> {
    words.iter().zip(term).try_fold(0, |sum: usize, (word, expected)| {
        let distance = levenshtein_distance(word, expected, limit.checked_sub(sum)?)?;
        sum.checked_add(distance)
    })
}

/// The attribute `localTermWeights`: the weight of a count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LocalTermWeights {
    /// The count itself.
    TermFrequency,
    /// 1 if the term occurs, otherwise 0.
    Binary,
    /// The logarithm, to base 10, of 1 plus the count.
    Logarithmic,
    /// Half of the sum of [`Binary`](Self::Binary) and the count divided by that of the most frequent word.
    AugmentedNormalizedTermFrequency,
}

impl LocalTermWeights {
    /// Returns the weight of a term that occurs `count` times in a string whose most frequent word occurs `greatest`
    /// times.
    ///
    /// Only [`AugmentedNormalizedTermFrequency`](Self::AugmentedNormalizedTermFrequency) uses `greatest`.
    #[must_use]
    pub fn weight(self, count: usize, greatest: usize) -> f64 {
        let binary = if count > 0 { 1.0 } else { 0.0 };
        match self {
            Self::TermFrequency => count as f64,
            Self::Binary => binary,
            Self::Logarithmic => log10(1.0 + count as f64),
            Self::AugmentedNormalizedTermFrequency => 0.5 * (binary + count as f64 / greatest.max(1) as f64),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn count(text: &str, term: &str, max_distance: usize, hits: CountHits) -> usize {
        let tokenizer = Tokenizer::by_separator(r"\s+", false).unwrap();
        tokenizer.tokenize(text).count(&tokenizer.tokenize(term), max_distance, hits)
    }

    #[test]
    fn words_between_separators() {
        for (text, term, expected) in [
            ("Hello, world! World (world).", "world", 3),
            ("hello world hello world", "Hello World", 2),
            ("a a a a", "a a", 3),
            ("a a a a", "", 0),
            ("", "a", 0),
            ("it's its don't", "don't.", 1),
            (r#"x-y -x-y- _x-y_ "x-y" «x-y» …x-y… $x-y$ +x-y+ 'x-y'"#, "x-y", 7),
            (
                r#"$x x +x =x ^x `x ~x <x> |x @x #x %x &x *x \x /x ?x !x _x ;x :x ,x .x "x 'x (x) [x] {x}"#,
                "x",
                20,
            ),
            ("–x ¡x¿ ...x...", "x", 3),
            ("a -- a", "a a", 1),
            ("! ! a", "!", 0),
            ("STRASSE Straße STRAẞE", "straße", 2),
        ] {
            assert_eq!(count(text, term, 0, CountHits::AllHits), expected, "{term} in {text}");
        }
        let comma = Tokenizer::by_separator(",", true).unwrap();
        let tokens = comma.tokenize("a,b c,B C");
        assert_eq!(tokens.count(&comma.tokenize("b c"), 0, CountHits::AllHits), 1);
        assert_eq!(tokens.count(&comma.tokenize("a,b c"), 0, CountHits::AllHits), 1);
        assert_eq!(Tokenizer::by_separator("x", false).unwrap().tokenize("aXaxa").iter().count(), 2);
        assert!(Tokenizer::by_separator("[", false).is_err());
    }

    #[test]
    fn words_by_pattern() {
        let tokenizer = Tokenizer::by_word(r"(?u)\b\w\w+\b", false).unwrap();
        assert_eq!(tokenizer.tokenize("Hello, a été_b").iter().collect::<Vec<_>>(), ["hello", "été_b"]);
        let tokenizer = Tokenizer::by_word(r"\S+", false).unwrap();
        assert_eq!(tokenizer.tokenize("a! a").iter().collect::<Vec<_>>(), ["a!", "a"]);
    }

    #[test]
    fn similar_words() {
        let text = "hello worl hello world word worldd words";
        assert_eq!(count(text, "world", 1, CountHits::AllHits), 4);
        assert_eq!(count(text, "world", 1, CountHits::BestHits), 1);
        assert_eq!(count(text, "worlx", 1, CountHits::BestHits), 2);
        let text = "hello worl hello world hell word hell worl";
        assert_eq!(count(text, "hello world", 1, CountHits::AllHits), 2);
        assert_eq!(count(text, "hello world", 2, CountHits::AllHits), 4);
        assert_eq!(count("abcde abcdef", "abc", 1, CountHits::BestHits), 0);
        assert_eq!(count("ba abc", "ab", 1, CountHits::AllHits), 1);
    }

    #[test]
    fn weights() {
        assert_eq!(LocalTermWeights::TermFrequency.weight(2, 0), 2.0);
        assert_eq!(LocalTermWeights::Binary.weight(2, 0), 1.0);
        assert_eq!(LocalTermWeights::Binary.weight(0, 0), 0.0);
        assert_eq!(LocalTermWeights::Logarithmic.weight(2, 0), 0.477_121_254_719_662_44);
        assert_eq!(LocalTermWeights::Logarithmic.weight(0, 0), 0.0);
        assert_eq!(LocalTermWeights::AugmentedNormalizedTermFrequency.weight(1, 4), 0.625);
        assert_eq!(LocalTermWeights::AugmentedNormalizedTermFrequency.weight(0, 0), 0.0);
        let tokenizer = Tokenizer::by_separator(r"\s+", false).unwrap();
        assert_eq!(tokenizer.tokenize("b a B c b").greatest_frequency(), 3);
        assert_eq!(tokenizer.tokenize("").greatest_frequency(), 0);
    }
}
