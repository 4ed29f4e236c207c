//! Texts, lists and histories while a model runs.
//!
//! A text is a number, [`StringId`]: an index into the program's [`Dictionary`], which holds every text that the document
//! names, or, past its end, into the [`Context`] of the call, which holds the texts that came in with the rows or were
//! computed. The context enters a text only if neither has it, so that *two texts are equal exactly when their numbers
//! are*: comparing categories is comparing integers, whatever field they come from.
//!
//! A context belongs to one call (of one row or one block of rows) at a time and is cleared before the next; what it
//! allocated it keeps.

pub mod arrays;
pub mod association_rules;
pub mod budget;
pub mod dates;
pub mod ensemble;
pub mod lists;
pub mod ranking;
pub mod strings;
pub mod text_index;

use crate::compiled::Element;
use crate::compiled::table;
use crate::context::budget::Meter;
use crate::text::regex::Pattern;
use crate::text::text_index::Tokenizer;
use crate::word::Word;
pub use crate::word::{List, StringId};
use alloc::borrow::Cow;
use alloc::boxed::Box;
use alloc::collections::VecDeque;
use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::hash::BuildHasher;
use hashbrown::{DefaultHashBuilder, HashMap, HashTable};

/// The texts that a program knows, the empty text first: so zero bits are a valid value of every type. Beside them,
/// arrays of words that functions in context look things up in, by number.
#[derive(Clone, Debug)]
pub struct Dictionary {
    texts: Texts,
    arrays: Arrays,
}

#[derive(Clone, Debug)]
enum Texts {
    /// Made text by text.
    Grown { texts: Vec<Box<str>>, numbers: HashMap<Box<str>, u32> },
    /// Those of generated code: the texts, and their numbers in the texts' order.
    Fixed { texts: &'static [&'static str], sorted: &'static [u32] },
}

#[derive(Clone, Debug)]
enum Arrays {
    /// Made array by array.
    Grown { arrays: Vec<Arc<[u64]>>, numbers: HashMap<Arc<[u64]>, u32> },
    /// Those of generated code, as the bytes of their words.
    Fixed(&'static [&'static [u8]]),
}

impl Default for Dictionary {
    fn default() -> Self {
        let mut dictionary = Self {
            texts: Texts::Grown { texts: Vec::new(), numbers: HashMap::new() },
            arrays: Arrays::Grown { arrays: Vec::new(), numbers: HashMap::new() },
        };
        dictionary.intern("");
        dictionary
    }
}

