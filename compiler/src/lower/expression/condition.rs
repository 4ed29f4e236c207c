//! The function `if`.
//!
//! Of its branches one is evaluated: what the other would compute costs nothing, and cannot make the row fail. Where both
//! branches are short and do nothing but compute, both are computed and the condition selects: that is faster, and failures
//! are tied to the condition.

use crate::document::data_dictionary::DataType;
use crate::document::expression::{Apply, Expression};
use crate::error::{Error, Position, Result};
use crate::ir::{Operation, Region, Value};
use crate::lower::Lowering;
use crate::lower::operand::{Operand, common_numeric, is_numeric};
use crate::lower::scope::ScopeId;

/// How many instructions a branch may have that is computed whether it is taken or not.
const SHORT: usize = 24;

impl<'d> Lowering<'d> {
    /// Applies `if` to its two or three arguments. Where the condition is missing, so is the result.
    pub(super) fn apply_if(
        &mut self,
        scope: ScopeId,
        apply: &'d Apply,
        expected: Option<DataType>,
    ) -> Result<Operand> {
        let Some((condition, branches)) = apply.expressions.split_first() else {
            return Err(Error::invalid(apply.position, "Apply", "the function `if` has no condition"));
        };
        let condition = self.expression_typed(scope, condition, Some(DataType::Boolean))?;
        let condition = self.cast(condition, DataType::Boolean, apply.position, "Apply")?;
        let then = self.branch(scope, branches.first(), expected)?;
        let otherwise = self.branch(scope, branches.get(1), expected)?;
        let data_type = self.branch_type(apply, then.1, otherwise.1, expected)?;
        let then = self.cast_branch(apply, then, data_type)?;
        let otherwise = self.cast_branch(apply, otherwise, data_type)?;

        let is_true = match condition.present {
            Some(present) => self.builder.and(present, condition.value),
            None => condition.value,
        };
        let mut result = if self.is_short(then.0) && self.is_short(otherwise.0) {
            let is_other = self.builder.not(is_true);
            let is_other = match condition.present {
                Some(present) => self.builder.and(present, is_other),
                None => is_other,
            };
            self.builder.dissolve(then.0, is_true);
            self.builder.dissolve(otherwise.0, is_other);
            Operand::choose(&mut self.builder, is_true, then.1, otherwise.1)
        } else {
            self.choose_region(condition, is_true, then, otherwise)
        };
        if let Some(present) = condition.present {
            result = result.only_if(&mut self.builder, present);
        }
        // Only the condition and the branch taken are arguments that can be missing.
        if let (Some(text), Some(present)) = (&apply.map_missing_to, result.present) {
            let (cast, replacement) = self.replacement(apply, result, text, expected)?;
            result = Operand::choose(&mut self.builder, present, cast, replacement);
        }
        self.treat_missing_result(apply, result, expected)
    }

    /// What something computes where a condition holds; missing elsewhere, where it fails no row.
    pub fn only_where(
        &mut self,
        condition: Value,
        position: Position,
        lower: impl FnOnce(&mut Self) -> Result<Operand>,
    ) -> Result<Operand> {
        self.check_depth(position)?;
        let region = self.builder.open();
        let operand = lower(self)?;
        self.builder.close(Vec::new());
        if self.is_short(region) {
            self.builder.dissolve(region, condition);
            return Ok(operand.only_if(&mut self.builder, condition));
        }
        let nothing = self.builder.open();
        let missing = Operand::missing(&mut self.builder, operand.data_type);
        self.builder.close(Vec::new());
        let always = Operand::present(condition, DataType::Boolean);
        Ok(self.choose_region(always, condition, (region, operand), (nothing, missing)))
    }

