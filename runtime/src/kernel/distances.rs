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
//! | 1 | flags: the [`aggregate`] in the lowest byte, [`NEAREST`], [`GREATEST`], [`GAPS`], [`SINGLE`] |
//! | 1 | the power of [`aggregate::ROOT_OF_POWERS`] |
//! | 8 | the weights of [`aggregate::COUNTS`]: in the numerator, of fields that are 1 in both, in the row alone, in the instance alone, in neither; the same in the denominator |
//! | four a field | how it is [compared](compare); the square of a bell's scale; its weight; its weight where others are missing |
//! | 16 a group and field | the numbers of the group's instances |
//! | a group: 1 + one a field | with [`GAPS`]: which instances of the group have all numbers, then which have the field's, a bit each |
//!
//! Instances lie side by side in groups of [`LANES`]; the last group is filled up with anything. In single precision weights
//! and the like are singles, in the low half of their word; the numbers of instances are doubles always, and so are arguments
//! and distances.
//!
//! Arguments are the row's numbers, then for each a bool that tells whether it is present. Results are all distances or,
//! with [`NEAREST`], the nearest instances: the number of each, from 0, and its distance. Of equals the earlier one comes
//! first. A distance is NaN where nothing can be compared; NaN comes before all numbers, so that it cannot be overlooked.
//!
//! # Evaluation
//!
//! The instances of a group side by side, with one row; or, in the usual case of squared differences of numbers that are all
//! there, many rows side by side with two instances. Roots are taken of the few distances that may be among the nearest.

mod nearest;

use self::nearest::Nearest;
use super::float::Float;
use super::vectors::{LANES, of_group, of_pair};
use super::{Argument, Error, Tile, gather, halves, has_column, tiles};
use crate::simd::{self, Work};
use core::iter::repeat;

/// A flag: the results are the nearest instances.
pub const NEAREST: u64 = 1 << 8;
/// A flag: great values are near.
pub const GREATEST: u64 = 1 << 9;
/// A flag: some instances lack numbers.
pub const GAPS: u64 = 1 << 10;
/// A flag: the arithmetic is that of singles, not of doubles.
pub const SINGLE: u64 = 1 << 11;

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

/// All lanes.
const ALL: u64 = (1 << LANES) - 1;

/// Instances that lie in an image.
#[derive(Clone, Copy, Debug)]
pub struct Distances<'t> {
    fields: usize,
    instances: usize,
    neighbors: usize,
    flags: u64,
    power: u64,
    parameters: &'t [u64; 8],
    terms: &'t [[u64; 4]],
    codes: &'t [[u64; LANES]],
    known: &'t [u64],
}

impl<'t> Distances<'t> {
    /// Opens an image, of which the first word has been read.
    pub(super) fn open(image: &'t [u64]) -> Result<Self, Error> {
        let (&[sizes, neighbors, flags, power], rest) = image.split_first_chunk().ok_or(Error::Size)?;
        let (parameters, rest) = rest.split_first_chunk().ok_or(Error::Size)?;
        let (fields, instances) = halves(sizes);
        let neighbors = usize::try_from(neighbors).map_err(|_| Error::Size)?;
        if flags >> 12 != 0 || flags & 0xFF > aggregate::COUNTS {
            return Err(Error::Kind);
        }
        // So that the scratch has a size.
        fields.checked_add(neighbors).and_then(|words| words.checked_mul(4 * LANES)).ok_or(Error::Size)?;
        let groups = instances.div_ceil(LANES);
        let terms = fields.checked_mul(4).ok_or(Error::Size)?;
        let codes = groups.checked_mul(fields * LANES).ok_or(Error::Size)?;
        let known = if flags & GAPS != 0 { groups.checked_mul(fields + 1) } else { Some(0) };
        let (terms, rest) = rest.split_at_checked(terms).ok_or(Error::Size)?;
        let (codes, rest) = rest.split_at_checked(codes).ok_or(Error::Size)?;
        let fits = if flags & NEAREST != 0 { neighbors <= instances } else { neighbors == 0 };
        match fits && known == Some(rest.len()) {
            true => Ok(Self {
                fields,
                instances,
                neighbors,
                flags,
                power,
                parameters,
                terms: terms.as_chunks().0,
                codes: codes.as_chunks().0,
                known: rest,
            }),
            false => Err(Error::Size),
        }
    }

