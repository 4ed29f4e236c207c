//! Distribution of the rows of a batch over threads, in shares.

use super::blocks::BLOCK_ROWS;
use rayon::prelude::*;
use std::ops::Range;

/// Number of rows that a thread scores at a time: many blocks, to outweigh the cost of distributing them.
const SHARE: usize = 64 * BLOCK_ROWS;

/// Returns the number of rows in a share, which is unlimited for models that refer to earlier rows.
pub(super) fn share_of(is_stateful: bool) -> usize {
    if is_stateful { usize::MAX } else { SHARE }
}

/// Calls a function with ranges of `share` rows, on the threads of rayon's current pool, and returns its results in the order
/// of the rows. A single share is processed on the calling thread.
///
/// ```
/// let sums = pmml::in_shares(5, 2, |rows| Ok::<_, ()>(rows.sum::<usize>()));
/// assert_eq!(sums, Ok(vec![0 + 1, 2 + 3, 4]));
/// ```
///
/// # Errors
/// Fails if the function fails, with one of its errors.
pub fn in_shares<T: Send, E: Send>(
    rows: usize,
    share: usize,
    work: impl Fn(Range<usize>) -> Result<T, E> + Sync,
) -> Result<Vec<T>, E> {
    let share = share.max(1);
    let range = |number: usize| number * share..rows.min((number + 1).saturating_mul(share));
    match rows.div_ceil(share) {
        0 => Ok(Vec::new()),
        1 => Ok(vec![work(0..rows)?]),
        shares if rayon::current_num_threads() == 1 => {
            (0..shares).map(|number| work(range(number))).collect()
        }
        shares => (0..shares).into_par_iter().map(|number| work(range(number))).collect(),
    }
}
