//! Assigns columns to the values that pass between steps, which turns steps into stages.

use super::cut::{ALL, Mask, Step, StepWork, per_value, visit_nested};
use super::{Kernel, Scalar, Stage, Work};
use crate::frame::{Layout, Offset};
use crate::ir::{Binary, Constant, Id, Input, InputPart, Instruction, Operation, Program, Type, Value};
use pmml_runtime::CONVERTED;
use pmml_runtime::kernel::Argument;
use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap, HashSet};

/// Something that needs a place in the frame, and for how long.
#[derive(Clone, Copy, Debug)]
struct Slot {
    /// Whether it is a mask rather than a column.
    mask: bool,
    /// The step that writes it first.
    first: usize,
    /// The step that reads or writes it last.
    last: usize,
    /// Its place, once it has one.
    place: Option<Offset>,
}

/// Makes stages of steps, and the layout of their frame.
pub(super) fn assign(program: &Program, mut steps: Vec<Step>, masks: usize) -> (Layout, Vec<Stage>) {
    // The last step makes the copies of results that no other step can store.
    let work = StepWork::Scalar { instructions: Vec::new(), copies: Vec::new() };
    steps.push(Step { mask: ALL, work });
    let mut assigner = Assigner {
        program,
        layout: Layout::new(program),
        definitions: definitions(program, &steps),
        scalars: steps.iter().map(|_| Uses::default()).collect(),
        slots: HashMap::new(),
        masks: vec![None; masks],
    };
    assigner.results(&steps);
    for (number, step) in steps.iter().enumerate().rev() {
        assigner.uses(number, step);
    }
    assigner.starts(&steps);
    assigner.places();
    let stages =
        steps.into_iter().enumerate().filter_map(|(number, step)| assigner.stage(number, step)).collect();
    (assigner.layout, stages)
}

/// Returns the step that computes each value, by the value's number. The results of opened `If`s have none.
fn definitions(program: &Program, steps: &[Step]) -> Vec<Option<usize>> {
    let mut definitions = per_value(program, None);
    for (number, step) in steps.iter().enumerate() {
        let mut define = |instruction: Instruction| {
            for value in &program.instructions[instruction].results {
                definitions[value.index()] = Some(number);
            }
        };
        match &step.work {
            StepWork::Scalar { instructions, .. } => visit_nested(program, instructions, define, |_| {}),
            StepWork::Kernel(instruction) => define(*instruction),
            StepWork::Split { .. } => {}
        }
    }
    definitions
}

/// What a scalar step uses and stores.
#[derive(Default)]
struct Uses {
    /// Constants and inputs that earlier steps also have.
    imports: Vec<Instruction>,
    /// Values of earlier steps.
    loads: Vec<Value>,
    /// Values that go to their own columns, or to that of the `If` whose results they become.
    stores: Vec<(Value, Value)>,
    /// Values that go directly to the columns of results.
    results: Vec<(Value, Offset)>,
}

struct Assigner<'p> {
    program: &'p Program,
    layout: Layout,
    definitions: Vec<Option<usize>>,
    scalars: Vec<Uses>,
    slots: HashMap<Value, Slot>,
    /// The slot of each mask, by its number.
    masks: Vec<Option<Slot>>,
}

