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

    /// `a + b` of integers.
    ADD_I64 = 10;
    /// `a - b` of integers.
    SUBTRACT_I64 = 11;
    /// `a · b` of integers.
    MULTIPLY_I64 = 12;

    /// An integer to the nearest float.
    I64_TO_FLOAT = 13;
    /// A float to an integer, rounded towards zero and saturated.
    F64_TO_I64 = 14;
    /// An `f32` to an `f64`.
    F32_TO_F64 = 15;
    /// An `f64` to the nearest `f32`.
    F64_TO_F32 = 16;

    /// The mask of `a = b` of floats.
    EQUAL = 17;
    /// The mask of `a < b` of floats.
    LESS = 18;
    /// The mask of `a <= b` of floats.
    LESS_OR_EQUAL = 19;
    /// The mask of `a = b` of words.
    EQUAL_WORDS = 20;
    /// The mask of `a < b` of integers.
    LESS_I64 = 21;
    /// The mask of `a <= b` of integers.
    LESS_OR_EQUAL_I64 = 22;

    /// The mask of `a` and `b`, masks.
    AND = 23;
    /// The mask of `a` or `b`, masks.
    OR = 24;
    /// The mask of not `a`, a mask.
    NOT = 25;
    /// The mask of the rows in which `a` and `b`, masks, are equal.
    EQUAL_MASKS = 26;

    /// `b` in the rows of the mask `a`, otherwise `c`.
    SELECT = 27;
    /// The same of masks.
    SELECT_MASK = 28;

    /// The element of a table at the index `a`, an integer; `b` is the table's first word, and `c` the number of its elements. One
    /// more follows, which is the result past either end.
    LOOKUP = 29;

    /// Makes the rows of the mask `a` fail with the number `b`, unless they failed before. The destination is the column of
    /// failures.
    FAIL_IF = 30;
    /// Writes the active rows of the column `a`.
    STORE = 31;
    /// Writes the active rows of the mask `a`.
    STORE_MASK = 32;

    /// e to the power of a float, as [`math::exp`](crate::math::exp) and [`single::exp`](crate::math::single::exp) define it.
    EXP = 33;
    /// The logistic function.
    LOGISTIC = 34;
    /// The hyperbolic tangent of an `f64`.
    TANH = 35;
    /// The natural logarithm of an `f64`.
    LN = 36;
    /// e to the power of an `f64`, less 1.
    EXPM1 = 37;
    /// The natural logarithm of 1 and an `f64`.
    LN1P = 38;
    /// A float to the power of another.
    POW = 39;
    /// The lesser of two `f64`s; NaN counts as absent.
    MIN_IGNORING_NAN = 40;
    /// The greater of two `f64`s; NaN counts as absent.
    MAX_IGNORING_NAN = 41;
}
