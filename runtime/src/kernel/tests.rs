//! Tests of malformed images and of masks. What kernels compute is tested beside their formula.

use super::matrix::layout;
use super::{
    Argument, DENSE, DISTANCES, Error, KERNEL_MACHINES, Kernel, LANES, dense, distances, kernel_machine,
};
use crate::block::BLOCK_ROWS;
use crate::simd::{self, SimdLevel};
use std::{vec, vec::Vec};

fn pair(low: u64, high: u64) -> u64 {
    low | high << 32
}

fn double(number: f64) -> u64 {
    number.to_bits()
}

/// Returns lists of places with numbers.
fn lists(places: u64, lists: &[&[(u64, f64)]]) -> Vec<u64> {
    let entries = lists.concat();
    let mut words = vec![pair(lists.len() as u64, places), pair(layout::LISTS.into(), entries.len() as u64)];
    words.extend(entries.iter().map(|(_, number)| double(*number)));
    let mut end = 0;
    words.extend(lists.iter().map(|list| {
        end += list.len() as u64;
        end
    }));
    words.extend(entries.chunks(2).map(|two| pair(two[0].0, two.get(1).map_or(0, |entry| entry.0))));
    words
}

/// Returns vectors with a number for each place, one after the other.
fn rows(vectors: &[&[u64]]) -> Vec<u64> {
    let numbers = vectors.concat();
    let places = (numbers.len() / vectors.len()) as u64;
    let mut words = vec![pair(vectors.len() as u64, places), pair(layout::ROWS.into(), numbers.len() as u64)];
    words.extend(numbers);
    words
}

/// Returns the same vectors side by side.
fn groups(vectors: &[&[u64]]) -> Vec<u64> {
    let places = vectors[0].len();
    let entries = places * vectors.len().next_multiple_of(LANES);
    let mut words =
        vec![pair(vectors.len() as u64, places as u64), pair(layout::GROUPS.into(), entries as u64)];
    for group in vectors.chunks(LANES) {
        for place in 0..places {
            words.extend((0..LANES).map(|lane| group.get(lane).map_or(0, |vector| vector[place])));
        }
    }
    words
}

/// Returns two sums of two arguments: `0 + 2·x₁ + 10·x₀ + 1`, `0 + 3·x₁ + 0.5`.
fn sparse() -> Vec<u64> {
    let mut image = vec![DENSE, 0];
    image.extend(lists(2, &[&[(1, 2.0), (0, 10.0)], &[(1, 3.0)]]));
    image.extend([1.0, 0.5].map(double));
    image
}

/// Returns the same with all arguments: `0 + 2·x₀ + 10·x₁ + 1`, `0 + 3·x₀ + 4·x₁ + 0.5`.
fn full(grouped: bool) -> Vec<u64> {
    let mut image = vec![DENSE, 0];
    let vectors = [[2.0, 10.0].map(double), [3.0, 4.0].map(double)];
    image.extend(if grouped { groups } else { rows }(&[&vectors[0], &vectors[1]]));
    image.extend([1.0, 0.5].map(double));
    image
}

/// Returns two machines, `0 + 2·y₁ + 10·y₀ + 1` and `0 + 3·y₁ + 0.5`, where `y₀` is `0 + 4·x₁` and `y₁` is `0 + 5·x₀ +
/// 6·x₁`.
fn machines() -> Vec<u64> {
    let mut image = vec![KERNEL_MACHINES, 0, kernel_machine::LINEAR, 0, 0, 0];
    image.extend(lists(2, &[&[(1, 4.0)], &[(0, 5.0), (1, 6.0)]]));
    image.extend(lists(2, &[&[(1, 2.0), (0, 10.0)], &[(1, 3.0)]]));
    image.extend([1.0, 0.5].map(double));
    image
}

/// Returns the same machines, where `y₀` is `0 + 3·x₀ + 4·x₁`.
fn full_machines() -> Vec<u64> {
    let mut image = vec![KERNEL_MACHINES, 0, kernel_machine::LINEAR, 0, 0, 0];
    image.extend(groups(&[&[3.0, 4.0].map(double), &[5.0, 6.0].map(double)]));
    image.extend(lists(2, &[&[(1, 2.0), (0, 10.0)], &[(1, 3.0)]]));
    image.extend([1.0, 0.5].map(double));
    image
}

