//! Functions on lists in the context of a call: what programs call.

use crate::{Context, List, math};
use alloc::vec::Vec;

/// The doubles that a list holds, without its missing items.
fn doubles(context: &Context<'_>, list: List) -> Vec<f64> {
    context.items(list).iter().flatten().map(|bits| f64::from_bits(*bits)).collect()
}

/// The median of a list's doubles; 0 of none.
pub fn median(context: &mut Context<'_>, list: List) -> f64 {
    math::median(&mut doubles(context, list)).unwrap_or(0.0)
}
