//! Images that are wrong, and masks. That kernels compute what they should is tested where their formula is.

use super::{Argument, DENSE, DISTANCES, Error, Kernel, MACHINES, ROWS, dense, distances, machine};
use std::{vec, vec::Vec};

fn pair(low: u64, high: u64) -> u64 {
    low | high << 32
}

fn double(number: f64) -> u64 {
    number.to_bits()
}

/// Two sums of two arguments: `0 + 2·x₁ + 10·x₀ + 1`, `0 + 3·x₁ + 0.5`.
fn sparse() -> Vec<u64> {
    let weights = [2.0, 10.0, 3.0].map(double);
    let mut image = vec![DENSE, pair(2, 2), 0, 3, double(1.0), double(0.5)];
    image.extend(weights);
    image.extend([2, 3, pair(1, 0), pair(1, 0)]);
    image
}

/// The same with all arguments: `0 + 2·x₀ + 10·x₁ + 1`, `0 + 3·x₀ + 4·x₁ + 0.5`.
fn full() -> Vec<u64> {
    let mut image = vec![DENSE, pair(2, 2), dense::FULL, 4];
    image.extend([1.0, 0.5, 2.0, 10.0, 3.0, 4.0].map(double));
    image
}

/// Two machines, `0 + 2·y₁ + 10·y₀ + 1` and `0 + 3·y₁ + 0.5`, where `y₀` is `0 + 4·x₁` and `y₁` is `0 + 5·x₀ + 6·x₁`.
fn machines() -> Vec<u64> {
    let mut image = vec![MACHINES, pair(2, 2), 2, 0, pair(3, 3), machine::LINEAR, 0, 0, 0];
    image.extend([1.0, 0.5, 4.0, 5.0, 6.0].map(double));
    image.extend([1, 3, pair(1, 0), pair(1, 0)]);
    image.extend([2.0, 10.0, 3.0].map(double));
    image.extend([2, 3, pair(1, 0), pair(1, 0)]);
    image
}

/// The same machines, where `y₀` is `0 + 3·x₀ + 4·x₁`.
fn full_machines() -> Vec<u64> {
    let mut image = vec![MACHINES, pair(2, 2), 2, machine::FULL, pair(4, 3), machine::LINEAR, 0, 0, 0];
    image.extend([1.0, 0.5, 3.0, 4.0, 5.0, 6.0, 2.0, 10.0, 3.0].map(double));
    image.extend([2, 3, pair(1, 0), pair(1, 0)]);
    image
}

fn all() -> [Vec<u64>; 4] {
    [sparse(), full(), machines(), full_machines()]
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
        let words = match image[0] {
            DENSE => [(1, Error::Size), (2, Error::Kind), (3, Error::Size)],
            _ => [(1, Error::Size), (2, Error::Size), (4, Error::Size)],
        };
        for (word, error) in words {
            let mut huge = image.clone();
            huge[word] = u64::MAX;
            assert_eq!(open(&huge), Err(error), "word {word}");
        }
    }
}

#[test]
fn a_mask_of_one_row_needs_one_word_a_column() {
    // Of the machines: x₀ = x₁ = 3, so y₁ = 33, and y₀ = 12 or 21; 2·33 + 10·y₀ + 1 and 3·33 + 0.5.
    let expected = [[37.0, 9.5], [37.0, 21.5], [187.0, 99.5], [277.0, 99.5]];
    for (image, expected) in all().into_iter().zip(expected) {
        let kernel = Kernel::open(&image).expect("it is right");
        let mut frame = vec![double(3.0), 0, 0];
        let scratch = frame.len();
        frame.resize(scratch + kernel.scratch(), 0);
        let arguments = [Argument::Words(0), Argument::Constant(double(3.0))];
        kernel.evaluate(&mut frame, scratch, &arguments, &[1, 2], 1);
        assert_eq!(frame[..3], [3.0, expected[0], expected[1]].map(double));
        // Results outside of the frame.
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
        let kernel = Kernel::open(&image).expect("it is right");
        let scratch = 4 * ROWS;
        for mask in [1, 2, 1 << 63, 0x8001_0000_0000_0100, 0xff00_ff0f, u64::MAX] {
            let mut frame = vec![double(7.0); scratch + kernel.scratch()];
            let arguments = [Argument::Words(0), Argument::Words(ROWS)];
            kernel.evaluate(&mut frame, scratch, &arguments, &[2 * ROWS, 3 * ROWS], mask);
            for row in 0..ROWS {
                let written = mask >> row & 1 != 0;
                assert_eq!(frame[2 * ROWS + row] != double(7.0), written, "row {row} of {mask:#x}");
                assert_eq!(frame[3 * ROWS + row] != double(7.0), written, "row {row} of {mask:#x}");
            }
            assert_eq!(frame[..2 * ROWS], [double(7.0); 2 * ROWS]);
        }
    }
}

/// An image whose header is right and whose rest is anything: some result, no panic.
#[test]
fn whatever_an_image_holds_nothing_is_read_outside_of_it() {
    for (mut image, header) in [(sparse(), 4), (machines(), 5), (full_machines(), 5)] {
        for place in header..image.len() {
            for word in [0, 1, u64::MAX, pair(u64::from(u32::MAX), 5), 1 << 40] {
                let old = std::mem::replace(&mut image[place], word);
                let kernel = Kernel::open(&image).expect("its header is right");
                let mut frame = vec![0; 4 * ROWS + kernel.scratch()];
                let arguments = [Argument::Words(usize::MAX), Argument::Words(ROWS)];
                kernel.evaluate(&mut frame, 4 * ROWS, &arguments, &[2 * ROWS, 3 * ROWS], u64::MAX);
                image[place] = old;
            }
        }
    }
}

/// The two nearest of three instances of two fields: (0, 0), (3, missing), (1, 1).
fn nearest() -> Vec<u64> {
    let flags = distances::aggregate::SUM | distances::NEAREST | distances::GAPS;
    let mut image = vec![DISTANCES, pair(2, 3), 2, flags, 0];
    image.extend([0; 8]);
    for weight in [1.0, 2.0] {
        image.extend([distances::compare::DIFFERENCE, 0, double(weight), double(1.0)]);
    }
    image.extend([0.0, 0.0, 3.0, 0.0, 1.0, 1.0].map(double));
    image.extend([0b11, 0b01, 0b11]);
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
    let kernel = Kernel::open(&image).expect("it is right");
    // Numbers and presence of both fields, then two numbers with their distances.
    let (masks, columns) = (2 * ROWS, 2 * ROWS + 2);
    let results: Vec<usize> = (0..4).map(|result| columns + result * ROWS).collect();
    let scratch = columns + 4 * ROWS;
    let arguments = [0, ROWS, masks, masks + 1].map(Argument::Words);
    for mask in [1, 2, 1 << 63, 0x8001_0000_0000_0100, u64::MAX] {
        let mut frame = vec![double(1.0); scratch + kernel.scratch()];
        frame[masks..columns].fill(u64::MAX);
        frame[columns..scratch].fill(7);
        kernel.evaluate(&mut frame, scratch, &arguments, &results, mask);
        for row in 0..ROWS {
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
