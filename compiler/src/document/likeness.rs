//! Equality of two elements, wherever they are in the document.
//!
//! Elements are compared by their debug output ([`fmt::Debug`]) without all positions. This is slow, but only needed in
//! a rare case: two elements that should have had different names.

use std::collections::hash_map::DefaultHasher;
use std::fmt::{self, Debug, Write};
use std::hash::Hasher;

/// Returns whether two elements are equal except for their positions.
pub(super) fn is_like<T: Debug>(left: &T, right: &T) -> bool {
    digest(left) == digest(right)
}

/// Returns the hash and the length of an element's debug output.
fn digest(element: &impl Debug) -> (u64, u64) {
    let mut digest = Digest { hasher: DefaultHasher::new(), length: 0, is_position: false };
    // Writing to a digest cannot fail.
    let _ = write!(digest, "{element:?}");
    (digest.hasher.finish(), digest.length)
}

/// A digest of a string that is written in pieces, without those that belong to a `Position`.
struct Digest {
    hasher: DefaultHasher,
    length: u64,
    is_position: bool,
}

impl Write for Digest {
    fn write_str(&mut self, piece: &str) -> fmt::Result {
        if self.is_position {
            self.is_position = !piece.ends_with('}');
        } else if piece == "Position" {
            self.is_position = true;
        } else {
            self.hasher.write(piece.as_bytes());
            self.length += piece.len() as u64;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Position;

    #[test]
    fn positions_do_not_matter_and_everything_else_does() {
        let at = |line| Position { line, column: 7 };
        assert!(is_like(&(at(1), "x", Some(at(20))), &(at(300), "x", Some(at(4)))));
        assert!(!is_like(&(at(1), "x", Some(at(2))), &(at(1), "y", Some(at(2)))));
        assert!(!is_like(&(at(1), "x", Some(at(2))), &(at(1), "x", None::<Position>)));
        assert!(!is_like(&(at(1), 1.0, at(2)), &(at(1), 2.0, at(2))));
    }
}
