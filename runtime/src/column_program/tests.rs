//! Every operation on every SIMD level, for some rows and for all, against the same operation on single numbers.

use super::operation::*;
use super::*;
use crate::block::BLOCK_ROWS;
use crate::math::{self, single};
use crate::simd::SimdLevel;
use std::vec;
use std::vec::Vec;

const LEVELS: [SimdLevel; 3] = [SimdLevel::Portable, SimdLevel::Avx2, SimdLevel::Avx512];

/// Masks of active rows: all, only rows of the first line, and some.
const ACTIVE: [u64; 3] = [u64::MAX, 0b1011_0101, 0x8000_F0F0_1234_5679];

/// The columns of arguments, the column and the line of masks of results, and where the scratch space starts.
const A: u64 = 0;
const B: u64 = 64;
const C: u64 = 128;
const RESULT: u64 = 192;
const MASKS: u64 = 256;
const WORDS: usize = 264;

/// Runs instructions on a level, and returns the frame.
fn run(
    level: SimdLevel,
    instructions: &[Instruction],
    tables: &[u64],
    frame: &[u64],
    scratch: usize,
    active: u64,
) -> Vec<u64> {
    let image = pack(instructions, tables, u32::try_from(scratch).unwrap());
    let program = ColumnProgram::open(&image).unwrap();
    assert_eq!(program.scratch(), scratch);
    let mut frame = frame.to_vec();
    let start = frame.len();
    frame.resize(start + scratch, 0xDEAD);
    simd::run_at(level, evaluate::Evaluation { program, frame: &mut frame, scratch: start, active });
    frame.truncate(start);
    frame
}

/// Returns the bits of numbers, special ones first.
fn words(seed: u64, number: impl Fn(f64) -> u64) -> Vec<u64> {
    let special =
        [0.0, -0.0, 1.0, -1.0, f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 5e-324, 1e308, 0.5, -2.5, 1e-9];
    let mut state = seed;
    let mut words: Vec<u64> = (0..BLOCK_ROWS as u64)
        .map(|row| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let special = special.get((row.wrapping_mul(seed) % 29) as usize).copied();
            number(special.unwrap_or((state >> 11) as f64 / f64::from(1 << 26) / 1e5 - 600.0))
        })
        .collect();
    let shift = seed as usize % BLOCK_ROWS;
    words.rotate_left(shift);
    words
}

/// Returns a frame of argument columns with numbers, results of ones, and masks.
fn frame(number: impl Fn(f64) -> u64 + Copy) -> Vec<u64> {
    let mut frame: Vec<u64> = [3, 5, 7].into_iter().flat_map(|seed| words(seed, number)).collect();
    frame.extend([1; BLOCK_ROWS]);
    frame.extend([0x0123_4567_89AB_CDEF, 0xFFFF_0000_FF00_F0F0, u64::MAX, 0, 5, 6, 7, 8]);
    assert_eq!(frame.len(), WORDS);
    frame
}

/// Checks an operation of columns: `expected` computes a row's word.
fn check_column(
    name: &str,
    code: u64,
    frame: &[u64],
    tables: &[u64],
    rest: [u64; 3],
    expected: impl Fn([u64; 3]) -> u64,
) {
    for level in LEVELS {
        for active in ACTIVE {
            let [a, b, c] = rest;
            let instructions = [[code, SCRATCH, a, b, c], [u64::from(STORE), RESULT, SCRATCH, 0, 0]];
            let after = run(level, &instructions, tables, frame, BLOCK_ROWS, active);
            for row in 0..BLOCK_ROWS {
                let arguments = [A, B, C].map(|column| frame[column as usize + row]);
                let expected = if active >> row & 1 != 0 { expected(arguments) } else { 1 };
                assert_eq!(after[RESULT as usize + row], expected, "{name} of {arguments:x?} on {level:?}");
            }
            assert_eq!(after[..RESULT as usize], frame[..RESULT as usize], "{name} changes its arguments");
        }
    }
}

/// Checks an operation that computes a mask: `expected` computes a row's bit.
fn check_mask(
    name: &str,
    code: u64,
    frame: &[u64],
    tables: &[u64],
    rest: [u64; 3],
    expected: impl Fn([u64; 3], usize) -> bool,
) {
    for level in LEVELS {
        for active in ACTIVE {
            let [a, b, c] = rest;
            let instructions = [[code, SCRATCH, a, b, c], [u64::from(STORE_MASK), MASKS + 4, SCRATCH, 0, 0]];
            let after = run(level, &instructions, tables, frame, LINE, active)[MASKS as usize + 4];
            for row in 0..BLOCK_ROWS {
                let arguments = [A, B, C].map(|column| frame[column as usize + row]);
                let expected =
                    if active >> row & 1 != 0 { expected(arguments, row) } else { 5_u64 >> row & 1 != 0 };
                assert_eq!(
                    after >> row & 1 != 0,
                    expected,
                    "{name} of {arguments:x?} on {level:?}, row {row}"
                );
            }
        }
    }
}

