//! Suggestions for misspelled names: existing names that are close to an unknown one.
//!
//! Two names are close if they are the same except for case, blanks, quotes, `_`, `-` and `.`, or if few
//! letters differ: one in names of three to five, two in longer ones, where two swapped neighbors count as
//! one. Names whose digits differ are not close (`x10` is another column than `x11`), nor are those that
//! begin with different letters (`height`, `weight`).
//!
//! A search takes no memory, and at most as many steps as it is given: there may be a hundred thousand inputs
//! and as many columns, both from outside.

/// The number of letters of a name that are compared. Longer names are close only if all their letters are
/// the same.
const LONGEST: usize = 64;
/// The largest number of letters that may differ.
const FARTHEST: u8 = 2;

/// Searches for close names.
///
/// ```
/// use pmml_runtime::diagnostics::nearest::Search;
/// let columns = ["sepal_length", "Sepal Width", "x10"];
/// let mut search = Search::default();
/// assert_eq!(search.nearest("sepal_lenght", columns), Some("sepal_length"));
/// assert_eq!(search.nearest("sepal_width", columns), Some("Sepal Width"));
/// assert_eq!(search.nearest("x11", columns), None);
/// ```
#[derive(Clone, Debug)]
pub struct Search {
    /// The number of names that it may still examine.
    names: u64,
    /// The number of letters that may differ.
    farthest: u8,
}

impl Default for Search {
    /// Makes a search that examines 2²¹ names: a fraction of a second.
    fn default() -> Self {
        Search::new(1 << 21)
    }
}

impl Search {
    /// Makes a search that examines at most `names` names.
    pub fn new(names: u64) -> Self {
        Search { names, farthest: FARTHEST }
    }

    /// Lowers the number of letters that may differ, which is two in long names.
    #[must_use]
    pub fn within(self, letters: u8) -> Self {
        Search { farthest: self.farthest.min(letters), ..self }
    }

    /// Returns the candidate that is nearest to a name, the first of several. Returns `None` if none is
    /// close, or if the search has examined as many names as it may. The name itself is not a candidate.
    pub fn nearest<'c>(
        &mut self,
        name: &str,
        candidates: impl IntoIterator<Item = &'c str>,
    ) -> Option<&'c str> {
        let folded = Folded::new(name);
        let first = letters(name).next();
        let mut nearest: Option<(u8, &str)> = None;
        for candidate in candidates {
            self.names = self.names.checked_sub(1)?;
            let limit = nearest.map_or(self.farthest, |(distance, _)| distance - 1);
            // Most names differ in the first letter, which is cheaper to detect.
            if candidate != name
                && letters(candidate).next() == first
                && let Some(distance) = folded.distance(&Folded::new(candidate), limit)
            {
                nearest = Some((distance, candidate));
                if distance == 0 {
                    break;
                }
            }
        }
        nearest.map(|(_, candidate)| candidate)
    }
}

/// Returns a key that close names have in common: two names with different keys are not close.
pub fn key(name: &str) -> (Option<char>, u64) {
    // The digits, hashed by FNV-1a (Fowler, Noll and Vo).
    let hash = |hash: u64, digit: char| (hash ^ u64::from(u32::from(digit))).wrapping_mul(0x0100_0000_01b3);
    (letters(name).next(), digits(name).fold(0xcbf2_9ce4_8422_2325, hash))
}

/// A name without the characters that do not count.
struct Folded<'n> {
    name: &'n str,
    letters: [char; LONGEST],
    /// The number of letters; `None` if there are too many.
    length: Option<usize>,
}

fn letters(name: &str) -> impl Iterator<Item = char> + '_ {
    let counts = |character: &char| {
        !character.is_whitespace()
            && !matches!(character, '"' | '\'' | '`' | '_' | '-' | '.' | '\u{feff}' | '“' | '”' | '‘' | '’')
    };
    name.chars().filter(counts).flat_map(char::to_lowercase)
}

fn digits(name: &str) -> impl Iterator<Item = char> + '_ {
    name.chars().filter(|character| character.is_numeric())
}

impl<'n> Folded<'n> {
    fn new(name: &'n str) -> Self {
        let mut folded = Folded { name, letters: ['\0'; LONGEST], length: Some(0) };
        for letter in letters(name) {
            folded.length = match folded.length {
                Some(length) if length < LONGEST => {
                    folded.letters[length] = letter;
                    Some(length + 1)
                }
                _ => return Folded { length: None, ..folded },
            };
        }
        folded
    }