impl Dictionary {
    /// The dictionary of fixed texts, the first of which is empty. `sorted` has their numbers in ascending order of the
    /// texts; texts that it does not lead to are not found.
    pub const fn fixed(texts: &'static [&'static str], sorted: &'static [u32]) -> Self {
        Self::fixed_with_arrays(texts, sorted, &[])
    }

    /// The dictionary of fixed texts, as [`Self::fixed`], and of fixed arrays, see [`table::words`].
    pub const fn fixed_with_arrays(
        texts: &'static [&'static str],
        sorted: &'static [u32],
        arrays: &'static [&'static [u8]],
    ) -> Self {
        Self { texts: Texts::Fixed { texts, sorted }, arrays: Arrays::Fixed(arrays) }
    }

    /// The number of an array of words, which is entered if it is new.
    pub fn enter_array(&mut self, words: &[u64]) -> u32 {
        if let Arrays::Fixed(fixed) = self.arrays {
            let arrays: Vec<Arc<[u64]>> = fixed.iter().map(|bytes| Arc::from(table::words(bytes))).collect();
            let numbers = arrays.iter().cloned().zip(0..).collect();
            self.arrays = Arrays::Grown { arrays, numbers };
        }
        let Arrays::Grown { arrays, numbers } = &mut self.arrays else { return 0 };
        if let Some(number) = numbers.get(words) {
            return *number;
        }
        let (array, number): (Arc<[u64]>, u32) = (words.into(), arrays.len() as u32);
        arrays.push(array.clone());
        numbers.insert(array, number);
        number
    }

    /// The array of a number; empty for a number of none.
    pub fn array(&self, number: i64) -> &[u64] {
        let Ok(number) = usize::try_from(number) else { return &[] };
        match &self.arrays {
            Arrays::Grown { arrays, .. } => arrays.get(number).map(|array| &**array),
            Arrays::Fixed(arrays) => arrays.get(number).map(|bytes| table::words(bytes)),
        }
        .unwrap_or_default()
    }

    /// How many bytes of memory it takes, without what the allocator adds. Texts and arrays of generated code take none.
    pub fn bytes(&self) -> usize {
        let texts = match &self.texts {
            Texts::Grown { texts, numbers } => {
                // Each text is there twice: by number and by itself.
                2 * texts.iter().map(|text| text.len()).sum::<usize>()
                    + texts.capacity() * size_of::<Box<str>>()
                    + numbers.allocation_size()
            }
            Texts::Fixed { .. } => 0,
        };
        let arrays = match &self.arrays {
            Arrays::Grown { arrays, numbers } => {
                arrays.iter().map(|array| size_of_val::<[u64]>(array)).sum::<usize>()
                    + arrays.capacity() * size_of::<Arc<[u64]>>()
                    + numbers.allocation_size()
            }
            Arrays::Fixed(_) => 0,
        };
        texts + arrays
    }

    /// All arrays, in order of their numbers.
    pub fn arrays(&self) -> impl Iterator<Item = &[u64]> {
        let count = match &self.arrays {
            Arrays::Grown { arrays, .. } => arrays.len(),
            Arrays::Fixed(arrays) => arrays.len(),
        };
        (0..count as i64).map(|number| self.array(number))
    }

    /// The number of a text, which is entered if it is new.
    pub fn intern(&mut self, text: &str) -> StringId {
        if let Some(known) = self.find(text) {
            return known;
        }
        if let Texts::Fixed { texts, .. } = self.texts {
            let numbers = texts.iter().zip(0..).map(|(text, number)| (Box::from(*text), number)).collect();
            self.texts = Texts::Grown { texts: texts.iter().map(|text| Box::from(*text)).collect(), numbers };
        }
        let number = self.len() as u32;
        if let Texts::Grown { texts, numbers } = &mut self.texts {
            texts.push(text.into());
            numbers.insert(text.into(), number);
        }
        StringId(number)
    }

    /// The number of a text, if it is known.
    pub fn find(&self, text: &str) -> Option<StringId> {
        match &self.texts {
            Texts::Grown { numbers, .. } => numbers.get(text).copied().map(StringId),
            Texts::Fixed { texts, sorted } => {
                let text_of = |number: &u32| texts.get(*number as usize).copied().unwrap_or_default();
                let place = sorted.binary_search_by(|number| text_of(number).cmp(text)).ok()?;
                sorted.get(place).copied().map(StringId)
            }
        }
    }

    /// The text of a number, if the number is one of the dictionary.
    pub fn get(&self, text: StringId) -> Option<&str> {
        match &self.texts {
            Texts::Grown { texts, .. } => texts.get(text.0 as usize).map(|text| &**text),
            Texts::Fixed { texts, .. } => texts.get(text.0 as usize).copied(),
        }
    }

    /// How many texts there are: one at least.
    pub fn len(&self) -> usize {
        match &self.texts {
            Texts::Grown { texts, .. } => texts.len(),
            Texts::Fixed { texts, .. } => texts.len(),
        }
    }

    /// Whether there is no text: never, since there is the empty one.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// All texts, in order of their numbers.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        (0..self.len() as u32).filter_map(|number| self.get(StringId(number)))
    }
}

/// The texts that came in with rows or were computed, numbered from 0; what they took is used again.
#[derive(Clone, Debug, Default)]
struct NewTexts {
    /// The texts, one behind the other.
    bytes: String,
    /// Where each ends.
    ends: Vec<usize>,
    /// Their numbers, by their hashes.
    numbers: HashTable<u32>,
    hasher: DefaultHashBuilder,
}

impl NewTexts {
    fn len(&self) -> usize {
        self.ends.len()
    }

    fn clear(&mut self) {
        self.bytes.clear();
        self.ends.clear();
        self.numbers.clear();
    }

    /// The text of a number; the empty text for a number of none.
    fn get(&self, number: usize) -> &str {
        text_of(&self.bytes, &self.ends, number)
    }

    /// The number of a text, which is entered if it is new.
    fn enter(&mut self, text: &str) -> u32 {
        let Self { bytes, ends, numbers, hasher } = self;
        let hash = hasher.hash_one(text);
        if let Some(number) = numbers.find(hash, |number| text_of(bytes, ends, *number as usize) == text) {
            return *number;
        }
        let number = ends.len() as u32;
        bytes.push_str(text);
        ends.push(bytes.len());
        numbers.insert_unique(hash, number, |number| hasher.hash_one(text_of(bytes, ends, *number as usize)));
        number
    }
}