fn double(x: f64) -> u64 {
    x.to_bits()
}

fn float(x: f64) -> u64 {
    u64::from((x as f32).to_bits())
}

/// Checks an operation on floats in both precisions.
macro_rules! check_floats {
    ($($code:ident: |$($x:ident),+| $double:expr, $single:expr;)*) => {$(
        check_column(stringify!($code), $code.into(), &frame(double), &[], [A, B, C], |arguments| {
            #[allow(unused_variables, reason = "operations of fewer arguments")]
            let [$($x,)+ ..] = arguments.map(f64::from_bits);
            $double.to_bits()
        });
        check_column(stringify!($code), u64::from($code) | SINGLE, &frame(float), &[], [A, B, C], |arguments| {
            #[allow(unused_variables, reason = "operations of fewer arguments")]
            let [$($x,)+ ..] = arguments.map(|word| f32::from_bits(word as u32));
            u64::from($single.to_bits())
        });
    )*};
}

#[test]
fn operations_on_floats() {
    check_floats! {
        ADD: |x, y| x + y, x + y;
        SUBTRACT: |x, y| x - y, x - y;
        MULTIPLY: |x, y| x * y, x * y;
        DIVIDE: |x, y| x / y, x / y;
        ADD_PRODUCT: |x, y, z| x + y * z, x + y * z;
        NEGATE: |x| -x, -x;
        ABSOLUTE: |x| x.abs(), x.abs();
        SQUARE_ROOT: |x| math::sqrt(x), single::sqrt(x);
        FLOOR: |x| math::floor(x), single::floor(x);
        CEIL: |x| math::ceil(x), math::ceil(x.into()) as f32;
        EXP: |x| math::exp(x), single::exp(x);
        LOGISTIC: |x| math::link::logistic(x), math::link::logistic_single(x);
        TANH: |x| math::tanh(x), single::tanh(x);
        LN: |x| math::ln(x), single::ln(x);
        EXPM1: |x| math::expm1(x), single::expm1(x);
        LN1P: |x| math::ln1p(x), single::ln1p(x);
        POW: |x, y| math::pow(x, y), single::pow(x, y);
    }
    for (name, code, of_two) in [
        ("MIN_IGNORING_NAN", MIN_IGNORING_NAN, math::min_ignoring_nan as fn(f64, f64) -> f64),
        ("MAX_IGNORING_NAN", MAX_IGNORING_NAN, math::max_ignoring_nan),
    ] {
        check_column(name, code.into(), &frame(double), &[], [A, B, 0], |[x, y, _]| {
            of_two(f64::from_bits(x), f64::from_bits(y)).to_bits()
        });
    }
}

#[test]
fn functions_by_number() {
    for (number, function) in UNARY.iter().enumerate() {
        check_column(
            "CALL_UNARY",
            CALL_UNARY.into(),
            &frame(double),
            &[],
            [A, number as u64, 0],
            |[x, ..]| function(f64::from_bits(x)).to_bits(),
        );
    }
    for (number, function) in BINARY.iter().enumerate() {
        check_column(
            "CALL_BINARY",
            CALL_BINARY.into(),
            &frame(double),
            &[],
            [A, B, number as u64],
            |[x, y, _]| function(f64::from_bits(x), f64::from_bits(y)).to_bits(),
        );
    }
}

#[test]
fn sums_of_products() {
    let weights = [0.3, -1.7, 1.0];
    let places = [B, C, A];
    let table = |number: fn(f64) -> u64| -> Vec<u64> {
        [0].into_iter()
            .chain(places.into_iter().zip(weights).flat_map(|(place, weight)| [place, number(weight)]))
            .collect()
    };
    check_column("ADD_PRODUCTS", ADD_PRODUCTS.into(), &frame(double), &table(double), [A, 1, 3], |words| {
        let [a, b, c] = words.map(f64::from_bits);
        (((a + 0.3 * b) + -1.7 * c) + 1.0 * a).to_bits()
    });
    check_column("SUM_PRODUCTS", SUM_PRODUCTS.into(), &frame(double), &table(double), [0, 1, 3], |words| {
        let [a, b, c] = words.map(f64::from_bits);
        ((0.3 * b + -1.7 * c) + 1.0 * a).to_bits()
    });
    check_column(
        "ADD_PRODUCTS",
        u64::from(ADD_PRODUCTS) | SINGLE,
        &frame(float),
        &table(float),
        [A, 1, 3],
        |words| {
            let [a, b, c] = words.map(|word| f32::from_bits(word as u32));
            u64::from((((a + 0.3 * b) + -1.7 * c) + 1.0 * a).to_bits())
        },
    );
    check_column(
        "SUM_PRODUCTS",
        u64::from(SUM_PRODUCTS) | SINGLE,
        &frame(float),
        &table(float),
        [0, 1, 3],
        |words| {
            let [a, b, c] = words.map(|word| f32::from_bits(word as u32));
            u64::from(((0.3 * b + -1.7 * c) + 1.0 * a).to_bits())
        },
    );
}

