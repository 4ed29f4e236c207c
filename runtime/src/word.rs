//! Values as 64-bit words, the form in which frames, tables and lists hold them.
//!
//! Strings and lists are represented by numbers: see [`context`](crate::context) for what they mean.

/// A string, identified by its number.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug, Default)]
#[repr(transparent)]
pub struct StringId(pub(crate) u32);

impl StringId {
    /// The empty string, which every dictionary has as its first.
    pub const EMPTY: Self = Self(0);

    /// Returns the string of a number.
    pub const fn from_number(number: u32) -> Self {
        Self(number)
    }

    /// Returns the string's number.
    pub const fn number(self) -> u32 {
        self.0
    }
}

/// A list of values, identified by its number in the context that made it.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
#[repr(transparent)]
pub struct List(pub(crate) u32);

impl List {
    /// The empty list, which every context has.
    pub const EMPTY: Self = Self(0);

    /// Returns the list of a number.
    pub const fn from_number(number: u32) -> Self {
        Self(number)
    }

    /// Returns the list's number.
    pub const fn number(self) -> u32 {
        self.0
    }
}

/// A list's item: the bits of a value, or `None` if it is missing.
pub type Item = Option<u64>;

/// A value that fits into a word: numbers in single precision, strings and lists are in the low half, the rest is zero.
///
/// The default is the value whose word is zero.
pub trait Word: Copy + Default {
    /// Returns the value of a word.
    fn from_word(word: u64) -> Self;

    /// Returns the value's word.
    fn word(self) -> u64;

    /// Returns the word by which sets and maps identify the value: that of 0.0 for -0.0. Returns `None` for
    /// NaN, which equals nothing.
    fn key(self) -> Option<u64> {
        Some(self.word())
    }
}

macro_rules! word {
    ($($ty:ty: $word:ident => $from:expr, $value:ident => $into:expr;)*) => {$(
        impl Word for $ty {
            #[inline]
            fn from_word($word: u64) -> Self {
                $from
            }
            #[inline]
            fn word(self) -> u64 {
                let $value = self;
                $into
            }
        }
    )*};
}

word! {
    bool: word => word != 0, value => value as u64;
    i64: word => word as i64, value => value as u64;
    StringId: word => StringId(word as u32), value => u64::from(value.0);
    List: word => List(word as u32), value => u64::from(value.0);
}

macro_rules! float {
    ($($ty:ty: $bits:ty;)*) => {$(
        impl Word for $ty {
            #[inline]
            fn from_word(word: u64) -> Self {
                <$ty>::from_bits(word as $bits)
            }
            #[inline]
            fn word(self) -> u64 {
                u64::from(self.to_bits())
            }
            #[inline]
            fn key(self) -> Option<u64> {
                if self.is_nan() { None } else { Some(Word::word(self + 0.0)) }
            }
        }
    )*};
}

float! {
    f32: u32;
    f64: u64;
}
