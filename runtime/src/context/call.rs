//! The memory of one call: its strings and lists, and the patterns and tokenizers that are made once for it.

use super::dictionary::Dictionary;
use super::interned::{CallStrings, KnownStrings};
use super::memo::Memo;
use super::meter::Meter;
use crate::text::regex::Pattern;
use crate::text::text_index::Tokenizer;
use crate::word::{Item, StringId};
use alloc::borrow::Cow;
use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;
use hashbrown::HashMap;

/// The number of bytes that a context keeps for its next call, in each of its collections.
const KEPT_BYTES: usize = 1 << 20;

/// A dictionary, borrowed or shared.
#[derive(Debug)]
pub(super) enum Known<'p> {
    Borrowed(&'p Dictionary),
    Shared(Arc<Dictionary>),
}

impl core::ops::Deref for Known<'_> {
    type Target = Dictionary;
    fn deref(&self) -> &Dictionary {
        match self {
            Known::Borrowed(dictionary) => dictionary,
            Known::Shared(dictionary) => dictionary,
        }
    }
}

/// The strings and lists of one call.
#[derive(Debug)]
pub struct Context<'p> {
    pub(super) dictionary: Known<'p>,
    strings: CallStrings,
    /// The lists from number 1: number 0 is [`List::EMPTY`](crate::List::EMPTY).
    pub(super) lists: Vec<Vec<Item>>,
    pub(super) free_lists: Vec<Vec<Item>>,
    scratch: String,
    pub(super) words: Vec<u64>,
    /// Regular expressions by their string; those that cannot be compiled are `None`.
    patterns: HashMap<StringId, Option<Arc<Pattern>>>,
    /// Tokenizers by the string of their regular expression and their other settings.
    tokenizers: HashMap<TokenizerKey, Option<Arc<Tokenizer>>>,
    pub(super) memo: Memo,
    /// The budgets of rows.
    pub(crate) meter: Meter,
}

/// What a tokenizer is made from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct TokenizerKey {
    /// The regular expression.
    pub pattern: StringId,
    /// Whether the regular expression matches words, rather than what separates them.
    pub matches_words: bool,
    /// Whether words that differ only in case are different.
    pub case_sensitive: bool,
}

impl<'p> Context<'p> {
    /// Returns a context for programs with the given dictionary.
    pub fn new(dictionary: &'p Dictionary) -> Self {
        Self::of(Known::Borrowed(dictionary))
    }

    /// Returns a context that owns its share of the dictionary.
    pub fn shared(dictionary: Arc<Dictionary>) -> Context<'static> {
        Context::of(Known::Shared(dictionary))
    }

    fn of(dictionary: Known<'p>) -> Self {
        Self {
            dictionary,
            strings: CallStrings::default(),
            lists: Vec::new(),
            free_lists: Vec::new(),
            scratch: String::new(),
            words: Vec::new(),
            patterns: HashMap::new(),
            tokenizers: HashMap::new(),
            memo: Memo::default(),
            meter: Meter::default(),
        }
    }

    /// Forgets all strings and lists but the dictionary's, what was made from such strings, and what is left of the
    /// budgets of rows.
    pub fn clear(&mut self) {
        if self.strings.len() != 0 {
            let known = self.dictionary.len();
            self.patterns.retain(|string, _| (string.0 as usize) < known);
            self.tokenizers.retain(|key, _| (key.pattern.0 as usize) < known);
        }
        self.strings.clear();
        self.free_lists.append(&mut self.lists);
        self.shrink();
        self.meter.clear();
    }

    /// Releases the memory that only unusual rows need.
    fn shrink(&mut self) {
        if self.strings.capacity() > KEPT_BYTES {
            self.strings = CallStrings::default();
        }
        if self.scratch.capacity() > KEPT_BYTES {
            self.scratch = String::new();
        }
        if self.words.capacity() > KEPT_BYTES / size_of::<u64>() {
            self.words = Vec::new();
        }
        let mut items = 0;
        self.free_lists.retain(|list| {
            items += list.capacity();
            items <= KEPT_BYTES / size_of::<Item>()
        });
    }

    /// Interns a string. Returns its number.
    #[inline]
    pub fn intern(&mut self, string: &str) -> StringId {
        if let Some(known) = self.dictionary.find(string) {
            return known;
        }
        // A call handles a block of rows at most: it cannot make 2^32 strings.
        StringId(self.dictionary.len() as u32 + self.strings.intern(string))
    }

    /// Returns the string of a number. Returns the empty string if neither the dictionary nor this call has the number.
    pub fn string(&self, string: StringId) -> &str {
        KnownStrings { dictionary: &self.dictionary, strings: &self.strings }.get(string)
    }

    /// Lends the strings and the row's meter, so that a function can charge while it reads a string.
    pub(crate) fn metered(&mut self) -> (KnownStrings<'_>, &mut Meter) {
        (KnownStrings { dictionary: &self.dictionary, strings: &self.strings }, &mut self.meter)
    }

    /// Interns the string that `write` writes. Returns its number.
    pub fn intern_with(&mut self, write: impl FnOnce(&Self, &mut String)) -> StringId {
        let mut scratch = core::mem::take(&mut self.scratch);
        scratch.clear();
        write(self, &mut scratch);
        let string = self.intern(&scratch);
        self.scratch = scratch;
        string
    }

    /// Interns a computed string and charges the row for it. Returns its number, or the empty string if the
    /// budget does not allow it.
    pub fn keep(&mut self, string: &str) -> StringId {
        if self.meter.charge_bytes(string.len()) { self.intern(string) } else { StringId::EMPTY }
    }

    /// Returns the regular expression that a string spells, which is compiled once. Returns `None` if it is
    /// malformed. The size limit is lower for one that comes in with a row than for one of the document.
    pub fn pattern(&mut self, string: StringId) -> Option<Arc<Pattern>> {
        if let Some(known) = self.patterns.get(&string) {
            return known.clone();
        }
        let pattern = match self.dictionary.get(string) {
            Some(pattern) => Pattern::new(pattern),
            None => Pattern::small(self.string(string)),
        };
        let pattern = pattern.ok().map(Arc::new);
        self.patterns.insert(string, pattern.clone());
        pattern
    }

    /// Returns a tokenizer, which is made once. Returns `None` if its regular expression is malformed.
    pub fn tokenizer(&mut self, key: TokenizerKey) -> Option<Arc<Tokenizer>> {
        if let Some(known) = self.tokenizers.get(&key) {
            return known.clone();
        }
        let pattern = self.string(key.pattern);
        let tokenizer = if key.matches_words {
            Tokenizer::by_word(pattern, key.case_sensitive)
        } else {
            Tokenizer::by_separator(pattern, key.case_sensitive)
        };
        let tokenizer = tokenizer.ok().map(Arc::new);
        self.tokenizers.insert(key, tokenizer.clone());
        tokenizer
    }

    /// Returns the dictionary's array of a number. Returns an empty one if no array has the number.
    pub fn array(&self, number: i64) -> &[u64] {
        self.dictionary.array(number)
    }

    /// Returns the string of a number so that it outlives the call: a fixed string of the dictionary is
    /// borrowed.
    pub fn output(&self, string: StringId) -> Cow<'static, str> {
        match self.dictionary.fixed_string(string) {
            Some(fixed) => Cow::Borrowed(fixed),
            None => Cow::Owned(self.string(string).into()),
        }
    }
}