fn all() -> [Vec<u64>; 5] {
    [sparse(), full(false), full(true), machines(), full_machines()]
}

#[test]
fn images_with_wrong_sizes_are_not_opened() {
    let open = |image: &[u64]| Kernel::open(image).map(|kernel| kernel.scratch());
    assert_eq!(open(&[]), Err(Error::Kind));
    assert_eq!(open(&[99, 0, 0, 0]), Err(Error::Kind));
    for image in all() {
        assert!(open(&image).is_ok());
        for length in 1..image.len() {
            assert_eq!(open(&image[..length]), Err(Error::Size), "{length} words");
        }
        let mut longer = image.clone();
        longer.push(0);
        assert_eq!(open(&longer), Err(Error::Size));
        let vectors = if image[0] == DENSE { 2 } else { 6 };
        for (word, wrong, error) in [
            (1, u64::MAX, Error::Kind),
            (vectors, u64::MAX, Error::Size),
            (vectors, pair(3, 2), Error::Size),
            (vectors, pair(u64::from(u32::MAX), 2), Error::Size),
            (vectors + 1, image[vectors + 1] | u64::from(u32::MAX) << 32, Error::Size),
            (vectors + 1, image[vectors + 1] | 0xFF, Error::Kind),
        ] {
            let mut changed = image.clone();
            changed[word] = wrong;
            assert_eq!(open(&changed), Err(error), "word {word}");
        }
    }
    let mut unknown = machines();
    unknown[2] = kernel_machine::SIGMOID + 1;
    assert_eq!(open(&unknown), Err(Error::Kind));
}

#[test]
fn a_mask_of_one_row_needs_one_word_a_column() {
    // Of the machines: x₀ = x₁ = 3, so y₁ = 33, and y₀ = 12 or 21; 2·33 + 10·y₀ + 1 and 3·33 + 0.5.
    let expected = [[37.0, 9.5], [37.0, 21.5], [37.0, 21.5], [187.0, 99.5], [277.0, 99.5]];
    for (image, expected) in all().into_iter().zip(expected) {
        let kernel = Kernel::open(&image).expect("it is well formed");
        let mut frame = vec![double(3.0), 0, 0];
        let scratch = frame.len();
        frame.resize(scratch + kernel.scratch(), 0);
        let arguments = [Argument::Words(0), Argument::Constant(double(3.0))];
        kernel.evaluate(&mut frame, scratch, &arguments, &[1, 2], 1);
        assert_eq!(frame[..3], [3.0, expected[0], expected[1]].map(double));
        // Results outside of the frame are not written.
        kernel.evaluate(&mut frame, scratch, &arguments, &[1, scratch], 1);
        kernel.evaluate(&mut frame, scratch, &arguments, &[1, usize::MAX], 1);
        kernel.evaluate(&mut frame, scratch, &arguments, &[1, 2], 3);
        kernel.evaluate(&mut frame, scratch, &arguments[..1], &[1, 2], 1);
        assert_eq!(frame[..3], [3.0, expected[0], expected[1]].map(double));
    }
}

#[test]
fn rows_outside_of_the_mask_are_left_alone() {
    for image in all() {
        let kernel = Kernel::open(&image).expect("it is well formed");
        let scratch = 4 * BLOCK_ROWS;
        for mask in [1, 2, 1 << 63, 0x8001_0000_0000_0100, 0xff00_ff0f, u64::MAX] {
            let mut frame = vec![double(7.0); scratch + kernel.scratch()];
            let arguments = [Argument::Words(0), Argument::Words(BLOCK_ROWS)];
            kernel.evaluate(&mut frame, scratch, &arguments, &[2 * BLOCK_ROWS, 3 * BLOCK_ROWS], mask);
            for row in 0..BLOCK_ROWS {
                let written = mask >> row & 1 != 0;
                assert_eq!(frame[2 * BLOCK_ROWS + row] != double(7.0), written, "row {row} of {mask:#x}");
                assert_eq!(frame[3 * BLOCK_ROWS + row] != double(7.0), written, "row {row} of {mask:#x}");
            }
            assert_eq!(frame[..2 * BLOCK_ROWS], [double(7.0); 2 * BLOCK_ROWS]);
        }
    }
}

