//! The strings and arrays that a program knows.

use super::numbers::Numbers;
use crate::compiled::table;
use crate::word::StringId;
use alloc::boxed::Box;
use alloc::sync::Arc;
use alloc::vec::Vec;
use hashbrown::HashMap;

/// The strings that a program knows, the empty string first, so that zero bits are a valid value of every
/// type; and, by number, the arrays of words in which functions in context look things up.
#[derive(Clone, Debug)]
pub struct Dictionary {
    strings: Strings,
    arrays: Arrays,
}

#[derive(Clone, Debug)]
enum Strings {
    /// Built string by string.
    Grown { strings: Vec<Box<str>>, numbers: Numbers },
    /// Those of generated code: the strings, and their numbers in the strings' order.
    Fixed { strings: &'static [&'static str], sorted: &'static [u32] },
}

#[derive(Clone, Debug)]
enum Arrays {
    /// Built array by array.
    Grown { arrays: Vec<Arc<[u64]>>, numbers: HashMap<Arc<[u64]>, u32> },
    /// Those of generated code, as the bytes of their words.
    Fixed(&'static [&'static [u8]]),
}

impl Default for Dictionary {
    fn default() -> Self {
        let mut dictionary = Self {
            strings: Strings::Grown { strings: Vec::new(), numbers: Numbers::default() },
            arrays: Arrays::Grown { arrays: Vec::new(), numbers: HashMap::new() },
        };
        dictionary.intern("");
        dictionary
    }
}

impl Dictionary {
    /// Returns the dictionary of fixed strings, the first of which is empty. `sorted` has their numbers in ascending order
    /// of the strings; strings whose numbers it lacks are not found.
    pub const fn fixed(strings: &'static [&'static str], sorted: &'static [u32]) -> Self {
        Self::fixed_with_arrays(strings, sorted, &[])
    }

    /// Returns the dictionary of fixed strings, as [`Self::fixed`], and of fixed arrays, see [`table::words`].
    pub const fn fixed_with_arrays(
        strings: &'static [&'static str],
        sorted: &'static [u32],
        arrays: &'static [&'static [u8]],
    ) -> Self {
        Self { strings: Strings::Fixed { strings, sorted }, arrays: Arrays::Fixed(arrays) }
    }

    /// Interns an array of words. Returns its number.
    pub fn intern_array(&mut self, words: &[u64]) -> u32 {
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

    /// Returns the array of a number. Returns an empty one if no array has the number.
    pub fn array(&self, number: i64) -> &[u64] {
        let Ok(number) = usize::try_from(number) else { return &[] };
        match &self.arrays {
            Arrays::Grown { arrays, .. } => arrays.get(number).map(|array| &**array),
            Arrays::Fixed(arrays) => arrays.get(number).map(|bytes| table::words(bytes)),
        }
        .unwrap_or_default()
    }

    /// Returns the bytes of memory that the dictionary takes, without the allocator's overhead. Strings and
    /// arrays of generated code take none.
    pub fn bytes(&self) -> usize {
        let strings = match &self.strings {
            Strings::Grown { strings, numbers } => {
                strings.iter().map(|string| string.len()).sum::<usize>()
                    + strings.capacity() * size_of::<Box<str>>()
                    + numbers.bytes()
            }
            Strings::Fixed { .. } => 0,
        };
        let arrays = match &self.arrays {
            Arrays::Grown { arrays, numbers } => {
                arrays.iter().map(|array| size_of_val::<[u64]>(array)).sum::<usize>()
                    + arrays.capacity() * size_of::<Arc<[u64]>>()
                    + numbers.allocation_size()
            }
            Arrays::Fixed(_) => 0,
        };
        strings + arrays
    }

    /// Returns all arrays, in order of their numbers.
    pub fn arrays(&self) -> impl Iterator<Item = &[u64]> {
        let count = match &self.arrays {
            Arrays::Grown { arrays, .. } => arrays.len(),
            Arrays::Fixed(arrays) => arrays.len(),
        };
        (0..count as i64).map(|number| self.array(number))
    }

    /// Interns a string. Returns its number.
    pub fn intern(&mut self, string: &str) -> StringId {
        if let Some(known) = self.find(string) {
            return known;
        }
        if let Strings::Fixed { strings, .. } = self.strings {
            let mut numbers = Numbers::default();
            strings.iter().zip(0..).for_each(|(string, number)| numbers.insert(string, number));
            let strings = strings.iter().map(|string| Box::from(*string)).collect();
            self.strings = Strings::Grown { strings, numbers };
        }
        let number = self.len() as u32;
        if let Strings::Grown { strings, numbers } = &mut self.strings {
            strings.push(string.into());
            numbers.insert(string, number);
        }
        StringId(number)
    }

    /// Returns the number of a string. Returns `None` if the dictionary lacks it.
    #[inline]
    pub fn find(&self, string: &str) -> Option<StringId> {
        match &self.strings {
            Strings::Grown { numbers, .. } => numbers.get(string).map(StringId),
            Strings::Fixed { strings, sorted } => {
                let string_of = |number: &u32| strings.get(*number as usize).copied().unwrap_or_default();
                let place = sorted.binary_search_by(|number| string_of(number).cmp(string)).ok()?;
                sorted.get(place).copied().map(StringId)
            }
        }
    }

    /// Returns the string of a number. Returns `None` if the number is not one of the dictionary.
    pub fn get(&self, string: StringId) -> Option<&str> {
        match &self.strings {
            Strings::Grown { strings, .. } => strings.get(string.0 as usize).map(|string| &**string),
            Strings::Fixed { .. } => self.fixed_string(string),
        }
    }

    /// Returns the string of a number if it is one of generated code, which outlives the dictionary.
    pub(super) fn fixed_string(&self, string: StringId) -> Option<&'static str> {
        match self.strings {
            Strings::Grown { .. } => None,
            Strings::Fixed { strings, .. } => strings.get(string.0 as usize).copied(),
        }
    }

    /// Returns the number of strings: at least one.
    pub fn len(&self) -> usize {
        match &self.strings {
            Strings::Grown { strings, .. } => strings.len(),
            Strings::Fixed { strings, .. } => strings.len(),
        }
    }

    /// Returns whether there is no string, which is never the case, since there is the empty one.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Returns all strings, in order of their numbers.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        (0..self.len() as u32).filter_map(|number| self.get(StringId(number)))
    }
}
