//! Groups: where a model takes lists, the rows of a group are scored together.
//!
//! A group consists of the rows with the same name. Groups are returned in the order in which they begin. Because any row may
//! continue a group, it is complete only at the end of the table, or, where the rows of each group are known to be adjacent,
//! when another group begins.

use std::collections::{HashMap, VecDeque};

/// Collects the rows of each group.
///
/// ```
/// let mut groups = pmml_table::Groups::new(false);
/// for (name, item) in [("a", 1), ("b", 2), ("a", 3)] {
///     groups.add(name, item, |item| vec![item], |group, item| group.push(item));
/// }
/// assert_eq!(groups.end(), [vec![1, 3], vec![2]]);
/// ```
#[derive(Debug)]
pub struct Groups<G> {
    /// The sequence numbers of groups that may still grow, by name.
    open: HashMap<String, usize>,
    groups: VecDeque<G>,
    /// Number of groups that were returned.
    returned: usize,
    are_adjacent: bool,
}

impl<G> Groups<G> {
    /// Makes an empty collection. If `are_adjacent`, the rows of each group are known to be adjacent: a row with the name
    /// of an earlier group then begins a new one.
    pub fn new(are_adjacent: bool) -> Self {
        Groups { open: HashMap::new(), groups: VecDeque::new(), returned: 0, are_adjacent }
    }

    /// Adds a row to the group with a name: `begin` makes a new group of it, `join` adds it to an open one.
    pub fn add<R>(&mut self, name: &str, row: R, begin: impl FnOnce(R) -> G, join: impl FnOnce(&mut G, R)) {
        let known = self.open.get(name).and_then(|number| number.checked_sub(self.returned));
        if let Some(group) = known.and_then(|known| self.groups.get_mut(known)) {
            return join(group, row);
        }
        if self.are_adjacent {
            self.open.clear();
        }
        self.open.insert(name.to_owned(), self.returned + self.groups.len());
        self.groups.push_back(begin(row));
    }

    /// Returns the number of groups that are complete although more rows may follow.
    pub fn ended(&self) -> usize {
        if self.are_adjacent { self.groups.len().saturating_sub(1) } else { 0 }
    }

    /// Returns the number of groups, complete or not.
    pub fn len(&self) -> usize {
        self.groups.len()
    }

    /// Returns whether there are no groups.
    pub fn is_empty(&self) -> bool {
        self.groups.is_empty()
    }

    /// Removes and returns the first groups, up to `count`. Later rows with their names begin new groups.
    pub fn take(&mut self, count: usize) -> Vec<G> {
        let taken: Vec<G> = self.groups.drain(..count.min(self.groups.len())).collect();
        self.returned += taken.len();
        taken
    }

    /// Returns all groups.
    pub fn end(self) -> Vec<G> {
        self.groups.into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn add(groups: &mut Groups<Vec<i32>>, name: &str, item: i32) {
        groups.add(name, item, |item| vec![item], |group, item| group.push(item));
    }

    #[test]
    fn adjacent_groups_end_when_the_next_begins() {
        let mut groups = Groups::new(true);
        add(&mut groups, "a", 1);
        assert_eq!((groups.ended(), groups.len()), (0, 1));
        add(&mut groups, "b", 2);
        assert_eq!(groups.ended(), 1);
        assert_eq!(groups.take(1), [vec![1]]);
        // The group `b` was complete and `a` was taken, so that neither name refers to a group any more.
        add(&mut groups, "b", 3);
        add(&mut groups, "a", 4);
        add(&mut groups, "b", 5);
        assert_eq!(groups.end(), [vec![2, 3], vec![4], vec![5]]);
    }

    #[test]
    fn groups_of_scattered_rows_end_with_the_table() {
        let mut groups = Groups::new(false);
        for (name, item) in [("x", 1), ("", 2), ("x", 3), ("y", 4), ("", 5)] {
            add(&mut groups, name, item);
        }
        assert_eq!((groups.ended(), groups.len(), groups.is_empty()), (0, 3, false));
        assert_eq!(groups.take(2), [vec![1, 3], vec![2, 5]]);
        assert_eq!(groups.take(9), [vec![4]]);
    }
}
