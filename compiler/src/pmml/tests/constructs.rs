//! Each construct of the standard, read from a small document.

use super::{at, document, error, model};
use crate::error::Error;
use crate::pmml::array::{ArrayType, IntSparseArray, RealSparseArray, read_sparse};
use crate::pmml::data_dictionary::{Closure, DataType, OpType, Property};
use crate::pmml::embedded_model::EmbeddedModel;
use crate::pmml::expression::{AggregateFunction, Expression, LagAggregate, NormDiscreteMethod};
use crate::pmml::inline_table::Table;
use crate::pmml::limits::Limits;
use crate::pmml::markup::Markup;
use crate::pmml::matrix::{Matrix, MatrixKind};
use crate::pmml::mining_model::{MiningModel, MissingPredictionTreatment, MultipleModelMethod};
use crate::pmml::mining_schema::{InvalidValueTreatment, MissingValueTreatment, OutlierTreatment, UsageType};
use crate::pmml::model::{MathContext, MiningFunction, Model, ModelCommon};
use crate::pmml::output::{RankBasis, RankOrder, ResultFeature, RuleAlgorithm, RuleFeature};
use crate::pmml::predicate::{BooleanOperator, Operator, Predicate, SetOperator};
use crate::pmml::regression_model::{RegressionModel, RegressionNormalizationMethod};
use crate::pmml::source::Source;
use crate::pmml::targets::CastInteger;
use crate::pmml::text_index::{CountHits, LocalTermWeights};
use crate::pmml::tree_model::{
    MissingValueStrategy, NoTrueChildStrategy, NodeIndex, SplitCharacteristic, TreeModel,
};
use crate::pmml::{Name, read_str};

fn tree(nodes: &str) -> TreeModel {
    let text = format!("<TreeModel functionName='classification'><MiningSchema/>{nodes}</TreeModel>");
    match model(&text) {
        Model::TreeModel(model) => *model,
        other => panic!("a tree was expected, not {other:?}"),
    }
}

fn predicate(text: &str) -> Predicate {
    tree(&format!("<Node>{text}</Node>")).tree.root().predicate.clone()
}

fn mining(content: &str) -> MiningModel {
    let text = format!("<MiningModel functionName='regression'><MiningSchema/>{content}</MiningModel>");
    match model(&text) {
        Model::MiningModel(model) => *model,
        other => panic!("a mining model was expected, not {other:?}"),
    }
}

fn regression(attributes: &str, tables: &str) -> RegressionModel {
    let text = format!(
        "<RegressionModel functionName='regression' {attributes}><MiningSchema/>{tables}</RegressionModel>"
    );
    match model(&text) {
        Model::RegressionModel(model) => *model,
        other => panic!("a regression was expected, not {other:?}"),
    }
}

/// The shared part of a model with this content.
fn common(content: &str) -> ModelCommon {
    let text = format!("<TreeModel functionName='regression'>{content}<Node><True/></Node></TreeModel>");
    model(&text).common().expect("a model that is read").clone()
}

fn expression(text: &str) -> Expression {
    let text = format!(
        "<TransformationDictionary><DerivedField name='d' optype='continuous' dataType='double'>{text}\
         </DerivedField></TransformationDictionary>"
    );
    document(&text).transformation_dictionary.derived_fields.remove(0).expression
}

macro_rules! expect {
    ($value:expr, $pattern:path) => {
        match $value {
            $pattern(inner) => inner,
            other => panic!("{} was expected, not {other:?}", stringify!($pattern)),
        }
    };
}

fn text(name: &Option<Name>) -> Option<&str> {
    name.as_deref()
}

