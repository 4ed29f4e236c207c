//! Grouping: what is scored is a row of the file, or, where the model takes lists, the rows of a group together.
//!
//! A group is the rows that have the same text in the column of the model's group field; its list inputs hold the values
//! of these rows, its other inputs those of the first one. Groups come in the order in which they begin. Because a group
//! may go on anywhere in the file, that takes the whole file, of which only first rows and the cells of lists are kept.
//! Where the groups' rows are known to stand together, a group is handed on as soon as the next one begins.

use super::plan::Plan;
use crate::failure::Failure;
use crate::table::Table;
use csv::StringRecord;
use std::collections::{HashMap, VecDeque};
use std::io::Read;

/// How many groups a block has at most.
const BLOCK_GROUPS: usize = 16 * pmml::BLOCK_ROWS;

/// What is scored at once.
#[derive(Debug)]
pub struct Row {
    /// The row, or the first row of the group.
    pub record: StringRecord,
    /// For each list of the plan, the cells of the group's rows that are not missing. Of a row by itself, nothing.
    pub lists: Vec<StringRecord>,
}

/// Some rows.
#[derive(Debug, Default)]
pub struct Block {
    /// The rows.
    pub rows: Vec<Row>,
    /// How many bytes of the input they are.
    pub bytes: u64,
}

/// Where rows come from.
pub enum Source<'p, R> {
    /// Each row of the file is scored by itself.
    Rows(Table<R>),
    /// The rows of a group are scored together.
    Groups(Groups<'p, R>),
}

/// The groups of a table.
pub struct Groups<'p, R> {
    table: Table<R>,
    plan: &'p Plan,
    /// The column that holds the groups' names.
    column: usize,
    /// Those that have begun and may go on, by their names.
    open: HashMap<String, usize>,
    groups: VecDeque<Row>,
    at_end: bool,
}

impl<'p, R: Read> Source<'p, R> {
    /// The rows or groups of a table, as the plan says.
    pub fn new(table: Table<R>, plan: &'p Plan) -> Self {
        match plan.group {
            None => Source::Rows(table),
            Some(column) => {
                let (open, groups) = (HashMap::new(), VecDeque::new());
                Source::Groups(Groups { table, plan, column, open, groups, at_end: false })
            }
        }
    }

    /// The next rows: none at the end.
    pub fn block(&mut self) -> Result<Block, Failure> {
        match self {
            Source::Rows(table) => {
                let block = table.block()?;
                let rows = block.rows.into_iter().map(|record| Row { record, lists: Vec::new() });
                Ok(Block { rows: rows.collect(), bytes: block.bytes })
            }
            Source::Groups(groups) => groups.block(),
        }
    }
}

impl<R: Read> Groups<'_, R> {
    fn block(&mut self) -> Result<Block, Failure> {
        let mut bytes = 0;
        while !self.at_end && self.ended() < BLOCK_GROUPS {
            let block = self.table.block()?;
            bytes += block.bytes;
            self.at_end = block.rows.is_empty();
            block.rows.into_iter().for_each(|record| self.add(record));
        }
        let count = self.ended().min(BLOCK_GROUPS);
        let rows: Vec<Row> = self.groups.drain(..count).collect();
        // Only a group that stands last can still go on.
        self.open.values_mut().for_each(|group| *group = group.saturating_sub(count));
        Ok(Block { rows, bytes })
    }

    /// How many groups have ended.
    fn ended(&self) -> usize {
        match (self.at_end, self.plan.groups_together) {
            (true, _) => self.groups.len(),
            (false, true) => self.groups.len().saturating_sub(1),
            (false, false) => 0,
        }
    }

    fn add(&mut self, record: StringRecord) {
        let name = record.get(self.column).unwrap_or_default();
        let name = if self.plan.is_missing(name) { "" } else { name };
        let known = self.open.get(name).copied();
        let cells = |column: &usize| record.get(*column).filter(|cell| !self.plan.is_missing(cell));
        match known.and_then(|known| self.groups.get_mut(known)) {
            Some(group) => {
                for ((column, _), list) in self.plan.lists.iter().zip(&mut group.lists) {
                    cells(column).iter().for_each(|cell| list.push_field(cell));
                }
            }
            None => {
                if self.plan.groups_together {
                    self.open.clear();
                }
                self.open.insert(name.to_owned(), self.groups.len());
                let list = |(column, _): &(usize, usize)| cells(column).into_iter().collect();
                let lists = self.plan.lists.iter().map(list).collect();
                self.groups.push_back(Row { record, lists });
            }
        }
    }
}
