//! Functions that combine the answers of several models, given as lists.

use super::call::Context;
use crate::word::{Item, List};
use alloc::vec::Vec;

/// Returns the numbers of a list of `f64` that are present.
fn numbers(items: &[Item]) -> impl Iterator<Item = f64> + '_ {
    items.iter().flatten().map(|bits| f64::from_bits(*bits))
}

/// Returns the median of a list of `f64`: the middle one of those present in ascending order, or the mean of
/// the middle two; zero if none is present.
pub fn median(context: &mut Context<'_>, list: List) -> f64 {
    let mut values: Vec<f64> = numbers(context.items(list)).collect();
    crate::math::median(&mut values).unwrap_or(0.0)
}

/// Returns the weighted median of a list of `f64`, given a list of their weights: in ascending order of
/// values, the first at which the weights so far reach half of all; zero if none is present.
pub fn weighted_median(context: &mut Context<'_>, values: List, weights: List) -> f64 {
    let weights = context.items(weights).iter().map(|weight| weight.map_or(0.0, f64::from_bits));
    let mut pairs: Vec<(f64, f64)> = context
        .items(values)
        .iter()
        .zip(weights)
        .filter_map(|(value, weight)| Some((f64::from_bits((*value)?), weight)))
        .collect();
    pairs.sort_by(|left, right| left.0.total_cmp(&right.0));
    let half = pairs.iter().map(|(_, weight)| weight).sum::<f64>() * 0.5;
    let mut reached = 0.0;
    for (value, weight) in &pairs {
        reached += weight;
        if reached >= half {
            return *value;
        }
    }
    pairs.last().map_or(0.0, |(value, _)| *value)
}

/// Returns the items of a list at whose indices a list of booleans holds true.
pub fn selected(context: &mut Context<'_>, list: List, chosen: List) -> List {
    let items: Vec<Item> = context
        .items(list)
        .iter()
        .zip(context.items(chosen))
        .filter(|(_, chosen)| matches!(chosen, Some(bits) if *bits != 0))
        .map(|(item, _)| *item)
        .collect();
    let result = context.new_list();
    for item in items {
        context.push(result, item);
    }
    result
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Dictionary;

    fn list(context: &mut Context<'_>, values: &[Option<f64>]) -> List {
        let list = context.new_list();
        for value in values {
            context.push(list, value.map(f64::to_bits));
        }
        list
    }

    #[test]
    fn medians() {
        let dictionary = Dictionary::default();
        let mut context = Context::new(&dictionary);
        let values = list(&mut context, &[Some(8.0), Some(1.0), None, Some(4.0), Some(2.0)]);
        assert_eq!(median(&mut context, values), 3.0);
        // Sorted: 1 (weight 1), 2 (0), 4 (1), 8 (0); half of 2 is reached at 1.
        let weights = list(&mut context, &[Some(0.0), Some(1.0), Some(9.0), Some(1.0), Some(0.0)]);
        assert_eq!(weighted_median(&mut context, values, weights), 1.0);
        let none = list(&mut context, &[None]);
        assert_eq!(median(&mut context, none), 0.0);
        assert_eq!(weighted_median(&mut context, none, none), 0.0);
    }

    #[test]
    fn selection() {
        let dictionary = Dictionary::default();
        let mut context = Context::new(&dictionary);
        let values = list(&mut context, &[Some(1.0), None, Some(3.0)]);
        let chosen = context.new_list();
        for bit in [0, 1, 1] {
            context.push(chosen, Some(bit));
        }
        let selected = selected(&mut context, values, chosen);
        assert_eq!(context.items(selected), [None, Some(3.0f64.to_bits())]);
    }
}
