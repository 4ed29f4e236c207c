//! `TransformationDictionary` and `LocalTransformations`: fields computed from others, and the functions they use.

use super::data_dictionary::{DataType, Interval, OpType, Value};
use super::expression::Expression;
use super::{Name, Position};

/// The element `TransformationDictionary`: what all models of the document may use.
#[derive(Clone, Debug, Default)]
pub struct TransformationDictionary {
    /// The element's place.
    pub position: Position,
    /// The functions.
    pub define_functions: Vec<DefineFunction>,
    /// The fields, in document order.
    pub derived_fields: Vec<DerivedField>,
}

/// The element `LocalTransformations`: fields that one model computes for itself.
#[derive(Clone, Debug, Default)]
pub struct LocalTransformations {
    /// The element's place.
    pub position: Position,
    /// The fields, in document order.
    pub derived_fields: Vec<DerivedField>,
}

/// The element `DerivedField`.
#[derive(Clone, Debug)]
pub struct DerivedField {
    /// The element's place.
    pub position: Position,
    /// The field's name. Absent where the element stands for a value and not for a field, as in `NeuralInput`.
    pub name: Option<Name>,
    /// The name to show to people.
    pub display_name: Option<Name>,
    /// Which operations the values admit.
    pub optype: OpType,
    /// The type that the expression's result is cast to.
    pub data_type: DataType,
    /// How the value is computed.
    pub expression: Expression,
    /// The valid ranges (PMML 3.0 only).
    pub intervals: Vec<Interval>,
    /// The values named one by one, which give an ordinal field its order.
    pub values: Vec<Value>,
}

/// The element `DefineFunction`.
#[derive(Clone, Debug)]
pub struct DefineFunction {
    /// The element's place.
    pub position: Position,
    /// The function's name.
    pub name: Name,
    /// Which operations the result admits.
    pub optype: Option<OpType>,
    /// The type that the result is cast to.
    pub data_type: Option<DataType>,
    /// The parameters, in order.
    pub parameter_fields: Vec<ParameterField>,
    /// Fields computed inside the function (an extension of JPMML's), visible to its expression.
    pub derived_fields: Vec<DerivedField>,
    /// The function's body.
    pub expression: Expression,
}

/// The element `ParameterField`.
#[derive(Clone, Debug)]
pub struct ParameterField {
    /// The element's place.
    pub position: Position,
    /// The parameter's name.
    pub name: Name,
    /// Which operations the argument admits.
    pub optype: Option<OpType>,
    /// The type that the argument is cast to.
    pub data_type: Option<DataType>,
}
