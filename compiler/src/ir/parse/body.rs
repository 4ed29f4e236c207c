//! The body of a program: regions, instructions and values.

use super::Parsed;
use super::cursor::{Cursor, Lines};
use crate::ir::{
    Binary, Function, Id, Input, InputPart, InstructionData, MAX_NESTING, Map, Operation, Program, Region,
    RegionData, Type, Unary, Value, ValueData,
};
use std::collections::HashMap;

/// The largest depth of regions in a text: the verifier, which comes later, allows less.
const MAX_DEPTH: usize = 2 * MAX_NESTING;

/// Reads the body, if there is one, up to the end of the text.
pub(super) fn parse(program: &mut Program, lines: &mut Lines<'_>) -> Parsed<()> {
    let Some(mut cursor) = lines.next() else { return Ok(()) };
    cursor.expect("body:")?;
    cursor.end()?;
    let mut parser = Parser { program, values: HashMap::new() };
    let body = parser.region(lines, 0)?;
    parser.program.body = Some(body);
    match lines.next() {
        Some(cursor) => cursor.error(format!("unexpected `{}`", cursor.rest())),
        None => Ok(()),
    }
}

struct Parser<'p> {
    program: &'p mut Program,
    /// The values, by their numbers in the text.
    values: HashMap<usize, Value>,
}

