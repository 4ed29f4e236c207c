//! Random forests: every method at every SIMD level against splits followed one by one.

use super::super::{Accumulators, Blocks, Builder, Feature, Forest, Reduction, Split, Term, Test};
use crate::block::Argument;
use crate::simd::{self, SimdLevel};
use std::collections::BTreeSet;
use std::vec;
use std::vec::Vec;

/// A generator of pseudo-random numbers (xorshift), so that seeds reproduce failures.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 20) as usize % limit
    }

    fn one_of<T: Copy>(&mut self, choices: &[T]) -> T {
        choices[self.below(choices.len())]
    }
}

const FEATURES: [Feature; 6] =
    [Feature::F64, Feature::F32, Feature::Bool, Feature::I64, Feature::String, Feature::F64];

/// What a random forest is made of, and how to build it.
struct Plan {
    reduction: Reduction,
    nodes: Vec<Item>,
    roots: Vec<u32>,
    sets: Vec<(Feature, Vec<u64>)>,
    leaves: Leaves,
}

/// The terms of leaves.
#[derive(Clone, Copy, PartialEq)]
enum Leaves {
    /// Few terms, possibly several to one accumulator.
    Terms,
    /// To most accumulators one term each; many leaves add the same.
    Distributions,
}

/// The shape of a tree.
#[derive(Clone, Copy)]
struct Shape {
    leaves: usize,
    /// The number of different thresholds.
    spread: usize,
    /// Whether nodes may have several parents.
    shared: bool,
    /// Whether splits are one comparison each, and missing features go to one of two children.
    plain: bool,
    /// Whether missing features may go to a third node.
    thirds: bool,
}

enum Item {
    Split(Split),
    Leaf(Option<u32>, Vec<Term>),
}

fn bits(feature: Feature, number: f64) -> u64 {
    match feature {
        Feature::Bool => u64::from(number > 0.0),
        Feature::I64 => number as i64 as u64,
        Feature::F32 => u64::from((number as f32).to_bits()),
        Feature::F64 => number.to_bits(),
        Feature::String => u64::from(number.abs() as u32),
    }
}

impl Plan {
    fn new(random: &mut Random) -> Self {
        let count = 1 + random.below(3) as u32;
        let accumulators = Accumulators { count, single: random.below(2) == 0 };
        let reduction = random.one_of(&[
            Reduction::Leaf,
            Reduction::Sum(accumulators),
            Reduction::Sum(Accumulators { count: 1, ..accumulators }),
            Reduction::Vote(accumulators),
            Reduction::Median(accumulators),
            Reduction::Maximum(accumulators),
        ]);
        let mut plan = Self::empty(reduction, Leaves::Terms);
        plan.add_sets(random);
        // Many cuts in some forests, so that a feature needs several windows.
        let spread = random.one_of(&[4, 40, 4000]);
        let most = random.one_of(&[8, 14, 31, 63, 120, 200, 256, 300]);
        // Nodes of one parent each in some forests: equality is two comparisons that share a child.
        let plain = random.below(3) == 0;
        for _ in 0..1 + random.below(20) {
            let leaves = random.one_of(&[1, 2, most / 2, most]);
            let shared = !plain && random.below(4) == 0;
            plan.tree(random, Shape { leaves, spread, shared, plain, thirds: shared });
        }
        plan
    }

    /// Returns the plan of a forest of large trees, whose leaves add to many accumulators.
    fn large(random: &mut Random) -> Self {
        let accumulators =
            Accumulators { count: random.one_of(&[1, 2, 3, 10, 13]), single: random.below(2) == 0 };
        let reduction = random.one_of(&[
            Reduction::Sum(accumulators),
            Reduction::Sum(accumulators),
            Reduction::Vote(accumulators),
            Reduction::Leaf,
        ]);
        let mut plan = Self::empty(reduction, random.one_of(&[Leaves::Distributions, Leaves::Terms]));
        if random.below(2) == 0 {
            plan.add_sets(random);
        }
        let plain = random.below(2) == 0;
        let thirds = random.below(2) == 0;
        for _ in 0..1 + random.below(6) {
            let leaves = random.one_of(&[1, 40, 300, 600, 1000]);
            plan.tree(random, Shape { leaves, spread: 4000, shared: false, plain, thirds });
        }
        plan.tree(random, Shape { leaves: 300, spread: 4000, shared: false, plain, thirds });
        plan
    }

    fn empty(reduction: Reduction, leaves: Leaves) -> Self {
        Self { reduction, nodes: Vec::new(), roots: Vec::new(), sets: Vec::new(), leaves }
    }

    fn add_sets(&mut self, random: &mut Random) {
        for _ in 0..4 {
            let feature = random.one_of(&FEATURES);
            let elements =
                (0..1 + random.below(70)).map(|_| bits(feature, random.below(90) as f64)).collect();
            self.sets.push((feature, elements));
        }
    }

