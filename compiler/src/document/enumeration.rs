//! Enumerated attributes: a closed set of words, each a variant.

/// Declares an enum of the words that an attribute may hold, with their spelling.
///
/// `Target = "target" | "predicted"` reads both spellings and writes the first.
macro_rules! enumeration {
    (
        $(#[$meta:meta])*
        pub enum $name:ident {
            $( $(#[$variant_meta:meta])* $variant:ident = $word:literal $(| $alias:literal)* ),+ $(,)?
        }
    ) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum $name {
            $( $(#[$variant_meta])* $variant ),+
        }

        impl $name {
            /// Returns its spelling in a document.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $( $name::$variant => $word ),+
                }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(self.as_str())
            }
        }

        impl $crate::document::attribute::FromAttribute for $name {
            fn from_attribute(
                text: &str,
                _: &mut $crate::document::name::Interner,
            ) -> std::result::Result<Self, $crate::document::attribute::Expected> {
                match text.trim_ascii() {
                    $( $word $(| $alias)* => Ok($name::$variant), )+
                    _ => Err($crate::document::attribute::Expected::OneOf(&[$( $word ),+])),
                }
            }
        }
    };
}

pub(super) use enumeration;
