//! Tests of `if`: the branch that is not taken has no effect, however it is lowered.

use super::{evaluate, lower, xml};
use crate::ir::Operation;

fn branches(call: &str) -> usize {
    let dictionary = format!(
        r#"<DerivedField name="o1" optype="continuous" dataType="double">{}</DerivedField>"#,
        xml(call)
    );
    let fields = lower(&dictionary).unwrap_or_else(|error| panic!("{error}"));
    let is_branch = |operation: &Operation| matches!(operation, Operation::If { .. });
    fields.program.instructions.values().filter(|data| is_branch(&data.operation)).count()
}

#[test]
fn short_branches_are_selected() {
    assert_eq!(branches("(if b x 2.0)"), 0);
    assert_eq!(branches("(if b (/ x x2) 2.0)"), 0);
    // One for the condition, and one for its presence.
    assert_eq!(branches("(if b (ln x) 2.0)"), 2);
    assert_eq!(branches("(if (isMissing x) 2.0 (ln x))"), 1);
}

#[test]
fn failures_belong_to_the_branch_taken() {
    for (call, row, expected) in [
        // Lowered to a selection.
        ("(if b (/ x x2) 2.0)", "b=false ;; x=0 ;; x2=0", "2.0"),
        ("(if b 2.0 (/ x x2))", "b=true ;; x=0 ;; x2=0", "2.0"),
        ("(if b 2.0 (/ x x2))", "x=0 ;; x2=0", "_"),
        ("(if b (/ x x2) 2.0)", "b=true ;; x=1 ;; x2=4", "0.25"),
        // Lowered to regions.
        ("(if b (ln x) 2.0)", "b=false ;; x=-1", "2.0"),
        ("(if b 2.0 (ln x))", "b=true ;; x=-1", "2.0"),
        ("(if b 2.0 (ln x))", "x=-1", "_"),
        ("(if b 2.0 (ln x))", "b=false ;; x=1", "0.0"),
        ("(if b 2.0 (ln x))", "b=false", "_"),
        ("(if (isNotMissing x) (ln x) (if b (ln x2) 7))", "b=true ;; x2=1", "0.0"),
        ("(if (isNotMissing x) (ln x) (if b (ln x2) 7))", "x2=-1", "_"),
        ("(if b (ln x))", "b=false ;; x=-1", "_"),
        ("(if :mapMissingTo 9 b (ln x))", "b=false ;; x=-1", "9.0"),
        ("(if :defaultValue 9 b (ln x) 1)", "x=-1", "9.0"),
    ] {
        assert_eq!(evaluate("double", &xml(call), row), expected, "{call} {row}");
    }
    for (call, row) in [
        ("(if b (/ x x2) 2.0)", "b=true ;; x=0 ;; x2=0"),
        ("(if b 2.0 (/ x x2))", "b=false ;; x=0 ;; x2=0"),
        ("(if b 2.0 (ln x))", "b=false ;; x=-1"),
    ] {
        assert!(evaluate("double", &xml(call), row).starts_with("! the function"), "{call} {row}");
    }
}

#[test]
fn a_derived_field_serves_branches_and_what_comes_after() {
    let dictionary = r#"
        <DerivedField name="root" optype="continuous" dataType="double">
          <Apply function="sqrt"><FieldRef field="x"/></Apply></DerivedField>
        <DerivedField name="o1" optype="continuous" dataType="double">
          <Apply function="if"><FieldRef field="b"/><FieldRef field="root"/><Constant>-1</Constant></Apply></DerivedField>
        <DerivedField name="o2" optype="continuous" dataType="double">
          <Apply function="+"><FieldRef field="root"/><Constant>1</Constant></Apply></DerivedField>"#;
    let fields = lower(dictionary).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(fields.run(&["b=true ;; x=4", "b=false ;; x=9"]), [["2.0", "3.0"], ["-1.0", "4.0"]]);
}
