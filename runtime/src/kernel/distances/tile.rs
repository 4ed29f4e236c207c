//! Distances of tiles: one row with the instances of a group side by side, or many rows side by side with two instances.

use super::formula::{ALL, Plain, multiplied, square};
use super::image::{Distances, NEAREST, SINGLE};
use super::nearest::Nearest;
use crate::kernel::float::Float;
use crate::kernel::lanes::LANES;
use crate::kernel::matrix::{of_group, of_pair};
use crate::kernel::tile::{Columns, TileKernel, gather};
use core::iter::repeat;

impl TileKernel for Distances<'_> {
    fn arguments(&self) -> usize {
        2 * self.fields
    }

    fn results(&self) -> usize {
        if self.flags & NEAREST != 0 { 2 * self.neighbors } else { self.instances }
    }

    fn scratch(&self) -> usize {
        self.fields * (LANES + 1) + self.neighbors * 2 * LANES
    }

    fn is_single(&self) -> bool {
        self.flags & SINGLE != 0
    }

    #[inline(always)]
    fn tile<F: Float, const N: usize>(&self, columns: &mut Columns<'_>, first: usize, mask: u64) {
        if N == 1 {
            self.one::<F>(columns, first);
        } else {
            self.many::<F>(columns, first, mask);
        }
    }
}

