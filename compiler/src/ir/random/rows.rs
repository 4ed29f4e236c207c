//! Random rows, and what engines compute from them.

use super::source::{INTEGERS, Random, STRINGS};
use crate::frame::{BLOCK_ROWS, Engine, Layout};
use crate::ir::{Constant, Failure, Id, Program, Type};
use pmml_runtime::compiled::blocks::rows_of_mask;
use pmml_runtime::{Context, List, Stream, StringId};

/// Fills a row of a frame with random input cells.
pub fn row(
    random: &mut Random,
    program: &Program,
    layout: &Layout,
    row: usize,
    frame: &mut [u64],
    context: &mut Context<'_>,
) {
    let set = |mask: &mut u64, bit: bool| *mask = *mask & !(1 << row) | (bit as u64) << row;
    for (input, data) in program.inputs.iter() {
        let columns = layout.input(input);
        let state = random.below(6);
        set(&mut frame[columns.present], state > 1);
        set(&mut frame[columns.unconvertible], state == 1);
        // The string of an absent cell is arbitrary.
        frame[columns.strings + row] = match state {
            1 => context.intern(random.pick(&STRINGS)).number() as u64,
            _ => random.bits(),
        };
        let bits = match data.ty {
            Type::Bool => random.below(2) as u64,
            Type::I64 => Constant::I64(random.pick(&INTEGERS)).bits(),
            Type::F32 => Constant::F32(random.cell(data.nan) as f32).bits(),
            Type::F64 => Constant::F64(random.cell(data.nan)).bits(),
            Type::String => context.intern(random.pick(&STRINGS)).number() as u64,
            Type::List => {
                let list = context.new_list();
                for _ in 0..random.below(4) {
                    let item = random.f64().to_bits();
                    let present = random.chance(80);
                    context.push(list, present.then_some(item));
                }
                list.number() as u64
            }
        };
        match data.ty {
            Type::Bool => set(&mut frame[columns.values], bits != 0),
            _ => frame[columns.values + row] = bits,
        }
    }
}

/// Runs an engine and returns what engines of equal programs must agree on: for each of the rows that follow
/// from the seed, in `blocks` blocks of one stream, the failure or the results, as text. Every other block
/// has rows that must not be run.
pub fn outcomes(engine: &dyn Engine, program: &Program, seed: u64, blocks: usize) -> Vec<String> {
    let layout = engine.layout();
    let mut context = Context::new(&program.dictionary);
    let mut stream = Stream::default();
    let mut random = Random::new(seed);
    let mut outcomes = Vec::new();
    for block in 0..blocks {
        let mask = if block % 2 == 0 { u64::MAX } else { random.bits() };
        context.clear();
        let mut frame = vec![0; layout.words];
        for row in 0..BLOCK_ROWS {
            self::row(&mut random, program, layout, row, &mut frame, &mut context);
        }
        engine.run(&mut frame, mask, &mut context, &mut stream);
        for row in rows_of_mask(mask) {
            let failure = frame[layout.failures + row];
            if failure != 0 {
                // Passes renumber failures.
                let failure = program.failures.get(Failure::new(failure as usize - 1));
                outcomes.push(format!("row {row}: {failure:?}"));
                continue;
            }
            let mut outcome = format!("row {row}:");
            for ((value, _), columns) in program.results().zip(&layout.results) {
                let present = frame[columns.present] >> row & 1 != 0;
                let bits = match program.ty(value) {
                    Type::Bool => frame[columns.values] >> row & 1,
                    _ => frame[columns.values + row],
                };
                let text = text(&context, program.ty(value), bits);
                outcome.push_str(&format!(" {text} ({present})"));
            }
            outcomes.push(outcome);
        }
    }
    outcomes
}

fn text(context: &Context<'_>, ty: Type, bits: u64) -> String {
    match ty {
        // The sign and payload of NaN are not compared; other numbers print differently if they differ.
        Type::F64 => format!("{:?}", f64::from_bits(bits)),
        Type::F32 => format!("{:?}", f32::from_bits(bits as u32)),
        Type::String => format!("{:?}", context.string(StringId::from_number(bits as u32))),
        Type::List => {
            // The lists of random programs hold integers and `f64`s.
            let items = context.items(List::from_number(bits as u32)).iter();
            let item = |item: &Option<u64>| match item {
                Some(bits) if f64::from_bits(*bits).is_nan() => "NaN".to_owned(),
                item => format!("{item:?}"),
            };
            items.map(item).collect::<Vec<_>>().join(", ")
        }
        Type::Bool | Type::I64 => format!("{}", bits as i64),
    }
}
