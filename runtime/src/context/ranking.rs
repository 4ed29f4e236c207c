//! Rankings: strings in the order of their totals.

use super::call::Context;
use crate::word::{List, StringId};
use alloc::vec::Vec;
use core::cmp::Ordering;

/// Returns the strings of a list, each once, by the total of the `f64` at the same indices of another list:
/// the greatest first, and on a tie the one that comes first in the list. Strings with a total below zero are
/// left out.
pub fn ranked_by_total(context: &mut Context<'_>, strings: List, numbers: List) -> List {
    ranked(context, strings, numbers, f64::from_bits, |total, number| total + number)
}

/// Does the same with a list of `f32`, added in single precision.
pub fn ranked_by_total_single(context: &mut Context<'_>, strings: List, numbers: List) -> List {
    ranked(context, strings, numbers, |bits| f32::from_bits(bits as u32), |total, number| total + number)
}

fn ranked<N: Copy + PartialOrd + Default>(
    context: &mut Context<'_>,
    strings: List,
    numbers: List,
    number: impl Fn(u64) -> N,
    add: impl Fn(N, N) -> N,
) -> List {
    // The indices of each string together, in order, so that its numbers are added in order.
    let items = context.items(strings).iter().zip(context.items(numbers)).enumerate();
    let mut entries: Vec<(StringId, usize, N)> = items
        .filter_map(|(place, (text, bits))| {
            Some((StringId::from_number((*text)? as u32), place, number((*bits)?)))
        })
        .collect();
    entries.sort_unstable_by_key(|(text, place, _)| (*text, *place));
    entries.dedup_by(|next, total| {
        let is_same = next.0 == total.0;
        if is_same {
            total.2 = add(total.2, next.2);
        }
        is_same
    });
    entries.retain(|(_, _, total)| *total >= N::default());
    entries.sort_unstable_by(|left, right| {
        right.2.partial_cmp(&left.2).unwrap_or(Ordering::Equal).then(left.1.cmp(&right.1))
    });
    let result = context.new_list();
    for (text, _, _) in entries {
        context.push(result, Some(u64::from(text.number())));
    }
    result
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Dictionary;

    fn ranking(entries: &[(&str, f64)]) -> Vec<std::string::String> {
        let dictionary = Dictionary::default();
        let mut context = Context::new(&dictionary);
        let (strings, numbers) = (context.new_list(), context.new_list());
        for (text, number) in entries {
            let text = context.intern(text);
            context.push(strings, Some(u64::from(text.number())));
            context.push(numbers, Some(number.to_bits()));
        }
        let result = ranked_by_total(&mut context, strings, numbers);
        let items = context.items(result).to_vec();
        items
            .iter()
            .flatten()
            .map(|bits| context.string(StringId::from_number(*bits as u32)).into())
            .collect()
    }

    #[test]
    fn the_greatest_total_comes_first() {
        assert_eq!(ranking(&[("b", 1.0), ("a", 3.0), ("c", 1.0)]), ["a", "b", "c"]);
        assert_eq!(ranking(&[("b", 1.0), ("a", 1.5), ("b", 1.0)]), ["b", "a"]);
    }

    #[test]
    fn totals_below_zero_are_left_out() {
        assert_eq!(ranking(&[("a", -1.0), ("b", 0.0), ("c", 2.0), ("c", -3.0), ("d", f64::NAN)]), ["b"]);
        assert!(ranking(&[]).is_empty());
    }
}
