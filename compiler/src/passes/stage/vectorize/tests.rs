//! What stages become: the codes of their instructions, and which have no column form.

use super::vectorize;
use crate::ir::{Constant, MapData, Program, SetData, Type};
use crate::passes::stage::{Plan, Work};
use pmml_runtime::StringId;
use pmml_runtime::column_program::operation::*;

const PLENTY: usize = 1 << 20;

/// Returns the image of the only stage of a program with one input, an `f64`, or `None` if it has no column form.
fn image(definitions: &str, body: &str, most_words: usize) -> Option<Vec<u64>> {
    let text = format!("input0: f64 \"x\"\n{definitions}body:\n  v0: f64 = value of input0\n{body}");
    let program: Program = text.parse().unwrap();
    let plan = Plan::new(&program).unwrap();
    let [stage] = plan.stages.as_slice() else { panic!("one stage") };
    let Work::Scalar(scalar) = &stage.work else { panic!("a scalar stage") };
    vectorize(&program, &plan.layout, scalar, most_words)
}

/// Returns the codes of the instructions of an image.
fn codes(image: &[u64]) -> Vec<u8> {
    let count = image[0] as u32 as usize;
    image[1..].chunks(5).take(count).map(|instruction| instruction[0] as u8).collect()
}

#[test]
fn sums_of_products_are_one_instruction() {
    let body = "  v1: f64 = 2.0\n  v2: f64 = v1 * v0\n  v3: f64 = 3.0\n  v4: f64 = v0 * v3\n  v5: f64 = v2 + v4\n  \
                v6: f64 = v5 + v0\n  v7: bool = true\n  yield v6, v7\n";
    let codes = codes(&image("", body, PLENTY).unwrap());
    assert_eq!(codes, [CLEAR_ABSENT, SUM_PRODUCTS, STORE, STORE_MASK]);
}

#[test]
fn a_product_that_is_used_twice_stays() {
    let body =
        "  v1: f64 = 2.0\n  v2: f64 = v1 * v0\n  v3: f64 = v2 + v2\n  v4: bool = true\n  yield v3, v4\n";
    let codes = codes(&image("", body, PLENTY).unwrap());
    assert_eq!(codes, [CLEAR_ABSENT, SUM_PRODUCTS, ADD, STORE, STORE_MASK]);
}

#[test]
fn conjunctions_are_one_instruction() {
    let body = "  v1: f64 = 1.0\n  v2: bool = v0 < v1\n  v3: f64 = 2.0\n  v4: bool = v0 == v3\n  v5: bool = not v4\n  \
                v6: f64 = 3.0\n  v7: bool = v6 < v0\n  v8: bool = v2 and v5\n  v9: bool = v8 and v7\n  yield v0, v9\n";
    let codes = codes(&image("", body, PLENTY).unwrap());
    let expected =
        [CLEAR_ABSENT, BROADCAST, LESS, BROADCAST, EQUAL, BROADCAST, LESS, AND_ALL, STORE, STORE_MASK];
    assert_eq!(codes, expected);
}

#[test]
fn tables_have_a_bound() {
    let table = "table0: f64 [1.0, 2.0, 3.0]\n";
    let body = "  v1: i64 = f64 to i64 v0\n  v2: f64 = table0[v1]\n  v3: bool = true\n  yield v2, v3\n";
    assert!(image(table, body, 4).is_some());
    assert!(image(table, body, 3).is_none());
}

#[test]
fn what_needs_the_context_has_no_column_form() {
    let body = "  v1: string = string.f64(v0)\n  v2: bool = true\n  yield v1, v2\n";
    assert!(image("", body, PLENTY).is_none());
}

#[test]
fn tables_of_strings_are_not_much_larger_than_their_elements() {
    let string = |number| Constant::String(StringId::from_number(number));
    let map = |number| MapData::new(vec![Type::String], [vec![string(number)]]);
    let set = |number| SetData::new(Type::String, [string(number)]);
    assert_eq!(map(1000).string_rows().map(|rows| (rows.len(), rows[1000], rows[0])), Some((1001, 0, -1)));
    assert_eq!(map(2000).string_rows(), None);
    assert_eq!(set(70).string_bits(), Some(vec![0, 1 << 6]));
    assert_eq!(set(2000).string_bits(), None);
    assert_eq!(MapData::new(vec![Type::I64], [vec![Constant::I64(1)]]).string_rows(), None);
    assert_eq!(SetData::new(Type::I64, [Constant::I64(1)]).string_bits(), None);
}
