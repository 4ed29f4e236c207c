//! What messages about rows are made of: the reason why a value is invalid, names that are close to a misspelled one, and
//! values quoted so that they do no harm to a terminal or a log.

pub mod invalid;
pub mod nearest;
pub mod quote;
