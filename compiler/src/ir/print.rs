//! The text form of a program, for snapshots, `pmmlc inspect --ir` and people: `docs/ir.md` describes it.
//!
//! Values are numbered in the order in which they are printed, so that two programs that compute the same in
//! the same order print the same, regardless of the passes that made them.

use super::entity::{Instruction, Region, Value};
use super::forest::{Forest, Leaf, Reduction, Test, TreeNode};
use super::instruction::{InputPart, Operation};
use super::program::Program;
use super::types::{Constant, Type};
use std::collections::HashMap;
use std::fmt::{self, Write};

/// The largest number of nodes of a forest, elements of a table or rows of a map that are printed.
const SHOWN: usize = 64;

impl fmt::Display for Program {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (id, input) in self.inputs.iter() {
            match input.items {
                Some(items) if input.nan => writeln!(f, "{id}: list of {items} or NaN {:?}", input.name)?,
                Some(items) => writeln!(f, "{id}: list of {items} {:?}", input.name)?,
                None if input.nan => writeln!(f, "{id}: {} or NaN {:?}", input.ty, input.name)?,
                None => writeln!(f, "{id}: {} {:?}", input.ty, input.name)?,
            }
        }
        for (id, failure) in self.failures.iter() {
            let about = failure.input.map(|input| format!(" {input}")).unwrap_or_default();
            let message = if failure.message.is_empty() { "" } else { ": " };
            writeln!(f, "{id}: {:?}{about}{message}{}", failure.kind, failure.message)?;
        }
        for (id, table) in self.tables.iter() {
            writeln!(f, "{id}: {} [{}]", table.ty, self.elements(table.ty, &table.elements))?;
        }
        for (id, set) in self.sets.iter() {
            writeln!(f, "{id}: {} {{{}}}", set.ty, self.elements(set.ty, &set.elements))?;
        }
        for (id, map) in self.maps.iter() {
            writeln!(f, "{id}: {} rows", map.rows.len())?;
            for (keys, row) in map.rows.iter().take(SHOWN) {
                let keys: Vec<String> =
                    keys.iter().zip(&map.keys).map(|(bits, ty)| self.element(*ty, *bits)).collect();
                writeln!(f, "  ({}) -> {row}", keys.join(", "))?;
            }
        }
        for (number, words) in self.dictionary.arrays().enumerate() {
            writeln!(f, "array {number}: [{}]", self.elements(Type::I64, words))?;
        }
        for (id, history) in self.histories.iter() {
            writeln!(f, "{id}: {} × {}", history.ty, history.length)?;
        }
        for (id, forest) in self.forests.iter() {
            writeln!(f, "{id}: {}", reduction(forest.reduction))?;
            self.forest(f, forest)?;
        }
        for (id, kernel) in self.kernels.iter() {
            write!(f, "{id}: {kernel}")?;
        }
        let mut printer = Printer::new(self);
        match self.body {
            Some(body) => {
                writeln!(f, "body:")?;
                printer.region(f, body, 1)
            }
            None => Ok(()),
        }
    }
}

impl Program {
    fn elements(&self, ty: Type, elements: &[u64]) -> String {
        let mut shown: Vec<String> =
            elements.iter().take(SHOWN).map(|bits| self.element(ty, *bits)).collect();
        if elements.len() > SHOWN {
            shown.push(format!("… {} in all", elements.len()));
        }
        shown.join(", ")
    }

    fn element(&self, ty: Type, bits: u64) -> String {
        Constant::from_bits(ty, bits).map(|constant| self.constant_text(constant)).unwrap_or_default()
    }

    fn constant_text(&self, constant: Constant) -> String {
        match constant {
            Constant::String(text) => format!("{:?}", self.dictionary.get(text).unwrap_or_default()),
            constant => format!("{constant:?}"),
        }
    }

