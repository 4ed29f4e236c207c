//! Functions on lists in the context of a call, which programs call for `Aggregate` and `Lag`. Missing items
//! are skipped. Functions that make a list as long as one that comes in with a row are
//! [metered](crate::context::budget); the others get lists whose length the document determines.

use super::call::Context;
use crate::math;
use crate::word::{Item, List, StringId};
use alloc::vec::Vec;
use core::cmp::Ordering;

fn present<'c>(context: &'c Context<'_>, list: List) -> impl Iterator<Item = u64> + 'c {
    context.items(list).iter().flatten().copied()
}

fn doubles(context: &Context<'_>, list: List) -> impl Iterator<Item = f64> {
    present(context, list).map(f64::from_bits)
}

/// Returns the number of items that are not missing.
pub fn count(context: &mut Context<'_>, list: List) -> i64 {
    present(context, list).count() as i64
}

/// Returns the number of items, missing ones included.
pub fn length(context: &mut Context<'_>, list: List) -> i64 {
    context.items(list).len() as i64
}

/// Returns the item at an index, which the functions below read as a boolean, integer, `f64` or string.
fn item(context: &Context<'_>, list: List, index: i64) -> Item {
    usize::try_from(index).ok().and_then(|index| context.items(list).get(index)).copied().flatten()
}

/// Returns whether there is an item at an index, and it is not missing.
pub fn has_item(context: &mut Context<'_>, list: List, index: i64) -> bool {
    item(context, list, index).is_some()
}

/// Returns the item at an index of a list of booleans, or `false` if there is none.
pub fn item_bool(context: &mut Context<'_>, list: List, index: i64) -> bool {
    item(context, list, index).unwrap_or(0) != 0
}

/// Returns the item at an index of a list of integers, or 0 if there is none.
pub fn item_i64(context: &mut Context<'_>, list: List, index: i64) -> i64 {
    item(context, list, index).unwrap_or(0) as i64
}

/// Returns the item at an index of a list of `f32`, or 0 if there is none.
pub fn item_f32(context: &mut Context<'_>, list: List, index: i64) -> f32 {
    f32::from_bits(item(context, list, index).unwrap_or(0) as u32)
}

/// Returns the item at an index of a list of `f64`, or 0 if there is none.
pub fn item_f64(context: &mut Context<'_>, list: List, index: i64) -> f64 {
    f64::from_bits(item(context, list, index).unwrap_or(0))
}

/// Returns the item at an index of a list of strings, or the empty string if there is none.
pub fn item_string(context: &mut Context<'_>, list: List, index: i64) -> StringId {
    match item(context, list, index) {
        Some(bits) => StringId::from_number(bits as u32),
        None => context.intern(""),
    }
}