/// The text of a number among texts that lie one behind the other.
fn text_of<'t>(bytes: &'t str, ends: &[usize], number: usize) -> &'t str {
    let first = number.checked_sub(1).and_then(|before| ends.get(before)).copied().unwrap_or(0);
    ends.get(number).and_then(|end| bytes.get(first..*end)).unwrap_or_default()
}

/// The texts that a call knows.
#[derive(Clone, Copy)]
pub(crate) struct KnownTexts<'c> {
    dictionary: &'c Dictionary,
    texts: &'c NewTexts,
}

impl<'c> KnownTexts<'c> {
    /// The text of a number; the empty text for a number of neither the dictionary nor this call.
    #[inline]
    pub fn get(self, text: StringId) -> &'c str {
        match self.dictionary.get(text) {
            Some(text) => text,
            None => {
                let index = (text.0 as usize).wrapping_sub(self.dictionary.len());
                self.texts.get(index)
            }
        }
    }
}

/// How much memory a context keeps for its next call of each thing that it keeps memory for.
const KEPT_BYTES: usize = 1 << 20;

/// A list's item: the bits of a value, or nothing where it is missing.
pub type Item = Option<u64>;

/// A dictionary, borrowed or shared.
#[derive(Debug)]
enum Known<'p> {
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

/// The texts, lists and histories of one call.
#[derive(Debug)]
pub struct Context<'p> {
    dictionary: Known<'p>,
    texts: NewTexts,
    /// The lists from number 1: number 0 is [`List::EMPTY`].
    lists: Vec<Vec<Item>>,
    free_lists: Vec<Vec<Item>>,
    scratch: String,
    words: Vec<u64>,
    /// Regular expressions by their text; those that cannot be compiled are `None`.
    patterns: HashMap<StringId, Option<Arc<Pattern>>>,
    /// Tokenizers by the text of their regular expression and their other settings.
    tokenizers: HashMap<TokenizerKey, Option<Arc<Tokenizer>>>,
    /// What rows may take.
    pub(crate) meter: Meter,
}

/// What a tokenizer is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct TokenizerKey {
    /// The regular expression.
    pub pattern: StringId,
    /// Whether it matches words, not what separates them.
    pub matches_words: bool,
    /// Whether words that differ in case differ.
    pub case_sensitive: bool,
}

impl<'p> Context<'p> {
    /// A context for programs with the given dictionary.
    pub fn new(dictionary: &'p Dictionary) -> Self {
        Self::of(Known::Borrowed(dictionary))
    }

