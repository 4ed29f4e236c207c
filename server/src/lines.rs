//! Rows as JSON lines: a request on each line, a response on each line, in memory that does not grow with their number.

use crate::budget::{Held, Memory};
use crate::deployed::{Deployed, SHARE};
use crate::failure::Failure;
use crate::json::{self, EvaluationRequest, Nesting};
use crate::rows::write_block;
use crate::work::Work;
use axum::body::Bytes;
use pmml::{BLOCK_ROWS, Scorer};
use std::io::{BufRead, BufReader, Read};
use std::ops::Range;

/// Maximum size of a line in bytes.
const LONGEST_LINE: usize = 16 << 20;
/// Maximum number of lines, and approximate number of bytes, that are in memory at a time.
const CHUNK_LINES: usize = 64 * BLOCK_ROWS;
const CHUNK_BYTES: usize = 4 << 20;
/// Number of bytes of a line that are read between two checks of the memory budget.
const STEP: u64 = 64 << 10;
/// Memory of a line besides its bytes.
const LINE_OVERHEAD: usize = 256;

/// Scores lines and passes the responses to `sink`, chunk by chunk. Blocks. A line that is not a request, or whose row fails,
/// has a response with a message. Blank lines have no response.
///
/// # Errors
/// Fails if the lines cannot be read, a limit is exceeded, or `sink` fails.
pub fn run(
    deployed: &Deployed,
    input: impl Read,
    mut work: Work,
    mut sink: impl FnMut(Bytes) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let mut input = BufReader::new(input);
    // A model that refers to earlier rows sees those of the stream, in order.
    let mut own = deployed.own_scorer(&work)?;
    let mut memory = work.account().memory();
    loop {
        let lines = chunk(&mut input, &mut work, &mut memory)?;
        if lines.is_empty() {
            return Ok(());
        }
        let work = &work;
        let lines = &lines;
        let bytes = |range: Range<usize>| lines[range].iter().map(|line| json::decoded_bytes(line)).sum();
        let responses =
            deployed.in_shares(work, own.as_mut(), (lines.len(), SHARE), bytes, |scorer, range| {
                score(deployed, work, scorer, &lines[range])
            })?;
        responses.into_iter().try_for_each(|text| sink(text.into_bytes()))?;
    }
}

/// Returns the next lines, or none at the end. Their memory is counted in `memory`.
fn chunk(input: &mut impl BufRead, work: &mut Work, memory: &mut Memory) -> Result<Vec<Vec<u8>>, Failure> {
    let (mut lines, mut bytes) = (Vec::new(), 0);
    memory.shrink(0);
    while lines.len() < CHUNK_LINES && bytes < CHUNK_BYTES {
        let mut line = Vec::new();
        loop {
            // Memory is taken as bytes arrive.
            let start = line.len();
            memory.cover((bytes + start + LINE_OVERHEAD) as u64)?;
            let read = input.by_ref().take(STEP).read_until(b'\n', &mut line);
            if read.map_err(|error| Failure::unreadable(&error))? < STEP as usize || line.ends_with(b"\n") {
                break;
            }
            if line.len() > LONGEST_LINE {
                return Err(Failure::too_large(format!("A line is longer than {} MiB", LONGEST_LINE >> 20)));
            }
        }
        if line.is_empty() {
            break;
        }
        if !line.iter().all(u8::is_ascii_whitespace) {
            work.row()?;
            bytes += line.capacity() + LINE_OVERHEAD;
            memory.cover(bytes as u64)?;
            lines.push(line);
        }
    }
    Ok(lines)
}

fn score(deployed: &Deployed, work: &Work, scorer: &mut Scorer, lines: &[Vec<u8>]) -> Result<Held, Failure> {
    let mut text = Held::new(Vec::with_capacity(lines.len() * 64), work.account().memory())?;
    for block in lines.chunks(deployed.rows_together(scorer, lines.len())) {
        work.check()?;
        let decoded = block.iter().map(|line| json::decoded_bytes(line) + LINE_OVERHEAD as u64).sum();
        let _memory = work.account().hold(decoded)?;
        let parsed: Vec<Result<EvaluationRequest<'_>, Failure>> =
            block.iter().map(|line| json::parse(line)).collect();
        // Requests that follow each other are scored together.
        let mut rest = parsed.into_iter().peekable();
        while let Some(next) = rest.next() {
            match next {
                Ok(request) => {
                    let mut together = vec![request];
                    while let Some(Ok(request)) = rest.next_if(Result::is_ok) {
                        together.push(request);
                    }
                    write_block(deployed, work, scorer, &together, Nesting::Line, &mut text)?;
                }
                Err(failure) => {
                    let out = text.bytes_mut();
                    deployed.evaluations.write(out, Nesting::Line, None, Err(&failure.message));
                    out.push(b'\n');
                    text.count()?;
                }
            }
        }
    }
    Ok(text)
}
