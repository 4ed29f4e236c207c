//! Making and reading the lists of a call.

use super::call::Context;
use crate::compiled::Element;
use crate::word::{Item, List, StringId, Word};
use alloc::borrow::Cow;
use alloc::vec::Vec;

impl Context<'_> {
    /// Returns a new, empty list.
    pub fn new_list(&mut self) -> List {
        let mut items = self.free_lists.pop().unwrap_or_default();
        items.clear();
        self.lists.push(items);
        List(self.lists.len() as u32)
    }

    /// Appends an item to a list. Does nothing if the call did not make the list.
    pub fn push(&mut self, list: List, item: Item) {
        let index = (list.0 as usize).wrapping_sub(1);
        if let Some(items) = self.lists.get_mut(index) {
            items.push(item);
        }
    }

    /// Returns a new list of some items.
    pub fn list(&mut self, items: impl IntoIterator<Item = Item>) -> List {
        let list = self.new_list();
        for item in items {
            self.push(list, item);
        }
        list
    }

    /// Returns a new list of some numbers or booleans. NaN counts as missing, unless `keep_nan`.
    pub fn list_of<T: Word + Element>(&mut self, items: &[Option<T>], keep_nan: bool) -> List {
        let items = items.iter().map(|item| item.filter(|item| keep_nan || item.present().is_some()));
        self.list(items.map(|item| item.map(Word::word)))
    }

    /// Returns a new list of some strings.
    pub fn list_of_strings(&mut self, items: &[Option<&str>]) -> List {
        let list = self.new_list();
        for item in items {
            let item = item.map(|string| self.intern(string).word());
            self.push(list, item);
        }
        list
    }

    /// Returns a new list, which `make` fills from the strings and lists so far. It may use the given words,
    /// whose contents are arbitrary, as scratch space.
    pub fn list_with(&mut self, make: impl FnOnce(&Self, &mut Vec<Item>, &mut Vec<u64>)) -> List {
        let list = self.new_list();
        let index = (list.0 as usize).wrapping_sub(1);
        let mut items = self.lists.get_mut(index).map(core::mem::take).unwrap_or_default();
        let mut words = core::mem::take(&mut self.words);
        make(self, &mut items, &mut words);
        self.words = words;
        if let Some(place) = self.lists.get_mut(index) {
            *place = items;
        }
        list
    }

    /// Returns a new list of at most `items` items, as [`list_with`](Self::list_with) does, and charges the
    /// row for it. Returns the empty list if the budget does not allow it.
    pub fn metered_list(
        &mut self,
        items: usize,
        make: impl FnOnce(&Self, &mut Vec<Item>, &mut Vec<u64>),
    ) -> List {
        if self.charge_items(items) { self.list_with(make) } else { List::EMPTY }
    }

    /// Returns the items of a list of numbers or booleans so that they outlive the call.
    pub fn output_list<T: Word>(&self, list: List) -> Vec<Option<T>> {
        self.items(list).iter().map(|item| item.map(T::from_word)).collect()
    }

    /// Returns the items of a list of strings so that they outlive the call.
    pub fn output_strings(&self, list: List) -> Vec<Option<Cow<'static, str>>> {
        let string = |word: u64| self.output(StringId::from_word(word));
        self.items(list).iter().map(|item| item.map(string)).collect()
    }

    /// Returns the items of a list, or none if the call did not make the list.
    pub fn items(&self, list: List) -> &[Item] {
        let index = (list.0 as usize).wrapping_sub(1);
        self.lists.get(index).map(Vec::as_slice).unwrap_or_default()
    }
}
