//! Trees, tested by their predictions: small documents run on the interpreter.

use crate::document::read_str;
use crate::frame::Engine;
use crate::interp::Interpreter;
use crate::ir::verify::verify;
use crate::ir::{Constant, Program, Type, Value};
use crate::lower::options::Options;
use crate::lower::select_model;
use crate::lower::state::Lowering;
use pmml_runtime::{Context, Stream, StringId};
use std::sync::Arc;

/// Returns a document with the fields `a` and `b` (doubles), `i` (an integer), `f` (a float), `t` (a boolean), `s` (one
/// of u, v, w) and `o` (low < mid < high), and the given target and model.
fn document(target: &str, model: &str) -> String {
    format!(
        r#"<PMML xmlns="http://www.dmg.org/PMML-4_4" version="4.4"><Header/><DataDictionary>
<DataField name="a" optype="continuous" dataType="double"/>
<DataField name="b" optype="continuous" dataType="double"/>
<DataField name="i" optype="continuous" dataType="integer"/>
<DataField name="f" optype="continuous" dataType="float"/>
<DataField name="t" optype="categorical" dataType="boolean"/>
<DataField name="s" optype="categorical" dataType="string"><Value value="u"/><Value value="v"/><Value value="w"/></DataField>
<DataField name="o" optype="ordinal" dataType="string"><Value value="low"/><Value value="mid"/><Value value="high"/></DataField>
{target}</DataDictionary>{model}</PMML>"#
    )
}

const SCHEMA: &str = r#"<MiningSchema><MiningField name="a"/><MiningField name="b"/><MiningField name="i"/>
<MiningField name="f"/><MiningField name="t"/><MiningField name="s"/><MiningField name="o"/>
<MiningField name="y" usageType="target"/></MiningSchema>"#;

