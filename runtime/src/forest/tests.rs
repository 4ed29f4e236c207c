mod example;
mod random;

use super::{Accumulators, Blocks, Builder, Error, Feature, Forest, Reduction, Split, Term, Test};
use crate::block::Argument;
use std::vec;

const SUM: Reduction = Reduction::Sum(Accumulators { count: 1, single: false });

fn split(feature: u32, test: Test, then: u32, otherwise: u32) -> Split {
    Split { feature, test, then, otherwise, missing: otherwise }
}

fn block(masks: &[u64]) -> Blocks<'_> {
    Blocks { stride: 0, masks }
}

/// Returns a forest of one tree: `x0 < 1.5` gives 10, else 20.
fn stump() -> Builder {
    let mut builder = Builder::new(vec![Feature::F64], SUM);
    builder.split(split(0, Test::Less(1.5), 1, 2));
    builder.leaf(0, &[Term { accumulator: 0, value: 10.0 }]);
    builder.leaf(1, &[Term { accumulator: 0, value: 20.0 }]);
    builder.root(0);
    builder
}

#[test]
fn a_stump_splits_rows() {
    let image = stump().finish().expect("it is well formed");
    let forest = Forest::open(&image).expect("it is an image");
    // A column of values, the mask of their presence, two result columns, the scratch space.
    let mut frame = vec![7; 64 + 1 + 128];
    for (row, cell) in frame[..64].iter_mut().enumerate() {
        *cell = (row as f64).to_bits();
    }
    frame[64] = !1;
    let scratch = frame.len();
    frame.resize(scratch + forest.scratch(1), 0);
    let arguments = [Argument::Words(0), Argument::Words(64)];
    forest.evaluate(&mut frame, scratch, &arguments, &[65, 129], block(&[0b1011]));
    let sums = [0, 1, 2, 3].map(|row| frame[65 + row]);
    // The first row's feature is missing, the third row is not in the mask.
    assert_eq!(sums, [20.0f64.to_bits(), 10.0f64.to_bits(), 7, 20.0f64.to_bits()]);
    assert_eq!([0, 1, 2, 3].map(|row| frame[129 + row]), [0, 0, 7, 0]);
}

#[test]
fn wrong_places_do_nothing() {
    let image = stump().finish().expect("it is well formed");
    let forest = Forest::open(&image).expect("it is an image");
    let arguments = [Argument::Words(0), Argument::Constant(1)];
    // With less scratch than a block needs, rows are walked one by one.
    let frame = vec![7; 256 + forest.scratch(0)];
    let attempt = |scratch: usize, arguments: &[Argument], results: &[usize]| {
        let mut changed = frame.clone();
        forest.evaluate(&mut changed, scratch, arguments, results, block(&[u64::MAX]));
        changed != frame
    };
    assert!(attempt(256, &arguments, &[64, 128]));
    assert!(!attempt(257, &arguments, &[64, 128]), "too little scratch space");
    assert!(!attempt(usize::MAX, &arguments, &[64, 128]), "no scratch space");
    assert!(!attempt(256, &arguments[..1], &[64, 128]), "an argument is missing");
    assert!(!attempt(256, &arguments, &[64]), "a result is missing");
    assert!(!attempt(256, &arguments, &[64, usize::MAX]), "a result is outside");
}

#[test]
fn malformed_forests_are_refused() {
    type Change = fn(&mut Builder);
    let changes: [Change; 9] = [
        |builder| builder.root(3),
        |builder| builder.split(split(0, Test::Less(0.0), 3, 2)),
        |builder| builder.split(split(0, Test::Less(0.0), 2, 1)),
        |builder| builder.split(split(1, Test::Less(0.0), 4, 4)),
        |builder| builder.split(split(0, Test::Less(0.0), 4, 4)),
        |builder| builder.split(split(0, Test::True, 4, 4)),
        |builder| builder.split(split(0, Test::In(0), 4, 4)),
        |builder| builder.leaf(0, &[Term { accumulator: 1, value: 0.0 }]),
        |builder| builder.split(Split { missing: 0, ..split(0, Test::Less(0.0), 4, 4) }),
    ];
    for (number, change) in changes.into_iter().enumerate() {
        let mut builder = stump();
        change(&mut builder);
        assert_eq!(builder.finish().map(|_| ()), Err(Error::Malformed), "change {number}");
    }
}

#[test]
#[cfg_attr(miri, ignore = "a large forest, which takes Miri many minutes")]
fn medians_that_need_too_much_scratch_are_refused() {
    let mut builder = Builder::new(vec![], Reduction::Median(Accumulators { count: 1, single: false }));
    builder.leaf(0, &vec![Term { accumulator: 0, value: 0.0 }; 10_000]);
    (0..10_000).for_each(|_| builder.root(0));
    assert_eq!(builder.finish().map(|_| ()), Err(Error::TooLarge));
}

/// Checks a chain of splits with a leaf each, with more leaves than 16 bits can number.
#[test]
#[cfg_attr(miri, ignore = "a large forest, which takes Miri many minutes")]
fn trees_of_very_many_leaves_are_walked() {
    const LEAVES: u32 = 70_000;
    let mut builder = Builder::new(vec![Feature::F64], Reduction::Leaf);
    for leaf in 0..LEAVES - 1 {
        builder.split(split(0, Test::Less(f64::from(leaf)), 2 * leaf + 1, 2 * leaf + 2));
        builder.leaf(leaf, &[]);
    }
    builder.leaf(LEAVES - 1, &[]);
    builder.root(0);
    let image = builder.finish().expect("it is well formed");
    let forest = Forest::open(&image).expect("it is an image");
    let values = [-1.0, 0.5, 65_535.5, 69_000.0, 1e9];
    let mut frame = vec![0; 64 + 1 + 64];
    for (cell, value) in frame.iter_mut().zip(values) {
        *cell = f64::to_bits(value);
    }
    frame[64] = u64::MAX;
    let scratch = frame.len();
    frame.resize(scratch + forest.scratch(1), 0);
    let arguments = [Argument::Words(0), Argument::Words(64)];
    forest.evaluate(&mut frame, scratch, &arguments, &[65], block(&[0b11111]));
    assert_eq!(frame[65..70], [0, 1, 65_536, 69_001, 69_999]);
}

#[test]
fn damaged_images_do_no_harm() {
    let image = stump().finish().expect("it is well formed");
    assert!(Forest::open(&[]).is_none());
    for length in 0..image.len() {
        assert!(Forest::open(&image[..length]).is_none(), "{length} words");
    }
    for (place, bits) in [(1, 9), (2, 5), (4, u64::MAX), (5, u64::MAX), (13, u64::MAX), (16, u64::MAX)] {
        let mut damaged = image.clone();
        damaged[place] = bits;
        let Some(forest) = Forest::open(&damaged) else { continue };
        let mut frame = vec![0; 256 + forest.scratch(1)];
        forest.evaluate(
            &mut frame,
            256,
            &[Argument::Words(0), Argument::Constant(1)],
            &[64, 128],
            block(&[u64::MAX]),
        );
    }
}
