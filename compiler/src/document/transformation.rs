//! `TransformationDictionary` and `LocalTransformations`: fields computed from others, and the functions they use.

use super::data_dictionary::{DataType, Interval, OpType, Value, natural_types};
use super::expression::Expression;
use super::markup::{Markup, lacks};
use super::{Name, Position};
use crate::error::Result;
use std::collections::HashMap;

/// The element `TransformationDictionary`: the functions and fields that all models of the document can use.
#[derive(Clone, Debug, Default)]
pub struct TransformationDictionary {
    /// The element's position.
    pub position: Position,
    /// The functions.
    pub define_functions: Vec<DefineFunction>,
    /// The fields, in document order.
    pub derived_fields: Vec<DerivedField>,
}

/// The element `LocalTransformations`: fields that only one model computes and sees.
#[derive(Clone, Debug, Default)]
pub struct LocalTransformations {
    /// The element's position.
    pub position: Position,
    /// The fields, in document order.
    pub derived_fields: Vec<DerivedField>,
}

/// The element `DerivedField`.
#[derive(Clone, Debug)]
pub struct DerivedField {
    /// The element's position.
    pub position: Position,
    /// The field's name. Absent if the element is a value and not a field, as in `NeuralInput`.
    pub name: Option<Name>,
    /// The name to display.
    pub display_name: Option<Name>,
    /// The operations that the values support.
    pub optype: OpType,
    /// The type that the expression's result is cast to.
    pub data_type: DataType,
    /// How the value is computed.
    pub expression: Expression,
    /// The valid ranges (PMML 3.0 only).
    pub intervals: Vec<Interval>,
    /// The listed values, which give an ordinal field its order.
    pub values: Vec<Value>,
}

/// The element `DefineFunction`.
#[derive(Clone, Debug)]
pub struct DefineFunction {
    /// The element's position.
    pub position: Position,
    /// The function's name.
    pub name: Name,
    /// The operations that the result supports.
    pub optype: Option<OpType>,
    /// The type that the result is cast to.
    pub data_type: Option<DataType>,
    /// The parameters, in order.
    pub parameter_fields: Vec<ParameterField>,
    /// Fields computed inside of the function (an extension of JPMML), which its expression can use.
    pub derived_fields: Vec<DerivedField>,
    /// The function's body.
    pub expression: Expression,
}

/// The element `ParameterField`.
#[derive(Clone, Debug)]
pub struct ParameterField {
    /// The element's position.
    pub position: Position,
    /// The parameter's name.
    pub name: Name,
    /// The operations that the argument supports.
    pub optype: Option<OpType>,
    /// The type that the argument is cast to.
    pub data_type: Option<DataType>,
}

impl TransformationDictionary {
    pub(super) fn read(xml: &mut Markup<'_>) -> Result<Self> {
        let mut dictionary = TransformationDictionary { position: xml.position(), ..Default::default() };
        while let Some(child) = xml.child()? {
            match &*child {
                "DefineFunction" => dictionary.define_functions.push(DefineFunction::read(xml)?),
                "DerivedField" => dictionary.derived_fields.push(DerivedField::read(xml)?),
                _ => return Err(xml.unexpected()),
            }
        }
        Ok(dictionary)
    }
}

impl LocalTransformations {
    pub(super) fn read(xml: &mut Markup<'_>) -> Result<Self> {
        let mut transformations =
            LocalTransformations { position: xml.position(), derived_fields: Vec::new() };
        while let Some(child) = xml.child()? {
            match &*child {
                "DerivedField" => transformations.derived_fields.push(DerivedField::read(xml)?),
                _ => return Err(xml.unexpected()),
            }
        }
        Ok(transformations)
    }
}

impl DerivedField {
    pub(super) fn read(xml: &mut Markup<'_>) -> Result<Self> {
        let position = xml.position();
        let name = xml.optional("name")?;
        let display_name = xml.optional("displayName")?;
        let (optype, data_type) = (xml.description("optype")?, xml.optional("dataType")?);
        let (mut expression, mut intervals, mut values) = (None, Vec::new(), Vec::new());
        while let Some(child) = xml.child()? {
            match &*child {
                "Interval" => intervals.push(Interval::read(xml)?),
                "Value" => values.push(Value::read(xml)?),
                name if Expression::is(name) => xml.once(&mut expression, Expression::read)?,
                _ => return Err(xml.unexpected()),
            }
        }
        let expression = expression.ok_or_else(|| lacks(position, "DerivedField", "an expression"))?;
        // PMML 2 has neither attribute. A value that is not a number then makes its row fail.
        let hint = Some(match expression {
            Expression::Discretize(_) | Expression::MapValues(_) => OpType::Categorical,
            _ => OpType::Continuous,
        });
        let (optype, data_type) = natural_types(xml, position, "DerivedField", optype, data_type, hint)?;
        Ok(DerivedField { position, name, display_name, optype, data_type, expression, intervals, values })
    }
}

impl DefineFunction {
    fn read(xml: &mut Markup<'_>) -> Result<Self> {
        let position = xml.position();
        let name = xml.required("name")?;
        let optype = xml.description("optype")?;
        let data_type = xml.optional("dataType")?;
        let (mut parameter_fields, mut derived_fields, mut expression) =
            (Vec::<ParameterField>::new(), Vec::new(), None);
        // The index of the first parameter with each name.
        let mut known: HashMap<Name, usize> = HashMap::new();
        while let Some(child) = xml.child()? {
            match &*child {
                "ParameterField" => {
                    let parameter = ParameterField::read(xml)?;
                    let first = *known.entry(parameter.name.clone()).or_insert(parameter_fields.len());
                    if let Some(first) = parameter_fields.get(first) {
                        let is_same =
                            first.optype == parameter.optype && first.data_type == parameter.data_type;
                        let places = (first.position, parameter.position);
                        let consequence = "the last argument counts";
                        xml.twice("ParameterField", &parameter.name, places, is_same, consequence)?;
                    }
                    parameter_fields.push(parameter);
                }
                "DerivedField" => derived_fields.push(DerivedField::read(xml)?),
                name if Expression::is(name) => xml.once(&mut expression, Expression::read)?,
                _ => return Err(xml.unexpected()),
            }
        }
        let expression = expression.ok_or_else(|| lacks(position, "DefineFunction", "an expression"))?;
        Ok(DefineFunction { position, name, optype, data_type, parameter_fields, derived_fields, expression })
    }
}

impl ParameterField {
    fn read(xml: &mut Markup<'_>) -> Result<Self> {
        let parameter = ParameterField {
            position: xml.position(),
            name: xml.required("name")?,
            optype: xml.description("optype")?,
            data_type: xml.optional("dataType")?,
        };
        xml.leaf()?;
        Ok(parameter)
    }
}
