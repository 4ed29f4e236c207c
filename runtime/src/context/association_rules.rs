//! Association rules: "a basket with these items also has those".
//!
//! A model may have many thousands of rules, of which a row matches few. An inverted index finds them from
//! the row's items: each rule is listed under the rarest item of its antecedent, and is examined only if the
//! row has that item.
//!
//! The rules are packed into an array of words:
//!
//! - the number of items, *n*; items are numbered from 0;
//! - *n* + 2 indices into the array: the start of the rules that are listed under each item, the start of those whose
//!   antecedent is empty, and their end;
//! - the rules: number, size of the antecedent, size of the consequent, items of the antecedent, items of the consequent.

use super::call::Context;
use crate::word::{Item, List};
use alloc::vec::Vec;

/// Selects all rules whose antecedent the row has.
pub const ANTECEDENT: i64 = 0;
/// Selects those of them whose consequent the row lacks, at least in part.
pub const WITHOUT_CONSEQUENT: i64 = 1;
/// Selects those of them whose consequent the row has completely.
pub const WITH_CONSEQUENT: i64 = 2;

/// Packs rules, each an antecedent and a consequent, into an array. They are numbered from 0.
pub fn pack<'i>(items: usize, rules: impl Iterator<Item = (&'i [u64], &'i [u64])> + Clone) -> Vec<u64> {
    let mut frequency: Vec<u64> = core::iter::repeat_n(0, items).collect();
    for (antecedent, _) in rules.clone() {
        for item in antecedent {
            frequency[*item as usize] += 1;
        }
    }
    let mut listed: Vec<Vec<u64>> = core::iter::repeat_n(Vec::new(), items + 1).collect();
    for (number, (antecedent, consequent)) in (0..).zip(rules) {
        let rarest = antecedent.iter().min_by_key(|item| frequency[**item as usize]);
        let list = &mut listed[rarest.map_or(items, |item| *item as usize)];
        list.extend([number, antecedent.len() as u64, consequent.len() as u64]);
        list.extend(antecedent.iter().chain(consequent));
    }
    let mut array = Vec::from([items as u64]);
    let mut start = items as u64 + 3;
    array.push(start);
    for list in &listed {
        start += list.len() as u64;
        array.push(start);
    }
    listed.iter().for_each(|list| array.extend(list));
    array
}

/// Returns the numbers of the selected rules for the items in a list, ascending.
pub fn matching(context: &mut Context<'_>, rules: i64, items: List, selection: i64) -> List {
    context.list_with(|context, found, bits| {
        if find(context.array(rules), context.items(items), selection, found, bits).is_none() {
            // The array is malformed.
            found.clear();
        }
        found.sort_unstable();
    })
}

fn find(
    array: &[u64],
    items: &[Item],
    selection: i64,
    found: &mut Vec<Item>,
    bits: &mut Vec<u64>,
) -> Option<()> {
    let (count, rest) = array.split_first()?;
    let count = usize::try_from(*count).ok()?;
    let starts = rest.get(..count.checked_add(2)?)?;
    bits.clear();
    bits.resize(count.div_ceil(64), 0);
    for item in items.iter().flatten().filter(|item| **item < count as u64) {
        bits[*item as usize / 64] |= 1 << (item % 64);
    }
    let has = |item: &u64| bits.get((item / 64) as usize).is_some_and(|word| word >> (item % 64) & 1 != 0);
    let mut look = |list: usize| {
        let (start, end) = (usize::try_from(starts[list]).ok()?, usize::try_from(starts[list + 1]).ok()?);
        let mut listed = array.get(start..end)?;
        while let [number, antecedent, consequent, rest @ ..] = listed {
            let (antecedent, rest) = rest.split_at_checked(usize::try_from(*antecedent).ok()?)?;
            let (consequent, rest) = rest.split_at_checked(usize::try_from(*consequent).ok()?)?;
            listed = rest;
            if antecedent.iter().all(has)
                && match selection {
                    ANTECEDENT => true,
                    WITHOUT_CONSEQUENT => !consequent.iter().all(has),
                    _ => consequent.iter().all(has),
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

    /// Returns a pseudo-random number.
    fn random(state: &mut u64, below: u64) -> u64 {
        *state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        (*state >> 33) % below
    }

    #[test]
    fn exactly_the_matching_rules_are_found() {
        let mut state = 1;
        // Miri takes seconds for each row.
        let count = if cfg!(miri) { 2 } else { 50 };
        for items in [1, 5, 64, 70, 130] {
            let mut some = |most: u64| -> Vec<u64> {
                (0..random(&mut state, most + 1)).map(|_| random(&mut state, items)).collect()
            };
            let rules: Vec<(Vec<u64>, Vec<u64>)> = (0..200).map(|_| (some(3), some(2))).collect();
            let rows: Vec<Vec<u64>> = (0..count).map(|_| some(12)).collect();
            let mut dictionary = Dictionary::default();
            let array = pack(items as usize, rules.iter().map(|(a, b)| (a.as_slice(), b.as_slice())));
            let number = i64::from(dictionary.intern_array(&array));
            let context = &mut Context::new(&dictionary);
            for row in rows {
                let has = |all: &[u64]| all.iter().all(|item| row.contains(item));
                for selection in [ANTECEDENT, WITHOUT_CONSEQUENT, WITH_CONSEQUENT] {
                    let list = context.list(row.iter().map(|item| Some(*item)).chain([None, Some(1 << 40)]));
                    let found = matching(context, number, list, selection);
                    let expected: Vec<Item> = (0..)
                        .zip(&rules)
                        .filter(|(_, (antecedent, consequent))| {
                            has(antecedent)
                                && (selection == ANTECEDENT
                                    || (selection == WITH_CONSEQUENT) == has(consequent))
                        })
                        .map(|(number, _)| Some(number))
                        .collect();
                    assert_eq!(context.items(found), expected);
                }
            }
        }
    }

    #[test]
    fn malformed_arrays_do_no_harm() {
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
            let found = matching(context, number, list, ANTECEDENT);
            assert_eq!(context.items(found), []);
        }
    }
}