    /// Adds a tree of a shape: starts with one leaf, and splits random ones.
    fn tree(&mut self, random: &mut Random, shape: Shape) {
        let Shape { leaves, spread, shared, plain, thirds } = shape;
        let first = self.nodes.len() as u32;
        self.roots.push(first);
        // For each node of the tree its children, if any.
        let mut children: Vec<Option<[u32; 2]>> = vec![None];
        for _ in 1..leaves {
            let at = random.below(children.len());
            let at = (at..children.len()).chain(0..at).find(|at| children[*at].is_none());
            let (Some(at), next) = (at, children.len() as u32) else { break };
            children[at] = Some([next, next + 1]);
            children.extend([None, None]);
        }
        let count = children.len() as u32;
        for (number, own) in children.into_iter().enumerate() {
            let number = number as u32;
            match own {
                Some([mut low, high]) => {
                    if shared && random.below(3) == 0 {
                        low = number + 1 + random.below((count - number - 1) as usize) as u32;
                    }
                    let third = number + 1 + random.below((count - number - 1) as usize) as u32;
                    let missing = random.one_of(&[low, high, high, low, if thirds { third } else { low }]);
                    let [then, otherwise, missing] = [low, high, missing].map(|node| first + node);
                    let feature = random.below(FEATURES.len()) as u32;
                    let test = self.test(random, feature, spread, plain);
                    self.nodes.push(Item::Split(Split { feature, test, then, otherwise, missing }));
                }
                None => self.leaf(random),
            }
        }
    }

    fn test(&self, random: &mut Random, feature: u32, spread: usize, plain: bool) -> Test {
        let ty = FEATURES[feature as usize];
        let set = self.sets.iter().position(|(of, _)| *of == ty);
        if let (Some(set), true) = (set, random.below(3) == 0) {
            return Test::In(set as u32);
        }
        match ty {
            Feature::F32 | Feature::F64 => {
                let number = random.below(spread) as f64 / 2.0;
                let number =
                    random.one_of(&[number, number, number, number, -0.0, f64::INFINITY, f64::NEG_INFINITY]);
                random.one_of(&[
                    Test::Less(number),
                    Test::LessOrEqual(number),
                    Test::Greater(number),
                    Test::GreaterOrEqual(number),
                    if plain { Test::Less(number) } else { Test::Equal(number) },
                    if plain { Test::Greater(number) } else { Test::NotEqual(number) },
                ])
            }
            Feature::Bool => random.one_of(&[Test::True, Test::Present]),
            _ => Test::Present,
        }
    }

    fn leaf(&mut self, random: &mut Random) {
        let count = match self.reduction {
            Reduction::Leaf => 0,
            Reduction::Sum(of) | Reduction::Vote(of) | Reduction::Median(of) | Reduction::Maximum(of) => {
                of.count
            }
        };
        let number = (random.below(20) != 0).then_some(random.below(1000) as u32);
        let terms = match (number, count) {
            (None, _) | (_, 0) => Vec::new(),
            _ if self.leaves == Leaves::Distributions => (0..count)
                .map(|accumulator| Term { accumulator, value: f64::from(random.below(5) as f32 / 7.0) })
                .filter(|term| term.value != 0.0)
                .collect(),
            _ => (0..random.one_of(&[1, 1, 1, 0, 2]))
                .map(|_| Term {
                    accumulator: random.below(count as usize) as u32,
                    value: f64::from((random.below(2000) as f32 - 1000.0) / 7.0),
                })
                .collect(),
        };
        self.nodes.push(Item::Leaf(number, terms));
    }

    fn image(&self) -> Vec<u64> {
        let mut builder = Builder::new(FEATURES.to_vec(), self.reduction);
        for (feature, elements) in &self.sets {
            let plain = |bits: &u64| match feature {
                Feature::F64 => (f64::from_bits(*bits) + 0.0).to_bits(),
                _ => *bits,
            };
            builder.set(elements.iter().map(plain));
        }
        for node in &self.nodes {
            match node {
                Item::Split(split) => builder.split(*split),
                Item::Leaf(Some(number), terms) => builder.leaf(*number, terms),
                Item::Leaf(None, _) => builder.leaf_without_result(),
            }
        }
        self.roots.iter().for_each(|root| builder.root(*root));
        builder.finish().expect("the forest is well formed")
    }

