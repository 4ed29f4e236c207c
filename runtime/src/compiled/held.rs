//! The value that a failure is about, kept for its message.

use super::field::Field;
use crate::data_type::DataType;
use crate::diagnostics::invalid::Given;
#[cfg(feature = "alloc")]
use crate::diagnostics::invalid::in_list;
use crate::diagnostics::quote::quote;
use crate::number;
#[cfg(feature = "alloc")]
use alloc::{boxed::Box, string::String};
use core::fmt;

/// The number of bytes of a string that are kept, approximately: a message quotes 200 characters.
#[cfg(feature = "alloc")]
const KEPT: usize = 1024;

/// A value of an input.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Held {
    /// No value, or a missing one.
    Nothing,
    Boolean(bool),
    Integer(i64),
    Float(f32),
    Double(f64),
    #[cfg(feature = "alloc")]
    String(Box<str>),
    /// A string that is not a value of the type.
    #[cfg(feature = "alloc")]
    Unconvertible(Box<str>),
    /// The string of a list; which of its items is invalid, if that can be determined; and why.
    #[cfg(feature = "alloc")]
    List {
        text: Box<str>,
        reason: Box<str>,
    },
}

/// An input whose value can be kept.
pub trait Hold: sealed::Hold {}

mod sealed {
    use super::{Field, Held};

    /// The methods of the public trait of the same name.
    pub trait Hold {
        /// Keeps the value of a field.
        #[allow(private_interfaces, reason = "only this crate calls it")]
        fn hold(self, field: &'static Field) -> Held;
    }
}

impl<T: sealed::Hold> Hold for T {}

macro_rules! numbers {
    ($($ty:ty => $variant:ident),*) => {$(
        #[allow(private_interfaces, reason = "only this crate calls it")]
        impl sealed::Hold for Option<$ty> {
            fn hold(self, _: &'static Field) -> Held {
                self.map_or(Held::Nothing, Held::$variant)
            }
        }
    )*};
}

numbers!(bool => Boolean, i64 => Integer, f32 => Float, f64 => Double);

#[cfg(feature = "alloc")]
#[allow(private_interfaces, reason = "only this crate calls it")]
impl sealed::Hold for Option<&str> {
    fn hold(self, _: &'static Field) -> Held {
        self.map_or(Held::Nothing, |text| Held::String(kept(text)))
    }
}

#[cfg(feature = "alloc")]
fn kept(text: &str) -> Box<str> {
    text[..text.floor_char_boundary(KEPT)].into()
}

#[cfg(feature = "alloc")]
#[allow(private_interfaces, reason = "only this crate calls it")]
impl<'v, T: Copy + Into<Given<'v>>> sealed::Hold for Option<&'v [Option<T>]> {
    fn hold(self, field: &'static Field) -> Held {
        use core::fmt::Write;
        let Some(items) = self else { return Held::Nothing };
        let mut text = String::from("[");
        for (number, item) in items.iter().enumerate() {
            if text.len() > KEPT {
                break;
            }
            // Writing to a `String` cannot fail.
            let _ = match item {
                Some(item) => write!(text, "{}{}", comma(number), Plain((*item).into(), field)),
                None => write!(text, "{}null", comma(number)),
            };
        }
        text.push(']');
        let (item, reason) =
            field.declared().reason_of_items(items.iter().flatten().map(|item| (*item).into()));
        let reason = alloc::format!("{}", in_list(item.map(|item| Plain(item, field)), reason));
        Held::List { text: text.into(), reason: reason.into() }
    }
}

#[cfg(feature = "alloc")]
fn comma(number: usize) -> &'static str {
    if number == 0 { "" } else { ", " }
}

impl Held {
    /// Writes why the value is not valid for its field.
    pub fn write_reason(&self, field: &'static Field, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let given = match self {
            #[cfg(feature = "alloc")]
            Held::List { reason, .. } => return f.write_str(reason),
            // No engine finds a missing value invalid.
            Held::Nothing => return f.write_str("is not valid"),
            other => other.given(),
        };
        write!(f, "{}", field.declared().reason(given))
    }

    fn given(&self) -> Given<'_> {
        match self {
            Held::Boolean(value) => Given::Boolean(*value),
            Held::Integer(value) => Given::Integer(*value),
            Held::Float(value) => Given::Float(*value),
            Held::Double(value) => Given::Double(*value),
            #[cfg(feature = "alloc")]
            Held::String(text) => Given::String(text),
            #[cfg(feature = "alloc")]
            Held::Unconvertible(_) | Held::List { .. } => Given::Unconvertible,
            Held::Nothing => Given::Unconvertible,
        }
    }

    /// Returns the value's text for a message.
    pub fn quoted(&self, field: &'static Field) -> impl fmt::Display + '_ {
        fmt::from_fn(move |f| match self {
            #[cfg(feature = "alloc")]
            Held::String(text) | Held::Unconvertible(text) | Held::List { text, .. } => {
                write!(f, "{}", quote(text))
            }
            other => write!(f, "{}", Plain(other.given(), field)),
        })
    }
}

/// A value of a field, written as results of its type are.
struct Plain<'v>(Given<'v>, &'static Field);

impl fmt::Display for Plain<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Given::Unconvertible => Ok(()),
            Given::Boolean(value) => write!(f, "{value}"),
            Given::Float(value) => number::format_f32(value, f),
            Given::Double(value) => number::format_f64(value, f),
            Given::String(text) => write!(f, "{}", quote(text)),
            Given::Integer(value) => write_integer(value, self.1.data_type, f),
        }
    }
}

/// Writes an integer, or the date or time that it counts.
#[cfg(feature = "text")]
fn write_integer(value: i64, data_type: DataType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    match data_type {
        DataType::Integer => write!(f, "{value}"),
        date => f.write_str(&crate::date::data_types::format_date(date, value)),
    }
}

/// Writes an integer: without the feature `text`, there are no dates and times.
#[cfg(not(feature = "text"))]
fn write_integer(value: i64, _: DataType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    write!(f, "{value}")
}