impl Distances<'_> {
    /// Computes one row, for the instances of a group side by side.
    #[inline(always)]
    fn one<F: Float>(&self, columns: &mut Columns<'_>, row: usize) {
        let Columns { cells, scratch, arguments, results } = columns;
        let (values, presences) = arguments.split_at(self.fields);
        let (present, rest) = scratch.split_at_mut(self.fields);
        let (numbers, rest) = rest.split_at_mut(self.fields);
        gather(numbers.as_chunks_mut::<1>().0, values, cells, row);
        for (present, argument) in present.iter_mut().zip(presences) {
            *present = if argument.mask(cells) >> row & 1 != 0 { ALL } else { 0 };
        }
        let (numbers, present) = (&*numbers, &*present);
        let whole = self.factors::<F>(present.iter().copied());
        let plain = self.plain::<F>(present);
        let mut nearest = Nearest::<F, 1>::new(rest, self.neighbors, self.flags);
        for group in 0..self.instances.div_ceil(LANES) {
            let instances = self.group(group);
            let known = self.known(group).filter(|(all, _)| all & ALL != ALL);
            let totals = match (known, plain) {
                (None, Plain::Unweighted) => {
                    let row = numbers.as_chunks::<1>().0;
                    let totals =
                        of_group(instances, row, repeat(()), |(), code, number| square(number, code));
                    multiplied(totals, &whole)
                }
                (None, Plain::Weighted) => {
                    let row = numbers.as_chunks::<1>().0;
                    let totals = of_group(instances, row, self.weights(), |weight: F, code, number| {
                        weight.times(square(number, code))
                    });
                    multiplied(totals, &whole)
                }
                _ => {
                    let known = known.map(|(_, known)| known);
                    let masks = present.iter().enumerate().map(|(field, present)| {
                        present & known.map_or(ALL, |known| known.get(field).copied().unwrap_or(0))
                    });
                    let factors = if known.is_some() { self.factors(masks.clone()) } else { whole };
                    let fields = numbers.iter().zip(instances).map(|(number, instances)| {
                        ([f64::from_bits(*number); LANES], instances.map(f64::from_bits))
                    });
                    self.totals::<F>(fields.zip(masks), &factors)
                }
            };
            let first = group * LANES;
            if self.flags & NEAREST != 0 {
                if nearest.any_near(0, &totals) {
                    // A copy, so that the totals themselves stay in registers.
                    let kept = totals;
                    self.offer_group(&mut nearest, first, &kept);
                }
            } else {
                for (place, total) in results.iter().skip(first).zip(totals) {
                    if let Some(cell) = cells.get_mut(place.saturating_add(row)) {
                        *cell = self.finish(total).to_f64().to_bits();
                    }
                }
            }
        }
        write_nearest(cells, results, (row, 1), &nearest);
    }

    /// Computes rows side by side from `first` on, for two instances at a time, and writes those of a mask
    /// whose lowest bit is the first of them. Outside of the [plain](Plain) case, rows are computed one by
    /// one, which is as fast.
    #[inline(always)]
    fn many<F: Float>(&self, columns: &mut Columns<'_>, first: usize, mask: u64) {
        let Columns { cells, scratch, arguments, results } = columns;
        let (values, presences) = arguments.split_at(self.fields);
        let (present, rest) = scratch.split_at_mut(self.fields);
        let (numbers, rest) = rest.split_at_mut(self.fields * LANES);
        let (numbers, _) = numbers.as_chunks_mut::<LANES>();
        gather(numbers, values, cells, first);
        for (present, argument) in present.iter_mut().zip(presences) {
            *present = argument.mask(cells) >> first & ALL;
        }
        let (numbers, present) = (&*numbers, &*present);
        let plain = self.plain::<F>(present);
        if plain == Plain::No || !self.known.is_empty() {
            for row in (0..LANES).filter(|row| mask >> row & 1 != 0) {
                self.one::<F>(columns, first + row);
            }
            return;
        }
        let factors = self.factors::<F>(present.iter().copied());
        let mut nearest = Nearest::<F, LANES>::new(rest, self.neighbors, self.flags);
        for pair in 0..self.instances.div_ceil(2) {
            let (instances, lanes) = (self.group(pair * 2 / LANES), pair % (LANES / 2));
            let both = match plain {
                Plain::Weighted => {
                    let term = |weight: F, code, number| weight.times(square(number, code));
                    of_pair(instances, lanes, numbers, self.weights(), term)
                }
                _ => of_pair(instances, lanes, numbers, repeat(()), |(), code, number| square(number, code)),
            };
            let both = both.map(|totals| multiplied::<F>(totals, &factors));
            if self.flags & NEAREST != 0 {
                if nearest.any_near_of_rows(&both) {
                    let kept = both;
                    self.offer_pair(&mut nearest, pair * 2, &kept, mask);
                }
                continue;
            }
            for (instance, totals) in (pair * 2..self.instances).zip(both) {
                let Some(place) = results.get(instance) else { break };
                let column = cells.get_mut(place.saturating_add(first)..).unwrap_or_default();
                for (row, (cell, total)) in column.iter_mut().zip(totals).enumerate() {
                    if mask >> row & 1 != 0 {
                        *cell = self.finish(total).to_f64().to_bits();
                    }
                }
            }
        }
        write_nearest(cells, results, (first, mask), &nearest);
    }

    /// Offers the instances of a group to one row. This is rare, and kept out of the loop over groups.
    #[cold]
    #[inline(never)]
    fn offer_group<F: Float>(&self, nearest: &mut Nearest<'_, F, 1>, first: usize, totals: &[F; LANES]) {
        for (instance, total) in (first..self.instances).zip(totals) {
            nearest.offer(0, instance, *total, |total| self.finish(total));
        }
    }

    /// Offers two instances to the rows of a mask. This is rare, and kept out of the loop over instances.
    #[cold]
    #[inline(never)]
    fn offer_pair<F: Float>(
        &self,
        nearest: &mut Nearest<'_, F, LANES>,
        first: usize,
        pair: &[[F; LANES]; 2],
        mask: u64,
    ) {
        for (instance, totals) in (first..self.instances).zip(pair) {
            for (row, total) in totals.iter().enumerate().filter(|(row, _)| mask >> row & 1 != 0) {
                nearest.offer(row, instance, *total, |total| self.finish(total));
            }
        }
    }
}

/// Writes the nearest instances of the rows of a mask, whose lowest bit is the row `first`.
#[inline(always)]
fn write_nearest<F: Float, const N: usize>(
    cells: &mut [u64],
    results: &[usize],
    (first, mask): (usize, u64),
    nearest: &Nearest<'_, F, N>,
) {
    for (neighbor, [number_place, distance_place]) in results.as_chunks().0.iter().enumerate() {
        let Some((numbers, distances)) = nearest.get(neighbor) else { break };
        for (place, words) in [(number_place, numbers), (distance_place, distances)] {
            for (row, word) in words.iter().enumerate() {
                if mask >> row & 1 != 0
                    && let Some(cell) = cells.get_mut(place.saturating_add(first).saturating_add(row))
                {
                    *cell = *word;
                }
            }
        }
    }
}
