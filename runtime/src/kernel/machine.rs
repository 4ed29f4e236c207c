//! Kernel machines: weighted sums of what a function makes of the arguments and of constant vectors.
//!
//! # Layout
//!
//! | words | what |
//! |---|---|
//! | 1 | the kind, [`MACHINES`](super::MACHINES) |
//! | 1 | two numbers: how many arguments, how many vectors |
//! | 1 | how many machines |
//! | 1 | flags: [`SINGLE`], [`FULL`] |
//! | 1 | two numbers: how many entries all vectors have, how many all machines have |
//! | 1 | the function: [`LINEAR`], [`POLYNOMIAL`], [`RADIAL_BASIS`] or [`SIGMOID`] |
//! | 3 | the bits of its parameters: factor, offset, exponent |
//! | one a machine | the bits of its bias |
//! | | the vectors: entries are what stands at a place |
//! | | the machines: entries are coefficients of vectors |
//!
//! Vectors and machines are lists of entries:
//!
//! | words | what |
//! |---|---|
//! | one an entry | the bits of its number; the entries of a list are together, in order |
//! | one a list | how many entries it and those before it have |
//! | half an entry | its place: the number of the argument, ascending in a list, or of the vector |
//!
//! Bits of singles are in the low half of their word. The last two are left out of the vectors where each has one entry
//! for each argument, in order ([`FULL`]).
//!
//! # Evaluation
//!
//! Some rows at a time: their arguments are gathered, row beside row; then each vector's value is computed for all of
//! these rows, and stays in the scratch; then the machines are summed. The innermost loops run over rows, without
//! branches, which is what the compiler needs to use vectors. The function's value for a vector is computed once,
//! however many machines use it.

use super::float::Float;
use super::{Argument, Error, ROWS, has_column};

/// A flag: numbers are singles, not doubles.
pub const SINGLE: u64 = 1;
/// A flag: every vector has one entry for each argument, in order.
pub const FULL: u64 = 2;

/// The scalar product.
pub const LINEAR: u64 = 0;
/// A power of the scalar product, after a factor and an offset.
pub const POLYNOMIAL: u64 = 1;
/// The exponential of the negative squared distance, after a factor.
pub const RADIAL_BASIS: u64 = 2;
/// The hyperbolic tangent of the scalar product, after a factor and an offset.
pub const SIGMOID: u64 = 3;

/// How many rows are computed side by side.
const TILE: usize = 16;

/// Kernel machines that lie in an image.
#[derive(Clone, Copy, Debug)]
pub struct Machines<'t> {
    arguments: usize,
    flags: u64,
    function: u64,
    parameters: [u64; 3],
    biases: &'t [u64],
    vectors: Lists<'t>,
    machines: Lists<'t>,
}

impl<'t> Machines<'t> {
    /// Opens an image, of which the first word has been read.
    pub(super) fn open(image: &'t [u64]) -> Result<Self, Error> {
        let (&[sizes, machines, flags, entries, function, gamma, offset, degree], rest) =
            image.split_first_chunk().ok_or(Error::Size)?;
        let (arguments, vectors) = halves(sizes);
        let (numbers, coefficients) = halves(entries);
        let machines = usize::try_from(machines).map_err(|_| Error::Size)?;
        // So that the scratch has a size.
        arguments.checked_add(vectors).and_then(|rows| rows.checked_mul(TILE)).ok_or(Error::Size)?;
        let full = (flags & FULL != 0).then_some(arguments);
        let (biases, rest) = rest.split_at_checked(machines).ok_or(Error::Size)?;
        let (vectors, rest) = Lists::open(rest, vectors, numbers, full)?;
        let (machines, rest) = Lists::open(rest, machines, coefficients, None)?;
        match rest {
            [] => Ok(Self {
                arguments,
                flags,
                function,
                parameters: [gamma, offset, degree],
                biases,
                vectors,
                machines,
            }),
            _ => Err(Error::Size),
        }
    }

    /// How many words the evaluation works in.
    pub(super) fn scratch(&self) -> usize {
        (self.arguments + self.vectors.count) * TILE
    }

    /// Evaluates the machines, see [`Kernel::evaluate`](super::Kernel::evaluate).
    pub(super) fn evaluate(
        &self,
        cells: &mut [u64],
        scratch: &mut [u64],
        arguments: &[Argument],
        results: &[usize],
        mask: u64,
    ) {
        let fits = arguments.len() == self.arguments
            && results.len() == self.biases.len()
            && scratch.len() >= self.scratch()
            && results.iter().all(|place| has_column(cells, *place, mask));
        if !fits {
            return;
        }
        let block = Block { machines: self, arguments, results };
        match self.flags & SINGLE != 0 {
            true => block.evaluate::<f32>(cells, scratch, mask),
            false => block.evaluate::<f64>(cells, scratch, mask),
        }
    }
}

/// The two numbers that a word holds.
fn halves(word: u64) -> (usize, usize) {
    (word as u32 as usize, (word >> 32) as usize)
}

/// Lists of entries.
#[derive(Clone, Copy, Debug)]
struct Lists<'t> {
    count: usize,
    /// How many entries each list has, if they are one for each place, in order.
    full: Option<usize>,
    numbers: &'t [u64],
    ends: &'t [u64],
    places: &'t [u64],
}