    /// Returns the leaf that a row reaches in a tree, and its terms, by the splits themselves.
    fn follow(&self, root: u32, row: &[(u64, bool)]) -> (Option<u32>, &[Term]) {
        let mut at = root;
        loop {
            let split = match &self.nodes[at as usize] {
                Item::Leaf(number, terms) => return (*number, terms),
                Item::Split(split) => split,
            };
            let (bits, present) = row[split.feature as usize];
            let ty = FEATURES[split.feature as usize];
            let number = match ty {
                Feature::F32 => f64::from(f32::from_bits(bits as u32)),
                _ => f64::from_bits(bits),
            };
            let holds = match split.test {
                Test::Present => present,
                _ if !present => {
                    at = split.missing;
                    continue;
                }
                Test::Less(than) => number < than,
                Test::LessOrEqual(than) => number <= than,
                Test::Greater(than) => number > than,
                Test::GreaterOrEqual(than) => number >= than,
                Test::Equal(to) => number == to,
                Test::NotEqual(to) => number != to,
                Test::True => bits != 0,
                Test::In(set) => self.sets[set as usize].1.iter().any(|element| match ty {
                    Feature::F32 => f64::from(f32::from_bits(*element as u32)) == number,
                    Feature::F64 => f64::from_bits(*element) == number,
                    _ => *element == bits,
                }),
            };
            at = if holds { split.then } else { split.otherwise };
        }
    }

    /// Returns the results of a row.
    fn results(&self, row: &[(u64, bool)]) -> Vec<u64> {
        let leaves: Vec<_> = self.roots.iter().map(|root| self.follow(*root, row)).collect();
        let (accumulators, most) = match self.reduction {
            Reduction::Leaf => {
                return leaves.iter().map(|(number, _)| number.map_or(-1, i64::from) as u64).collect();
            }
            Reduction::Sum(of) | Reduction::Vote(of) => (of, false),
            Reduction::Median(of) | Reduction::Maximum(of) => (of, true),
        };
        let mut results = Vec::new();
        let mut sums = Vec::new();
        for accumulator in 0..accumulators.count {
            let terms = leaves.iter().flat_map(|(_, terms)| terms.iter());
            let mut own: Vec<f64> =
                terms.filter(|term| term.accumulator == accumulator).map(|term| term.value).collect();
            let value = match (self.reduction, own.len()) {
                (_, 0) => 0.0,
                (Reduction::Maximum(_), _) => own.iter().copied().fold(f64::NEG_INFINITY, f64::max),
                (Reduction::Median(_), count) => {
                    own.sort_by(f64::total_cmp);
                    let (left, right) = (own[(count - 1) / 2], own[count / 2]);
                    match (count % 2, accumulators.single) {
                        (1, _) => left,
                        (_, true) => f64::from((left as f32 + right as f32) / 2.0),
                        (_, false) => (left + right) / 2.0,
                    }
                }
                _ if accumulators.single => f64::from(own.iter().fold(0f32, |sum, term| sum + *term as f32)),
                _ => own.iter().fold(0.0, |sum, term| sum + term),
            };
            sums.push((value, own.is_empty()));
            results.push(if accumulators.single {
                u64::from((value as f32).to_bits())
            } else {
                value.to_bits()
            });
        }
        let _ = most;
        results.push(leaves.iter().filter(|(number, _)| number.is_none()).count() as u64);
        if let Reduction::Vote(_) = self.reduction {
            let mut best: Option<usize> = None;
            for term in leaves.iter().flat_map(|(_, terms)| terms.iter()) {
                let own = term.accumulator as usize;
                if best.is_none_or(|best| sums[own].0 > sums[best].0) {
                    best = Some(own);
                }
            }
            results.push(best.map_or(-1i64 as u64, |best| best as u64));
        }
        results
    }
}

