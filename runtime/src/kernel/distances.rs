//! How far a row is from each of many instances, or from those that it is nearest to.
//!
//! A row and an instance are vectors of numbers, of which some may be missing. Each two numbers of a field are compared,
//! the comparisons are weighted and added up, or counted where fields are ones and zeros, in the order of the fields. What
//! comes of it is meant to be small, or great, where the two are alike.
//!
//! # Layout
//!
//! | words | what |
//! |---|---|
//! | 1 | the kind, [`DISTANCES`](super::DISTANCES) |
//! | 1 | two numbers: how many fields, how many instances |
//! | 1 | how many of the nearest instances are sought |
//! | 1 | flags: the [`aggregate`] in the lowest byte, [`NEAREST`], [`GREATEST`], [`GAPS`] |
//! | 1 | the power of [`aggregate::ROOT_OF_POWERS`] |
//! | 8 | the weights of [`aggregate::COUNTS`]: in the numerator, of fields that are 1 in both, in the row alone, in the instance alone, in neither; the same in the denominator |
//! | four a field | how it is [compared](compare); the square of a bell's scale; its weight; its weight where others are missing |
//! | one a field and instance | the numbers of each instance |
//! | one a block of 64 fields and instance | with [`GAPS`]: which numbers the instance has, a bit each |
//!
//! Arguments are the row's numbers, then for each a bool that tells whether it is present. Results are all distances or,
//! with [`NEAREST`], the nearest instances: the number of each, from 0, and its distance. Of equals the earlier one comes
//! first. A distance is NaN where nothing can be compared; NaN comes before all numbers, so that it cannot be overlooked.
//!
//! # Evaluation
//!
//! Some rows at a time, as in [`dense`](super::dense): one instance after the other, and its numbers with those of all
//! these rows.

use super::{Argument, Error, ROWS, has_column};
use crate::math;

/// A flag: the results are the nearest instances.
pub const NEAREST: u64 = 1 << 8;
/// A flag: great values are near.
pub const GREATEST: u64 = 1 << 9;
/// A flag: some instances lack numbers.
pub const GAPS: u64 = 1 << 10;

/// What is made of the comparisons of all fields.
pub mod aggregate {
    /// The sum of weighted squares.
    pub const SUM_OF_SQUARES: u64 = 0;
    /// Its root.
    pub const ROOT_OF_SQUARES: u64 = 1;
    /// The weighted sum.
    pub const SUM: u64 = 2;
    /// The greatest weighted comparison.
    pub const GREATEST: u64 = 3;
    /// The sum of weighted powers, and its root.
    pub const ROOT_OF_POWERS: u64 = 4;
    /// A quotient of counts of ones and zeros.
    pub const COUNTS: u64 = 5;
}

/// How two numbers are compared.
pub mod compare {
    /// The amount of their difference.
    pub const DIFFERENCE: u64 = 0;
    /// A bell of their difference.
    pub const BELL: u64 = 1;
    /// 0 where they are equal, else 1.
    pub const DELTA: u64 = 2;
    /// 1 where they are equal, else 0.
    pub const EQUAL: u64 = 3;
}

/// How many rows are computed side by side.
const TILE: usize = 16;

/// Instances that lie in an image.
#[derive(Clone, Copy, Debug)]
pub struct Distances<'t> {
    fields: usize,
    instances: usize,
    neighbors: usize,
    flags: u64,
    power: f64,
    parameters: &'t [u64; 8],
    terms: &'t [[u64; 4]],
    codes: &'t [u64],
    known: &'t [u64],
}