/// Evaluates images with valid headers and arbitrary contents: they give some result and do not panic.
#[test]
fn nothing_is_read_outside_of_an_image_of_arbitrary_contents() {
    for (mut image, header) in [(sparse(), 4), (full(true), 4), (machines(), 8), (full_machines(), 8)] {
        // The header of the machines is after the vectors.
        let sizes = image.iter().rposition(|word| *word == pair(2, 2)).unwrap_or(0);
        for place in (header..image.len()).filter(|place| *place != sizes && *place != sizes + 1) {
            for word in [0, 1, u64::MAX, pair(u64::from(u32::MAX), 5), 1 << 40] {
                let old = std::mem::replace(&mut image[place], word);
                let kernel = Kernel::open(&image).expect("its header is valid");
                let mut frame = vec![0; 4 * BLOCK_ROWS + kernel.scratch()];
                let arguments = [Argument::Words(usize::MAX), Argument::Words(BLOCK_ROWS)];
                kernel.evaluate(
                    &mut frame,
                    4 * BLOCK_ROWS,
                    &arguments,
                    &[2 * BLOCK_ROWS, 3 * BLOCK_ROWS],
                    u64::MAX,
                );
                image[place] = old;
            }
        }
    }
}

/// Returns the two nearest of three instances of two fields: (0, 0), (3, missing), (1, 1).
fn nearest() -> Vec<u64> {
    let flags = distances::aggregate::SUM | distances::NEAREST | distances::GAPS;
    let mut image = vec![DISTANCES, pair(2, 3), 2, flags, 0];
    image.extend([0; 8]);
    for weight in [1.0, 2.0] {
        image.extend([distances::compare::DIFFERENCE, 0, double(weight), double(1.0)]);
    }
    for numbers in [[0.0, 3.0, 1.0], [0.0, 0.0, 1.0]] {
        image.extend(numbers.map(double));
        image.resize(image.len() + LANES - 3, 0);
    }
    image.extend([0b101, 0b111, 0b101]);
    image
}

#[test]
fn images_of_distances_with_wrong_sizes_are_not_opened() {
    let open = |image: &[u64]| Kernel::open(image).map(|kernel| kernel.scratch());
    let image = nearest();
    assert!(open(&image).is_ok());
    for length in 1..image.len() {
        assert_eq!(open(&image[..length]), Err(Error::Size), "{length} words");
    }
    let mut longer = image.clone();
    longer.push(0);
    assert_eq!(open(&longer), Err(Error::Size));
    for (word, wrong, error) in [
        (1, u64::MAX, Error::Size),
        (2, 4, Error::Size),
        (2, u64::MAX, Error::Size),
        (3, u64::MAX, Error::Kind),
        (3, distances::aggregate::COUNTS + 1, Error::Kind),
        (3, distances::NEAREST, Error::Size),
        (3, distances::GAPS, Error::Size),
    ] {
        let mut changed = image.clone();
        changed[word] = wrong;
        assert_eq!(open(&changed), Err(error), "word {word}");
    }
}

#[test]
fn the_nearest_come_first_and_rows_outside_of_the_mask_are_left_alone() {
    let image = nearest();
    let kernel = Kernel::open(&image).expect("it is well formed");
    // Numbers and presence of both fields, then two numbers with their distances.
    let (masks, columns) = (2 * BLOCK_ROWS, 2 * BLOCK_ROWS + 2);
    let results: Vec<usize> = (0..4).map(|result| columns + result * BLOCK_ROWS).collect();
    let scratch = columns + 4 * BLOCK_ROWS;
    let arguments = [0, BLOCK_ROWS, masks, masks + 1].map(Argument::Words);
    for mask in [1, 2, 1 << 63, 0x8001_0000_0000_0100, u64::MAX] {
        let mut frame = vec![double(1.0); scratch + kernel.scratch()];
        frame[masks..columns].fill(u64::MAX);
        frame[columns..scratch].fill(7);
        kernel.evaluate(&mut frame, scratch, &arguments, &results, mask);
        for row in 0..BLOCK_ROWS {
            let found = [0, 1, 2, 3].map(|result| frame[results[result] + row]);
            // From (1, 1): 3, 2 * 2, 0.
            let expected = [2, double(0.0), 0, double(3.0)];
            assert_eq!(found, if mask >> row & 1 != 0 { expected } else { [7; 4] }, "row {row}");
        }
    }
    // Too few results, or results outside of the frame.
    let mut frame = vec![0; scratch + kernel.scratch()];
    kernel.evaluate(&mut frame, scratch, &arguments, &results[1..], u64::MAX);
    kernel.evaluate(&mut frame, scratch, &arguments[1..], &results, u64::MAX);
    kernel.evaluate(&mut frame, scratch, &arguments, &[columns, columns, columns, scratch], u64::MAX);
    assert!(frame.iter().all(|word| *word == 0));
}