#[test]
fn data_fields() {
    let document = read_str(
        "<PMML><DataDictionary numberOfFields='2'>\
         <DataField name='x' displayName='X' optype='continuous' dataType='float' isCyclic='1' taxonomy='t'>\
         <Interval closure='openClosed' leftMargin=' -INF ' rightMargin='1E5'/><Interval closure='closedClosed'/></DataField>\
         <DataField name='c' optype='ordinal' dataType='dateTimeSecondsSince[1970]'>\
         <Value value='a' displayValue='A'/><Value value='-' property='missing'/><Value value='?' property='invalid'/>\
         </DataField><Taxonomy name='t'><Anything/></Taxonomy></DataDictionary></PMML>",
    )
    .expect("the document is correct");
    let [x, c] = &document.data_dictionary.data_fields[..] else { panic!("two fields") };
    assert_eq!((x.name.as_str(), text(&x.display_name), x.optype), ("x", Some("X"), OpType::Continuous));
    assert_eq!((x.data_type, x.is_cyclic, text(&x.taxonomy)), (DataType::Float, true, Some("t")));
    let intervals: Vec<_> = x.intervals.iter().map(|i| (i.closure, i.left_margin, i.right_margin)).collect();
    assert_eq!(
        intervals,
        [(Closure::OpenClosed, Some(f64::NEG_INFINITY), Some(1e5)), (Closure::ClosedClosed, None, None)]
    );
    assert_eq!(
        (c.data_type, c.optype, c.is_cyclic),
        (DataType::DateTimeSecondsSince1970, OpType::Ordinal, false)
    );
    let values: Vec<_> = c.values.iter().map(|v| (v.value.as_str(), v.property)).collect();
    assert_eq!(values, [("a", Property::Valid), ("-", Property::Missing), ("?", Property::Invalid)]);
    assert_eq!(text(&c.values[0].display_value), Some("A"));
}

#[test]
fn mining_fields() {
    let fields = common(
        "<MiningSchema><MiningField name='a'/><MiningField name='y' usageType='predicted'/>\
         <MiningField name='b' usageType='supplementary' optype='ordinal' importance='0.5' outliers='asExtremeValues' \
         lowValue='-1' highValue='1' missingValueReplacement='0' missingValueTreatment='asMean' \
         invalidValueTreatment='asValue' x-invalidValueReplacement='9'/></MiningSchema>",
    )
    .mining_schema
    .mining_fields;
    let [a, y, b] = &fields[..] else { panic!("three fields") };
    assert_eq!((a.usage_type, a.outliers), (UsageType::Active, OutlierTreatment::AsIs));
    assert_eq!(
        (a.invalid_value_treatment, a.missing_value_treatment),
        (InvalidValueTreatment::ReturnInvalid, None)
    );
    assert_eq!(y.usage_type, UsageType::Target);
    assert_eq!((b.usage_type, b.optype), (UsageType::Supplementary, Some(OpType::Ordinal)));
    assert_eq!(
        (b.outliers, b.low_value, b.high_value),
        (OutlierTreatment::AsExtremeValues, Some(-1.0), Some(1.0))
    );
    assert_eq!(b.missing_value_treatment, Some(MissingValueTreatment::AsMean));
    assert_eq!((b.importance, text(&b.missing_value_replacement)), (Some(0.5), Some("0")));
    assert_eq!(b.invalid_value_treatment, InvalidValueTreatment::AsValue);
    assert_eq!(text(&b.invalid_value_replacement), Some("9"));
}

#[test]
fn what_models_share() {
    let content = "<TreeModel functionName='mixed' modelName='m' algorithmName='a' isScorable='false' \
                x-mathContext='float'><ModelVerification recordCount='1' fieldCount='2'><VerificationFields>\
                <VerificationField field='x y' column='x_x0020_y'/>\
                <VerificationField field='p' precision='1E-3' zeroThreshold='0'/></VerificationFields>\
                <InlineTable><row><x_x0020_y>1</x_x0020_y><p>0.5</p></row></InlineTable></ModelVerification>\
                <Node><True/></Node><ModelStats><Anything/></ModelStats><ModelExplanation/>\
                <Output/><Targets/><LocalTransformations/><MiningSchema/></TreeModel>";
    let model = model(content);
    let common = model.common().expect("a tree");
    assert_eq!((common.function_name, common.math_context), (MiningFunction::Mixed, MathContext::Float));
    assert_eq!((text(&common.model_name), common.is_scorable), (Some("m"), false));
    assert_eq!(text(&common.algorithm_name), Some("a"));
    assert!(common.output.is_some() && common.targets.is_some() && common.local_transformations.is_some());
    let verification = common.model_verification.as_ref().expect("a verification");
    assert_eq!((verification.record_count, verification.field_count), (Some(1), Some(2)));
    let fields: Vec<_> = verification
        .verification_fields
        .iter()
        .map(|f| (f.field.as_str(), f.column.as_deref(), f.precision, f.zero_threshold))
        .collect();
    assert_eq!(fields, [("x y", Some("x_x0020_y"), 1e-6, 1e-16), ("p", None, 1e-3, 0.0)]);
    let row = &verification.inline_table.rows[0];
    assert_eq!(row.get("p").map(|cell| &**cell), Some("0.5"));
    assert_eq!(row.get("q"), None);
}