impl<'t> Lists<'t> {
    /// Takes so many lists from the front of some words, and gives what is left.
    fn open(
        words: &'t [u64],
        count: usize,
        entries: usize,
        full: Option<usize>,
    ) -> Result<(Self, &'t [u64]), Error> {
        let (numbers, rest) = words.split_at_checked(entries).ok_or(Error::Size)?;
        let (ends, places) = match full {
            None => (count, entries.div_ceil(2)),
            Some(places) if places.checked_mul(count) == Some(entries) => (0, 0),
            Some(_) => return Err(Error::Size),
        };
        let (ends, rest) = rest.split_at_checked(ends).ok_or(Error::Size)?;
        let (places, rest) = rest.split_at_checked(places).ok_or(Error::Size)?;
        Ok((Self { count, full, numbers, ends, places }, rest))
    }

    /// The lists, in order.
    fn iter(self) -> impl Iterator<Item = List<'t>> {
        let mut start = 0;
        (0..self.count).map(move |number| {
            let first = start;
            start = match self.full {
                Some(length) => first + length,
                None => self.ends.get(number).map_or(first, |end| *end as usize),
            };
            let numbers = self.numbers.get(first..start).unwrap_or_default();
            List { numbers, places: self.full.is_none().then_some((self.places, first)) }
        })
    }
}

/// A list of entries.
struct List<'t> {
    numbers: &'t [u64],
    /// The places of all lists' entries, and the number of this list's first entry; or none if the places are all, in
    /// order.
    places: Option<(&'t [u64], usize)>,
}

impl List<'_> {
    /// The entries: places with the bits of their numbers.
    #[inline]
    fn entries(&self) -> impl Iterator<Item = (usize, u64)> {
        self.numbers.iter().enumerate().map(|(entry, number)| match self.places {
            None => (entry, *number),
            Some((places, first)) => {
                let entry = first + entry;
                let place = places.get(entry / 2).map_or(0, |pair| (pair >> (entry % 2 * 32)) as u32);
                (place as usize, *number)
            }
        })
    }
}

/// Kernel machines with the places of what they take and give.
struct Block<'e, 't> {
    machines: &'e Machines<'t>,
    arguments: &'e [Argument],
    results: &'e [usize],
}

impl Block<'_, '_> {
    fn evaluate<F: Float>(&self, cells: &mut [u64], scratch: &mut [u64], mask: u64) {
        for first in (0..ROWS).step_by(TILE) {
            let rows = mask >> first & ((1 << TILE) - 1);
            match rows.count_ones() {
                0 => {}
                1 => {
                    let (rows, first) = (1, first + rows.trailing_zeros() as usize);
                    self.tile::<F, 1>(cells, scratch, first, rows);
                }
                _ => self.tile::<F, TILE>(cells, scratch, first, rows),
            }
        }
    }

    /// Computes `N` rows from `first` on, and writes those of a mask whose lowest bit is the first of them.
    fn tile<F: Float, const N: usize>(
        &self,
        cells: &mut [u64],
        scratch: &mut [u64],
        first: usize,
        mask: u64,
    ) {
        let Machines { vectors, machines, biases, .. } = *self.machines;
        let (rows, _) = scratch.as_chunks_mut::<N>();
        let Some((gathered, rows)) = rows.split_at_mut_checked(self.arguments.len()) else { return };
        for (rows, argument) in gathered.iter_mut().zip(self.arguments) {
            *rows = argument.rows(cells, first);
        }
        for (value, vector) in rows.iter_mut().zip(vectors.iter()) {
            *value = self.value::<F, N>(&vector, gathered).map(F::to_word);
        }
        for ((machine, bias), result) in machines.iter().zip(biases).zip(self.results) {
            let sums = products::<F, N>(&machine, rows);
            let bias = F::from_word(*bias);
            for (row, sum) in sums.iter().enumerate() {
                if mask >> row & 1 != 0
                    && let Some(word) = cells.get_mut(result + first + row)
                {
                    *word = sum.plus(bias).to_word();
                }
            }
        }
    }

    /// What the function makes of a vector and of some rows' arguments.
    #[inline]
    fn value<F: Float, const N: usize>(&self, vector: &List<'_>, gathered: &[[u64; N]]) -> [F; N] {
        let [gamma, offset, degree] = self.machines.parameters.map(F::from_word);
        match self.machines.function {
            RADIAL_BASIS => {
                let factor = gamma.negative();
                squares::<F, N>(vector, gathered).map(|sum| factor.times(sum).exp())
            }
            POLYNOMIAL => {
                products::<F, N>(vector, gathered).map(|sum| gamma.times(sum).plus(offset).pow(degree))
            }
            SIGMOID => products::<F, N>(vector, gathered).map(|sum| gamma.times(sum).plus(offset).tanh()),
            _ => products::<F, N>(vector, gathered),
        }
    }
}

/// The sum of a list's numbers times what some rows hold at their places.
#[inline]
fn products<F: Float, const N: usize>(list: &List<'_>, rows: &[[u64; N]]) -> [F; N] {
    let mut sums = [F::ZERO; N];
    for (place, number) in list.entries() {
        let number = F::from_word(number);
        if let Some(row) = rows.get(place) {
            for (sum, value) in sums.iter_mut().zip(row) {
                *sum = sum.plus(number.times(F::from_word(*value)));
            }
        }
    }
    sums
}

/// The sum of the squared differences between some rows and a list, which holds 0 where it has no entry.
#[inline]
fn squares<F: Float, const N: usize>(list: &List<'_>, rows: &[[u64; N]]) -> [F; N] {
    let mut sums = [F::ZERO; N];
    let mut entries = list.entries().peekable();
    for (place, row) in rows.iter().enumerate() {
        let number = entries.next_if(|entry| entry.0 == place).map_or(F::ZERO, |entry| F::from_word(entry.1));
        for (sum, value) in sums.iter_mut().zip(row) {
            let difference = F::from_word(*value).minus(number);
            *sum = sum.plus(difference.times(difference));
        }
    }
    sums
}
