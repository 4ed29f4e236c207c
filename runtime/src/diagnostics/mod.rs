//! What messages about rows are made of: why a value is invalid, names that are close to a misspelled one,
//! and quoting, so that values do no harm to a terminal or a log.

pub mod invalid;
pub mod nearest;
pub mod quote;
