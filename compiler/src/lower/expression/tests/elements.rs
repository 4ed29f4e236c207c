//! Tests of the elements other than `Apply`.

use super::{evaluate, lower};

#[track_caller]
fn check(data_type: &str, expression: &str, answers: &[(&str, &str)]) {
    for (row, expected) in answers {
        assert_eq!(evaluate(data_type, expression, row), *expected, "{expression} {row}");
    }
}

#[test]
fn constants() {
    check("string", "<Constant>1.0</Constant>", &[("", "1.0")]);
    check("string", "<Constant>1e3</Constant>", &[("", "1e3")]);
    check("string", r#"<Constant dataType="double">10000000</Constant>"#, &[("", "1.0E7")]);
    check("double", r#"<Constant dataType="float">0.1</Constant>"#, &[("", "0.10000000149011612")]);
    check("double", "<Constant>INF</Constant>", &[("", "Infinity")]);
    check("boolean", "<Constant>true</Constant>", &[("", "true")]);
    check("double", r#"<Constant missing="true"/>"#, &[("", "_")]);
    check("double", r#"<Constant dataType="double"></Constant>"#, &[("", "_")]);
    check("string", r#"<Constant dataType="string"> a </Constant>"#, &[("", " a ")]);
    check("integer", "<Constant>3000000000</Constant>", &[("", "3000000000")]);
}

#[test]
fn references() {
    check("double", r#"<FieldRef field="x" mapMissingTo="5"/>"#, &[("x=1", "1.0"), ("", "5.0")]);
    check("string", r#"<FieldRef field="s" mapMissingTo="M"/>"#, &[("s=a", "a"), ("", "M")]);
    check("integer", r#"<FieldRef field="i" mapMissingTo="2.0"/>"#, &[("i=1", "1"), ("", "2")]);
}

#[test]
fn casts() {
    let field = |name: &str| format!(r#"<FieldRef field="{name}"/>"#);
    let fails = "DerivedField at";
    for (data_type, name, row, expected) in [
        ("integer", "x", "x=16777217", "16777217"),
        ("integer", "x", "x=2.5", fails),
        ("float", "x", "x=16777217", "1.6777216E7"),
        ("string", "x", "x=1e10", "1.0E10"),
        ("boolean", "x", "x=1", "true"),
        ("boolean", "x", "x=0.1", fails),
        ("integer", "s", "s=1e3", "1000"),
        ("integer", "s", "s=2.5", fails),
        ("double", "s", "s=abc", fails),
        ("boolean", "s", "s=0", "false"),
        ("double", "b", "b=true", "1.0"),
        ("string", "b", "b=FALSE", "false"),
        ("boolean", "i", "i=7", fails),
        ("date", "s", "s=2020-01-01", "2020-01-01"),
        ("date", "s", "s=abc", fails),
        ("date", "dtt", "dtt=2020-01-01T10:00:00", "2020-01-01"),
        ("date", "dtt", "dtt=1969-12-31T10:00:00", "1969-12-31"),
        ("time", "dtt", "dtt=1969-12-31T10:00:00", "10:00"),
        ("string", "dt", "dt=2020-01-01", "2020-01-01"),
        ("dateDaysSince[1960]", "s", "s=1960-01-05", "4"),
        ("dateDaysSince[1980]", "dt", "dt=1979-12-31", "-1"),
        ("dateTimeSecondsSince[1960]", "dtt", "dtt=1960-01-01T00:01:00", "60"),
        ("timeSeconds", "s", "s=-10:00:01", "-36001"),
        ("integer", "da", "da=1960-01-05", "4"),
        ("double", "ts", "ts=01:00:00", "3600.0"),
        ("integer", "x", "", "_"),
    ] {
        let result = evaluate(data_type, &field(name), row);
        assert!(
            result == expected || expected == fails && result.starts_with("! ") && result.contains(fails),
            "{data_type} {row}: {result}"
        );
    }
}

#[test]
fn piecewise_linear() {
    let points =
        r#"<LinearNorm orig="0" norm="0"/><LinearNorm orig="10" norm="1"/><LinearNorm orig="20" norm="5"/>"#;
    let norm =
        |attributes: &str| format!(r#"<NormContinuous field="x"{attributes}>{points}</NormContinuous>"#);
    let inside = [("x=0", "0.0"), ("x=1", "0.1"), ("x=10", "1.0"), ("x=15", "3.0"), ("x=20", "5.0")];
    check("double", &norm(""), &inside);
    check("double", &norm(""), &[("x=-5", "-0.5"), ("x=25", "7.0"), ("", "_")]);
    check("double", &norm(r#" outliers="asExtremeValues""#), &inside);
    check("double", &norm(r#" outliers="asExtremeValues""#), &[("x=-5", "0.0"), ("x=25", "5.0")]);
    let missing = norm(r#" outliers="asMissingValues" mapMissingTo="7""#);
    check("double", &missing, &inside);
    check("double", &missing, &[("x=-5", "_"), ("x=25", "_"), ("", "7.0")]);
    // In this order of operations: 0.3 + (x - 0.1) / (0.8 - 0.1) * (1.7 - 0.3).
    let two = r#"<NormContinuous field="x"><LinearNorm orig="0.1" norm="0.3"/><LinearNorm orig="0.8" norm="1.7"/></NormContinuous>"#;
    check("double", two, &[("x=0.37", "0.8399999999999999"), ("x=-1.77", "-3.4399999999999995")]);
}

#[test]
fn indicators() {
    let norm = r#"<NormDiscrete field="s" value="a"/>"#;
    check("double", norm, &[("s=a", "1.0"), ("s=b", "0.0"), ("", "_")]);
    check("integer", norm, &[("s=a", "1"), ("s=b", "0"), ("", "_")]);
    let norm = r#"<NormDiscrete field="i" value="1.0" mapMissingTo="0.5"/>"#;
    check("double", norm, &[("i=1", "1.0"), ("i=2", "0.0"), ("", "0.5")]);
    check("double", r#"<NormDiscrete field="b" value="1"/>"#, &[("b=true", "1.0"), ("b=false", "0.0")]);
}

#[test]
fn bins() {
    let bins = |attributes: &str| {
        format!(
            r#"<Discretize field="x"{attributes}>
            <DiscretizeBin binValue="a"><Interval closure="closedOpen" leftMargin="0" rightMargin="5"/></DiscretizeBin>
            <DiscretizeBin binValue="b"><Interval closure="closedOpen" leftMargin="10" rightMargin="20"/></DiscretizeBin>
            <DiscretizeBin binValue="c"><Interval closure="closedClosed" leftMargin="19" rightMargin="20"/></DiscretizeBin>
            </Discretize>"#
        )
    };
    let inside = [("x=0", "a"), ("x=4.9", "a"), ("x=10", "b"), ("x=19.5", "c"), ("x=20", "c")];
    check("string", &bins(""), &inside);
    check("string", &bins(""), &[("x=-1", "_"), ("x=5", "_"), ("", "_")]);
    let replaced = bins(r#" mapMissingTo="M" defaultValue="D""#);
    check("string", &replaced, &inside);
    check("string", &replaced, &[("x=-1", "D"), ("", "M")]);
    let numbers = r#"<Discretize field="x"><DiscretizeBin binValue="1.0">
        <Interval closure="openOpen" rightMargin="0"/></DiscretizeBin></Discretize>"#;
    check("integer", numbers, &[("x=-1", "1"), ("x=0", "_")]);
}

#[test]
fn tables() {
    let table = |attributes: &str| {
        format!(
            r#"<MapValues outputColumn="out"{attributes}>
            <FieldColumnPair field="s" column="key"/><FieldColumnPair field="i" column="number"/>
            <InlineTable>
              <row><key>a</key><number>1.0</number><out>A1</out></row>
              <row><key>a</key><number>2</number><out>A2</out></row>
              <row><key>a</key><number>1</number><out>later</out></row>
              <row><number>3</number><out>any</out></row>
              <row><key>b</key><number>1</number></row>
            </InlineTable></MapValues>"#
        )
    };
    let found = [("s=a ;; i=1", "A1"), ("s=a ;; i=2", "A2")];
    check("string", &table(""), &found);
    check("string", &table(""), &[("s=a ;; i=3", "_"), ("s=a", "_"), ("i=1", "_")]);
    let replaced = table(r#" mapMissingTo="M" defaultValue="D""#);
    check("string", &replaced, &found);
    check("string", &replaced, &[("s=a ;; i=3", "D"), ("s=a", "M"), ("s=z ;; i=1", "D")]);
    let incomplete = evaluate("string", &table(""), "s=b ;; i=1");
    assert!(incomplete.contains("has found a row without the column `out`"), "{incomplete}");
    let numbers = r#"<MapValues outputColumn="out" dataType="integer" defaultValue="0"><FieldColumnPair field="x" column="in"/>
        <InlineTable><row><in>1.50</in><out>2.0</out></row></InlineTable></MapValues>"#;
    check("double", numbers, &[("x=1.5", "2.0"), ("x=2", "0.0"), ("", "_")]);
}

#[test]
fn functions_of_the_document() {
    let dictionary = r#"
        <DefineFunction name="half" optype="continuous" dataType="integer">
          <ParameterField name="a" dataType="integer"/>
          <Apply function="/"><FieldRef field="a"/><Constant>2</Constant></Apply></DefineFunction>
        <DefineFunction name="greet" optype="categorical" dataType="string">
          <ParameterField name="who"/><ParameterField name="valid"/>
          <Apply function="concat"><Constant dataType="string">hello </Constant><FieldRef field="who"/>
            <Apply function="isValid"><FieldRef field="valid"/></Apply></Apply></DefineFunction>
        <DerivedField name="o1" optype="continuous" dataType="double">
          <Apply function="half"><Apply function="half"><FieldRef field="x"/></Apply></Apply></DerivedField>
        <DerivedField name="o2" optype="categorical" dataType="string">
          <Apply function="greet"><FieldRef field="i"/><FieldRef field="v"/></Apply></DerivedField>
        <DerivedField name="o3" optype="continuous" dataType="double">
          <Apply function="half" mapMissingTo="-1"><FieldRef field="x"/></Apply></DerivedField>"#;
    let fields = lower(dictionary).unwrap_or_else(|error| panic!("{error}"));
    let results = fields.run(&["x=15 ;; i=3 ;; v=a", "v=b", "x=1.5"]);
    // 15 / 2 is 7 among integers, and 7 / 2 is 3.
    assert_eq!(results[0], ["3.0", "hello 3true", "7.0"]);
    assert_eq!(results[1], ["_", "hello false", "-1.0"]);
    assert!(results[2][0].starts_with("! is not an integer: ParameterField at"), "{:?}", results[2]);
}