    /// How many words the evaluation works in.
    pub(super) fn scratch(&self) -> usize {
        self.fields * (LANES + 1) + self.neighbors * 2 * LANES
    }

    /// Evaluates the distances, by the version for some vectors, see
    /// [`Kernel::evaluate`](super::Kernel::evaluate).
    pub(super) fn evaluate(
        &self,
        vectors: simd::SimdLevel,
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
        if fits {
            simd::run(vectors, Block { distances: self, arguments, results, cells, scratch, mask });
        }
    }

    /// The numbers of a group: for each field, those of its instances.
    #[inline(always)]
    fn group(&self, group: usize) -> &'t [[u64; LANES]] {
        self.codes.get(group * self.fields..).and_then(|codes| codes.get(..self.fields)).unwrap_or_default()
    }

    /// Which numbers there are in a group: which instances have all, and for each field which have it. `None`: all.
    #[inline(always)]
    fn known(&self, group: usize) -> Option<(u64, &'t [u64])> {
        let known = self.known.get(group * (self.fields + 1)..)?.get(..self.fields + 1)?;
        known.split_first().map(|(whole, known)| (*whole, known))
    }
}

/// Distances with what they take and give.
struct Block<'e, 't> {
    distances: &'e Distances<'t>,
    arguments: &'e [Argument],
    results: &'e [usize],
    cells: &'e mut [u64],
    scratch: &'e mut [u64],
    mask: u64,
}

impl Work for Block<'_, '_> {
    #[inline(always)]
    fn run(mut self) {
        match self.distances.flags & SINGLE != 0 {
            true => self.evaluate::<f32>(),
            false => self.evaluate::<f64>(),
        }
    }
}

impl Block<'_, '_> {
    #[inline(always)]
    fn evaluate<F: Float>(&mut self) {
        for tile in tiles(self.mask) {
            match tile {
                Tile::One(row) => self.one::<F>(row),
                Tile::Many(first, rows) => self.many::<F>(first, rows),
            }
        }
    }

    /// Computes one row, with the instances of a group side by side.
    #[inline(always)]
    fn one<F: Float>(&mut self, row: usize) {
        let Self { distances, arguments, results, .. } = *self;
        let (values, presences) = arguments.split_at(distances.fields);
        let (present, rest) = self.scratch.split_at_mut(distances.fields);
        let (numbers, rest) = rest.split_at_mut(distances.fields);
        gather(numbers.as_chunks_mut::<1>().0, values, self.cells, row);
        for (present, argument) in present.iter_mut().zip(presences) {
            *present = if argument.mask(self.cells) >> row & 1 != 0 { ALL } else { 0 };
        }
        let (numbers, present) = (&*numbers, &*present);
        let whole = distances.factors::<F>(present.iter().copied());
        let plain = distances.plain::<F>(present);
        let mut nearest = Nearest::<F, 1>::new(rest, distances.neighbors, distances.flags);
        for group in 0..distances.instances.div_ceil(LANES) {
            let codes = distances.group(group);
            let known = distances.known(group).filter(|(all, _)| all & ALL != ALL);
            let totals = match (known, plain) {
                (None, Plain::Unweighted) => {
                    let row = numbers.as_chunks::<1>().0;
                    let totals = of_group(codes, row, repeat(()), |(), code, number| square(number, code));
                    multiplied(totals, &whole)
                }
                (None, Plain::Weighted) => {
                    let row = numbers.as_chunks::<1>().0;
                    let totals = of_group(codes, row, distances.weights(), |weight: F, code, number| {
                        weight.times(square(number, code))
                    });
                    multiplied(totals, &whole)
                }
                _ => {
                    let known = known.map(|(_, known)| known);
                    let masks = present.iter().enumerate().map(|(field, present)| {
                        present & known.map_or(ALL, |known| known.get(field).copied().unwrap_or(0))
                    });
                    let factors = if known.is_some() { distances.factors(masks.clone()) } else { whole };
                    let fields = numbers
                        .iter()
                        .zip(codes)
                        .map(|(number, codes)| ([f64::from_bits(*number); LANES], codes.map(f64::from_bits)));
                    distances.totals::<F>(fields.zip(masks), &factors)
                }
            };
            let first = group * LANES;
            if distances.flags & NEAREST != 0 {
                let mut lanes = nearest.candidates(0, &totals);
                while lanes != 0 {
                    let lane = lanes.trailing_zeros() as usize;
                    lanes &= lanes - 1;
                    if first + lane < distances.instances {
                        nearest.insert(0, first + lane, distances.finish(totals[lane]));
                    }
                }
            } else {
                for (place, total) in results.iter().skip(first).zip(totals) {
                    if let Some(cell) = self.cells.get_mut(place.saturating_add(row)) {
                        *cell = distances.finish(total).to_f64().to_bits();
                    }
                }
            }
        }
        write_nearest(self.cells, results, (row, 1), &nearest);
    }