    /// Lowers a branch, which may be absent and then is missing, into a region of its own.
    fn branch(
        &mut self,
        scope: ScopeId,
        expression: Option<&'d Expression>,
        expected: Option<DataType>,
    ) -> Result<(Region, Operand)> {
        let region = self.builder.open();
        let operand = match expression {
            Some(expression) => {
                self.check_depth(expression.position())?;
                self.expression_typed(scope, expression, expected)?
            }
            None => Operand::missing(&mut self.builder, expected.unwrap_or(DataType::Double)),
        };
        self.builder.close(Vec::new());
        Ok((region, operand))
    }

    fn check_depth(&self, position: Position) -> Result<()> {
        // The two regions more are those that a condition which may be missing needs.
        if self.builder.depth() + 2 > crate::ir::MAX_NESTING {
            let message = "expressions that are evaluated under a condition are nested too deep".to_owned();
            return Err(Error::Limit { position, message });
        }
        Ok(())
    }

    /// The type of the result: the expected one, else what the branches have in common.
    fn branch_type(
        &self,
        apply: &Apply,
        then: Operand,
        otherwise: Operand,
        expected: Option<DataType>,
    ) -> Result<DataType> {
        if then.is_list != otherwise.is_list {
            let message = "the function `if` chooses between a value and a list of values";
            return Err(Error::unsupported(apply.position, "Apply", message));
        }
        Ok(match (then.data_type, otherwise.data_type) {
            (left, right) if left == right => left,
            _ if then.is_list => then.data_type,
            (left, _) if self.is_always_missing(otherwise) => left,
            (_, right) if self.is_always_missing(then) => right,
            _ if expected.is_some() => expected.unwrap_or(DataType::String),
            (left, right) if is_numeric(left) && is_numeric(right) => common_numeric(left, right),
            _ => DataType::String,
        })
    }

    fn cast_branch(
        &mut self,
        apply: &Apply,
        (region, operand): (Region, Operand),
        data_type: DataType,
    ) -> Result<(Region, Operand)> {
        self.builder.resume(region);
        let operand = self.cast_or_list(operand, data_type, apply.position, "Apply")?;
        self.builder.close(Vec::new());
        Ok((region, operand))
    }

    fn is_short(&self, region: Region) -> bool {
        let program = self.builder.program();
        let instructions = &program.regions[region].instructions;
        instructions.len() <= SHORT
            && instructions.iter().all(|instruction| {
                matches!(
                    program.instructions[*instruction].operation,
                    Operation::Constant(_)
                        | Operation::Input(..)
                        | Operation::Unary(..)
                        | Operation::Binary(..)
                        | Operation::Select(..)
                        | Operation::Lookup(..)
                        | Operation::Contains(..)
                        | Operation::FailIf(..)
                )
            })
    }

    /// Runs the one region or the other; none of them where the condition is missing.
    fn choose_region(
        &mut self,
        condition: Operand,
        is_true: Value,
        (then_region, then): (Region, Operand),
        (otherwise_region, otherwise): (Region, Operand),
    ) -> Operand {
        let always = then.present.is_none() && otherwise.present.is_none();
        for (region, operand) in [(then_region, then), (otherwise_region, otherwise)] {
            self.builder.resume(region);
            let mut yields = vec![operand.value];
            if !always {
                yields.push(operand.presence(&mut self.builder));
            }
            self.builder.close(yields);
        }
        let otherwise_region = match condition.present {
            None => otherwise_region,
            Some(present) => {
                let around = self.builder.open();
                let nothing = self.builder.open();
                let mut yields = vec![self.builder.zero(then.ty())];
                if !always {
                    yields.push(self.builder.bool(false));
                }
                self.builder.close(yields);
                let results = self.builder.end_branch(present, otherwise_region, nothing);
                self.builder.close(results);
                around
            }
        };
        let results = self.builder.end_branch(is_true, then_region, otherwise_region);
        match results.as_slice() {
            [value, present, ..] => Operand { value: *value, present: Some(*present), ..then },
            [value] => Operand { value: *value, present: None, ..then },
            // A branch yields a value at least.
            [] => then,
        }
    }
}
