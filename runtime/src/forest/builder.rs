//! Packs forests: checks plain data and lays it out as an image.

use super::{Feature, Forest, HEADER, IN_SET, LEAF, Leaf, MAGIC, MAX_SCRATCH, Reduction, Set, Term};
use alloc::collections::BTreeMap;
use alloc::vec::Vec;

/// The test of a split. A feature that is NaN fails all numeric tests but `NotEqual`.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Test {
    /// Less than a number.
    Less(f64),
    /// Less than a number or equal to it.
    LessOrEqual(f64),
    /// Greater than a number.
    Greater(f64),
    /// Greater than a number or equal to it.
    GreaterOrEqual(f64),
    /// Equal to a number.
    Equal(f64),
    /// Not equal to a number.
    NotEqual(f64),
    /// Element of the set of this number.
    In(u32),
    /// True, of a bool.
    True,
    /// Present; such a test is never missing.
    Present,
}

/// An inner node.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Split {
    /// The number of the feature that is tested.
    pub feature: u32,
    /// The test.
    pub test: Test,
    /// The node where the test holds.
    pub then: u32,
    /// The node where it does not.
    pub otherwise: u32,
    /// The node where the feature is missing.
    pub missing: u32,
}

/// Why a forest cannot be packed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Error {
    /// It has more nodes, terms, features or sets than the layout can number, or needs too much room to evaluate.
    TooLarge,
    /// It refers to a feature, node, set, term or accumulator that does not exist, or to a node that comes before its
    /// parent, or tests a feature in a way that does not fit its type.
    Malformed,
}

impl core::fmt::Display for Error {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(match self {
            Error::TooLarge => "the forest is too large",
            Error::Malformed => "the forest is malformed",
        })
    }
}

impl core::error::Error for Error {}

#[derive(Clone, Copy, Debug)]
enum Item {
    Split(Split),
    Leaf(Leaf),
}

/// The elements of a set: bits in ascending order, without -0.0 and NaN.
type Elements = Vec<u64>;

/// Packs a forest. Nodes are numbered as they are added, from 0.
#[derive(Clone, Debug)]
pub struct Builder {
    features: Vec<Feature>,
    reduction: Reduction,
    sets: Vec<Elements>,
    items: Vec<Item>,
    terms: Vec<Term>,
    roots: Vec<u32>,
}

/// What a slot is known by: its feature, and whether it holds positions in sets.
type SlotKey = (u32, bool);

impl Builder {
    /// A builder of a forest over features of the given types.
    pub fn new(features: Vec<Feature>, reduction: Reduction) -> Self {
        let (sets, items, terms, roots) = Default::default();
        Self { features, reduction, sets, items, terms, roots }
    }

    /// Adds a set of values of one type and gives its number. Its elements are the values' bits, -0.0 as 0.0 and without
    /// NaN.
    pub fn set(&mut self, elements: impl IntoIterator<Item = u64>) -> u32 {
        let mut elements: Elements = elements.into_iter().collect();
        elements.sort_unstable();
        elements.dedup();
        self.sets.push(elements);
        (self.sets.len() - 1) as u32
    }

    /// Adds an inner node. Its children are added later.
    pub fn split(&mut self, split: Split) {
        self.items.push(Item::Split(split));
    }

    /// Adds the end of a path, with the leaf's number and what it adds to the accumulators.
    pub fn leaf(&mut self, number: u32, terms: &[Term]) {
        let first_term = self.terms.len() as u32;
        self.terms.extend_from_slice(terms);
        self.items.push(Item::Leaf(Leaf { number: number as i64, first_term, terms: terms.len() as u32 }));
    }

    /// Adds the end of a path where a tree has no result.
    pub fn leaf_without_result(&mut self) {
        self.items.push(Item::Leaf(Leaf { number: -1, first_term: 0, terms: 0 }));
    }

    /// Adds a tree by its root.
    pub fn root(&mut self, node: u32) {
        self.roots.push(node);
    }

