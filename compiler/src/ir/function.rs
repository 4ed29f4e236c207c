//! The runtime functions that programs call.
//!
//! One table declares them all: the name that prints, the function of `pmml-runtime` behind it, and the
//! types. Everything that an engine needs follows from it: the signature for the verifier, a call on
//! constants for the interpreter and for constant folding, an address for machine code, a path for generated
//! source. So engines cannot disagree about what a function computes.
//!
//! *Pure* functions depend only on their arguments. Functions *in context* also read or extend the strings
//! and lists of the call; they too give equal results for equal arguments within a call. *Metered* functions
//! are functions in context that charge the row for what they take.

use super::types::Type;
use pmml_runtime::{Context, Word};

/// The types of a function's parameters and result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Signature {
    /// Whether the call's context comes before the other arguments.
    pub context: bool,
    /// The parameters' types.
    pub parameters: &'static [Type],
    /// The result's type.
    pub result: Type,
}

/// Rust's type for each of the IR's, under the IR's name.
#[allow(dead_code, reason = "no function may mention a type yet")]
mod rust {
    pub type Bool = bool;
    pub type I64 = i64;
    pub type F32 = f32;
    pub type F64 = f64;
    pub type String = pmml_runtime::StringId;
    pub type List = pmml_runtime::List;
}

