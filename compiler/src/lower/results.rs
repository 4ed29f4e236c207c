//! The results of the document, and its signature.
//!
//! A document's results are, in this order, the target fields of the model's schema, then the final output fields,
//! those of segments before the model's own. An output field replaces an earlier result of the same name. With neither
//! target nor output, there is one result, `_target`.

use super::field::{Domain, range};
use super::list;
use super::state::Lowering;
use crate::document::Name;
use crate::document::data_dictionary::{DataField, DataType};
use crate::document::mining_schema::UsageType;
use crate::document::model::Model;
use crate::ir::{Builder, Value};
use crate::lower::build::operand::Operand;
use crate::lower::model::prediction::{ModelResult, predicted_domain};
use crate::signature::{Category, Field, Signature};
use std::collections::{HashMap, HashSet};

/// The results of the document.
#[derive(Clone, Debug, Default)]
pub struct Results<'d> {
    /// The number of targets; they come first.
    pub targets: usize,
    /// The results.
    pub fields: Vec<DocumentResult<'d>>,
}

impl Results<'_> {
    /// Returns the values that the program yields: the value and the presence of each result.
    pub fn yields(&self, builder: &mut Builder) -> Vec<Value> {
        let mut yields = Vec::with_capacity(2 * self.fields.len());
        for result in &self.fields {
            yields.push(result.operand.value);
            yields.push(result.operand.presence(builder));
        }
        yields
    }
}

/// A result of the document.
#[derive(Clone, Debug)]
pub struct DocumentResult<'d> {
    /// Its name.
    pub name: String,
    /// The name to display.
    pub display_name: Option<Name>,
    /// Its value.
    pub operand: Operand,
    /// Its domain.
    pub domain: Domain<'d>,
}

/// The name of the only result of a document that names none.
const ANONYMOUS: &str = "_target";

/// Collects the results of the document. A target that the model does not predict is always missing, which is warned
/// of.
pub fn results<'d>(lowering: &mut Lowering<'d>, model: &'d Model, result: &ModelResult<'d>) -> Results<'d> {
    let mut results = Results::default();
    for field in target_fields(lowering, model) {
        let made = result
            .predictions
            .iter()
            .find(|prediction| prediction.target.as_ref() == Some(&field.name))
            .map(|prediction| prediction.value);
        let operand = match made {
            Some(operand) => operand,
            None => {
                let message = format!("the target `{}` is always missing: no model predicts it", field.name);
                lowering.warn(model.position(), model.element(), message);
                Operand::missing(&mut lowering.builder, field.data_type)
            }
        };
        results.fields.push(DocumentResult {
            name: field.name.to_string(),
            display_name: field.display_name.clone(),
            operand,
            domain: predicted_domain(Some(field), field.data_type),
        });
    }
    results.targets = results.fields.len();
    let mut numbers: HashMap<String, usize> =
        results.fields.iter().enumerate().map(|(number, field)| (field.name.clone(), number)).collect();
    for output in result.outputs.iter().filter(|output| output.is_final) {
        let made = DocumentResult::from(output);
        let number = *numbers.entry(made.name.clone()).or_insert(results.fields.len());
        match results.fields.get_mut(number) {
            Some(earlier) => *earlier = made,
            None => results.fields.push(made),
        }
    }
    if results.fields.is_empty()
        && let Some(prediction) = result.predictions.first()
    {
        results.targets = 1;
        results.fields.push(DocumentResult {
            name: ANONYMOUS.to_owned(),
            display_name: None,
            operand: prediction.value,
            domain: Domain::of_type(prediction.value.data_type, None),
        });
    }
    results
}

/// Returns the target fields of a model, in the order of its schema, without duplicates.
pub fn target_fields<'d>(lowering: &Lowering<'d>, model: &'d Model) -> Vec<&'d DataField> {
    let Some(common) = model.common() else { return Vec::new() };
    let mut targets: Vec<&'d DataField> = Vec::new();
    let mut known = HashSet::new();
    for field in &common.mining_schema.mining_fields {
        if field.usage_type == UsageType::Target
            && let Some(field) = lowering.data_fields.get(&field.name).copied()
            && known.insert(&field.name)
        {
            targets.push(field);
        }
    }
    if targets.is_empty()
        && let Model::RegressionModel(regression) = model
        && let Some(name) = &regression.target_field_name
    {
        targets.extend(lowering.data_fields.get(name).copied());
    }
    targets
}

/// Builds the signature of the program: its inputs and results.
pub fn signature<'d>(lowering: &Lowering<'d>, model: Option<&'d Model>, results: &Results<'d>) -> Signature {
    let inputs = lowering.inputs_in_order();
    let targets = model.map(|model| target_fields(lowering, model)).unwrap_or_default();
    let targets: HashSet<&Name> = targets.into_iter().map(|target| &target.name).collect();
    let is_target = |number: &usize| targets.contains(&inputs[*number].name);
    let target_inputs = (0..inputs.len()).filter(is_target).collect();
    let inputs = inputs.into_iter().map(|field| Field {
        is_list: lowering.list_fields.contains(&field.name),
        ..described(
            &field.name,
            field.display_name.as_ref(),
            field.data_type,
            predicted_domain(Some(field), field.data_type),
        )
    });
    let fields = results.fields.iter().map(|result| Field {
        is_list: result.operand.is_list,
        ..described(&result.name, result.display_name.as_ref(), result.operand.data_type, result.domain)
    });
    Signature {
        model_name: model.and_then(Model::model_name).map(|name| name.to_string()),
        inputs: inputs.collect(),
        target_inputs,
        group: list::group_field(lowering).map(|name| name.to_string()),
        targets: results.targets,
        results: fields.collect(),
    }
}

