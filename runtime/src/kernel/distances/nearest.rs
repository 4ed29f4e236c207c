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

    /// Returns the lanes whose totals, all of one row, may be among its nearest.
    #[inline(always)]
    pub fn candidates(&self, row: usize, totals: &[F; LANES]) -> u64 {
        self.within(totals, &[self.bounds[row]; LANES])
    }

    /// Returns the lanes whose totals are within bounds.
    #[inline(always)]
    fn within<const M: usize>(&self, totals: &[F; M], bounds: &[F; M]) -> u64 {
        // The negation of "as far or farther", which is also true for NaN on either side.
        let near = |(total, bound): (&F, &F)| !(if self.greatest { total <= bound } else { total >= bound });
        // Mostly there are none, which is determined without branches.
        if !totals.iter().zip(bounds).fold(false, |any, pair| any | near(pair)) {
            return 0;
        }
        let lanes = totals.iter().zip(bounds).enumerate();
        lanes.fold(0, |mask, (lane, pair)| mask | u64::from(near(pair)) << lane)
    }

    /// Returns whether a distance is nearer than another.
    #[inline(always)]
    fn is_nearer(&self, distance: F, other: F) -> bool {
        let is_nearer = if self.greatest { distance > other } else { distance < other };
        is_nearer || distance.is_nan() && !other.is_nan()
    }

    /// Inserts an instance among the nearest of a row, if it is one of them.
    #[inline]
    pub fn insert(&mut self, row: usize, instance: usize, distance: F) {
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
    /// Returns the rows whose totals may be among their nearest.
    #[inline(always)]
    pub fn candidates_of_rows(&self, totals: &[F; LANES]) -> u64 {
        self.within(totals, &self.bounds)
    }
}
