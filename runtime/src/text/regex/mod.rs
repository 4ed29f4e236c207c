//! Regular expressions as documents write them: the syntax of Java and PCRE, on top of the `regex` crate.
//!
//! A pattern is translated when it is compiled. Where the two syntaxes have the same name for different
//! meanings, the meaning is spelled out: `\w`, `\d`, `\s` and `\b` are ASCII only unless the flag `u` or `U`
//! is set, `.` excludes all line terminators, `(?i)` without `u` folds ASCII letters only, `$` also matches
//! before a final line terminator. Look-around, back-references, possessive quantifiers and atomic groups
//! have no translation; [`Pattern::new`] reports them, and thus a compiler can reject the document. Matching
//! takes time linear in the string, whatever the pattern.
//!
//! In one respect Python is followed instead of Java: `(?u)` makes `\w` and its like match by Unicode, since a
//! lone `(?u)` comes from scikit-learn's default patterns and would have no effect in Java.
//!
//! A limit: in [`replace`](Pattern::replace) and [`split`](Pattern::split), `$` matches only at the very end.

mod size;
mod translate;

use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt;

use ::regex::{Captures, Regex, RegexBuilder};

/// Why a pattern cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PatternError {
    /// The pattern has a construct that cannot be translated, at this byte.
    Unsupported {
        /// The construct's name.
        construct: &'static str,
        /// Where it starts in the pattern.
        offset: usize,
    },
    /// The pattern is malformed, or too large.
    Invalid(String),
    /// The replacement is malformed, for this reason.
    InvalidReplacement(&'static str),
}

impl fmt::Display for PatternError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unsupported { construct, offset } => {
                write!(
                    f,
                    "the regular expression has {construct} at position {offset}, which is not supported"
                )
            }
            Self::Invalid(reason) => write!(f, "the regular expression is not valid: {reason}"),
            Self::InvalidReplacement(reason) => write!(f, "the replacement is not valid: {reason}"),
        }
    }
}

impl core::error::Error for PatternError {}

/// A compiled regular expression.
#[derive(Clone, Debug)]
pub struct Pattern {
    /// Finds whether there is a match, not where it ends: a final line terminator may be part of it.
    matcher: Regex,
    /// Finds where matches are. The same as the matcher but for `$`.
    finder: Regex,
    /// The largest number of steps that a character of a string can take.
    size: u64,
}

/// The largest size in bytes of the program of a pattern that comes in with a row.
const SMALL_BYTES: usize = 256 << 10;

impl Pattern {
    /// Compiles a pattern.
    ///
    /// # Errors
    /// If the pattern is wrong or has a construct that is not supported.
    pub fn new(pattern: &str) -> Result<Self, PatternError> {
        Self::within(pattern, None)
    }

    /// Compiles a pattern that is not trusted to be small: its program takes 256 KiB at most.
    ///
    /// # Errors
    /// As [`new`](Self::new), and if it is too large.
    pub fn small(pattern: &str) -> Result<Self, PatternError> {
        Self::within(pattern, Some(SMALL_BYTES))
    }

    fn within(pattern: &str, limit: Option<usize>) -> Result<Self, PatternError> {
        let compile = |text: &str| {
            let mut builder = RegexBuilder::new(text);
            if let Some(limit) = limit {
                builder.size_limit(limit).dfa_size_limit(limit);
            }
            builder.build().map_err(|error| PatternError::Invalid(error.to_string()))
        };
        let translated = translate::translate(pattern, translate::End::BeforeTerminator)?;
        let matcher = compile(&translated)?;
        let strict = translate::translate(pattern, translate::End::OfString)?;
        let finder = if strict == translated { matcher.clone() } else { compile(&strict)? };
        let size = size::of(&translated);
        Ok(Self { matcher, finder, size })
    }

    /// Returns the largest number of steps that matching takes in a string of `bytes` bytes: matching is
    /// linear in the string, and each byte can meet every state of the automaton.
    #[must_use]
    pub fn steps(&self, bytes: usize) -> u64 {
        self.size.saturating_mul(bytes as u64 + 1)
    }

    /// Computes the function `matches`: whether the pattern matches anywhere in the string.
    #[must_use]
    pub fn matches(&self, text: &str) -> bool {
        self.matcher.is_match(text)
    }