/// Checks that all methods at all SIMD levels find what the splits of a plan give, for random rows. Damaged
/// images must do no harm.
fn check(plan: &Plan, number: usize, random: &mut Random) {
    let image = plan.image();
    let forest = Forest::open(&image).expect("it is an image");
    // Columns of a block: values, presence masks; results after them.
    let count = FEATURES.len();
    let inputs = 65 * count;
    let results: Vec<usize> = (0..forest.results()).map(|result| inputs + 64 * result).collect();
    let stride = inputs + 64 * results.len();
    let blocks = random.one_of(&[1, 1, 2, 3, 5, 8]);
    let mut cells = vec![0u64; stride * blocks];
    for block in cells.chunks_mut(stride) {
        for (feature, ty) in FEATURES.into_iter().enumerate() {
            block[count * 64 + feature] = random.one_of(&[u64::MAX, !0xf0, random.0]);
            for row in 0..64 {
                let number = random.below(5000) as f64 / random.one_of(&[2.0, 60.0, 500.0, 7.0]);
                let number =
                    random.one_of(&[number, number, number, number, -number, -0.0, f64::NAN, f64::INFINITY]);
                match ty {
                    Feature::Bool => block[feature * 64] = random.0,
                    ty => block[feature * 64 + row] = bits(ty, number),
                }
            }
        }
    }
    let masks: Vec<u64> =
        (0..blocks).map(|_| random.one_of(&[u64::MAX, u64::MAX, 0, 1, random.0, 0xff00])).collect();
    let arguments: Vec<Argument> = (0..count)
        .flat_map(|feature| [Argument::Words(feature * 64), Argument::Words(count * 64 + feature)])
        .collect();
    let mut expected = cells.clone();
    for (block, mask) in masks.iter().enumerate() {
        for row in (0..64).filter(|row| mask >> row & 1 != 0) {
            let block = &mut expected[block * stride..][..stride];
            let features: Vec<(u64, bool)> = FEATURES
                .iter()
                .enumerate()
                .map(|(feature, ty)| {
                    let bits = match ty {
                        Feature::Bool => block[feature * 64] >> row & 1,
                        _ => block[feature * 64 + row],
                    };
                    (bits, block[count * 64 + feature] >> row & 1 != 0)
                })
                .collect();
            for (place, bits) in results.iter().zip(plan.results(&features)) {
                block[place + row] = bits;
            }
        }
    }
    // Lazy walks too, for few rows, whether or not they pay off.
    let mut lazy = forest;
    lazy.properties.lazy = true;
    for (level, forest) in [
        (SimdLevel::Portable, forest),
        (SimdLevel::Avx2, forest),
        (SimdLevel::Avx512, forest),
        (SimdLevel::Avx512, lazy),
    ] {
        simd::cap(level);
        for scratch in [forest.scratch(blocks), forest.scratch(1), forest.scratch(0)] {
            let mut frame = cells.clone();
            let end = frame.len();
            frame.resize(end + scratch, 0x5555_5555_5555_5555);
            forest.evaluate(&mut frame, end, &arguments, &results, Blocks { stride, masks: &masks });
            let different = frame[..end].iter().zip(&expected).position(|(found, wanted)| found != wanted);
            assert_eq!(
                different, None,
                "forest {number}, {:?}, {level:?}, {:?}",
                plan.reduction, forest.properties.bit_parallel
            );
        }
    }
    simd::cap(SimdLevel::Avx512);
    for _ in 0..if plan.leaves == Leaves::Distributions { 20 } else { 0 } {
        let mut damaged = image.clone();
        let place = random.below(damaged.len());
        damaged[place] =
            random.one_of(&[u64::MAX, 0, random.0, u64::from(u32::MAX), damaged[place] ^ 1 << 33]);
        let Some(forest) = Forest::open(&damaged) else { continue };
        let mut frame = cells.clone();
        let end = frame.len();
        frame.resize(end + forest.scratch(blocks).min(1 << 20), 0);
        for level in [SimdLevel::Portable, SimdLevel::Avx512] {
            simd::cap(level);
            forest.evaluate(&mut frame, end, &arguments, &results, Blocks { stride, masks: &masks });
        }
    }
}

#[test]
fn all_methods_agree_with_splits() {
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    let mut bit_parallel = [0, 0];
    let mut shapes = BTreeSet::new();
    // Miri takes half a minute for the first.
    let forests = if cfg!(miri) { 1 } else { 250 };
    for number in 0..forests {
        let plan = Plan::new(&mut random);
        let image = plan.image();
        let forest = Forest::open(&image).expect("it is an image");
        bit_parallel[usize::from(forest.properties.bit_parallel.is_some())] += 1;
        shapes.extend(forest.properties.quick_scorer.map(|shape| (shape.leaves, shape.mapped)));
        check(&plan, number, &mut random);
    }
    if cfg!(miri) {
        return;
    }
    assert!(bit_parallel.iter().all(|count| *count > 20), "{bit_parallel:?}");
    let all = [8, 16, 32, 64, 128, 256].into_iter().flat_map(|leaves| [(leaves, false), (leaves, true)]);
    assert_eq!(shapes, all.collect(), "all shapes of QuickScorer occur");
}

#[test]
#[cfg_attr(miri, ignore = "large forests, which take Miri many minutes")]
fn large_trees_agree_with_splits() {
    let mut random = Random(0x2545_f491_4f6c_dd1d);
    let (mut in_blocks, mut with_tables, mut requiring) = (0, 0, 0);
    for number in 0..60 {
        let plan = Plan::large(&mut random);
        let image = plan.image();
        let forest = Forest::open(&image).expect("it is an image");
        in_blocks += u32::from(forest.properties.walked_in_blocks);
        with_tables += u32::from(forest.properties.has_tables);
        requiring += u32::from(!forest.required.is_empty());
        check(&plan, number, &mut random);
    }
    assert!(in_blocks > 40 && with_tables > 10 && requiring > 10, "{in_blocks} {with_tables} {requiring}");
}
