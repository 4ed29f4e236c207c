//! The distance of a row from each of many instances, or from those nearest to it: clusters, nearest
//! neighbors.
//!
//! A row and an instance are vectors of `f64`, some of which may be missing. For each field that both have,
//! `c` is the comparison of the two numbers. The sum of `weight · (c · c)` (or the like, see [`Aggregate`]),
//! in the order of the fields, is multiplied by the missing-weights of all fields divided by those of the
//! fields that both have. The root of that may be taken. Ones and zeros are counted instead. If nothing can
//! be compared, the distance is NaN.
//!
//! In single precision numbers are rounded to it before they are subtracted, and so is every intermediate
//! result. Whether two numbers are equal is determined in double precision.

use super::number::{Number, bits};
use crate::ir::types::Type;
use crate::memory::list;
use pmml_runtime::kernel::LANES;
use pmml_runtime::kernel::{DISTANCES, distances};
use std::fmt;

/// The largest number of instances, and of fields, that are printed.
const SHOWN: usize = 16;

/// Instances to compare rows with. The arguments are the row's numbers, then for each a bool that says
/// whether it is present. Numbers and distances are `f64` in either precision.
#[derive(Clone, Debug)]
pub struct Distances {
    /// The float type of the arithmetic.
    pub precision: Type,
    /// How the comparisons of all fields are combined.
    pub aggregate: Aggregate,
    /// Whether great values mean that row and instance are alike.
    pub greatest_is_best: bool,
    /// If `None`, the results are the distances from all instances. Otherwise they are the nearest instances,
    /// as many as this: for each its number, an `i64`, and its distance. On a tie the earlier instance comes
    /// first; NaN comes before all.
    pub nearest: Option<u32>,
    /// The fields.
    pub fields: Vec<DistanceField>,
    /// The numbers of each instance, one for each field.
    pub instances: Vec<Vec<Option<f64>>>,
}

/// A field that is compared.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DistanceField {
    /// How two numbers are compared.
    pub compare: Compare,
    /// The weight of the field.
    pub weight: f64,
    /// Its weight if others are missing.
    pub missing_weight: f64,
}

/// How two numbers are compared.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Compare {
    /// The absolute value of their difference.
    Difference,
    /// A bell curve of their difference, of the given scale: 1 at 0, 0.5 at the scale.
    Bell(f64),
    /// 0 if they are equal, otherwise 1.
    Delta,
    /// 1 if they are equal, otherwise 0.
    Equal,
}

/// How the comparisons of all fields are combined.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Aggregate {
    /// The sum of weighted squares.
    SumOfSquares,
    /// Its root.
    RootOfSquares,
    /// The weighted sum.
    Sum,
    /// The greatest weighted comparison.
    Greatest,
    /// The sum of weighted powers, and its root.
    RootOfPowers(f64),
    /// The quotient of weighted counts of ones and zeros. The weights in the numerator, then those in the
    /// denominator: of the fields that are 1 in both, in the row alone, in the instance alone, in neither.
    Counts([f64; 4], [f64; 4]),
}

// Numbers are equal if their bits are: kernels are distinguished by what they compute.
impl PartialEq for Distances {
    fn eq(&self, other: &Self) -> bool {
        self.pack() == other.pack()
    }
}

impl Eq for Distances {}

impl std::hash::Hash for Distances {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.pack().hash(state);
    }
}

impl Distances {
    /// Returns the number of bytes of memory that its lists take.
    pub fn memory(&self) -> usize {
        list(&self.fields) + list(&self.instances) + self.instances.iter().map(list).sum::<usize>()
    }

    pub(super) fn arguments(&self) -> Vec<Type> {
        let fields = self.fields.len();
        std::iter::repeat_n(Type::F64, fields).chain(std::iter::repeat_n(Type::Bool, fields)).collect()
    }

    pub(super) fn results(&self) -> Vec<Type> {
        match self.nearest {
            Some(nearest) => [Type::I64, Type::F64].repeat(nearest as usize),
            None => vec![Type::F64; self.instances.len()],
        }
    }