#[test]
fn a_model_needs_a_schema_and_a_function() {
    let message = |text: &str| error(text).to_string();
    assert_eq!(
        message("<TreeModel functionName='regression'><Node><True/></Node></TreeModel>"),
        "2:1: `TreeModel` lacks a `MiningSchema`"
    );
    assert_eq!(message("<TreeModel/>"), "2:1: `TreeModel` lacks the required attribute `functionName`");
    assert_eq!(
        message("<TreeModel functionName='sorting'/>"),
        "2:1: `TreeModel` has `functionName=\"sorting\"`, which should be one of `associationRules`, `sequences`, \
         `classification`, `regression`, `clustering`, `timeSeries`, `mixed`"
    );
}

#[test]
fn targets() {
    let targets = common(
        "<MiningSchema/><Targets><Target field='y' optype='continuous' castInteger='floor' min='-1' max='1' \
         rescaleFactor='2' rescaleConstant='3'><TargetValue value='a' displayValue='A' priorProbability='0.1'>\
         <Partition name='p'/></TargetValue><TargetValue defaultValue='4'/></Target><Target/></Targets>",
    )
    .targets
    .expect("targets")
    .targets;
    let [y, plain] = &targets[..] else { panic!("two targets") };
    assert_eq!(
        (text(&y.field), y.optype, y.cast_integer),
        (Some("y"), Some(OpType::Continuous), Some(CastInteger::Floor))
    );
    assert_eq!((y.min, y.max, y.rescale_factor, y.rescale_constant), (Some(-1.0), Some(1.0), 2.0, 3.0));
    let [a, default] = &y.target_values[..] else { panic!("two values") };
    assert_eq!(
        (text(&a.value), text(&a.display_value), a.prior_probability),
        (Some("a"), Some("A"), Some(0.1))
    );
    assert_eq!((text(&default.value), default.default_value), (None, Some(4.0)));
    assert_eq!((text(&plain.field), plain.rescale_factor, plain.rescale_constant), (None, 1.0, 0.0));
}

#[test]
fn output_fields() {
    let fields = common(
        "<MiningSchema/><Output><OutputField name='p'/>\
         <OutputField name='r' displayName='R' optype='categorical' dataType='string' targetField='y' feature='ruleValue' \
         value='v' ruleFeature='antecedent' algorithm='recommendation' rank='2' rankBasis='lift' rankOrder='ascending' \
         isMultiValued='1' segmentId='s' isFinalResult='false'/>\
         <OutputField name='d' dataType='string' feature='decision'><Decisions businessProblem='b' description='c'>\
         <Decision value='yes' displayValue='Yes' description='go'/></Decisions><FieldRef field='p'/></OutputField>\
         <OutputField name='x' dataType='string' feature='x-report' x-reportField='p'><Value value='1'/></OutputField>\
         </Output>",
    )
    .output
    .expect("an output")
    .output_fields;
    let [p, r, d, x] = &fields[..] else { panic!("four fields") };
    assert_eq!(
        (p.feature, p.rank, p.is_multi_valued, p.is_final_result),
        (ResultFeature::PredictedValue, 1, false, true)
    );
    assert_eq!(
        (p.rule_feature, p.algorithm),
        (RuleFeature::Consequent, RuleAlgorithm::ExclusiveRecommendation)
    );
    assert_eq!(
        (p.rank_basis, p.rank_order, p.data_type),
        (RankBasis::Confidence, RankOrder::Descending, None)
    );
    assert_eq!(
        (r.feature, r.rank, r.is_multi_valued, r.is_final_result),
        (ResultFeature::RuleValue, 2, true, false)
    );
    assert_eq!((r.rule_feature, r.algorithm), (RuleFeature::Antecedent, RuleAlgorithm::Recommendation));
    assert_eq!(
        (r.rank_basis, r.rank_order, r.data_type),
        (RankBasis::Lift, RankOrder::Ascending, Some(DataType::String))
    );
    assert_eq!(
        (text(&r.target_field), text(&r.value), text(&r.segment_id)),
        (Some("y"), Some("v"), Some("s"))
    );
    let decisions = d.decisions.as_ref().expect("decisions");
    assert_eq!(text(&decisions.business_problem), Some("b"));
    assert_eq!(
        (decisions.decisions[0].value.as_str(), text(&decisions.decisions[0].display_value)),
        ("yes", Some("Yes"))
    );
    assert_eq!(d.expression.as_ref().map(Expression::element), Some("FieldRef"));
    assert_eq!((x.feature, text(&x.report_field), x.values.len()), (ResultFeature::Report, Some("p"), 1));
}

