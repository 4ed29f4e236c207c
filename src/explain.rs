//! Why a row has no results: the errors that scorers make of the codes that engines leave, and of the cells.

use crate::border;
use crate::scorer::{BLOCK_ROWS, Scorer};
use crate::{DataType, RowError, RowErrorKind, Value, quote};
use pmml_compiler::ir::{FailureData, FailureKind, Id, Input};
use pmml_runtime::diagnostics::invalid::{self, Given};
use pmml_runtime::{List, StringId};

/// The cell of an input that is asked for again, to say what the row gives there.
#[derive(Debug)]
pub(crate) struct Asked {
    pub(crate) input: usize,
    /// What the row gives; `None` where it gives nothing.
    pub(crate) given: Option<String>,
}

impl Scorer {
    /// Why a row that was run last has no results, if it has none. The value in question is that which the model's type makes
    /// of the cell; [`error_as_given`](Self::error_as_given) has it as the row gives it.
    pub fn error(&self, row: usize) -> Option<RowError> {
        let block = row / BLOCK_ROWS;
        let is_there = block < self.blocks();
        is_there.then(|| self.error_in(block, row % BLOCK_ROWS, None)).flatten()
    }

    /// As [`error`](Self::error), with the value as the row gives it: `4` where that is what stands in a column of doubles,
    /// not `4.0`. If the row has failed, `fill` is called, which must [`set`](Self::set) the row's cells again as before the
    /// run; what it sets is looked at and not kept.
    ///
    /// ```
    /// # #[cfg(feature = "jit")] {
    /// # use pmml::{Model, Value};
    /// # let document = r#"<PMML version="4.4"><Header/><DataDictionary>
    /// #   <DataField name="x" optype="continuous" dataType="double"><Interval closure="closedClosed" leftMargin="0"
    /// #   rightMargin="3"/></DataField>
    /// #   <DataField name="y" optype="continuous" dataType="double"/></DataDictionary>
    /// #   <RegressionModel functionName="regression"><MiningSchema><MiningField name="x"/>
    /// #   <MiningField name="y" usageType="target"/></MiningSchema>
    /// #   <RegressionTable intercept="1"><NumericPredictor name="x" coefficient="2"/></RegressionTable>
    /// #   </RegressionModel></PMML>"#;
    /// # let model = Model::from_str(document)?;
    /// let mut scorer = model.scorer();
    /// scorer.set(0, 0, &Value::from("4"));
    /// scorer.run(1);
    /// let error = scorer.error_as_given(0, |scorer| scorer.set(0, 0, &Value::from("4"))).unwrap();
    /// assert_eq!(error.to_string(), "field `x`: the value `4` is outside of the interval `[0, 3]`");
    /// # }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn error_as_given(&mut self, row: usize, fill: impl FnOnce(&mut Self)) -> Option<RowError> {
        let block = row / BLOCK_ROWS;
        if block >= self.blocks() {
            return None;
        }
        let input = self.failure(block, row % BLOCK_ROWS)?.input;
        let given = input.and_then(|input| {
            self.asked = Some(Asked { input: input.index(), given: None });
            fill(self);
            self.asked.take().and_then(|asked| asked.given)
        });
        self.error_in(block, row % BLOCK_ROWS, given)
    }

    /// Notes what a row gives, if that is what is asked for.
    #[cold]
    pub(crate) fn note(&mut self, input: usize, value: &Value<'_>) {
        if let Some(asked) = self.asked.as_mut().filter(|asked| asked.input == input) {
            asked.given = text_of(value);
        }
    }

    /// The reason for which a row has failed, if it has.
    pub(crate) fn failure(&self, block: usize, row: usize) -> Option<&FailureData> {
        let failures = self.model.engine.layout().failures;
        let code = *self.block(block).get(failures..)?.get(..BLOCK_ROWS)?.get(row)?;
        self.model.failures.get(Id::new((code as usize).checked_sub(1)?))
    }

    /// As [`error`](Self::error), of a row of some block, with the value that it gives where that is known.
    pub(crate) fn error_in(&self, block: usize, row: usize, given: Option<String>) -> Option<RowError> {
        let failure = self.failure(block, row)?;
        let (mut field, mut value) = (None, None);
        let mut explained = None;
        if let Some(input) = failure.input {
            field = Some(self.model.program.inputs[input].name.clone());
            if failure.kind != FailureKind::MissingValue {
                value = given.or_else(|| self.input_text(block, row, input));
            }
            if failure.kind == FailureKind::InvalidValue {
                explained = self.explain(block, row, input);
            }
        }
        let (words, kind) = explained.unwrap_or_else(|| match failure.kind {
            FailureKind::InvalidValue => ("is not valid".to_owned(), RowErrorKind::DeclaredInvalid),
            FailureKind::UnusableValue => (String::new(), RowErrorKind::Unusable),
            FailureKind::MissingValue => (String::new(), RowErrorKind::Missing),
            FailureKind::Exhausted => (String::new(), RowErrorKind::Exhausted),
            FailureKind::UndefinedResult => {
                let derived_field = failure.derived_field.clone();
                (String::new(), RowErrorKind::Undefined { derived_field })
            }
        });
        Some(RowError { field, value, reason: words + &failure.message, kind })
    }

    /// Says why the value of an input is invalid; `None` if the row has none.
    fn explain(&self, block: usize, row: usize, input: Input) -> Option<(String, RowErrorKind)> {
        let field = self.model.signature.inputs.get(input.index())?;
        let declared = field.declared();
        let context = &self.memory.context;
        let reason = match self.bits(block, row, input) {
            Bits::Absent => return None,
            Bits::Unconvertible(_) => declared.reason(Given::Unconvertible),
            Bits::Converted(bits) if field.is_list => {
                let items = context.items(List::from_number(bits as u32));
                let items = items.iter().flatten().map(|bits| given(*bits, field.data_type, self));
                let (item, reason) = declared.reason_of_items(items);
                let item = item.map(|item| quote(&text(item, field.data_type)).to_string());
                return Some((invalid::in_list(item, reason).to_string(), reason.into()));
            }
            Bits::Converted(bits) => declared.reason(given(bits, field.data_type, self)),
        };
        Some((reason.to_string(), reason.into()))
    }

    /// The text of an input cell that is not missing.
    fn input_text(&self, block: usize, row: usize, input: Input) -> Option<String> {
        let field = self.model.signature.inputs.get(input.index())?;
        let context = &self.memory.context;
        match self.bits(block, row, input) {
            Bits::Absent => None,
            Bits::Unconvertible(text) => Some(context.text(text).to_owned()),
            Bits::Converted(bits) if field.is_list => {
                Some(border::list(bits, field.data_type, context).to_string())
            }
            Bits::Converted(bits) => Some(border::value(bits, field.data_type, context).to_string()),
        }
    }

    /// What is in an input cell.
    fn bits(&self, block: usize, row: usize, input: Input) -> Bits {
        let (frame, columns) = (self.block(block), self.model.engine.layout().input(input));
        let bit = 1u64 << row;
        if frame[columns.unconvertible] & bit != 0 {
            return Bits::Unconvertible(StringId::from_number(frame[columns.texts + row] as u32));
        }
        if frame[columns.present] & bit == 0 {
            return Bits::Absent;
        }
        let cells = &self.model.inputs[input.index()];
        Bits::Converted(match cells.data_type == DataType::Boolean && !cells.is_list {
            true => frame[columns.values] >> row & 1,
            false => frame[columns.values + row],
        })
    }
}

/// The text of a value as a row gives it; `None` where it is missing.
pub(crate) fn text_of(value: &Value<'_>) -> Option<String> {
    (!value.is_missing()).then(|| value.to_string())
}

/// What is in an input cell.
enum Bits {
    Absent,
    Unconvertible(StringId),
    Converted(u64),
}

/// The value of the bits of a cell, to say why it is not valid.
fn given(bits: u64, data_type: DataType, scorer: &Scorer) -> Given<'_> {
    match data_type {
        DataType::String => Given::String(scorer.memory.context.text(StringId::from_number(bits as u32))),
        DataType::Double => Given::Double(f64::from_bits(bits)),
        DataType::Float => Given::Float(f32::from_bits(bits as u32)),
        DataType::Boolean => Given::Boolean(bits != 0),
        _ => Given::Integer(bits as i64),
    }
}

fn text(value: Given<'_>, data_type: DataType) -> String {
    match value {
        Given::Unconvertible => String::new(),
        Given::String(text) => text.to_owned(),
        Given::Boolean(value) => value.to_string(),
        Given::Float(value) => Value::Float(value).to_string(),
        Given::Double(value) => Value::Double(value).to_string(),
        Given::Integer(value) => border::plain_value(value as u64, data_type).to_string(),
    }
}