    pub(super) fn evaluate(&self, arguments: &[u64]) -> Vec<u64> {
        let (numbers, present) = arguments.split_at(self.fields.len());
        let row: Vec<Option<f64>> = numbers
            .iter()
            .zip(present)
            .map(|(number, present)| (*present != 0).then(|| f64::from_bits(*number)))
            .collect();
        let distances: Vec<f64> =
            self.instances.iter().map(|instance| self.distance(&row, instance)).collect();
        let Some(nearest) = self.nearest else { return distances.into_iter().map(f64::to_bits).collect() };
        let mut numbers: Vec<usize> = (0..distances.len()).collect();
        numbers.sort_by(|left, right| {
            let [left, right] = [left, right].map(|number| distances[*number]);
            let order = left.partial_cmp(&right).unwrap_or_else(|| right.is_nan().cmp(&left.is_nan()));
            let reversed = self.greatest_is_best && !left.is_nan() && !right.is_nan();
            if reversed { order.reverse() } else { order }
        });
        numbers.truncate(nearest as usize);
        numbers.into_iter().flat_map(|number| [number as u64, distances[number].to_bits()]).collect()
    }

    fn distance(&self, row: &[Option<f64>], instance: &[Option<f64>]) -> f64 {
        match self.precision {
            Type::F32 => self.distance_in::<f32>(row, instance).to_f64(),
            _ => self.distance_in::<f64>(row, instance),
        }
    }

    fn distance_in<N: Number>(&self, row: &[Option<f64>], instance: &[Option<f64>]) -> N {
        let mut shared = Vec::new();
        for (field, pair) in self.fields.iter().zip(row.iter().zip(instance)) {
            if let (Some(x), Some(y)) = pair {
                shared.push((field, *x, *y));
            }
        }
        let add = |sum: N, field: &DistanceField| sum + N::from_f64(field.missing_weight);
        let all = self.fields.iter().fold(N::ZERO, add);
        let some = shared.iter().fold(N::ZERO, |sum, (field, ..)| add(sum, field));
        if some <= N::ZERO || some.to_f64().is_nan() {
            return N::from_f64(f64::NAN);
        }
        let weighted = |power: fn(N, N) -> N, p: N| {
            let terms = shared
                .iter()
                .map(|(field, x, y)| N::from_f64(field.weight) * power(field.compare.of::<N>(*x, *y), p));
            terms.fold(N::ZERO, |sum, term| sum + term) * (all / some)
        };
        match self.aggregate {
            Aggregate::SumOfSquares => weighted(|c, _| c * c, N::ONE),
            Aggregate::RootOfSquares => weighted(|c, _| c * c, N::ONE).sqrt(),
            Aggregate::Sum => weighted(|c, _| c, N::ONE),
            Aggregate::RootOfPowers(p) => {
                let p = N::from_f64(p);
                weighted(N::pow, p).pow(N::ONE / p)
            }
            Aggregate::Greatest => {
                let terms = shared
                    .iter()
                    .map(|(field, x, y)| N::from_f64(field.weight) * field.compare.of::<N>(*x, *y));
                let least = N::from_f64(f64::NEG_INFINITY);
                let greatest = terms.fold(least, |most, term| if term > most { term } else { most });
                greatest * (all / some)
            }
            Aggregate::Counts(numerator, denominator) => {
                let count = |row: bool, instance: bool| {
                    let agrees =
                        shared.iter().filter(|(_, x, y)| (*x == 1.0) == row && (*y == 1.0) == instance);
                    N::from_f64(agrees.count() as f64)
                };
                let [both, first, second, neither] =
                    [count(true, true), count(true, false), count(false, true), count(false, false)];
                let sum = |weights: [f64; 4]| {
                    let [a, b, c, d] = weights.map(N::from_f64);
                    a * both + b * first + c * second + d * neither
                };
                sum(numerator) / sum(denominator)
            }
        }
    }