    /// Returns all matches, from left to right. An empty match may directly follow another match. Finding all
    /// of them can take longer than [`steps`](Self::steps): each search may look ahead to the end.
    pub fn find_all<'t>(&self, text: &'t str) -> impl Iterator<Item = &'t str> {
        let mut next = Some(0);
        core::iter::from_fn(move || {
            let found = self.finder.find_at(text, next?)?;
            next = position_after(text, found.start(), found.end());
            Some(found.as_str())
        })
    }

    /// Returns the pieces of the string between the matches, empty ones too.
    pub fn split<'t>(&self, text: &'t str) -> impl Iterator<Item = &'t str> {
        self.finder.split(text)
    }

    /// Computes the function `replace`: the string with every match replaced. Returns `None` if that is
    /// longer than `limit` bytes, or if `goes_on`, which is called at each match, returns `false`.
    #[must_use]
    pub fn replace(
        &self,
        text: &str,
        replacement: &Replacement,
        limit: usize,
        mut goes_on: impl FnMut() -> bool,
    ) -> Option<String> {
        let mut out = String::new();
        let mut copied = 0;
        let mut next = Some(0);
        while let Some(captures) = next.and_then(|start| self.finder.captures_at(text, start)) {
            let Some(whole) = captures.get(0) else { break };
            out.push_str(text.get(copied..whole.start()).unwrap_or_default());
            replacement.write(&captures, &mut out);
            copied = whole.end();
            next = position_after(text, whole.start(), whole.end());
            if out.len() > limit || !goes_on() {
                return None;
            }
        }
        out.push_str(text.get(copied..).unwrap_or_default());
        (out.len() <= limit).then_some(out)
    }
}

/// Returns where the search for the next match starts: after an empty match, one character further on.
fn position_after(text: &str, start: usize, end: usize) -> Option<usize> {
    if start != end {
        return Some(end);
    }
    let character = text.get(end..)?.chars().next()?;
    Some(end + character.len_utf8())
}

/// What [`Pattern::replace`] substitutes for a match.
///
/// `$1` or `${name}` is the string of a group, with as many digits as name a group of the pattern; `$$` is a
/// dollar sign, and a backslash makes the character after it literal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Replacement {
    parts: Vec<Part>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    Text(String),
    Group(usize),
}

impl Replacement {
    /// Reads a replacement for a pattern.
    ///
    /// # Errors
    /// If it names a group that the pattern does not have, or ends within a reference or an escape.
    pub fn new(text: &str, pattern: &Pattern) -> Result<Self, PatternError> {
        let groups = pattern.finder.captures_len();
        let mut parts = Vec::new();
        let mut literal = String::new();
        let mut rest = text;
        while let Some(character) = rest.chars().next() {
            rest = rest.get(character.len_utf8()..).unwrap_or_default();
            let group = match character {
                '\\' => {
                    let escaped = rest.chars().next().ok_or(PatternError::InvalidReplacement(
                        "a backslash ends it with nothing to make literal",
                    ))?;
                    rest = rest.get(escaped.len_utf8()..).unwrap_or_default();
                    literal.push(escaped);
                    continue;
                }
                '$' => {
                    if let Some(behind) = rest.strip_prefix('$') {
                        rest = behind;
                        literal.push('$');
                        continue;
                    }
                    let (group, behind) = group_reference(rest, groups, pattern)?;
                    rest = behind;
                    group
                }
                _ => {
                    literal.push(character);
                    continue;
                }
            };
            parts.push(Part::Text(core::mem::take(&mut literal)));
            parts.push(Part::Group(group));
        }
        parts.push(Part::Text(literal));
        Ok(Self { parts })
    }

    fn write(&self, captures: &Captures<'_>, out: &mut String) {
        for part in &self.parts {
            match part {
                Part::Text(text) => out.push_str(text),
                Part::Group(group) => out.push_str(captures.get(*group).map_or("", |found| found.as_str())),
            }
        }
    }
}

/// Reads what follows a dollar sign. Returns the number of the group, and what is after the reference.
fn group_reference<'t>(
    text: &'t str,
    groups: usize,
    pattern: &Pattern,
) -> Result<(usize, &'t str), PatternError> {
    if let Some(behind) = text.strip_prefix('{') {
        let (name, behind) = behind
            .split_once('}')
            .ok_or(PatternError::InvalidReplacement("the name of a group lacks its closing brace"))?;
        let group = pattern.finder.capture_names().position(|known| known == Some(name));
        return Ok((
            group.ok_or(PatternError::InvalidReplacement("no group of the pattern has this name"))?,
            behind,
        ));
    }
    let mut digits = text.char_indices().map_while(|(at, c)| Some((at + 1, c.to_digit(10)? as usize)));
    let (mut length, mut group) =
        digits.next().ok_or(PatternError::InvalidReplacement("a dollar sign lacks the number of a group"))?;
    if group >= groups {
        return Err(PatternError::InvalidReplacement("the pattern has no group of this number"));
    }
    for (at, digit) in digits {
        let longer = group.saturating_mul(10).saturating_add(digit);
        if longer >= groups {
            break;
        }
        (length, group) = (at, longer);
    }
    Ok((group, text.get(length..).unwrap_or_default()))
}

#[cfg(test)]
mod tests;