    fn forest(&self, f: &mut fmt::Formatter<'_>, forest: &Forest) -> fmt::Result {
        let roots: Vec<String> = forest.roots.iter().take(SHOWN).map(|root| root.to_string()).collect();
        let features: Vec<String> = forest.features.iter().map(|ty| ty.to_string()).collect();
        writeln!(f, "  features {}", features.join(", "))?;
        writeln!(f, "  {} trees: {}", forest.roots.len(), roots.join(", "))?;
        for (id, node) in forest.nodes.iter().take(SHOWN) {
            match node {
                TreeNode::Split { feature, test, then, otherwise, missing } => {
                    writeln!(
                        f,
                        "  {id}: feature {feature} {} ? {then} : {otherwise} missing {missing}",
                        test_text(*test)
                    )?;
                }
                TreeNode::Leaf(Leaf::Missing) => writeln!(f, "  {id}: no result")?,
                TreeNode::Leaf(leaf @ Leaf::Result { number, .. }) => {
                    write!(f, "  {id}: leaf {number}")?;
                    for term in forest.terms_of(*leaf) {
                        write!(f, ", [{}] += {:?}", term.accumulator, term.value)?;
                    }
                    writeln!(f)?;
                }
            }
        }
        if forest.nodes.len() > SHOWN {
            writeln!(f, "  … {} nodes in all", forest.nodes.len())?;
        }
        Ok(())
    }
}

fn reduction(reduction: Reduction) -> String {
    match reduction {
        Reduction::Leaf => "leaf of each tree".to_owned(),
        Reduction::Sum { accumulators, precision } => format!("{accumulators} sums in {precision}"),
        Reduction::Vote { accumulators, precision } => format!("vote of {accumulators} in {precision}"),
        Reduction::Median { accumulators, precision } => format!("{accumulators} medians in {precision}"),
        Reduction::Maximum { accumulators, precision } => format!("{accumulators} maxima in {precision}"),
    }
}

fn test_text(test: Test) -> String {
    match test {
        Test::Less(number) => format!("< {number:?}"),
        Test::LessOrEqual(number) => format!("<= {number:?}"),
        Test::Greater(number) => format!("> {number:?}"),
        Test::GreaterOrEqual(number) => format!(">= {number:?}"),
        Test::Equal(number) => format!("== {number:?}"),
        Test::NotEqual(number) => format!("!= {number:?}"),
        Test::In(set) => format!("in {set}"),
        Test::True => "is true".to_owned(),
        Test::Present => "is present".to_owned(),
    }
}

/// Prints instructions, with values numbered in the order in which they are printed first.
pub(crate) struct Printer<'p> {
    program: &'p Program,
    numbers: HashMap<Value, usize>,
}

impl<'p> Printer<'p> {
    fn new(program: &'p Program) -> Self {
        Self { program, numbers: HashMap::new() }
    }

    /// Makes a printer that numbers values as the text form of the whole program does.
    pub(crate) fn numbered(program: &'p Program) -> Self {
        struct Nowhere;
        impl Write for Nowhere {
            fn write_str(&mut self, _: &str) -> fmt::Result {
                Ok(())
            }
        }
        let mut printer = Self::new(program);
        if let Some(body) = program.body {
            // Writing nowhere cannot fail.
            let _ = printer.region(&mut Nowhere, body, 1);
        }
        printer
    }

    fn define(&mut self, value: Value) -> String {
        let next = self.numbers.len();
        let number = *self.numbers.entry(value).or_insert(next);
        format!("v{number}: {}", self.program.ty(value))
    }

    /// Returns the printed number of a value, or its id if it was not defined before (which the verifier
    /// rejects).
    pub(crate) fn name(&self, value: Value) -> String {
        match self.numbers.get(&value) {
            Some(number) => format!("v{number}"),
            None => format!("undefined {value}"),
        }
    }

    fn names(&self, values: &[Value]) -> String {
        values.iter().map(|value| self.name(*value)).collect::<Vec<_>>().join(", ")
    }