#[test]
fn transformations() {
    let dictionary = document(
        "<TransformationDictionary><DefineFunction name='f' optype='continuous' dataType='double'>\
         <ParameterField name='x' optype='continuous' dataType='integer'/><ParameterField name='y'/>\
         <DerivedField name='inner' optype='categorical' dataType='boolean'><Constant>true</Constant></DerivedField>\
         <FieldRef field='x'/></DefineFunction>\
         <DerivedField name='o' displayName='O' optype='ordinal' dataType='string'><FieldRef field='a'/>\
         <Interval closure='openOpen'/><Value value='low'/><Value value='high'/></DerivedField></TransformationDictionary>",
    )
    .transformation_dictionary;
    let function = &dictionary.define_functions[0];
    assert_eq!((function.name.as_str(), function.data_type), ("f", Some(DataType::Double)));
    assert_eq!(function.optype, Some(OpType::Continuous));
    assert_eq!(function.derived_fields.len(), 1);
    let parameters: Vec<_> =
        function.parameter_fields.iter().map(|p| (p.name.as_str(), p.data_type)).collect();
    assert_eq!(parameters, [("x", Some(DataType::Integer)), ("y", None)]);
    let field = &dictionary.derived_fields[0];
    assert_eq!(
        (text(&field.name), field.optype, field.data_type),
        (Some("o"), OpType::Ordinal, DataType::String)
    );
    assert_eq!((field.values.len(), field.intervals.len()), (2, 1));
    assert_eq!(
        error("<TransformationDictionary><DerivedField optype='ordinal' dataType='string'/></TransformationDictionary>")
            .message(),
        "`DerivedField` lacks an expression"
    );
}

#[test]
fn constants_keep_their_text() {
    let constant = |text: &str| expect!(expression(text), Expression::Constant);
    assert_eq!(constant("<Constant dataType='double'>NaN</Constant>").data_type, Some(DataType::Double));
    assert_eq!(constant("<Constant> a &amp; <![CDATA[<b>]]><!-- no --> </Constant>").value, " a & <b> ");
    assert_eq!(constant("<Constant/>").value, "");
    assert!(constant("<Constant missing='true'/>").missing);
    assert_eq!(constant("<Constant>a\r\nb</Constant>").value, "a\nb");
}

