//! Measures the memory of programs, in bytes: see [`memory`](crate::memory) for what is counted.

use super::entity::{Arena, Failure, Id};
use super::instruction::Operation;
use super::program::{FailureData, Program};
use crate::memory::list;

fn arena<K: Id, V>(arena: &Arena<K, V>) -> usize {
    arena.capacity() * size_of::<V>()
}

/// Returns the memory of a program.
pub fn program(program: &Program) -> usize {
    let instructions = program.instructions.values().map(|instruction| {
        let arguments = match &instruction.operation {
            Operation::Call(_, values)
            | Operation::Find(_, values)
            | Operation::Forest(_, values)
            | Operation::Kernel(_, values)
            | Operation::List(values) => list(values),
            _ => 0,
        };
        arguments + list(&instruction.results)
    });
    let regions = program.regions.values().map(|region| list(&region.instructions) + list(&region.yields));
    let forests = program.forests.values().map(|forest| {
        list(&forest.features) + arena(&forest.nodes) + list(&forest.roots) + list(&forest.terms)
    });
    let maps = program.maps.values().map(|map| {
        list(&map.keys) + list(&map.rows) + map.rows.iter().map(|(keys, _)| list(keys)).sum::<usize>()
    });
    [
        size_of::<Program>(),
        arena(&program.inputs),
        program.inputs.values().map(|input| input.name.capacity()).sum(),
        program.dictionary.bytes(),
        arena(&program.instructions),
        instructions.sum(),
        arena(&program.values),
        arena(&program.regions),
        regions.sum(),
        arena(&program.forests),
        forests.sum(),
        arena(&program.kernels),
        program.kernels.values().map(|kernel| kernel.memory()).sum(),
        arena(&program.tables),
        program.tables.values().map(|table| list(&table.elements)).sum(),
        arena(&program.sets),
        program.sets.values().map(|set| list(&set.elements)).sum(),
        arena(&program.maps),
        maps.sum(),
        failures(&program.failures),
        arena(&program.histories),
    ]
    .iter()
    .sum()
}

/// Returns the memory of the reasons why rows can fail.
pub fn failures(failures: &Arena<Failure, FailureData>) -> usize {
    let strings = failures.values().map(|failure| {
        failure.message.capacity() + failure.derived_field.as_ref().map_or(0, String::capacity)
    });
    arena(failures) + strings.sum::<usize>()
}
