//! Where rows come from, in blocks: the rows of a text, or its groups.
//!
//! Because a group may go on anywhere in the text, groups take the whole text, of which only first rows and the cells of lists
//! are kept. Where the rows of each group stand together, a group is returned as soon as the next one begins.

use crate::error::Error;
use crate::group::Groups;
use crate::input::Ledger;
use crate::plan::Plan;
use crate::reader::{Reader, Row};

/// The size of a block.
#[derive(Clone, Copy, Debug)]
pub struct BlockLimits {
    /// Maximum number of rows or groups.
    pub rows: usize,
    /// Approximate maximum memory in bytes.
    pub bytes: usize,
}

/// Some rows or groups.
#[derive(Debug, Default)]
pub struct Block {
    /// The rows or groups: none at the end.
    pub rows: Vec<Row>,
    /// Number of bytes of the text that were read for them.
    pub bytes: u64,
}

/// Returns the rows or groups of a text in blocks.
pub struct Source<'r, 'p, L = ()> {
    reader: Reader<'r, L>,
    plan: &'p Plan,
    /// The column that names groups, and the groups.
    groups: Option<(usize, Groups<Row>)>,
    limits: BlockLimits,
}

impl<'r, 'p, L: Ledger> Source<'r, 'p, L> {
    /// Makes a source of what the plan scores together. `stand_together` says that the rows of each group follow each other.
    pub fn new(reader: Reader<'r, L>, plan: &'p Plan, limits: BlockLimits, stand_together: bool) -> Self {
        let groups = plan.group().map(|column| (column, Groups::new(stand_together)));
        Source { reader, plan, groups, limits }
    }

    /// Returns the next rows or groups: none at the end. `count` is called with each row that is read.
    ///
    /// # Errors
    /// Fails if a row cannot be read, or `count` does.
    pub fn block<E: From<Error>>(
        &mut self,
        mut count: impl FnMut(&Row) -> Result<(), E>,
    ) -> Result<Block, E> {
        let start = self.reader.bytes();
        let rows = match &mut self.groups {
            None => {
                let (mut rows, mut bytes) = (Vec::new(), 0);
                while rows.len() < self.limits.rows && bytes < self.limits.bytes {
                    let Some(row) = self.reader.row()? else { break };
                    count(&row)?;
                    bytes += row.bytes();
                    rows.push(row);
                }
                rows
            }
            Some((column, groups)) => {
                let mut ended = groups.ended();
                while ended < self.limits.rows {
                    let Some(row) = self.reader.row()? else {
                        ended = groups.len();
                        break;
                    };
                    count(&row)?;
                    let (plan, name) = (self.plan, self.plan.group_name(*column, &row).to_owned());
                    let join = |group: &mut Row, row: Row| plan.join_group(group, &row);
                    groups.add(&name, row, |row| plan.begin_group(row), join);
                    ended = groups.ended();
                }
                groups.take(ended.min(self.limits.rows))
            }
        };
        Ok(Block { rows, bytes: self.reader.bytes() - start })
    }
}