    /// Computes rows side by side from `first` on, and writes those of a mask whose lowest bit is the first of them: two
    /// instances after the other two. Where that is not the [plain](Plain) case, rows go one by one, which is as fast.
    #[inline(always)]
    fn many<F: Float>(&mut self, first: usize, mask: u64) {
        let Self { distances, arguments, results, .. } = *self;
        let (values, presences) = arguments.split_at(distances.fields);
        let (present, rest) = self.scratch.split_at_mut(distances.fields);
        let (numbers, rest) = rest.split_at_mut(distances.fields * LANES);
        let (numbers, _) = numbers.as_chunks_mut::<LANES>();
        gather(numbers, values, self.cells, first);
        for (present, argument) in present.iter_mut().zip(presences) {
            *present = argument.mask(self.cells) >> first & ALL;
        }
        let (numbers, present) = (&*numbers, &*present);
        let plain = distances.plain::<F>(present);
        if plain == Plain::No || !distances.known.is_empty() {
            for row in (0..LANES).filter(|row| mask >> row & 1 != 0) {
                self.one::<F>(first + row);
            }
            return;
        }
        let factors = distances.factors::<F>(present.iter().copied());
        let mut nearest = Nearest::<F, LANES>::new(rest, distances.neighbors, distances.flags);
        for pair in 0..distances.instances.div_ceil(2) {
            let (codes, lanes) = (distances.group(pair * 2 / LANES), pair % (LANES / 2));
            let both = match plain {
                Plain::Weighted => {
                    let term = |weight: F, code, number| weight.times(square(number, code));
                    of_pair(codes, lanes, numbers, distances.weights(), term)
                }
                _ => of_pair(codes, lanes, numbers, repeat(()), |(), code, number| square(number, code)),
            };
            for (instance, totals) in (pair * 2..distances.instances).zip(both) {
                let totals = multiplied::<F>(totals, &factors);
                if distances.flags & NEAREST != 0 {
                    let mut rows = nearest.candidates_of_rows(&totals) & mask;
                    while rows != 0 {
                        let row = rows.trailing_zeros() as usize;
                        rows &= rows - 1;
                        nearest.insert(row, instance, distances.finish(totals[row]));
                    }
                } else if let Some(place) = results.get(instance) {
                    let column = self.cells.get_mut(place.saturating_add(first)..).unwrap_or_default();
                    for (row, (cell, total)) in column.iter_mut().zip(totals).enumerate() {
                        if mask >> row & 1 != 0 {
                            *cell = distances.finish(total).to_f64().to_bits();
                        }
                    }
                }
            }
        }
        write_nearest(self.cells, results, (first, mask), &nearest);
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

/// Whether distances are sums of squared differences of numbers that are all there: the usual case, which has a loop of
/// its own.
#[derive(Clone, Copy, PartialEq)]
enum Plain {
    /// They are something else.
    No,
    /// All weights are 1.
    Unweighted,
    /// They are not.
    Weighted,
}

#[inline(always)]
fn square<F: Float>(number: u64, code: u64) -> F {
    let [number, code] = [number, code].map(|bits| F::from_f64(f64::from_bits(bits)));
    let difference = number.minus(code);
    difference.times(difference)
}

#[inline(always)]
fn multiplied<F: Float>(mut totals: [F; LANES], factors: &[F; LANES]) -> [F; LANES] {
    for (total, factor) in totals.iter_mut().zip(factors) {
        *total = total.times(*factor);
    }
    totals
}

/// What is compared in a field: the rows' numbers, the instances' numbers, and the lanes where both are there.
type Pairs = (([f64; LANES], [f64; LANES]), u64);

impl Distances<'_> {
    /// What the distances of some rows are, of which fields are present in some.
    #[inline(always)]
    fn plain<F: Float>(&self, present: &[u64]) -> Plain {
        let aggregate = self.flags & 0xFF;
        let squares = matches!(aggregate, aggregate::SUM_OF_SQUARES | aggregate::ROOT_OF_SQUARES);
        let all_present = present.iter().all(|present| *present == ALL);
        let all_numbers = self.terms.iter().all(|[compare, ..]| *compare == compare::DIFFERENCE);
        match squares && all_present && all_numbers {
            false => Plain::No,
            true if self.weights::<F>().all(|weight| weight == F::ONE) => Plain::Unweighted,
            true => Plain::Weighted,
        }
    }

    #[inline(always)]
    fn weights<F: Float>(&self) -> impl Iterator<Item = F> {
        self.terms.iter().map(|[_, _, weight, _]| F::from_word(*weight))
    }

    /// For each lane, the weights of all fields by those of the fields that row and instance share; `masks` tells which
    /// lanes these are. NaN: they share none.
    #[inline(always)]
    fn factors<F: Float>(&self, masks: impl Iterator<Item = u64>) -> [F; LANES] {
        let (mut all, mut sums) = (F::ZERO, [F::ZERO; LANES]);
        for ([.., weight], mask) in self.terms.iter().zip(masks) {
            let weight = F::from_word(*weight);
            all = all.plus(weight);
            for (lane, sum) in sums.iter_mut().enumerate() {
                if mask >> lane & 1 != 0 {
                    *sum = sum.plus(weight);
                }
            }
        }
        sums.map(|sum| if sum > F::ZERO { all.by(sum) } else { F::NAN })
    }

    /// What comes of the comparisons of all fields, but for the root.
    #[inline(always)]
    fn totals<F: Float>(&self, fields: impl Iterator<Item = Pairs>, factors: &[F; LANES]) -> [F; LANES] {
        let aggregate = self.flags & 0xFF;
        if aggregate == aggregate::COUNTS {
            return self.quotients(fields, factors);
        }
        let start = if aggregate == aggregate::GREATEST { F::INFINITY.negative() } else { F::ZERO };
        let mut totals = [start; LANES];
        for (term, ((rows, instances), mask)) in self.terms.iter().zip(fields) {
            let next = self.next::<F>(term, &rows, &instances, &totals);
            if mask == ALL {
                totals = next;
            } else if mask != 0 {
                for (lane, (total, next)) in totals.iter_mut().zip(next).enumerate() {
                    if mask >> lane & 1 != 0 {
                        *total = next;
                    }
                }
            }
        }
        multiplied(totals, factors)
    }

    /// What comes of the comparison of one field more.
    #[inline(always)]
    fn next<F: Float>(
        &self,
        term: &[u64; 4],
        rows: &[f64; LANES],
        instances: &[f64; LANES],
        totals: &[F; LANES],
    ) -> [F; LANES] {
        let [compare, square, weight, _] = *term;
        let weight = F::from_word(weight);
        let mut totals = *totals;
        let mut compared = [F::ZERO; LANES];
        for ((compared, row), instance) in compared.iter_mut().zip(rows).zip(instances) {
            *compared = match compare {
                compare::DELTA => {
                    if *row == *instance {
                        F::ZERO
                    } else {
                        F::ONE
                    }
                }
                compare::EQUAL => {
                    if *row == *instance {
                        F::ONE
                    } else {
                        F::ZERO
                    }
                }
                _ => F::from_f64(*row).minus(F::from_f64(*instance)).absolute(),
            };
        }
        if compare == compare::BELL {
            // The amount of the difference does as well as the difference: it is multiplied with itself.
            let square = F::from_word(square);
            let exponent = |difference: F| F::LN_2.negative().times(difference).times(difference).by(square);
            compared = F::exp_of_lanes(compared.map(exponent));
        }
        let pairs = totals.iter_mut().zip(compared);
        match self.flags & 0xFF {
            aggregate::SUM_OF_SQUARES | aggregate::ROOT_OF_SQUARES => {
                pairs.for_each(|(total, compared)| {
                    *total = total.plus(weight.times(compared.times(compared)));
                });
            }
            aggregate::GREATEST => pairs.for_each(|(total, compared)| {
                let weighted = weight.times(compared);
                if weighted > *total {
                    *total = weighted;
                }
            }),
            aggregate::ROOT_OF_POWERS => {
                let power = F::from_word(self.power);
                pairs.for_each(|(total, compared)| *total = total.plus(weight.times(compared.pow(power))));
            }
            _ => pairs.for_each(|(total, compared)| *total = total.plus(weight.times(compared))),
        }
        totals
    }

    /// The quotients of weighted counts of ones and zeros.
    #[inline(always)]
    fn quotients<F: Float>(&self, fields: impl Iterator<Item = Pairs>, factors: &[F; LANES]) -> [F; LANES] {
        // Of both, the row alone, the instance alone, neither.
        let mut counts = [[F::ZERO; LANES]; 4];
        for ((rows, instances), mask) in fields {
            for (lane, (row, instance)) in rows.into_iter().zip(instances).enumerate() {
                let is_there = mask >> lane & 1 != 0;
                let (row, instance) = (row == 1.0, instance == 1.0);
                let cases = [row & instance, row & !instance, !row & instance, !row & !instance];
                for (counts, case) in counts.iter_mut().zip(cases) {
                    let one = if case & is_there { F::ONE } else { F::ZERO };
                    counts[lane] = counts[lane].plus(one);
                }
            }
        }
        let (numerator, denominator) = self.parameters.split_at(4);
        let mut quotients = [F::NAN; LANES];
        for (lane, (quotient, factor)) in quotients.iter_mut().zip(factors).enumerate() {
            let sum = |weights: &[u64]| {
                let terms = weights.iter().zip(&counts);
                let mut terms = terms.map(|(weight, counts)| F::from_word(*weight).times(counts[lane]));
                let first = terms.next().unwrap_or(F::ZERO);
                terms.fold(first, F::plus)
            };
            if !factor.is_no_number() {
                *quotient = sum(numerator).by(sum(denominator));
            }
        }
        quotients
    }

    /// Takes the root of a total.
    #[inline(always)]
    fn finish<F: Float>(&self, total: F) -> F {
        match self.flags & 0xFF {
            aggregate::ROOT_OF_SQUARES => total.sqrt(),
            aggregate::ROOT_OF_POWERS => total.pow(F::ONE.by(F::from_word(self.power))),
            _ => total,
        }
    }
}
