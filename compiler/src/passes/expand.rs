//! Turns small forests into branches.
//!
//! A forest with few splits is cheaper as an `If` of `If`s with constants at their ends than as a kernel,
//! which has to bin its features first; and constant folding and machine code see through it. The sums are
//! computed in the same order as in the kernel, so that results stay the same to the bit.
//!
//! A tree becomes one `If` that yields what its leaf would return. With one tree, these are the results of
//! the reduction themselves, all constants, whatever the reduction. With several trees, it is the leaf's
//! number, or its terms, which are then added; a leaf that adds nothing to an accumulator yields zero, which
//! changes no sum: sums start from 0.0 and so are never -0.0. Other reductions of several trees stay with the
//! kernel, and so do leaves with two terms for one accumulator if there are several trees.

use crate::ir::{
    Binary, Constant, Forest, Id, Instruction, InstructionData, Leaf, Node, Operation, Program, Reduction,
    Region, RegionData, SetData, Test, TreeNode, Type, Unary, Value, ValueData,
};
use std::collections::HashMap;

/// The largest number of splits of a forest that is expanded. Nodes with several parents count once for each
/// path.
pub const MAX_SPLITS: usize = 64;

/// The largest depth of the trees of a forest that is expanded. This bounds the recursion.
pub const MAX_DEPTH: usize = 16;

/// The largest number of constants that the leaves of a forest that is expanded yield.
const MAX_YIELDS: usize = 512;

/// Expands the small forests of a program.
pub fn run(mut program: Program) -> Program {
    expand(&mut program);
    program
}

fn expand(program: &mut Program) {
    let mut replaced: HashMap<Value, Value> = HashMap::new();
    let regions: Vec<(Region, usize)> = regions(program);
    for (region, depth) in regions {
        let instructions = std::mem::take(&mut program.regions[region].instructions);
        let mut list = Vec::with_capacity(instructions.len());
        for instruction in instructions {
            program.instructions[instruction]
                .operation
                .map_arguments(|value| *replaced.get(&value).unwrap_or(&value));
            if let Operation::Forest(id, arguments) = &program.instructions[instruction].operation
                && is_small(&program.forests[*id], depth)
            {
                let (forest, arguments) = (program.forests[*id].clone(), arguments.clone());
                let results = program.instructions[instruction].results.clone();
                let mut expander =
                    Expander { program, list: Vec::new(), forest: &forest, arguments: &arguments };
                let new = expander.forest();
                list.append(&mut expander.list);
                replaced.extend(results.into_iter().zip(new));
            } else {
                list.push(instruction);
            }
        }
        program.regions[region].instructions = list;
        for value in &mut program.regions[region].yields {
            *value = *replaced.get(value).unwrap_or(value);
        }
    }
}

/// Returns the regions of a program in the order in which they are reached, each with its depth. A region
/// comes before those inside it, and those of an instruction before those of later ones. Since values are
/// also defined before they are used, a region's replaced values are known when it is rewritten.
fn regions(program: &Program) -> Vec<(Region, usize)> {
    let mut found = Vec::new();
    let mut stack: Vec<(Region, usize)> = program.body.into_iter().map(|body| (body, 1)).collect();
    while let Some((region, depth)) = stack.pop() {
        found.push((region, depth));
        for instruction in program.regions[region].instructions.iter().rev() {
            if let Operation::If { then, otherwise, .. } = program.instructions[*instruction].operation {
                stack.extend([(otherwise, depth + 1), (then, depth + 1)]);
            }
        }
    }
    found
}

/// Returns whether a forest in a region of the given depth should be expanded.
fn is_small(forest: &Forest, depth: usize) -> bool {
    let several = forest.roots.len() > 1;
    let reducible = match forest.reduction {
        Reduction::Leaf => true,
        Reduction::Sum { .. } => {
            !several || forest.nodes.values().all(|node| has_distinct_terms(forest, node))
        }
        Reduction::Vote { .. } | Reduction::Median { .. } | Reduction::Maximum { .. } => !several,
    };
    // The splits and the depth of what is below each node. A split is two `If`s if a missing feature has its
    // own target.
    let mut sizes = vec![(0usize, 0usize); forest.nodes.len()];
    for (id, node) in forest.nodes.iter().rev() {
        if let TreeNode::Split { then, otherwise, missing, .. } = node {
            let (mut splits, mut below) = (1usize, 0);
            let mut children = vec![*then, *otherwise];
            if missing != then && missing != otherwise {
                children.push(*missing);
            }
            for child in &children {
                splits = splits.saturating_add(sizes[child.index()].0);
                below = sizes[child.index()].1.max(below);
            }
            sizes[id.index()] = (splits, below + children.len() - 1);
        }
    }
    let sizes: Vec<(usize, usize)> = forest.roots.iter().map(|root| sizes[root.index()]).collect();
    let splits = sizes.iter().fold(0usize, |sum, (splits, _)| sum.saturating_add(*splits));
    let deepest = sizes.iter().map(|(_, depth)| *depth).max().unwrap_or(0);
    // Each split leads to at most two leaves besides those that it replaces.
    let leaves = splits.saturating_mul(2).saturating_add(forest.roots.len());
    let yields = match forest.reduction {
        Reduction::Leaf => 1,
        _ => forest.results().len(),
    };
    reducible
        && splits <= MAX_SPLITS
        && deepest <= MAX_DEPTH
        && depth + deepest <= crate::ir::MAX_NESTING
        && leaves.saturating_mul(yields) <= MAX_YIELDS
}

