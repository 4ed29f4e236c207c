//! Warnings about a document: each distinct one once, with the position of its first occurrence and the number of
//! occurrences.
//!
//! Exporters repeat themselves: an attribute that is misspelled once is misspelled in every node of a forest, and one
//! warning about it is enough.

use super::{Name, Position};
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::fmt;

/// Maximum number of distinct warnings.
const WARNINGS: usize = 1_000;

/// Something in the document that was ignored.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Warning {
    /// The element's position.
    pub position: Position,
    /// The element's name.
    pub element: Name,
    /// What was ignored.
    pub message: String,
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.position, self.message)
    }
}

/// Collects warnings. Those with the same message are one.
#[derive(Debug, Default)]
pub(crate) struct Warnings {
    list: Vec<Warning>,
    /// The number of occurrences of each.
    counts: Vec<u64>,
    /// The index of each message in the list.
    places: HashMap<String, usize>,
}

impl Warnings {
    /// Adds a warning and returns its number, for [`Warnings::again`]; returns `None` if there are too many.
    pub(crate) fn add(&mut self, position: Position, element: &str, message: String) -> Option<usize> {
        let is_full = self.list.len() >= WARNINGS;
        match self.places.entry(message) {
            Entry::Occupied(entry) => {
                let place = *entry.get();
                self.again(place);
                Some(place)
            }
            Entry::Vacant(_) if is_full => None,
            Entry::Vacant(entry) => {
                let (place, message) = (self.list.len(), entry.key().clone());
                entry.insert(place);
                self.list.push(Warning { position, element: element.into(), message });
                self.counts.push(1);
                Some(place)
            }
        }
    }

    /// Counts another occurrence of a warning.
    pub(crate) fn again(&mut self, place: usize) {
        if let Some(count) = self.counts.get_mut(place) {
            *count += 1;
        }
    }

    /// Returns the warnings in order of first occurrence.
    pub(crate) fn finish(mut self) -> Vec<Warning> {
        for (warning, count) in self.list.iter_mut().zip(&self.counts).filter(|(_, count)| **count > 1) {
            warning.message.push_str(&format!(" (in {count} places)"));
        }
        self.list
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_warnings_are_counted() {
        let mut warnings = Warnings::default();
        let at = |line| Position { line, column: 1 };
        let first = warnings.add(at(3), "a", "odd".to_owned()).expect("the limit is not reached");
        warnings.add(at(4), "b", "new".to_owned());
        warnings.add(at(5), "a", "odd".to_owned());
        warnings.again(first);
        let strings: Vec<String> = warnings.finish().iter().map(Warning::to_string).collect();
        assert_eq!(strings, ["3:1: odd (in 3 places)", "4:1: new"]);
    }

    #[test]
    fn warnings_are_bounded() {
        let mut warnings = Warnings::default();
        for number in 0..2 * WARNINGS {
            warnings.add(Position::START, "a", number.to_string());
        }
        assert_eq!(warnings.finish().len(), WARNINGS);
    }
}
