//! Tests of expressions.

use super::{document, error, text, variant};
use crate::document::data_dictionary::DataType;
use crate::document::expression::{AggregateFunction, Expression, LagAggregate, NormDiscreteMethod};
use crate::document::inline_table::Table;
use crate::document::mining_schema::{InvalidValueTreatment, OutlierTreatment};
use crate::document::text_index::{CountHits, LocalTermWeights};

fn expression(text: &str) -> Expression {
    let text = format!(
        "<TransformationDictionary><DerivedField name='d' optype='continuous' dataType='double'>{text}\
         </DerivedField></TransformationDictionary>"
    );
    document(&text).transformation_dictionary.derived_fields.remove(0).expression
}

#[test]
fn constants_keep_their_text() {
    let constant = |text: &str| variant!(expression(text), Expression::Constant);
    assert_eq!(constant("<Constant dataType='double'>NaN</Constant>").data_type, Some(DataType::Double));
    assert_eq!(constant("<Constant> a &amp; <![CDATA[<b>]]><!-- no --> </Constant>").value, " a & <b> ");
    assert_eq!(constant("<Constant/>").value, "");
    assert!(constant("<Constant missing='true'/>").missing);
    assert_eq!(constant("<Constant>a\r\nb</Constant>").value, "a\nb");
}

#[test]
fn field_references_and_functions() {
    let apply = variant!(
        expression(
            "<Apply function='f' mapMissingTo='0' defaultValue='1' invalidValueTreatment='asMissing'>\
             <FieldRef field='x' mapMissingTo='2'/><Apply function='g'/></Apply>"
        ),
        Expression::Apply
    );
    assert_eq!(
        (apply.function.as_str(), text(&apply.map_missing_to), text(&apply.default_value)),
        ("f", Some("0"), Some("1"))
    );
    assert_eq!(apply.invalid_value_treatment, InvalidValueTreatment::AsMissing);
    let [Expression::FieldRef(field), Expression::Apply(inner)] = &apply.expressions[..] else {
        panic!("{apply:?}")
    };
    assert_eq!((field.field.as_str(), text(&field.map_missing_to)), ("x", Some("2")));
    assert_eq!(inner.invalid_value_treatment, InvalidValueTreatment::ReturnInvalid);
}

#[test]
fn normalizations() {
    let norm = variant!(
        expression(
            "<NormContinuous field='x' outliers='asMissingValues' mapMissingTo='.5'><LinearNorm orig='0' norm='1'/>\
             <LinearNorm orig='+1.' norm='INF'/></NormContinuous>"
        ),
        Expression::NormContinuous
    );
    assert_eq!((norm.outliers, norm.map_missing_to), (OutlierTreatment::AsMissingValues, Some(0.5)));
    let points: Vec<_> = norm.linear_norms.iter().map(|point| (point.orig, point.norm)).collect();
    assert_eq!(points, [(0.0, 1.0), (1.0, f64::INFINITY)]);

    let norm = variant!(expression("<NormDiscrete field='x' value='a'/>"), Expression::NormDiscrete);
    assert_eq!(
        (norm.value.as_str(), norm.method, norm.map_missing_to),
        ("a", NormDiscreteMethod::Indicator, None)
    );
    let norm = variant!(
        expression("<NormDiscrete field='x' method='thermometer' value='a' mapMissingTo='1'/>"),
        Expression::NormDiscrete
    );
    assert_eq!((norm.method, norm.map_missing_to), (NormDiscreteMethod::Thermometer, Some(1.0)));
}

#[test]
fn discretize() {
    let discretize = variant!(
        expression(
            "<Discretize field='x' mapMissingTo='m' defaultValue='d' dataType='string'><DiscretizeBin binValue='a'>\
             <Interval closure='openOpen' rightMargin='0'/></DiscretizeBin></Discretize>"
        ),
        Expression::Discretize
    );
    assert_eq!((text(&discretize.map_missing_to), text(&discretize.default_value)), (Some("m"), Some("d")));
    let bin = &discretize.discretize_bins[0];
    assert_eq!((bin.bin_value.as_str(), bin.interval.right_margin), ("a", Some(0.0)));
    let wrong = "<TransformationDictionary><DerivedField optype='ordinal' dataType='string'><Discretize field='x'>\
                 <DiscretizeBin binValue='a'/></Discretize></DerivedField></TransformationDictionary>";
    assert_eq!(error(wrong).message(), "`DiscretizeBin` lacks an `Interval`");
}