fn has_distinct_terms(forest: &Forest, node: &TreeNode) -> bool {
    let TreeNode::Leaf(leaf) = node else { return true };
    let mut accumulators: Vec<u32> = forest.terms_of(*leaf).iter().map(|term| term.accumulator).collect();
    let terms = accumulators.len();
    accumulators.sort_unstable();
    accumulators.dedup();
    accumulators.len() == terms
}

struct Expander<'e> {
    program: &'e mut Program,
    /// The instructions of the region that is being written.
    list: Vec<Instruction>,
    forest: &'e Forest,
    arguments: &'e [Value],
}

impl Expander<'_> {
    /// Writes the forest and returns its results.
    fn forest(&mut self) -> Vec<Value> {
        let forest = self.forest;
        match forest.reduction {
            Reduction::Leaf => {
                forest.roots.iter().flat_map(|root| self.tree(*root, &|leaf| vec![number(leaf)])).collect()
            }
            Reduction::Sum { accumulators, precision } if forest.roots.len() > 1 => {
                let types: Vec<Type> = forest.results();
                let mut sums: Vec<Value> = types.iter().map(|ty| self.constant(zero(*ty))).collect();
                let terms = |leaf: Leaf| addends(forest, leaf, accumulators, precision);
                for root in &forest.roots {
                    for (sum, addend) in sums.iter_mut().zip(self.tree(*root, &terms)) {
                        *sum = self.emit(Operation::Binary(Binary::Add, *sum, addend));
                    }
                }
                sums
            }
            // Without trees, every reduction returns what a leaf without terms would, except that no tree is
            // missing.
            _ => match forest.roots.first() {
                Some(root) => self.tree(*root, &|leaf| reduced(forest, leaf)),
                None => {
                    let empty = Leaf::Result { number: 0, first_term: 0, terms: 0 };
                    reduced(forest, empty).into_iter().map(|constant| self.constant(constant)).collect()
                }
            },
        }
    }

    /// Writes what a node leads to. `results` returns the results of a leaf.
    fn tree(&mut self, node: Node, results: &dyn Fn(Leaf) -> Vec<Constant>) -> Vec<Value> {
        let (feature, test, then, otherwise, missing) = match self.forest.nodes[node] {
            TreeNode::Leaf(leaf) => {
                return results(leaf).into_iter().map(|constant| self.constant(constant)).collect();
            }
            TreeNode::Split { feature, test, then, otherwise, missing } => {
                (feature as usize, test, then, otherwise, missing)
            }
        };
        let (value, present) = (self.arguments[2 * feature], self.arguments[2 * feature + 1]);
        if test == Test::Present {
            return self.branch(present, results, then, otherwise);
        }
        let holds = self.test(test, self.forest.features[feature], value);
        if self.program.constant(present) == Some(Constant::Bool(true)) {
            return self.branch(holds, results, then, otherwise);
        }
        if missing == otherwise {
            let holds = self.emit(Operation::Binary(Binary::And, present, holds));
            return self.branch(holds, results, then, otherwise);
        }
        if missing == then {
            let absent = self.emit(Operation::Unary(Unary::Not, present));
            let holds = self.emit(Operation::Binary(Binary::Or, absent, holds));
            return self.branch(holds, results, then, otherwise);
        }
        let before = std::mem::take(&mut self.list);
        let yields = self.branch(holds, results, then, otherwise);
        let found = self.close(yields);
        let yields = self.tree(missing, results);
        let not_found = self.close(yields);
        self.list = before;
        self.emit_all(Operation::If { condition: present, then: found, otherwise: not_found })
    }

    fn branch(
        &mut self,
        condition: Value,
        results: &dyn Fn(Leaf) -> Vec<Constant>,
        then: Node,
        otherwise: Node,
    ) -> Vec<Value> {
        let before = std::mem::take(&mut self.list);
        let [then, otherwise] = [then, otherwise].map(|node| {
            let yields = self.tree(node, results);
            self.close(yields)
        });
        self.list = before;
        self.emit_all(Operation::If { condition, then, otherwise })
    }

    /// Makes a region of the instructions that were written.
    fn close(&mut self, yields: Vec<Value>) -> Region {
        let instructions = std::mem::take(&mut self.list);
        self.program.regions.push(RegionData { instructions, yields })
    }

    fn test(&mut self, test: Test, ty: Type, value: Value) -> Value {
        let (binary, threshold) = match test {
            Test::Less(threshold) => (Binary::Less, threshold),
            Test::LessOrEqual(threshold) => (Binary::LessOrEqual, threshold),
            Test::Greater(threshold) => (Binary::Greater, threshold),
            Test::GreaterOrEqual(threshold) => (Binary::GreaterOrEqual, threshold),
            Test::Equal(threshold) => (Binary::Equal, threshold),
            Test::NotEqual(threshold) => (Binary::NotEqual, threshold),
            Test::True | Test::Present => return value,
            Test::In(set) => {
                let SetData { ty, elements } = &self.program.sets[set];
                if let ([bits], ty) = (elements.as_slice(), *ty)
                    && let Some(element) = Constant::from_bits(ty, *bits)
                {
                    let element = self.constant(element);
                    return self.emit(Operation::Binary(Binary::Equal, value, element));
                }
                return self.emit(Operation::Contains(set, value));
            }
        };
        let threshold = self.constant(float(ty, threshold));
        self.emit(Operation::Binary(binary, value, threshold))
    }

    fn constant(&mut self, constant: Constant) -> Value {
        self.emit(Operation::Constant(constant))
    }

    /// Writes an instruction with one result.
    fn emit(&mut self, operation: Operation) -> Value {
        let results = self.emit_all(operation);
        debug_assert_eq!(results.len(), 1);
        results[0]
    }

    fn emit_all(&mut self, operation: Operation) -> Vec<Value> {
        let types = self.program.result_types(&operation);
        let instruction = self.program.instructions.push(InstructionData { operation, results: Vec::new() });
        let values = &mut self.program.values;
        let results: Vec<Value> =
            types.into_iter().map(|ty| values.push(ValueData { ty, definition: instruction })).collect();
        self.program.instructions[instruction].results = results.clone();
        self.list.push(instruction);
        results
    }
}