#[test]
fn operations_on_integers_and_conversions() {
    let integers = frame(|x| (x * 1e3) as i64 as u64);
    check_column("ADD_I64", ADD_I64.into(), &integers, &[], [A, B, 0], |[x, y, _]| x.wrapping_add(y));
    check_column("SUBTRACT_I64", SUBTRACT_I64.into(), &integers, &[], [A, B, 0], |[x, y, _]| {
        x.wrapping_sub(y)
    });
    check_column("MULTIPLY_I64", MULTIPLY_I64.into(), &integers, &[], [A, B, 0], |[x, y, _]| {
        x.wrapping_mul(y)
    });
    check_column("I64_TO_FLOAT", I64_TO_FLOAT.into(), &integers, &[], [A, 0, 0], |[x, ..]| {
        (x as i64 as f64).to_bits()
    });
    check_column("I64_TO_FLOAT", u64::from(I64_TO_FLOAT) | SINGLE, &integers, &[], [A, 0, 0], |[x, ..]| {
        (x as i64 as f32).to_bits().into()
    });
    check_column("F64_TO_I64", F64_TO_I64.into(), &frame(double), &[], [A, 0, 0], |[x, ..]| {
        math::to_i64_saturating(f64::from_bits(x)) as u64
    });
    check_column("F32_TO_F64", F32_TO_F64.into(), &frame(float), &[], [A, 0, 0], |[x, ..]| {
        f64::from(f32::from_bits(x as u32)).to_bits()
    });
    check_column("F64_TO_F32", F64_TO_F32.into(), &frame(double), &[], [A, 0, 0], |[x, ..]| {
        (f64::from_bits(x) as f32).to_bits().into()
    });
    check_column("BROADCAST", BROADCAST.into(), &integers, &[], [77, 0, 0], |_| 77);
}

#[test]
fn comparisons() {
    let (doubles, floats, integers) = (frame(double), frame(float), frame(|x| (x * 1e3) as i64 as u64));
    for (name, code, of_doubles, of_floats) in [
        ("EQUAL", EQUAL, (|x, y| x == y) as fn(f64, f64) -> bool, (|x, y| x == y) as fn(f32, f32) -> bool),
        ("LESS", LESS, |x, y| x < y, |x, y| x < y),
        ("LESS_OR_EQUAL", LESS_OR_EQUAL, |x, y| x <= y, |x, y| x <= y),
    ] {
        check_mask(name, code.into(), &doubles, &[], [A, B, 0], |[x, y, _], _| {
            of_doubles(f64::from_bits(x), f64::from_bits(y))
        });
        check_mask(name, code.into(), &doubles, &[], [A, A, 0], |[x, ..], _| {
            of_doubles(f64::from_bits(x), f64::from_bits(x))
        });
        check_mask(name, u64::from(code) | SINGLE, &floats, &[], [A, B, 0], |[x, y, _], _| {
            of_floats(f32::from_bits(x as u32), f32::from_bits(y as u32))
        });
    }
    check_mask("EQUAL_WORDS", EQUAL_WORDS.into(), &integers, &[], [A, B, 0], |[x, y, _], _| x == y);
    check_mask("LESS_I64", LESS_I64.into(), &integers, &[], [A, B, 0], |[x, y, _], _| (x as i64) < y as i64);
    check_mask("LESS_OR_EQUAL_I64", LESS_OR_EQUAL_I64.into(), &integers, &[], [A, B, 0], |[x, y, _], _| {
        x as i64 <= y as i64
    });
}

