//! Tree normalization: tests whose outcome is known on the way are dropped.
//!
//! Trees as exported say more than they need: `x <= 5` and then, for the rest, `x > 5`; a category tested again in a
//! branch that has settled it; a way out for a missing value where the value is known to be there. One sweep from the root
//! of each tree, which carries what the tests on the way have decided (`Known`), rebuilds it so that
//!
//! - a split whose outcome is known is replaced by what follows;
//! - a split whose outcome is known but for the value being missing tests for presence;
//! - a way that cannot be taken leads where the other outcome of the test does, so that the split is binary;
//! - a split, all ways of which lead to equal leaves, is that leaf; nodes that no row reaches are gone.
//!
//! What the arguments of the instruction say is known from the start: a feature that is always present, one that is
//! never NaN. NaN matters: `x <= 5` and `x > 5` are opposites only without it.
//!
//! A node that several paths lead to is specialised for each of them, as long as the tree does not have more nodes than
//! it had; else it stays as it was. Deep trees are no danger: the sweep keeps its own stack.

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

/// Returns what the arguments of each forest say of its features.
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
                // Of several instructions what is true of all.
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
    // Arguments are created before the instructions that take them; where not, the answer is on the safe side.
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

/// Normalizes the trees of a forest, unless they share nodes with each other, which nothing gains from.
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

/// Returns the nodes of a tree, which are given in ascending order, as they are, in the form that [`append`] takes.
fn copy(forest: &Forest, tree: &[Node]) -> Vec<TreeNode> {
    // The last node becomes the first.
    let position = |node: Node| Node::new(tree.len() - 1 - tree.partition_point(|other| *other < node));
    tree.iter().rev().map(|node| with_children(forest.nodes[*node], position)).collect()
}

/// Appends a tree, which is given with children before parents, the other way round. Gives the root.
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
    /// What is known of each feature where the sweep is.
    known: &'s mut [Known],
    /// The largest number of nodes that the tree may have.
    size: usize,
    /// The number of nodes that the sweep may still visit: with shared nodes, paths may be many more than nodes.
    visits: usize,
    /// What is to do, the next last.
    tasks: Vec<Task>,
    /// The new tree's nodes, children before parents.
    built: Vec<TreeNode>,
    /// The roots of finished subtrees that no parent has taken yet.
    finished: Vec<Node>,
}

enum Task {
    /// Build what is under a node, where this is known of a feature.
    Enter { node: Node, feature: usize, known: Known },
    /// Forget that: this was known of the feature before.
    Leave { feature: usize, known: Known },
    /// Build a split of the branches that were finished last; the first of their nodes is the given one.
    Split { feature: u32, test: Test, ways: [usize; 3], branches: usize, first: usize },
}

impl<'s> Sweep<'s> {
    fn new(forest: &'s Forest, sets: &'s Arena<Set, SetData>, known: &'s mut [Known], size: usize) -> Self {
        let visits = size.saturating_mul(8);
        Self { forest, sets, known, size, visits, tasks: Vec::new(), built: Vec::new(), finished: Vec::new() }
    }

    /// Builds the tree; `None` if that gets too large. Leaves what is known as it was.
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
                Task::Split { feature, test, ways, branches, first } => {
                    self.split(feature, test, ways, branches, first);
                }
            }
            small &= self.built.len() <= self.size;
        }
        small.then_some(self.built)
    }

    /// Follows a node to the first whose outcome is open, and builds that; `None` if it took too long.
    fn visit(&mut self, mut node: Node) -> Option<()> {
        loop {
            self.visits = self.visits.checked_sub(1)?;
            let TreeNode::Split { feature, test, then, otherwise, missing } = self.forest.nodes[node] else {
                self.build(self.forest.nodes[node]);
                return Some(());
            };
            let known = &self.known[feature as usize];
            let outcome = known.value.outcome(test, self.set(test));
            let (test, ways) = match (test, known.presence, outcome) {
                (Test::Present, Some(true), _) => (test, [then; 3]),
                (Test::Present, Some(false), _) => (test, [otherwise; 3]),
                (Test::Present, None, _) => (test, [then, otherwise, otherwise]),
                (_, Some(false), _) => (test, [missing; 3]),
                (_, Some(true), Some(true)) => (test, [then; 3]),
                (_, Some(true), Some(false)) => (test, [otherwise; 3]),
                // A way that is never taken should not keep a node of its own.
                (_, Some(true), None) if missing == then => (test, [then, otherwise, then]),
                (_, Some(true), None) => (test, [then, otherwise, otherwise]),
                (_, None, Some(true)) => (Test::Present, [then, missing, missing]),
                (_, None, Some(false)) => (Test::Present, [otherwise, missing, missing]),
                (_, None, None) if then == otherwise => (Test::Present, [then, missing, missing]),
                (_, None, None) => (test, [then, otherwise, missing]),
            };
            match ways {
                [then, otherwise, missing] if then == otherwise && then == missing => node = then,
                ways => {
                    self.open(feature, test, ways);
                    return Some(());
                }
            }
        }
    }

    /// Pushes the tasks of building a split: its branches, of which several ways may share one, and itself.
    fn open(&mut self, feature: u32, test: Test, ways: [Node; 3]) {
        let [then, otherwise, missing] = ways;
        let mut branches: Vec<Node> = Vec::new();
        let ways = ways.map(|way| match branches.iter().position(|branch| *branch == way) {
            Some(position) => position,
            None => {
                branches.push(way);
                branches.len() - 1
            }
        });
        let first = self.built.len();
        self.tasks.push(Task::Split { feature, test, ways, branches: branches.len(), first });
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
    fn split(&mut self, feature: u32, mut test: Test, ways: [usize; 3], branches: usize, first: usize) {
        // The branch that was left as a task last was finished first.
        let finished = self.finished.split_off(self.finished.len() - branches);
        let [mut then, mut otherwise, mut missing] = ways.map(|way| finished[branches - 1 - way]);
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
