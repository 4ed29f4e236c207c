//! The threads of `score`: one reads, some score, and the calling one writes.
//!
//! Blocks are sent to the workers in turn, over a separate channel for each, and their results are collected in the same
//! turn, so that they are in order without being numbered. The channels are short: a thread that is ahead waits, and memory
//! is bounded by a few blocks for each worker. A thread that stops (at the end, or because of an error) drops its ends of
//! the channels, and the others stop when they next use them.

use super::worker::{Layout, Scored, Worker};
use crate::failure::Failure;
use pmml::Model;
use pmml_table::{Block, Error, Source};
use std::sync::mpsc::sync_channel;
use std::thread;

/// Scores all rows and passes the results to `deliver` in order.
pub fn run(
    mut source: Source<'_, '_>,
    layout: &Layout<'_>,
    model: &Model,
    threads: usize,
    refuse: impl Fn(Error) -> Failure,
    mut deliver: impl FnMut(Scored) -> Result<(), Failure>,
) -> Result<(), Failure> {
    thread::scope(|scope| {
        let (mut to_workers, mut from_workers) = (Vec::new(), Vec::new());
        for _ in 0..threads {
            let (block_sender, blocks) = sync_channel::<Result<Block, Error>>(1);
            let (scored_sender, scored) = sync_channel(1);
            to_workers.push(block_sender);
            from_workers.push(scored);
            spawn(scope, move || {
                let mut worker = Worker::new(layout, model);
                for block in blocks {
                    let scored = block.map(|block| worker.score(&block));
                    if scored_sender.send(scored).is_err() {
                        break;
                    }
                }
            })?;
        }
        spawn(scope, move || {
            for worker in to_workers.iter().cycle() {
                let block = source.block(|_| Ok(()));
                let is_last = block.as_ref().map_or(true, |block| block.rows.is_empty());
                if worker.send(block).is_err() || is_last {
                    break;
                }
            }
        })?;
        for scored in from_workers.iter().cycle() {
            // A worker without more results has reached the end.
            let Ok(scored) = scored.recv() else { break };
            deliver(scored.map_err(&refuse)?).inspect_err(|failure| {
                if failure.is_broken_pipe() {
                    // The rest is not wanted, and the reading thread may block on its input forever.
                    std::process::exit(0);
                }
            })?;
        }
        Ok(())
    })
}

fn spawn<'s>(scope: &'s thread::Scope<'s, '_>, work: impl FnOnce() + Send + 's) -> Result<(), Failure> {
    let spawned = thread::Builder::new().spawn_scoped(scope, work);
    spawned.map(drop).map_err(|error| {
        Failure::io("a thread cannot be started", &error).help("try fewer threads with `--threads`")
    })
}
