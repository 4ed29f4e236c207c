//! The formula of distances, one per lane.

use super::image::{Distances, aggregate, compare};
use crate::kernel::float::Float;
use crate::kernel::lanes::LANES;

/// All lanes.
pub(super) const ALL: u64 = (1 << LANES) - 1;

/// Whether distances are sums of squared differences of numbers that are all present: the usual case, which
/// has a separate loop.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Plain {
    /// They are not.
    No,
    /// All weights are 1.
    Unweighted,
    /// Some weights are not.
    Weighted,
}

/// Returns the square of the difference of two numbers.
#[inline(always)]
pub(super) fn square<F: Float>(number: u64, other: u64) -> F {
    let [number, other] = [number, other].map(|bits| F::from_f64(f64::from_bits(bits)));
    let difference = number.minus(other);
    difference.times(difference)
}

/// Returns totals multiplied with factors.
#[inline(always)]
pub(super) fn multiplied<F: Float>(mut totals: [F; LANES], factors: &[F; LANES]) -> [F; LANES] {
    for (total, factor) in totals.iter_mut().zip(factors) {
        *total = total.times(*factor);
    }
    totals
}

/// What is compared in a field: the rows' numbers, the instances' numbers, and the lanes where both are
/// present.
type Pairs = (([f64; LANES], [f64; LANES]), u64);

impl Distances<'_> {
    /// Returns which case the distances of some rows are; `present` has, for each field, the lanes where it
    /// is present.
    #[inline(always)]
    pub(super) fn plain<F: Float>(&self, present: &[u64]) -> Plain {
        let aggregate = self.flags & 0xFF;
        let squares = matches!(aggregate, aggregate::SUM_OF_SQUARES | aggregate::ROOT_OF_SQUARES);
        let all_present = present.iter().all(|present| *present == ALL);
        let all_numbers = self.terms.iter().all(|[compare, ..]| *compare == compare::DIFFERENCE);
        if !squares || !all_present || !all_numbers {
            Plain::No
        } else if self.weights::<F>().all(|weight| weight == F::ONE) {
            Plain::Unweighted
        } else {
            Plain::Weighted
        }
    }

    /// Returns the weights of all fields.
    #[inline(always)]
    pub(super) fn weights<F: Float>(&self) -> impl Iterator<Item = F> {
        self.terms.iter().map(|[_, _, weight, _]| F::from_word(*weight))
    }

    /// Returns, for each lane, the weights of all fields divided by those of the fields that row and instance
    /// share, or NaN if they share none. `masks` has, for each field, the lanes that share it.
    #[inline(always)]
    pub(super) fn factors<F: Float>(&self, masks: impl Iterator<Item = u64>) -> [F; LANES] {
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

    /// Returns the totals of the comparisons of all fields, without the root.
    #[inline(always)]
    pub(super) fn totals<F: Float>(
        &self,
        fields: impl Iterator<Item = Pairs>,
        factors: &[F; LANES],
    ) -> [F; LANES] {
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

    /// Returns the totals with the comparison of one more field.
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
                compare::DELTA if *row == *instance => F::ZERO,
                compare::DELTA => F::ONE,
                compare::EQUAL if *row == *instance => F::ONE,
                compare::EQUAL => F::ZERO,
                _ => F::from_f64(*row).minus(F::from_f64(*instance)).absolute(),
            };
        }
        if compare == compare::BELL {
            // The absolute value of the difference serves as well as the difference: it is multiplied by
            // itself.
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

    /// Returns the quotients of weighted counts of ones and zeros.
    #[inline(always)]
    fn quotients<F: Float>(&self, fields: impl Iterator<Item = Pairs>, factors: &[F; LANES]) -> [F; LANES] {
        // For both, the row alone, the instance alone, neither.
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
            if !factor.is_nan() {
                *quotient = sum(numerator).by(sum(denominator));
            }
        }
        quotients
    }

    /// Returns the distance for a total, of which some aggregates take the root.
    #[inline(always)]
    pub(super) fn finish<F: Float>(&self, total: F) -> F {
        match self.flags & 0xFF {
            aggregate::ROOT_OF_SQUARES => total.sqrt(),
            aggregate::ROOT_OF_POWERS => total.pow(F::ONE.by(F::from_word(self.power))),
            _ => total,
        }
    }
}
