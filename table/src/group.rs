//! Groups: where a model takes lists, the rows of a group are scored together.
//!
//! A group is what has the same name. Groups come in the order in which they begin. Because a group may go on at any time, it
//! has ended only when there are no more rows, or, where the rows of each group are known to stand together, when another
//! group begins.

use std::collections::{HashMap, VecDeque};

/// Puts together what belongs to the same group.
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
    /// Number of groups that were handed out.
    handed_out: usize,
    stand_together: bool,
}

impl<G> Groups<G> {
    /// Makes a list of no groups. `stand_together` says that the rows of each group follow each other: what has the name of an
    /// earlier group then begins another one.
    pub fn new(stand_together: bool) -> Self {
        Groups { open: HashMap::new(), groups: VecDeque::new(), handed_out: 0, stand_together }
    }

    /// Adds a row to the group of a name: it begins one, or joins one that has begun.
    pub fn add<R>(&mut self, name: &str, row: R, begin: impl FnOnce(R) -> G, join: impl FnOnce(&mut G, R)) {
        let known = self.open.get(name).and_then(|number| number.checked_sub(self.handed_out));
        if let Some(group) = known.and_then(|known| self.groups.get_mut(known)) {
            return join(group, row);
        }
        if self.stand_together {
            self.open.clear();
        }
        self.open.insert(name.to_owned(), self.handed_out + self.groups.len());
        self.groups.push_back(begin(row));
    }

    /// Returns how many groups have ended although more rows may come.
    pub fn ended(&self) -> usize {
        if self.stand_together { self.groups.len().saturating_sub(1) } else { 0 }
    }

    /// Returns how many groups there are, ended or not.
    pub fn len(&self) -> usize {
        self.groups.len()
    }

    /// Returns whether there are none.
    pub fn is_empty(&self) -> bool {
        self.groups.is_empty()
    }

    /// Hands out the first groups, so many at most. What has their names later begins other groups.
    pub fn take(&mut self, count: usize) -> Vec<G> {
        let taken: Vec<G> = self.groups.drain(..count.min(self.groups.len())).collect();
        self.handed_out += taken.len();
        taken
    }

    /// Hands out all groups.
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
    fn groups_that_stand_together_end_when_the_next_begins() {
        let mut groups = Groups::new(true);
        add(&mut groups, "a", 1);
        assert_eq!((groups.ended(), groups.len()), (0, 1));
        add(&mut groups, "b", 2);
        assert_eq!(groups.ended(), 1);
        assert_eq!(groups.take(1), [vec![1]]);
        // Its group was handed out, so this is another one; the one before it can still be joined no longer.
        add(&mut groups, "b", 3);
        add(&mut groups, "a", 4);
        add(&mut groups, "b", 5);
        assert_eq!(groups.end(), [vec![2, 3], vec![4], vec![5]]);
    }

    #[test]
    fn groups_that_may_go_on_anywhere_end_with_the_rows() {
        let mut groups = Groups::new(false);
        for (name, item) in [("x", 1), ("", 2), ("x", 3), ("y", 4), ("", 5)] {
            add(&mut groups, name, item);
        }
        assert_eq!((groups.ended(), groups.len(), groups.is_empty()), (0, 3, false));
        assert_eq!(groups.take(2), [vec![1, 3], vec![2, 5]]);
        assert_eq!(groups.take(9), [vec![4]]);
    }
}
