//! pmmlc
fn main() {}
