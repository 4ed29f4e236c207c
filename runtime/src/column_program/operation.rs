//! The codes of a column program's operations.
//!
//! `a`, `b` and `c` are the arguments, columns unless stated otherwise. Operations on floats are in single precision with the flag
//! [`SINGLE`](super::SINGLE).

/// Declares codes, numbered from 0.
macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident = $code:literal;)*) => {$(
        $(#[$doc])*
        pub const $name: u8 = $code;
    )*};
}

codes! {
    /// `a + b` of floats.
    ADD = 0;
    /// `a - b` of floats.
    SUBTRACT = 1;
    /// `a · b` of floats.
    MULTIPLY = 2;
    /// `a ÷ b` of floats.
    DIVIDE = 3;
    /// `a + b · c` of floats, rounded twice.
    ADD_PRODUCT = 4;
    /// `-a` of a float.
    NEGATE = 5;
    /// The absolute value of a float.
    ABSOLUTE = 6;
    /// The square root of a float.
    SQUARE_ROOT = 7;
    /// A float, rounded down.
    FLOOR = 8;
    /// A float, rounded up.
    CEIL = 9;
    /// `a + w₁·x₁ + w₂·x₂ + …` of floats, from left to right. `b` is the first word of a table of pairs: where `x` is, and the bits
    /// of `w`. `c` is the number of pairs.
    ADD_PRODUCTS = 10;
    /// `w₁·x₁ + w₂·x₂ + …`, the same without `a`.
    SUM_PRODUCTS = 11;
    /// The bits `a`, a constant, in all rows.
    BROADCAST = 12;

    /// `a + b` of integers.
    ADD_I64 = 13;
    /// `a - b` of integers.
    SUBTRACT_I64 = 14;
    /// `a · b` of integers.
    MULTIPLY_I64 = 15;

    /// An integer to the nearest float.
    I64_TO_FLOAT = 16;
    /// A float to an integer, rounded towards zero and saturated.
    F64_TO_I64 = 17;
    /// An `f32` to an `f64`.
    F32_TO_F64 = 18;
    /// An `f64` to the nearest `f32`.
    F64_TO_F32 = 19;

    /// The mask of `a = b` of floats.
    EQUAL = 20;
    /// The mask of `a < b` of floats.
    LESS = 21;
    /// The mask of `a <= b` of floats.
    LESS_OR_EQUAL = 22;
    /// The mask of `a = b` of words.
    EQUAL_WORDS = 23;
    /// The mask of `a < b` of integers.
    LESS_I64 = 24;
    /// The mask of `a <= b` of integers.
    LESS_OR_EQUAL_I64 = 25;

    /// The mask of `a` and `b`, masks.
    AND = 26;
    /// The mask of `a` or `b`, masks.
    OR = 27;
    /// The mask of not `a`, a mask.
    NOT = 28;
    /// The mask of the rows in which `a` and `b`, masks, are equal.
    EQUAL_MASKS = 29;

    /// `b` in the rows of the mask `a`, otherwise `c`.
    SELECT = 30;
    /// The same of masks.
    SELECT_MASK = 31;
    /// Makes columns 0 in rows outside of masks. `b` is the first word of a table of pairs: a column and its mask. `c` is the number
    /// of pairs.
    CLEAR_ABSENT = 32;

    /// The element of a table at the index `a`, an integer; `b` is the table's first word, and `c` the number of its elements. One
    /// more follows, which is the result past either end.
    LOOKUP = 33;
    /// The mask of the rows whose bit with the number `a` is set; `b` is the first of the words that hold the bits, and `c` the
    /// number of words. Bits past the end are not set.
    HAS_BIT = 34;

    /// Makes rows fail, unless they failed before. `b` is the first word of a table of pairs: the mask of the rows, and the
    /// number with which they fail. `c` is the number of pairs. The destination is the column of failures.
    FAIL_IF = 35;
    /// Writes the active rows of the column `a`.
    STORE = 36;
    /// Writes the active rows of the mask `a`.
    STORE_MASK = 37;

    /// e to the power of a float, as [`math::exp`](crate::math::exp) and [`single::exp`](crate::math::single::exp) define it.
    EXP = 38;
    /// The logistic function.
    LOGISTIC = 39;
    /// The hyperbolic tangent of an `f64`.
    TANH = 40;
    /// The natural logarithm of an `f64`.
    LN = 41;
    /// e to the power of an `f64`, less 1.
    EXPM1 = 42;
    /// The natural logarithm of 1 and an `f64`.
    LN1P = 43;
    /// A float to the power of another.
    POW = 44;
    /// The lesser of two `f64`s; NaN counts as absent.
    MIN_IGNORING_NAN = 45;
    /// The greater of two `f64`s; NaN counts as absent.
    MAX_IGNORING_NAN = 46;

    /// The mask of the rows that are in all of some masks. `b` is the first word of a table of pairs: a mask, and a word whose bits
    /// are 1 where it counts inverted. `c` is the number of pairs.
    AND_ALL = 47;

    /// A function of an `f64`, row by row. `b` is its number in [`UNARY`].
    CALL_UNARY = 48;
    /// A function of two `f64`s, row by row. `c` is its number in [`BINARY`].
    CALL_BINARY = 49;
}

/// Declares functions that are called by their number.
macro_rules! called {
    ($(#[$doc:meta])* $all:ident: fn($($argument:ident),+) { $($name:ident = $number:literal: $($path:ident)::+;)* }) => {
        $(
            #[doc = concat!("The number of [`", stringify!($($path)::+), "`](crate::math::", stringify!($($path)::+), ").")]
            pub const $name: u64 = $number;
        )*
        $(#[$doc])*
        pub const $all: [fn($($argument),+) -> f64; [$($number),*].len()] = [$(crate::math::$($path)::+),*];
    };
}

called! {
    /// The functions of [`CALL_UNARY`], by their numbers: seldom used ones, for which a form for vectors does not pay.
    UNARY: fn(f64) {
        LOG10 = 0: log10;
        SIN = 1: sin;
        COS = 2: cos;
        TAN = 3: tan;
        ASIN = 4: asin;
        ACOS = 5: acos;
        ATAN = 6: atan;
        SINH = 7: sinh;
        COSH = 8: cosh;
        RINT = 9: rint;
        ROUND_HALF_UP = 10: round_half_up;
        ERF = 11: distribution::erf;
        STD_NORMAL_PDF = 12: distribution::std_normal_pdf;
        STD_NORMAL_CDF = 13: distribution::std_normal_cdf;
        STD_NORMAL_IDF = 14: distribution::std_normal_idf;
        INVERSE_CLOGLOG = 15: link::inverse_cloglog;
        INVERSE_LOGLOG = 16: link::inverse_loglog;
        INVERSE_CAUCHIT = 17: link::inverse_cauchit;
    }
}

called! {
    /// The functions of [`CALL_BINARY`], by their numbers.
    BINARY: fn(f64, f64) {
        ATAN2 = 0: atan2;
        HYPOT = 1: hypot;
        MODULO = 2: modulo;
    }
}
