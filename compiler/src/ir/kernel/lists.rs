//! Lists of numbers with places: the weights of sums, vectors, the coefficients of machines.

use crate::memory::list;
use pmml_runtime::kernel::LANES;
use pmml_runtime::kernel::matrix::layout;
use std::ops::Range;

/// The least number of vectors for which a group pays off.
const FEWEST_OF_A_GROUP: usize = 4;

/// Lists whose gaps are zeros are filled up if at least one in this many numbers is present.
const LEAST_SHARE: usize = 16;

/// Lists of numbers, each with a place.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Lists {
    /// For each list, the number of entries of it and of those before it.
    ends: Vec<u32>,
    places: Vec<u32>,
    /// The bits of each entry's number.
    numbers: Vec<u64>,
}

impl Lists {
    pub fn push(&mut self, entries: impl IntoIterator<Item = (usize, u64)>) {
        for (place, number) in entries {
            self.places.push(place as u32);
            self.numbers.push(number);
        }
        self.ends.push(self.places.len() as u32);
    }

    /// Returns the number of bytes of memory that they take.
    pub fn memory(&self) -> usize {
        list(&self.ends) + list(&self.places) + list(&self.numbers)
    }

    /// Returns the number of lists.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    fn ranges(&self) -> impl Iterator<Item = Range<usize>> + '_ {
        let starts = std::iter::once(0).chain(self.ends.iter().copied());
        starts.zip(&self.ends).map(|(start, end)| start as usize..*end as usize)
    }

    /// Returns the places of each list.
    pub fn places(&self) -> impl Iterator<Item = &[u32]> + '_ {
        self.ranges().map(|range| &self.places[range])
    }

    /// Returns each list's places with the bits of their numbers.
    pub fn iter(&self) -> impl Iterator<Item = impl ExactSizeIterator<Item = (usize, u64)>> + '_ {
        self.ranges().map(|range| {
            let entries = self.places[range.clone()].iter().zip(&self.numbers[range]);
            entries.map(|(place, number)| (*place as usize, *number))
        })
    }

    /// Appends the lists to an image, in the most suitable layout: see [`pmml_runtime::kernel::matrix`]. If
    /// `gaps_are_zeros`, a list holds 0 at the places that it does not name.
    pub fn pack(&self, image: &mut Vec<u64>, places: u32, gaps_are_zeros: bool) {
        let count = self.len();
        let width = places as usize;
        let all = count.saturating_mul(width);
        let is_full = self.places().all(|list| list.iter().copied().eq(0..places));
        let is_dense = gaps_are_zeros && self.places.len() >= all / LEAST_SHARE;
        // Rows without places have no words from which their number could be derived.
        let layout = if !(is_full || is_dense) || places == 0 {
            layout::LISTS
        } else if count < FEWEST_OF_A_GROUP {
            layout::ROWS
        } else {
            layout::GROUPS
        };
        let entries = match layout {
            layout::LISTS => self.places.len(),
            layout::ROWS => all,
            _ => width * count.next_multiple_of(LANES),
        };
        image.push(count as u64 | u64::from(places) << 32);
        image.push(u64::from(layout) | (entries as u64) << 32);
        let first = image.len();
        if layout == layout::LISTS {
            image.extend(&self.numbers);
            image.extend(self.ends.iter().map(|end| u64::from(*end)));
            image.extend(self.places.chunks(2).map(|pair| match *pair {
                [low, high] => u64::from(low) | u64::from(high) << 32,
                _ => u64::from(pair[0]),
            }));
            return;
        }
        image.resize(first + entries, 0);
        for (number, list) in self.iter().enumerate() {
            for (place, word) in list {
                let entry = match layout {
                    layout::ROWS => number * width + place,
                    _ => (number / LANES * width + place) * LANES + number % LANES,
                };
                image[first + entry] = word;
            }
        }
    }
}
