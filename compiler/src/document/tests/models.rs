//! Tests of models: their shared parts, trees, regressions, models of models.

use super::{at, error, model, text, tree, variant};
use crate::document::data_dictionary::DataType;
use crate::document::embedded_model::EmbeddedModel;
use crate::document::mining_model::{MiningModel, MissingPredictionTreatment, MultipleModelMethod};
use crate::document::model::{MathContext, MiningFunction, Model};
use crate::document::output::ResultFeature;
use crate::document::predicate::Predicate;
use crate::document::regression_model::{RegressionModel, RegressionNormalizationMethod};
use crate::document::tree_model::{
    MissingValueStrategy, NoTrueChildStrategy, NodeIndex, SplitCharacteristic,
};

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
fn trees() {
    let model = model(
        "<TreeModel functionName='classification' missingValueStrategy='weightedConfidence' missingValuePenalty='0.8' \
         noTrueChildStrategy='returnLastPrediction' splitCharacteristic='binarySplit'><MiningSchema/>\n\
         <Node id='1' score='a' recordCount='10' defaultChild='2'><True/><Partition name='p'/>\
         <ScoreDistribution value='a' recordCount='6' confidence='0.7' probability='0.6'/><ScoreDistribution value='b'/>\
         <Node id='2'><True/><Node id='3'><True/></Node></Node><Node id='4'><False/></Node><Node id='5'><True/></Node>\
         </Node></TreeModel>",
    );
    let model = variant!(model, Model::TreeModel);
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
    for wrong in ["abc", "1 2", "0x10", "--1", "1e"] {
        assert!(message(wrong).ends_with("which should be a number"), "{wrong}");
    }
    assert!(message(&"9x".repeat(1000)).contains("9x…\""));
    assert!(message(" ").ends_with("lacks the required attribute `coefficient`"));
}

#[test]
fn segmentations() {
    let segmentation = mining(
        "<Segmentation multipleModelMethod='x-weightedSum' x-missingPredictionTreatment='skipSegment' \
         x-missingThreshold='0.25'><Segment id='1' weight='2'><True/><SequenceModel/><VariableWeight field='w'/></Segment>\
         <Segment><False/><TreeModel functionName='regression'><MiningSchema/><Node><True/></Node></TreeModel></Segment>\
         </Segmentation>",
    )
    .segmentation
    .expect("a segmentation");
    assert_eq!(segmentation.multiple_model_method, MultipleModelMethod::WeightedSum);
    assert_eq!(segmentation.missing_prediction_treatment, MissingPredictionTreatment::SkipSegment);
    assert_eq!(segmentation.missing_threshold, 0.25);
    let [first, second] = &segmentation.segments[..] else { panic!("two segments") };
    assert_eq!((text(&first.id), first.weight, first.model.element()), (Some("1"), 2.0, "SequenceModel"));
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
    assert_eq!(message("<Segment><SequenceModel/></Segment>"), "`Segment` lacks a predicate");
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