    /// Packs the forest into an image.
    pub fn finish(self) -> Result<Vec<u64>, Error> {
        let numbers = [self.items.len(), self.terms.len(), self.sets.len(), self.roots.len()];
        if numbers.into_iter().any(|count| count >= LEAF as usize) || self.features.len() >= 1 << 23 {
            return Err(Error::TooLarge);
        }
        self.check_terms()?;
        let (slots, slot_numbers) = self.slots()?;
        let children = self.children();
        let mut packer = Packer {
            builder: &self,
            slots: &slots,
            slot_numbers: &slot_numbers,
            packed_sets: BTreeMap::new(),
            sets: Vec::new(),
            set_words: Vec::new(),
        };
        let mut nodes = Vec::new();
        let mut leaves: Vec<Leaf> = Vec::new();
        for (number, item) in self.items.iter().enumerate() {
            match item {
                Item::Leaf(leaf) => leaves.push(*leaf),
                Item::Split(split) => {
                    let child = |node: u32| match children.get(node as usize) {
                        Some(child) if node as usize > number => Ok(*child),
                        _ => Err(Error::Malformed),
                    };
                    let (then, otherwise) = (child(split.then)?, child(split.otherwise)?);
                    let missing = match split.test {
                        Test::Present => otherwise,
                        _ => child(split.missing)?,
                    };
                    let (test, threshold) = packer.test(split)?;
                    let pair = |low: u32, high: u32| u64::from(low) | u64::from(high) << 32;
                    nodes.push([
                        threshold.to_bits(),
                        u64::from(test),
                        pair(otherwise, then),
                        pair(missing, missing),
                    ]);
                }
            }
        }
        let (sets, set_words) = (packer.sets, packer.set_words);
        if set_words.len() > u32::MAX as usize {
            return Err(Error::TooLarge);
        }
        let root = |node: &u32| children.get(*node as usize).copied().map(u64::from).ok_or(Error::Malformed);
        let roots = self.roots.iter().map(root).collect::<Result<Vec<u64>, Error>>()?;
        let most_terms = leaves.iter().map(|leaf| leaf.terms as usize).max().unwrap_or(0);
        let state = Forest::state_of(self.reduction, roots.len(), most_terms).ok_or(Error::TooLarge)?;
        match slots.len().checked_add(state) {
            Some(words) if words <= MAX_SCRATCH / super::ROWS => {}
            _ => return Err(Error::TooLarge),
        }
        let elements: usize = slots.iter().map(|slot| slot.elements().len()).sum();
        if elements > u32::MAX as usize {
            return Err(Error::TooLarge);
        }
        let (reduction, accumulators) = self.reduction.word();
        let counts = [
            slots.len(),
            nodes.len(),
            sets.len(),
            leaves.len(),
            self.terms.len(),
            roots.len(),
            elements,
            set_words.len(),
        ];
        let words = 4 * nodes.len() + 2 * (slots.len() + sets.len() + leaves.len() + self.terms.len());
        let mut image = Vec::with_capacity(HEADER + words + roots.len() + elements + set_words.len());
        image.extend([MAGIC, self.features.len() as u64, reduction, u64::from(accumulators), state as u64]);
        image.extend(counts.map(|count| count as u64));
        let mut first = 0;
        for slot in &slots {
            image.extend(slot.words(first));
            first += slot.elements().len() as u32;
        }
        image.extend(nodes.into_iter().flatten());
        for set in sets {
            image.extend([u64::from(set.first), u64::from(set.count) | u64::from(set.bits) << 32]);
        }
        for leaf in leaves {
            image.extend([leaf.number as u64, u64::from(leaf.first_term) | u64::from(leaf.terms) << 32]);
        }
        for term in &self.terms {
            image.extend([u64::from(term.accumulator), term.value.to_bits()]);
        }
        image.extend(roots);
        for slot in &slots {
            image.extend(slot.elements());
        }
        image.extend(set_words);
        Ok(image)
    }

