//! Counts rows without results and invalid values, from the frames after a run: programs do not count.

use super::{BLOCK_ROWS, BlockMemory, Blocks};
use crate::load::counts::Counts;
use pmml_compiler::ir::{FailureKind, Id};
use pmml_runtime::StringId;

impl Blocks {
    /// Returns the counts since this was last called.
    pub(in crate::load) fn take_counts(&mut self) -> Counts {
        self.memory.tally.take(|input| self.model.signature.inputs[input].name.clone())
    }

    /// Counts the first `rows` rows, which must have been run.
    pub(in crate::load) fn count(&mut self, rows: usize) {
        for block in 0..rows.div_ceil(BLOCK_ROWS) {
            self.count_block(block, (rows - block * BLOCK_ROWS).min(BLOCK_ROWS));
        }
    }

    fn count_block(&mut self, block: usize, rows: usize) {
        let Blocks { model, memory, .. } = self;
        let BlockMemory { frame, tally, .. } = &mut **memory;
        let frame = frame.get(block * model.stride..).unwrap_or_default();
        let layout = model.engine.layout();
        let inputs = model.inputs.len();
        let mask = u64::MAX >> (BLOCK_ROWS - rows);
        let some = layout.results.iter().fold(0, |some, columns| some | frame[columns.present]);
        let codes = &frame[layout.failures..][..rows];
        let any_failed = codes.iter().fold(0, |all, code| all | code) != 0;
        if any_failed || some & mask != mask {
            for (row, code) in codes.iter().enumerate() {
                let Some(code) = (*code as usize).checked_sub(1) else {
                    let has_none = some >> row & 1 == 0 && !layout.results.is_empty();
                    tally.add_without_result(has_none);
                    continue;
                };
                let failure = model.failures.get(Id::new(code));
                let failure = failure.filter(|failure| failure.kind == FailureKind::InvalidValue);
                let Some(input) = failure.and_then(|failure| failure.input) else { continue };
                // Invalid values of watched inputs are counted below.
                if model.watched.binary_search_by_key(&input.index(), |other| other.input.index()).is_err() {
                    tally.add_invalid(input.index(), inputs, 1);
                }
            }
        }
        for watched in &model.watched {
            let input = watched.input.index();
            let columns = model.inputs[input].columns;
            let mut invalid = 0;
            for row in ones(frame[columns.unconvertible] & mask) {
                let string = StringId::from_number(frame[columns.strings + row] as u32);
                invalid += u32::from(watched.is_invalid_text(string));
            }
            if watched.has_domain() {
                let is_bool = watched.ty() == pmml_compiler::ir::Type::Bool;
                for row in ones(frame[columns.present] & !frame[columns.unconvertible] & mask) {
                    let bits =
                        if is_bool { frame[columns.values] >> row & 1 } else { frame[columns.values + row] };
                    invalid += u32::from(watched.is_invalid(bits));
                }
            }
            if invalid > 0 {
                tally.add_invalid(input, inputs, invalid);
            }
        }
    }
}

/// Returns the positions of the one bits of a word.
fn ones(mut word: u64) -> impl Iterator<Item = usize> {
    std::iter::from_fn(move || {
        let position = word.trailing_zeros() as usize;
        let has_one = word != 0;
        word &= word.wrapping_sub(1);
        has_one.then_some(position)
    })
}
