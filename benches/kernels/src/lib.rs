//! The data for benchmarks of kernels: random forests with the shapes that libraries train.

#![forbid(unsafe_code)]

use pmml_runtime::BLOCK_ROWS;
use pmml_runtime::block::Argument;
use pmml_runtime::forest::{Accumulators, Builder, Feature, Reduction, Split, Term, Test};

/// A pseudorandom generator (xorshift), so that every run measures the same.
#[derive(Clone, Debug)]
pub struct Random(u64);

impl Default for Random {
    fn default() -> Self {
        Self(0x9e37_79b9_7f4a_7c15)
    }
}

impl Random {
    /// Returns a number below a limit.
    pub fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 33) as usize % limit
    }

    /// Returns a number between -2 and 2.
    pub fn number(&mut self) -> f64 {
        self.below(1 << 20) as f64 / f64::from(1 << 18) - 2.0
    }
}

/// The number of features of a row.
pub const FEATURES: usize = 28;

/// The shape of a forest.
#[derive(Clone, Copy, Debug)]
pub struct Shape {
    /// The number of trees.
    pub trees: usize,
    /// The number of leaves of each tree.
    pub leaves: usize,
    /// Whether all leaves have the same depth, as in XGBoost. Otherwise a tree grows leaf by leaf, as in LightGBM.
    pub balanced: bool,
    /// Whether sums are in single precision.
    pub single: bool,
    /// The number of sums, to all of which each leaf adds: at most [`MAX_CLASSES`].
    pub classes: usize,
    /// The number of thresholds per feature.
    pub cuts: usize,
}

/// The largest number of sums of a forest.
pub const MAX_CLASSES: usize = 10;

impl std::fmt::Display for Shape {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let growth = if self.balanced { "level by level" } else { "leaf by leaf" };
        write!(f, "{} x {}, {growth}", self.trees, self.leaves)?;
        if self.classes > 1 {
            write!(f, ", {} classes", self.classes)?;
        }
        Ok(())
    }
}

/// Returns the image of a random forest whose missing values go to either child.
pub fn forest(shape: Shape) -> Vec<u64> {
    let random = &mut Random::default();
    let reduction = Reduction::Sum(Accumulators { count: shape.classes as u32, single: shape.single });
    let mut builder = Builder::new(vec![Feature::F64; FEATURES], reduction);
    let mut first = 0;
    for _ in 0..shape.trees {
        let mut children: Vec<Option<[u32; 2]>> = vec![None];
        let mut open = vec![0];
        while open.len() < shape.leaves {
            let next = if shape.balanced { 0 } else { random.below(open.len()) };
            let node = open.remove(next);
            let child = children.len();
            children[node] = Some([child as u32, child as u32 + 1]);
            children.extend([None, None]);
            open.extend([child, child + 1]);
        }
        let count = children.len() as u32;
        for children in children {
            match children {
                Some([then, otherwise]) => {
                    let missing = if random.below(2) == 0 { then } else { otherwise };
                    builder.split(Split {
                        feature: random.below(FEATURES) as u32,
                        test: Test::LessOrEqual(
                            random.below(shape.cuts) as f64 / shape.cuts as f64 * 4.0 - 2.0,
                        ),
                        then: first + then,
                        otherwise: first + otherwise,
                        missing: first + missing,
                    });
                }
                None => {
                    let terms: Vec<Term> = (0..shape.classes as u32)
                        .map(|accumulator| Term { accumulator, value: f64::from(random.number() as f32) })
                        .collect();
                    builder.leaf(0, &terms);
                }
            }
        }
        builder.root(first);
        first += count;
    }
    builder.finish().unwrap_or_default()
}

/// Returns a frame of blocks with random features, all present. Each block has the features' columns and masks, then the
/// result columns. `scratch` words of scratch space follow the last block.
pub fn frame(blocks: usize, scratch: usize) -> Vec<u64> {
    let random = &mut Random::default();
    let mut frame = vec![0; blocks * STRIDE + scratch];
    for block in frame.chunks_exact_mut(STRIDE).take(blocks) {
        for column in block.chunks_exact_mut(BLOCK_ROWS + 1).take(FEATURES) {
            column[..BLOCK_ROWS].fill_with(|| random.number().to_bits());
            column[BLOCK_ROWS] = u64::MAX;
        }
    }
    frame
}

/// The number of words of a block of such a frame.
pub const STRIDE: usize = FEATURES * (BLOCK_ROWS + 1) + (MAX_CLASSES + 1) * BLOCK_ROWS;

/// Returns the positions of the features in such a frame.
pub fn arguments() -> Vec<Argument> {
    let start = |feature| feature * (BLOCK_ROWS + 1);
    (0..FEATURES)
        .flat_map(|feature| [0, BLOCK_ROWS].map(|part| Argument::Words(start(feature) + part)))
        .collect()
}

/// Returns the positions of the results of a forest with `sums` sums.
pub fn results(classes: usize) -> Vec<usize> {
    (0..=classes).map(|result| FEATURES * (BLOCK_ROWS + 1) + result * BLOCK_ROWS).collect()
}
