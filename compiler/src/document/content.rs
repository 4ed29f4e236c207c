//! The elements that the standard allows inside of others.
//!
//! An `Extension` may contain anything. If it contains an element that its own parent would accept, the exporter wrote
//! something that its version of the standard did not allow there, and that might change the scores:
//! [`Markup`](super::markup::Markup) then warns instead of skipping it silently.

use std::collections::HashMap;
use std::sync::OnceLock;

/// The schema of PMML 4.4.1: one line for each element, followed by its children. Elements that only describe a model
/// are omitted.
const CONTENT: &str = include_str!("content.txt");
const EXPRESSIONS: &str =
    "Aggregate Apply Constant Discretize FieldRef Lag MapValues NormContinuous NormDiscrete TextIndex";
const PREDICATES: &str = "CompoundPredicate False SimplePredicate SimpleSetPredicate True";

/// Returns whether an element of the standard accepts another one as its child.
pub(super) fn accepts(parent: &str, child: &str) -> bool {
    children(parent).contains(&child)
}

/// Returns the elements that an element of the standard accepts as its children.
pub(super) fn children(parent: &str) -> &'static [&'static str] {
    static CHILDREN: OnceLock<HashMap<&str, Vec<&str>>> = OnceLock::new();
    let children = CHILDREN.get_or_init(|| {
        let lines = CONTENT.lines().filter_map(|line| line.split_once(' '));
        lines.map(|(parent, children)| (parent, children.split(' ').flat_map(members).collect())).collect()
    });
    children.get(parent).map_or(&[], Vec::as_slice)
}

/// Returns the elements that a word of the table stands for.
fn members(word: &'static str) -> std::str::Split<'static, char> {
    match word {
        "EXPRESSION" => EXPRESSIONS.split(' '),
        "PREDICATE" => PREDICATES.split(' '),
        element => element.split(' '),
    }
}

#[cfg(test)]
mod tests {
    use super::accepts;

    #[test]
    fn elements_accept_what_the_schema_has() {
        assert!(accepts("BayesInputs", "BayesInput"));
        assert!(accepts("DerivedField", "Apply"));
        assert!(accepts("Node", "True"));
        assert!(accepts("PMML", "TreeModel"));
        assert!(!accepts("BayesInputs", "BayesOutput"));
        assert!(!accepts("TreeModel", "ModelStats"));
        assert!(!accepts("X-Unknown", "Node"));
    }
}