/// Builds the signature's field with the valid values and intervals of a domain.
fn described(name: &str, display_name: Option<&Name>, data_type: DataType, domain: Domain<'_>) -> Field {
    let values = domain.valid_values().map(|value| Category {
        value: value.value.to_string(),
        display_value: value.display_value.as_ref().map(|text| text.to_string()),
    });
    Field {
        name: name.to_owned(),
        display_name: display_name.map(|name| name.to_string()),
        data_type,
        optype: domain.optype,
        is_list: false,
        values: values.collect(),
        intervals: domain.intervals.iter().map(range).collect(),
    }
}

#[cfg(test)]
mod tests {
    use crate::document::data_dictionary::{DataType, OpType};
    use crate::document::read_str;
    use crate::lower::{Options, lower};
    use crate::signature::{Category, Range, Signature};

    fn signature(content: &str) -> Signature {
        let document =
            format!("<PMML xmlns=\"http://www.dmg.org/PMML-4_4\" version=\"4.4\"><Header/>{content}</PMML>");
        let document = read_str(&document).expect("the document is correct");
        lower(&document, &Options::default()).expect("the document can be honoured").signature
    }

    #[test]
    fn targets_come_before_outputs() {
        let signature = signature(
            r#"<DataDictionary>
              <DataField name="x" displayName="The x" optype="continuous" dataType="float">
                <Interval closure="openClosed" leftMargin="0" rightMargin="1"/>
              </DataField>
              <DataField name="y" optype="categorical" dataType="string">
                <Value value="A" displayValue="the first"/>
                <Value value="?" property="missing"/>
                <Value value="B"/>
              </DataField>
            </DataDictionary>
            <RegressionModel modelName="m" functionName="classification" normalizationMethod="softmax">
              <MiningSchema><MiningField name="x"/><MiningField name="y" usageType="target"/></MiningSchema>
              <Output>
                <OutputField name="hidden" feature="predictedValue" isFinalResult="false"/>
                <OutputField name="label" feature="predictedValue"/>
                <OutputField name="p" displayName="How sure" feature="probability" value="A"/>
                <OutputField name="warnings" feature="warning"/>
              </Output>
              <RegressionTable targetCategory="A" intercept="0"><NumericPredictor name="x" coefficient="1"/></RegressionTable>
              <RegressionTable targetCategory="B" intercept="0"/>
            </RegressionModel>"#,
        );
        assert_eq!(signature.model_name.as_deref(), Some("m"));
        let [x] = signature.inputs.as_slice() else { panic!("one input: {:?}", signature.inputs) };
        assert_eq!((x.name.as_str(), x.display_name.as_deref()), ("x", Some("The x")));
        assert_eq!((x.data_type, x.optype), (DataType::Float, OpType::Continuous));
        let interval = Range { left: Some(0.0), left_closed: false, right: Some(1.0), right_closed: true };
        assert_eq!(x.intervals, [interval]);

        assert_eq!(signature.targets, 1);
        let names: Vec<&str> = signature.results.iter().map(|field| field.name.as_str()).collect();
        assert_eq!(names, ["y", "label", "p", "warnings"]);
        let categories = [
            Category { value: "A".to_owned(), display_value: Some("the first".to_owned()) },
            Category { value: "B".to_owned(), display_value: None },
        ];
        assert_eq!(signature.results[0].values, categories);
        assert_eq!(signature.results[1].values, categories);
        assert_eq!(signature.results[1].optype, OpType::Categorical);
        assert_eq!(signature.results[2].data_type, DataType::Double);
        assert_eq!(signature.results[2].display_name.as_deref(), Some("How sure"));
        assert!(signature.results[3].is_list);
    }

    #[test]
    fn a_residual_needs_the_actual_value() {
        let signature = signature(
            r#"<DataDictionary>
              <DataField name="x" optype="continuous" dataType="double"/>
              <DataField name="y" optype="continuous" dataType="double"/>
            </DataDictionary>
            <RegressionModel functionName="regression">
              <MiningSchema><MiningField name="x"/><MiningField name="y" usageType="target"/></MiningSchema>
              <Output>
                <OutputField name="y" feature="predictedValue"/>
                <OutputField name="r" feature="residual"/>
              </Output>
              <RegressionTable intercept="0"><NumericPredictor name="x" coefficient="1"/></RegressionTable>
            </RegressionModel>"#,
        );
        let inputs: Vec<&str> = signature.inputs.iter().map(|field| field.name.as_str()).collect();
        assert_eq!(inputs, ["x", "y"]);
        let results: Vec<&str> = signature.results.iter().map(|field| field.name.as_str()).collect();
        assert_eq!(results, ["y", "r"]);
        assert_eq!(signature.targets, 1);
    }

    #[test]
    fn a_document_may_name_no_result() {
        let signature = signature(
            r#"<DataDictionary><DataField name="x" optype="continuous" dataType="double"/></DataDictionary>
            <RegressionModel functionName="regression">
              <MiningSchema><MiningField name="x"/></MiningSchema>
              <RegressionTable intercept="0"><NumericPredictor name="x" coefficient="1"/></RegressionTable>
            </RegressionModel>"#,
        );
        assert_eq!(signature.targets, 1);
        assert_eq!(signature.results[0].name, "_target");
        assert_eq!(signature.results[0].data_type, DataType::Double);
    }
}
