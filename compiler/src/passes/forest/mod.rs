//! Tree normalization: drops tests whose outcome is known.
//!
//! Exported trees have redundant tests: `x <= 5` and then, for the rest, `x > 5`; a category tested again in
//! a branch that has determined it; a target for a missing value where the value is known to be present. One
//! sweep from the root of each tree, which keeps what the tests on the path have determined (`Known`),
//! rebuilds it so that
//!
//! - a split whose outcome is known is replaced by what follows;
//! - a split whose outcome is known but for the value being missing tests for presence;
//! - a target that cannot be reached is that of another outcome of the test, so that the split is binary;
//! - a split whose targets are all equal leaves is that leaf; nodes that no row reaches are dropped.
//!
//! What is known about the arguments of the instruction is known from the start: that a feature is always
//! present, or never NaN. NaN matters: `x <= 5` and `x > 5` are opposites only without it.
//!
//! A node that several paths lead to is specialized for each of them, as long as the tree does not have more
//! nodes than before; otherwise it stays unchanged. Deep trees cannot overflow the stack: the sweep has an
//! explicit one.

mod known;

use crate::ir::{
    Arena, Constant, Forest, Id, Leaf, Node, Operation, Program, Reduction, Region, Set, SetData, Test,
    TreeNode, Unary, Value,
};
use known::{Known, KnownValue};

/// Runs the pass.
pub fn run(mut program: Program) -> Program {
    let features = known_features(&program);
    let Program { forests, sets, .. } = &mut program;
    for (forest, features) in forests.values_mut().zip(features) {
        normalize(forest, sets, features);
    }
    program
}

/// Returns what the arguments of each forest show about its features.
fn known_features(program: &Program) -> Vec<Vec<Known>> {
    let nan = may_be_nan(program);
    let mut features: Vec<Vec<Option<Known>>> =
        program.forests.values().map(|forest| vec![None; forest.features.len()]).collect();
    for data in program.instructions.values() {
        let Operation::Forest(forest, arguments) = &data.operation else { continue };
        for (feature, pair) in features[forest.index()].iter_mut().zip(arguments.chunks_exact(2)) {
            let presence = program.constant(pair[1]).map(|constant| constant == Constant::Bool(true));
            let nan = nan[pair[0].index()];
            match feature {
                None => *feature = Some(Known { presence, value: KnownValue::any(nan) }),
                // For several instructions, what is true for all.
                Some(known) => {
                    known.value.nan |= nan;
                    if known.presence != presence {
                        known.presence = None;
                    }
                }
            }
        }
    }
    let unknown = || Known { presence: None, value: KnownValue::any(true) };
    features
        .into_iter()
        .map(|features| features.into_iter().map(|known| known.unwrap_or_else(unknown)).collect())
        .collect()
}

/// Returns for each value whether it may be NaN. An input without a value is its zero.
fn may_be_nan(program: &Program) -> Vec<bool> {
    let mut nan = vec![true; program.values.len()];
    // Arguments are created before the instructions that take them; if they are not, the result is
    // conservative.
    for data in program.instructions.values() {
        let of = |value: Value| nan[value.index()];
        let may = match &data.operation {
            Operation::Constant(Constant::F32(number)) => number.is_nan(),
            Operation::Constant(Constant::F64(number)) => number.is_nan(),
            Operation::Input(input, _) => program.inputs[*input].nan,
            Operation::Unary(Unary::I64ToF64 | Unary::I64ToF32, _) => false,
            Operation::Unary(
                Unary::Negate
                | Unary::Absolute
                | Unary::Floor
                | Unary::Ceil
                | Unary::F32ToF64
                | Unary::F64ToF32,
                a,
            ) => of(*a),
            Operation::Select(_, then, otherwise) => of(*then) || of(*otherwise),
            Operation::Lookup(table, _) => {
                let table = &program.tables[*table];
                table.elements.iter().any(|bits| match Constant::from_bits(table.ty, *bits) {
                    Some(Constant::F32(number)) => number.is_nan(),
                    Some(Constant::F64(number)) => number.is_nan(),
                    _ => false,
                })
            }
            Operation::If { then, otherwise, .. } => {
                let yields = |region: Region| program.regions[region].yields.iter();
                let may: Vec<bool> =
                    yields(*then).zip(yields(*otherwise)).map(|(a, b)| of(*a) || of(*b)).collect();
                for (result, may) in data.results.iter().zip(may) {
                    nan[result.index()] = may;
                }
                continue;
            }
            _ => true,
        };
        for result in &data.results {
            nan[result.index()] = may && program.ty(*result).is_float();
        }
    }
    nan
}

