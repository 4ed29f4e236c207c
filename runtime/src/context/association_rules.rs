//! Implications: rules of the kind "who has these things also has those".
//!
//! There may be many thousands of them, of which a row matches few. So they are found by way of what the row has: each
//! implication is listed under the rarest thing that it supposes, and only if the row has that, is it looked at.
//!
//! Implications lie in an array of words:
//!
//! - how many things there are, *n*; they are numbered from 0;
//! - *n* + 2 indices into the array: where the implications begin that are listed under each thing, those that suppose
//!   nothing at all, and where they end;
//! - implications: its number, how many things it supposes, how many it concludes, those things, and these.

use super::call::Context;
use crate::word::{Item, List};
use alloc::vec::Vec;

/// Selects all implications of which the row has what they suppose.
pub const SUPPOSED: i64 = 0;
/// Selects those of which the row also lacks some of what they conclude.
pub const NOT_CONCLUDED: i64 = 1;
/// Selects those of which the row also has all that they conclude.
pub const CONCLUDED: i64 = 2;

/// Returns the array of some implications, each with what it supposes and concludes. They are numbered from 0.
pub fn pack<'i>(
    things: usize,
    implications: impl Iterator<Item = (&'i [u64], &'i [u64])> + Clone,
) -> Vec<u64> {
    let mut frequency: Vec<u64> = core::iter::repeat_n(0, things).collect();
    for (supposed, _) in implications.clone() {
        for thing in supposed {
            frequency[*thing as usize] += 1;
        }
    }
    let mut listed: Vec<Vec<u64>> = core::iter::repeat_n(Vec::new(), things + 1).collect();
    for (number, (supposed, concluded)) in (0..).zip(implications) {
        let rarest = supposed.iter().min_by_key(|thing| frequency[**thing as usize]);
        let list = &mut listed[rarest.map_or(things, |thing| *thing as usize)];
        list.extend([number, supposed.len() as u64, concluded.len() as u64]);
        list.extend(supposed.iter().chain(concluded));
    }
    let mut array = Vec::from([things as u64]);
    let mut start = things as u64 + 3;
    array.push(start);
    for list in &listed {
        start += list.len() as u64;
        array.push(start);
    }
    listed.iter().for_each(|list| array.extend(list));
    array
}

/// Returns the numbers of the selected implications for the things in a list, ascending.
pub fn implied(context: &mut Context<'_>, implications: i64, things: List, selection: i64) -> List {
    context.list_with(|context, found, bits| {
        if find(context.array(implications), context.items(things), selection, found, bits).is_none() {
            // Not an array of implications.
            found.clear();
        }
        found.sort_unstable();
    })
}

fn find(
    array: &[u64],
    things: &[Item],
    selection: i64,
    found: &mut Vec<Item>,
    bits: &mut Vec<u64>,
) -> Option<()> {
    let (count, rest) = array.split_first()?;
    let count = usize::try_from(*count).ok()?;
    let starts = rest.get(..count.checked_add(2)?)?;
    bits.clear();
    bits.resize(count.div_ceil(64), 0);
    for thing in things.iter().flatten().filter(|thing| **thing < count as u64) {
        bits[*thing as usize / 64] |= 1 << (thing % 64);
    }
    let has = |thing: &u64| bits.get((thing / 64) as usize).is_some_and(|word| word >> (thing % 64) & 1 != 0);
    let mut look = |list: usize| {
        let (start, end) = (usize::try_from(starts[list]).ok()?, usize::try_from(starts[list + 1]).ok()?);
        let mut listed = array.get(start..end)?;
        while let [number, supposed, concluded, rest @ ..] = listed {
            let (supposed, rest) = rest.split_at_checked(usize::try_from(*supposed).ok()?)?;
            let (concluded, rest) = rest.split_at_checked(usize::try_from(*concluded).ok()?)?;
            listed = rest;
            if supposed.iter().all(has)
                && match selection {
                    SUPPOSED => true,
                    NOT_CONCLUDED => !concluded.iter().all(has),
                    _ => concluded.iter().all(has),
                }
            {
                found.push(Some(*number));
            }
        }
        Some(())
    };
    for (index, word) in bits.iter().enumerate() {
        let mut word = *word;
        while word != 0 {
            look(64 * index + word.trailing_zeros() as usize)?;
            word &= word - 1;
        }
    }
    look(count)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Dictionary;
    use std::vec;

    /// Returns numbers that look random.
    fn random(state: &mut u64, below: u64) -> u64 {
        *state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        (*state >> 33) % below
    }

    #[test]
    fn what_is_found_is_what_matches() {
        let mut state = 1;
        // Miri takes seconds for each row.
        let count = if cfg!(miri) { 2 } else { 50 };
        for things in [1, 5, 64, 70, 130] {
            let mut some = |most: u64| -> Vec<u64> {
                (0..random(&mut state, most + 1)).map(|_| random(&mut state, things)).collect()
            };
            let implications: Vec<(Vec<u64>, Vec<u64>)> = (0..200).map(|_| (some(3), some(2))).collect();
            let rows: Vec<Vec<u64>> = (0..count).map(|_| some(12)).collect();
            let mut dictionary = Dictionary::default();
            let array = pack(things as usize, implications.iter().map(|(a, b)| (a.as_slice(), b.as_slice())));
            let number = i64::from(dictionary.intern_array(&array));
            let context = &mut Context::new(&dictionary);
            for row in rows {
                let has = |all: &[u64]| all.iter().all(|thing| row.contains(thing));
                for selection in [SUPPOSED, NOT_CONCLUDED, CONCLUDED] {
                    let list =
                        context.list(row.iter().map(|thing| Some(*thing)).chain([None, Some(1 << 40)]));
                    let found = implied(context, number, list, selection);
                    let expected: Vec<Item> = (0..)
                        .zip(&implications)
                        .filter(|(_, (supposed, concluded))| {
                            has(supposed)
                                && (selection == SUPPOSED || (selection == CONCLUDED) == has(concluded))
                        })
                        .map(|(number, _)| Some(number))
                        .collect();
                    assert_eq!(context.items(found), expected);
                }
            }
        }
    }

    #[test]
    fn any_words_will_do() {
        for array in [
            vec![],
            vec![u64::MAX],
            vec![3],
            vec![0, 2, 9],
            vec![0, 3, 5, 1, 2],
            vec![0, 3, 6, 1, u64::MAX, 0],
            vec![1, u64::MAX, 0, 4],
        ] {
            let mut dictionary = Dictionary::default();
            let number = i64::from(dictionary.intern_array(&array));
            let context = &mut Context::new(&dictionary);
            let list = context.list([Some(0)]);
            let found = implied(context, number, list, SUPPOSED);
            assert_eq!(context.items(found), []);
        }
    }
}
