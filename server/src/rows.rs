//! Scores rows as JSON: single requests and batches.

use crate::body::Whole;
use crate::budget::{Account, Held, Memory};
use crate::deployed::{Deployed, SHARE};
use crate::failure::Failure;
use crate::json::{self, Arguments, EvaluationRequest, Nesting};
use crate::work::Work;
use axum::body::Bytes;
use pmml::{RowError, Scorer, Value};
use pmml_table::Groups;
use rayon::prelude::*;
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;
use std::time::Instant;

/// Size in bytes up to which the values of a single row are not counted.
const UNCOUNTED: u64 = 1 << 20;
/// Maximum number of rows of a batch that are parsed in memory at a time.
const CHUNK_ROWS: usize = 8 * SHARE;
/// Size of a response in bytes above which it is sent while the rows are scored, and size of a batch above which its
/// response is.
const LARGE_ANSWER: u64 = 4 << 20;
const LARGE_BATCH: usize = 1 << 20;

/// Scores one request, and returns the text of the response.
///
/// # Errors
/// Fails if the body is not a request, or the row fails.
pub fn single(deployed: &Deployed, body: &[u8], work: &Work) -> Result<Vec<u8>, Failure> {
    let bytes = json::decoded_bytes(body);
    // Small amounts that a few threads hold for a moment are not counted.
    let _memory = (bytes > UNCOUNTED).then(|| work.account().hold(bytes)).transpose()?;
    let request: EvaluationRequest<'_> = json::parse(body)?;
    if let Some(error) = misspelled(deployed, &request.arguments) {
        return Err(Failure::bad_request(error.to_string()));
    }
    let start = Instant::now();
    let text = deployed.with_scorer(work, bytes, |scorer| {
        let errors = deployed.score(work, scorer, &[&request.arguments], |scorer, row, arguments| {
            fill(deployed, scorer, row, arguments);
        })?;
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

/// A batch to score.
#[derive(Debug)]
pub struct BatchJob {
    /// The model.
    pub deployed: Arc<Deployed>,
    /// The body.
    pub body: Whole,
    /// The limits of the work.
    pub work: Work,
}

/// A function that sends chunks of a response.
type Sink<'s> = &'s mut dyn FnMut(Bytes) -> Result<(), Failure>;

impl BatchJob {
    /// Returns whether the batch or its response is so large that the response should be sent in chunks.
    pub fn is_large(&self) -> bool {
        let body = &self.body.bytes;
        let rows = body.iter().filter(|byte| **byte == b'{').count() as u64;
        let results = self.deployed.model.signature().results.len() as u64;
        let is_grouped = self.deployed.model.signature().group.is_some();
        !is_grouped && (body.len() > LARGE_BATCH || rows.saturating_mul(64 + 48 * results) > LARGE_ANSWER)
    }

    /// Scores the batch, and returns the text of the response, in which rows that fail have a message.
    ///
    /// # Errors
    /// Fails if the body is not a batch, or a limit is exceeded.
    pub fn run(mut self) -> Result<Bytes, Failure> {
        let mut responses = Held::new(Vec::new(), self.work.account().memory())?;
        let _scratch = self.scratch()?;
        let (id, has_rows) = self.score(&mut |text| {
            responses.bytes_mut().extend_from_slice(&text);
            responses.count()
        })?;
        let mut answer = Held::new(json::batch_head(id.as_deref(), has_rows), self.work.account().memory())?;
        answer.bytes_mut().reserve_exact(responses.as_ref().len() + 8);
        answer.count()?;
        answer.bytes_mut().extend_from_slice(responses.as_ref());
        answer.bytes_mut().extend_from_slice(json::batch_tail(id.as_deref(), has_rows));
        Ok(answer.into_bytes())
    }

    /// Scores the batch and passes the text of the response to `sink`, chunk by chunk. All rows are parsed first, so that
    /// malformed ones are detected before the first chunk is sent.
    ///
    /// # Errors
    /// Fails as [`Self::run`], or if `sink` fails.
    pub fn stream(mut self, sink: Sink<'_>) -> Result<(), Failure> {
        let _scratch = self.scratch()?;
        let (mut rows, work) = (0, &mut self.work);
        let id = json::read_batch(&self.body.bytes, CHUNK_ROWS, |chunk| {
            work.rows(chunk.len() as u64)?;
            work.check()?;
            rows += chunk.len();
            let account = work.account();
            chunk.par_chunks(SHARE).try_for_each(|rows| parse_rows(rows, account).map(drop))
        })?;
        work.give_back_rows(rows as u64);
        // The head is sent with the first responses, so that a failure before them has its own status.
        let mut head = Some(json::batch_head(id.as_deref(), rows > 0));
        self.score(&mut |text| {
            head.take().map_or(Ok(()), |head| sink(head.into()))?;
            sink(text)
        })?;
        head.take().map_or(Ok(()), |head| sink(head.into()))?;
        sink(Bytes::from_static(json::batch_tail(id.as_deref(), rows > 0)))
    }

    /// Takes the memory that the JSON parser may need for nested text.
    fn scratch(&self) -> Result<Memory, Failure> {
        self.work.account().hold(self.body.bytes.len() as u64)
    }

    /// Scores the rows and passes their responses to `sink`, with separators. Returns the batch's id, and whether there are
    /// rows.
    fn score(&mut self, sink: Sink<'_>) -> Result<(Option<String>, bool), Failure> {
        let BatchJob { deployed, body, work } = self;
        let mut own = deployed.own_scorer(work)?;
        let mut has_rows = false;
        let mut send = |responses: Vec<Held>| {
            responses.into_iter().try_for_each(|text| {
                if std::mem::replace(&mut has_rows, true) {
                    sink(Bytes::from_static(b", "))?;
                }
                sink(text.into_bytes())
            })
        };
        let id = if let Some(group) = &deployed.model.signature().group {
            let (mut requests, mut memory) = (Vec::new(), work.account().memory());
            let id = json::read_batch(&body.bytes, CHUNK_ROWS, |chunk| {
                work.rows(chunk.len() as u64)?;
                for rows in chunk.chunks(SHARE) {
                    let (rows, more) = parse_rows(rows, work.account())?;
                    requests.extend(rows);
                    memory.join(more);
                }
                work.check()
            })?;
            // Rows and groups exist at the same time.
            memory.grow(memory.bytes())?;
            let requests = grouped(deployed, group, requests);
            let bytes = memory.bytes();
            send(score_all(
                deployed,
                work,
                own.as_mut(),
                &requests,
                |scorer, rows, text| score_share(deployed, work, scorer, rows, text),
                |_| bytes,
            )?)?;
            id
        } else {
            json::read_batch(&body.bytes, CHUNK_ROWS, |chunk| {
                work.rows(chunk.len() as u64)?;
                let work = &*work;
                send(score_all(
                    deployed,
                    work,
                    own.as_mut(),
                    chunk,
                    |scorer, rows, text| {
                        let (requests, _memory) = parse_rows(rows, work.account())?;
                        score_share(deployed, work, scorer, &requests, text)
                    },
                    |rows| rows.iter().map(|row| row.get().len() as u64).sum(),
                )?)
            })?
        };
        Ok((id, has_rows))
    }
}

/// Reads rows of a batch, and takes memory for them.
fn parse_rows<'a>(
    rows: &[&'a RawValue],
    account: &Account,
) -> Result<(Vec<EvaluationRequest<'a>>, Memory), Failure> {
    let fixed = size_of_val(rows) as u64 + (rows.len() * size_of::<EvaluationRequest<'_>>()) as u64;
    let bytes: u64 = rows.iter().map(|row| json::decoded_bytes(row.get().as_bytes())).sum();
    let memory = account.hold(fixed + bytes)?;
    let requests = rows.iter().map(|row| json::parse_row(row)).collect::<Result<_, _>>()?;
    Ok((requests, memory))
}

/// Scores rows in shares on all cores, and returns the responses of each share. `bytes` returns the size of the rows of a
/// share.
fn score_all<R: Sync>(
    deployed: &Deployed,
    work: &Work,
    own: Option<&mut (Scorer, Memory)>,
    rows: &[R],
    share: impl Fn(&mut Scorer, &[R], &mut Held) -> Result<(), Failure> + Sync,
    bytes: impl Fn(&[R]) -> u64 + Sync,
) -> Result<Vec<Held>, Failure> {
    let of_share = |range: Range<usize>| bytes(&rows[range]);
    deployed.in_shares(work, own, (rows.len(), SHARE), of_share, |scorer, range| {
        let rows = &rows[range];
        let text = Vec::with_capacity(rows.len() * 128);
        let mut text = Held::new(text, work.account().memory())?;
        share(scorer, rows, &mut text)?;
        Ok(text)
    })
}

fn score_share(
    deployed: &Deployed,
    work: &Work,
    scorer: &mut Scorer,
    requests: &[EvaluationRequest<'_>],
    text: &mut Held,
) -> Result<(), Failure> {
    for block in requests.chunks(deployed.rows_together(scorer, requests.len())) {
        work.check()?;
        write_block(deployed, work, scorer, block, Nesting::Batch, text)?;
    }
    Ok(())
}

/// Scores a block of rows, at most as many as are scored together, and writes the response to each, with separators as the
/// nesting requires.
///
/// # Errors
/// Fails if the work was ended, or the memory budget is spent.
pub fn write_block(
    deployed: &Deployed,
    work: &Work,
    scorer: &mut Scorer,
    block: &[EvaluationRequest<'_>],
    nesting: Nesting,
    text: &mut Held,
) -> Result<(), Failure> {
    let errors = deployed.score(work, scorer, block, |scorer, row, request| {
        fill(deployed, scorer, row, &request.arguments);
    })?;
    let mut errors = errors.into_iter().peekable();
    for (number, request) in block.iter().enumerate() {
        let out = text.bytes_mut();
        if nesting == Nesting::Batch && !out.is_empty() {
            out.extend_from_slice(b", ");
        }
        let id = request.id.0.as_deref();
        let failed = errors.next_if(|(failed, _)| *failed == number);
        let misspelled = misspelled(deployed, &request.arguments).map(|error| (number, error));
        match misspelled.or(failed) {
            Some((_, error)) => deployed.evaluations.write(out, nesting, id, Err(&error.to_string())),
            None => deployed.evaluations.write(out, nesting, id, Ok((scorer, number))),
        }
        if nesting == Nesting::Line {
            out.push(b'\n');
        }
        text.count()?;
    }
    Ok(())
}

/// Returns an error if a name of the row is a misspelled input: unknown to the model, but similar to an input that the row
/// lacks.
fn misspelled(deployed: &Deployed, arguments: &Arguments<'_>) -> Option<RowError> {
    let known = arguments.0.iter().filter(|(name, _)| deployed.input(name).is_some()).count();
    let is_doubtful = known < arguments.0.len() && known < deployed.model.signature().inputs.len();
    if is_doubtful { deployed.model.check_names(arguments).err() } else { None }
}

/// Sets a row's values in the scorer. Names that are not inputs of the model are skipped. Of two values with the same name,
/// the last is used.
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

/// Joins the rows with the same value of the group field. If each row is its own group, they are unchanged.
fn grouped<'a>(
    deployed: &Deployed,
    group: &str,
    requests: Vec<EvaluationRequest<'a>>,
) -> Vec<EvaluationRequest<'a>> {
    let count = requests.len();
    let mut groups = Groups::new(false);
    for request in requests {
        let value = request.arguments.0.iter().rev().find(|(name, _)| name == group).map(|(_, value)| value);
        let name = value.map(ToString::to_string).unwrap_or_default();
        groups.add(&name, request, |request| vec![request], Vec::push);
    }
    if groups.len() == count {
        groups.end().into_iter().flatten().collect()
    } else {
        groups.end().into_iter().map(|requests| joined(deployed, requests)).collect()
    }
}

/// Joins the rows of a group to one row: lists have the values of all rows, and other inputs have that of the first row that
/// has one.
fn joined<'a>(deployed: &Deployed, requests: Vec<EvaluationRequest<'a>>) -> EvaluationRequest<'a> {
    let inputs = &deployed.model.signature().inputs;
    let mut row: Vec<(Cow<'a, str>, Value<'a>)> = Vec::new();
    // The index of each input's value in the row.
    let mut indices: HashMap<usize, usize> = HashMap::new();
    for (name, value) in requests.into_iter().flat_map(|request| request.arguments.0) {
        let Some(input) = deployed.input(&name) else { continue };
        let index = *indices.entry(input).or_insert(row.len());
        let items = match value {
            value if !inputs.get(input).is_some_and(|field| field.is_list) => {
                if index == row.len() {
                    row.push((name, value));
                }
                continue;
            }
            Value::List(items) => items,
            Value::Missing => Vec::new(),
            value => vec![value],
        };
        match row.get_mut(index) {
            Some((_, Value::List(list))) => list.extend(items),
            _ => row.push((name, Value::List(items))),
        }
    }
    EvaluationRequest { arguments: Arguments(row), ..Default::default() }
}
