//! The size of the automaton of a regular expression, estimated from its syntax.
//!
//! Matching takes a number of steps that is at most proportional to the length of the string times the states
//! of the automaton. The charge for it must be known in advance and must not depend on how the matcher works,
//! so states are counted here approximately as Thompson's construction makes them: one for each byte of a
//! literal, some for each range of a class, and copies for repetitions.

use regex_syntax::hir::{Class, Hir, HirKind, Visitor, visit};

/// The number of states, approximately, that a range of characters takes: it becomes up to four sequences of
/// bytes.
const STATES_OF_RANGE: u64 = 4;

/// Returns the number of states, at least 1, of a pattern of the `regex` crate; a large number if it is
/// malformed.
pub(super) fn of(pattern: &str) -> u64 {
    match regex_syntax::parse(pattern) {
        Ok(hir) => match visit(&hir, Counter::default()) {
            Ok(states) => states.max(1),
            Err(never) => match never {},
        },
        Err(_) => u64::from(u32::MAX),
    }
}

/// Counts states. The visitor keeps its own stack, so that nesting costs no recursion.
#[derive(Default)]
struct Counter {
    /// The numbers of states of the complete expressions whose parents are not complete.
    complete: alloc::vec::Vec<u64>,
}

impl Counter {
    fn take(&mut self, count: usize) -> u64 {
        let start = self.complete.len().saturating_sub(count);
        self.complete.drain(start..).fold(0, u64::saturating_add)
    }
}

impl Visitor for Counter {
    type Output = u64;
    type Err = core::convert::Infallible;

    fn finish(mut self) -> Result<u64, Self::Err> {
        Ok(self.complete.pop().unwrap_or(0))
    }

    fn visit_post(&mut self, hir: &Hir) -> Result<(), Self::Err> {
        let states = match hir.kind() {
            HirKind::Empty | HirKind::Look(_) => 1,
            HirKind::Literal(literal) => literal.0.len() as u64,
            HirKind::Class(Class::Unicode(class)) => {
                STATES_OF_RANGE.saturating_mul(class.ranges().len() as u64)
            }
            HirKind::Class(Class::Bytes(class)) => class.ranges().len() as u64,
            HirKind::Repetition(repetition) => {
                let copies = repetition.max.unwrap_or(repetition.min.saturating_add(1)).max(repetition.min);
                self.take(1).saturating_add(1).saturating_mul(u64::from(copies.max(1)))
            }
            HirKind::Capture(_) => self.take(1).saturating_add(2),
            HirKind::Concat(parts) => self.take(parts.len()),
            HirKind::Alternation(parts) => self.take(parts.len()).saturating_add(1),
        };
        self.complete.push(states);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::of;

    #[test]
    fn repetitions_multiply() {
        assert_eq!(of("abc"), 3);
        assert_eq!(of("(?:abc){10}"), 40);
        assert_eq!(of("(?:(?:ab){10}){10}"), 310);
        assert!(of(r"\w{100}") > 100_000);
        assert!(of("") >= 1 && of("(") > 1 << 30);
    }
}
