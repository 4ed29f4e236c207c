//! Rows as JSON: scoring requests, one by one and in batches.

use crate::deployed::Deployed;
use crate::failure::Failure;
use crate::json::{self, Arguments, BatchEvaluationRequest, EvaluationRequest, Nesting};
use crate::limits::Work;
use pmml::{BLOCK_ROWS, Scorer, Value};
use rayon::prelude::*;
use std::borrow::Cow;
use std::collections::HashMap;
use std::time::Instant;

/// How many rows a thread scores at once: as many as models gain by running together.
pub const SHARE: usize = 8 * BLOCK_ROWS;

/// Scores one request. The text of the response comes back.
///
/// # Errors
/// If the body is no request, or the row fails.
pub fn single(deployed: &Deployed, body: &[u8]) -> Result<Vec<u8>, Failure> {
    let request: EvaluationRequest<'_> = json::parse(body)?;
    let start = Instant::now();
    let text = deployed.with_scorer(|scorer| {
        let errors = deployed.score(scorer, &[&request.arguments], |scorer, row, arguments| {
            fill(deployed, scorer, row, arguments);
        });
        if let Some((_, error)) = errors.first() {
            return Err(Failure::bad_request(error.to_string()));
        }
        let mut text = Vec::with_capacity(256);
        deployed.evaluations.write(&mut text, Nesting::Single, request.id.0.as_deref(), Ok((scorer, 0)));
        Ok(text)
    });
    deployed.took(start.elapsed());
    text
}

/// Scores a batch. The text of the response comes back: rows that fail have a message in it.
///
/// # Errors
/// If the body is no batch, or a limit is exceeded.
pub fn batch(deployed: &Deployed, body: &[u8], mut work: Work) -> Result<Vec<u8>, Failure> {
    let BatchEvaluationRequest { id, mut requests } = json::parse(body)?;
    requests.iter().try_for_each(|_| work.row())?;
    if let Some(group) = &deployed.model.signature().group {
        requests = grouped(deployed, group, requests);
    }
    let share = |scorer: &mut Scorer, requests: &[EvaluationRequest<'_>]| -> Result<Vec<u8>, Failure> {
        let mut text = Vec::with_capacity(requests.len() * 128);
        for block in requests.chunks(scorer.reserve(requests.len())) {
            work.check()?;
            write_block(deployed, scorer, block, Nesting::Batch, &mut text);
        }
        Ok(text)
    };
    let shares: Vec<Vec<u8>> = if deployed.model.is_stateful() {
        vec![deployed.with_scorer(|scorer| share(scorer, &requests))?]
    } else if requests.len() <= SHARE {
        requests
            .chunks(SHARE)
            .map(|requests| deployed.with_scorer(|scorer| share(scorer, requests)))
            .collect::<Result<_, _>>()?
    } else {
        requests
            .par_chunks(SHARE)
            .map(|requests| deployed.with_scorer(|scorer| share(scorer, requests)))
            .collect::<Result<_, _>>()?
    };
    Ok(json::batch_text(id.0.as_deref(), &shares))
}

/// Scores some rows, of as many at most as the scorer has room for, and writes the response to each. Between responses stands
/// what the nesting wants.
pub fn write_block(
    deployed: &Deployed,
    scorer: &mut Scorer,
    block: &[EvaluationRequest<'_>],
    nesting: Nesting,
    text: &mut Vec<u8>,
) {
    let errors = deployed.score(scorer, block, |scorer, row, request| {
        fill(deployed, scorer, row, &request.arguments);
    });
    let mut errors = errors.into_iter().peekable();
    for (number, request) in block.iter().enumerate() {
        if nesting == Nesting::Batch && !text.is_empty() {
            text.extend_from_slice(b", ");
        }
        let id = request.id.0.as_deref();
        match errors.next_if(|(failed, _)| *failed == number) {
            Some((_, error)) => deployed.evaluations.write(text, nesting, id, Err(&error.to_string())),
            None => deployed.evaluations.write(text, nesting, id, Ok((scorer, number))),
        }
        if nesting == Nesting::Line {
            text.push(b'\n');
        }
    }
}

/// Gives a row's values to the scorer. Names that the model does not know are passed over; of two values of one name the
/// last counts.
fn fill(deployed: &Deployed, scorer: &mut Scorer, row: usize, arguments: &Arguments<'_>) {
    let inputs = &deployed.model.signature().inputs;
    for (name, value) in &arguments.0 {
        let Some(input) = deployed.input(name) else { continue };
        match value {
            Value::List(_) | Value::Missing => scorer.set(row, input, value),
            // A list of one value may be written as that value.
            scalar if inputs.get(input).is_some_and(|field| field.is_list) => {
                scorer.set(row, input, &Value::List(vec![scalar.clone()]));
            }
            scalar => scorer.set(row, input, scalar),
        }
    }
}

/// Puts the rows with the same value of the group field together: lists hold the values of all of them, other inputs have
/// those of the first. Where each row is a group by itself, they stay as they are.
fn grouped<'a>(
    deployed: &Deployed,
    group: &str,
    requests: Vec<EvaluationRequest<'a>>,
) -> Vec<EvaluationRequest<'a>> {
    let name_of = |request: &EvaluationRequest<'a>| {
        let value = request.arguments.0.iter().rev().find(|(name, _)| name == group).map(|(_, value)| value);
        value.map(ToString::to_string).unwrap_or_default()
    };
    let mut numbers: HashMap<String, usize> = HashMap::new();
    for request in &requests {
        let next = numbers.len();
        numbers.entry(name_of(request)).or_insert(next);
    }
    if numbers.len() == requests.len() {
        return requests;
    }
    let inputs = &deployed.model.signature().inputs;
    let is_list = |name: &str| {
        deployed.input(name).and_then(|input| inputs.get(input)).is_some_and(|field| field.is_list)
    };
    let mut groups: Vec<Vec<(Cow<'a, str>, Value<'a>)>> = Vec::with_capacity(numbers.len());
    for request in requests {
        let number = numbers.get(&name_of(&request)).copied().unwrap_or_default();
        if number == groups.len() {
            groups.push(Vec::new());
        }
        let group = &mut groups[number];
        for (name, value) in request.arguments.0 {
            if deployed.input(&name).is_none() {
                continue;
            }
            let known = group.iter_mut().find(|(known, _)| *known == name).map(|(_, value)| value);
            let items = match value {
                value if !is_list(&name) => {
                    if known.is_none() {
                        group.push((name, value));
                    }
                    continue;
                }
                Value::List(items) => items,
                Value::Missing => Vec::new(),
                value => vec![value],
            };
            match known {
                Some(Value::List(list)) => list.extend(items),
                _ => group.push((name, Value::List(items))),
            }
        }
    }
    groups
        .into_iter()
        .map(|group| EvaluationRequest { arguments: Arguments(group), ..Default::default() })
        .collect()
}
