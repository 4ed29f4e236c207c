//! Functions in context on a program's arrays of words. An array is identified by its number in the
//! [`Dictionary`](crate::Dictionary).

use super::call::Context;
use crate::word::{Item, List};
use alloc::vec::Vec;

/// Packs parts into an array: the number of parts, the index where each of them begins and the index where
/// the last one ends, then the parts.
pub fn parts(parts: &[Vec<u64>]) -> Vec<u64> {
    let mut array = Vec::from([parts.len() as u64]);
    let mut start = parts.len() as u64 + 2;
    array.push(start);
    for part in parts {
        start += part.len() as u64;
        array.push(start);
    }
    array.extend(parts.iter().flatten());
    array
}

/// Returns a part of an array of parts, as a list, which is empty if there is no such part.
pub fn part(context: &mut Context<'_>, array: i64, number: i64) -> List {
    context.list_with(|context, items, _| {
        let array = context.array(array);
        let words = || {
            let number = usize::try_from(number).ok()?;
            let count = usize::try_from(*array.first()?).ok()?;
            let index = |place: usize| usize::try_from(*array.get(place)?).ok();
            match number < count {
                true => array.get(index(number.checked_add(1)?)?..index(number.checked_add(2)?)?),
                false => None,
            }
        };
        items.extend(words().unwrap_or_default().iter().map(|word| Some(*word)));
    })
}

/// Returns the words of an array at the indices in a list. An item is missing if the index is missing, or if
/// the array has no such index.
pub fn pick(context: &mut Context<'_>, array: i64, indices: List) -> List {
    context.metered_list(context.items(indices).len(), |context, items, _| {
        let array = context.array(array);
        let at = |index: u64| array.get(usize::try_from(index).ok()?).copied();
        items.extend(context.items(indices).iter().map(|index| at((*index)?)));
    })
}

/// Returns the index of each item of a list in an array, whose words are in ascending order. The index is
/// missing if the item is missing or not in the array.
pub fn places(context: &mut Context<'_>, array: i64, list: List) -> List {
    context.metered_list(context.items(list).len(), |context, items, _| {
        let array = context.array(array);
        let place = |item: &Item| Some(array.binary_search(&(*item)?).ok()? as u64);
        items.extend(context.items(list).iter().map(place));
    })
}

/// Returns a list with the first word of an array in place of its missing items.
pub fn fill(context: &mut Context<'_>, array: i64, list: List) -> List {
    context.metered_list(context.items(list).len(), |context, items, _| {
        let word = context.array(array).first().copied();
        items.extend(context.items(list).iter().map(|item| item.or(word)));
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Dictionary;
    use std::vec;

    #[test]
    fn arrays_are_looked_up() {
        let mut dictionary = Dictionary::default();
        let array = i64::from(dictionary.intern_array(&[2, 3, 5, 7]));
        let other = i64::from(dictionary.intern_array(&[]));
        assert_eq!(i64::from(dictionary.intern_array(&[2, 3, 5, 7])), array);
        assert_eq!(dictionary.arrays().count(), 2);
        let context = &mut Context::new(&dictionary);
        let mut items = |list: fn(&mut Context<'_>, i64, List) -> List, array, of: &[Item]| {
            let of = context.list(of.iter().copied());
            let list = list(context, array, of);
            context.items(list).to_vec()
        };
        assert_eq!(
            items(pick, array, &[Some(3), None, Some(0), Some(4), Some(u64::MAX)]),
            [Some(7), None, Some(2), None, None]
        );
        assert_eq!(items(pick, other, &[Some(0)]), [None]);
        assert_eq!(items(pick, 77, &[Some(0)]), [None]);
        assert_eq!(items(fill, array, &[Some(9), None]), [Some(9), Some(2)]);
        assert_eq!(items(fill, other, &[Some(9), None]), [Some(9), None]);
        assert_eq!(items(places, array, &[Some(5), Some(4), None, Some(2)]), [Some(2), None, None, Some(0)]);
    }

    #[test]
    fn arrays_have_parts() {
        let mut dictionary = Dictionary::default();
        let array = parts(&[vec![7, 8], vec![], vec![9]]);
        let arrays = [&array, [5, 9, 8].as_slice(), &[u64::MAX, 0], &[]];
        let arrays = arrays.map(|array| i64::from(dictionary.intern_array(array)));
        let context = &mut Context::new(&dictionary);
        for (array, number, expected) in [
            (0, 0, [Some(7), Some(8)].as_slice()),
            (0, 1, &[]),
            (0, 2, &[Some(9)]),
            (0, 3, &[]),
            (0, -1, &[]),
            (0, i64::MAX, &[]),
            (1, 0, &[]),
            (1, 1, &[]),
            (2, 0, &[]),
            (2, i64::MAX, &[]),
            (3, 0, &[]),
        ] {
            let list = part(context, arrays[array], number);
            assert_eq!(context.items(list), expected);
        }
    }
}