    fn region(&mut self, f: &mut dyn Write, region: Region, depth: usize) -> fmt::Result {
        let Some(data) = self.program.regions.get(region) else { return writeln!(f, "undefined {region}") };
        self.instructions(f, &data.instructions, depth)?;
        if !data.yields.is_empty() {
            writeln!(f, "{}yield {}", "  ".repeat(depth), self.names(&data.yields))?;
        }
        Ok(())
    }

    /// Prints instructions, a line each, with those of their regions below them, indented to a depth.
    pub(crate) fn instructions(
        &mut self,
        f: &mut dyn Write,
        instructions: &[Instruction],
        depth: usize,
    ) -> fmt::Result {
        let indent = "  ".repeat(depth);
        for instruction in instructions {
            let data = &self.program.instructions[*instruction];
            let text = self.operation(&data.operation);
            let results: Vec<String> = data.results.iter().map(|value| self.define(*value)).collect();
            write!(f, "{indent}")?;
            if !results.is_empty() {
                write!(f, "{} = ", results.join(", "))?;
            }
            write!(f, "{text}")?;
            if let Operation::If { then, otherwise, .. } = data.operation {
                writeln!(f, " {{")?;
                self.region(f, then, depth + 1)?;
                let otherwise_data = &self.program.regions[otherwise];
                if !otherwise_data.instructions.is_empty() || !otherwise_data.yields.is_empty() {
                    writeln!(f, "{indent}}} else {{")?;
                    self.region(f, otherwise, depth + 1)?;
                }
                write!(f, "{indent}}}")?;
            }
            writeln!(f)?;
        }
        Ok(())
    }

    fn operation(&self, operation: &Operation) -> String {
        match operation {
            Operation::Constant(constant) => self.program.constant_text(*constant),
            Operation::Input(input, part) => match part {
                InputPart::Value => format!("value of {input}"),
                InputPart::State => format!("state of {input}"),
                InputPart::String => format!("string of {input}"),
            },
            Operation::Unary(unary, a) => format!("{} {}", unary.name(), self.name(*a)),
            Operation::Binary(binary, a, b) => {
                format!("{} {} {}", self.name(*a), binary.symbol(), self.name(*b))
            }
            Operation::Select(a, b, c) => {
                format!("select {} ? {} : {}", self.name(*a), self.name(*b), self.name(*c))
            }
            Operation::Call(function, arguments) => format!("{function}({})", self.names(arguments)),
            Operation::Lookup(table, index) => format!("{table}[{}]", self.name(*index)),
            Operation::Find(map, keys) => format!("{map}({})", self.names(keys)),
            Operation::Contains(set, value) => format!("{} in {set}", self.name(*value)),
            Operation::If { condition, .. } => format!("if {}", self.name(*condition)),
            Operation::Forest(forest, arguments) => format!("{forest}({})", self.names(arguments)),
            Operation::Kernel(kernel, arguments) => format!("{kernel}({})", self.names(arguments)),
            Operation::List(items) => {
                let mut text = String::from("[");
                for (index, item) in items.chunks(2).enumerate() {
                    let separator = if index == 0 { "" } else { ", " };
                    // Writing to a String cannot fail.
                    let _ = match item {
                        [item, present] => {
                            write!(text, "{separator}{} if {}", self.name(*item), self.name(*present))
                        }
                        _ => write!(text, "{separator}half an item"),
                    };
                }
                text + "]"
            }
            Operation::Recall { history, value, present, restart } => format!(
                "recall {history}, then record {} if {}, restart if {}",
                self.name(*value),
                self.name(*present),
                self.name(*restart)
            ),
            Operation::FailIf(condition, failure) => {
                format!("fail with {failure} if {}", self.name(*condition))
            }
        }
    }
}

impl fmt::Display for Reduction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&reduction(*self))
    }
}