    fn check_terms(&self) -> Result<(), Error> {
        let count = match self.reduction {
            Reduction::Leaf => return Ok(()),
            Reduction::Sum(accumulators)
            | Reduction::Vote(accumulators)
            | Reduction::Median(accumulators)
            | Reduction::Maximum(accumulators) => accumulators.count,
        };
        match self.terms.iter().any(|term| term.accumulator >= count) {
            true => Err(Error::Malformed),
            false => Ok(()),
        }
    }

    /// What each node is as a child: splits and leaves are numbered apart.
    fn children(&self) -> Vec<u32> {
        let (mut splits, mut leaves) = (0, 0);
        let mut child = |item: &Item| match item {
            Item::Split(_) => {
                splits += 1;
                splits - 1
            }
            Item::Leaf(_) => {
                leaves += 1;
                LEAF | (leaves - 1)
            }
        };
        self.items.iter().map(&mut child).collect()
    }

    /// The slots that the splits need, and their numbers.
    fn slots(&self) -> Result<(Vec<Slot>, BTreeMap<SlotKey, u32>), Error> {
        // The sets that each slot is tested with; none for slots without positions.
        let mut tested: BTreeMap<SlotKey, Vec<u32>> = BTreeMap::new();
        for item in &self.items {
            let Item::Split(split) = item else { continue };
            let feature = *self.features.get(split.feature as usize).ok_or(Error::Malformed)?;
            let sets = tested.entry(self.slot_key(feature, split)).or_default();
            if let Test::In(set) = split.test {
                sets.push(set);
            }
        }
        let mut slots = Vec::new();
        let mut numbers = BTreeMap::new();
        for (key, mut sets) in tested {
            let (number, positions) = key;
            let feature = *self.features.get(number as usize).ok_or(Error::Malformed)?;
            sets.sort_unstable();
            sets.dedup();
            let mut elements = Vec::new();
            for set in sets {
                elements.extend(self.sets.get(set as usize).ok_or(Error::Malformed)?);
            }
            elements.sort_unstable();
            elements.dedup();
            numbers.insert(key, slots.len() as u32);
            slots.push(Slot { feature: number, coding: coding(feature, positions, elements) });
        }
        Ok((slots, numbers))
    }

    fn slot_key(&self, feature: Feature, split: &Split) -> SlotKey {
        let positions = match split.test {
            Test::In(_) => true,
            // Any slot will do; features that are not numbers have positions only.
            Test::Present => matches!(feature, Feature::I64 | Feature::Text),
            _ => false,
        };
        (split.feature, positions)
    }
}

/// How a slot codes a feature, with the elements of its sets.
#[derive(Clone, Debug)]
enum Coding {
    Bool,
    F32,
    F64,
    Text { first: u32 },
    Elements { elements: Elements, feature: Feature },
}

/// A slot before it is packed.
#[derive(Clone, Debug)]
struct Slot {
    feature: u32,
    coding: Coding,
}

impl Slot {
    fn elements(&self) -> &[u64] {
        match &self.coding {
            Coding::Elements { elements, .. } => elements,
            _ => &[],
        }
    }

    /// The slot's words, given the place of its first element.
    fn words(&self, first_element: u32) -> [u64; 2] {
        let (kind, first, count) = match &self.coding {
            Coding::Bool => (0, 0, 0),
            Coding::F32 => (1, 0, 0),
            Coding::F64 => (2, 0, 0),
            Coding::Text { first } => (3, *first, 0),
            Coding::Elements { elements, feature } => {
                let kind = match feature {
                    Feature::Bool => 4,
                    Feature::I64 => 5,
                    Feature::F32 => 6,
                    Feature::F64 => 7,
                    Feature::Text => 8,
                };
                (kind, first_element, elements.len() as u32)
            }
        };
        [u64::from(self.feature) | kind << 32, u64::from(first) | u64::from(count) << 32]
    }
}

fn coding(feature: Feature, positions: bool, elements: Elements) -> Coding {
    match (feature, positions) {
        (Feature::F32, false) => Coding::F32,
        (Feature::F64, false) => Coding::F64,
        (Feature::Bool, false) => Coding::Bool,
        (Feature::Text, _) => match (elements.first(), elements.last()) {
            // Texts of one field have neighbouring numbers, as a rule.
            (Some(first), Some(last))
                if *last < u32::MAX as u64 && last - first <= 1024 + 4 * elements.len() as u64 =>
            {
                Coding::Text { first: *first as u32 }
            }
            _ => Coding::Elements { elements, feature },
        },
        _ => Coding::Elements { elements, feature },
    }
}

