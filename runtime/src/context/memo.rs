//! What regular expressions made of the strings that a program knows.
//!
//! A category comes with thousands of rows, and what a pattern does with it is always the same. It is therefore remembered
//! by the numbers of the strings, for as long as the context lives: those of the dictionary do not change. A result that is
//! remembered costs the row's budget what it cost the first time, so that which rows fail does not depend on the rows before
//! them.

use super::call::Context;
use super::meter::Spent;
use crate::word::StringId;
use hashbrown::HashMap;

/// The largest number of results that a context remembers.
const MAX_RESULTS: usize = 4096;

/// A function that is remembered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Remembered {
    Matches,
    Replace,
}

/// A function with its arguments.
type Call = (Remembered, [StringId; 3]);

/// The results of a context.
#[derive(Debug, Default)]
pub(super) struct Memo(HashMap<Call, (StringId, Spent)>);

impl Context<'_> {
    /// Returns a function's result, which is a string's number or any other. Computes it unless all arguments are strings
    /// of the dictionary, it is remembered, and the row can pay for it.
    pub(super) fn remembered(
        &mut self,
        function: Remembered,
        arguments: [StringId; 3],
        compute: impl FnOnce(&mut Self) -> StringId,
    ) -> StringId {
        let call = (function, arguments);
        if let Some((result, spent)) = self.memo.0.get(&call)
            && self.meter.spend(*spent)
        {
            return *result;
        }
        let before = self.meter.balance();
        let result = compute(self);
        let is_known = |string: StringId| (string.number() as usize) < self.dictionary.len();
        // The other function's result is no string.
        let is_lasting = function == Remembered::Matches || is_known(result);
        if is_lasting
            && arguments.into_iter().all(is_known)
            && self.memo.0.len() < MAX_RESULTS
            && let Some(spent) = self.meter.spent_since(before)
        {
            self.memo.0.insert(call, (result, spent));
        }
        result
    }
}

#[cfg(test)]
mod tests {
    use crate::context::budget::{self, Budget};
    use crate::context::{Context, Dictionary, StringId, strings};
    use std::sync::Arc;

    #[test]
    fn results_are_remembered_and_paid_for() {
        let mut dictionary = Dictionary::default();
        let [text, pattern, with, result] = ["a-b", "-", "", "ab"].map(|string| dictionary.intern(string));
        let mut context = Context::shared(Arc::new(dictionary));
        for _ in 0..3 {
            assert_eq!(strings::replace(&mut context, text, pattern, with), result);
            assert!(strings::matches(&mut context, text, pattern));
            assert!(!strings::matches(&mut context, result, pattern));
        }
        assert_eq!(context.memo.0.len(), 3);

        // A row that cannot pay is exhausted, whether its results are remembered or not.
        for remembers in [true, false] {
            if !remembers {
                context.memo.0.clear();
            }
            context.set_budget(Budget { steps: 1, ..Budget::default() });
            strings::replace(&mut context, text, pattern, with);
            assert!(budget::exhausted(&mut context));
            assert_eq!(context.memo.0.is_empty(), !remembers);
        }
    }

    #[test]
    fn strings_of_rows_are_not_remembered() {
        let mut dictionary = Dictionary::default();
        let pattern = dictionary.intern("-");
        let mut context = Context::shared(Arc::new(dictionary));
        let text = context.intern("x-y");
        let replaced = strings::replace(&mut context, text, pattern, StringId::EMPTY);
        assert_eq!(context.string(replaced), "xy");
        assert!(strings::matches(&mut context, text, pattern));
        context.clear();
        // Another string has the number now.
        let text = context.intern("none");
        assert!(!strings::matches(&mut context, text, pattern));
        assert!(context.memo.0.is_empty());
    }
}