fn float(ty: Type, number: f64) -> Constant {
    match ty {
        Type::F32 => Constant::F32(number as f32),
        _ => Constant::F64(number),
    }
}

fn zero(ty: Type) -> Constant {
    match ty {
        Type::I64 => Constant::I64(0),
        ty => float(ty, 0.0),
    }
}

fn number(leaf: Leaf) -> Constant {
    Constant::I64(match leaf {
        Leaf::Result { number, .. } => number as i64,
        Leaf::Missing => -1,
    })
}

/// Returns what a leaf adds to each accumulator, none of which has two terms, and to the number of trees
/// without result.
fn addends(forest: &Forest, leaf: Leaf, accumulators: u32, precision: Type) -> Vec<Constant> {
    let mut addends = vec![float(precision, 0.0); accumulators as usize];
    for term in forest.terms_of(leaf) {
        addends[term.accumulator as usize] = float(precision, term.value);
    }
    addends.push(Constant::I64((leaf == Leaf::Missing) as i64));
    addends
}

/// Returns the results of a forest whose only tree reaches a leaf.
///
/// (The interpreter has separate code to reduce forests, on purpose: one checks the other.)
fn reduced(forest: &Forest, leaf: Leaf) -> Vec<Constant> {
    let (accumulators, precision) = match forest.reduction {
        Reduction::Leaf => return vec![number(leaf)],
        Reduction::Sum { accumulators, precision }
        | Reduction::Vote { accumulators, precision }
        | Reduction::Median { accumulators, precision }
        | Reduction::Maximum { accumulators, precision } => (accumulators, precision),
    };
    let terms = forest.terms_of(leaf);
    let of = |accumulator: u32| -> Vec<f64> {
        terms.iter().filter(|term| term.accumulator == accumulator).map(|term| term.value).collect()
    };
    let reduce = |accumulator: u32| match forest.reduction {
        Reduction::Median { .. } => median(precision, of(accumulator)),
        Reduction::Maximum { .. } => of(accumulator)
            .into_iter()
            .reduce(|largest, term| if term > largest { term } else { largest })
            .unwrap_or(0.0),
        _ => of(accumulator).into_iter().fold(0.0, |sum, term| add(precision, sum, term)),
    };
    let results: Vec<f64> = (0..accumulators).map(reduce).collect();
    let mut constants: Vec<Constant> = results.iter().map(|result| float(precision, *result)).collect();
    constants.push(Constant::I64((leaf == Leaf::Missing) as i64));
    if let Reduction::Vote { .. } = forest.reduction {
        let mut winner: Option<u32> = None;
        for term in terms {
            if winner.is_none_or(|winner| results[term.accumulator as usize] > results[winner as usize]) {
                winner = Some(term.accumulator);
            }
        }
        constants.push(Constant::I64(winner.map_or(-1, i64::from)));
    }
    constants
}

fn add(precision: Type, left: f64, right: f64) -> f64 {
    match precision {
        Type::F32 => (left as f32 + right as f32) as f64,
        _ => left + right,
    }
}

fn median(precision: Type, mut terms: Vec<f64>) -> f64 {
    terms.sort_by(f64::total_cmp);
    let middle = terms.len() / 2;
    match terms.len() {
        0 => 0.0,
        length if length % 2 == 1 => terms[middle],
        _ => add(precision, terms[middle - 1], terms[middle]) / 2.0,
    }
}

#[cfg(test)]
mod tests;