#[test]
fn tables() {
    let map = variant!(
        expression(
            "<MapValues outputColumn='out' mapMissingTo='m' defaultValue='d' dataType='integer'>\
             <FieldColumnPair field='x' column='in'/><InlineTable xmlns:data='http://example.com'><Extension/>\
             <data:row><data:in>1</data:in><out> 2 </out></data:row><row><out/></row></InlineTable></MapValues>"
        ),
        Expression::MapValues
    );
    assert_eq!((map.output_column.as_str(), map.data_type), ("out", Some(DataType::Integer)));
    let pair = &map.field_column_pairs[0];
    assert_eq!((pair.field.as_str(), pair.column.as_str()), ("x", "in"));
    let table = variant!(map.table.expect("a table"), Table::InlineTable);
    let rows: Vec<Vec<_>> = table
        .rows
        .iter()
        .map(|row| row.cells.iter().map(|cell| (cell.column.as_str(), cell.text.as_str())).collect())
        .collect();
    assert_eq!(rows, [vec![("in", "1"), ("out", " 2 ")], vec![("out", "")]]);

    let map =
        expression("<MapValues outputColumn='out'><TableLocator><Anything/></TableLocator></MapValues>");
    assert!(matches!(variant!(map, Expression::MapValues).table, Some(Table::TableLocator(_))));
}

#[test]
fn text_index() {
    let index = variant!(
        expression("<TextIndex textField='t'><Constant>term</Constant></TextIndex>"),
        Expression::TextIndex
    );
    assert_eq!(
        (index.local_term_weights, index.count_hits),
        (LocalTermWeights::TermFrequency, CountHits::AllHits)
    );
    assert_eq!((index.is_case_sensitive, index.max_levenshtein_distance, index.tokenize), (false, 0, true));
    assert_eq!((index.word_separator_character_re.as_str(), text(&index.word_re)), (r"\s+", None));

    let index = variant!(
        expression(
            "<TextIndex textField='t' localTermWeights='logarithmic' isCaseSensitive='true' countHits='bestHits' \
             maxLevenshteinDistance='2' wordSeparatorCharacterRE='[, ]' x-wordRE='\\w+' tokenize='false'>\
             <TextIndexNormalization/><TextIndexNormalization inField='a' outField='b' regexField='c' recursive='true' \
             isCaseSensitive='false' maxLevenshteinDistance='1' wordSeparatorCharacterRE=';' tokenize='true'>\
             <InlineTable/></TextIndexNormalization><FieldRef field='term'/></TextIndex>"
        ),
        Expression::TextIndex
    );
    assert_eq!(
        (index.local_term_weights, index.count_hits),
        (LocalTermWeights::Logarithmic, CountHits::BestHits)
    );
    assert_eq!((index.is_case_sensitive, index.max_levenshtein_distance, index.tokenize), (true, 2, false));
    assert_eq!((index.word_separator_character_re.as_str(), text(&index.word_re)), ("[, ]", Some(r"\w+")));
    let [plain, full] = &index.text_index_normalizations[..] else { panic!("two normalizations") };
    let columns = |n: &crate::document::text_index::TextIndexNormalization| {
        [&n.in_field, &n.out_field, &n.regex_field].map(|name| name.to_string())
    };
    assert_eq!(columns(plain), ["string", "stem", "regex"]);
    assert_eq!((plain.recursive, plain.is_case_sensitive, plain.tokenize), (false, None, None));
    assert_eq!(columns(full), ["a", "b", "c"]);
    assert_eq!((full.recursive, full.is_case_sensitive, full.tokenize), (true, Some(false), Some(true)));
    assert_eq!(
        (full.max_levenshtein_distance, text(&full.word_separator_character_re)),
        (Some(1), Some(";"))
    );
    assert!(full.table.is_some());
}

#[test]
fn aggregate_and_lag() {
    let aggregate = variant!(
        expression("<Aggregate field='x' function='multiset' groupField='g' sqlWhere='x > 1'/>"),
        Expression::Aggregate
    );
    assert_eq!(aggregate.function, AggregateFunction::Multiset);
    assert_eq!((text(&aggregate.group_field), text(&aggregate.sql_where)), (Some("g"), Some("x > 1")));
    let lag = variant!(expression("<Lag field='x'/>"), Expression::Lag);
    assert_eq!((lag.n, lag.aggregate), (1, LagAggregate::None));
    let lag = variant!(
        expression("<Lag field='x' n='12' aggregate='stddev'><BlockIndicator field='b'/></Lag>"),
        Expression::Lag
    );
    assert_eq!((lag.n, lag.aggregate, lag.block_indicators.len()), (12, LagAggregate::Stddev, 1));
}
