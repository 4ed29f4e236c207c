//! Dead code elimination: drops what is not needed.
//!
//! One sweep from the end to the beginning finds what is needed: the results of the program, what can make a
//! row fail, and what those depend on. Then the program is rebuilt from that:
//!
//! - without instructions whose results are unused; an `If` is used if one of its results is, or if something
//!   inside it can fail or charges the row; calls that charge the row stay, and so do recalls;
//! - without yields that become unused results of an `If`;
//! - without features that no tree of a forest tests, and without what computes them;
//! - without forests, kernels, tables, sets, maps, histories and failures that are not mentioned. Inputs
//!   stay: they belong to the signature.

use super::Code;
use crate::ir::{
    Arena, Builder, Failure, Forest, ForestId, History, Id, Instruction, Kernel, Map, Operation, Program,
    Region, Set, Table, Test, TreeNode, Value,
};

/// Runs the pass.
pub fn run(mut program: Program) -> Program {
    let code = Code::take(&mut program);
    let Some(body) = code.body else { return program };
    let tested: Vec<Vec<bool>> = program.forests.values().map(tested_features).collect();
    let mut uses = Uses {
        code: &code,
        tested: &tested,
        values: vec![false; code.values.len()],
        instructions: vec![false; code.instructions.len()],
    };
    uses.region(body, None);
    let Uses { values, instructions, .. } = uses;
    let (beginning, entities) = keep_entities(program, &code, &instructions, &tested);
    let mut rebuild = Rebuild {
        renamed: vec![None; code.values.len()],
        code: &code,
        values,
        instructions,
        tested,
        entities,
        builder: Builder::new(beginning),
    };
    let yields = rebuild.region(body, None);
    rebuild.builder.finish(yields)
}

/// Returns for each feature whether a node tests it.
fn tested_features(forest: &Forest) -> Vec<bool> {
    let mut tested = vec![false; forest.features.len()];
    for node in forest.nodes.values() {
        if let TreeNode::Split { feature, .. } = node {
            tested[*feature as usize] = true;
        }
    }
    tested
}

/// Returns the arguments of a forest that belong to features that are tested: two per feature.
fn tested_arguments(arguments: &[Value], tested: &[bool]) -> Vec<Value> {
    arguments
        .chunks(2)
        .zip(tested)
        .filter(|(_, tested)| **tested)
        .flat_map(|(pair, _)| pair.to_vec())
        .collect()
}

/// The sweep that finds what is needed.
struct Uses<'c> {
    code: &'c Code,
    tested: &'c [Vec<bool>],
    values: Vec<bool>,
    instructions: Vec<bool>,
}

impl Uses<'_> {
    /// Sweeps a region. Its yields are needed if the owner's results are; without an owner, all are. Returns
    /// whether something in it can have an effect.
    fn region(&mut self, region: Region, owner: Option<Instruction>) -> bool {
        let code = self.code;
        let data = &code.regions[region];
        for (index, value) in data.yields.iter().enumerate() {
            let result = owner.map(|owner| code.instructions[owner].results[index]);
            if result.is_none_or(|result| self.values[result.index()]) {
                self.values[value.index()] = true;
            }
        }
        let mut effect = false;
        for instruction in data.instructions.iter().rev() {
            effect |= self.instruction(*instruction);
        }
        effect
    }

    fn instruction(&mut self, instruction: Instruction) -> bool {
        let data = &self.code.instructions[instruction];
        let (used, effect) = match data.operation {
            Operation::If { then, otherwise, .. } => {
                let effects = [then, otherwise].map(|region| self.region(region, Some(instruction)));
                let effect = effects.contains(&true);
                (effect || self.has_used_result(instruction), effect)
            }
            Operation::FailIf(..) => (true, true),
            // The charges of a row do not depend on which results are needed.
            Operation::Recall { .. } => (true, true),
            ref operation if operation.is_metered() => (true, true),
            _ => (self.has_used_result(instruction), false),
        };
        if !used {
            return false;
        }
        self.instructions[instruction.index()] = true;
        let values = &mut self.values;
        match &data.operation {
            Operation::Forest(forest, arguments) => {
                for value in tested_arguments(arguments, &self.tested[forest.index()]) {
                    values[value.index()] = true;
                }
            }
            operation => operation.visit_arguments(|value| values[value.index()] = true),
        }
        effect
    }

    fn has_used_result(&self, instruction: Instruction) -> bool {
        self.code.instructions[instruction].results.iter().any(|value| self.values[value.index()])
    }
}

/// The new ids of the entities that are kept.
#[derive(Default)]
struct Entities {
    forests: Vec<Option<ForestId>>,
    kernels: Vec<Option<Kernel>>,
    tables: Vec<Option<Table>>,
    sets: Vec<Option<Set>>,
    maps: Vec<Option<Map>>,
    failures: Vec<Option<Failure>>,
    histories: Vec<Option<History>>,
}

