//! The columns of bins that binary nodes need, and the binners that make them.

use super::binary::{Binary, Comparison, Nodes};
use super::description::{Builder, Error, MAX_COUNT};
use crate::forest::binning::eytzinger;
use crate::forest::definition::Feature;
use crate::forest::image::{Binner, Kind, Window};
use crate::forest::walk::MAX_NAMED;
use crate::image::pair;
use alloc::collections::BTreeMap;
use alloc::vec::Vec;

/// What identifies a column: its binner, which cuts it starts from (in windows), and where missing features
/// and NaN go.
type ColumnKey = (u32, Source, u32, bool, bool);

/// What a binner makes of a feature.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum Source {
    Rank,
    Bool,
    Present,
}

/// Columns, numbered as in [`binning`](crate::forest::binning): windows, positions, sets.
#[derive(Debug)]
pub(super) struct Columns {
    pub binners: Vec<Binner>,
    /// The windows, with the numbers of their binners.
    pub windows: Vec<(Window, u32)>,
    /// The number of columns of positions.
    pub positions: u32,
    /// For each set, the words of the image.
    pub sets: Vec<u64>,
    pub cuts: Vec<u64>,
    pub set_words: Vec<u64>,
    /// Whether the sets are few enough for walks to test them by bins.
    pub sets_binned: bool,
    /// The largest number of cuts of a window.
    most: u32,
    /// The cuts of each feature, in ascending order.
    ranks: BTreeMap<u32, Vec<u64>>,
    /// For each binary node, the number of its cut among those of the feature.
    node_cuts: Vec<u32>,
    window_numbers: BTreeMap<ColumnKey, u32>,
    set_numbers: BTreeMap<SetKey, u32>,
}

/// What identifies a set: its feature, the set, and whether a missing feature counts as an element.
type SetKey = (u32, u32, bool);

/// Where a node finds what it compares.
#[derive(Clone, Copy, Debug)]
pub(super) enum Place {
    /// In a window, above a threshold.
    Window { column: u32, threshold: u16 },
    /// In a set.
    Set(u32),
}

impl Columns {
    /// Collects and numbers the columns, whose windows have at most `most` cuts.
    pub fn new(builder: &Builder, nodes: &Nodes, most: u16) -> Result<Self, Error> {
        let ranks = ranks(nodes);
        let node_cuts = nodes.nodes.iter().map(|node| cut_number(node, &ranks)).collect::<Result<_, _>>()?;
        let mut columns = Self {
            binners: Vec::new(),
            windows: Vec::new(),
            positions: 0,
            sets: Vec::new(),
            cuts: Vec::new(),
            set_words: Vec::new(),
            sets_binned: false,
            most: u32::from(most),
            ranks,
            node_cuts,
            window_numbers: BTreeMap::new(),
            set_numbers: BTreeMap::new(),
        };
        columns.number_windows(builder, nodes)?;
        columns.number_sets(builder, nodes)?;
        // A bin of a set takes about as long as two steps of a walk, and is computed whether or not the walk
        // reaches the set.
        columns.sets_binned = columns.sets.len() <= MAX_SETS_A_TREE * builder.roots.len() + 64;
        if columns.window_numbers.len() + columns.positions as usize + columns.sets.len() >= MAX_NAMED {
            return Err(Error::TooLarge);
        }
        Ok(columns)
    }

    /// Returns where a node finds what it compares, by its number.
    pub fn place(&self, nodes: &Nodes, number: u32) -> Result<Place, Error> {
        let node = &nodes.nodes[number as usize];
        if let Comparison::Set(set) = node.comparison {
            let number = self.set_numbers.get(&(node.feature, set, node.missing_high));
            return number.copied().map(Place::Set).ok_or(Error::Malformed);
        }
        let (key, threshold) = self.key(node, self.node_cuts[number as usize]);
        let column = *self.window_numbers.get(&key).ok_or(Error::Malformed)?;
        Ok(Place::Window { column, threshold })
    }

