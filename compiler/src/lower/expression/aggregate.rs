//! `Aggregate`: one value of the many that a field has in a group of rows.
//!
//! Rows are grouped before they come to the model, by the field that its schema or the `groupField` names: then the field
//! holds a list. Which fields do is known before any input is prepared, see [`Lowering::find_list_fields`].

use crate::error::{Error, Result};
use crate::ir::{Binary, Function, Type, Value};
use crate::lower::Lowering;
use crate::lower::operand::{Operand, both, is_count, is_numeric, type_of};
use crate::lower::scope::ScopeId;
use crate::pmml::data_dictionary::DataType;
use crate::pmml::expression::{Aggregate, AggregateFunction};

impl<'d> Lowering<'d> {
    /// A multiset is the list itself. Items that are missing are passed over; the others of no items are missing, but
    /// their number is 0.
    pub fn aggregate(&mut self, scope: ScopeId, aggregate: &'d Aggregate) -> Result<Operand> {
        let (position, element) = (aggregate.position, "Aggregate");
        if aggregate.sql_where.is_some() {
            let message = "`Aggregate` with a condition in SQL is not supported";
            return Err(Error::unsupported(position, element, message));
        }
        let field = self.field(scope, &aggregate.field, position, element)?;
        let operand = field.operand;
        if !operand.is_list {
            let message =
                format!("`Aggregate` summarizes the field `{}`, which has one value only", aggregate.field);
            return Err(Error::unsupported(position, element, message));
        }
        let function = match aggregate.function {
            AggregateFunction::Multiset => return Ok(operand),
            AggregateFunction::Count => {
                let value = self.builder.call(Function::ListCount, &[operand.value]);
                return Ok(Operand { value, data_type: DataType::Integer, is_list: false, ..operand });
            }
            AggregateFunction::Sum => Function::ListSum,
            AggregateFunction::Average => Function::ListMean,
            AggregateFunction::Min => Function::ListMin,
            AggregateFunction::Max => Function::ListMax,
        };
        let Some(doubles) = self.list_as_doubles(operand) else {
            let message = format!("`Aggregate` computes with values of the type {}", operand.data_type);
            return Err(Error::invalid(position, element, message));
        };
        Ok(self.summarize_list(doubles, operand.present, function))
    }

    /// A list of numbers as one of doubles; `None` where they are no numbers.
    pub(super) fn list_as_doubles(&mut self, list: Operand) -> Option<Value> {
        if !is_numeric(list.data_type) && !is_count(list.data_type) {
            return None;
        }
        Some(match type_of(list.data_type) {
            Type::I64 => self.builder.call(Function::DoublesOfI64, &[list.value]),
            Type::F32 => self.builder.call(Function::DoublesOfF32, &[list.value]),
            _ => list.value,
        })
    }

    /// What a function makes of the doubles of a list, where there are any.
    pub(super) fn summarize_list(
        &mut self,
        doubles: Value,
        present: Option<Value>,
        function: Function,
    ) -> Operand {
        let builder = &mut self.builder;
        let count = builder.call(Function::ListCount, &[doubles]);
        let zero = builder.i64(0);
        let any = builder.binary(Binary::Greater, count, zero);
        let present = both(builder, present, Some(any));
        let value = builder.call(function, &[doubles]);
        Operand { value, present, data_type: DataType::Double, is_list: false }
    }

    /// Notes the inputs that are lists of values, because an expression aggregates them or because they are the items of
    /// transactions.
    pub fn find_list_fields(&mut self, model: &'d Model) {
        let document = self.document;
        for derived in &document.transformation_dictionary.derived_fields {
            self.find_aggregates(&derived.expression);
        }
        let mut models = vec![model];
        while let Some(model) = models.pop() {
            if let Some(common) = model.common() {
                if let Model::AssociationModel(_) = model {
                    let fields = &common.mining_schema.mining_fields;
                    let is_grouped = fields.iter().any(|field| field.usage_type == UsageType::Group);
                    let items = item_field(fields)
                        .filter(|field| is_grouped && self.data_fields.contains_key(&field.name));
                    self.list_fields.extend(items.map(|field| field.name.clone()));
                }
                for derived in common.local_transformations.iter().flat_map(|local| &local.derived_fields) {
                    self.find_aggregates(&derived.expression);
                }
                for field in common.output.iter().flat_map(|output| &output.output_fields) {
                    if let Some(expression) = &field.expression {
                        self.find_aggregates(expression);
                    }
                }
            }
            match model {
                Model::MiningModel(mining) => {
                    let segments = mining.segmentation.iter().flat_map(|segmentation| &segmentation.segments);
                    models.extend(segments.map(|segment| &segment.model));
                }
                Model::AnomalyDetectionModel(anomaly) => models.push(&anomaly.model),
                _ => {}
            }
        }
    }

    fn find_aggregates(&mut self, expression: &'d Expression) {
        let mut expressions = vec![expression];
        while let Some(expression) = expressions.pop() {
            match expression {
                Expression::Aggregate(aggregate) if self.data_fields.contains_key(&aggregate.field) => {
                    self.list_fields.insert(aggregate.field.clone());
                }
                Expression::Apply(apply) => expressions.extend(&apply.expressions),
                _ => {}
            }
        }
    }
}
