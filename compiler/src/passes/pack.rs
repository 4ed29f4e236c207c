//! Packs forests and kernels into *images*: constant data in the runtime's layout, which the runtime evaluates in place.

use crate::ir;
use crate::ir::{Forest, ForestId, Id, Kernel, Leaf, Operation, Program, Set, TreeNode, Type};
use pmml_runtime::aligned::AlignedWords;
use pmml_runtime::forest::{self, Accumulators, Builder, Feature, MAX_BLOCKS, Reduction, Split, Term, Test};
use pmml_runtime::{Interrupt, kernel};
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

/// Why a program's forests and kernels could not be packed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A forest could not be packed.
    #[error("{0}")]
    Forest(#[from] forest::Error),
    /// The image of a forest cannot be opened. This is a bug of the compiler.
    #[error("the image of a forest is malformed")]
    Malformed,
    /// The image of a kernel cannot be opened. This is a bug of the compiler.
    #[error("{0}")]
    Kernel(#[from] kernel::Error),
    /// The work was interrupted.
    #[error("packing the program was interrupted")]
    Interrupted,
}

/// The images of the forests and kernels that a plan evaluates, each packed once, and the size of their scratch space.
#[derive(Debug, Default)]
pub struct Images {
    forests: BTreeMap<ForestId, Arc<AlignedWords>>,
    kernels: BTreeMap<Kernel, Arc<AlignedWords>>,
    /// Indexed by the number of blocks that run together, as in [`Images::scratch`].
    scratch: [usize; MAX_BLOCKS + 1],
}

impl Images {
    /// Packs the forests and kernels that operations of a verified program evaluate.
    ///
    /// # Errors
    /// See [`Error`].
    pub fn pack<'p>(
        program: &Program,
        operations: impl Iterator<Item = &'p Operation>,
        interrupt: &Interrupt,
    ) -> Result<Self, Error> {
        let mut images = Self::default();
        for operation in operations {
            if interrupt.is_interrupted() {
                return Err(Error::Interrupted);
            }
            match operation {
                Operation::Forest(id, _) if !images.forests.contains_key(id) => {
                    let image = AlignedWords::copy_of(&pack_forest(program, &program.forests[*id])?);
                    let forest = forest::Forest::open(&image).ok_or(Error::Malformed)?;
                    images.need_scratch(|blocks| forest.scratch(blocks));
                    images.forests.insert(*id, Arc::new(image));
                }
                Operation::Kernel(id, _) if !images.kernels.contains_key(id) => {
                    let image = AlignedWords::copy_of(&program.kernels[*id].pack());
                    let words = kernel::Kernel::open(&image)?.scratch();
                    images.need_scratch(|_| words);
                    images.kernels.insert(*id, Arc::new(image));
                }
                _ => {}
            }
        }
        Ok(images)
    }

    fn need_scratch(&mut self, words: impl Fn(usize) -> usize) {
        for (blocks, scratch) in self.scratch.iter_mut().enumerate() {
            *scratch = words(blocks).max(*scratch);
        }
    }

    /// Returns the image of a forest, or `None` if no stage evaluates it.
    pub fn forest(&self, forest: ForestId) -> Option<&Arc<AlignedWords>> {
        self.forests.get(&forest)
    }

    /// Returns the image of a kernel, or `None` if no stage evaluates it.
    pub fn kernel(&self, kernel: Kernel) -> Option<&Arc<AlignedWords>> {
        self.kernels.get(&kernel)
    }

    /// Returns the number of words of scratch space that stages need after `blocks` blocks, or, for 0 blocks,
    /// after a single row in columns of one word. More than [`MAX_BLOCKS`] blocks need no more than that
    /// many.
    pub fn scratch(&self, blocks: usize) -> usize {
        self.scratch[blocks.min(MAX_BLOCKS)]
    }

    /// Returns whether several blocks take less time together than one after the other, which is the case for
    /// forests.
    pub fn gain_by_blocks(&self) -> bool {
        !self.forests.is_empty()
    }
}

/// Packs a forest of a verified program into the words of an image.
fn pack_forest(program: &Program, forest: &Forest) -> Result<Vec<u64>, forest::Error> {
    let features = forest.features.iter().map(|ty| feature(*ty)).collect::<Result<Vec<_>, _>>()?;
    let mut builder = Builder::new(features, reduction(forest.reduction));
    let mut sets: HashMap<Set, u32> = HashMap::new();
    for node in forest.nodes.values() {
        match *node {
            TreeNode::Split { feature, test, then, otherwise, missing } => {
                let test = match test {
                    ir::Test::Less(number) => Test::Less(number),
                    ir::Test::LessOrEqual(number) => Test::LessOrEqual(number),
                    ir::Test::Greater(number) => Test::Greater(number),
                    ir::Test::GreaterOrEqual(number) => Test::GreaterOrEqual(number),
                    ir::Test::Equal(number) => Test::Equal(number),
                    ir::Test::NotEqual(number) => Test::NotEqual(number),
                    ir::Test::In(set) => Test::In(
                        *sets
                            .entry(set)
                            .or_insert_with(|| builder.set(program.sets[set].elements.iter().copied())),
                    ),
                    ir::Test::True => Test::True,
                    ir::Test::Present => Test::Present,
                };
                let [then, otherwise, missing] = [then, otherwise, missing].map(|node| node.index() as u32);
                builder.split(Split { feature, test, then, otherwise, missing });
            }
            TreeNode::Leaf(leaf) => {
                let term = |term: &ir::Term| Term { accumulator: term.accumulator, value: term.value };
                match leaf {
                    Leaf::Missing => builder.leaf_without_result(),
                    Leaf::Result { number, .. } => {
                        // Leaves of forests without accumulators may have terms without a meaning.
                        let terms: Vec<Term> = forest.terms_of(leaf).iter().map(term).collect();
                        builder.leaf(number, &terms);
                    }
                }
            }
        }
    }
    for root in &forest.roots {
        builder.root(root.index() as u32);
    }
    builder.finish()
}

fn feature(ty: Type) -> Result<Feature, forest::Error> {
    Ok(match ty {
        Type::Bool => Feature::Bool,
        Type::I64 => Feature::I64,
        Type::F32 => Feature::F32,
        Type::F64 => Feature::F64,
        Type::String => Feature::String,
        // The verifier ensures that no feature is a list.
        Type::List => return Err(forest::Error::Malformed),
    })
}

fn reduction(reduction: ir::Reduction) -> Reduction {
    let accumulators = |count: u32, precision: Type| Accumulators { count, single: precision == Type::F32 };
    match reduction {
        ir::Reduction::Leaf => Reduction::Leaf,
        ir::Reduction::Sum { accumulators: count, precision } => {
            Reduction::Sum(accumulators(count, precision))
        }
        ir::Reduction::Vote { accumulators: count, precision } => {
            Reduction::Vote(accumulators(count, precision))
        }
        ir::Reduction::Median { accumulators: count, precision } => {
            Reduction::Median(accumulators(count, precision))
        }
        ir::Reduction::Maximum { accumulators: count, precision } => {
            Reduction::Maximum(accumulators(count, precision))
        }
    }
}
