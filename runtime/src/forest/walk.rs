//! Coding the features of some rows, and the walk from a root to a leaf.

use super::{Argument, Coding, Feature, Forest, IN_SET, LANES, LEAF, MISSING, Node, Slot};

impl Forest<'_> {
    /// Codes the features of rows: row `i` of `rows` gets the slots from `i * self.slots.len()` on.
    pub(super) fn code(&self, cells: &[u64], arguments: &[Argument], rows: &[usize], slots: &mut [u64]) {
        let width = self.slots.len();
        for number in 0..width {
            let Some(slot) = self.slot(number) else { continue };
            let argument = 2 * slot.feature as usize;
            let (Some(values), Some(present)) = (arguments.get(argument), arguments.get(argument + 1)) else {
                continue;
            };
            let present = present.mask(cells);
            for (index, row) in rows.iter().enumerate() {
                let coded = match present >> row & 1 {
                    0 => MISSING,
                    _ if slot.is_mask() => self.coded(slot, values.mask(cells) >> row & 1).to_bits(),
                    _ => self.coded(slot, values.bits(cells, *row)).to_bits(),
                };
                if let Some(word) = slots.get_mut(index * width + number) {
                    *word = coded;
                }
            }
        }
    }

    /// The number of the leaf that a row comes to.
    pub(super) fn walk<const SETS: bool>(&self, slots: &[u64], root: u32) -> u32 {
        let mut at = root;
        // The builder lets children come after their parents: this ends.
        while let Some(node) = self.nodes.get(at as usize) {
            at = self.step::<SETS>(Node(*node), slots);
        }
        at & !LEAF
    }

    /// Walks in step from several roots, each for a row of its own. A walk is a chain of loads and compares that wait
    /// for each other; several chains at once keep the processor busy.
    #[inline]
    pub(super) fn walk_lanes<const SETS: bool>(
        &self,
        slots: [&[u64]; LANES],
        roots: [u32; LANES],
    ) -> [u32; LANES] {
        let mut at = roots;
        let Some(first) = self.nodes.first() else { return at.map(|leaf| leaf & !LEAF) };
        while at.iter().fold(LEAF, |all, at| all & at) == 0 {
            for (at, slots) in at.iter_mut().zip(slots) {
                // A lane that has come to its leaf stays there.
                let node = self.nodes.get(*at as usize).unwrap_or(first);
                let next = self.step::<SETS>(Node(*node), slots);
                *at = if *at & LEAF == 0 { next } else { *at };
            }
        }
        at.map(|leaf| leaf & !LEAF)
    }

    /// The child that a row comes to.
    #[inline]
    fn step<const SETS: bool>(&self, node: Node, slots: &[u64]) -> u32 {
        let bits = slots.get((node.test() >> 8) as usize).copied().unwrap_or(MISSING);
        let value = f64::from_bits(bits);
        let outcome = (value < node.threshold()) as u32
            | ((value == node.threshold()) as u32) << 1
            | ((value > node.threshold()) as u32) << 2;
        let mut holds = node.test() >> outcome & 1;
        if SETS && node.test() & IN_SET != 0 {
            holds = self.set_contains(node.threshold() as usize, value) as u32;
        }
        let way = holds | ((bits == MISSING) as u32) << 1;
        node.child(way)
    }

    fn set_contains(&self, set: usize, value: f64) -> bool {
        let Some(set) = self.set(set) else { return false };
        let words = self.set_words.get(set.first as usize..).unwrap_or_default();
        let words = words.get(..set.count as usize).unwrap_or_default();
        // Saturates; NaN, which is missing, does not matter.
        let element = value as u64;
        match set.bits {
            true => words.get((element / 64) as usize).is_some_and(|word| word >> (element % 64) & 1 != 0),
            false => words.binary_search(&element).is_ok(),
        }
    }

    /// What the value of the given bits is coded as.
    fn coded(&self, slot: Slot, bits: u64) -> f64 {
        let ordinary = |number: f64| if number.is_nan() { f64::NAN } else { number };
        match slot.coding {
            Coding::Bool => bits as f64,
            Coding::F32 => ordinary(f32::from_bits(bits as u32) as f64),
            Coding::F64 => ordinary(f64::from_bits(bits)),
            Coding::Text { first } => match (bits as u32).checked_sub(first) {
                Some(code) => code as f64,
                None => u32::MAX as f64,
            },
            Coding::Elements { first, count, feature } => {
                let elements = self.elements.get(first as usize..).unwrap_or_default();
                let elements = elements.get(..count as usize).unwrap_or_default();
                let found = feature.key(bits).and_then(|key| elements.binary_search(&key).ok());
                found.unwrap_or(elements.len()) as f64
            }
        }
    }
}

impl Slot {
    fn is_mask(self) -> bool {
        matches!(self.coding, Coding::Bool | Coding::Elements { feature: Feature::Bool, .. })
    }
}

impl Feature {
    /// The bits under which a value is found in a set: those of 0.0 for -0.0, none for NaN.
    fn key(self, bits: u64) -> Option<u64> {
        match self {
            Feature::F32 => {
                let value = f32::from_bits(bits as u32);
                (!value.is_nan()).then_some((value + 0.0).to_bits() as u64)
            }
            Feature::F64 => {
                let value = f64::from_bits(bits);
                (!value.is_nan()).then_some((value + 0.0).to_bits())
            }
            Feature::Text => Some(bits as u32 as u64),
            Feature::Bool | Feature::I64 => Some(bits),
        }
    }
}
