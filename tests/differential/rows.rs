//! Random rows for a model: values that its document mentions, and unexpected ones.

use crate::choices::Choices;
use crate::fields::{DATE_TIMES, DATES, INTEGERS, NUMBERS, STRINGS};
use pmml::{DataType, Signature, Value};

/// Strings that are not, or only barely, values of fields.
const ODD: &[&str] = &[
    "NaN",
    "INF",
    "-INF",
    " 1",
    "1e400",
    "0x10",
    "TRUE",
    "2020-02-30",
    "\u{0}",
    "𝒳",
    "1.0",
    "007",
    "null",
    "+1",
];

/// Returns some rows: a value for each input.
pub fn rows(seed: u32, signature: &Signature, count: usize) -> Vec<Vec<Value<'static>>> {
    let mut state = seed;
    let mut row_is_odd = false;
    let mut row = || {
        let numbers: Vec<u32> = (0..3 * signature.inputs.len())
            .map(|_| {
                // The generator of Numerical Recipes, whose high bits are better.
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                state >> 8
            })
            .collect();
        let mut choices = Choices::new(&numbers);
        // A row with an odd value mostly fails, so that its other values are not tested.
        let odd = row_is_odd;
        row_is_odd = !row_is_odd;
        signature.inputs.iter().map(|field| cell(&mut choices, field.data_type, odd)).collect()
    };
    (0..count).map(|_| row()).collect()
}

fn cell(choices: &mut Choices<'_>, data_type: DataType, odd: bool) -> Value<'static> {
    let kind = choices.below(24);
    match if odd || kind < 2 { kind } else { 23 } {
        0 | 1 => Value::Missing,
        2 => Value::from(*choices.pick(ODD)),
        3 => {
            let numbers =
                [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, f64::MAX, f64::MIN_POSITIVE, 5e-324, -0.0];
            Value::Double(*choices.pick(&numbers))
        }
        4 => Value::Integer(*choices.pick(&[i64::MAX, i64::MIN, 9_007_199_254_740_993, 16_777_217, -1])),
        5 => Value::Boolean(choices.one_in(2)),
        _ => Value::from(match data_type {
            DataType::Double | DataType::Float => *choices.pick(NUMBERS),
            DataType::Integer => *choices.pick(INTEGERS),
            DataType::Boolean => *choices.pick(&["true", "false"]),
            DataType::Date => *choices.pick(DATES),
            DataType::DateTime => *choices.pick(DATE_TIMES),
            _ => *choices.pick(STRINGS),
        }),
    }
}
