//! The results of models: predictions, the distributions of classifications, output fields.

use super::feature::Features;
use crate::document::Name;
use crate::document::data_dictionary::{DataField, DataType, OpType};
use crate::ir::Value;
use crate::lower::build::operand::Operand;
use crate::lower::field::{Domain, Field};

/// The result of a model.
#[derive(Clone, Debug)]
pub struct ModelResult<'d> {
    /// A prediction for each target; at least one.
    pub predictions: Vec<Prediction>,
    /// The output fields that it returns: those of segments first (see [`mining`](super::mining)), then its own. Those
    /// that are not final results are included, because segments can refer to them.
    pub outputs: Vec<OutputResult<'d>>,
    /// The results of an ensemble's segments, for its own output fields that name one (`segmentId`).
    pub segments: Vec<SegmentResult<'d>>,
}

impl<'d> ModelResult<'d> {
    /// Returns the result of a model with one target and no outputs yet.
    pub fn of(prediction: Prediction) -> Self {
        Self::of_all(vec![prediction])
    }

    /// Returns the result of a model with several targets and no outputs yet.
    pub fn of_all(predictions: Vec<Prediction>) -> Self {
        Self { predictions, outputs: Vec::new(), segments: Vec::new() }
    }

    /// Visits every operand of the result, always in the same order, to read or replace it.
    pub fn visit_operands(&mut self, visit: &mut impl FnMut(&mut Operand)) {
        for prediction in &mut self.predictions {
            prediction.visit_operands(visit);
        }
        for output in &mut self.outputs {
            visit(&mut output.field.operand);
        }
    }
}

/// The result of a segment.
#[derive(Clone, Debug)]
pub struct SegmentResult<'d> {
    /// The segment's identifier: its `id`, or its place, counting from 1.
    pub id: Name,
    /// A bool: whether the segment applies; `None`: always. If it does not, nothing in `result` is present.
    pub active: Option<Value>,
    /// The result of its model.
    pub result: ModelResult<'d>,
}

/// An output field with its value.
#[derive(Clone, Debug)]
pub struct OutputResult<'d> {
    /// The name.
    pub name: Name,
    /// The name to display.
    pub display_name: Option<Name>,
    /// The value.
    pub field: Field<'d>,
    /// Whether the field is one of the results; if not, only other fields can refer to it.
    pub is_final: bool,
}

/// A model's prediction of one target.
#[derive(Clone, Debug)]
pub struct Prediction {
    /// The target field, if the model names one.
    pub target: Option<Name>,
    /// The predicted value: for a classification, the predicted label in the target's data type.
    pub value: Operand,
    /// The probabilities and confidences of a classification; `None` for other predictions.
    pub distribution: Option<Distribution>,
    /// The identifier of the winning entity (a tree's node, a selected segment), a string.
    pub entity_id: Option<Operand>,
    /// The other features that output fields can ask for.
    pub features: Features,
}

impl Prediction {
    /// Returns the prediction of a number.
    pub fn number(target: Option<Name>, value: Operand) -> Self {
        Self { target, value, distribution: None, entity_id: None, features: Features::default() }
    }

    /// Visits every operand of the prediction, always in the same order, to read or replace it.
    pub fn visit_operands(&mut self, visit: &mut impl FnMut(&mut Operand)) {
        visit(&mut self.value);
        if let Some(distribution) = &mut self.distribution {
            let mut winner = Operand {
                value: distribution.winner,
                present: distribution.present,
                data_type: DataType::Integer,
                is_list: false,
            };
            visit(&mut winner);
            (distribution.winner, distribution.present) = (winner.value, winner.present);
            distribution.probabilities.iter_mut().for_each(&mut *visit);
            distribution.confidences.iter_mut().for_each(&mut *visit);
        }
        if let Some(entity_id) = &mut self.entity_id {
            visit(entity_id);
        }
        self.features.visit_operands(visit);
    }
}

/// The labels of a classification, with the winner and the probability of each.
#[derive(Clone, Debug)]
pub struct Distribution {
    /// The labels, as written in the document, in the order in which ties are broken.
    pub labels: Vec<Name>,
    /// The predicted label's number, as `i64`; unspecified if nothing is predicted.
    pub winner: Value,
    /// Whether a label is predicted; `None`: always.
    pub present: Option<Value>,
    /// The probability of each label, as `f64` or, under `x-mathContext="float"`, as `f32`. Empty if the model has none
    /// (a tree without score distributions).
    pub probabilities: Vec<Operand>,
    /// The confidence in each label. Empty if the model has none.
    pub confidences: Vec<Operand>,
}

/// Returns the domain of a predicted value, as a field that others refer to.
pub fn predicted_domain<'d>(target: Option<&'d DataField>, data_type: DataType) -> Domain<'d> {
    match target {
        Some(target) => {
            Domain { optype: target.optype, values: &target.values, intervals: &target.intervals }
        }
        None => Domain::of_type(data_type, None::<OpType>),
    }
}
