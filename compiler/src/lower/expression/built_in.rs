//! The table of built-in functions.
//!
//! The functions of the standard, and, in a separate table, those of other systems that exporters leave in
//! documents. The function `if` is not among them, because it does not evaluate all of its arguments: see
//! [`condition`](super::condition).

use super::arithmetic::{self, Arithmetic, Rounding};
use super::call::{Call, CallResult};
use super::comparison;
use super::date_function::{self, DateFunction};
use super::logic::{self, Test};
use super::string::{self, StringFunction};
use super::summary::{self, Summary};
use crate::error::Result;
use crate::ir::{Binary, Function as Runtime};
use crate::lower::state::Lowering;

/// A built-in function.
pub(super) struct Function {
    /// Its name.
    pub name: &'static str,
    /// The minimum and maximum number of arguments.
    pub arity: (usize, usize),
    /// What it means.
    pub meaning: Meaning,
}

/// What a built-in function means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Meaning {
    /// Computes with two numbers, in their common type.
    Arithmetic(Arithmetic),
    /// Summarizes numbers, in their common type, skipping missing ones.
    Summary(Summary),
    /// A runtime function of `f64`s.
    Real(Runtime),
    /// The square root.
    SquareRoot,
    /// The absolute value, in the argument's type.
    Absolute,
    /// Rounds a number to an integer.
    Rounding(Rounding),
    /// The nearest integer, in the argument's type; a tie goes to the even one.
    Rint,
    /// Tests whether an argument is missing or valid.
    Test(Test),
    /// Compares two values in the type of the first.
    Comparison(Binary),
    /// Whether the first argument is among the others.
    IsIn,
    /// Whether the first argument is not among the others.
    IsNotIn,
    /// Three-valued conjunction.
    And,
    /// Three-valued disjunction.
    Or,
    /// Negation.
    Not,
    /// A function of strings.
    String(StringFunction),
    /// A function of dates or times.
    Date(DateFunction),
}

const ANY: usize = usize::MAX;

/// The functions of the standard.
const STANDARD: &[Function] = {
    use Meaning::*;
    const fn function(name: &'static str, least: usize, most: usize, meaning: Meaning) -> Function {
        Function { name, arity: (least, most), meaning }
    }
    &[
        function("+", 2, 2, Arithmetic(self::Arithmetic::Add)),
        function("-", 2, 2, Arithmetic(self::Arithmetic::Subtract)),
        function("*", 2, 2, Arithmetic(self::Arithmetic::Multiply)),
        function("/", 2, 2, Arithmetic(self::Arithmetic::Divide)),
        function("modulo", 2, 2, Arithmetic(self::Arithmetic::Modulo)),
        function("pow", 2, 2, Arithmetic(self::Arithmetic::Power)),
        function("threshold", 2, 2, Arithmetic(self::Arithmetic::Threshold)),
        function("min", 1, ANY, Summary(self::Summary::Min)),
        function("max", 1, ANY, Summary(self::Summary::Max)),
        function("sum", 1, ANY, Summary(self::Summary::Sum)),
        function("avg", 1, ANY, Summary(self::Summary::Average)),
        function("median", 1, ANY, Summary(self::Summary::Median)),
        function("product", 1, ANY, Summary(self::Summary::Product)),
        function("log10", 1, 1, Real(Runtime::Log10)),
        function("ln", 1, 1, Real(Runtime::Ln)),
        function("ln1p", 1, 1, Real(Runtime::Ln1p)),
        function("exp", 1, 1, Real(Runtime::Exp)),
        function("expm1", 1, 1, Real(Runtime::Expm1)),
        function("sqrt", 1, 1, SquareRoot),
        function("hypot", 2, 2, Real(Runtime::Hypot)),
        function("sin", 1, 1, Real(Runtime::Sin)),
        function("asin", 1, 1, Real(Runtime::Asin)),
        function("sinh", 1, 1, Real(Runtime::Sinh)),
        function("cos", 1, 1, Real(Runtime::Cos)),
        function("acos", 1, 1, Real(Runtime::Acos)),
        function("cosh", 1, 1, Real(Runtime::Cosh)),
        function("tan", 1, 1, Real(Runtime::Tan)),
        function("atan", 1, 1, Real(Runtime::Atan)),
        function("tanh", 1, 1, Real(Runtime::Tanh)),
        function("normalCDF", 3, 3, Real(Runtime::NormalCdf)),
        function("normalPDF", 3, 3, Real(Runtime::NormalPdf)),
        function("normalIDF", 3, 3, Real(Runtime::NormalIdf)),
        function("stdNormalCDF", 1, 1, Real(Runtime::StdNormalCdf)),
        function("stdNormalPDF", 1, 1, Real(Runtime::StdNormalPdf)),
        function("stdNormalIDF", 1, 1, Real(Runtime::StdNormalIdf)),
        function("erf", 1, 1, Real(Runtime::Erf)),
        function("abs", 1, 1, Absolute),
        function("floor", 1, 1, Rounding(self::Rounding::Floor)),
        function("ceil", 1, 1, Rounding(self::Rounding::Ceil)),
        function("round", 1, 1, Rounding(self::Rounding::Round)),
        function("rint", 1, 1, Rint),
        function("isMissing", 1, 1, Test(self::Test::Missing)),
        function("isNotMissing", 1, 1, Test(self::Test::NotMissing)),
        function("isValid", 1, 1, Test(self::Test::Valid)),
        function("isNotValid", 1, 1, Test(self::Test::NotValid)),
        function("equal", 2, 2, Comparison(Binary::Equal)),
        function("notEqual", 2, 2, Comparison(Binary::NotEqual)),
        function("lessThan", 2, 2, Comparison(Binary::Less)),
        function("lessOrEqual", 2, 2, Comparison(Binary::LessOrEqual)),
        function("greaterThan", 2, 2, Comparison(Binary::Greater)),
        function("greaterOrEqual", 2, 2, Comparison(Binary::GreaterOrEqual)),
        function("isIn", 2, ANY, IsIn),
        function("isNotIn", 2, ANY, IsNotIn),
        function("and", 2, ANY, And),
        function("or", 2, ANY, Or),
        function("not", 1, 1, Not),
        function("uppercase", 1, 1, String(StringFunction::Uppercase)),
        function("lowercase", 1, 1, String(StringFunction::Lowercase)),
        function("trimBlanks", 1, 1, String(StringFunction::TrimBlanks)),
        function("stringLength", 1, 1, String(StringFunction::StringLength)),
        function("substring", 3, 3, String(StringFunction::Substring)),
        function("concat", 2, ANY, String(StringFunction::Concat)),
        function("replace", 3, 3, String(StringFunction::Replace)),
        function("matches", 2, 2, String(StringFunction::Matches)),
        function("formatNumber", 2, 2, String(StringFunction::FormatNumber)),
        function("formatDatetime", 2, 2, Date(DateFunction::FormatDatetime)),
        function("dateDaysSinceYear", 2, 2, Date(DateFunction::DaysSinceYear)),
        function("dateSecondsSinceYear", 2, 2, Date(DateFunction::SecondsSinceYear)),
        function("dateSecondsSinceMidnight", 1, 1, Date(DateFunction::SecondsSinceMidnight)),
    ]
};

