//! All engines agree bit for bit on random documents and random rows: they return the same results, and the same failures for
//! the same reasons.
//!
//! A document is made from a list of numbers ([`choices`]), so that proptest shrinks a document on which engines differ to
//! a small one, which is printed. The numbers are always the same ones: a failure here comes from a change to the code.
//! `CASES=10000` tries more of them, `SEED=7` others.

mod choices;
mod engines;
mod expression;
mod fields;
mod model;
mod predicate;
mod rows;

use choices::Choices;
use engines::Verdict;
use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestError, TestRng, TestRunner};
use std::cell::RefCell;
use std::collections::BTreeMap;

/// The number of rows, more than one block and less than two.
const ROWS: usize = 80;

fn number(variable: &str, default: u64) -> u64 {
    std::env::var(variable).ok().and_then(|text| text.parse().ok()).unwrap_or(default)
}

#[test]
fn engines_agree() {
    let cases = number("CASES", 1000) as u32;
    let mut seed = [0; 32];
    seed[..8].copy_from_slice(&number("SEED", 1).to_le_bytes());
    let config = Config { cases, failure_persistence: None, max_shrink_iters: 2000, ..Config::default() };
    let mut runner = TestRunner::new_with_rng(config, TestRng::from_seed(RngAlgorithm::ChaCha, &seed));
    let tally = RefCell::new(Tally::default());
    let strategy = (proptest::collection::vec(any::<u32>(), 20..1200), any::<u32>());
    // A panic is reported once at the end, not for each smaller document.
    let hook = std::panic::take_hook();
    std::panic::set_hook(Box::new(|_| {}));
    let result = runner.run(&strategy, |(numbers, seed)| {
        let document = model::document(&mut Choices::new(&numbers));
        match engines::compare(&document, seed, |model| rows::rows(seed, model.signature(), ROWS)) {
            Verdict::Differed(how) => Err(TestCaseError::fail(how)),
            verdict => {
                tally.borrow_mut().count(verdict);
                Ok(())
            }
        }
    });
    std::panic::set_hook(hook);
    match result {
        Ok(()) => {}
        Err(TestError::Fail(reason, (numbers, _))) => {
            panic!("{reason}\n{}", model::document(&mut Choices::new(&numbers)))
        }
        Err(TestError::Abort(reason)) => panic!("{reason}"),
    }
    tally.into_inner().check();
}

/// Counts of the verdicts.
#[derive(Default)]
struct Tally {
    accepted: usize,
    scored: usize,
    refused: BTreeMap<String, usize>,
}

impl Tally {
    fn count(&mut self, verdict: Verdict) {
        match verdict {
            Verdict::Agreed { scored } => {
                self.accepted += 1;
                self.scored += scored;
            }
            Verdict::Refused(reason) => {
                let reason = reason.split_once(": ").map_or(reason.as_str(), |(_, message)| message);
                *self.refused.entry(reason.to_owned()).or_default() += 1;
            }
            Verdict::Differed(_) => {}
        }
    }

    /// Checks that most documents are accepted and most rows do not fail: the tests would show nothing otherwise.
    fn check(&self) {
        let refused: usize = self.refused.values().sum();
        for (reason, count) in &self.refused {
            println!("{count:5} refused: {reason}");
        }
        let rows = self.accepted * ROWS;
        println!(
            "{} accepted, {refused} refused; {} of {rows} rows have results",
            self.accepted, self.scored
        );
        assert!(self.accepted * 4 > (self.accepted + refused) * 3, "too many documents are refused");
        assert!(self.scored * 5 > rows, "too many rows fail");
    }
}
