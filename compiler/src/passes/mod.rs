//! Passes: what happens to a program between lowering and an engine.

pub mod expand;
pub mod pack;
pub mod stage;