/// Functions of other systems: of R, and those that JPMML-Evaluator adds.
const FOREIGN: &[Function] = {
    const fn real(name: &'static str, arity: usize, function: Runtime) -> Function {
        Function { name, arity: (arity, arity), meaning: Meaning::Real(function) }
    }
    &[
        real("x-atan2", 2, Runtime::Atan2),
        real("atan2", 2, Runtime::Atan2),
        // In the exporters of R's hurdle models this is ppois(q, lambda, lower.tail = FALSE, log.p = TRUE): the
        // logarithm of the probability that a Poisson variable with a mean (the second argument) exceeds the first.
        real("stats::ppois", 2, Runtime::PoissonLogSurvival),
    ]
};

/// Returns the built-in function with a name.
pub(super) fn find(name: &str) -> Option<&'static Function> {
    STANDARD.iter().chain(FOREIGN).find(|function| function.name == name)
}

/// Returns the names of the built-in functions.
pub(super) fn names() -> impl Iterator<Item = &'static str> {
    STANDARD.iter().chain(FOREIGN).map(|function| function.name).chain(["if"])
}

/// Calls a built-in function.
pub(super) fn call<'d>(lowering: &mut Lowering<'d>, call: &Call<'d>, meaning: Meaning) -> Result<CallResult> {
    match meaning {
        Meaning::Arithmetic(arithmetic) => arithmetic::call(lowering, call, arithmetic),
        Meaning::Summary(summary) => summary::call(lowering, call, summary),
        Meaning::Real(function) => arithmetic::real_function(lowering, call, Some(function)),
        Meaning::SquareRoot => arithmetic::real_function(lowering, call, None),
        Meaning::Absolute => arithmetic::absolute(lowering, call),
        Meaning::Rounding(rounding) => arithmetic::round(lowering, call, rounding),
        Meaning::Rint => arithmetic::rint(lowering, call),
        Meaning::Test(test) => Ok(logic::test(&mut lowering.builder, call, test)),
        Meaning::Comparison(comparison) => comparison::call(lowering, call, comparison),
        Meaning::IsIn => comparison::is_in(lowering, call, true),
        Meaning::IsNotIn => comparison::is_in(lowering, call, false),
        Meaning::And | Meaning::Or => logic::junction(lowering, call, meaning == Meaning::And),
        Meaning::Not => logic::negation(lowering, call),
        Meaning::String(function) => string::call(lowering, call, function),
        Meaning::Date(function) => date_function::call(lowering, call, function),
    }
}