macro_rules! map {
    ($($(#[$meta:meta])* $name:ident: $from:expr;)*) => {$(
        $(#[$meta])*
        pub fn $name(context: &mut Context<'_>, list: List) -> List {
            context.metered_list(context.items(list).len(), |context, items, _| {
                items.extend(context.items(list).iter().map(|item| item.map(|bits| ($from)(bits).to_bits())));
            })
        }
    )*};
}

map! {
    /// Returns a list of integers as one of `f64`.
    doubles_of_i64: |bits: u64| bits as i64 as f64;
    /// Returns a list of `f32` as one of `f64`.
    doubles_of_f32: |bits: u64| f64::from(f32::from_bits(bits as u32));
}

/// Returns the first items of a list, at most `count`.
pub fn first(context: &mut Context<'_>, list: List, count: i64) -> List {
    let count = usize::try_from(count.max(0)).unwrap_or(usize::MAX);
    context.list_with(|context, items, _| items.extend(context.items(list).iter().take(count)))
}

/// Returns the items of a list, and then those of another.
pub fn append(context: &mut Context<'_>, list: List, other: List) -> List {
    context.list_with(|context, items, _| {
        items.extend_from_slice(context.items(list));
        items.extend_from_slice(context.items(other));
    })
}

/// Returns a list in which the items at whose indices another list has an item are missing.
pub fn except(context: &mut Context<'_>, list: List, other: List) -> List {
    context.metered_list(context.items(list).len(), |context, items, _| {
        let other = context.items(other).iter().map(|item| item.is_some()).chain(core::iter::repeat(false));
        let kept = |(item, dropped): (&Item, bool)| item.filter(|_| !dropped);
        items.extend(context.items(list).iter().zip(other).map(kept));
    })
}

/// Returns the sum of a list of `f64`, in order; 0 if there is none.
pub fn sum(context: &mut Context<'_>, list: List) -> f64 {
    doubles(context, list).fold(0.0, |sum, value| sum + value)
}

/// Returns the product of a list of `f64`, in order; 1 if there is none.
pub fn product(context: &mut Context<'_>, list: List) -> f64 {
    doubles(context, list).fold(1.0, |product, value| product * value)
}

/// Returns the mean of a list of `f64`; 0 if there is none.
pub fn mean(context: &mut Context<'_>, list: List) -> f64 {
    math::mean(doubles(context, list)).unwrap_or(0.0)
}

/// Returns the least of a list of `f64`; 0 if there is none.
pub fn min(context: &mut Context<'_>, list: List) -> f64 {
    doubles(context, list).reduce(math::min_ignoring_nan).unwrap_or(0.0)
}

/// Returns the greatest of a list of `f64`; 0 if there is none.
pub fn max(context: &mut Context<'_>, list: List) -> f64 {
    doubles(context, list).reduce(math::max_ignoring_nan).unwrap_or(0.0)
}

/// Returns the indices of a list of `f64`, counted from 0, in the order of their items: the least first or,
/// if `descending`, the greatest. Equal items keep their order; NaN comes after numbers, missing items last.
pub fn ranking(context: &mut Context<'_>, list: List, descending: bool) -> List {
    let items = context.items(list);
    let mut places: Vec<usize> = (0..items.len()).collect();
    places.sort_by(|left, right| {
        let [left, right] = [left, right].map(|place| items.get(*place).copied().flatten());
        let rank = |item: Item| match item.map(f64::from_bits) {
            Some(number) if number.is_nan() => 1,
            Some(_) => 0,
            None => 2,
        };
        rank(left).cmp(&rank(right)).then_with(|| {
            let [left, right] = [left, right].map(|item| f64::from_bits(item.unwrap_or(0)));
            let order = left.partial_cmp(&right).unwrap_or(Ordering::Equal);
            if descending { order.reverse() } else { order }
        })
    });
    let ranking = context.new_list();
    for place in places {
        context.push(ranking, Some(place as u64));
    }
    ranking
}

/// Returns the items of a list at the indices that another one holds, counted from 0.
pub fn at_places(context: &mut Context<'_>, list: List, places: List) -> List {
    context.list_with(|context, items, _| {
        let at = |place: &Item| place.and_then(|place| item(context, list, place as i64));
        items.extend(context.items(places).iter().map(at));
    })
}

/// Returns the standard deviation of a sample, a list of `f64`, or 0 if there are fewer than two.
pub fn standard_deviation(context: &mut Context<'_>, list: List) -> f64 {
    let values: Vec<f64> = doubles(context, list).collect();
    let Some(mean) = math::mean(values.iter().copied()) else { return 0.0 };
    let squares: f64 = values.iter().fold(0.0, |sum, value| sum + (value - mean) * (value - mean));
    match values.len() {
        0 | 1 => 0.0,
        count => math::sqrt(squares / (count - 1) as f64),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Dictionary;

    #[test]
    fn rankings_keep_the_order_of_equal_items() {
        let dictionary = Dictionary::default();
        let context = &mut Context::new(&dictionary);
        let list = context.new_list();
        for item in [Some(2.0), None, Some(f64::NAN), Some(1.0), Some(2.0)] {
            context.push(list, item.map(f64::to_bits));
        }
        let ascending = ranking(context, list, false);
        assert_eq!(context.items(ascending), [3, 0, 4, 2, 1].map(Some));
        let descending = ranking(context, list, true);
        assert_eq!(context.items(descending), [0, 4, 3, 2, 1].map(Some));
        let picked = at_places(context, list, ascending);
        assert_eq!(context.items(picked)[..2], [1.0, 2.0].map(|number: f64| Some(number.to_bits())));
        assert_eq!(context.items(picked)[4], None);
    }

    #[test]
    fn missing_items_are_skipped() {
        let dictionary = Dictionary::default();
        let mut context = Context::new(&dictionary);
        let list = context.new_list();
        for item in [Some(1.0), None, Some(2.5), Some(1.0)] {
            context.push(list, item.map(f64::to_bits));
        }
        let context = &mut context;
        assert_eq!((count(context, list), length(context, list)), (3, 4));
        assert_eq!((sum(context, list), product(context, list)), (4.5, 2.5));
        assert_eq!((min(context, list), max(context, list), mean(context, list)), (1.0, 2.5, 1.5));
        assert_eq!(standard_deviation(context, list), math::sqrt(0.75));
        assert_eq!((item_f64(context, list, 2), has_item(context, list, 1)), (2.5, false));
        assert!(!has_item(context, list, 4) && !has_item(context, list, -1));
    }

    #[test]
    fn lists_of_lists() {
        let dictionary = Dictionary::default();
        let context = &mut Context::new(&dictionary);
        let list = context.list([Some(1), None, Some(3), Some(4)]);
        let shorter = context.list([None, Some(7), Some(8)]);
        let some = first(context, list, 2);
        assert_eq!(context.items(some), [Some(1), None]);
        let (none, all) = (first(context, list, -1), first(context, list, i64::MAX));
        assert_eq!((context.items(none), context.items(all).len()), ([].as_slice(), 4));
        let both = append(context, shorter, list);
        assert_eq!(context.items(both), [None, Some(7), Some(8), Some(1), None, Some(3), Some(4)]);
        let kept = except(context, list, shorter);
        assert_eq!(context.items(kept), [Some(1), None, None, Some(4)]);
    }
}