impl<'t> Distances<'t> {
    /// Opens an image, of which the first word has been read.
    pub(super) fn open(image: &'t [u64]) -> Result<Self, Error> {
        let (&[sizes, neighbors, flags, power], rest) = image.split_first_chunk().ok_or(Error::Size)?;
        let (parameters, rest) = rest.split_first_chunk().ok_or(Error::Size)?;
        let fields = sizes as u32 as usize;
        let instances = (sizes >> 32) as usize;
        let neighbors = usize::try_from(neighbors).map_err(|_| Error::Size)?;
        if flags >> 11 != 0 || flags & 0xFF > aggregate::COUNTS {
            return Err(Error::Kind);
        }
        let numbers = fields.checked_mul(instances).ok_or(Error::Size)?;
        let terms = fields.checked_mul(4).ok_or(Error::Size)?;
        let (terms, rest) = rest.split_at_checked(terms).ok_or(Error::Size)?;
        let (codes, known) = rest.split_at_checked(numbers).ok_or(Error::Size)?;
        let expected = if flags & GAPS != 0 { fields.div_ceil(64).checked_mul(instances) } else { Some(0) };
        let fits = expected == Some(known.len())
            && if flags & NEAREST != 0 { neighbors <= instances } else { neighbors == 0 };
        // So that the scratch has a size.
        fields.checked_add(neighbors).and_then(|words| words.checked_mul(4 * TILE)).ok_or(Error::Size)?;
        match fits {
            true => Ok(Self {
                fields,
                instances,
                neighbors,
                flags,
                power: f64::from_bits(power),
                parameters,
                terms: terms.as_chunks().0,
                codes,
                known,
            }),
            false => Err(Error::Size),
        }
    }

    /// How many words the evaluation works in.
    pub(super) fn scratch(&self) -> usize {
        self.fields * (TILE + 1) + self.neighbors * 2 * TILE
    }

    /// Evaluates the distances, see [`Kernel::evaluate`](super::Kernel::evaluate).
    pub(super) fn evaluate(
        &self,
        cells: &mut [u64],
        scratch: &mut [u64],
        arguments: &[Argument],
        results: &[usize],
        mask: u64,
    ) {
        let wanted = if self.flags & NEAREST != 0 { 2 * self.neighbors } else { self.instances };
        let fits = arguments.len() == 2 * self.fields
            && results.len() == wanted
            && scratch.len() >= self.scratch()
            && results.iter().all(|place| has_column(cells, *place, mask));
        if !fits {
            return;
        }
        for first in (0..ROWS).step_by(TILE) {
            let rows = mask >> first & ((1 << TILE) - 1);
            match rows.count_ones() {
                0 => {}
                1 => {
                    let first = first + rows.trailing_zeros() as usize;
                    self.tile::<1>(cells, scratch, arguments, results, first, 1);
                }
                _ => self.tile::<TILE>(cells, scratch, arguments, results, first, rows),
            }
        }
    }

    /// Computes `N` rows from `first` on, and writes those of a mask whose lowest bit is the first of them.
    fn tile<const N: usize>(
        &self,
        cells: &mut [u64],
        scratch: &mut [u64],
        arguments: &[Argument],
        results: &[usize],
        first: usize,
        mask: u64,
    ) {
        let (values, presences) = arguments.split_at(self.fields);
        let (present, rest) = scratch.split_at_mut(self.fields);
        let (numbers, rest) = rest.split_at_mut(self.fields * N);
        let (numbers, _) = numbers.as_chunks_mut::<N>();
        for (numbers, argument) in numbers.iter_mut().zip(values) {
            *numbers = argument.rows(cells, first);
        }
        for (present, argument) in present.iter_mut().zip(presences) {
            *present = argument.mask(cells) >> first;
        }
        let rows = Rows { distances: self, numbers, present };
        let factors = rows.factors(|_| true);
        let mut nearest = Nearest::new(rest, self.neighbors, self.flags & GREATEST != 0);
        let mut write = |place: usize, row: usize, word: u64| {
            if mask >> row & 1 != 0
                && let Some(cell) = cells.get_mut(place + first + row)
            {
                *cell = word;
            }
        };
        for instance in 0..self.instances {
            let distances = rows.distances(instance, &factors);
            match results.get(instance) {
                _ if self.flags & NEAREST != 0 => nearest.insert(instance, &distances),
                Some(place) => {
                    for (row, distance) in distances.iter().enumerate() {
                        write(*place, row, distance.to_bits());
                    }
                }
                None => {}
            }
        }
        for (neighbor, [number_place, distance_place]) in results.as_chunks().0.iter().enumerate() {
            let Some((numbers, distances)) = nearest.get(neighbor) else { break };
            for (row, (number, distance)) in numbers.iter().zip(distances).enumerate() {
                write(*number_place, row, *number);
                write(*distance_place, row, *distance);
            }
        }
    }
}

/// Some rows side by side.
struct Rows<'s, 't, const N: usize> {
    distances: &'s Distances<'t>,
    /// For each field, the rows' numbers.
    numbers: &'s [[u64; N]],
    /// For each field, the rows that have a number, a bit each.
    present: &'s [u64],
}