/// Normalizes the trees of a forest, unless they share nodes with each other, in which case nothing is
/// gained.
fn normalize(forest: &mut Forest, sets: &Arena<Set, SetData>, mut known: Vec<Known>) {
    let mut reached = vec![false; forest.nodes.len()];
    let mut trees = Vec::new();
    for root in &forest.roots {
        let tree = reachable(forest, *root);
        if tree.iter().any(|node| std::mem::replace(&mut reached[node.index()], true)) {
            return;
        }
        trees.push(tree);
    }
    let mut nodes = Arena::new();
    let roots = trees
        .iter()
        .zip(&forest.roots)
        .map(|(tree, root)| {
            let built = Sweep::new(forest, sets, &mut known, tree.len()).run(*root);
            append(&mut nodes, built.unwrap_or_else(|| copy(forest, tree)))
        })
        .collect();
    forest.roots = roots;
    forest.nodes = nodes;
}

/// Returns the nodes that can be reached from a root, in ascending order.
fn reachable(forest: &Forest, root: Node) -> Vec<Node> {
    let mut found = std::collections::HashSet::from([root]);
    let mut open = vec![root];
    while let Some(node) = open.pop() {
        if let TreeNode::Split { then, otherwise, missing, .. } = forest.nodes[node] {
            open.extend([then, otherwise, missing].into_iter().filter(|child| found.insert(*child)));
        }
    }
    let mut found: Vec<Node> = found.into_iter().collect();
    found.sort();
    found
}

/// Returns the nodes of a tree, which are given in ascending order, unchanged, in the form that [`append`]
/// takes.
fn copy(forest: &Forest, tree: &[Node]) -> Vec<TreeNode> {
    // The last node becomes the first.
    let position = |node: Node| Node::new(tree.len() - 1 - tree.partition_point(|other| *other < node));
    tree.iter().rev().map(|node| with_children(forest.nodes[*node], position)).collect()
}

/// Appends a tree, which is given with children before parents, in reverse order. Returns the root.
fn append(nodes: &mut Arena<Node, TreeNode>, tree: Vec<TreeNode>) -> Node {
    let root = nodes.len();
    let last = root + tree.len().saturating_sub(1);
    for node in tree.into_iter().rev() {
        nodes.push(with_children(node, |child| Node::new(last - child.index())));
    }
    Node::new(root)
}

/// Returns a node with its children renamed.
fn with_children(mut node: TreeNode, rename: impl Fn(Node) -> Node) -> TreeNode {
    if let TreeNode::Split { then, otherwise, missing, .. } = &mut node {
        for child in [then, otherwise, missing] {
            *child = rename(*child);
        }
    }
    node
}

/// The sweep over one tree.
struct Sweep<'s> {
    forest: &'s Forest,
    sets: &'s Arena<Set, SetData>,
    /// What is known about each feature at the sweep's position.
    known: &'s mut [Known],
    /// The largest number of nodes that the tree may have.
    size: usize,
    /// The number of nodes that the sweep may still visit: with shared nodes, paths may be many more than nodes.
    visits: usize,
    /// The tasks that remain, the next one last.
    tasks: Vec<Task>,
    /// The new tree's nodes, children before parents.
    built: Vec<TreeNode>,
    /// The roots of finished subtrees whose parents are not built yet.
    finished: Vec<Node>,
}

enum Task {
    /// Build what is under a node, with this knowledge about a feature.
    Enter { node: Node, feature: usize, known: Known },
    /// Forget that: this was known about the feature before.
    Leave { feature: usize, known: Known },
    /// Build a split of the branches that were finished last; the first of their nodes is the given one.
    Split { feature: u32, test: Test, targets: [usize; 3], branches: usize, first: usize },
}

impl<'s> Sweep<'s> {
    fn new(forest: &'s Forest, sets: &'s Arena<Set, SetData>, known: &'s mut [Known], size: usize) -> Self {
        let visits = size.saturating_mul(8);
        Self { forest, sets, known, size, visits, tasks: Vec::new(), built: Vec::new(), finished: Vec::new() }
    }

    /// Builds the tree. Returns `None` if it becomes too large. Restores what was known.
    fn run(mut self, root: Node) -> Option<Vec<TreeNode>> {
        let mut small = self.visit(root).is_some();
        while let Some(task) = self.tasks.pop() {
            match task {
                Task::Leave { feature, known } => self.known[feature] = known,
                _ if !small => {}
                Task::Enter { node, feature, known } => {
                    let before = std::mem::replace(&mut self.known[feature], known);
                    self.tasks.push(Task::Leave { feature, known: before });
                    small = self.visit(node).is_some();
                }
                Task::Split { feature, test, targets, branches, first } => {
                    self.split(feature, test, targets, branches, first);
                }
            }
            small &= self.built.len() <= self.size;
        }
        small.then_some(self.built)
    }

