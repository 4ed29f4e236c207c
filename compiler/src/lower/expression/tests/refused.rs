//! Tests of the reasons for which documents are refused, and of the limits that prevent a hostile one from using all
//! time.

use super::{lower, refusal, xml};
use crate::error::Error;

fn derived(expression: &str) -> String {
    format!(r#"<DerivedField name="o1" optype="continuous" dataType="double">{expression}</DerivedField>"#)
}

#[test]
fn functions_that_do_not_exist() {
    for (call, words) in [
        ("(com.company.Score x)", "is a Java class"),
        ("(lessthan x 1)", "did you mean `lessThan`?"),
        ("(x-custom 1)", "the document does not define it"),
        ("(+ x)", "takes 2 arguments, not 1"),
        ("(if b)", "takes 2 to 3 arguments, not 1"),
        ("(concat s)", "takes 2 or more arguments, not 1"),
        ("(+ s 1)", "must be a number"),
        ("(* b 2)", "must be a number"),
        (r#"(matches s "(")"#, "cannot be used"),
        (r#"(matches s "(?=a)a")"#, "look-ahead"),
        (r#"(replace s "(a)" "$2")"#, "cannot replace anything"),
        (r#"(concat "a" dt)"#, "must be a string"),
        ("(dateDaysSinceYear tm 1960)", "must be a date"),
        ("(substring s 2.5 1)", "needs a value of the type integer, which `2.5` is not"),
        (r#"(isIn 1 "x" "y")"#, "needs a value of the type integer, which `x` is not"),
    ] {
        let error = refusal(&derived(&xml(call)));
        assert!(error.message().contains(words), "{call}: {error}");
    }
}

#[test]
fn elements_that_make_no_sense() {
    for (expression, words) in [
        (r#"<Constant dataType="double">abc</Constant>"#, "`abc` is not a value of the type double"),
        (r#"<FieldRef field="nothing"/>"#, "not defined here"),
        (r#"<NormContinuous field="x"><LinearNorm orig="0" norm="0"/></NormContinuous>"#, "at least two"),
        (
            r#"<NormContinuous field="x"><LinearNorm orig="1" norm="0"/><LinearNorm orig="0" norm="0"/><LinearNorm orig="-1" norm="0"/></NormContinuous>"#,
            "ascending order",
        ),
        (
            r#"<NormContinuous field="x" outliers="asExtremeValues"><LinearNorm orig="1" norm="0"/><LinearNorm orig="0" norm="0"/></NormContinuous>"#,
            "ascending order",
        ),
        (r#"<Lag field="x" n="2000000"/>"#, "looks 2000000 rows back"),
        (
            r#"<TextIndex textField="s" tokenize="false"><Constant>a</Constant></TextIndex>"#,
            "without tokenization",
        ),
    ] {
        let error = refusal(&derived(expression));
        assert!(error.message().contains(words), "{expression}: {error}");
    }
}

#[test]
fn functions_that_call_themselves() {
    let dictionary = r#"
        <DefineFunction name="f" optype="continuous"><ParameterField name="a"/>
          <Apply function="g"><FieldRef field="a"/></Apply></DefineFunction>
        <DefineFunction name="g" optype="continuous"><ParameterField name="a"/>
          <Apply function="f"><FieldRef field="a"/></Apply></DefineFunction>"#;
    let error = refusal(&(dictionary.to_owned() + &derived(&xml("(f x)"))));
    assert!(error.message().contains("calls itself"), "{error}");
}

#[test]
fn functions_that_grow_beyond_all_bounds() {
    let mut dictionary = String::from(
        r#"<DefineFunction name="f0" optype="continuous"><ParameterField name="a"/><FieldRef field="a"/></DefineFunction>"#,
    );
    for number in 1..60 {
        let before = number - 1;
        dictionary += &format!(
            r#"<DefineFunction name="f{number}" optype="continuous"><ParameterField name="a"/>
               <Apply function="+"><Apply function="f{before}"><FieldRef field="a"/></Apply>
               <Apply function="f{before}"><FieldRef field="a"/></Apply></Apply></DefineFunction>"#
        );
    }
    let Err(error) = lower(&(dictionary + &derived(&xml("(f59 x)")))) else { panic!("not refused") };
    assert!(matches!(error, Error::Limit { .. }), "{error}");
}

#[test]
fn conditions_nested_too_deep() {
    let call = "(if b (ln x) ".repeat(150) + "1" + &")".repeat(150);
    let Err(error) = lower(&derived(&xml(&call))) else { panic!("not refused") };
    assert!(matches!(error, Error::Limit { .. }), "{error}");
}