#[test]
fn field_references_and_functions() {
    let apply = expect!(
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
    let norm = expect!(
        expression(
            "<NormContinuous field='x' outliers='asMissingValues' mapMissingTo='.5'><LinearNorm orig='0' norm='1'/>\
             <LinearNorm orig='+1.' norm='INF'/></NormContinuous>"
        ),
        Expression::NormContinuous
    );
    assert_eq!((norm.outliers, norm.map_missing_to), (OutlierTreatment::AsMissingValues, Some(0.5)));
    let points: Vec<_> = norm.linear_norms.iter().map(|point| (point.orig, point.norm)).collect();
    assert_eq!(points, [(0.0, 1.0), (1.0, f64::INFINITY)]);

    let norm = expect!(expression("<NormDiscrete field='x' value='a'/>"), Expression::NormDiscrete);
    assert_eq!(
        (norm.value.as_str(), norm.method, norm.map_missing_to),
        ("a", NormDiscreteMethod::Indicator, None)
    );
    let norm = expect!(
        expression("<NormDiscrete field='x' method='thermometer' value='a' mapMissingTo='1'/>"),
        Expression::NormDiscrete
    );
    assert_eq!((norm.method, norm.map_missing_to), (NormDiscreteMethod::Thermometer, Some(1.0)));
}

#[test]
fn discretize() {
    let discretize = expect!(
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
    let map = expect!(
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
    let table = expect!(map.table.expect("a table"), Table::InlineTable);
    let rows: Vec<Vec<_>> = table
        .rows
        .iter()
        .map(|row| row.cells.iter().map(|cell| (cell.column.as_str(), cell.text.as_str())).collect())
        .collect();
    assert_eq!(rows, [vec![("in", "1"), ("out", " 2 ")], vec![("out", "")]]);

    let map =
        expression("<MapValues outputColumn='out'><TableLocator><Anything/></TableLocator></MapValues>");
    assert!(matches!(expect!(map, Expression::MapValues).table, Some(Table::TableLocator(_))));
}

#[test]
fn text_index() {
    let index = expect!(
        expression("<TextIndex textField='t'><Constant>term</Constant></TextIndex>"),
        Expression::TextIndex
    );
    assert_eq!(
        (index.local_term_weights, index.count_hits),
        (LocalTermWeights::TermFrequency, CountHits::AllHits)
    );
    assert_eq!((index.is_case_sensitive, index.max_levenshtein_distance, index.tokenize), (false, 0, true));
    assert_eq!((index.word_separator_character_re.as_str(), text(&index.word_re)), (r"\s+", None));

    let index = expect!(
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
    let columns = |n: &crate::pmml::text_index::TextIndexNormalization| {
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
    let aggregate = expect!(
        expression("<Aggregate field='x' function='multiset' groupField='g' sqlWhere='x > 1'/>"),
        Expression::Aggregate
    );
    assert_eq!(aggregate.function, AggregateFunction::Multiset);
    assert_eq!((text(&aggregate.group_field), text(&aggregate.sql_where)), (Some("g"), Some("x > 1")));
    let lag = expect!(expression("<Lag field='x'/>"), Expression::Lag);
    assert_eq!((lag.n, lag.aggregate), (1, LagAggregate::None));
    let lag = expect!(
        expression("<Lag field='x' n='12' aggregate='stddev'><BlockIndicator field='b'/></Lag>"),
        Expression::Lag
    );
    assert_eq!((lag.n, lag.aggregate, lag.block_indicators.len()), (12, LagAggregate::Stddev, 1));
}

#[test]
fn predicates() {
    let simple = expect!(
        predicate("<SimplePredicate field='x' operator='lessOrEqual' value='1'/>"),
        Predicate::SimplePredicate
    );
    assert_eq!((simple.operator, text(&simple.value)), (Operator::LessOrEqual, Some("1")));
    let missing = predicate("<SimplePredicate field='x' operator='isMissing'/>");
    assert_eq!(expect!(missing, Predicate::SimplePredicate).value, None);
    let compound = expect!(
        predicate(
            "<CompoundPredicate booleanOperator='surrogate'><True/><False/><CompoundPredicate booleanOperator='xor'>\
             <True/></CompoundPredicate></CompoundPredicate>"
        ),
        Predicate::CompoundPredicate
    );
    assert_eq!((compound.boolean_operator, compound.predicates.len()), (BooleanOperator::Surrogate, 3));
    let set = expect!(
        predicate(
            "<SimpleSetPredicate field='x' booleanOperator='isNotIn'><Array n='2' type='int'>1 2</Array></SimpleSetPredicate>"
        ),
        Predicate::SimpleSetPredicate
    );
    assert_eq!(
        (set.boolean_operator, set.array.kind, set.array.n),
        (SetOperator::IsNotIn, ArrayType::Int, Some(2))
    );
    assert_eq!(set.array.values, ["1", "2"]);
}

#[test]
fn predicates_that_lack_something() {
    let message = |text: &str| {
        let text =
            format!("<TreeModel functionName='regression'><MiningSchema/><Node>\n{text}</Node></TreeModel>");
        error(&text).to_string()
    };
    assert_eq!(
        message("<SimplePredicate field='x' value='1'/>"),
        "3:1: `SimplePredicate` lacks the required attribute `operator`"
    );
    assert_eq!(
        message("<SimplePredicate field='x' operator='equal'/>"),
        "3:1: `SimplePredicate` lacks the required attribute `value`"
    );
    assert_eq!(
        message("<CompoundPredicate booleanOperator='and'/>"),
        "3:1: `CompoundPredicate` lacks predicates to combine"
    );
    assert_eq!(
        message("<SimpleSetPredicate field='x' booleanOperator='isIn'/>"),
        "3:1: `SimpleSetPredicate` lacks an `Array`"
    );
    assert_eq!(message(""), "2:53: `Node` lacks a predicate");
    assert_eq!(
        message("<True/><False/>"),
        "3:8: `Node` has no place for this `False`: it has one of its kind already"
    );
}

#[test]
fn arrays() {
    let values = |text: &str| {
        let text = format!(
            "<SimpleSetPredicate field='x' booleanOperator='isIn'><Array type='string'>{text}</Array></SimpleSetPredicate>"
        );
        let set = expect!(predicate(&text), Predicate::SimpleSetPredicate);
        set.array.values.iter().map(|value| value.to_string()).collect::<Vec<_>>()
    };
    assert_eq!(values(" a  b\n\tc "), ["a", "b", "c"]);
    assert_eq!(values(r#""a b" "c \"d\"" "" e"f g\h "i\j""#), ["a b", "c \"d\"", "", "e\"f", r"g\h", r"i\j"]);
    assert_eq!(values("&quot;a b&quot; ä&amp;ö"), ["a b", "ä&ö"]);
    assert!(values("").is_empty());
    let wrong = "<TreeModel functionName='regression'><MiningSchema/><Node><SimpleSetPredicate field='x' \
                 booleanOperator='isIn'><Array type='string'>\"a</Array></SimpleSetPredicate></Node></TreeModel>";
    assert_eq!(error(wrong).message(), "`Array` holds a `\"` that has no counterpart");
    let counted = document(&wrong.replace("<Array type='string'>\"a", "<Array n='3' type='real'>1 -2E1"));
    assert_eq!(counted.warnings[0].message, "`Array` has 2 values where `n` says 3");
}

/// Reads one element that no model holds yet.
fn element<T>(text: &str, read: fn(&mut Markup<'_>) -> Result<T, Error>) -> Result<T, Error> {
    let limits = Limits::default();
    let mut markup = Markup::new(Source::from_str(text, limits), limits);
    markup.root()?;
    let element = read(&mut markup)?;
    markup.finish()?;
    Ok(element)
}

#[test]
fn sparse_arrays() {
    let real = |text: &str| -> Result<RealSparseArray, Error> { element(text, read_sparse) };
    let array = real(
        "<REAL-SparseArray n='7' defaultValue='0.5'><Indices>2 7</Indices><REAL-Entries>1E1 NaN</REAL-Entries></REAL-SparseArray>",
    )
    .expect("correct");
    assert_eq!((array.n, array.default_value, &array.indices[..]), (Some(7), 0.5, &[2, 7][..]));
    assert!(array.entries[0] == 10.0 && array.entries[1].is_nan());
    let array: IntSparseArray = element(
        "<INT-SparseArray><Indices>1</Indices><INT-Entries>-3</INT-Entries></INT-SparseArray>",
        read_sparse,
    )
    .expect("correct");
    assert_eq!((array.default_value, array.entries), (0, vec![-3]));
    assert!(real("<REAL-SparseArray n='3'/>").expect("correct").entries.is_empty());
    let message = |text: &str| real(text).expect_err("wrong").message();
    assert_eq!(
        message("<REAL-SparseArray><Indices>1 2</Indices></REAL-SparseArray>"),
        "`REAL-SparseArray` has 2 indices for 0 entries"
    );
    let outside =
        "<REAL-SparseArray n='3'><Indices>4</Indices><REAL-Entries>1</REAL-Entries></REAL-SparseArray>";
    assert_eq!(message(outside), "`REAL-SparseArray` has the index 4, which is outside of the array");
    assert!(real(&outside.replace('4', "0")).is_err());
    assert_eq!(
        message("<REAL-SparseArray><Indices>x</Indices></REAL-SparseArray>"),
        "`Indices` holds `x`, which is not a number of its kind"
    );
}

#[test]
fn matrices() {
    let matrix = element(
        "<Matrix kind='symmetric' nbRows='2' nbCols='2' diagDefault='1' offDiagDefault='0'>\
         <Array type='real'>1</Array><Array type='real'>2 3.5</Array></Matrix>",
        Matrix::read,
    )
    .expect("correct");
    assert_eq!((matrix.kind, matrix.nb_rows, matrix.nb_cols), (MatrixKind::Symmetric, Some(2), Some(2)));
    assert_eq!((matrix.diag_default, matrix.off_diag_default), (Some(1.0), Some(0.0)));
    assert_eq!(matrix.arrays[1].reals().expect("numbers"), [2.0, 3.5]);
    let matrix =
        element("<Matrix><MatCell row='1' col='2'> 3 </MatCell></Matrix>", Matrix::read).expect("correct");
    let cell = &matrix.mat_cells[0];
    assert_eq!((matrix.kind, cell.row, cell.col, cell.value), (MatrixKind::Any, 1, 2, 3.0));
    let wrong = element("<Matrix><MatCell row='1' col='2'>a</MatCell></Matrix>", Matrix::read);
    assert_eq!(wrong.expect_err("wrong").message(), "`MatCell` holds `a`, which should be a number");
}

#[test]
fn trees() {
    let model = model(
        "<TreeModel functionName='classification' missingValueStrategy='weightedConfidence' missingValuePenalty='0.8' \
         noTrueChildStrategy='returnLastPrediction' splitCharacteristic='binarySplit'><MiningSchema/>\n\
         <Node id='1' score='a' recordCount='10' defaultChild='2'><True/><Partition name='p'/>\
         <ScoreDistribution value='a' recordCount='6' confidence='0.7' probability='0.6'/><ScoreDistribution value='b'/>\
         <Node id='2'><True/><Node id='3'><True/></Node></Node><Node id='4'><False/></Node><Node id='5'><True/></Node>\
         </Node></TreeModel>",
    );
    let model = expect!(model, Model::TreeModel);
    assert_eq!(model.missing_value_strategy, MissingValueStrategy::WeightedConfidence);
    assert_eq!(
        (model.missing_value_penalty, model.split_characteristic),
        (0.8, SplitCharacteristic::BinarySplit)
    );
    assert_eq!(model.no_true_child_strategy, NoTrueChildStrategy::ReturnLastPrediction);
    let tree = &model.tree;
    let root = tree.root();
    assert_eq!(
        (text(&root.score), root.record_count, text(&root.default_child)),
        (Some("a"), Some(10.0), Some("2"))
    );
    assert_eq!(root.position, at(3, 1));
    let [a, b] = &root.score_distributions[..] else { panic!("two distributions") };
    assert_eq!((a.value.as_str(), a.record_count), ("a", Some(6.0)));
    assert_eq!((a.confidence, a.probability), (Some(0.7), Some(0.6)));
    assert_eq!((b.record_count, b.confidence, b.probability), (None, None, None));
    let ids = |parent| -> Vec<String> {
        tree.children(parent).map(|child| tree[child].id.as_ref().expect("an id").to_string()).collect()
    };
    assert_eq!(ids(NodeIndex::ROOT), ["2", "4", "5"]);
    let second = tree.children(NodeIndex::ROOT).next().expect("a child");
    assert_eq!(ids(second), ["3"]);
    let all: Vec<_> = tree.nodes().iter().filter_map(|node| node.id.as_deref()).collect();
    assert_eq!(all, ["1", "2", "3", "4", "5"]);
}

#[test]
fn tree_defaults() {
    let model = tree("<Node><True/></Node>");
    assert_eq!(model.missing_value_strategy, MissingValueStrategy::None);
    assert_eq!(
        (model.missing_value_penalty, model.split_characteristic),
        (1.0, SplitCharacteristic::MultiSplit)
    );
    assert_eq!(model.no_true_child_strategy, NoTrueChildStrategy::ReturnNullPrediction);
    let without = "<TreeModel functionName='regression'><MiningSchema/></TreeModel>";
    assert_eq!(error(without).message(), "`TreeModel` lacks a `Node`");
}

#[test]
fn regressions() {
    let model = regression(
        "normalizationMethod='logit' targetFieldName='y'",
        "<RegressionTable intercept='-1.5E-3' targetCategory='yes' x-targetField='t'>\
         <NumericPredictor name='a' exponent='2' coefficient='0.1'/><NumericPredictor name='b' coefficient='INF'/>\
         <CategoricalPredictor name='c' value='v' coefficient='3'/><PredictorTerm name='p' coefficient='4'>\
         <FieldRef field='a'/><FieldRef field='b'/></PredictorTerm></RegressionTable><RegressionTable/>",
    );
    assert_eq!(model.normalization_method, RegressionNormalizationMethod::Logit);
    assert_eq!(text(&model.target_field_name), Some("y"));
    let [table, empty] = &model.regression_tables[..] else { panic!("two tables") };
    assert_eq!(
        (table.intercept, text(&table.target_category), text(&table.target_field)),
        (-1.5e-3, Some("yes"), Some("t"))
    );
    let numeric: Vec<_> =
        table.numeric_predictors.iter().map(|p| (p.name.as_str(), p.exponent, p.coefficient)).collect();
    assert_eq!(numeric, [("a", 2, 0.1), ("b", 1, f64::INFINITY)]);
    let categorical = &table.categorical_predictors[0];
    assert_eq!(
        (categorical.name.as_str(), categorical.value.as_str(), categorical.coefficient),
        ("c", "v", 3.0)
    );
    assert_eq!((table.predictor_terms[0].coefficient, table.predictor_terms[0].field_refs.len()), (4.0, 2));
    assert_eq!(empty.intercept, 0.0);
    let defaults = regression("", "<RegressionTable intercept='0'/>");
    assert_eq!(defaults.normalization_method, RegressionNormalizationMethod::None);
}

#[test]
fn malformed_numbers() {
    let message = |coefficient: &str| {
        let text = format!(
            "<RegressionModel functionName='regression'><MiningSchema/><RegressionTable intercept='0'>\n\
             <NumericPredictor name='a' coefficient='{coefficient}'/></RegressionTable></RegressionModel>"
        );
        error(&text).to_string()
    };
    let expected = "3:1: `NumericPredictor` has `coefficient=\"1,5\"`, which should be a number";
    assert_eq!(message("1,5"), expected);
    for wrong in ["", "abc", "1 2", "0x10", "--1", "1e"] {
        assert!(message(wrong).ends_with("which should be a number"), "{wrong}");
    }
    assert!(message(&"9x".repeat(1000)).contains("9x…\""));
}

#[test]
fn segmentations() {
    let segmentation = mining(
        "<Segmentation multipleModelMethod='x-weightedSum' x-missingPredictionTreatment='skipSegment' \
         x-missingThreshold='0.25'><Segment id='1' weight='2'><True/><Scorecard/><VariableWeight field='w'/></Segment>\
         <Segment><False/><TreeModel functionName='regression'><MiningSchema/><Node><True/></Node></TreeModel></Segment>\
         </Segmentation>",
    )
    .segmentation
    .expect("a segmentation");
    assert_eq!(segmentation.multiple_model_method, MultipleModelMethod::WeightedSum);
    assert_eq!(segmentation.missing_prediction_treatment, MissingPredictionTreatment::SkipSegment);
    assert_eq!(segmentation.missing_threshold, 0.25);
    let [first, second] = &segmentation.segments[..] else { panic!("two segments") };
    assert_eq!((text(&first.id), first.weight, first.model.element()), (Some("1"), 2.0, "Scorecard"));
    assert_eq!(first.variable_weight.as_ref().map(|weight| weight.field.as_str()), Some("w"));
    assert_eq!((text(&second.id), second.weight, second.model.element()), (None, 1.0, "TreeModel"));
    assert!(matches!(second.predicate, Predicate::False(_)));

    let chain = mining("<Segmentation multipleModelMethod='x-multiModelChain'/>")
        .segmentation
        .expect("a segmentation");
    assert_eq!(chain.multiple_model_method, MultipleModelMethod::MultiModelChain);
    assert_eq!(chain.missing_prediction_treatment, MissingPredictionTreatment::Continue);
    assert_eq!(chain.missing_threshold, 1.0);
}

#[test]
fn segments_that_lack_something() {
    let message = |segment: &str| {
        let text = format!(
            "<MiningModel functionName='regression'><MiningSchema/><Segmentation multipleModelMethod='sum'>{segment}\
             </Segmentation></MiningModel>"
        );
        error(&text).message()
    };
    assert_eq!(message("<Segment><Scorecard/></Segment>"), "`Segment` lacks a predicate");
    assert_eq!(message("<Segment><True/></Segment>"), "`Segment` lacks a model");
    let empty = "<MiningModel functionName='regression'><MiningSchema/></MiningModel>";
    assert_eq!(error(empty).message(), "`MiningModel` lacks a `Segmentation`");
}

#[test]
fn embedded_models() {
    let model = mining(
        "<Regression functionName='regression' normalizationMethod='exp'><LocalTransformations/>\
         <ResultField name='r' displayName='R' optype='continuous' dataType='double' feature='predictedValue' value='v'/>\
         <RegressionTable intercept='1'/></Regression>\
         <DecisionTree functionName='regression' missingValueStrategy='nullPrediction'><ResultField name='s'/>\
         <Node><True/><Regression functionName='regression'><RegressionTable intercept='2'/></Regression></Node></DecisionTree>",
    );
    let [EmbeddedModel::Regression(regression), EmbeddedModel::DecisionTree(tree)] =
        &model.embedded_models[..]
    else {
        panic!("two models");
    };
    assert_eq!(regression.normalization_method, RegressionNormalizationMethod::Exp);
    assert!(regression.common.local_transformations.is_some());
    assert!(regression.common.mining_schema.mining_fields.is_empty());
    let result = &regression.result_fields[0];
    assert_eq!(
        (result.name.as_str(), result.data_type, result.feature),
        ("r", Some(DataType::Double), Some(ResultFeature::PredictedValue))
    );
    assert_eq!(tree.missing_value_strategy, MissingValueStrategy::NullPrediction);
    assert_eq!(tree.result_fields[0].feature, None);
    let inner = tree.tree.root().embedded_model.as_ref().expect("a model in the node");
    assert_eq!(inner.element(), "Regression");
}

#[test]
fn names_are_shared() {
    let model = tree("<Node score='setosa'><True/><Node score='setosa'><True/></Node></Node>");
    let scores: Vec<_> =
        model.tree.nodes().iter().map(|node| node.score.as_ref().expect("a score").as_ptr()).collect();
    assert_eq!(scores[0], scores[1]);
}
