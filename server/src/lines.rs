//! Rows as JSON lines: a request a line, a response a line, in memory that does not grow with their number.

use crate::deployed::Deployed;
use crate::failure::Failure;
use crate::json::{self, EvaluationRequest, Nesting};
use crate::limits::Work;
use crate::rows::{SHARE, write_block};
use crate::table::unreadable;
use pmml::{BLOCK_ROWS, Scorer};
use rayon::prelude::*;
use std::io::{BufRead, BufReader, Read};

/// How many bytes a line may have.
const LONGEST_LINE: usize = 16 << 20;
/// How many lines, and about how many bytes, are in memory at once.
const PIECE_LINES: usize = 64 * BLOCK_ROWS;
const PIECE_BYTES: usize = 4 << 20;

/// Scores lines and hands the responses to `sink`, piece by piece. Blocks. A line that is no request, or whose row fails,
/// has a response with a message; blank lines have none.
///
/// # Errors
/// If the lines cannot be read, a limit is exceeded, or `sink` fails.
pub fn run(
    deployed: &Deployed,
    input: impl Read,
    mut work: Work,
    mut sink: impl FnMut(Vec<u8>) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let mut input = BufReader::new(input);
    // A model that looks back at earlier rows sees those of the stream, in order.
    let mut own = deployed.model.is_stateful().then(|| deployed.model.scorer());
    loop {
        let lines = piece(&mut input, &mut work)?;
        if lines.is_empty() {
            return Ok(());
        }
        let text = match &mut own {
            Some(scorer) => score(deployed, scorer, &lines),
            None => {
                let shares = lines.par_chunks(SHARE);
                let texts: Vec<_> = shares
                    .map(|lines| deployed.with_scorer(|scorer| score(deployed, scorer, lines)))
                    .collect();
                texts.concat()
            }
        };
        sink(text)?;
    }
}

/// The next lines: none at the end.
fn piece(input: &mut impl BufRead, work: &mut Work) -> Result<Vec<Vec<u8>>, Failure> {
    let (mut lines, mut bytes) = (Vec::new(), 0);
    while lines.len() < PIECE_LINES && bytes < PIECE_BYTES {
        let mut line = Vec::new();
        let limit = LONGEST_LINE as u64 + 1;
        let read =
            input.by_ref().take(limit).read_until(b'\n', &mut line).map_err(|error| unreadable(&error))?;
        if read == 0 {
            break;
        }
        if line.len() > LONGEST_LINE {
            return Err(Failure::too_large(format!("A line is longer than {} MiB", LONGEST_LINE >> 20)));
        }
        if !line.iter().all(u8::is_ascii_whitespace) {
            work.row()?;
            bytes += line.len();
            lines.push(line);
        }
    }
    Ok(lines)
}

fn score(deployed: &Deployed, scorer: &mut Scorer, lines: &[Vec<u8>]) -> Vec<u8> {
    let mut text = Vec::with_capacity(lines.len() * 64);
    for block in lines.chunks(scorer.reserve(lines.len())) {
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
                    write_block(deployed, scorer, &together, Nesting::Line, &mut text);
                }
                Err(failure) => {
                    deployed.evaluations.write(&mut text, Nesting::Line, None, Err(&failure.message));
                    text.push(b'\n');
                }
            }
        }
    }
    text
}