    /// Returns how many letters differ, if the names are close and the number is within a limit.
    fn distance(&self, other: &Folded<'_>, limit: u8) -> Option<u8> {
        let (Some(left), Some(right)) = (self.length, other.length) else {
            return (self.length == other.length && letters(self.name).eq(letters(other.name))).then_some(0);
        };
        let (left, right) = (&self.letters[..left], &other.letters[..right]);
        if left.is_empty() || left.first() != right.first() {
            return None;
        }
        let allowed = match left.len().min(right.len()) {
            0..=2 => 0,
            3..=5 => 1,
            _ => FARTHEST,
        };
        let limit = limit.min(allowed);
        if left.len().abs_diff(right.len()) > usize::from(limit) || !digits(self.name).eq(digits(other.name))
        {
            return None;
        }
        let distance = edits(left, right);
        (distance <= limit).then_some(distance)
    }
}

/// Returns how many letters must be inserted, deleted, replaced or swapped with the next one to turn one name
/// into the other, or more than [`FARTHEST`] if that is more: the optimal string alignment distance, of which
/// only the cells near the diagonal are computed.
fn edits(left: &[char], right: &[char]) -> u8 {
    const FAR: u8 = FARTHEST + 1;
    const NEAR: usize = FARTHEST as usize;
    let mut rows = [[FAR; LONGEST + 1]; 3];
    for (column, cell) in rows[0].iter_mut().enumerate().take(NEAR + 1) {
        *cell = column as u8;
    }
    for row in 1..=left.len() {
        let (above, before, now) = ((row + 2) % 3, (row + 1) % 3, row % 3);
        let (first, last) = (row.saturating_sub(NEAR), (row + NEAR).min(right.len()));
        rows[now] = [FAR; LONGEST + 1];
        for column in first..=last {
            rows[now][column] = match column {
                0 => row as u8,
                _ => {
                    let is_same = left[row - 1] == right[column - 1];
                    let replaced = rows[above][column - 1] + u8::from(!is_same);
                    let one_sided = rows[above][column].min(rows[now][column - 1]) + 1;
                    let swapped = row > 1
                        && column > 1
                        && left[row - 1] == right[column - 2]
                        && left[row - 2] == right[column - 1];
                    let swapped = if swapped { rows[before][column - 2] + 1 } else { FAR };
                    replaced.min(one_sided).min(swapped).min(FAR)
                }
            };
        }
        if rows[now].iter().all(|cell| *cell == FAR) {
            return FAR;
        }
    }
    rows[left.len() % 3][right.len()]
}

#[cfg(test)]
mod tests {
    use super::*;
    extern crate std;
    use std::string::String;

    fn nearest<'c>(name: &str, candidates: &[&'c str]) -> Option<&'c str> {
        Search::default().nearest(name, candidates.iter().copied())
    }

    #[test]
    fn typical_mistakes_are_close() {
        for (wrong, right) in [
            ("sepal_lenght", "sepal_length"),
            ("Sepal Length", "sepal_length"),
            (" \"Income\"", "Income"),
            ("\u{feff}id", "ID"),
            ("Berlni", "Berlin"),
            ("Belrin", "Berlin"),
            ("Brlin", "Berlin"),
            ("Berllin", "Berlin"),
            ("optye", "optype"),
            ("A.ge", "age"),
            ("STRASSE", "straße2"),
        ] {
            let expected = (right != "straße2").then_some(right);
            assert_eq!(nearest(wrong, &["other", right, "z"]), expected, "{wrong}");
        }
    }

    #[test]
    fn different_names_are_not_close() {
        for (one, other) in [
            ("x10", "x11"),
            ("V1", "V2"),
            ("feature_12", "feature_21"),
            ("height", "weight"),
            ("age", "wage"),
            ("a", "b"),
            ("ab", "ac"),
            ("lab", "lexx"),
            ("income", "outcome"),
            ("", "x"),
            ("__", "--"),
        ] {
            assert_eq!(nearest(one, &[other]), None, "{one}");
        }
        assert_eq!(nearest("age", &["age"]), None);
    }

    #[test]
    fn the_first_of_the_nearest_names_is_found() {
        assert_eq!(nearest("temprature", &["temperatures", "temperature"]), Some("temperature"));
        assert_eq!(nearest("Age", &["agee", "AGE", "age"]), Some("AGE"));
        assert_eq!(nearest("price", &["prices", "pricey"]), Some("prices"));
    }

    #[test]
    fn long_names_and_long_lists_end() {
        let long = "a_".repeat(1 << 16);
        let same = long.replace('_', " ").to_uppercase();
        let candidates: [&str; 2] = [&long[2..], &same];
        assert_eq!(nearest(&long, &candidates), Some(&*same));
        let mut search = Search::new(3);
        assert_eq!(search.nearest("name", ["x", "y", "nam"]), Some("nam"));
        assert_eq!(search.nearest("name", ["nam"]), None);
        let mut strict = Search::default().within(1);
        assert_eq!(strict.nearest("temp_min", ["temp_max", "tmp_min"]), Some("tmp_min"));
        assert_eq!(strict.nearest("temp_min", ["temp_max"]), None);
        let letters: String = ('a'..='z').cycle().take(64).collect();
        let other = letters.replacen('m', "", 1);
        assert_eq!(nearest(&letters, &[&other]), Some(&*other));
    }
}
