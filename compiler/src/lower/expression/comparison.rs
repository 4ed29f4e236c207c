//! Functions that compare values: `equal`, `lessThan` and the like, `isIn`.
//!
//! Values of one type are compared in it; values of different types in the type of the first, which the second is cast to.
//! An integer first is compared with a real number as real numbers compare. So a `float` field that holds 0.1 equals the
//! double 0.1, as a predicate would have it.

use super::apply::{Argument, Call, Outcome};
use crate::document::data_dictionary::{DataType, OpType};
use crate::error::Result;
use crate::ir::{Binary, Constant, SetData, Value};
use crate::lower::Lowering;
use crate::lower::operand::{Operand, all_present};

impl<'d> Lowering<'d> {
    pub(super) fn comparison_function(&mut self, call: &Call<'d>, comparison: Binary) -> Result<Outcome> {
        let [left, right] = call.arguments.as_slice() else { return Err(call.wrong(0, "is not one of two")) };
        let present = all_present(&mut self.builder, [&left.operand, &right.operand]);
        let value = self.compare_arguments(call, comparison, left, right, 1)?;
        Ok(Outcome::valid(Operand { value, present, data_type: DataType::Boolean, is_list: false }))
    }

    /// A bool: how two arguments, where they are present, compare. `index` is that of the second.
    fn compare_arguments(
        &mut self,
        call: &Call<'d>,
        comparison: Binary,
        left: &Argument<'d>,
        right: &Argument<'d>,
        index: usize,
    ) -> Result<Value> {
        if left.operand.is_list {
            return Err(call.wrong(0, "is a list of values, which cannot be compared"));
        }
        if right.operand.is_list {
            return Err(call.wrong(index, "is a list of values, which cannot be compared"));
        }
        let data_type = match (left.operand.data_type, right.operand.data_type) {
            (DataType::Integer, DataType::Float | DataType::Double) => DataType::Double,
            (left, _) => left,
        };
        let position = call.apply.position;
        let left_value = self.cast(left.operand, data_type, position, "Apply")?.value;
        // Where the first is missing, there is no comparison, and so no cast that could fail.
        let mut right_operand = right.operand;
        if let Some(present) = left.operand.present {
            right_operand = right_operand.only_if(&mut self.builder, present);
        }
        let right_value = self.cast(right_operand, data_type, position, "Apply")?.value;
        let is_order = !matches!(comparison, Binary::Equal | Binary::NotEqual);
        if is_order
            && let Some(field) = left.field
            && field.domain.optype == OpType::Ordinal
            && field.domain.valid_values().next().is_some()
        {
            let left = self.rank(&field, left_value)?;
            let right = self.rank(&field, right_value)?;
            return Ok(self.builder.binary(comparison, left, right));
        }
        Ok(self.compare(comparison, left_value, right_value, data_type))
    }

    /// Whether the first argument is among the others, or else that it is not. A missing value is among missing ones:
    /// the result is never missing.
    pub(super) fn is_in(&mut self, call: &Call<'d>, is_in: bool) -> Result<Outcome> {
        let Some((value, list)) = call.arguments.split_first() else {
            return Err(call.wrong(0, "is absent"));
        };
        if value.operand.is_list {
            return Err(call.wrong(0, "is a list of values, which cannot be compared"));
        }
        let builder = &mut self.builder;
        let mut found = builder.bool(false);
        let mut missing_found = builder.bool(false);
        let mut constants: Vec<Constant> = Vec::new();
        for (index, element) in list.iter().enumerate() {
            let element_present = element.operand.presence(&mut self.builder);
            if element.operand.present.is_some() {
                missing_found = match self.is_always_missing(element.operand) {
                    true => self.builder.bool(true),
                    false => {
                        let missing = self.builder.not(element_present);
                        self.builder.or(missing_found, missing)
                    }
                };
            }
            if self.is_always_missing(element.operand) || self.is_always_missing(value.operand) {
                continue;
            }
            // Constants of the value's own type make a set.
            if element.operand.data_type == value.operand.data_type
                && element.operand.present.is_none()
                && let Some(constant) = self.builder.program().constant(element.operand.value)
            {
                constants.push(constant);
                continue;
            }
            let equal = self.compare_arguments(call, Binary::Equal, value, element, index + 1)?;
            let equal = self.builder.and(element_present, equal);
            found = self.builder.or(found, equal);
        }
        if !constants.is_empty() {
            let set = SetData::new(value.operand.ty(), constants);
            let contained = self.builder.contains(set, value.operand.value);
            found = self.builder.or(found, contained);
        }
        if let Some(present) = value.operand.present {
            found = self.builder.select(present, found, missing_found);
        }
        let value = if is_in { found } else { self.builder.not(found) };
        Ok(Outcome::valid(Operand::present(value, DataType::Boolean)))
    }
}
