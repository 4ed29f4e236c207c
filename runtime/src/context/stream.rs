//! Histories of the rows of a stream, which `Lag` looks back at.

use super::call::Context;
use crate::word::{Item, List, StringId, Word};
use alloc::boxed::Box;
use alloc::collections::VecDeque;
use alloc::vec::Vec;

/// The previous values of some fields, kept between the rows of one stream.
///
/// Streams are explicit: a caller that scores rows in order owns a `Stream` and passes it along. A stream
/// outlives the contexts of its calls, so it keeps the strings themselves, not their numbers.
#[derive(Clone, Debug, Default)]
pub struct Stream {
    histories: Vec<VecDeque<Recorded>>,
}

#[derive(Clone, Debug)]
enum Recorded {
    Missing,
    Bits(u64),
    String(Box<str>),
}

impl Stream {
    /// Returns the previous values of a history, most recent first, as a new list of the call.
    pub fn recall(&self, context: &mut Context<'_>, history: usize) -> List {
        let recorded = self.histories.get(history);
        let bytes = |recorded: &Recorded| match recorded {
            Recorded::String(string) => string.len(),
            _ => 0,
        };
        let bytes = recorded.into_iter().flatten().map(bytes).fold(0, usize::saturating_add);
        if !context.charge_bytes(bytes) || !context.charge_items(recorded.map_or(0, VecDeque::len)) {
            return List::EMPTY;
        }
        let list = context.new_list();
        for recorded in recorded.into_iter().flatten() {
            let item = match recorded {
                Recorded::Missing => None,
                Recorded::Bits(bits) => Some(*bits),
                Recorded::String(string) => Some(context.intern(string).number() as u64),
            };
            context.push(list, item);
        }
        list
    }

    /// Returns what a history holds before a row, as a new list of the call, and adds the row's own value to
    /// it. A history that restarts at the row holds nothing before it; it keeps `length` values.
    pub fn next(
        &mut self,
        context: &mut Context<'_>,
        history: usize,
        length: usize,
        is_string: bool,
        restart: bool,
        item: Item,
    ) -> List {
        if restart {
            self.restart(history);
        }
        let list = self.recall(context, history);
        if is_string {
            self.record_string(context, history, length, item.map(StringId::from_word));
        } else {
            self.record(history, length, item);
        }
        list
    }

    /// Forgets the previous values of a history.
    pub fn restart(&mut self, history: usize) {
        if let Some(values) = self.histories.get_mut(history) {
            values.clear();
        }
    }

    /// Adds a row's value to a history that keeps `length` values, none of them strings.
    pub fn record(&mut self, history: usize, length: usize, value: Item) {
        self.add(history, length, value.map_or(Recorded::Missing, Recorded::Bits));
    }

    /// Adds a row's string to a history that keeps `length` strings.
    pub fn record_string(
        &mut self,
        context: &Context<'_>,
        history: usize,
        length: usize,
        string: Option<StringId>,
    ) {
        let recorded =
            string.map_or(Recorded::Missing, |string| Recorded::String(context.string(string).into()));
        self.add(history, length, recorded);
    }

    /// Adds a value to a history that keeps `length` values.
    fn add(&mut self, history: usize, length: usize, value: Recorded) {
        if self.histories.len() <= history {
            self.histories.resize_with(history + 1, VecDeque::new);
        }
        let values = &mut self.histories[history];
        values.push_front(value);
        values.truncate(length);
    }
}
