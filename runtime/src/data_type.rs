//! The standard's data types and operational types, which describe the fields of a model.

/// Declares an enum of the standard's words.
macro_rules! words {
    (
        $(#[$meta:meta])*
        pub enum $name:ident {
            $( $(#[$variant_meta:meta])* $variant:ident = $word:literal ),+ $(,)?
        }
    ) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum $name {
            $( $(#[$variant_meta])* $variant ),+
        }

        impl $name {
            /// All variants.
            pub const ALL: &'static [$name] = &[$($name::$variant),+];

            /// The words of all variants, in the same order.
            pub const WORDS: &'static [&'static str] = &[$($word),+];

            /// Returns the word that denotes it in a document.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $( $name::$variant => $word ),+
                }
            }

            /// Returns the variant that a word denotes.
            pub fn from_word(word: &str) -> Option<Self> {
                match word {
                    $( $word => Some($name::$variant), )+
                    _ => None,
                }
            }
        }

        impl core::fmt::Display for $name {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                f.pad(self.as_str())
            }
        }
    };
}

words! {
    /// How the values of a field are stored and compared.
    #[allow(missing_docs, reason = "the variants are the standard's words")]
    pub enum DataType {
        String = "string",
        Integer = "integer",
        Float = "float",
        Double = "double",
        Boolean = "boolean",
        Date = "date",
        Time = "time",
        DateTime = "dateTime",
        DateDaysSince0 = "dateDaysSince[0]",
        DateDaysSince1960 = "dateDaysSince[1960]",
        DateDaysSince1970 = "dateDaysSince[1970]",
        DateDaysSince1980 = "dateDaysSince[1980]",
        DateDaysSince1990 = "dateDaysSince[1990]",
        DateDaysSince2000 = "dateDaysSince[2000]",
        DateDaysSince2010 = "dateDaysSince[2010]",
        DateDaysSince2020 = "dateDaysSince[2020]",
        TimeSeconds = "timeSeconds",
        DateTimeSecondsSince0 = "dateTimeSecondsSince[0]",
        DateTimeSecondsSince1960 = "dateTimeSecondsSince[1960]",
        DateTimeSecondsSince1970 = "dateTimeSecondsSince[1970]",
        DateTimeSecondsSince1980 = "dateTimeSecondsSince[1980]",
        DateTimeSecondsSince1990 = "dateTimeSecondsSince[1990]",
        DateTimeSecondsSince2000 = "dateTimeSecondsSince[2000]",
        DateTimeSecondsSince2010 = "dateTimeSecondsSince[2010]",
        DateTimeSecondsSince2020 = "dateTimeSecondsSince[2020]",
    }
}

words! {
    /// Which operations a field's values admit.
    pub enum OpType {
        /// Values can be compared for equality.
        Categorical = "categorical",
        /// Values have an order, that of their `Value` elements.
        Ordinal = "ordinal",
        /// Values can be used in arithmetic.
        Continuous = "continuous",
    }
}