    /// Follows a node to the first whose outcome is open, and builds that. Returns `None` if it took too
    /// long.
    fn visit(&mut self, mut node: Node) -> Option<()> {
        loop {
            self.visits = self.visits.checked_sub(1)?;
            let TreeNode::Split { feature, test, then, otherwise, missing } = self.forest.nodes[node] else {
                self.build(self.forest.nodes[node]);
                return Some(());
            };
            let known = &self.known[feature as usize];
            let outcome = known.value.outcome(test, self.set(test));
            let (test, targets) = match (test, known.presence, outcome) {
                (Test::Present, Some(true), _) => (test, [then; 3]),
                (Test::Present, Some(false), _) => (test, [otherwise; 3]),
                (Test::Present, None, _) => (test, [then, otherwise, otherwise]),
                (_, Some(false), _) => (test, [missing; 3]),
                (_, Some(true), Some(true)) => (test, [then; 3]),
                (_, Some(true), Some(false)) => (test, [otherwise; 3]),
                // A target that is never reached should not keep its node.
                (_, Some(true), None) if missing == then => (test, [then, otherwise, then]),
                (_, Some(true), None) => (test, [then, otherwise, otherwise]),
                (_, None, Some(true)) => (Test::Present, [then, missing, missing]),
                (_, None, Some(false)) => (Test::Present, [otherwise, missing, missing]),
                (_, None, None) if then == otherwise => (Test::Present, [then, missing, missing]),
                (_, None, None) => (test, [then, otherwise, missing]),
            };
            match targets {
                [then, otherwise, missing] if then == otherwise && then == missing => node = then,
                targets => {
                    self.open(feature, test, targets);
                    return Some(());
                }
            }
        }
    }

    /// Pushes the tasks of building a split: its branches, which several targets may share, and itself.
    fn open(&mut self, feature: u32, test: Test, targets: [Node; 3]) {
        let [then, otherwise, missing] = targets;
        let mut branches: Vec<Node> = Vec::new();
        let targets = targets.map(|target| match branches.iter().position(|branch| *branch == target) {
            Some(position) => position,
            None => {
                branches.push(target);
                branches.len() - 1
            }
        });
        let first = self.built.len();
        self.tasks.push(Task::Split { feature, test, targets, branches: branches.len(), first });
        let known = &self.known[feature as usize];
        for node in branches {
            let presence = match (test, node == then || node == otherwise, node == missing) {
                (Test::Present, ..) => Some(node == then),
                (_, true, true) => known.presence,
                (_, present, _) => Some(present),
            };
            let value = match (node == then, node == otherwise) {
                (true, false) => known.value.after(test, self.set(test), true),
                (false, true) => known.value.after(test, self.set(test), false),
                _ => known.value.clone(),
            };
            let known = Known { presence, value };
            self.tasks.push(Task::Enter { node, feature: feature as usize, known });
        }
    }

    /// Builds a split of finished branches.
    fn split(&mut self, feature: u32, mut test: Test, targets: [usize; 3], branches: usize, first: usize) {
        // The branch whose task was pushed last was finished first.
        let finished = self.finished.split_off(self.finished.len() - branches);
        let [mut then, mut otherwise, mut missing] = targets.map(|target| finished[branches - 1 - target]);
        if self.equal_leaves(then, otherwise) {
            if self.equal_leaves(then, missing) {
                let leaf = self.built[then.index()];
                self.built.truncate(first);
                self.build(leaf);
                return;
            }
            // Only presence matters. The leaf of `then` was built last.
            self.built.truncate(then.index());
            test = Test::Present;
            [then, otherwise, missing] = [otherwise, missing, missing];
        }
        self.build(TreeNode::Split { feature, test, then, otherwise, missing });
    }

    fn build(&mut self, node: TreeNode) {
        self.finished.push(Node::new(self.built.len()));
        self.built.push(node);
    }

    fn set(&self, test: Test) -> Option<&'s SetData> {
        match test {
            Test::In(set) => self.sets.get(set),
            _ => None,
        }
    }

    /// Returns whether two new nodes are leaves with the same meaning.
    fn equal_leaves(&self, left: Node, right: Node) -> bool {
        let (TreeNode::Leaf(left), TreeNode::Leaf(right)) =
            (self.built[left.index()], self.built[right.index()])
        else {
            return false;
        };
        let terms =
            |leaf| self.forest.terms_of(leaf).iter().map(|term| (term.accumulator, term.value.to_bits()));
        match (left, right) {
            (Leaf::Missing, Leaf::Missing) => true,
            (Leaf::Result { number: left, .. }, Leaf::Result { number: right, .. })
                if self.forest.reduction == Reduction::Leaf =>
            {
                left == right
            }
            (Leaf::Result { .. }, Leaf::Result { .. }) => terms(left).eq(terms(right)),
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests;