    /// Packs the data into an image. The layout is described where the image is opened: in [`distances`].
    pub(super) fn pack(&self) -> Vec<u64> {
        let (fields, instances) = (self.fields.len(), self.instances.len());
        let bits = |number| bits(self.precision, number);
        let has_gaps = self.instances.iter().flatten().any(Option::is_none);
        let mut flags = self.aggregate.code();
        for (is_set, flag) in [
            (self.nearest.is_some(), distances::NEAREST),
            (self.greatest_is_best, distances::GREATEST),
            (has_gaps, distances::GAPS),
            (self.precision == Type::F32, distances::SINGLE),
        ] {
            flags |= if is_set { flag } else { 0 };
        }
        let power = if let Aggregate::RootOfPowers(p) = self.aggregate { p } else { 0.0 };
        let (numerator, denominator) = match self.aggregate {
            Aggregate::Counts(numerator, denominator) => (numerator, denominator),
            _ => ([0.0; 4], [0.0; 4]),
        };
        let sizes = fields as u64 | (instances as u64) << 32;
        let mut image = vec![DISTANCES, sizes, self.nearest.unwrap_or(0).into(), flags, bits(power)];
        image.extend([numerator, denominator].concat().into_iter().map(bits));
        for field in &self.fields {
            let scale = if let Compare::Bell(scale) = field.compare { scale } else { 0.0 };
            let square = match self.precision {
                Type::F32 => f64::from(scale as f32 * scale as f32),
                _ => scale * scale,
            };
            image.push(field.compare.code());
            image.extend([square, field.weight, field.missing_weight].map(bits));
        }
        for group in self.instances.chunks(LANES) {
            for field in 0..fields {
                let numbers = (0..LANES).map(|lane| group.get(lane).and_then(|instance| instance[field]));
                image.extend(numbers.map(|number| number.unwrap_or(0.0).to_bits()));
            }
        }
        if has_gaps {
            for group in self.instances.chunks(LANES) {
                let mask = |has: &dyn Fn(&Vec<Option<f64>>) -> bool| {
                    let lanes = group.iter().enumerate();
                    lanes.fold(0, |mask, (lane, instance)| mask | u64::from(has(instance)) << lane)
                };
                image.push(mask(&|instance| instance.iter().all(Option::is_some)));
                image.extend((0..fields).map(|field| mask(&|instance| instance[field].is_some())));
            }
        }
        image
    }

    pub(super) fn verify(&self) -> Result<(), String> {
        if !self.precision.is_float() {
            return Err("the precision is not a float type".to_owned());
        }
        if self.instances.iter().any(|instance| instance.len() != self.fields.len()) {
            return Err("an instance does not have one number for each field".to_owned());
        }
        match self.nearest {
            Some(nearest) if nearest as usize > self.instances.len() => {
                Err(format!("{nearest} of {} instances are sought", self.instances.len()))
            }
            _ => Ok(()),
        }
    }
}

impl Compare {
    fn of<N: Number>(self, x: f64, y: f64) -> N {
        let difference = N::from_f64(x) - N::from_f64(y);
        match self {
            Compare::Difference => difference.abs(),
            Compare::Bell(scale) => {
                let (factor, scale) = (-N::from_f64(std::f64::consts::LN_2), N::from_f64(scale));
                (factor * difference * difference / (scale * scale)).exp()
            }
            Compare::Delta => {
                if x == y {
                    N::ZERO
                } else {
                    N::ONE
                }
            }
            Compare::Equal => {
                if x == y {
                    N::ONE
                } else {
                    N::ZERO
                }
            }
        }
    }

    fn code(self) -> u64 {
        match self {
            Compare::Difference => distances::compare::DIFFERENCE,
            Compare::Bell(_) => distances::compare::BELL,
            Compare::Delta => distances::compare::DELTA,
            Compare::Equal => distances::compare::EQUAL,
        }
    }
}

impl Aggregate {
    fn code(self) -> u64 {
        match self {
            Aggregate::SumOfSquares => distances::aggregate::SUM_OF_SQUARES,
            Aggregate::RootOfSquares => distances::aggregate::ROOT_OF_SQUARES,
            Aggregate::Sum => distances::aggregate::SUM,
            Aggregate::Greatest => distances::aggregate::GREATEST,
            Aggregate::RootOfPowers(_) => distances::aggregate::ROOT_OF_POWERS,
            Aggregate::Counts(..) => distances::aggregate::COUNTS,
        }
    }
}

