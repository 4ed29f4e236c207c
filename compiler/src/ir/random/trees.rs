//! Random forests.

use super::generator::Generator;
use crate::ir::{Arena, Forest, Id, Leaf, Node, Reduction, SetData, Term, Test, TreeNode, Type, Value};

impl Generator<'_> {
    /// Appends a forest of some features, with random trees of about `size` nodes each.
    pub(super) fn forest_of(
        &mut self,
        arguments: &[(Value, Value)],
        trees: usize,
        size: usize,
    ) -> Vec<Value> {
        let features = arguments.iter().map(|(value, _)| self.builder.program().ty(*value)).collect();
        let accumulators = 1 + self.random.below(3) as u32;
        let precision = self.random.pick(&[Type::F32, Type::F64]);
        let reduction = self.random.pick(&[
            Reduction::Leaf,
            Reduction::Sum { accumulators, precision },
            Reduction::Vote { accumulators, precision },
            Reduction::Median { accumulators, precision },
            Reduction::Maximum { accumulators, precision },
        ]);
        let mut forest =
            Forest { features, nodes: Arena::new(), roots: Vec::new(), terms: Vec::new(), reduction };
        for _ in 0..trees {
            let size = 1 + self.random.below(size);
            self.tree(&mut forest, size, accumulators, precision);
        }
        self.builder.forest(forest, arguments)
    }

    /// Adds a tree with the given number of nodes, or a few more.
    fn tree(&mut self, forest: &mut Forest, size: usize, accumulators: u32, precision: Type) {
        let first = forest.nodes.len();
        forest.roots.push(Node::new(first));
        // The number of nodes, whether filled in or only pointed to.
        let mut known = 1;
        let mut filled = 0;
        while filled < known {
            let node = if known < size && (filled + 1 == known || self.random.chance(80)) {
                let mut child = || {
                    let later = known - filled - 1;
                    if later > 0 && self.random.chance(35) {
                        return Node::new(first + filled + 1 + self.random.below(later));
                    }
                    known += 1;
                    Node::new(first + known - 1)
                };
                let (then, otherwise) = (child(), child());
                let missing = match child() {
                    // Most often a missing value goes to one of the two children.
                    _ if self.random.chance(60) => self.random.pick(&[then, otherwise]),
                    missing => missing,
                };
                let feature = self.random.below(forest.features.len());
                let test = self.test(forest.features[feature]);
                TreeNode::Split { feature: feature as u32, test, then, otherwise, missing }
            } else {
                TreeNode::Leaf(self.leaf(forest, filled as u32, accumulators, precision))
            };
            forest.nodes.push(node);
            filled += 1;
        }
    }

    fn test(&mut self, ty: Type) -> Test {
        if self.random.chance(10) {
            return Test::Present;
        }
        match ty {
            Type::F64 | Type::F32 if self.random.chance(90) => {
                let number = self.random.threshold(ty);
                self.random.pick(&[
                    Test::Less(number),
                    Test::LessOrEqual(number),
                    Test::Greater(number),
                    Test::GreaterOrEqual(number),
                    Test::Equal(number),
                    Test::NotEqual(number),
                ])
            }
            Type::Bool if self.random.chance(80) => Test::True,
            ty => {
                let elements = self.constants(ty);
                Test::In(self.builder.set(SetData::new(ty, elements)))
            }
        }
    }

    fn leaf(&mut self, forest: &mut Forest, number: u32, accumulators: u32, precision: Type) -> Leaf {
        if self.random.chance(10) {
            return Leaf::Missing;
        }
        let first_term = forest.terms.len() as u32;
        let terms = self.random.below(3) as u32;
        for _ in 0..terms {
            let accumulator = self.random.below(accumulators as usize) as u32;
            let value = self.random.threshold(precision);
            forest.terms.push(Term { accumulator, value });
        }
        Leaf::Result { number, first_term, terms }
    }
}