impl<const N: usize> Rows<'_, '_, N> {
    /// A mask of all rows.
    const ALL: u64 = (1 << N) - 1;

    /// For each row, the weights of all fields by those of the fields that it shares with an instance. NaN: it shares none.
    fn factors(&self, known: impl Fn(usize) -> bool) -> [f64; N] {
        let (mut all, mut sums) = (0.0, [0.0; N]);
        for (field, ([.., weight], present)) in self.distances.terms.iter().zip(self.present).enumerate() {
            let weight = f64::from_bits(*weight);
            all += weight;
            if known(field) {
                for (row, sum) in sums.iter_mut().enumerate() {
                    if present >> row & 1 != 0 {
                        *sum += weight;
                    }
                }
            }
        }
        sums.map(|sum| if sum > 0.0 { all / sum } else { f64::NAN })
    }

    /// The distances from an instance.
    #[inline]
    fn distances(&self, instance: usize, factors: &[f64; N]) -> [f64; N] {
        let Distances { fields, flags, codes, known, power, .. } = *self.distances;
        let codes = codes.get(instance * fields..).unwrap_or_default();
        let words = fields.div_ceil(64);
        let known = match flags & GAPS != 0 {
            true => known.get(instance * words..).and_then(|known| known.get(..words)).unwrap_or_default(),
            false => &[],
        };
        let has = |field: usize| known.get(field / 64).is_none_or(|word| word >> (field % 64) & 1 != 0);
        let is_whole = (0..words).all(|word| {
            let left = fields - word * 64;
            let all = if left < 64 { (1 << left) - 1 } else { u64::MAX };
            known.get(word).is_none_or(|known| known & all == all)
        });
        let gaps = (!is_whole).then(|| self.factors(has));
        let factors = gaps.as_ref().unwrap_or(factors);
        let aggregate = flags & 0xFF;
        if aggregate == aggregate::COUNTS {
            return self.quotients(codes, has, factors);
        }
        let start = if aggregate == aggregate::GREATEST { f64::NEG_INFINITY } else { 0.0 };
        let mut totals = [start; N];
        let terms = self.distances.terms.iter().zip(codes).zip(self.numbers).zip(self.present);
        for (field, (((term, code), numbers), present)) in terms.enumerate() {
            if !is_whole && !has(field) {
                continue;
            }
            let next = next(aggregate, power, term, f64::from_bits(*code), numbers, &totals);
            if present & Self::ALL == Self::ALL {
                totals = next;
            } else {
                for (row, (total, next)) in totals.iter_mut().zip(next).enumerate() {
                    if present >> row & 1 != 0 {
                        *total = next;
                    }
                }
            }
        }
        for (total, factor) in totals.iter_mut().zip(factors) {
            *total *= factor;
        }
        match aggregate {
            aggregate::ROOT_OF_SQUARES => totals.map(math::sqrt),
            aggregate::ROOT_OF_POWERS => totals.map(|total| math::pow(total, 1.0 / power)),
            _ => totals,
        }
    }

    /// The quotients of weighted counts of ones and zeros.
    fn quotients(&self, codes: &[u64], has: impl Fn(usize) -> bool, factors: &[f64; N]) -> [f64; N] {
        // Of each row: both, the row alone, the instance alone, neither.
        let mut counts = [[0.0; 4]; N];
        let fields = self.numbers.iter().zip(codes).zip(self.present);
        for (field, ((numbers, code), present)) in fields.enumerate() {
            if !has(field) {
                continue;
            }
            let instance_is_one = f64::from_bits(*code) == 1.0;
            for (row, (counts, number)) in counts.iter_mut().zip(numbers).enumerate() {
                if present >> row & 1 != 0 {
                    let place = match (f64::from_bits(*number) == 1.0, instance_is_one) {
                        (true, true) => 0,
                        (true, false) => 1,
                        (false, true) => 2,
                        (false, false) => 3,
                    };
                    counts[place] += 1.0;
                }
            }
        }
        let parameters = self.distances.parameters.map(f64::from_bits);
        let sum = |parameters: &[f64], counts: &[f64; 4]| match parameters {
            [both, row, instance, neither] => {
                both * counts[0] + row * counts[1] + instance * counts[2] + neither * counts[3]
            }
            _ => 0.0,
        };
        let mut quotients = [0.0; N];
        for ((quotient, counts), factor) in quotients.iter_mut().zip(&counts).zip(factors) {
            *quotient = match factor.is_nan() {
                true => f64::NAN,
                false => sum(&parameters[..4], counts) / sum(&parameters[4..], counts),
            };
        }
        quotients
    }
}