impl Assigner<'_> {
    /// Records where results go: the step that computes them stores them if it is scalar; otherwise they are
    /// computed in place. (All results are computed in the body, that is, for all rows.)
    fn results(&mut self, steps: &[Step]) {
        let last = steps.len() - 1;
        let pairs = self.program.results().zip(self.layout.results.clone());
        let places: Vec<(Value, Offset)> = pairs
            .flat_map(|((value, present), columns)| [(value, columns.values), (present, columns.present)])
            .collect();
        for (value, place) in places {
            match self.definitions[value.index()] {
                Some(step) if matches!(steps[step].work, StepWork::Scalar { .. }) => {
                    self.scalars[step].results.push((value, place));
                }
                _ => match self.slots.get(&value) {
                    None => {
                        self.touch(value, last);
                        self.slots.entry(value).and_modify(|slot| slot.place = Some(place));
                    }
                    // It is a result twice.
                    Some(_) => self.scalars[last].results.push((value, place)),
                },
            }
        }
    }

    /// Records what a step uses. Steps come in reverse order, so that it is known which of its values others need.
    fn uses(&mut self, number: usize, step: &Step) {
        let program = self.program;
        match &step.work {
            StepWork::Scalar { instructions, copies } => {
                let mut used: Vec<Value> =
                    self.scalars[number].results.iter().map(|(value, _)| *value).collect();
                for (from, to) in copies {
                    // A result that nothing uses is not stored.
                    if self.slots.contains_key(to) {
                        self.touch(*to, number);
                        self.scalars[number].stores.push((*from, *to));
                        used.push(*from);
                    }
                }
                let mut nested = Vec::new();
                let operation = |instruction: Instruction| {
                    program.instructions[instruction].operation.visit_arguments(|value| used.push(value));
                };
                visit_nested(program, instructions, operation, |yields| nested.extend_from_slice(yields));
                used.append(&mut nested);
                let mut seen = HashSet::new();
                for value in used {
                    if self.definitions[value.index()] != Some(number) && seen.insert(value) {
                        self.bring(number, value);
                    }
                }
                // What was visited in reverse is easier to read in order.
                self.scalars[number].imports.sort_unstable();
                self.scalars[number].loads.sort_unstable();
            }
            StepWork::Kernel(instruction) => {
                for value in &program.instructions[*instruction].results {
                    self.touch(*value, number);
                }
                for (value, _) in
                    self.arguments(*instruction).into_iter().filter(|(_, place)| place.is_none())
                {
                    self.touch(value, number);
                }
            }
            StepWork::Split { condition, then, otherwise } => {
                self.touch_mask(*then, number);
                self.touch_mask(*otherwise, number);
                if self.fixed(*condition).is_none() {
                    self.touch(*condition, number);
                }
            }
        }
        self.touch_mask(step.mask, number);
    }

    /// Brings a value of an earlier step into a scalar step.
    fn bring(&mut self, number: usize, value: Value) {
        match self.program.definition(value) {
            Operation::Constant(_) | Operation::Input(..) => {
                self.scalars[number].imports.push(self.program.values[value].definition);
            }
            _ => {
                self.touch(value, number);
                self.scalars[number].loads.push(value);
            }
        }
    }

    /// Extends the time during which a value has a place to a step.
    fn touch(&mut self, value: Value, step: usize) {
        let mask = self.program.ty(value) == Type::Bool;
        let slot = self.slots.entry(value).or_insert(Slot { mask, first: step, last: step, place: None });
        slot.first = slot.first.min(step);
        slot.last = slot.last.max(step);
    }

    fn touch_mask(&mut self, mask: Mask, step: usize) {
        if mask != ALL {
            let slot =
                self.masks[mask].get_or_insert(Slot { mask: true, first: step, last: step, place: None });
            slot.first = slot.first.min(step);
            slot.last = slot.last.max(step);
        }
    }

    /// Returns the arguments of a kernel, each with its place if that does not depend on which values get
    /// columns.
    fn arguments(&self, instruction: Instruction) -> Vec<(Value, Option<Argument>)> {
        let mut arguments: Vec<Value> = Vec::new();
        let operation = &self.program.instructions[instruction].operation;
        operation.visit_arguments(|value| arguments.push(value));
        let mut places: Vec<(Value, Option<Argument>)> =
            arguments.iter().map(|value| (*value, self.fixed(*value))).collect();
        // The arguments of forests and histories come in pairs: a value, and a bool that says whether it is
        // present. If the bool is the input cell's own, the cell's value can be read from the input's column.
        // (Otherwise it cannot: the column of an empty cell is arbitrary. Nor do arguments of other kernels
        // come in pairs, even if they look like it.)
        let pairs = match operation {
            Operation::Forest(..) => places.len() / 2,
            Operation::Recall { .. } => 1,
            _ => 0,
        };
        for pair in 0..pairs {
            let (value, present) = (2 * pair, 2 * pair + 1);
            if let Operation::Input(input, InputPart::Value) = *self.program.definition(places[value].0)
                && self.presence(places[present].0) == Some(input)
            {
                places[value].1 = Some(Argument::Words(self.layout.input(input).values));
            }
        }
        places
    }

    /// Returns the place of a value whose place does not depend on the steps.
    fn fixed(&self, value: Value) -> Option<Argument> {
        match self.program.constant(value) {
            Some(constant) => Some(Argument::Constant(constant.bits())),
            None => self.presence(value).map(|input| Argument::Words(self.layout.input(input).present)),
        }
    }

    /// Returns the input whose presence a bool is, if it is one.
    fn presence(&self, value: Value) -> Option<Input> {
        let Operation::Binary(Binary::Equal, left, right) = *self.program.definition(value) else {
            return None;
        };
        for (state, constant) in [(left, right), (right, left)] {
            if let Operation::Input(input, InputPart::State) = *self.program.definition(state)
                && self.program.constant(constant) == Some(Constant::I64(CONVERTED))
            {
                return Some(input);
            }
        }
        None
    }

    /// Makes every value's place begin where the value is computed, and be stored there.
    fn starts(&mut self, steps: &[Step]) {
        let mut values: Vec<Value> = self.slots.keys().copied().collect();
        values.sort_unstable();
        for value in values {
            if let Some(step) = self.definitions[value.index()] {
                self.touch(value, step);
                if matches!(steps[step].work, StepWork::Scalar { .. }) {
                    self.scalars[step].stores.push((value, value));
                }
            }
        }
    }

    /// Assigns a place to every slot. Slots that are never needed at the same time may share one.
    fn places(&mut self) {
        let layout = &mut self.layout;
        let mut slots: Vec<(Option<Value>, &mut Slot)> = self
            .slots
            .iter_mut()
            .map(|(value, slot)| (Some(*value), slot))
            .chain(self.masks.iter_mut().flatten().map(|slot| (None, slot)))
            .filter(|(_, slot)| slot.place.is_none())
            .collect();
        // In order of need; the value makes the order deterministic.
        slots.sort_by_key(|(value, slot)| (slot.first, *value, slot.last));
        let mut taken: BinaryHeap<Reverse<(usize, bool, Offset)>> = BinaryHeap::new();
        let mut free: [Vec<Offset>; 2] = [Vec::new(), Vec::new()];
        for (_, slot) in slots {
            while let Some(Reverse((last, mask, place))) = taken.peek().copied()
                && last < slot.first
            {
                taken.pop();
                free[mask as usize].push(place);
            }
            let place = free[slot.mask as usize]
                .pop()
                .unwrap_or_else(|| if slot.mask { layout.mask() } else { layout.column() });
            taken.push(Reverse((slot.last, slot.mask, place)));
            slot.place = Some(place);
        }
    }

    fn place(&self, value: Value) -> Offset {
        // Every value that is looked up has been recorded before.
        self.slots.get(&value).and_then(|slot| slot.place).unwrap_or_default()
    }

    fn mask(&self, mask: Mask) -> Option<Offset> {
        self.masks[mask].and_then(|slot| slot.place)
    }

    /// Returns the stage of a step, or `None` if it has no effect.
    fn stage(&mut self, number: usize, step: Step) -> Option<Stage> {
        let mask = self.mask(step.mask);
        let work = match step.work {
            StepWork::Scalar { instructions, .. } => {
                let uses = std::mem::take(&mut self.scalars[number]);
                let mut scalar = Scalar { instructions: uses.imports, ..Scalar::default() };
                scalar.instructions.extend(instructions);
                scalar.loads = uses.loads.into_iter().map(|value| (value, self.place(value))).collect();
                scalar.stores = uses.stores.into_iter().map(|(from, to)| (from, self.place(to))).collect();
                scalar.stores.extend(uses.results);
                if scalar.stores.is_empty() && !can_fail(self.program, &scalar.instructions) {
                    return None;
                }
                Work::Scalar(scalar)
            }
            StepWork::Kernel(instruction) => {
                let arguments = self.arguments(instruction);
                let place = |(value, place): (Value, Option<Argument>)| {
                    place.unwrap_or_else(|| Argument::Words(self.place(value)))
                };
                let arguments = arguments.into_iter().map(place).collect();
                let results = &self.program.instructions[instruction].results;
                let results = results.iter().map(|value| self.place(*value)).collect();
                Work::Kernel(Kernel { instruction, arguments, results })
            }
            StepWork::Split { condition, then, otherwise } => Work::Split {
                condition: self.fixed(condition).unwrap_or_else(|| Argument::Words(self.place(condition))),
                then: self.mask(then)?,
                otherwise: self.mask(otherwise)?,
            },
        };
        Some(Stage { mask, work })
    }
}

fn can_fail(program: &Program, instructions: &[Instruction]) -> bool {
    let mut fails = false;
    let visit = |instruction| {
        fails |= matches!(program.instructions[instruction].operation, Operation::FailIf(..));
    };
    visit_nested(program, instructions, visit, |_| {});
    fails
}
