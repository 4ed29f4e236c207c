//! Nothing: the crate is there for its edition and its test.

#![forbid(unsafe_code)]
