//! The nearest instances of some rows so far.

use super::image::{GREATEST, aggregate};
use crate::kernel::float::Float;
use crate::kernel::lanes::LANES;

/// The nearest instances of `N` rows so far.
pub(super) struct Nearest<'s, F, const N: usize> {
    /// For each place, the rows' instances, nearest first.
    numbers: &'s mut [[u64; N]],
    /// Their distances, bits of `f64`.
    distances: &'s mut [[u64; N]],
    /// The number of places that each row has taken.
    taken: [usize; N],
    /// Totals that are as far as this, or farther, are not among the nearest. NaN means that any may be.
    bounds: [F; N],
    greatest: bool,
    /// What is compared with the bounds.
    totals: Totals,
}

/// How a total relates to a distance.
#[derive(Clone, Copy, PartialEq)]
enum Totals {
    /// The distance.
    Distances,
    /// Its square.
    Squares,
    /// Something else: every total must be examined.
    Others,
}

impl<'s, F: Float, const N: usize> Nearest<'s, F, N> {
    /// Makes an empty list of the nearest instances, with space for `neighbors` of them in the scratch space.
    #[inline(always)]
    pub fn new(scratch: &'s mut [u64], neighbors: usize, flags: u64) -> Self {
        let (places, _) = scratch.as_chunks_mut();
        let (numbers, rest) = places.split_at_mut(neighbors.min(places.len()));
        let distances = rest.get_mut(..neighbors).unwrap_or_default();
        let greatest = flags & GREATEST != 0;
        let totals = match flags & 0xFF {
            // The root of a negative square is NaN, which must not be overlooked.
            aggregate::ROOT_OF_SQUARES if greatest => Totals::Others,
            aggregate::ROOT_OF_SQUARES => Totals::Squares,
            aggregate::ROOT_OF_POWERS => Totals::Others,
            _ => Totals::Distances,
        };
        Self { numbers, distances, taken: [0; N], bounds: [F::NAN; N], greatest, totals }
    }

    /// Returns a place's instances and their distances.
    #[inline(always)]
    pub fn get(&self, place: usize) -> Option<(&[u64; N], &[u64; N])> {
        Some((self.numbers.get(place)?, self.distances.get(place)?))
    }

    /// Returns whether any of the totals, all of one row, may be among its nearest.
    #[inline(always)]
    pub fn any_near(&self, row: usize, totals: &[F; LANES]) -> bool {
        self.any_within(&[*totals], &[self.bounds[row]; LANES])
    }

    /// Returns whether any of some instances' totals, which are side by side with bounds, is within its bound.
    #[inline(always)]
    fn any_within<const M: usize, const I: usize>(&self, totals: &[[F; M]; I], bounds: &[F; M]) -> bool {
        if self.greatest {
            any(totals, bounds, |total, bound| total <= bound)
        } else {
            any(totals, bounds, |total, bound| total >= bound)
        }
    }

    /// Returns whether a total may be among a row's nearest.
    #[inline(always)]
    fn is_near(&self, row: usize, total: F) -> bool {
        let bound = self.bounds[row];
        // The negation of "as far or farther", which is also true for NaN on either side.
        !(if self.greatest { total <= bound } else { total >= bound })
    }

    /// Inserts an instance among the nearest of a row, if its total is within the bound and its distance, which `finish`
    /// computes from the total, is one of the nearest.
    #[inline(always)]
    pub fn offer(&mut self, row: usize, instance: usize, total: F, finish: impl Fn(F) -> F) {
        if self.is_near(row, total) {
            self.insert(row, instance, finish(total));
        }
    }

    /// Returns whether a distance is nearer than another.
    #[inline(always)]
    fn is_nearer(&self, distance: F, other: F) -> bool {
        let is_nearer = if self.greatest { distance > other } else { distance < other };
        is_nearer || distance.is_nan() && !other.is_nan()
    }

    /// Inserts an instance among the nearest of a row, if it is one of them.
    fn insert(&mut self, row: usize, instance: usize, distance: F) {
        let places = self.distances.len();
        let mut place = self.taken[row];
        while place > 0 {
            let before = self.distances[place - 1][row];
            if !self.is_nearer(distance, F::from_f64(f64::from_bits(before))) {
                break;
            }
            if place < places {
                self.distances[place][row] = before;
                self.numbers[place][row] = self.numbers[place - 1][row];
            }
            place -= 1;
        }
        if place < places {
            self.distances[place][row] = distance.to_f64().to_bits();
            self.numbers[place][row] = instance as u64;
        }
        self.taken[row] = places.min(self.taken[row] + 1);
        if self.taken[row] == places {
            self.bounds[row] = self.bound(row);
        }
    }

    /// Returns the bound of a row that has taken all places.
    #[inline(always)]
    fn bound(&self, row: usize) -> F {
        let Some(last) = self.distances.last() else { return F::NAN };
        let last = F::from_f64(f64::from_bits(last[row]));
        match self.totals {
            Totals::Distances => last,
            // A little more than the square, which is rounded: the root of what is not below this is not
            // below the last distance.
            Totals::Squares => last.times(last).times(F::ABOVE_ONE).plus(F::MIN_POSITIVE),
            Totals::Others => F::NAN,
        }
    }
}

impl<F: Float> Nearest<'_, F, LANES> {
    /// Returns whether any of some instances' totals may be among its row's nearest.
    #[inline(always)]
    pub fn any_near_of_rows<const I: usize>(&self, totals: &[[F; LANES]; I]) -> bool {
        self.any_within(totals, &self.bounds)
    }
}

/// Returns whether any total is not as far as its bound.
#[inline(always)]
fn any<F: Copy, const M: usize, const I: usize>(
    totals: &[[F; M]; I],
    bounds: &[F; M],
    is_far: impl Fn(F, F) -> bool,
) -> bool {
    // Words for the lanes, not bits, so that each step is one of vectors; NaN is never far.
    let mut near = [0_u64; M];
    for totals in totals {
        for ((near, total), bound) in near.iter_mut().zip(totals).zip(bounds) {
            *near |= if is_far(*total, *bound) { 0 } else { 1 };
        }
    }
    near.iter().fold(0, |any, near| any | near) != 0
}