#[test]
fn masks_and_selections() {
    let doubles = frame(double);
    let [p, q] = [MASKS, MASKS + 1];
    let bit = |place: u64, row: usize| doubles[place as usize] >> row & 1 != 0;
    check_mask("AND", AND.into(), &doubles, &[], [p, q, 0], |_, row| bit(p, row) && bit(q, row));
    check_mask("OR", OR.into(), &doubles, &[], [p, q, 0], |_, row| bit(p, row) || bit(q, row));
    check_mask("NOT", NOT.into(), &doubles, &[], [p, 0, 0], |_, row| !bit(p, row));
    check_mask("EQUAL_MASKS", EQUAL_MASKS.into(), &doubles, &[], [p, q, 0], |_, row| {
        bit(p, row) == bit(q, row)
    });
    check_mask("SELECT_MASK", u64::from(SELECT_MASK) | CONSTANT << 2, &doubles, &[], [p, q, 1], |_, row| {
        if bit(p, row) { bit(q, row) } else { true }
    });
    check_mask(
        "AND_ALL",
        AND_ALL.into(),
        &doubles,
        &[p, 0, q, u64::MAX, MASKS + 2, 0],
        [0, 0, 3],
        |_, row| bit(p, row) && !bit(q, row),
    );
    check_column("SELECT", u64::from(SELECT), &doubles, &[], [MASKS + 2, B, C], |[_, y, _]| y);
    for constant in [0, 1] {
        check_column("SELECT", u64::from(SELECT) | CONSTANT, &doubles, &[], [constant, B, C], |[_, y, z]| {
            if constant == 1 { y } else { z }
        });
    }
    for level in LEVELS {
        let after = run(level, &[[SELECT.into(), RESULT, p, A, B]], &[], &doubles, 0, u64::MAX);
        for row in 0..BLOCK_ROWS {
            let column = if bit(p, row) { A } else { B };
            assert_eq!(after[RESULT as usize + row], doubles[column as usize + row]);
        }
    }
}

#[test]
fn tables() {
    let indices = frame(|x| x as i64 as u64);
    let table = [9, 10, 11, 12, 13, u64::MAX];
    check_column("LOOKUP", LOOKUP.into(), &indices, &table, [A, 1, 4], |[x, ..]| {
        usize::try_from(x).ok().and_then(|index| table[1..5].get(index)).copied().unwrap_or(u64::MAX)
    });
    for table in [vec![0b1010_0110], vec![0b110, 1 << 63, 0]] {
        check_mask("HAS_BIT", HAS_BIT.into(), &indices, &table, [A, 0, table.len() as u64], |[x, ..], _| {
            table.get((x / 64) as usize).is_some_and(|word| word >> (x % 64) & 1 != 0)
        });
    }
}

#[test]
fn absent_cells_and_failures() {
    let before = frame(double);
    for level in LEVELS {
        let after =
            run(level, &[[CLEAR_ABSENT.into(), 0, 0, 0, 2]], &[A, MASKS, B, MASKS + 2], &before, 0, u64::MAX);
        for row in 0..BLOCK_ROWS {
            let present = before[MASKS as usize] >> row & 1 != 0;
            assert_eq!(after[row], if present { before[row] } else { 0 });
        }
        assert_eq!(after[B as usize..], before[B as usize..]);

        let mut cleared = before.clone();
        cleared[RESULT as usize..][..BLOCK_ROWS].fill(0);
        let fails = [[FAIL_IF.into(), RESULT, 0, 0, 2]];
        let (first, second, active) = (before[MASKS as usize], before[MASKS as usize + 1], ACTIVE[2]);
        let after = run(level, &fails, &[MASKS, 3, MASKS + 1, 4], &cleared, 0, active);
        for row in 0..BLOCK_ROWS {
            let expected = match (active >> row & 1, first >> row & 1, second >> row & 1) {
                (1, 1, _) => 3,
                (1, 0, 1) => 4,
                _ => 0,
            };
            assert_eq!(after[RESULT as usize + row], expected, "row {row}");
        }
    }
}

#[test]
fn malformed_programs_do_nothing() {
    assert!(ColumnProgram::open(&[]).is_none());
    assert!(ColumnProgram::open(&[pair(1, 0), 0, 0, 0, 0]).is_none());
    let before = frame(double);
    let outside = 1 << 20;
    for instruction in [
        [ADD.into(), outside, A, B, 0],
        [ADD.into(), RESULT, A, WORDS as u64 - 8, 0],
        [ADD.into(), RESULT, u64::MAX, B, 0],
        [AND.into(), MASKS, outside, MASKS, 0],
        [SUM_PRODUCTS.into(), RESULT, 0, 0, 9],
        [SUM_PRODUCTS.into(), RESULT, 0, u64::MAX, u64::MAX],
        [LOOKUP.into(), RESULT, A, 0, u64::MAX],
        [HAS_BIT.into(), MASKS, A, 7, u64::MAX],
        [200, RESULT, A, B, C],
    ] {
        assert_eq!(
            run(SimdLevel::Avx512, &[instruction], &[1, 2], &before, 0, u64::MAX),
            before,
            "{instruction:?}"
        );
    }
}