    /// A context that owns its share of the dictionary.
    pub fn shared(dictionary: Arc<Dictionary>) -> Context<'static> {
        Context::of(Known::Shared(dictionary))
    }

    fn of(dictionary: Known<'p>) -> Self {
        Self {
            dictionary,
            texts: NewTexts::default(),
            lists: Vec::new(),
            free_lists: Vec::new(),
            scratch: String::new(),
            words: Vec::new(),
            patterns: HashMap::new(),
            tokenizers: HashMap::new(),
            meter: Meter::default(),
        }
    }

    /// Forgets all texts and lists but the dictionary's, and what was made of such texts, and gives the rows that follow
    /// their budgets.
    pub fn clear(&mut self) {
        if self.texts.len() != 0 {
            let known = self.dictionary.len();
            self.patterns.retain(|text, _| (text.0 as usize) < known);
            self.tokenizers.retain(|key, _| (key.pattern.0 as usize) < known);
        }
        self.texts.clear();
        self.free_lists.append(&mut self.lists);
        self.shrink();
        self.meter.clear();
    }

    /// Gives back the memory that only unusual rows need.
    fn shrink(&mut self) {
        if self.texts.bytes.capacity() > KEPT_BYTES {
            self.texts = NewTexts::default();
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

    /// The number of a text, which is entered if it is new.
    pub fn intern(&mut self, text: &str) -> StringId {
        if let Some(known) = self.dictionary.find(text) {
            return known;
        }
        // A call handles a block of rows at most: it cannot make 2^32 texts.
        StringId(self.dictionary.len() as u32 + self.texts.enter(text))
    }

    /// The text of a number; the empty text for a number of neither the dictionary nor this call.
    pub fn text(&self, text: StringId) -> &str {
        KnownTexts { dictionary: &self.dictionary, texts: &self.texts }.get(text)
    }

    /// Lends the texts and the row's meter, so that a function can charge while it reads a text.
    pub(crate) fn metered(&mut self) -> (KnownTexts<'_>, &mut Meter) {
        (KnownTexts { dictionary: &self.dictionary, texts: &self.texts }, &mut self.meter)
    }

    /// Enters the text that `write` writes.
    pub fn intern_with(&mut self, write: impl FnOnce(&Self, &mut String)) -> StringId {
        let mut scratch = core::mem::take(&mut self.scratch);
        scratch.clear();
        write(self, &mut scratch);
        let text = self.intern(&scratch);
        self.scratch = scratch;
        text
    }

    /// Enters a computed text, for which the row is charged; the empty text if it may not have it.
    pub fn keep(&mut self, text: &str) -> StringId {
        match self.charge_bytes(text.len()) {
            true => self.intern(text),
            false => StringId::EMPTY,
        }
    }

    /// The regular expression of a text, which is compiled once; `None` where the text is none. One that a row brings
    /// along may not be as large as one of the document.
    pub fn pattern(&mut self, text: StringId) -> Option<Arc<Pattern>> {
        if let Some(known) = self.patterns.get(&text) {
            return known.clone();
        }
        let pattern = match self.dictionary.get(text) {
            Some(pattern) => Pattern::new(pattern),
            None => Pattern::small(self.text(text)),
        };
        let pattern = pattern.ok().map(Arc::new);
        self.patterns.insert(text, pattern.clone());
        pattern
    }

    /// A tokenizer, which is made once; `None` where its regular expression is none.
    pub fn tokenizer(&mut self, key: TokenizerKey) -> Option<Arc<Tokenizer>> {
        if let Some(known) = self.tokenizers.get(&key) {
            return known.clone();
        }
        let pattern = self.text(key.pattern);
        let tokenizer = match key.matches_words {
            true => Tokenizer::by_word(pattern, key.case_sensitive),
            false => Tokenizer::by_separator(pattern, key.case_sensitive),
        };
        let tokenizer = tokenizer.ok().map(Arc::new);
        self.tokenizers.insert(key, tokenizer.clone());
        tokenizer
    }

    /// A new, empty list.
    pub fn new_list(&mut self) -> List {
        let mut items = self.free_lists.pop().unwrap_or_default();
        items.clear();
        self.lists.push(items);
        List(self.lists.len() as u32)
    }

    /// Appends an item to a list; does nothing to a list that the call did not make.
    pub fn push(&mut self, list: List, item: Item) {
        let index = (list.0 as usize).wrapping_sub(1);
        if let Some(items) = self.lists.get_mut(index) {
            items.push(item);
        }
    }

    /// A new list of some items.
    pub fn list(&mut self, items: impl IntoIterator<Item = Item>) -> List {
        let list = self.new_list();
        for item in items {
            self.push(list, item);
        }
        list
    }

    /// A new list of some numbers or truth values. NaN counts as missing, unless it is kept.
    pub fn list_of<T: Word + Element>(&mut self, items: &[Option<T>], keep_nan: bool) -> List {
        let items = items.iter().map(|item| item.filter(|item| keep_nan || item.present().is_some()));
        self.list(items.map(|item| item.map(Word::word)))
    }

    /// A new list of some texts.
    pub fn list_of_texts(&mut self, items: &[Option<&str>]) -> List {
        let list = self.new_list();
        for item in items {
            let item = item.map(|text| self.intern(text).word());
            self.push(list, item);
        }
        list
    }

    /// A new list of what `make` makes of the texts and lists so far; it may work in the given words, which hold anything.
    pub fn list_with(&mut self, make: impl FnOnce(&Self, &mut Vec<Item>, &mut Vec<u64>)) -> List {
        let list = self.new_list();
        let index = (list.0 as usize).wrapping_sub(1);
        let mut items = self.lists.get_mut(index).map(core::mem::take).unwrap_or_default();
        let mut words = core::mem::take(&mut self.words);
        make(self, &mut items, &mut words);
        self.words = words;
        if let Some(place) = self.lists.get_mut(index) {
            *place = items;
        }
        list
    }

    /// As [`list_with`](Self::list_with), a list of so many items at most, for which the row is charged; the empty list if
    /// it may not have it.
    pub fn metered_list(
        &mut self,
        items: usize,
        make: impl FnOnce(&Self, &mut Vec<Item>, &mut Vec<u64>),
    ) -> List {
        match self.charge_items(items) {
            true => self.list_with(make),
            false => List::EMPTY,
        }
    }

    /// The items of a list of numbers or truth values, for longer than the call.
    pub fn output_list<T: Word>(&self, list: List) -> Vec<Option<T>> {
        self.items(list).iter().map(|item| item.map(T::from_word)).collect()
    }

    /// The items of a list of texts, for longer than the call.
    pub fn output_texts(&self, list: List) -> Vec<Option<Cow<'static, str>>> {
        let text = |word: u64| self.output(StringId::from_word(word));
        self.items(list).iter().map(|item| item.map(text)).collect()
    }

    /// The array of the dictionary's that a number stands for; empty for a number of none.
    pub fn array(&self, number: i64) -> &[u64] {
        self.dictionary.array(number)
    }

    /// The text of a number, for longer than the call: that of a dictionary of fixed texts is borrowed.
    pub fn output(&self, text: StringId) -> Cow<'static, str> {
        match self.dictionary.texts {
            Texts::Fixed { texts, .. } if (text.0 as usize) < texts.len() => {
                Cow::Borrowed(texts[text.0 as usize])
            }
            _ => Cow::Owned(self.text(text).into()),
        }
    }

    /// The items of a list; none of a list that the call did not make.
    pub fn items(&self, list: List) -> &[Item] {
        let index = (list.0 as usize).wrapping_sub(1);
        self.lists.get(index).map(Vec::as_slice).unwrap_or_default()
    }
}

