//! Cuts a program's body into steps: stages whose values have no places yet.

use super::{Limits, is_kernel};
use crate::ir::{Arena, Id, Instruction, Operation, Program, Region, Value};

/// A mask, identified by its number; [`ALL`] is that of all active rows.
pub(super) type Mask = usize;

/// The mask of all active rows.
pub(super) const ALL: Mask = 0;

/// A stage whose values have no places yet.
#[derive(Debug)]
pub(super) struct Step {
    pub mask: Mask,
    pub work: StepWork,
}

#[derive(Debug)]
pub(super) enum StepWork {
    Scalar {
        instructions: Vec<Instruction>,
        /// Values that become the results of an opened `If`: from, to.
        copies: Vec<(Value, Value)>,
    },
    Kernel(Instruction),
    Split {
        condition: Value,
        then: Mask,
        otherwise: Mask,
    },
}

/// What is known about a region and all regions inside it.
#[derive(Clone, Copy, Default)]
struct Measure {
    operations: usize,
    depth: usize,
    kernel: bool,
}

/// What remains to be cut.
enum Task {
    /// A region's instructions from the given one on.
    Region { region: Region, next: usize, mask: Mask },
    /// The copies of a region's yields to the results of its `If`.
    Copies { region: Region, owner: Instruction, mask: Mask },
}

/// Returns the steps of a program and the number of masks that they use.
pub(super) fn cut(program: &Program, limits: Limits) -> (Vec<Step>, usize) {
    let mut cutter = Cutter {
        program,
        limits,
        measures: measure(program),
        steps: Vec::new(),
        operations: 0,
        masks: ALL + 1,
        tasks: Vec::new(),
    };
    if let Some(body) = program.body {
        cutter.tasks.push(Task::Region { region: body, next: 0, mask: ALL });
    }
    while let Some(task) = cutter.tasks.pop() {
        match task {
            Task::Region { region, next, mask } => cutter.region(region, next, mask),
            Task::Copies { region, owner, mask } => {
                let results = &program.instructions[owner].results;
                for (from, to) in program.regions[region].yields.iter().zip(results) {
                    cutter.scalar(mask, 1).1.push((*from, *to));
                }
            }
        }
    }
    (cutter.steps, cutter.masks)
}

struct Cutter<'p> {
    program: &'p Program,
    limits: Limits,
    measures: Vec<Measure>,
    steps: Vec<Step>,
    /// The number of operations of the last step, if it is scalar.
    operations: usize,
    masks: usize,
    tasks: Vec<Task>,
}

impl Cutter<'_> {
    /// Cuts a region's instructions from `next` on, up to the first `If` that must be opened.
    fn region(&mut self, region: Region, next: usize, mask: Mask) {
        let program = self.program;
        for (index, instruction) in
            program.regions[region].instructions.iter().copied().enumerate().skip(next)
        {
            let operation = &program.instructions[instruction].operation;
            if is_kernel(operation) {
                self.steps.push(Step { mask, work: StepWork::Kernel(instruction) });
                continue;
            }
            let measure = measure_operation(operation, &self.measures);
            match *operation {
                Operation::If { condition, then, otherwise }
                    if measure.kernel
                        || measure.depth > self.limits.depth
                        || measure.operations > self.limits.operations =>
                {
                    let (then_mask, otherwise_mask) = (self.masks, self.masks + 1);
                    self.masks += 2;
                    let work = StepWork::Split { condition, then: then_mask, otherwise: otherwise_mask };
                    self.steps.push(Step { mask, work });
                    // In reverse: the task that was pushed last is done first.
                    self.tasks.push(Task::Region { region, next: index + 1, mask });
                    for (region, mask) in [(otherwise, otherwise_mask), (then, then_mask)] {
                        self.tasks.push(Task::Copies { region, owner: instruction, mask });
                        self.tasks.push(Task::Region { region, next: 0, mask });
                    }
                    return;
                }
                _ => self.scalar(mask, measure.operations).0.push(instruction),
            }
        }
    }

    /// Returns the instructions and copies of the last step if it is scalar, has the mask and can take
    /// `operations` more operations, or otherwise of a new step.
    fn scalar(&mut self, mask: Mask, operations: usize) -> (&mut Vec<Instruction>, &mut Vec<(Value, Value)>) {
        let fits = self.operations + operations <= self.limits.operations
            && matches!(self.steps.last(), Some(Step { mask: last, work: StepWork::Scalar { .. } }) if *last == mask);
        if !fits {
            let work = StepWork::Scalar { instructions: Vec::new(), copies: Vec::new() };
            self.steps.push(Step { mask, work });
            self.operations = 0;
        }
        self.operations += operations;
        match self.steps.last_mut() {
            Some(Step { work: StepWork::Scalar { instructions, copies }, .. }) => (instructions, copies),
            _ => unreachable!("the last step is scalar"),
        }
    }
}

/// Returns the measures of all regions, by number.
fn measure(program: &Program) -> Vec<Measure> {
    let mut order: Vec<Region> = program.body.into_iter().collect();
    let mut next = 0;
    while let Some(region) = order.get(next).copied() {
        next += 1;
        for instruction in &program.regions[region].instructions {
            if let Operation::If { then, otherwise, .. } = program.instructions[*instruction].operation {
                order.extend([then, otherwise]);
            }
        }
    }
    let mut measures = vec![Measure::default(); program.regions.len()];
    // Regions come after those around them, so that in reverse order those inside a region are measured
    // before it.
    for region in order.into_iter().rev() {
        let data = &program.regions[region];
        let mut measure = Measure { operations: data.yields.len(), ..Measure::default() };
        for instruction in &data.instructions {
            let inner = measure_operation(&program.instructions[*instruction].operation, &measures);
            measure.operations += inner.operations;
            measure.depth = measure.depth.max(inner.depth);
            measure.kernel |= inner.kernel;
        }
        measures[region.index()] = measure;
    }
    measures
}

/// Returns the measure of an operation, given those of its regions.
fn measure_operation(operation: &Operation, measures: &[Measure]) -> Measure {
    match operation {
        Operation::If { then, otherwise, .. } => {
            let (then, otherwise) = (measures[then.index()], measures[otherwise.index()]);
            Measure {
                operations: 1 + then.operations + otherwise.operations,
                depth: 1 + then.depth.max(otherwise.depth),
                kernel: then.kernel || otherwise.kernel,
            }
        }
        Operation::List(arguments) | Operation::Find(_, arguments) | Operation::Call(_, arguments) => {
            Measure { operations: 1 + arguments.len(), ..Measure::default() }
        }
        operation => Measure { operations: 1, depth: 0, kernel: is_kernel(operation) },
    }
}

/// Calls `visit` with the given instructions and all those in regions inside them, and with each region's
/// yields.
pub(super) fn visit_nested(
    program: &Program,
    instructions: &[Instruction],
    mut visit: impl FnMut(Instruction),
    mut visit_yields: impl FnMut(&[Value]),
) {
    let mut stack: Vec<Instruction> = instructions.to_vec();
    while let Some(instruction) = stack.pop() {
        visit(instruction);
        if let Operation::If { then, otherwise, .. } = program.instructions[instruction].operation {
            for region in [then, otherwise] {
                visit_yields(&program.regions[region].yields);
                stack.extend(&program.regions[region].instructions);
            }
        }
    }
}

/// Makes a table indexed by value, filled with one element.
pub(super) fn per_value<T: Clone>(program: &Program, element: T) -> Vec<T> {
    vec![element; Arena::len(&program.values)]
}
