use super::*;
use crate::missing::EmptyCells;
use csv::StringRecord;
use pmml_compiler::document::data_dictionary::{DataType, OpType};
use pmml_compiler::signature::{Category, Field};

fn field(name: &str, values: &[&str], is_list: bool) -> Field {
    let category = |value: &&str| Category { value: (*value).to_owned(), display_value: None };
    Field {
        name: name.to_owned(),
        display_name: None,
        data_type: DataType::String,
        optype: OpType::Categorical,
        is_list,
        values: values.iter().map(category).collect(),
        intervals: Vec::new(),
    }
}

fn signature() -> Signature {
    Signature {
        inputs: vec![
            field("continent", &["NA", "EU"], false),
            field("Income", &[], false),
            field("y", &[], false),
        ],
        target_inputs: vec![2],
        ..Signature::default()
    }
}

fn columns(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

fn plan(names: &[&str], missing_columns: MissingColumns) -> Result<Plan, Error> {
    let missing = MissingStrings { strings: columns(&["NA", "?"]), empty: EmptyCells::Missing };
    Plan::new(&columns(names), &signature(), PlanOptions { missing, missing_columns, label: None })
}

fn row(cells: &[&str], quoted: &[bool]) -> Row {
    Row { line: 2, cells: StringRecord::from(cells), quoted: quoted.to_vec(), lists: None }
}

fn filled(plan: &Plan, row: &Row) -> Vec<(usize, String)> {
    let mut filled = Vec::new();
    plan.fill(row, |input, value| filled.push((input, value.to_string())));
    filled
}

#[test]
fn a_declared_value_is_never_missing() {
    let plan = plan(&["Income", "other", "continent"], MissingColumns::Error).unwrap();
    assert_eq!(filled(&plan, &row(&["NA", "z", "NA"], &[])), [(0, "NA".to_owned())]);
    assert_eq!(filled(&plan, &row(&["5", "z", "?"], &[])), [(1, "5".to_owned())]);
    assert_eq!(filled(&plan, &row(&["", "", ""], &[])), []);
    assert_eq!(plan.declared(), [("continent".to_owned(), "NA".to_owned())]);
    assert_eq!(plan.absent(), ["y"]);
}

#[test]
fn empty_cells_are_read_as_requested() {
    let filled_by = |empty| {
        let options =
            PlanOptions { missing: MissingStrings { strings: Vec::new(), empty }, ..PlanOptions::default() };
        let plan = Plan::new(&columns(&["continent", "Income", "y"]), &signature(), options).unwrap();
        let inputs = filled(&plan, &row(&["", "", "1"], &[true, false, false]));
        inputs.into_iter().map(|(input, _)| input).collect::<Vec<_>>()
    };
    assert_eq!(filled_by(EmptyCells::Missing), [2]);
    assert_eq!(filled_by(EmptyCells::QuotedIsString), [0, 2]);
    assert_eq!(filled_by(EmptyCells::String), [0, 1, 2]);
}

#[test]
fn absent_columns_are_reported_with_similar_names() {
    let rejected = |names: &[&str], choice| plan(names, choice).unwrap_err().to_string();
    assert_eq!(
        rejected(&["continent", " \"Income\""], MissingColumns::Error),
        "line 1: the header has no column for `Income` (did you mean the column ` \"Income\"`?)"
    );
    assert_eq!(
        rejected(&["Contnent", "income", "y"], MissingColumns::NearMisses),
        "line 1: the header has no column for `continent` (did you mean the column `Contnent`?), `Income` \
         (did you mean the column `income`?)"
    );
    assert_eq!(
        rejected(&["y"], MissingColumns::Error),
        "line 1: the header has no column for `continent`, `Income`"
    );
    assert_eq!(
        rejected(&["incme", "Continent", "y"], MissingColumns::Error),
        "line 1: the header has no column for `continent` (did you mean the column `Continent`?), `Income` (did you \
         mean the column `incme`?)"
    );
    let error = plan(&["continent:Income"], MissingColumns::Error).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the header has none of the model's input fields: it has `continent:Income`"
    );
    assert_eq!(error.help().unwrap(), "are the cells separated by `:`?");
    let missing = plan(&["Income"], MissingColumns::Missing).unwrap();
    assert_eq!(missing.absent(), ["continent", "y"]);
    assert_eq!(plan(&["a", "b"], MissingColumns::NearMisses).unwrap().absent().len(), 3);
    // A target may be absent even if there is a similar name.
    assert!(plan(&["continent", "Income", "Y"], MissingColumns::NearMisses).is_ok());
}

#[test]
fn a_label_feeds_no_input() {
    let options =
        PlanOptions { label: Some(0), missing_columns: MissingColumns::Missing, ..PlanOptions::default() };
    let plan = Plan::new(&columns(&["continent", "Income"]), &signature(), options).unwrap();
    assert_eq!(filled(&plan, &row(&["EU", "1"], &[])), [(1, "1".to_owned())]);
}

#[test]
fn many_absent_inputs_are_handled_quickly() {
    let inputs = (0..110_000).map(|number| field(&format!("input_{number}"), &[], false)).collect();
    let signature = Signature { inputs, ..Signature::default() };
    let names: Vec<String> = (0..1_000).map(|number| format!("inptu_{number}")).collect();
    for missing_columns in [MissingColumns::Error, MissingColumns::NearMisses] {
        let options = PlanOptions { missing_columns, ..PlanOptions::default() };
        assert!(Plan::new(&names, &signature, options).is_err());
    }
}

#[test]
fn many_strings_for_missing_values() {
    let mut strings: Vec<String> = (0..1_000).rev().map(|number| format!("missing {number}")).collect();
    strings.push("NA".to_owned());
    let missing = MissingStrings { strings, empty: EmptyCells::Missing };
    let options = PlanOptions { missing, ..PlanOptions::default() };
    let plan = Plan::new(&columns(&["continent", "Income", "y"]), &signature(), options).unwrap();
    let cells = ["NA", "missing 7", "missing"];
    assert_eq!(filled(&plan, &row(&cells, &[])), [(0, "NA".to_owned()), (2, "missing".to_owned())]);
}

#[test]
fn lists_have_the_cells_of_a_group() {
    let signature = Signature {
        inputs: vec![field("item", &[], true), field("shop", &[], false)],
        group: Some("basket".to_owned()),
        ..Signature::default()
    };
    let plan = Plan::new(&columns(&["basket", "item", "shop"]), &signature, PlanOptions::default()).unwrap();
    let mut group = plan.begin_group(row(&["1", "tea", "a"], &[]));
    plan.join_group(&mut group, &row(&["1", "", "b"], &[]));
    plan.join_group(&mut group, &row(&["1", "milk", "c"], &[]));
    let list = Value::from(vec!["tea", "milk"]).to_string();
    assert_eq!(filled(&plan, &group), [(1, "a".to_owned()), (0, list)]);
    let alone = Value::from(vec!["tea"]).to_string();
    assert_eq!(filled(&plan, &row(&["1", "tea", "a"], &[])), [(1, "a".to_owned()), (0, alone)]);
    let rejected = Plan::new(
        &columns(&["item"]),
        &signature,
        PlanOptions { missing_columns: MissingColumns::Missing, ..PlanOptions::default() },
    );
    assert!(matches!(rejected, Err(Error::NoGroup { .. })));
}
