//! Empty: the crate exists only for its edition and its test.

#![forbid(unsafe_code)]