/// Packs the tests of splits.
struct Packer<'b> {
    builder: &'b Builder,
    slots: &'b [Slot],
    slot_numbers: &'b BTreeMap<SlotKey, u32>,
    /// The packed set for each slot and set.
    packed_sets: BTreeMap<(u32, u32), u32>,
    sets: Vec<Set>,
    set_words: Vec<u64>,
}

impl Packer<'_> {
    /// A split's slot and table, and its threshold.
    fn test(&mut self, split: &Split) -> Result<(u32, f64), Error> {
        let feature = *self.builder.features.get(split.feature as usize).ok_or(Error::Malformed)?;
        let key = self.builder.slot_key(feature, split);
        let slot = *self.slot_numbers.get(&key).ok_or(Error::Malformed)?;
        const UNORDERED: u32 = 1;
        const LESS: u32 = 1 << 1;
        const EQUAL: u32 = 1 << 2;
        const GREATER: u32 = 1 << 4;
        let number = matches!(feature, Feature::F32 | Feature::F64);
        let (table, threshold) = match split.test {
            Test::Less(threshold) if number => (LESS, threshold),
            Test::LessOrEqual(threshold) if number => (LESS | EQUAL, threshold),
            Test::Greater(threshold) if number => (GREATER, threshold),
            Test::GreaterOrEqual(threshold) if number => (GREATER | EQUAL, threshold),
            Test::Equal(threshold) if number => (EQUAL, threshold),
            Test::NotEqual(threshold) if number => (UNORDERED | LESS | GREATER, threshold),
            Test::True if feature == Feature::Bool => (EQUAL, 1.0),
            Test::Present => (UNORDERED | LESS | EQUAL | GREATER, 0.0),
            Test::In(set) => match self.positions(slot, set)?.as_slice() {
                [] => (0, 0.0),
                [position] => (EQUAL, *position as f64),
                positions => (IN_SET, self.pack_set(slot, set, positions) as f64),
            },
            _ => return Err(Error::Malformed),
        };
        Ok((slot << 8 | table, threshold))
    }

    /// The elements of a set as a slot codes them, in ascending order.
    fn positions(&self, slot: u32, set: u32) -> Result<Vec<u64>, Error> {
        let elements = self.builder.sets.get(set as usize).ok_or(Error::Malformed)?;
        let slot = self.slots.get(slot as usize).ok_or(Error::Malformed)?;
        Ok(match &slot.coding {
            Coding::Text { first } => elements.iter().map(|number| number - *first as u64).collect(),
            Coding::Elements { elements: all, .. } => elements
                .iter()
                .filter_map(|element| all.binary_search(element).ok())
                .map(|at| at as u64)
                .collect(),
            Coding::Bool | Coding::F32 | Coding::F64 => return Err(Error::Malformed),
        })
    }

    fn pack_set(&mut self, slot: u32, set: u32, positions: &[u64]) -> u32 {
        if let Some(packed) = self.packed_sets.get(&(slot, set)) {
            return *packed;
        }
        let first = self.set_words.len();
        let size = positions.last().map_or(0, |last| (last / 64 + 1) as usize);
        let bits = size <= 16 + 2 * positions.len();
        match bits {
            true => {
                self.set_words.resize(first + size, 0);
                for position in positions {
                    if let Some(word) = self.set_words.get_mut(first + (position / 64) as usize) {
                        *word |= 1 << (position % 64);
                    }
                }
            }
            false => self.set_words.extend_from_slice(positions),
        }
        let count = (self.set_words.len() - first) as u32;
        let packed = self.sets.len() as u32;
        // `finish` refuses forests whose sets have more words than can be numbered.
        self.sets.push(Set { first: first as u32, count, bits });
        self.packed_sets.insert((slot, set), packed);
        packed
    }
}
