//! Tests of expressions that use more than one value of a field: `Lag` and `Aggregate`.

use super::{lower, refusal};

fn results(dictionary: &str, rows: &[&str]) -> Vec<String> {
    let fields = lower(dictionary).unwrap_or_else(|error| panic!("{error}"));
    fields.run(rows).into_iter().map(|results| results.join(" ")).collect()
}

fn derived(number: usize, expression: &str) -> String {
    format!(
        r#"<DerivedField name="o{number}" optype="continuous" dataType="double">{expression}</DerivedField>"#
    )
}

#[test]
fn values_of_earlier_rows() {
    let dictionary = derived(1, r#"<Lag field="x"/>"#)
        + &derived(2, r#"<Lag field="x" n="2"/>"#)
        + &derived(3, r#"<Lag field="x" n="3" aggregate="sum"/>"#)
        + &derived(4, r#"<Lag field="x" n="3" aggregate="avg"/>"#)
        + &derived(5, r#"<Lag field="x" n="3" aggregate="median"/>"#)
        + &derived(6, r#"<Lag field="x" n="3" aggregate="product"/>"#)
        + &derived(7, r#"<Lag field="x" n="3" aggregate="stddev"/>"#);
    let rows = results(&dictionary, &["x=1", "x=2", "", "x=4", "x=8"]);
    assert_eq!(rows[0], "_ _ _ _ _ _ _");
    assert_eq!(rows[1], "1.0 _ 1.0 1.0 1.0 1.0 0.0");
    // 1 and 2 have the mean 1.5 and the squared deviations 0.25 each, divided by 1.
    assert_eq!(rows[2], "2.0 1.0 3.0 1.5 1.5 2.0 0.7071067811865476");
    assert_eq!(rows[3], "_ 2.0 3.0 1.5 1.5 2.0 0.7071067811865476");
    // 4, nothing and 2.
    assert_eq!(rows[4], "4.0 _ 6.0 3.0 3.0 8.0 1.4142135623730951");
}

#[test]
fn strings_of_earlier_rows() {
    let dictionary =
        r#"<DerivedField name="o1" optype="categorical" dataType="string"><Lag field="s"/></DerivedField>"#;
    assert_eq!(results(dictionary, &["s=new", "s=b", ""]), ["_", "new", "b"]);
}

#[test]
fn a_block_begins_anew() {
    let dictionary = derived(1, r#"<Lag field="x" n="2" aggregate="sum"><BlockIndicator field="s"/></Lag>"#);
    let rows = ["s=a ;; x=1", "s=a ;; x=2", "s=b ;; x=4", "s=b ;; x=8", "x=16", "x=32"];
    assert_eq!(results(&dictionary, &rows), ["_", "1.0", "_", "4.0", "_", "16.0"]);
}

#[test]
fn rows_are_recorded_in_branches_too() {
    let dictionary = derived(
        1,
        r#"<Apply function="if"><FieldRef field="b"/><Lag field="x"/><Constant dataType="double">0</Constant></Apply>"#,
    );
    let rows = ["b=true ;; x=1", "b=false ;; x=2", "b=true ;; x=4"];
    assert_eq!(results(&dictionary, &rows), ["_", "0.0", "2.0"]);
}

#[test]
fn lists_are_summarized() {
    let functions = ["count", "sum", "average", "min", "max"];
    let dictionary: String = functions
        .iter()
        .enumerate()
        .map(|(number, function)| {
            derived(number + 1, &format!(r#"<Aggregate field="g" function="{function}"/>"#))
        })
        .collect();
    let rows = results(&dictionary, &["g=1,2,6", "g=", "g=-1.5"]);
    assert_eq!(rows[0], "3.0 9.0 3.0 1.0 6.0");
    assert_eq!(rows[1], "0.0 _ _ _ _");
    assert_eq!(rows[2], "1.0 -1.5 -1.5 -1.5 -1.5");
    let multiset = derived(1, r#"<Aggregate field="g" function="multiset"/>"#);
    assert_eq!(results(&multiset, &["g=2,1,2"]), ["[2.0, 1.0, 2.0]"]);
}

#[test]
fn what_cannot_be_aggregated() {
    let sql = derived(1, r#"<Aggregate field="g" function="sum" sqlWhere="x > 1"/>"#);
    assert!(refusal(&sql).message().contains("SQL"));
    let list = derived(1, r#"<Apply function="+"><FieldRef field="g"/><Constant>1</Constant></Apply>"#)
        + &derived(2, r#"<Aggregate field="g" function="sum"/>"#);
    assert!(refusal(&list).message().contains("must be a number, but is a list of values"));
}