/// A generator of pseudo-random numbers.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % limit
    }

    /// Returns the bits of a number.
    fn word(&mut self, single: bool) -> u64 {
        let number = self.below(4_000) as f64 / 700.0 - 3.0;
        if single { u64::from((number as f32).to_bits()) } else { number.to_bits() }
    }

    /// Returns vectors in a layout.
    fn vectors(&mut self, count: usize, places: usize, single: bool) -> Vec<u64> {
        if self.below(4) == 0 {
            let entries = self.below(3 * count * places);
            let mut words =
                vec![pair(count as u64, places as u64), pair(layout::LISTS.into(), entries as u64)];
            words.extend((0..entries).map(|_| self.word(single)));
            let mut ends: Vec<u64> = (1..count).map(|_| self.below(entries + 1) as u64).collect();
            ends.push(entries as u64);
            ends.sort_unstable();
            words.extend(ends);
            words.extend(
                (0..entries.div_ceil(2)).map(|_| pair(self.below(places) as u64, self.below(places) as u64)),
            );
            return words;
        }
        let vectors: Vec<Vec<u64>> =
            (0..count).map(|_| (0..places).map(|_| self.word(single)).collect()).collect();
        let vectors: Vec<&[u64]> = vectors.iter().map(Vec::as_slice).collect();
        if self.below(3) == 0 { rows(&vectors) } else { groups(&vectors) }
    }

    fn dense(&mut self, flags: u64) -> Vec<u64> {
        let (sums, arguments) = (1 + self.below(40), 1 + self.below(9));
        let mut image = vec![DENSE, flags];
        image.extend(self.vectors(sums, arguments, flags & dense::SINGLE != 0));
        image.extend((0..sums).map(|_| self.word(flags & dense::SINGLE != 0)));
        image
    }

    fn machines(&mut self, (machines, arguments): (usize, usize), single: bool, function: u64) -> Vec<u64> {
        let vectors = 1 + self.below(40);
        let mut image = vec![KERNEL_MACHINES, if single { kernel_machine::SINGLE } else { 0 }, function];
        image.extend((0..3).map(|_| self.word(single)));
        image.extend(self.vectors(vectors, arguments, single));
        image.extend(self.vectors(machines, vectors, single));
        image.extend((0..machines).map(|_| self.word(single)));
        image
    }

    fn distances(&mut self, flags: u64) -> Vec<u64> {
        let (fields, instances) = (1 + self.below(9), 1 + self.below(40));
        let neighbors = if flags & distances::NEAREST != 0 { 1 + self.below(instances.min(5)) } else { 0 };
        let single = flags & distances::SINGLE != 0;
        let mut image = vec![
            DISTANCES,
            pair(fields as u64, instances as u64),
            neighbors as u64,
            flags,
            self.word(single),
        ];
        image.extend((0..8).map(|_| self.word(single)));
        // Mostly differences alone, which have separate loops, as have weights of 1.
        let (compares, weights) = (if self.below(3) == 0 { 4 } else { 1 }, self.below(2));
        for _ in 0..fields {
            image.push(self.below(compares) as u64);
            image.extend((0..3).map(|_| self.word(single)));
            if weights == 0 {
                let end = image.len();
                image[end - 2] = if single { u64::from(1f32.to_bits()) } else { double(1.0) };
            }
        }
        let groups = instances.div_ceil(LANES);
        image.extend((0..groups * fields * LANES).map(|_| (self.below(5) as f64 - 1.5).to_bits()));
        if flags & distances::GAPS != 0 {
            for _ in 0..groups {
                let known: Vec<u64> =
                    (0..fields).map(|_| (self.below(1 << 16) | self.below(1 << 16)) as u64).collect();
                image.push(known.iter().fold(u64::MAX, |all, known| all & known));
                image.extend(known);
            }
        }
        image
    }
}