macro_rules! functions {
    (
        pure { $($(#[$pure_meta:meta])* $pure:ident = $pure_name:literal: $($pure_path:ident)::+ ($($a:ident: $A:ident),*) -> $R:ident;)* }
        context { $($(#[$context_meta:meta])* $context:ident = $context_name:literal: $($context_path:ident)::+ ($($b:ident: $B:ident),*) -> $S:ident;)* }
        metered { $($(#[$metered_meta:meta])* $metered:ident = $metered_name:literal: $($metered_path:ident)::+ ($($c:ident: $C:ident),*) -> $T:ident;)* }
    ) => {
        functions! {
            @all
            pure { $($(#[$pure_meta])* $pure = $pure_name: $($pure_path)::+ ($($a: $A),*) -> $R;)* }
            context {
                $($(#[$context_meta])* $context = $context_name: $($context_path)::+ ($($b: $B),*) -> $S;)*
                $($(#[$metered_meta])* $metered = $metered_name: $($metered_path)::+ ($($c: $C),*) -> $T;)*
            }
        }

        impl Function {
            /// Returns whether the function charges the row that it runs for: see
            /// [`pmml_runtime::context::budget`]. Then a call is an effect: dropping, adding or merging calls
            /// would change which rows spend their budgets.
            pub fn is_metered(self) -> bool {
                matches!(self, $(Function::$metered)|*)
            }
        }
    };
    (
        @all
        pure { $($(#[$pure_meta:meta])* $pure:ident = $pure_name:literal: $($pure_path:ident)::+ ($($a:ident: $A:ident),*) -> $R:ident;)* }
        context { $($(#[$context_meta:meta])* $context:ident = $context_name:literal: $($context_path:ident)::+ ($($b:ident: $B:ident),*) -> $S:ident;)* }
    ) => {
        /// A runtime function.
        #[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
        pub enum Function {
            $($(#[$pure_meta])* $pure,)*
            $($(#[$context_meta])* $context,)*
        }

        impl Function {
            /// All functions.
            pub const ALL: &'static [Function] = &[$(Function::$pure,)* $(Function::$context,)*];

            /// Returns the name, as the IR prints it.
            pub fn name(self) -> &'static str {
                match self {
                    $(Function::$pure => $pure_name,)*
                    $(Function::$context => $context_name,)*
                }
            }

            /// Returns the path of the Rust function, below `pmml_runtime`.
            pub fn path(self) -> &'static [&'static str] {
                match self {
                    $(Function::$pure => &[$(stringify!($pure_path)),+],)*
                    $(Function::$context => &[$(stringify!($context_path)),+],)*
                }
            }

            /// Returns the types of the parameters and of the result.
            pub fn signature(self) -> Signature {
                match self {
                    $(Function::$pure => Signature { context: false, parameters: &[$(Type::$A),*], result: Type::$R },)*
                    $(Function::$context => Signature { context: true, parameters: &[$(Type::$B),*], result: Type::$S },)*
                }
            }

            /// Calls the function on the bits of its arguments, of which there must be as many as parameters
            /// (missing ones count as zero). Returns the bits of its result.
            pub fn call(self, context: &mut Context<'_>, arguments: &[u64]) -> u64 {
                let mut arguments = arguments.iter().copied();
                // Arguments are evaluated in order, so that each takes the next of the list.
                let mut next = || arguments.next().unwrap_or(0);
                match self {
                    $(Function::$pure => {
                        $(let $a = <rust::$A as Word>::from_word(next());)*
                        let result: rust::$R = pmml_runtime::$($pure_path)::+($($a),*);
                        result.word()
                    })*
                    $(Function::$context => {
                        $(let $b = <rust::$B as Word>::from_word(next());)*
                        let result: rust::$S = pmml_runtime::$($context_path)::+(context, $($b),*);
                        result.word()
                    })*
                }
            }

            /// Returns the address of an `extern "C"` function that does the same, for machine code. A
            /// function in context takes a pointer to a [`Context`] first.
            #[cfg(feature = "jit")]
            pub fn address(self) -> *const u8 {
                match self {
                    $(Function::$pure => {
                        extern "C" fn entry($($a: rust::$A),*) -> rust::$R {
                            pmml_runtime::$($pure_path)::+($($a),*)
                        }
                        entry as *const u8
                    })*
                    $(Function::$context => {
                        extern "C" fn entry(context: &mut Context<'_>, $($b: rust::$B),*) -> rust::$S {
                            pmml_runtime::$($context_path)::+(context, $($b),*)
                        }
                        entry as *const u8
                    })*
                }
            }
        }
    };
}

functions! {
    pure {
        /// e to the power of a number.
        Exp = "exp": math::exp(x: F64) -> F64;
        /// e to the power of a number, computed in double precision and rounded once.
        ExpSingle = "exp.f32": math::single::exp(x: F32) -> F32;
        /// e to the power of a number, minus 1.
        Expm1 = "expm1": math::expm1(x: F64) -> F64;
        /// The natural logarithm.
        Ln = "ln": math::ln(x: F64) -> F64;
        /// The natural logarithm of 1 and a number.
        Ln1p = "ln1p": math::ln1p(x: F64) -> F64;
        /// The logarithm to base 10.
        Log10 = "log10": math::log10(x: F64) -> F64;
        /// The sine.
        Sin = "sin": math::sin(x: F64) -> F64;
        /// The cosine.
        Cos = "cos": math::cos(x: F64) -> F64;
        /// The tangent.
        Tan = "tan": math::tan(x: F64) -> F64;
        /// The arc sine.
        Asin = "asin": math::asin(x: F64) -> F64;
        /// The arc cosine.
        Acos = "acos": math::acos(x: F64) -> F64;
        /// The arc tangent.
        Atan = "atan": math::atan(x: F64) -> F64;
        /// The hyperbolic sine.
        Sinh = "sinh": math::sinh(x: F64) -> F64;
        /// The hyperbolic cosine.
        Cosh = "cosh": math::cosh(x: F64) -> F64;
        /// The hyperbolic tangent.
        Tanh = "tanh": math::tanh(x: F64) -> F64;
        /// The angle of a point, by its ordinate and abscissa.
        Atan2 = "atan2": math::atan2(y: F64, x: F64) -> F64;
        /// The length of the hypotenuse.
        Hypot = "hypot": math::hypot(x: F64, y: F64) -> F64;
        /// A number to the power of another.
        Pow = "pow": math::pow(x: F64, y: F64) -> F64;
        /// The nearest whole number; on a tie, the even one.
        Rint = "rint": math::rint(x: F64) -> F64;
        /// The nearest whole number; on a tie, the greater one.
        RoundHalfUp = "round": math::round_half_up(x: F64) -> F64;
        /// The remainder of the division that rounds down.
        Modulo = "modulo": math::modulo(a: F64, b: F64) -> F64;
        /// The same for `f32`.
        ModuloSingle = "modulo.f32": math::single::modulo(a: F32, b: F32) -> F32;
        /// The lesser of two numbers; NaN counts as absent.
        MinIgnoringNan = "min": math::min_ignoring_nan(a: F64, b: F64) -> F64;
        /// The greater of two numbers; NaN counts as absent.
        MaxIgnoringNan = "max": math::max_ignoring_nan(a: F64, b: F64) -> F64;
        /// The error function.
        Erf = "erf": math::distribution::erf(x: F64) -> F64;
        /// The density of the standard normal distribution.
        StdNormalPdf = "std_normal_pdf": math::distribution::std_normal_pdf(x: F64) -> F64;
        /// The cumulative standard normal distribution.
        StdNormalCdf = "std_normal_cdf": math::distribution::std_normal_cdf(x: F64) -> F64;
        /// The quantiles of the standard normal distribution.
        StdNormalIdf = "std_normal_idf": math::distribution::std_normal_idf(p: F64) -> F64;
        /// The density of a normal distribution.
        NormalPdf = "normal_pdf": math::distribution::normal_pdf(x: F64, mu: F64, sigma: F64) -> F64;
        /// A cumulative normal distribution.
        NormalCdf = "normal_cdf": math::distribution::normal_cdf(x: F64, mu: F64, sigma: F64) -> F64;
        /// The quantiles of a normal distribution.
        NormalIdf = "normal_idf": math::distribution::normal_idf(p: F64, mu: F64, sigma: F64) -> F64;
        /// The logarithm of the upper tail of a Poisson distribution.
        PoissonLogSurvival = "poisson_log_survival": math::distribution::poisson_log_survival(q: F64, lambda: F64) -> F64;
        /// The density of a Poisson distribution.
        PoissonDensity = "poisson_density": math::distribution::poisson_density(k: F64, mean: F64) -> F64;
        /// Whether the sum of two integers exceeds the type.
        AddOverflows = "overflows.add": math::integer::add_overflows(a: I64, b: I64) -> Bool;
        /// Whether the difference of two integers exceeds the type.
        SubtractOverflows = "overflows.subtract": math::integer::subtract_overflows(a: I64, b: I64) -> Bool;
        /// Whether the product of two integers exceeds the type.
        MultiplyOverflows = "overflows.multiply": math::integer::multiply_overflows(a: I64, b: I64) -> Bool;
        /// The quotient of integers, rounded towards zero, or 0 if there is none.
        DivideI64 = "divide.i64": math::integer::divide(a: I64, b: I64) -> I64;
        /// Whether two integers have no quotient.
        CannotDivideI64 = "cannot.divide.i64": math::integer::cannot_divide(a: I64, b: I64) -> Bool;
        /// The remainder of the division of integers that rounds down, or 0 if there is none.
        ModuloI64 = "modulo.i64": math::integer::modulo(a: I64, b: I64) -> I64;
        /// Whether there is no remainder, because the divisor is 0.
        CannotModuloI64 = "cannot.modulo.i64": math::integer::cannot_modulo(a: I64, b: I64) -> Bool;
        /// An integer to the power of another, or 0 if there is no such integer.
        PowI64 = "pow.i64": math::integer::pow(base: I64, exponent: I64) -> I64;
        /// Whether an integer to the power of another is not an integer.
        CannotPowI64 = "cannot.pow.i64": math::integer::cannot_pow(base: I64, exponent: I64) -> Bool;
        /// Whether a whole number is NaN or exceeds the integers.
        ExceedsI64 = "exceeds.i64": math::integer::exceeds(x: F64) -> Bool;
        /// Whether a position and a length can be those of a substring.
        HasSubstring = "has_substring": text::has_substring(start: I64, length: I64) -> Bool;
        /// The days from the first of January of a year to a date.
        DaysSinceYear = "days_since_year": context::dates::days_since_year(date: I64, year: I64) -> I64;
        /// The seconds from the start of a year to a date with time.
        SecondsSinceYear = "seconds_since_year": context::dates::seconds_since_year(date_time: I64, year: I64) -> I64;
        /// Whether the calendar has a year.
        IsYear = "is_year": context::dates::is_year(year: I64) -> Bool;

        // Links.
        /// A number to the power of another, computed in double precision and rounded once.
        PowerSingle = "power.f32": math::single::pow(x: F32, y: F32) -> F32;
        /// The logistic function, the inverse of the logit.
        Logistic = "logistic": math::link::logistic(x: F64) -> F64;
        /// The logistic function, each step in single precision.
        LogisticSingle = "logistic.f32": math::link::logistic_single(x: F32) -> F32;
        /// The inverse of the complementary log-log.
        InverseCloglog = "inverse.cloglog": math::link::inverse_cloglog(x: F64) -> F64;
        /// The inverse of the complementary log-log, each step in single precision.
        InverseCloglogSingle = "inverse.cloglog.f32": math::link::inverse_cloglog_single(x: F32) -> F32;
        /// The inverse of the log-log.
        InverseLoglog = "inverse.loglog": math::link::inverse_loglog(x: F64) -> F64;
        /// The inverse of the log-log, each step in single precision.
        InverseLoglogSingle = "inverse.loglog.f32": math::link::inverse_loglog_single(x: F32) -> F32;
        /// The inverse of the cauchit.
        InverseCauchit = "inverse.cauchit": math::link::inverse_cauchit(x: F64) -> F64;
        /// The inverse of the cauchit, each step in single precision.
        InverseCauchitSingle = "inverse.cauchit.f32": math::link::inverse_cauchit_single(x: F32) -> F32;
    }
    context {
        /// The median of a list of `f64`.
        Median = "median": context::ensemble::median(list: List) -> F64;
        /// The weighted median of a list of `f64`, given their weights.
        WeightedMedian = "median.weighted": context::ensemble::weighted_median(values: List, weights: List) -> F64;
        /// The items of a list at whose indices a list of booleans holds true.
        Selected = "selected": context::ensemble::selected(list: List, chosen: List) -> List;
        /// A string's length in UTF-16 units.
        StringLength = "string_length": context::strings::string_length(text: String) -> I64;
        /// Whether a number can be written with a pattern.
        CanFormatF64 = "can_format.f64": context::strings::can_format_f64(number: F64, pattern: String) -> Bool;
        /// Whether an integer can be written with a pattern.
        CanFormatI64 = "can_format.i64": context::strings::can_format_i64(number: I64, pattern: String) -> Bool;
        /// Whether a date can be written with a pattern.
        CanFormatDate = "can_format.date": context::dates::can_format_date(value: I64, pattern: String) -> Bool;
        /// Whether a time of day can be written with a pattern.
        CanFormatTime = "can_format.time": context::dates::can_format_time(value: I64, pattern: String) -> Bool;
        /// Whether a date with time can be written with a pattern.
        CanFormatDateTime = "can_format.date_time": context::dates::can_format_date_time(value: I64, pattern: String) -> Bool;
        /// How often a phrase occurs.
        Frequency = "frequency": context::text_index::frequency(phrases: List, phrase: String) -> I64;
        /// How often the most frequent phrase occurs.
        GreatestFrequency = "greatest_frequency": context::text_index::greatest_frequency(phrases: List) -> I64;
        /// A part, as a list, of an array of the program that has several.
        ArrayPart = "array.part": context::arrays::part(array: I64, number: I64) -> List;
        /// The numbers of the rules that a list of items selects in an array of the program.
        MatchingRules = "rules.matching": context::association_rules::matching(rules: I64, items: List, selection: I64) -> List;
        /// A list, followed by another one.
        ListAppend = "list.append": context::lists::append(list: List, other: List) -> List;
        /// The number of items of a list that are not missing.
        ListCount = "list.count": context::lists::count(list: List) -> I64;
        /// The number of items of a list.
        ListLength = "list.length": context::lists::length(list: List) -> I64;
        /// Whether there is an item at an index, and it is not missing.
        HasItem = "list.has": context::lists::has_item(list: List, index: I64) -> Bool;
        /// The item of a list at an index, as a bool.
        ItemBool = "list.bool": context::lists::item_bool(list: List, index: I64) -> Bool;
        /// The item of a list at an index, as an integer.
        ItemI64 = "list.i64": context::lists::item_i64(list: List, index: I64) -> I64;
        /// The item of a list at an index, as an `f32`.
        ItemF32 = "list.f32": context::lists::item_f32(list: List, index: I64) -> F32;
        /// The item of a list at an index, as an `f64`.
        ItemF64 = "list.f64": context::lists::item_f64(list: List, index: I64) -> F64;
        /// The item of a list at an index, as a string.
        ItemString = "list.string": context::lists::item_string(list: List, index: I64) -> String;
        /// The sum of a list of `f64`.
        ListSum = "list.sum": context::lists::sum(list: List) -> F64;
        /// The product of a list of `f64`.
        ListProduct = "list.product": context::lists::product(list: List) -> F64;
        /// The mean of a list of `f64`.
        ListMean = "list.mean": context::lists::mean(list: List) -> F64;
        /// The least of a list of `f64`.
        ListMin = "list.min": context::lists::min(list: List) -> F64;
        /// The greatest of a list of `f64`.
        ListMax = "list.max": context::lists::max(list: List) -> F64;
        /// The standard deviation of a list of `f64`.
        StandardDeviation = "list.sd": context::lists::standard_deviation(list: List) -> F64;
        /// Strings by the totals of their `f64`.
        RankedByTotal = "ranked.f64": context::ranking::ranked_by_total(strings: List, numbers: List) -> List;
        /// Strings by the totals of their `f32`.
        RankedByTotalSingle = "ranked.f32": context::ranking::ranked_by_total_single(strings: List, numbers: List) -> List;
        /// -1, 0 or 1, as the first string comes before, equals or comes after the second.
        CompareStrings = "compare": context::strings::compare(left: String, right: String) -> I64;
        /// Whether a string is an `f64`.
        StringIsF64 = "is.f64": context::strings::is_f64(text: String) -> Bool;
        /// A string as an `f64`.
        StringToF64 = "to.f64": context::strings::to_f64(text: String) -> F64;
        /// The string of an `f64`.
        F64ToString = "string.f64": context::strings::from_f64(value: F64) -> String;
        /// Whether a string is an `f32`.
        StringIsF32 = "is.f32": context::strings::is_f32(text: String) -> Bool;
        /// A string as an `f32`.
        StringToF32 = "to.f32": context::strings::to_f32(text: String) -> F32;
        /// The string of an `f32`.
        F32ToString = "string.f32": context::strings::from_f32(value: F32) -> String;
        /// Whether a string is an integer.
        StringIsI64 = "is.i64": context::strings::is_i64(text: String) -> Bool;
        /// A string as an integer.
        StringToI64 = "to.i64": context::strings::to_i64(text: String) -> I64;
        /// The string of an integer.
        I64ToString = "string.i64": context::strings::from_i64(value: I64) -> String;
        /// Whether a string is a boolean.
        StringIsBool = "is.bool": context::strings::is_bool(text: String) -> Bool;
        /// A string as a boolean.
        StringToBool = "to.bool": context::strings::to_bool(text: String) -> Bool;
        /// The string of a boolean.
        BoolToString = "string.bool": context::strings::from_bool(value: Bool) -> String;
        /// Whether a string is a date.
        StringIsDate = "is.date": context::strings::is_date(text: String) -> Bool;
        /// A string as a date.
        StringToDate = "to.date": context::strings::to_date(text: String) -> I64;
        /// The string of a date.
        DateToString = "string.date": context::strings::from_date(value: I64) -> String;
        /// Whether a string is a time of day.
        StringIsTime = "is.time": context::strings::is_time(text: String) -> Bool;
        /// A string as a time of day.
        StringToTime = "to.time": context::strings::to_time(text: String) -> I64;
        /// The string of a time of day.
        TimeToString = "string.time": context::strings::from_time(value: I64) -> String;
        /// Whether a string is a date with time.
        StringIsDateTime = "is.date_time": context::strings::is_date_time(text: String) -> Bool;
        /// A string as a date with time.
        StringToDateTime = "to.date_time": context::strings::to_date_time(text: String) -> I64;
        /// The string of a date with time.
        DateTimeToString = "string.date_time": context::strings::from_date_time(value: I64) -> String;
        /// Whether a string is a number of seconds, written as hours, minutes and seconds.
        StringIsTimeSeconds = "is.time_seconds": context::strings::is_time_seconds(text: String) -> Bool;
        /// A string as such a number of seconds.
        StringToTimeSeconds = "to.time_seconds": context::strings::to_time_seconds(text: String) -> I64;
        /// The first items of a list.
        ListFirst = "list.first": context::lists::first(list: List, count: I64) -> List;
        /// The indices of a list of `f64`, the least first or, descending, the greatest.
        Ranking = "list.ranking": context::lists::ranking(list: List, descending: Bool) -> List;
        /// The items of a list at the indices that another one holds.
        AtPlaces = "list.at": context::lists::at_places(list: List, places: List) -> List;
    }
    metered {
        /// Whether the row's budget is spent.
        Exhausted = "exhausted": context::budget::exhausted() -> Bool;
        /// A string in upper case.
        Uppercase = "uppercase": context::strings::uppercase(text: String) -> String;
        /// A string in lower case.
        Lowercase = "lowercase": context::strings::lowercase(text: String) -> String;
        /// A string without the blanks at its ends.
        TrimBlanks = "trim_blanks": context::strings::trim_blanks(text: String) -> String;
        /// Part of a string.
        Substring = "substring": context::strings::substring(text: String, start: I64, length: I64) -> String;
        /// Whether a string is a valid regular expression.
        IsPattern = "is_pattern": context::strings::is_pattern(pattern: String) -> Bool;
        /// Whether a regular expression matches anywhere in a string.
        Matches = "matches": context::strings::matches(text: String, pattern: String) -> Bool;
        /// Whether a string can replace the matches of a regular expression.
        IsReplacement = "is_replacement": context::strings::is_replacement(pattern: String, replacement: String) -> Bool;
        /// A string with every match of a regular expression replaced.
        Replace = "replace": context::strings::replace(text: String, pattern: String, replacement: String) -> String;
        /// A string with the matches of some regular expressions replaced until nothing changes.
        ReplaceAll = "replace_all": context::strings::replace_all(text: String, patterns: List, replacements: List) -> String;
        /// A number, written with a pattern.
        FormatF64 = "format.f64": context::strings::format_f64(number: F64, pattern: String) -> String;
        /// An integer, written with a pattern.
        FormatI64 = "format.i64": context::strings::format_i64(number: I64, pattern: String) -> String;
        /// A date, written with a pattern.
        FormatDate = "format.date": context::dates::format_date(value: I64, pattern: String) -> String;
        /// A time of day, written with a pattern.
        FormatTime = "format.time": context::dates::format_time(value: I64, pattern: String) -> String;
        /// A date with time, written with a pattern.
        FormatDateTime = "format.date_time": context::dates::format_date_time(value: I64, pattern: String) -> String;
        /// The words of a string.
        Tokenize = "tokenize": context::text_index::tokenize(text: String, pattern: String, matches_words: Bool, case_sensitive: Bool) -> List;
        /// The phrase that consists of some words.
        Phrase = "phrase": context::text_index::phrase(words: List) -> String;
        /// How often each phrase of a certain number of words occurs.
        Phrases = "phrases": context::text_index::phrases(words: List, length: I64) -> List;
        /// How often a term occurs, with some letters different.
        CountSimilar = "count_similar": context::text_index::count_similar(words: List, term: List, distance: I64, best_only: Bool) -> I64;
        /// The words of an array of the program at the indices in a list.
        ArrayPick = "array.pick": context::arrays::pick(array: I64, indices: List) -> List;
        /// The indices of the items of a list in an array of the program in ascending order.
        ArrayPlaces = "array.places": context::arrays::places(array: I64, list: List) -> List;
        /// A list with the first word of an array of the program in place of missing items.
        ArrayFill = "array.fill": context::arrays::fill(array: I64, list: List) -> List;
        /// A list in which the items at whose indices another one has an item are missing.
        ListExcept = "list.except": context::lists::except(list: List, other: List) -> List;
        /// A list of integers as one of `f64`.
        DoublesOfI64 = "list.f64.i64": context::lists::doubles_of_i64(list: List) -> List;
        /// A list of `f32` as one of `f64`.
        DoublesOfF32 = "list.f64.f32": context::lists::doubles_of_f32(list: List) -> List;
        /// One string, followed by another one.
        Concat = "concat": context::strings::concat(left: String, right: String) -> String;
    }
}

impl std::fmt::Display for Function {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}