impl Parser<'_> {
    /// Reads a region up to the end of the text or to the line that closes it, which is not taken.
    fn region(&mut self, lines: &mut Lines<'_>, depth: usize) -> Parsed<Region> {
        let region = self.program.regions.push(RegionData::default());
        while let Some(line) = lines.peek() {
            if line.starts_with('}') {
                break;
            }
            let mut cursor = lines.need()?;
            if depth > MAX_DEPTH {
                return cursor.error("regions are nested too deep");
            }
            if cursor.eat("yield ") {
                self.program.regions[region].yields = cursor.list_to_end(|cursor| self.value(cursor))?;
                break;
            }
            self.instruction(region, cursor, lines, depth)?;
        }
        Ok(region)
    }

    fn instruction(
        &mut self,
        region: Region,
        mut cursor: Cursor<'_>,
        lines: &mut Lines<'_>,
        depth: usize,
    ) -> Parsed<()> {
        let results = self.results(&mut cursor)?;
        let operation = if cursor.eat("if ") {
            self.branch(&mut cursor, lines, depth)?
        } else {
            let operation = self.operation(&mut cursor)?;
            cursor.end()?;
            operation
        };
        let definition = self.program.instructions.push(InstructionData { operation, results: Vec::new() });
        for (number, ty) in results {
            let value = self.program.values.push(ValueData { ty, definition });
            self.program.instructions[definition].results.push(value);
            if self.values.insert(number, value).is_some() {
                return cursor.error(format!("v{number} is defined twice"));
            }
        }
        self.program.regions[region].instructions.push(definition);
        Ok(())
    }

    /// Takes the results of an instruction and the ` = ` after them: `v1: f64, v2: bool = `. There may be
    /// none.
    fn results(&mut self, cursor: &mut Cursor<'_>) -> Parsed<Vec<(usize, Type)>> {
        let mut results = Vec::new();
        loop {
            let mut ahead = cursor.clone();
            let Some(value) = ahead.id::<Value>("v", usize::MAX)? else { return Ok(results) };
            if !ahead.eat(": ") {
                return Ok(results);
            }
            results.push((value.index(), ahead.ty()?));
            *cursor = ahead;
            if cursor.eat(" = ") {
                return Ok(results);
            }
            cursor.expect(", ")?;
        }
    }

    /// Reads the rest of an `If`: its condition, and the lines of its regions.
    fn branch(&mut self, cursor: &mut Cursor<'_>, lines: &mut Lines<'_>, depth: usize) -> Parsed<Operation> {
        let condition = self.value(cursor)?;
        cursor.expect(" {")?;
        cursor.end()?;
        let then = self.region(lines, depth + 1)?;
        let mut close = lines.need()?;
        close.expect("}")?;
        let otherwise = if close.eat(" else {") {
            close.end()?;
            let otherwise = self.region(lines, depth + 1)?;
            close = lines.need()?;
            close.expect("}")?;
            otherwise
        } else {
            self.program.regions.push(RegionData::default())
        };
        close.end()?;
        Ok(Operation::If { condition, then, otherwise })
    }

    fn value(&self, cursor: &mut Cursor<'_>) -> Parsed<Value> {
        let number = cursor.need_id::<Value>("v", usize::MAX)?;
        match self.values.get(&number.index()) {
            Some(value) => Ok(*value),
            None => cursor.error(format!("{number} is not defined")),
        }
    }

    /// Takes values in parentheses.
    fn arguments(&self, cursor: &mut Cursor<'_>) -> Parsed<Vec<Value>> {
        cursor.expect("(")?;
        cursor.list(")", |cursor| self.value(cursor))
    }

    fn operation(&mut self, cursor: &mut Cursor<'_>) -> Parsed<Operation> {
        if let Some(input) = self.input(cursor)? {
            return Ok(input);
        }
        if cursor.eat("select ") {
            let condition = self.value(cursor)?;
            cursor.expect(" ? ")?;
            let then = self.value(cursor)?;
            cursor.expect(" : ")?;
            return Ok(Operation::Select(condition, then, self.value(cursor)?));
        }
        if cursor.eat("recall ") {
            let history = cursor.need_id("history", self.program.histories.len())?;
            cursor.expect(", then record ")?;
            let value = self.value(cursor)?;
            cursor.expect(" if ")?;
            let present = self.value(cursor)?;
            cursor.expect(", restart if ")?;
            return Ok(Operation::Recall { history, value, present, restart: self.value(cursor)? });
        }
        if cursor.eat("fail with ") {
            let failure = cursor.need_id("failure", self.program.failures.len())?;
            cursor.expect(" if ")?;
            return Ok(Operation::FailIf(self.value(cursor)?, failure));
        }
        if cursor.eat("[") {
            let items = cursor.list("]", |cursor| {
                let item = self.value(cursor)?;
                cursor.expect(" if ")?;
                Ok([item, self.value(cursor)?])
            })?;
            return Ok(Operation::List(items.concat()));
        }
        if let Some(table) = cursor.id("table", self.program.tables.len())? {
            cursor.expect("[")?;
            let index = self.value(cursor)?;
            cursor.expect("]")?;
            return Ok(Operation::Lookup(table, index));
        }
        if let Some(map) = cursor.id("map", self.program.maps.len())? {
            let keys = self.arguments(cursor)?;
            self.complete(map, &keys);
            return Ok(Operation::Find(map, keys));
        }
        if let Some(forest) = cursor.id("forest", self.program.forests.len())? {
            return Ok(Operation::Forest(forest, self.arguments(cursor)?));
        }
        if let Some(kernel) = cursor.id("kernel", self.program.kernels.len())? {
            return Ok(Operation::Kernel(kernel, self.arguments(cursor)?));
        }
        if cursor.clone().id::<Value>("v", usize::MAX)?.is_some() {
            return self.infix(cursor);
        }
        if let Some(unary) = Unary::ALL.iter().find(|unary| {
            let behind = cursor.rest().strip_prefix(unary.name());
            behind.is_some_and(|behind| behind.starts_with(" v"))
        }) {
            cursor.expect(unary.name())?;
            cursor.expect(" ")?;
            return Ok(Operation::Unary(*unary, self.value(cursor)?));
        }
        if let Some((name, _)) = cursor.rest().split_once('(')
            && let Some(function) = Function::ALL.iter().find(|function| function.name() == name)
        {
            cursor.expect(name)?;
            return Ok(Operation::Call(*function, self.arguments(cursor)?));
        }
        Ok(Operation::Constant(cursor.constant(self.program)?))
    }

    fn input(&self, cursor: &mut Cursor<'_>) -> Parsed<Option<Operation>> {
        let parts = [
            ("value of ", InputPart::Value),
            ("state of ", InputPart::State),
            ("string of ", InputPart::String),
        ];
        for (name, part) in parts {
            if cursor.eat(name) {
                let input: Input = cursor.need_id("input", self.program.inputs.len())?;
                return Ok(Some(Operation::Input(input, part)));
            }
        }
        Ok(None)
    }

    /// Takes an operation that starts with a value: `v1 + v2`, `v1 in set0`.
    fn infix(&self, cursor: &mut Cursor<'_>) -> Parsed<Operation> {
        let left = self.value(cursor)?;
        cursor.expect(" ")?;
        if cursor.eat("in ") {
            return Ok(Operation::Contains(cursor.need_id("set", self.program.sets.len())?, left));
        }
        for binary in Binary::ALL {
            let mut ahead = cursor.clone();
            if ahead.eat(binary.symbol()) && ahead.eat(" ") {
                *cursor = ahead;
                return Ok(Operation::Binary(*binary, left, self.value(cursor)?));
            }
        }
        cursor.error(format!("expected an operator before `{}`", cursor.rest()))
    }

    /// Sets the types of the keys of a map without rows, which the text does not show, to those of the keys
    /// that are looked up in it.
    fn complete(&mut self, map: Map, keys: &[Value]) {
        if self.program.maps[map].rows.is_empty() {
            self.program.maps[map].keys = keys.iter().map(|key| self.program.ty(*key)).collect();
        }
    }
}