/// The previous values of some fields, kept between the rows of one stream.
///
/// Streams are explicit: whoever scores rows in order owns a `Stream` and passes it along. A stream outlives the contexts
/// of its calls, so that it keeps texts themselves, not their numbers.
#[derive(Clone, Debug, Default)]
pub struct Stream {
    histories: Vec<VecDeque<Recorded>>,
}

#[derive(Clone, Debug)]
enum Recorded {
    Missing,
    Bits(u64),
    String(Box<str>),
}

impl Stream {
    /// The previous values of a history, most recent first, as a new list of the call.
    pub fn recall(&self, context: &mut Context<'_>, history: usize) -> List {
        let recorded = self.histories.get(history);
        let bytes = |recorded: &Recorded| match recorded {
            Recorded::String(text) => text.len(),
            _ => 0,
        };
        let texts = recorded.into_iter().flatten().map(bytes).fold(0, usize::saturating_add);
        if !context.charge_bytes(texts) || !context.charge_items(recorded.map_or(0, VecDeque::len)) {
            return List::EMPTY;
        }
        let list = context.new_list();
        for recorded in recorded.into_iter().flatten() {
            let item = match recorded {
                Recorded::Missing => None,
                Recorded::Bits(bits) => Some(*bits),
                Recorded::String(text) => Some(context.intern(text).number() as u64),
            };
            context.push(list, item);
        }
        list
    }

    /// What a history holds before a row, as a new list of the call, and then the row's own value besides. A history that
    /// starts anew at the row holds nothing before it; it keeps `length` values.
    pub fn next(
        &mut self,
        context: &mut Context<'_>,
        history: usize,
        length: usize,
        is_text: bool,
        restart: bool,
        item: Item,
    ) -> List {
        if restart {
            self.restart(history);
        }
        let list = self.recall(context, history);
        match is_text {
            true => self.record_text(context, history, length, item.map(StringId::from_word)),
            false => self.record(history, length, item),
        }
        list
    }

    /// Forgets the previous values of a history.
    pub fn restart(&mut self, history: usize) {
        if let Some(values) = self.histories.get_mut(history) {
            values.clear();
        }
    }

    /// Enters a row's value into a history that keeps `length` values, none of them texts.
    pub fn record(&mut self, history: usize, length: usize, value: Item) {
        self.enter(history, length, value.map_or(Recorded::Missing, Recorded::Bits));
    }

    /// Enters a row's text into a history that keeps `length` texts.
    pub fn record_text(
        &mut self,
        context: &Context<'_>,
        history: usize,
        length: usize,
        text: Option<StringId>,
    ) {
        let recorded = text.map_or(Recorded::Missing, |text| Recorded::String(context.text(text).into()));
        self.enter(history, length, recorded);
    }

    fn enter(&mut self, history: usize, length: usize, value: Recorded) {
        if self.histories.len() <= history {
            self.histories.resize_with(history + 1, VecDeque::new);
        }
        let values = &mut self.histories[history];
        values.push_front(value);
        values.truncate(length);
    }
}