    /// Returns the column of a place for bit-parallel evaluation, and the threshold.
    pub fn byte_column(&self, place: Place) -> (u32, u16) {
        match place {
            Place::Window { column, threshold } => (column, threshold),
            Place::Set(set) => (self.windows.len() as u32 + self.positions + set, 0),
        }
    }

    /// Returns the number of columns.
    pub fn count(&self) -> usize {
        self.windows.len() + self.positions as usize + self.sets.len()
    }

    /// Returns whether ranks fit into 16 bits.
    pub fn ranks_fit(&self) -> bool {
        self.ranks.values().all(|cuts| cuts.len() < usize::from(u16::MAX))
    }

    /// Returns whether bins fit into bytes and ranks into 16 bits.
    pub fn fit_bytes(&self) -> bool {
        let columns = self.count();
        self.sets_binned
            && self.most <= u32::from(u8::MAX)
            && self.ranks_fit()
            && columns <= usize::from(u16::MAX)
    }

    /// Returns the column of a node that does not test a set, and the threshold, given the number of its cut.
    fn key(&self, node: &Binary, cut: u32) -> (ColumnKey, u16) {
        let source = match node.comparison {
            Comparison::Cut(_) => Source::Rank,
            Comparison::True => Source::Bool,
            Comparison::Present | Comparison::Set(_) => Source::Present,
        };
        let first = cut / self.most * self.most;
        ((node.feature, source, first, node.missing_high, node.nan_high), (cut - first) as u16)
    }

    /// Assigns the windows their numbers, and makes their binners.
    fn number_windows(&mut self, builder: &Builder, nodes: &Nodes) -> Result<(), Error> {
        for (node, cut) in nodes.nodes.iter().zip(&self.node_cuts) {
            if !matches!(node.comparison, Comparison::Set(_)) {
                self.window_numbers.insert(self.key(node, *cut).0, 0);
            }
        }
        let mut last = None;
        for ((feature, source, first, missing_high, nan_high), number) in &mut self.window_numbers {
            let cuts = self.ranks.get(feature).map_or(0, Vec::len) as u32;
            if last != Some((*feature, *source)) {
                last = Some((*feature, *source));
                let ty = *builder.features.get(*feature as usize).ok_or(Error::Malformed)?;
                let (kind, cuts) = match source {
                    Source::Rank if ty == Feature::F32 => (Kind::RankF32, cuts),
                    Source::Rank => (Kind::RankF64, cuts),
                    Source::Bool => (Kind::Bool, 0),
                    Source::Present => (Kind::Present, 0),
                };
                let binner = Binner {
                    feature: *feature,
                    kind,
                    first: u32::try_from(self.cuts.len()).map_err(|_| Error::TooLarge)?,
                    count: cuts,
                    first_column: self.windows.len() as u32,
                    columns: 0,
                    position: 0,
                };
                self.binners.push(binner);
                if *source == Source::Rank {
                    eytzinger::push(
                        self.ranks.get(feature).map(Vec::as_slice).unwrap_or_default(),
                        &mut self.cuts,
                    );
                }
            }
            *number = self.windows.len() as u32;
            let count = match source {
                Source::Rank => (cuts - *first).min(self.most) as u16,
                Source::Bool | Source::Present => 1,
            };
            let window = Window { first: *first, count, missing_high: *missing_high, nan_high: *nan_high };
            self.windows.push((window, self.binners.len() as u32 - 1));
            if let Some(binner) = self.binners.last_mut() {
                binner.columns += 1;
            }
        }
        Ok(())
    }

    /// Assigns the sets their numbers, and makes the binners of their features.
    fn number_sets(&mut self, builder: &Builder, nodes: &Nodes) -> Result<(), Error> {
        for node in &nodes.nodes {
            if let Comparison::Set(set) = node.comparison {
                self.set_numbers.insert((node.feature, set, node.missing_high), 0);
            }
        }
        let mut tested: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
        for (feature, set, _) in self.set_numbers.keys() {
            tested.entry(*feature).or_default().push(*set);
        }
        for (number, (feature, sets)) in tested.into_iter().enumerate() {
            self.position_binner(builder, feature, &sets, number as u32)?;
        }
        Ok(())
    }

