//! What is known about a feature at a node of a tree: what the tests on the path to the node determine.

use crate::ir::{SetData, Test};

/// The largest number of elements of sets that are kept; beyond that the knowledge is dropped.
const ELEMENTS: usize = 64;

/// What is known about a feature.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Known {
    /// Whether it is present.
    pub presence: Option<bool>,
    /// What its value is if it is present.
    pub value: KnownValue,
}

/// What is known about a feature's value, provided that it has one.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct KnownValue {
    /// Whether it may be NaN. Unless it is, it is between the bounds.
    pub nan: bool,
    lower: Bound,
    upper: Bound,
    /// The outcome of [`Test::True`].
    truth: Option<bool>,
    /// The keys (as in sets) that it is one of.
    among: Option<Vec<u64>>,
    /// Keys that it is not one of.
    without: Vec<u64>,
}

/// A bound of numbers, inclusive or exclusive.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Bound {
    number: f64,
    included: bool,
}

impl KnownValue {
    /// Returns that nothing is known, except that it is not NaN unless `nan`.
    pub fn any(nan: bool) -> Self {
        Self {
            nan,
            lower: Bound { number: f64::NEG_INFINITY, included: true },
            upper: Bound { number: f64::INFINITY, included: true },
            truth: None,
            among: None,
            without: Vec::new(),
        }
    }

    /// Returns the outcome of a test, if that is known. `set` is the set of a [`Test::In`].
    pub fn outcome(&self, test: Test, set: Option<&SetData>) -> Option<bool> {
        let Bound { number: lower, included: lower_included } = self.lower;
        let Bound { number: upper, included: upper_included } = self.upper;
        // Whether all numbers between the bounds pass, and whether none does.
        let (all, none) = match test {
            Test::Present => return Some(true),
            Test::True => return self.truth,
            Test::In(_) => return self.contained(set?),
            Test::Less(number) => (upper < number || upper == number && !upper_included, lower >= number),
            Test::LessOrEqual(number) => {
                (upper <= number, lower > number || lower == number && !lower_included)
            }
            Test::Greater(number) => (lower > number || lower == number && !lower_included, upper <= number),
            Test::GreaterOrEqual(number) => {
                (lower >= number, upper < number || upper == number && !upper_included)
            }
            Test::Equal(number) => self.equal(number),
            Test::NotEqual(number) => {
                let (all, none) = self.equal(number);
                (none, all)
            }
        };
        let nan_passes = matches!(test, Test::NotEqual(_));
        if all && (!self.nan || nan_passes) {
            Some(true)
        } else if none && (!self.nan || !nan_passes) {
            Some(false)
        } else {
            None
        }
    }

    /// Returns whether all numbers between the bounds equal a number, and whether none does.
    fn equal(&self, number: f64) -> (bool, bool) {
        let (lower, upper) = (self.lower, self.upper);
        let below = number < lower.number || number == lower.number && !lower.included;
        let above = number > upper.number || number == upper.number && !upper.included;
        (lower.number == number && upper.number == number, below || above)
    }

    fn contained(&self, set: &SetData) -> Option<bool> {
        let contains = |key: &u64| set.elements.binary_search(key).is_ok();
        match &self.among {
            Some(among) if among.iter().all(contains) => Some(true),
            Some(among) if !among.iter().any(contains) => Some(false),
            _ if set.elements.iter().all(|key| self.without.contains(key)) => Some(false),
            _ => None,
        }
    }

    /// Returns what is known once a test has had an outcome.
    pub fn after(&self, test: Test, set: Option<&SetData>, outcome: bool) -> Self {
        let mut known = self.clone();
        match (test, outcome) {
            (Test::Present, _) => {}
            (Test::True, _) => known.truth = Some(outcome),
            (Test::In(_), _) => {
                if let Some(set) = set {
                    known.learn_contained(set, outcome);
                }
            }
            (Test::Less(number), true) => known.at_most(number, false),
            (Test::LessOrEqual(number), true) => known.at_most(number, true),
            (Test::Greater(number), true) => known.at_least(number, false),
            (Test::GreaterOrEqual(number), true) => known.at_least(number, true),
            // A value that fails a test of order is NaN or passes the opposite test.
            (Test::Less(number), false) => known.at_least(number, true),
            (Test::LessOrEqual(number), false) => known.at_least(number, false),
            (Test::Greater(number), false) => known.at_most(number, true),
            (Test::GreaterOrEqual(number), false) => known.at_most(number, false),
            (Test::Equal(number), true) | (Test::NotEqual(number), false) => {
                known.at_least(number, true);
                known.at_most(number, true);
            }
            (Test::Equal(number), false) | (Test::NotEqual(number), true) => {
                for bound in [&mut known.lower, &mut known.upper] {
                    bound.included &= bound.number != number;
                }
            }
        }
        let nan_fails = match test {
            Test::NotEqual(_) => !outcome,
            Test::Less(_)
            | Test::LessOrEqual(_)
            | Test::Greater(_)
            | Test::GreaterOrEqual(_)
            | Test::Equal(_)
            // No set contains NaN.
            | Test::In(_) => outcome,
            Test::True | Test::Present => false,
        };
        known.nan &= !nan_fails;
        known
    }

    fn at_most(&mut self, number: f64, included: bool) {
        let tighter = number < self.upper.number || number == self.upper.number && !included;
        if tighter {
            self.upper = Bound { number, included };
        }
    }

    fn at_least(&mut self, number: f64, included: bool) {
        let tighter = number > self.lower.number || number == self.lower.number && !included;
        if tighter {
            self.lower = Bound { number, included };
        }
    }

    fn learn_contained(&mut self, set: &SetData, outcome: bool) {
        let contains = |key: &u64| set.elements.binary_search(key).is_ok();
        match &mut self.among {
            Some(among) => among.retain(|key| contains(key) == outcome),
            among @ None if outcome && set.elements.len() <= ELEMENTS => {
                let elements = set.elements.iter().copied();
                *among = Some(elements.filter(|key| !self.without.contains(key)).collect());
            }
            None => {}
        }
        if !outcome && self.without.len() + set.elements.len() <= ELEMENTS {
            self.without.extend(&set.elements);
        }
    }
}
