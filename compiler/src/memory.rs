//! How much memory things take, in bytes: what their lists and texts have room for, added up.
//!
//! What the allocator adds is not in it, nor are pages that are not full.

use crate::ir::entity::{Arena, Id};
use crate::ir::kernel::KernelData;
use crate::ir::{Failure, FailureData, Operation, Program};
use crate::signature::{Field, Signature};
use std::mem::size_of;

/// The memory of a list by itself, without what its elements refer to.
pub fn list<T>(list: &Vec<T>) -> usize {
    list.capacity() * size_of::<T>()
}

fn arena<K: Id, V>(arena: &Arena<K, V>) -> usize {
    arena.capacity() * size_of::<V>()
}

/// The memory of a program.
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
        program.kernels.values().map(|kernel| kernel_data(kernel)).sum(),
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

/// The memory of the reasons for which rows can fail.
pub fn failures(failures: &Arena<Failure, FailureData>) -> usize {
    let texts = failures.values().map(|failure| {
        failure.message.capacity() + failure.derived_field.as_ref().map_or(0, String::capacity)
    });
    arena(failures) + texts.sum::<usize>()
}

pub(crate) fn kernel_data(data: &KernelData) -> usize {
    size_of::<KernelData>()
        + match data {
            KernelData::Dense(dense) => dense.bytes(),
            KernelData::Machines(machines) => machines.bytes(),
            KernelData::Distances(distances) => {
                list(&distances.fields)
                    + list(&distances.instances)
                    + distances.instances.iter().map(list).sum::<usize>()
            }
        }
}

/// The memory of a signature.
pub fn signature(signature: &Signature) -> usize {
    let optional = |text: &Option<String>| text.as_ref().map_or(0, String::capacity);
    let fields = |fields: &Vec<Field>| {
        let field = |field: &Field| {
            let category = |category: &crate::signature::Category| {
                category.value.capacity() + optional(&category.display_value)
            };
            field.name.capacity()
                + optional(&field.display_name)
                + list(&field.values)
                + field.values.iter().map(category).sum::<usize>()
                + list(&field.intervals)
        };
        list(fields) + fields.iter().map(field).sum::<usize>()
    };
    size_of::<Signature>()
        + optional(&signature.model_name)
        + optional(&signature.group)
        + fields(&signature.inputs)
        + list(&signature.target_inputs)
        + fields(&signature.results)
}