/// Returns a regression tree with the given attributes and root.
fn regression(attributes: &str, root: &str) -> String {
    let target = r#"<DataField name="y" optype="continuous" dataType="double"/>"#;
    let model = format!(r#"<TreeModel functionName="regression" {attributes}>{SCHEMA}{root}</TreeModel>"#);
    document(target, &model)
}

/// Returns a classification tree of a string with the given attributes and root.
fn classification(attributes: &str, root: &str) -> String {
    let target = r#"<DataField name="y" optype="categorical" dataType="string"><Value value="C"/><Value value="B"/><Value value="A"/></DataField>"#;
    let model =
        format!(r#"<TreeModel functionName="classification" {attributes}>{SCHEMA}{root}</TreeModel>"#);
    document(target, &model)
}

/// Returns the program of a document's model, whose results are the given columns: `y`, `id`, or the probability (`p`)
/// of or confidence (`c`) in a label (`p_A`, `c_A`). Columns that the model lacks are missing.
fn program(document: &str, columns: &str) -> crate::error::Result<Program> {
    let document = read_str(document)?;
    let model = select_model(&document, &Options::default())?.expect("a document with a model");
    let mut lowering = Lowering::new(&document, &Options::default())?;
    let scope = lowering.scopes.open(None);
    let result = lowering.model(scope, model, true)?;
    let prediction = &result.predictions[0];
    let mut yields: Vec<Value> = Vec::new();
    for column in columns.split(',') {
        let operand = match column.split_once('_') {
            Some((quantity, label)) => prediction.distribution.as_ref().and_then(|distribution| {
                let number = distribution.labels.iter().position(|known| *known == *label)?;
                match quantity {
                    "p" => distribution.probabilities.get(number),
                    _ => distribution.confidences.get(number),
                }
                .copied()
            }),
            None if column == "id" => prediction.entity_id,
            None => Some(prediction.value),
        };
        let builder = &mut lowering.builder;
        match operand {
            Some(operand) => yields.extend([operand.value, operand.presence(builder)]),
            None => yields.extend([builder.bool(false), builder.bool(false)]),
        }
    }
    let program = lowering.builder.finish(yields);
    verify(&program).unwrap();
    Ok(program)
}

/// Runs a document's model on rows. The first line of the table has the names of fields and columns (`a,b | y,id`),
/// each other line a row and its results. `_` is a missing cell or result, `!` the result of a row that fails.
#[track_caller]
fn check(document: &str, table: &str) {
    let mut lines = table.lines().map(str::trim).filter(|line| !line.is_empty());
    let header: Vec<&str> = lines.next().unwrap().split('|').map(str::trim).collect();
    let program = Arc::new(program(document, header[1]).unwrap());
    let interpreter = Interpreter::new(program.clone());
    let layout = interpreter.layout();
    let fields: Vec<&str> = header[0].split(',').collect();
    for line in lines {
        let (cells, expected) = line.split_once('|').unwrap();
        let cells: Vec<&str> = cells.trim().split(',').collect();
        let mut frame = vec![0; layout.words];
        let mut context = Context::new(&program.dictionary);
        for ((_, input), columns) in program.inputs.iter().zip(&layout.inputs) {
            let cell = fields.iter().position(|field| *field == input.name).map_or("_", |cell| cells[cell]);
            if cell == "_" {
                continue;
            }
            frame[columns.present] = 1;
            frame[columns.values] = match input.ty {
                Type::F64 => Constant::F64(cell.parse().unwrap()).bits(),
                Type::F32 => Constant::F32(cell.parse().unwrap()).bits(),
                Type::I64 => Constant::I64(cell.parse().unwrap()).bits(),
                Type::Bool => Constant::Bool(cell == "true").bits(),
                _ => context.intern(cell).number() as u64,
            };
        }
        interpreter.run(&mut frame, 1, &mut context, &mut Stream::default());
        let answers: Vec<String> = program
            .results()
            .zip(&layout.results)
            .map(|((value, _), columns)| {
                match Constant::from_bits(program.ty(value), frame[columns.values]) {
                    _ if frame[layout.failures] != 0 => "!".to_owned(),
                    _ if frame[columns.present] & 1 == 0 => "_".to_owned(),
                    Some(Constant::String(text)) => {
                        context.string(StringId::from_number(text.number())).to_owned()
                    }
                    Some(Constant::F32(value)) => format!("{value:?}"),
                    Some(constant) => format!("{constant:?}"),
                    None => "list".to_owned(),
                }
            })
            .collect();
        assert_eq!(answers.join(","), expected.trim(), "{line}\n{document}");
    }
}

/// Returns the message with which a document is refused.
#[track_caller]
fn refusal(document: &str) -> String {
    program(document, "y").unwrap_err().to_string()
}

const NESTED: &str = r#"
<Node id="n0" score="0" defaultChild="n2"><True/>
  <Node id="n1" score="1" defaultChild="n12"><SimplePredicate field="a" operator="lessThan" value="10"/>
    <Node id="n11" score="11"><SimplePredicate field="b" operator="lessThan" value="10"/></Node>
    <Node id="n12" score="12"><SimplePredicate field="b" operator="greaterOrEqual" value="10"/></Node>
  </Node>
  <Node id="n2" score="2"><SimplePredicate field="a" operator="greaterOrEqual" value="10"/></Node>
</Node>"#;

#[test]
fn unknown_predicates() {
    let check = |strategy: &str, answers: [&str; 5]| {
        let rows = ["1,1", "1,_", "_,1", "_,_", "20,_"];
        let table: String =
            rows.iter().zip(answers).map(|(row, answer)| format!("\n{row} | {answer}")).collect();
        check(&regression(strategy, NESTED), &format!("a,b | y,id{table}"));
    };
    check("", ["11.0,n11", "_,_", "_,_", "_,_", "2.0,n2"]);
    check(r#"missingValueStrategy="none""#, ["11.0,n11", "_,_", "_,_", "_,_", "2.0,n2"]);
    check(r#"missingValueStrategy="lastPrediction""#, ["11.0,n11", "1.0,n1", "0.0,n0", "0.0,n0", "2.0,n2"]);
    check(r#"missingValueStrategy="nullPrediction""#, ["11.0,n11", "_,_", "_,_", "_,_", "2.0,n2"]);
    check(r#"missingValueStrategy="defaultChild""#, ["11.0,n11", "12.0,n12", "2.0,n2", "2.0,n2", "2.0,n2"]);
}

#[test]
fn compound_predicates() {
    let check = |strategy: &str, predicate: &str, otherwise: &str, answers: [&str; 8]| {
        let root = format!(
            r#"<Node id="n0" score="0" defaultChild="n2"><True/><Node id="n1" score="1">{predicate}</Node>
<Node id="n2" score="2">{otherwise}</Node></Node>"#
        );
        let rows = ["1,1,u", "1,_,w", "20,_,u", "_,1,_", "_,20,_", "_,_,_", "20,20,w", "_,1,v"];
        let table: String =
            rows.iter().zip(answers).map(|(row, answer)| format!("\n{row} | {answer}")).collect();
        let strategy = format!(r#"missingValueStrategy="{strategy}""#);
        check(&regression(&strategy, &root), &format!("a,b,s | id{table}"));
    };
    let compound = |operator: &str, comparison: &str| {
        format!(
            r#"<CompoundPredicate booleanOperator="{operator}">
<SimplePredicate field="a" operator="{comparison}" value="10"/>
<SimplePredicate field="b" operator="{comparison}" value="10"/></CompoundPredicate>"#
        )
    };
    let (and, or, xor) =
        (compound("and", "lessThan"), compound("or", "lessThan"), compound("xor", "lessThan"));
    check("none", &and, "<True/>", ["n1", "n2", "n2", "n2", "n2", "n2", "n2", "n2"]);
    check("lastPrediction", &and, "<True/>", ["n1", "n0", "n2", "n0", "n2", "n0", "n2", "n0"]);
    check("nullPrediction", &and, "<True/>", ["n1", "_", "n2", "_", "n2", "_", "n2", "_"]);
    check("none", &or, "<True/>", ["n1", "n1", "n2", "n1", "n2", "n2", "n2", "n1"]);
    check("lastPrediction", &or, "<True/>", ["n1", "n1", "n0", "n1", "n0", "n0", "n2", "n1"]);
    check("nullPrediction", &or, "<True/>", ["n1", "n1", "_", "n1", "_", "_", "n2", "n1"]);
    check("none", &xor, "<True/>", ["n2", "n2", "n2", "n2", "n2", "n2", "n2", "n2"]);
    check("lastPrediction", &xor, "<True/>", ["n2", "n0", "n0", "n0", "n0", "n0", "n2", "n0"]);
    let (surrogate, rest) = (compound("surrogate", "lessThan"), compound("surrogate", "greaterOrEqual"));
    check("none", &surrogate, &rest, ["n1", "n1", "n2", "n1", "n2", "_", "n2", "n1"]);
    check("lastPrediction", &surrogate, &rest, ["n1", "n1", "n2", "n1", "n2", "n0", "n2", "n1"]);
    check("defaultChild", &surrogate, &rest, ["n1", "n1", "n2", "n1", "n2", "n2", "n2", "n1"]);
    let set = |operator: &str| {
        format!(
            r#"<SimpleSetPredicate field="s" booleanOperator="{operator}"><Array type="string" n="2">u v</Array></SimpleSetPredicate>"#
        )
    };
    check("none", &set("isIn"), &set("isNotIn"), ["n1", "n2", "n1", "_", "_", "_", "n2", "n1"]);
    check("lastPrediction", &set("isIn"), &set("isNotIn"), ["n1", "n2", "n1", "n0", "n0", "n0", "n2", "n1"]);
    let is = |operator: &str| format!(r#"<SimplePredicate field="a" operator="{operator}"/>"#);
    let never = r#"<SimplePredicate field="b" operator="greaterOrEqual" value="1e9"/>"#;
    check("none", &is("isMissing"), never, ["_", "_", "_", "n1", "n1", "n1", "_", "n1"]);
    check("none", &is("isNotMissing"), never, ["n1", "n1", "n1", "_", "_", "_", "n1", "_"]);
}

/// Tests that every nesting of `and` and `or` has the outcome that three-valued logic computes.
#[test]
fn nested_compounds_follow_three_valued_logic() {
    let shapes = [
        "and(a,b,i)",
        "or(a,b,i)",
        "and(a,or(b,i))",
        "or(a,and(b,i))",
        "or(and(a,b),and(b,i))",
        "and(or(a,b),or(b,i))",
        "surrogate(and(a,b),i)",
        "and(surrogate(a,b),surrogate(i,b))",
        "or(surrogate(a,b),and(i,or(a,b)))",
        "and(xor(a,b),or(i,a))",
        "and(or(and(a,b),i),or(and(i,a),b))",
    ];
    for shape in shapes {
        let mut rest = shape;
        let (predicate, logic) = parse(&mut rest);
        let root = format!(
            r#"<Node id="unknown" score="0"><True/><Node id="true" score="1">{predicate}</Node>
<Node id="false" score="2"><True/></Node></Node>"#
        );
        let mut table = "a,b,i | id".to_owned();
        for row in 0..27 {
            let values = [row % 3, row / 3 % 3, row / 9];
            let cell = |value: usize| ["1", "20", "_"][value];
            let known = |field: char| [Some(true), Some(false), None][values["abi".find(field).unwrap()]];
            let answer = match logic(&known) {
                Some(true) => "true",
                Some(false) => "false",
                None => "unknown",
            };
            table += &format!("\n{},{},{} | {answer}", cell(values[0]), cell(values[1]), cell(values[2]));
        }
        check(&regression(r#"missingValueStrategy="lastPrediction""#, &root), &table);
    }
}

type Logic = Box<dyn Fn(&dyn Fn(char) -> Option<bool>) -> Option<bool>>;

/// Parses `and(a,or(b,i))` into the predicate and its meaning. A field stands for the predicate that it is less than
/// 10.
fn parse(text: &mut &str) -> (String, Logic) {
    let end = text.find(['(', ',', ')']).unwrap_or(text.len());
    let (word, rest) = text.split_at(end);
    *text = rest;
    if !text.starts_with('(') {
        let field = word.chars().next().unwrap();
        let predicate = format!(r#"<SimplePredicate field="{field}" operator="lessThan" value="10"/>"#);
        return (predicate, Box::new(move |known| known(field)));
    }
    let mut predicate = format!(r#"<CompoundPredicate booleanOperator="{word}">"#);
    let mut parts: Vec<Logic> = Vec::new();
    while !text.starts_with(')') {
        *text = &text[1..];
        let (part, logic) = parse(text);
        predicate += &part;
        parts.push(logic);
    }
    *text = &text[1..];
    predicate += "</CompoundPredicate>";
    let word = word.to_owned();
    let logic: Logic = Box::new(move |known| {
        let outcomes: Vec<Option<bool>> = parts.iter().map(|part| part(known)).collect();
        let any = |outcome| outcomes.contains(&outcome);
        match word.as_str() {
            "and" if any(Some(false)) => Some(false),
            "or" if any(Some(true)) => Some(true),
            "surrogate" => outcomes.iter().copied().find(Option::is_some).flatten(),
            _ if any(None) => None,
            "and" => Some(true),
            "or" => Some(false),
            _ => Some(outcomes.iter().filter(|outcome| **outcome == Some(true)).count() % 2 == 1),
        }
    });
    (predicate, logic)
}

#[test]
fn no_true_child() {
    let root = r#"<Node id="n0" score="0"><True/>
<Node id="n1" score="1"><SimplePredicate field="a" operator="lessThan" value="10"/></Node>
<Node id="n2" score="2"><SimplePredicate field="a" operator="greaterThan" value="10"/>
<Node id="n21" score="21"><SimplePredicate field="b" operator="equal" value="1"/></Node></Node></Node>"#;
    let check = |attributes: &str, answers: [&str; 4]| {
        let rows = ["10,1", "20,2", "20,_", "_,1"];
        let table: String =
            rows.iter().zip(answers).map(|(row, answer)| format!("\n{row} | {answer}")).collect();
        check(&regression(attributes, root), &format!("a,b | id{table}"));
    };
    let last = r#"noTrueChildStrategy="returnLastPrediction""#;
    check("", ["_", "_", "_", "_"]);
    check(last, ["n0", "n2", "n2", "n0"]);
    check(r#"missingValueStrategy="lastPrediction""#, ["_", "_", "n2", "n0"]);
    check(&format!(r#"missingValueStrategy="lastPrediction" {last}"#), ["n0", "n2", "n2", "n0"]);
    check(r#"missingValueStrategy="nullPrediction""#, ["_", "_", "_", "_"]);
    check(&format!(r#"missingValueStrategy="nullPrediction" {last}"#), ["n0", "n2", "_", "_"]);
    // Without a default child the prediction is missing.
    check(&format!(r#"missingValueStrategy="defaultChild" {last}"#), ["n0", "n2", "_", "_"]);
}

#[test]
fn the_root_has_a_predicate_too() {
    let root = r#"<Node id="n0" score="0"><SimplePredicate field="a" operator="lessThan" value="10"/>
<Node id="n1" score="1"><SimplePredicate field="b" operator="lessThan" value="10"/></Node></Node>"#;
    for attributes in
        ["", r#"missingValueStrategy="lastPrediction" noTrueChildStrategy="returnLastPrediction""#]
    {
        check(&regression(attributes, root), "a,b | id\n 1,1 | n1\n 20,1 | _\n _,1 | _\n _,_ | _");
    }
}

#[test]
fn nodes_without_names_count_in_document_order() {
    let root = r#"<Node score="0"><True/>
<Node score="1"><SimplePredicate field="a" operator="lessThan" value="10"/>
  <Node score="11"><SimplePredicate field="b" operator="lessThan" value="10"/></Node>
  <Node score="12"><SimplePredicate field="b" operator="greaterOrEqual" value="10"/></Node></Node>
<Node score="2"><SimplePredicate field="a" operator="greaterOrEqual" value="10"/>
  <Node id="x" score="21"><SimplePredicate field="b" operator="lessThan" value="10"/></Node>
  <Node score="22"><SimplePredicate field="b" operator="greaterOrEqual" value="10"/></Node></Node></Node>"#;
    let table = "a,b | y,id\n 1,1 | 11.0,3\n 1,20 | 12.0,4\n 20,1 | 21.0,x\n 20,20 | 22.0,7\n _,_ | 0.0,1\n 1,_ | 1.0,2\n 20,_ | 2.0,5";
    check(&regression(r#"missingValueStrategy="lastPrediction""#, root), table);
}

#[test]
fn scores_are_numbers_in_the_models_precision() {
    let root = |score: &str| {
        format!(
            r#"<Node><True/><Node score="{score}"><SimplePredicate field="a" operator="lessThan" value="10"/></Node>
<Node><True/></Node></Node>"#
        )
    };
    check(&regression("", &root(" 007")), "a | y,id\n 1 | 7.0,2\n 20 | _,_\n _ | _,_");
    check(&regression("", &root("0.1")), "a | y\n 1 | 0.1");
    check(&regression(r#"x-mathContext="float""#, &root("0.1000000001")), "a | y\n 1 | 0.10000000149011612");
    let message = refusal(&regression("", &root("NaN")));
    assert!(message.contains("the score `NaN` of a `Node` is not a number"), "{message}");
}

/// Tests one predicate for a field of each type.
#[test]
fn comparisons_in_the_fields_type() {
    let check = |field: &str, operator: &str, value: &str, rows: &str| {
        let root = format!(
            r#"<Node id="unknown" score="0"><True/>
<Node id="true" score="1"><SimplePredicate field="{field}" operator="{operator}" value="{value}"/></Node>
<Node id="false" score="2"><True/></Node></Node>"#
        );
        let table: String = rows.split(' ').map(|row| format!("\n{}", row.replace(':', " | "))).collect();
        let document = regression(r#"missingValueStrategy="lastPrediction""#, &root);
        check(&document, &format!("{field} | id{table}"));
    };
    check("f", "lessThan", "0.1000000001", "0.1:false 0.0999:true _:unknown");
    check("f", "equal", "0.1000000001", "0.1:true 0.2:false _:unknown");
    check("i", "lessThan", "3.5", "3:true 4:false _:unknown");
    check("i", "equal", "3.5", "3:false 4:false _:unknown");
    check("i", "notEqual", "3", "3:false 4:true _:unknown");
    check("i", "equal", "9007199254740993", "9007199254740992:false 9007199254740993:true _:unknown");
    check("i", "greaterThan", "9007199254740991", "9007199254740991:false 9007199254740993:true");
    check("t", "equal", "TRUE", "true:true false:false _:unknown");
    check("t", "notEqual", "1", "true:false false:true _:unknown");
    check("t", "equal", "false", "true:false false:true _:unknown");
    check("t", "lessThan", "true", "true:false false:true _:unknown");
    check("s", "notEqual", "u", "u:false v:true _:unknown");
    check("o", "lessThan", "high", "low:true mid:true high:false _:unknown");
    check("o", "equal", "low", "low:true mid:false _:unknown");
    check("a", "equal", "-0.0", "0:true 1:false _:unknown");
}

#[test]
fn sets_in_the_fields_type() {
    let check = |field: &str, array: &str, rows: &str| {
        let root = format!(
            r#"<Node id="unknown" score="0"><True/>
<Node id="true" score="1"><SimpleSetPredicate field="{field}" booleanOperator="isIn">{array}</SimpleSetPredicate></Node>
<Node id="false" score="2"><True/></Node></Node>"#
        );
        let table: String = rows.split(' ').map(|row| format!("\n{}", row.replace(':', " | "))).collect();
        let document = regression(r#"missingValueStrategy="lastPrediction""#, &root);
        check(&document, &format!("{field} | id{table}"));
    };
    check("i", r#"<Array type="real">1.0 2 3.5</Array>"#, "1:true 2:true 3:false _:unknown");
    check(
        "i",
        r#"<Array type="int">9007199254740993</Array>"#,
        "9007199254740992:false 9007199254740993:true",
    );
    check("f", r#"<Array type="real">0.1 0.2</Array>"#, "0.1:true 0.3:false _:unknown");
    check("a", r#"<Array type="int">1 2</Array>"#, "1:true 1.5:false _:unknown");
    check("t", r#"<Array type="string">true</Array>"#, "true:true false:false _:unknown");
    check("s", r#"<Array type="string"></Array>"#, "u:false _:unknown");
}

#[test]
fn distributions() {
    let check = |attributes: &str, content: &str, answer: &str| {
        let root = format!(
            r#"<Node><True/><Node id="L" {attributes}><SimplePredicate field="a" operator="lessThan" value="10"/>{content}</Node></Node>"#
        );
        let table = format!("a | y,p_A,p_B,p_C,c_A,id\n1 | {answer}\n20 | _,_,_,_,_,_");
        check(&classification("", &root), &table);
    };
    let entries = |entries: &[(&str, &str)]| -> String {
        entries
            .iter()
            .map(|(value, rest)| format!(r#"<ScoreDistribution value="{value}" {rest}/>"#))
            .collect()
    };
    let counts = |counts: &[(&str, i32)]| -> String {
        let entry = |(value, count): &(&str, i32)| {
            format!(r#"<ScoreDistribution value="{value}" recordCount="{count}"/>"#)
        };
        counts.iter().map(entry).collect()
    };
    let a = r#"score="A""#;
    check(a, &counts(&[("A", 6), ("B", 3), ("C", 1)]), "A,0.6,0.3,0.1,0.0,L");
    check(r#"score="C""#, &counts(&[("A", 6), ("B", 3), ("C", 1)]), "C,0.6,0.3,0.1,0.0,L");
    check(r#"score="A" recordCount="20""#, &counts(&[("A", 6), ("B", 3), ("C", 1)]), "A,0.6,0.3,0.1,0.0,L");
    // A node without a score predicts the most probable label; on a tie, the first.
    check("", &counts(&[("A", 3), ("B", 6), ("C", 1)]), "B,0.3,0.6,0.1,0.0,L");
    check("", &counts(&[("B", 3), ("A", 3)]), "B,0.5,0.5,_,0.0,L");
    check("", "", "_,_,_,_,_,_");
    check("", &counts(&[("A", 0), ("B", 0)]), "_,_,_,_,_,_");
    check(a, "", "A,_,_,_,_,L");
    check(a, &counts(&[("A", 0), ("B", 0), ("C", 0)]), "A,_,_,_,_,L");
    check(a, &counts(&[("B", 3), ("C", 1)]), "A,0.0,0.75,0.25,0.0,L");
    check(r#"score="D""#, &counts(&[("D", 5), ("A", 5)]), "D,0.5,_,_,0.0,L");
    let written = [
        ("A", r#"probability="0.7" recordCount="1""#),
        ("B", r#"probability="0.2" recordCount="1""#),
        ("C", r#"probability="0.05" recordCount="1""#),
    ];
    check(a, &entries(&written), "A,0.7368421052631579,0.2105263157894737,0.052631578947368425,0.0,L");
    let confidences = [("A", r#"recordCount="6" confidence="0.9""#), ("B", r#"recordCount="4""#)];
    check(a, &entries(&confidences), "A,0.6,0.4,_,0.9,L");
    let mixed = [("A", r#"probability="0.7" recordCount="1""#), ("B", r#"recordCount="1""#)];
    let root = format!("<Node {a}><True/>{}</Node>", entries(&mixed));
    let message = refusal(&classification("", &root));
    assert!(
        message.contains("some `ScoreDistribution`s have a probability and others beside them have none"),
        "{message}"
    );
}

#[test]
fn the_penalty_counts_default_children() {
    let distribution = |a: &str, b: &str, c: &str| {
        format!(
            r#"<ScoreDistribution value="A" {a}/><ScoreDistribution value="B" {b}/><ScoreDistribution value="C" {c}/>"#
        )
    };
    let confident = |a: i32, b: i32, c: i32| {
        distribution(
            &format!(r#"recordCount="{a}" confidence="0.9""#),
            &format!(r#"recordCount="{b}" confidence="0.8""#),
            &format!(r#"recordCount="{c}" confidence="0.7""#),
        )
    };
    let root = format!(
        r#"<Node id="n0" score="A" defaultChild="n1"><True/>
<Node id="n1" score="A" defaultChild="n12"><SimplePredicate field="a" operator="lessThan" value="10"/>
<Node id="n11" score="A"><SimplePredicate field="b" operator="lessThan" value="10"/>{}</Node>
<Node id="n12" score="B"><SimplePredicate field="b" operator="greaterOrEqual" value="10"/>{}</Node></Node>
<Node id="n2" score="C"><SimplePredicate field="a" operator="greaterOrEqual" value="10"/>{}</Node></Node>"#,
        confident(6, 3, 1),
        confident(1, 3, 1),
        distribution(
            r#"recordCount="1" confidence="0.2""#,
            r#"recordCount="2" confidence="0.3""#,
            r#"recordCount="7" confidence="0.6""#
        ),
    );
    let document = classification(r#"missingValueStrategy="defaultChild" missingValuePenalty="0.8""#, &root);
    check(
        &document,
        "a,b | y,p_A,p_B,c_B,c_A,id
        1,1 | A,0.6,0.3,0.8,0.9,n11
        1,_ | B,0.2,0.6,0.6400000000000001,0.7200000000000001,n12
        _,1 | A,0.6,0.3,0.6400000000000001,0.7200000000000001,n11
        _,_ | B,0.2,0.6,0.5120000000000001,0.5760000000000002,n12
        20,_ | C,0.1,0.2,0.3,0.2,n2",
    );
    let document = classification(r#"missingValueStrategy="defaultChild""#, &root);
    check(&document, "a,b | y,c_B,c_A\n _,_ | B,0.8,0.9\n 1,1 | A,0.8,0.9");
}

/// Tests that a surrogate costs one penalty, however many predicates are unknown, whether it is true or false.
#[test]
fn the_penalty_counts_surrogates() {
    let entry = r#"<ScoreDistribution value="A" recordCount="1" confidence="1"/>"#;
    let node = |id: &str, default: &str, predicate: &str, children: &str| {
        format!(r#"<Node id="{id}" score="A" defaultChild="{default}">{predicate}{entry}{children}</Node>"#)
    };
    let surrogate = |operator: &str, fields: [&str; 2]| {
        let [a, b] = fields
            .map(|field| format!(r#"<SimplePredicate field="{field}" operator="{operator}" value="10"/>"#));
        format!(r#"<CompoundPredicate booleanOperator="surrogate">{a}{b}</CompoundPredicate>"#)
    };
    let (less, greater) =
        (|fields| surrogate("lessThan", fields), |fields| surrogate("greaterOrEqual", fields));
    let two_levels = node(
        "r",
        "1",
        "<True/>",
        &(node(
            "1",
            "11",
            &less(["a", "b"]),
            &(node("11", "", &less(["a", "i"]), "") + &node("12", "", &greater(["a", "i"]), "")),
        ) + &node("2", "", "<True/>", "")),
    );
    let check = |strategy: &str, root: &str, table: &str| {
        let attributes = format!(
            r#"missingValuePenalty="0.5" noTrueChildStrategy="returnLastPrediction" missingValueStrategy="{strategy}""#
        );
        check(&classification(&attributes, root), &format!("a,b,i | c_A,id{table}"));
    };
    check(
        "defaultChild",
        &two_levels,
        "\n1,1,1 | 1.0,11\n20,_,_ | 1.0,2\n_,1,1 | 0.25,11\n_,20,20 | 0.5,2\n_,_,1 | 0.25,11\n_,_,20 | 0.125,12
        _,_,_ | 0.25,11\n_,1,20 | 0.125,12\n_,1,_ | 0.25,11",
    );
    check(
        "none",
        &two_levels,
        "\n1,1,1 | 1.0,11\n_,1,1 | 0.25,11\n_,20,20 | 0.5,2\n_,_,1 | 1.0,2\n_,1,20 | 0.125,12\n_,1,_ | 0.5,1",
    );
    check(
        "lastPrediction",
        &two_levels,
        "\n_,1,1 | 0.25,11\n_,20,20 | 0.5,2\n_,_,1 | 1.0,r\n_,1,20 | 0.125,12\n_,1,_ | 0.5,1",
    );
    check("nullPrediction", &two_levels, "\n_,1,1 | 0.25,11\n_,20,20 | 0.5,2\n_,_,1 | _,_\n_,1,_ | _,_");
    let of_root = |children: &str| node("r", "1", &less(["a", "b"]), children);
    let simple = |operator: &str| format!(r#"<SimplePredicate field="i" operator="{operator}" value="10"/>"#);
    let root =
        of_root(&(node("1", "", &simple("lessThan"), "") + &node("2", "", &simple("greaterOrEqual"), "")));
    check(
        "defaultChild",
        &root,
        "\n1,1,1 | 1.0,1\n1,_,_ | 0.5,1\n20,_,_ | _,_\n_,1,1 | 0.5,1\n_,_,1 | _,_\n_,1,20 | 0.5,2\n_,1,_ | 0.25,1",
    );
}

#[test]
fn labels_are_values_of_the_targets_type() {
    let target = r#"<DataField name="y" optype="categorical" dataType="integer"/>"#;
    let root = r#"<Node><True/>
<Node score="1.0"><SimplePredicate field="a" operator="lessThan" value="10"/>
<ScoreDistribution value="1" recordCount="3"/><ScoreDistribution value="0" recordCount="1"/></Node>
<Node score="0"><True/><ScoreDistribution value="0.0" recordCount="4"/></Node></Node>"#;
    let model = format!(r#"<TreeModel functionName="classification">{SCHEMA}{root}</TreeModel>"#);
    check(&document(target, &model), "a | y,p_1,p_0\n 1 | 1,0.75,0.25\n 20 | 0,0.0,1.0");
}

#[test]
fn default_children_are_children() {
    let strategy = r#"missingValueStrategy="defaultChild""#;
    for name in ["zz", "n11"] {
        let root = NESTED.replace(r#"defaultChild="n2""#, &format!(r#"defaultChild="{name}""#));
        let message = refusal(&regression(strategy, &root));
        assert!(message.contains(&format!("the default child `{name}`")), "{message}");
        // With another strategy the name does not matter.
        check(&regression("", &root), "a,b | id\n 1,1 | n11");
    }
}

#[test]
fn deep_trees_do_not_use_the_stack() {
    let depth = 9_000;
    let mut root = String::new();
    for level in 0..depth {
        let predicate = match level {
            0 => "<True/>".to_owned(),
            _ => format!(r#"<SimplePredicate field="a" operator="greaterThan" value="{level}"/>"#),
        };
        root += &format!(r#"<Node id="{level}" score="{level}">{predicate}"#);
    }
    root += &"</Node>".repeat(depth);
    let document = regression(r#"noTrueChildStrategy="returnLastPrediction""#, &root);
    check(&document, "a | y\n 0 | 0.0\n 4000.5 | 4000.0\n 1e9 | 8999.0\n _ | 0.0");
}

#[test]
fn counting_penalties_is_limited() {
    let depth = 5_000;
    let mut root = String::new();
    for level in 0..depth {
        let predicate = match level {
            0 => "<True/>",
            _ => r#"<SimplePredicate field="a" operator="greaterThan" value="1"/>"#,
        };
        root += &format!(r#"<Node id="{level}" score="A" defaultChild="{}">{predicate}"#, level + 1);
    }
    root += r#"<ScoreDistribution value="A" recordCount="1" confidence="0.5"/>"#;
    root += &"</Node>".repeat(depth);
    let message =
        refusal(&classification(r#"missingValueStrategy="defaultChild" missingValuePenalty="0.9""#, &root));
    assert!(message.contains("counting penalties"), "{message}");
}

/// Tests that nested compound predicates do not double the graph: 100 levels fit.
#[test]
fn deep_predicates_stay_small() {
    let mut predicate = r#"<SimplePredicate field="a" operator="lessThan" value="10"/>"#.to_owned();
    for level in 0..100 {
        let (operator, field) = if level % 2 == 0 { ("and", "b") } else { ("or", "i") };
        predicate = format!(
            r#"<CompoundPredicate booleanOperator="{operator}">{predicate}<SimplePredicate field="{field}" operator="lessThan" value="{level}"/></CompoundPredicate>"#
        );
    }
    let root = format!(
        r#"<Node id="unknown" score="0"><True/><Node id="true" score="1">{predicate}</Node><Node id="false" score="2"><True/></Node></Node>"#
    );
    let document = regression(r#"missingValueStrategy="lastPrediction""#, &root);
    let program = program(&document, "y").unwrap();
    assert!(program.forests.values().all(|forest| forest.nodes.len() < 101 * 101));
    check(&document, "a,b,i | id\n 1,-1,-1 | true\n 20,1000,1000 | false\n _,-1,1000 | unknown");
}

/// The tree of the standard's section on missing values.
const GOLFING: &str = r#"
<Node id="1" score="will play" recordCount="100" defaultChild="2"><True/>
  <ScoreDistribution value="will play" recordCount="60" confidence="0.6"/>
  <ScoreDistribution value="may play" recordCount="30" confidence="0.3"/>
  <ScoreDistribution value="no play" recordCount="10" confidence="0.1"/>
  <Node id="2" score="will play" recordCount="50" defaultChild="3">
    <SimplePredicate field="s" operator="equal" value="u"/>
    <ScoreDistribution value="will play" recordCount="40" confidence="0.8"/>
    <ScoreDistribution value="may play" recordCount="2" confidence="0.04"/>
    <ScoreDistribution value="no play" recordCount="8" confidence="0.16"/>
    <Node id="3" score="will play" recordCount="40">
      <CompoundPredicate booleanOperator="surrogate">
        <SimplePredicate field="a" operator="greaterOrEqual" value="50"/>
        <SimplePredicate field="b" operator="lessThan" value="80"/></CompoundPredicate>
      <ScoreDistribution value="will play" recordCount="36" confidence="0.875"/>
      <ScoreDistribution value="may play" recordCount="2" confidence="0.0625"/>
      <ScoreDistribution value="no play" recordCount="2" confidence="0.0625"/></Node>
    <Node id="4" score="no play" recordCount="10">
      <CompoundPredicate booleanOperator="surrogate">
        <SimplePredicate field="a" operator="lessThan" value="50"/>
        <SimplePredicate field="b" operator="greaterOrEqual" value="80"/></CompoundPredicate>
      <ScoreDistribution value="will play" recordCount="4" confidence="0.375"/>
      <ScoreDistribution value="may play" recordCount="0" confidence="0"/>
      <ScoreDistribution value="no play" recordCount="6" confidence="0.625"/></Node></Node>
  <Node id="5" score="may play" recordCount="50">
    <CompoundPredicate booleanOperator="or">
      <SimplePredicate field="s" operator="equal" value="v"/>
      <SimplePredicate field="s" operator="equal" value="w"/></CompoundPredicate>
    <ScoreDistribution value="will play" recordCount="20" confidence="0.375"/>
    <ScoreDistribution value="may play" recordCount="28" confidence="0.5625"/>
    <ScoreDistribution value="no play" recordCount="2" confidence="0.0625"/></Node></Node>"#;

#[test]
fn weighted_confidence() {
    // Below node 2, with both of its fields missing: node 3 counts four fifths and node 4 one fifth.
    check(
        &classification(r#"missingValueStrategy="weightedConfidence""#, GOLFING),
        "a,b,s | y,c_will play,c_may play,c_no play,p_will play,id
        60,_,u | will play,0.875,0.0625,0.0625,0.9,3
        _,_,w | may play,0.375,0.5625,0.0625,0.4,5
        40,_,_ | will play,0.375,0.28125,0.34375,0.4,_
        60,_,_ | will play,0.625,0.3125,0.0625,0.65,_
        _,_,u | will play,0.7750000000000001,0.05,0.175,0.8,_
        _,_,_ | will play,0.5750000000000001,0.30625,0.11875,0.6000000000000001,_",
    );
}

#[test]
fn aggregated_nodes() {
    check(
        &classification(r#"missingValueStrategy="aggregateNodes""#, GOLFING),
        "a,b,s | y,c_may play,p_will play,p_may play,p_no play,id
        60,_,u | will play,0.0625,0.9,0.05,0.05,3
        _,_,w | may play,0.5625,0.4,0.56,0.04,5
        40,_,_ | may play,0.4666666666666667,0.4,0.4666666666666667,0.13333333333333333,_
        60,_,_ | will play,0.3333333333333333,0.6222222222222222,0.3333333333333333,0.044444444444444446,_
        _,_,u | will play,0.04,0.8,0.04,0.16,_
        _,_,_ | will play,0.3,0.6,0.3,0.1,_",
    );
}

#[test]
fn means_of_several_nodes() {
    let root = r#"<Node recordCount="10" score="5"><True/>
<Node recordCount="8" score="1"><SimplePredicate field="a" operator="lessThan" value="10"/>
  <Node recordCount="2" score="10"><SimplePredicate field="b" operator="lessThan" value="10"/></Node>
  <Node recordCount="2" score="20"><SimplePredicate field="b" operator="greaterOrEqual" value="10"/></Node></Node>
<Node recordCount="8" score="40"><SimplePredicate field="a" operator="greaterOrEqual" value="10"/></Node></Node>"#;
    let table = |answers: [&str; 4]| {
        let rows = ["1,1", "1,_", "_,1", "_,_"];
        let rows = rows.iter().zip(answers).map(|(row, answer)| format!("\n{row} | {answer}"));
        format!("a,b | y{}", rows.collect::<String>())
    };
    let weighted = r#"missingValueStrategy="weightedConfidence""#;
    check(&regression(weighted, root), &table(["10.0", "15.0", "25.0", "27.5"]));
    let aggregated = r#"missingValueStrategy="aggregateNodes""#;
    // (2 × 10 + 8 × 40) / 10, and (2 × 10 + 2 × 20 + 8 × 40) / 12.
    check(&regression(aggregated, root), &table(["10.0", "15.0", "34.0", "31.666666666666668"]));
    // If no child can be followed, the prediction is that of the node itself, or missing.
    let root = root.replace(r#"operator="greaterOrEqual""#, r#"operator="greaterThan""#);
    let last = format!(r#"{weighted} noTrueChildStrategy="returnLastPrediction""#);
    check(&regression(weighted, &root), "a,b | y\n_,10 | 40.0\n 10,10 | _");
    check(&regression(&last, &root), "a,b | y\n_,10 | 20.5\n 10,10 | 5.0");
    let message = refusal(&regression(weighted, &root.replace(r#"recordCount="8""#, "")));
    assert!(
        message.contains("lacks the `recordCount` that the missingValueStrategy weightedConfidence needs")
    );
}

#[test]
fn models_inside_of_nodes() {
    let root = r#"<Node score="5"><True/>
<Node id="sum" score="7"><SimplePredicate field="a" operator="lessThan" value="10"/>
  <Regression functionName="regression"><RegressionTable intercept="100">
    <NumericPredictor name="a" coefficient="1"/><NumericPredictor name="b" coefficient="2"/></RegressionTable></Regression></Node>
<Node id="bare"><SimplePredicate field="a" operator="lessThan" value="20"/>
  <Regression functionName="regression"><RegressionTable intercept="200">
    <NumericPredictor name="b" coefficient="1"/></RegressionTable></Regression></Node>
<Node id="tree"><SimplePredicate field="a" operator="lessThan" value="30"/>
  <DecisionTree functionName="regression"><Node><True/>
    <Node score="1"><SimplePredicate field="b" operator="lessThan" value="10"/></Node>
    <Node score="2"><SimplePredicate field="b" operator="greaterThan" value="10"/></Node></Node></DecisionTree></Node>
<Node id="plain" score="9"><True/></Node></Node>"#;
    check(
        &regression("", root),
        "a,b | y,id\n 1,2 | 105.0,sum\n 1,_ | 7.0,sum\n 11,2 | 202.0,bare\n 11,_ | _,bare\n 21,1 | 1.0,tree
        21,11 | 2.0,tree\n 21,10 | _,tree\n 31,1 | 9.0,plain\n _,1 | 9.0,plain",
    );
}
