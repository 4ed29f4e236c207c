//! Tests of fields: of the data, of a schema, of targets and outputs, and computed ones.

use super::{document, error, model, text};
use crate::document::data_dictionary::{Closure, DataType, OpType, Property};
use crate::document::expression::Expression;
use crate::document::mining_schema::{
    InvalidValueTreatment, MissingValueTreatment, OutlierTreatment, UsageType,
};
use crate::document::model::ModelCommon;
use crate::document::output::{RankBasis, RankOrder, ResultFeature, RuleAlgorithm, RuleFeature};
use crate::document::read_str;
use crate::document::targets::CastInteger;

/// Returns the shared parts of a model with the given content.
fn common(content: &str) -> ModelCommon {
    let text = format!("<TreeModel functionName='regression'>{content}<Node><True/></Node></TreeModel>");
    model(&text).common().expect("a model that is read").clone()
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
fn targets() {
    let targets = common(
        "<MiningSchema/><Targets><Target field='y' optype='continuous' castInteger='floor' min='-1' max='1' \
         rescaleFactor='2' rescaleConstant='3'><TargetValue value='a' displayValue='A' rawDataValue='a ' priorProbability='0.1'>\
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
    assert_eq!((text(&a.raw_data_value), text(&default.raw_data_value)), (Some("a "), None));
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
