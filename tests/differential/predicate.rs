//! Random predicates.

use crate::choices::{Choices, escape};
use crate::fields::{Kind, Scope};

/// Returns a predicate with a maximum depth.
pub fn predicate(choices: &mut Choices<'_>, scope: &Scope, depth: usize) -> String {
    match choices.below(12) {
        8 | 9 => set(choices, scope),
        10 if depth > 0 => {
            let operator = *choices.pick(&["and", "or", "xor", "surrogate"]);
            let mut xml = format!("<CompoundPredicate booleanOperator=\"{operator}\">");
            for _ in 0..2 + choices.below(2) {
                xml += &predicate(choices, scope, depth - 1);
            }
            xml + "</CompoundPredicate>"
        }
        11 => choices.pick(&["<True/>", "<False/>"]).to_string(),
        _ => simple(choices, scope),
    }
}

fn simple(choices: &mut Choices<'_>, scope: &Scope) -> String {
    let field = scope.any(choices);
    let name = &field.name;
    if choices.one_in(8) {
        let operator = choices.pick(&["isMissing", "isNotMissing"]);
        return format!("<SimplePredicate field=\"{name}\" operator=\"{operator}\"/>");
    }
    let mut operators = vec!["equal", "notEqual"];
    if matches!(field.kind, Kind::Number | Kind::Date | Kind::DateTime) {
        operators =
            ["lessThan", "lessOrEqual", "greaterThan", "greaterOrEqual", "equal", "notEqual"].to_vec();
    }
    let operator = choices.pick(&operators);
    let value = escape(choices.pick(field.values()));
    format!("<SimplePredicate field=\"{name}\" operator=\"{operator}\" value=\"{value}\"/>")
}

fn set(choices: &mut Choices<'_>, scope: &Scope) -> String {
    let field = scope.any(choices);
    let operator = choices.pick(&["isIn", "isNotIn"]);
    let count = 1 + choices.below(4);
    let (array, quote) = match field.data_type {
        "integer" => ("int", ""),
        "double" | "float" => ("real", ""),
        _ => ("string", "\""),
    };
    let values: Vec<String> =
        (0..count).map(|_| format!("{quote}{}{quote}", escape(choices.pick(field.values())))).collect();
    format!(
        "<SimpleSetPredicate field=\"{}\" booleanOperator=\"{operator}\"><Array type=\"{array}\" n=\"{count}\">{}\
         </Array></SimpleSetPredicate>",
        field.name,
        values.join(" ")
    )
}