/// What comes of the comparison of one field more.
#[inline]
fn next<const N: usize>(
    aggregate: u64,
    power: f64,
    term: &[u64; 4],
    code: f64,
    numbers: &[u64; N],
    totals: &[f64; N],
) -> [f64; N] {
    let [compare, square, weight, _] = *term;
    let (square, weight) = (f64::from_bits(square), f64::from_bits(weight));
    let numbers = numbers.map(f64::from_bits);
    let compared = match compare {
        compare::BELL => numbers.map(|number| {
            let difference = number - code;
            math::exp(-core::f64::consts::LN_2 * difference * difference / square)
        }),
        compare::DELTA => numbers.map(|number| if number == code { 0.0 } else { 1.0 }),
        compare::EQUAL => numbers.map(|number| if number == code { 1.0 } else { 0.0 }),
        _ => numbers.map(|number| (number - code).abs()),
    };
    let mut totals = *totals;
    let pairs = totals.iter_mut().zip(compared);
    match aggregate {
        aggregate::SUM => pairs.for_each(|(total, compared)| *total += weight * compared),
        aggregate::GREATEST => pairs.for_each(|(total, compared)| {
            let weighted = weight * compared;
            if weighted > *total {
                *total = weighted;
            }
        }),
        aggregate::ROOT_OF_POWERS => {
            pairs.for_each(|(total, compared)| *total += weight * math::pow(compared, power));
        }
        _ => pairs.for_each(|(total, compared)| *total += weight * (compared * compared)),
    }
    totals
}

/// The nearest instances of some rows so far.
struct Nearest<'s, const N: usize> {
    /// For each place, the rows' instances, nearest first.
    numbers: &'s mut [[u64; N]],
    /// Their distances.
    distances: &'s mut [[u64; N]],
    /// How many places are taken.
    taken: usize,
    greatest: bool,
}

impl<'s, const N: usize> Nearest<'s, N> {
    fn new(scratch: &'s mut [u64], neighbors: usize, greatest: bool) -> Self {
        let (numbers, rest) = scratch.split_at_mut(neighbors * N);
        let distances = rest.get_mut(..neighbors * N).unwrap_or_default();
        let (numbers, distances) = (numbers.as_chunks_mut().0, distances.as_chunks_mut().0);
        Self { numbers, distances, taken: 0, greatest }
    }

    fn get(&self, neighbor: usize) -> Option<(&[u64; N], &[u64; N])> {
        Some((self.numbers.get(neighbor)?, self.distances.get(neighbor)?))
    }

    /// Whether a distance is nearer than another.
    #[inline]
    fn is_nearer(&self, distance: f64, other: f64) -> bool {
        match self.greatest {
            true => distance > other || distance.is_nan() && !other.is_nan(),
            false => distance < other || distance.is_nan() && !other.is_nan(),
        }
    }

    #[inline]
    fn insert(&mut self, instance: usize, distances: &[f64; N]) {
        let places = self.distances.len();
        let end = if self.taken < places {
            self.taken += 1;
            self.taken - 1
        } else {
            // All places are taken: the last one is left by what is nearer.
            let Some(last) = self.distances.last() else { return };
            let mut any = false;
            for (distance, last) in distances.iter().zip(last) {
                any |= self.is_nearer(*distance, f64::from_bits(*last));
            }
            if !any {
                return;
            }
            places
        };
        for (row, distance) in distances.iter().enumerate() {
            let mut place = end;
            while place > 0 {
                let before = self.distances[place - 1][row];
                if !self.is_nearer(*distance, f64::from_bits(before)) {
                    break;
                }
                if place < places {
                    self.distances[place][row] = before;
                    self.numbers[place][row] = self.numbers[place - 1][row];
                }
                place -= 1;
            }
            if place < places {
                self.distances[place][row] = distance.to_bits();
                self.numbers[place][row] = instance as u64;
            }
        }
    }
}
