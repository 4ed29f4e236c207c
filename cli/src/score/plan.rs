//! The plan: which column feeds which input, decided once from the header.

use super::{ScoreArguments, quoted};
use crate::failure::Failure;
use pmml::Signature;
use std::collections::HashMap;

/// What becomes of the cells of a row.
#[derive(Debug)]
pub struct Plan {
    /// The character between cells.
    pub delimiter: u8,
    /// For each column the input that it feeds, unless that is a list.
    pub inputs: Vec<Option<usize>>,
    /// The columns that feed lists, each with the number of its input.
    pub lists: Vec<(usize, usize)>,
    /// The column whose cells say which rows belong together, if rows are scored in groups.
    pub group: Option<usize>,
    /// Whether the rows of each group stand together.
    pub groups_together: bool,
    /// The column that is copied in front of the results.
    pub id: Option<usize>,
    /// How many results a row has.
    pub results: usize,
    /// Whether a last column says why a row failed.
    pub error_column: bool,
    /// What stands for a missing value, beside an empty cell.
    pub missing: Vec<String>,
    /// The inputs without a column.
    pub absent: Vec<String>,
}

impl Plan {
    /// Makes the plan for a table of this name and columns.
    pub fn new(
        name: &str,
        columns: &[String],
        signature: &Signature,
        arguments: &ScoreArguments,
    ) -> Result<Self, Failure> {
        let mut numbers: HashMap<&str, usize> = HashMap::new();
        for (number, column) in columns.iter().enumerate() {
            if numbers.insert(column, number).is_some() && !column.is_empty() {
                return Err(Failure::new(format!("{name} has two columns of the name `{column}`"))
                    .help("rename or remove one of them"));
            }
        }
        let mut inputs = vec![None; columns.len()];
        let (mut lists, mut absent) = (Vec::new(), Vec::new());
        for (input, field) in signature.inputs.iter().enumerate() {
            match numbers.get(field.name.as_str()) {
                Some(number) if field.is_list => lists.push((*number, input)),
                Some(number) => inputs[*number] = Some(input),
                None => absent.push(field.name.clone()),
            }
        }
        if !absent.is_empty() && absent.len() == signature.inputs.len() {
            return Err(Failure::new(format!(
                "{name} has none of the model's input fields: it has the columns {}",
                quoted(columns)
            ))
            .help(format!("the model expects {}", quoted(&absent))));
        }
        // The actual values of targets are seldom at hand where a model is scored.
        let is_target = |name: &String| {
            signature.target_inputs.iter().any(|number| signature.inputs[*number].name == *name)
        };
        if !arguments.allow_missing_columns && !absent.iter().all(is_target) {
            let needed: Vec<String> = absent.into_iter().filter(|name| !is_target(name)).collect();
            return Err(Failure::new(format!(
                "{name}, line 1: the header has no column for {}",
                quoted(&needed)
            ))
            .help("`--allow-missing-columns` takes the values of such inputs for missing"));
        }
        let group = match &signature.group {
            None => None,
            Some(group) => Some(*numbers.get(group.as_str()).ok_or_else(|| {
                Failure::new(format!(
                    "{name}, line 1: the header has no column for `{group}`, by which the model groups rows"
                ))
            })?),
        };
        let id = match &arguments.id {
            None => None,
            Some(id) => Some(*numbers.get(id.as_str()).ok_or_else(|| {
                Failure::new(format!("{name} has no column `{id}` to copy into the results"))
                    .help(format!("`--id` takes one of {}", quoted(columns)))
            })?),
        };
        for (option, column) in [("--id", &arguments.id), ("--error-column", &arguments.error_column)] {
            let Some(column) = column else { continue };
            if signature.results.iter().any(|field| field.name == *column) {
                return Err(Failure::new(format!("the results have a column `{column}` already"))
                    .help(format!("give `{option}` another name")));
            }
        }
        if arguments.id.is_some() && arguments.id == arguments.error_column {
            return Err(Failure::new("`--id` and `--error-column` are the same column"));
        }
        Ok(Plan {
            delimiter: arguments.delimiter,
            inputs,
            lists,
            group,
            groups_together: arguments.groups_together,
            id,
            results: signature.results.len(),
            error_column: arguments.error_column.is_some(),
            missing: arguments.missing.clone(),
            absent,
        })
    }

    /// Whether a cell stands for a missing value.
    pub fn is_missing(&self, cell: &str) -> bool {
        cell.is_empty() || self.missing.iter().any(|missing| missing == cell)
    }
}