impl fmt::Display for Distances {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let which = if self.greatest_is_best { "greatest" } else { "least" };
        match self.nearest {
            Some(nearest) => write!(f, "the {nearest} {which} distances of ")?,
            None => write!(f, "the distances from ")?,
        }
        writeln!(f, "{} instances of {} × {}", self.instances.len(), self.fields.len(), self.precision)?;
        writeln!(f, "  {:?}", self.aggregate)?;
        for DistanceField { compare, weight, missing_weight } in self.fields.iter().take(SHOWN) {
            writeln!(f, "  {weight:?} * {compare:?}, {missing_weight:?} where others are missing")?;
        }
        if self.fields.len() > SHOWN {
            writeln!(f, "  … {} fields in all", self.fields.len())?;
        }
        for instance in self.instances.iter().take(SHOWN) {
            let numbers = instance.iter().take(SHOWN).map(|number| match number {
                Some(number) => format!("{number:?}"),
                None => "missing".to_owned(),
            });
            let numbers: Vec<String> = numbers.collect();
            let rest = if instance.len() > SHOWN { ", …" } else { "" };
            writeln!(f, "  {}{rest}", numbers.join(", "))?;
        }
        if self.instances.len() > SHOWN {
            writeln!(f, "  … {} instances in all", self.instances.len())?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use pmml_runtime::math;

    fn kernel(aggregate: Aggregate, nearest: Option<u32>) -> Distances {
        let field = |compare, weight| DistanceField { compare, weight, missing_weight: 1.0 };
        Distances {
            precision: Type::F64,
            aggregate,
            greatest_is_best: false,
            nearest,
            fields: vec![field(Compare::Difference, 1.0), field(Compare::Delta, 2.0)],
            instances: vec![vec![Some(3.0), Some(1.0)], vec![Some(-1.0), None], vec![Some(1.0), Some(0.0)]],
        }
    }

    fn doubles(bits: Vec<u64>) -> Vec<f64> {
        bits.into_iter().map(f64::from_bits).collect()
    }

    fn row(x: f64, y: Option<f64>) -> [u64; 4] {
        [x.to_bits(), y.unwrap_or(0.0).to_bits(), 1, y.is_some().into()]
    }

    #[test]
    fn comparisons_are_weighted_and_added() {
        let of = |aggregate| doubles(kernel(aggregate, None).evaluate(&row(1.0, Some(0.0))));
        // c is 2, 1; then 2 and nothing, which counts twice; then 0, 0.
        assert_eq!(of(Aggregate::SumOfSquares), [6.0, 8.0, 0.0]);
        assert_eq!(of(Aggregate::Sum), [4.0, 4.0, 0.0]);
        assert_eq!(of(Aggregate::Greatest), [2.0, 4.0, 0.0]);
        assert_eq!(of(Aggregate::RootOfSquares), [math::sqrt(6.0), math::sqrt(8.0), 0.0]);
        assert_eq!(of(Aggregate::RootOfPowers(3.0))[0], math::pow(10.0, 1.0 / 3.0));
        // For counts of ones: the row's first number alone; no ones in the first field, which is the only
        // one; both.
        let shares = Aggregate::Counts([1.0, 0.0, 0.0, 1.0], [1.0; 4]);
        assert_eq!(of(shares), [0.0, 0.0, 1.0]);
        let missing = [0, 0, 0, 0];
        assert!(doubles(kernel(Aggregate::Sum, None).evaluate(&missing)).iter().all(|x| x.is_nan()));
    }

    #[test]
    fn on_a_tie_the_earlier_instance_comes_first_and_nan_before_all() {
        let nearest = |greatest_is_best, row: [u64; 4]| {
            let kernel = Distances { greatest_is_best, ..kernel(Aggregate::Sum, Some(3)) };
            let results = kernel.evaluate(&row);
            results.chunks(2).map(|pair| pair[0]).collect::<Vec<u64>>()
        };
        assert_eq!(nearest(false, row(1.0, Some(0.0))), [2, 0, 1]);
        assert_eq!(nearest(true, row(1.0, Some(0.0))), [0, 1, 2]);
        // The second instance has no second number.
        let only_second = [0, 1f64.to_bits(), 0, 1];
        assert_eq!(nearest(false, only_second), [1, 0, 2]);
        assert_eq!(nearest(true, only_second), [1, 2, 0]);
    }

    #[test]
    fn bells_and_equality() {
        assert_eq!(Compare::Bell(2.0).of::<f64>(3.0, 1.0), 0.5);
        let of = |compare: Compare, y| compare.of::<f64>(1.0, y);
        assert_eq!((of(Compare::Equal, 1.0), of(Compare::Delta, 1.0)), (1.0, 0.0));
        assert_eq!((of(Compare::Equal, 2.0), of(Compare::Delta, 2.0)), (0.0, 1.0));
    }

    #[test]
    fn f32_arithmetic_is_rounded_at_every_step_and_f64_are_compared() {
        let kernel = Distances { precision: Type::F32, ..kernel(Aggregate::Sum, None) };
        let x = 0.1f32 - 3.0f32;
        let found = doubles(kernel.evaluate(&row(0.1, Some(1.000_000_000_1))));
        assert_eq!(found[0], f64::from(x.abs() + 2.0));
    }
}