    /// Makes the binner of a feature's positions, and the sets of positions that are tested.
    fn position_binner(
        &mut self,
        builder: &Builder,
        feature: u32,
        sets: &[u32],
        number: u32,
    ) -> Result<(), Error> {
        let ty = *builder.features.get(feature as usize).ok_or(Error::Malformed)?;
        let elements_of = |set: u32| builder.sets.get(set as usize).ok_or(Error::Malformed);
        let mut elements: Vec<u64> = Vec::new();
        for set in sets {
            elements.extend(elements_of(*set)?);
        }
        elements.sort_unstable();
        elements.dedup();
        // The strings of one field usually have neighboring numbers.
        let offset = match (ty, elements.first(), elements.last()) {
            (Feature::String, Some(first), Some(last))
                if *last < u64::from(u32::MAX) && last - first <= 1024 + 4 * elements.len() as u64 =>
            {
                Some((*first as u32, (last - first + 1) as u32))
            }
            _ => None,
        };
        let (kind, first, count) = match offset {
            Some((first, count)) => (Kind::StringOffset, first, count as usize),
            None => (Kind::Position(ty), self.cuts.len() as u32, elements.len()),
        };
        if count + 1 > usize::from(u16::MAX) || self.cuts.len() > MAX_COUNT {
            return Err(Error::TooLarge);
        }
        self.binners.push(Binner {
            feature,
            kind,
            first,
            count: count as u32,
            first_column: self.sets.len() as u32,
            columns: 0,
            position: self.windows.len() as u32 + number,
        });
        if offset.is_none() {
            self.cuts.extend(&elements);
        }
        self.positions += 1;
        for ((of, set, missing), number) in self.set_numbers.range_mut((feature, 0, false)..) {
            if *of != feature {
                break;
            }
            *number = self.sets.len() as u32;
            let first_word = u32::try_from(self.set_words.len()).map_err(|_| Error::TooLarge)?;
            self.sets.push(pair(self.windows.len() as u32 + self.positions - 1, first_word));
            let length = (count + 2).div_ceil(64);
            if self.set_words.len() + length > MAX_SET_WORDS {
                return Err(Error::TooLarge);
            }
            let mut words = alloc::vec![0u64; length];
            let mut insert = |position: usize| words[position / 64] |= 1 << (position % 64);
            for element in elements_of(*set)? {
                match offset {
                    Some((first, _)) => insert((*element as u32 - first) as usize),
                    None => insert(elements.binary_search(element).map_err(|_| Error::Malformed)?),
                }
            }
            if *missing {
                insert(count + 1);
            }
            self.set_words.extend(words);
            if let Some(binner) = self.binners.last_mut() {
                binner.columns += 1;
            }
        }
        Ok(())
    }
}

/// The largest number of words of all sets: 128 MiB.
const MAX_SET_WORDS: usize = 1 << 24;

/// The number of sets per tree up to which rows have bins for all of them.
const MAX_SETS_A_TREE: usize = 4;

/// Returns the number of a node's cut among those of its feature, or zero if it does not compare with a cut.
fn cut_number(node: &Binary, ranks: &BTreeMap<u32, Vec<u64>>) -> Result<u32, Error> {
    let Comparison::Cut(cut) = node.comparison else { return Ok(0) };
    let cuts = ranks.get(&node.feature).ok_or(Error::Malformed)?;
    let found = cuts.binary_search_by(|other| f64::from_bits(*other).total_cmp(&cut));
    Ok(found.map_err(|_| Error::Malformed)? as u32)
}

/// Returns the cuts of each feature that is compared, in ascending order, each once.
fn ranks(nodes: &Nodes) -> BTreeMap<u32, Vec<u64>> {
    let mut ranks: BTreeMap<u32, Vec<u64>> = BTreeMap::new();
    for node in &nodes.nodes {
        if let Comparison::Cut(cut) = node.comparison {
            ranks.entry(node.feature).or_default().push(cut.to_bits());
        }
    }
    for cuts in ranks.values_mut() {
        cuts.sort_unstable_by(|left, right| f64::from_bits(*left).total_cmp(&f64::from_bits(*right)));
        cuts.dedup();
    }
    ranks
}
