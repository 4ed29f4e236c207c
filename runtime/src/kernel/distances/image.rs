//! Instances in their image: see [`super`] for the layout.

use crate::image::{Reader, halves};
use crate::kernel::error::Error;
use crate::kernel::lanes::LANES;

/// A flag: the results are the nearest instances.
pub const NEAREST: u64 = 1 << 8;
/// A flag: great values are near.
pub const GREATEST: u64 = 1 << 9;
/// A flag: some instances lack numbers.
pub const GAPS: u64 = 1 << 10;
/// A flag: the arithmetic is in single precision, rather than double.
pub const SINGLE: u64 = 1 << 11;

/// How the comparisons of all fields are combined into one number.
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
    /// The absolute value of their difference.
    pub const DIFFERENCE: u64 = 0;
    /// A bell curve of their difference.
    pub const BELL: u64 = 1;
    /// 0 if they are equal, otherwise 1.
    pub const DELTA: u64 = 2;
    /// 1 if they are equal, otherwise 0.
    pub const EQUAL: u64 = 3;
}

/// Instances in an image.
#[derive(Clone, Copy, Debug)]
pub struct Distances<'t> {
    pub(super) fields: usize,
    pub(super) instances: usize,
    pub(super) neighbors: usize,
    pub(super) flags: u64,
    pub(super) power: u64,
    pub(super) parameters: &'t [u64; 8],
    pub(super) terms: &'t [[u64; 4]],
    /// The numbers of instances, for each group and field.
    pub(super) numbers: &'t [[u64; LANES]],
    pub(super) known: &'t [u64],
}

impl<'t> Distances<'t> {
    /// Opens an image, of which the first word has been read.
    pub(in crate::kernel) fn open(image: &'t [u64]) -> Result<Self, Error> {
        let mut reader = Reader(image);
        let &[sizes, neighbors, flags, power] = reader.array().ok_or(Error::Size)?;
        let parameters = reader.array().ok_or(Error::Size)?;
        let (fields, instances) = halves(sizes);
        let (fields, instances) = (fields as usize, instances as usize);
        let neighbors = usize::try_from(neighbors).map_err(|_| Error::Size)?;
        if flags >> 12 != 0 || flags & 0xFF > aggregate::COUNTS {
            return Err(Error::Kind);
        }
        // This ensures that the size of the scratch space does not overflow.
        fields.checked_add(neighbors).and_then(|words| words.checked_mul(4 * LANES)).ok_or(Error::Size)?;
        let groups = instances.div_ceil(LANES);
        let numbers = groups.checked_mul(fields).ok_or(Error::Size)?;
        let known = if flags & GAPS != 0 { groups.checked_mul(fields + 1) } else { Some(0) };
        let terms = reader.records(fields).ok_or(Error::Size)?;
        let numbers = reader.records(numbers).ok_or(Error::Size)?;
        let fits = if flags & NEAREST != 0 { neighbors <= instances } else { neighbors == 0 };
        if !fits || known != Some(reader.0.len()) {
            return Err(Error::Size);
        }
        Ok(Self { fields, instances, neighbors, flags, power, parameters, terms, numbers, known: reader.0 })
    }

    /// Returns the numbers of a group: for each field, those of its instances.
    #[inline(always)]
    pub(super) fn group(&self, group: usize) -> &'t [[u64; LANES]] {
        self.numbers
            .get(group * self.fields..)
            .and_then(|numbers| numbers.get(..self.fields))
            .unwrap_or_default()
    }

    /// Returns which numbers of a group are present: which instances have all, and for each field which have
    /// it. Returns `None` if all have all.
    #[inline(always)]
    pub(super) fn known(&self, group: usize) -> Option<(u64, &'t [u64])> {
        let known = self.known.get(group * (self.fields + 1)..)?.get(..self.fields + 1)?;
        known.split_first().map(|(whole, known)| (*whole, known))
    }
}
