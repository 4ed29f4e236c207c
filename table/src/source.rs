//! The rows or groups of a table, in blocks.
//!
//! Because any row may continue a group, the whole table is read before the first group is returned. Only first rows and the
//! cells of lists are kept. Where the rows of each group are adjacent, a group is returned as soon as the next one begins.

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

/// A block of rows or groups.
#[derive(Debug, Default)]
pub struct Block {
    /// The rows or groups, empty at the end.
    pub rows: Vec<Row>,
    /// Number of bytes that were read for them.
    pub bytes: u64,
}

/// Returns the rows or groups of a table in blocks.
pub struct Source<'r, 'p, L = ()> {
    reader: Reader<'r, L>,
    plan: &'p Plan,
    /// The column that names groups, and the groups.
    groups: Option<(usize, Groups<Row>)>,
    limits: BlockLimits,
}

impl<'r, 'p, L: Ledger> Source<'r, 'p, L> {
    /// Makes a source of rows, or of groups if the plan has them. `are_adjacent` says that the rows of each group are
    /// adjacent.
    pub fn new(reader: Reader<'r, L>, plan: &'p Plan, limits: BlockLimits, are_adjacent: bool) -> Self {
        let groups = plan.group().map(|column| (column, Groups::new(are_adjacent)));
        Source { reader, plan, groups, limits }
    }

    /// Returns the next rows or groups, or an empty block at the end. `count` is called with each row that is read.
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