/// Drops the entities that no used instruction mentions.
fn keep_entities(
    mut program: Program,
    code: &Code,
    used: &[bool],
    tested: &[Vec<bool>],
) -> (Program, Entities) {
    let mut forests = vec![false; program.forests.len()];
    let mut kernels = vec![false; program.kernels.len()];
    let mut tables = vec![false; program.tables.len()];
    let mut sets = vec![false; program.sets.len()];
    let mut maps = vec![false; program.maps.len()];
    let mut failures = vec![false; program.failures.len()];
    let mut histories = vec![false; program.histories.len()];
    for (_, data) in code.instructions.iter().filter(|(id, _)| used[id.index()]) {
        match data.operation {
            Operation::Forest(forest, _) => forests[forest.index()] = true,
            Operation::Kernel(kernel, _) => kernels[kernel.index()] = true,
            Operation::Lookup(table, _) => tables[table.index()] = true,
            Operation::Contains(set, _) => sets[set.index()] = true,
            Operation::Find(map, _) => maps[map.index()] = true,
            Operation::FailIf(_, failure) => failures[failure.index()] = true,
            Operation::Recall { history, .. } => histories[history.index()] = true,
            _ => {}
        }
    }
    for (_, forest) in program.forests.iter().filter(|(id, _)| forests[id.index()]) {
        for node in forest.nodes.values() {
            if let TreeNode::Split { test: Test::In(set), .. } = node {
                sets[set.index()] = true;
            }
        }
    }
    let sets = keep(&mut program.sets, &sets);
    for (id, forest) in program.forests.ids().zip(program.forests.values_mut()) {
        if forests[id.index()] {
            keep_features(forest, &tested[id.index()], &sets);
        }
    }
    let entities = Entities {
        forests: keep(&mut program.forests, &forests),
        kernels: keep(&mut program.kernels, &kernels),
        tables: keep(&mut program.tables, &tables),
        sets,
        maps: keep(&mut program.maps, &maps),
        failures: keep(&mut program.failures, &failures),
        histories: keep(&mut program.histories, &histories),
    };
    (program, entities)
}

/// Drops the elements of an arena that are not used. Returns the new ids of the others.
fn keep<K: Id, V>(arena: &mut Arena<K, V>, used: &[bool]) -> Vec<Option<K>> {
    let mut kept = Arena::new();
    let new = std::mem::take(arena)
        .into_values()
        .zip(used)
        .map(|(element, used)| used.then(|| kept.push(element)))
        .collect();
    *arena = kept;
    new
}

/// Drops a forest's features that are not tested and renames its sets.
fn keep_features(forest: &mut Forest, tested: &[bool], sets: &[Option<Set>]) {
    let numbers: Vec<u32> = tested
        .iter()
        .scan(0, |next, tested| {
            let number = *next;
            *next += *tested as u32;
            Some(number)
        })
        .collect();
    let mut kept = tested.iter();
    forest.features.retain(|_| kept.next().copied().unwrap_or(false));
    for node in forest.nodes.values_mut() {
        if let TreeNode::Split { feature, test, .. } = node {
            *feature = numbers[*feature as usize];
            if let Test::In(set) = test {
                *set = sets[set.index()].unwrap_or(*set);
            }
        }
    }
}

/// Rebuilds what is needed.
struct Rebuild<'c> {
    code: &'c Code,
    /// The old values and instructions that are needed.
    values: Vec<bool>,
    instructions: Vec<bool>,
    tested: Vec<Vec<bool>>,
    entities: Entities,
    builder: Builder,
    renamed: Vec<Option<Value>>,
}

impl Rebuild<'_> {
    fn rename(&self, value: Value) -> Value {
        // What is needed has been built before.
        self.renamed[value.index()].unwrap_or(value)
    }

    fn region(&mut self, region: Region, owner: Option<Instruction>) -> Vec<Value> {
        let code = self.code;
        for instruction in &code.regions[region].instructions {
            if self.instructions[instruction.index()] {
                self.instruction(*instruction);
            }
        }
        let yields = code.regions[region].yields.iter();
        match owner {
            None => yields.map(|value| self.rename(*value)).collect(),
            Some(owner) => yields
                .zip(&code.instructions[owner].results)
                .filter(|(_, result)| self.values[result.index()])
                .map(|(value, _)| self.rename(*value))
                .collect(),
        }
    }

    fn instruction(&mut self, instruction: Instruction) {
        let data = &self.code.instructions[instruction];
        if let Operation::If { condition, then, otherwise } = data.operation {
            let [then, otherwise] = [then, otherwise].map(|region| {
                let new = self.builder.open();
                let yields = self.region(region, Some(instruction));
                self.builder.close(yields);
                new
            });
            let condition = self.rename(condition);
            let results = self.builder.end_branch(condition, then, otherwise);
            let used = data.results.iter().filter(|value| self.values[value.index()]);
            for (old, new) in used.zip(results) {
                self.renamed[old.index()] = Some(new);
            }
            return;
        }
        let mut operation = data.operation.clone();
        let entities = &self.entities;
        match &mut operation {
            Operation::Forest(forest, arguments) => {
                *arguments = tested_arguments(arguments, &self.tested[forest.index()]);
                *forest = entities.forests[forest.index()].unwrap_or(*forest);
            }
            Operation::Kernel(kernel, _) => {
                *kernel = entities.kernels[kernel.index()].unwrap_or(*kernel);
            }
            Operation::Lookup(table, _) => *table = entities.tables[table.index()].unwrap_or(*table),
            Operation::Contains(set, _) => *set = entities.sets[set.index()].unwrap_or(*set),
            Operation::Find(map, _) => *map = entities.maps[map.index()].unwrap_or(*map),
            Operation::FailIf(_, failure) => {
                *failure = entities.failures[failure.index()].unwrap_or(*failure);
            }
            Operation::Recall { history, .. } => {
                *history = entities.histories[history.index()].unwrap_or(*history);
            }
            _ => {}
        }
        operation.map_arguments(|value| self.rename(value));
        let results = self.builder.emit(operation).to_vec();
        for (old, new) in data.results.iter().zip(results) {
            self.renamed[old.index()] = Some(new);
        }
    }
}

#[cfg(test)]
mod tests;