/// Runs a kernel whose last arguments are booleans, and the others numbers, at some SIMD level. For half of
/// the kernels, all booleans are true.
fn run(
    image: &[u64],
    (numbers, bools, results): (usize, usize, usize),
    vectors: SimdLevel,
    mask: u64,
) -> Vec<u64> {
    let kernel = Kernel::open(image).expect("it is well formed");
    let single = image[0] != DISTANCES && image[1] & 1 != 0;
    let mut random = Random(3);
    let mut frame: Vec<u64> = (0..numbers * BLOCK_ROWS).map(|_| random.word(single)).collect();
    let known = if image[1].is_multiple_of(2) { u64::MAX } else { 1 << 20 };
    frame.extend(
        (0..bools).map(|_| known | (random.below(1 << 31) as u64) << 33 | random.below(1 << 31) as u64),
    );
    let results: Vec<usize> = (0..results).map(|result| frame.len() + result * BLOCK_ROWS).collect();
    let scratch = frame.len() + results.len() * BLOCK_ROWS;
    let arguments: Vec<Argument> = (0..numbers)
        .map(|number| Argument::Words(number * BLOCK_ROWS))
        .chain((0..bools).map(|bool| Argument::Words(numbers * BLOCK_ROWS + bool)))
        .collect();
    frame.resize(scratch + kernel.scratch(), 0x5555);
    kernel.evaluate_with(vectors, &mut frame, scratch, &arguments, &results, mask);
    frame.truncate(scratch);
    frame
}

/// Checks that every level that the processor supports gives the same as the portable one, and that rows
/// computed side by side give what they give alone, bit for bit.
#[test]
fn versions_agree() {
    let mut random = Random(1);
    let aggregates = distances::aggregate::COUNTS + 1;
    // Miri takes half a minute for each.
    let cases = if cfg!(miri) { 4 } else { 160_u64 };
    for case in 0..cases {
        let (image, shape) = match case % 4 {
            0 => {
                let image = random.dense((case / 4 % 4) | ((case / 16 % 4) << 8));
                let sizes = image[2];
                (image, ((sizes >> 32) as usize, 0, sizes as u32 as usize))
            }
            1 => {
                let (machines, arguments) = (1 + random.below(20), 1 + random.below(9));
                let image = random.machines((machines, arguments), case / 4 % 2 != 0, case / 8 % 4);
                (image, (arguments, 0, machines))
            }
            _ => {
                let flags = [0, distances::GAPS, distances::SINGLE, distances::SINGLE | distances::GAPS];
                let nearest = [0, distances::NEAREST, distances::NEAREST | distances::GREATEST];
                let flags = flags[case as usize / 4 % 4] | nearest[random.below(3)];
                let image = random.distances((case / 3 % aggregates) | flags);
                let (fields, instances) = (image[1] as u32 as usize, (image[1] >> 32) as usize);
                let results = if flags & distances::NEAREST != 0 { 2 * image[2] as usize } else { instances };
                (image, (fields, fields, results))
            }
        };
        let expected = run(&image, shape, SimdLevel::Portable, u64::MAX);
        for vectors in [SimdLevel::Portable, SimdLevel::Avx2, SimdLevel::Avx512] {
            if vectors > simd::level() {
                continue;
            }
            assert_eq!(run(&image, shape, vectors, u64::MAX), expected, "case {case}, {vectors:?}");
            for row in [0, 1, 20, 63] {
                let alone = run(&image, shape, vectors, 1 << row);
                let first = alone.len() - shape.2 * BLOCK_ROWS;
                for place in (first..alone.len()).skip(row).step_by(BLOCK_ROWS) {
                    assert_eq!(alone[place], expected[place], "case {case}, {vectors:?}, row {row}");
                }
            }
        }
    }
}
