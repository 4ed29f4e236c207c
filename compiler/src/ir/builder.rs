//! Builds programs: appends instructions to the open region and numbers values.
//!
//! Instructions without effect are appended once (value numbering): emitting the same operation on the same
//! values again returns the results of the first instruction, if that is visible. So a derived field that ten
//! predicates use costs one computation, and lowering does not have to remember it.
//!
//! Calls of metered functions are appended once too, but only by [`Builder::call`], which adds the
//! instruction that makes the row fail if its budget is spent. Passes append instructions unchanged, and so
//! keep such calls as often as they occur.

use super::entity::{Failure, ForestId, Input, Instruction, Kernel, Map, Region, Set, Table, Value};
use super::forest::{Forest, TreeNode};
use super::function::Function;
use super::instruction::{Binary, InputPart, Operation, Unary};
use super::kernel::KernelData;
use super::program::{FailureData, FailureKind, InstructionData, Program, RegionData, ValueData};
use super::table::{MapData, SetData, TableData};
use super::types::{Constant, Type};
use pmml_runtime::StringId;
use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

/// The number of bytes of memory that an instruction takes, with its result and its entry in the index.
const INSTRUCTION_BYTES: u64 = 160;

/// The largest number of items that one instruction puts into a list.
const MAX_LIST: usize = 256;

/// The number of bytes of memory that a row of a map takes, without its keys.
const MAP_ROW_BYTES: usize = 32;

/// The largest number of remarks that are kept.
const MAX_REMARKS: usize = 100;

/// Builds a program.
#[derive(Debug)]
pub struct Builder {
    program: Program,
    /// The open regions, outermost first, each with its index of operations.
    scopes: Vec<Scope>,
    tables: HashMap<TableData, Table>,
    sets: HashMap<SetData, Set>,
    maps: HashMap<MapData, Map>,
    kernels: HashMap<Arc<KernelData>, Kernel>,
    failures: HashMap<FailureData, Failure>,
    /// See [`Builder::bytes`].
    bytes: u64,
    remarks: BTreeSet<String>,
}

#[derive(Debug)]
struct Scope {
    region: Region,
    known: HashMap<Operation, Instruction>,
}

/// Regions that are closed temporarily.
#[derive(Debug)]
pub struct Suspended(Vec<Scope>);

impl Builder {
    /// Makes a builder of a program with an empty body, which is open. `program` has what is known
    /// beforehand: inputs, dictionary, entities.
    pub fn new(mut program: Program) -> Self {
        let body = program.regions.push(RegionData::default());
        program.body = Some(body);
        let indexed = |builder: &mut Self| {
            builder.tables = builder.program.tables.iter().map(|(id, data)| (data.clone(), id)).collect();
            builder.sets = builder.program.sets.iter().map(|(id, data)| (data.clone(), id)).collect();
            builder.maps = builder.program.maps.iter().map(|(id, data)| (data.clone(), id)).collect();
            builder.kernels = builder.program.kernels.iter().map(|(id, data)| (data.clone(), id)).collect();
            builder.failures = builder.program.failures.iter().map(|(id, data)| (data.clone(), id)).collect();
        };
        let mut builder = Self {
            program,
            scopes: vec![Scope { region: body, known: HashMap::new() }],
            tables: HashMap::new(),
            sets: HashMap::new(),
            maps: HashMap::new(),
            kernels: HashMap::new(),
            failures: HashMap::new(),
            bytes: 0,
            remarks: BTreeSet::new(),
        };
        indexed(&mut builder);
        builder
    }

    /// Returns the program built so far.
    pub fn program(&self) -> &Program {
        &self.program
    }

    /// Returns the program built so far, to add entities to it.
    pub fn program_mut(&mut self) -> &mut Program {
        &mut self.program
    }

    /// Records a remark about a literal, once and without its position: the caller turns it into a warning.
    pub fn remark(&mut self, remark: String) {
        if self.remarks.len() < MAX_REMARKS {
            self.remarks.insert(remark);
        }
    }

    /// Takes the remarks that have been recorded.
    pub fn take_remarks(&mut self) -> BTreeSet<String> {
        std::mem::take(&mut self.remarks)
    }

    /// Closes the body, which yields the given values, and returns the program.
    pub fn finish(mut self, yields: Vec<Value>) -> Program {
        if let Some(body) = self.program.body {
            self.program.regions[body].yields = yields;
        }
        self.program
    }

    /// Returns the approximate number of bytes of memory of the appended instructions and constant data.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Counts constant data of `elements` elements of `bytes` bytes each. They are stored twice: in the
    /// program, and as keys of the index.
    fn count(&mut self, elements: usize, bytes: usize) {
        self.bytes += 2 * (elements * bytes) as u64;
    }

    /// Returns the open region.
    pub fn region(&self) -> Region {
        // The body stays open until `finish` consumes the builder.
        self.scopes[self.scopes.len() - 1].region
    }

    /// Returns the number of regions that are open, nested in each other; at most
    /// [`MAX_NESTING`](super::program::MAX_NESTING).
    pub fn depth(&self) -> usize {
        self.scopes.len()
    }

    /// Returns whether a region is open, so that its values can be used.
    pub fn is_open(&self, region: Region) -> bool {
        self.scopes.iter().any(|scope| scope.region == region)
    }

    /// Opens a new region inside the open one.
    pub fn open(&mut self) -> Region {
        let region = self.program.regions.push(RegionData::default());
        self.scopes.push(Scope { region, known: HashMap::new() });
        region
    }

    /// Closes the region that was opened last; it yields the given values.
    pub fn close(&mut self, yields: Vec<Value>) {
        debug_assert!(self.scopes.len() > 1, "the body is closed by `finish`");
        if let Some(scope) = self.scopes.pop() {
            self.program.regions[scope.region].yields = yields;
        }
    }

    /// Reopens a closed region inside the open one, to append to it.
    pub fn resume(&mut self, region: Region) {
        self.scopes.push(Scope { region, known: HashMap::new() });
    }

    /// Moves the instructions of a closed region, which does not belong to an instruction yet, into the open
    /// one. They then always run; but they make a row fail only if a bool is true.
    pub fn dissolve(&mut self, region: Region, condition: Value) {
        let moved = std::mem::take(&mut self.program.regions[region].instructions);
        for instruction in moved {
            if let Operation::FailIf(failed, failure) = self.program.instructions[instruction].operation {
                let failed = self.and(condition, failed);
                self.emit(Operation::FailIf(failed, failure));
                continue;
            }
            let open = self.region();
            self.program.regions[open].instructions.push(instruction);
            let operation = &self.program.instructions[instruction].operation;
            if !operation.has_effect() {
                let operation = operation.clone();
                let scope = self.scopes.len() - 1;
                self.scopes[scope].known.entry(operation).or_insert(instruction);
            }
        }
    }

    /// Temporarily closes all regions but the body, to append to that. [`Builder::restore`] reopens them.
    pub fn suspend(&mut self) -> Suspended {
        Suspended(self.scopes.split_off(1))
    }

    /// Reopens the suspended regions.
    pub fn restore(&mut self, suspended: Suspended) {
        self.scopes.extend(suspended.0);
    }

    /// Appends an instruction, or finds it, and returns its results.
    pub fn emit(&mut self, operation: Operation) -> &[Value] {
        let reusable = !operation.has_effect();
        if reusable && let Some(found) = self.find_known(&operation) {
            return &self.program.instructions[found].results;
        }
        let instruction = self.append(operation.clone());
        if reusable {
            let scope = self.scopes.len() - 1;
            self.scopes[scope].known.insert(operation, instruction);
        }
        &self.program.instructions[instruction].results
    }

    fn append(&mut self, operation: Operation) -> Instruction {
        let types = self.program.result_types(&operation);
        let mut arguments = 0;
        operation.visit_arguments(|_| arguments += 1);
        self.bytes += INSTRUCTION_BYTES + (arguments * size_of::<Value>()) as u64;
        let instruction = self.program.instructions.push(InstructionData { operation, results: Vec::new() });
        let results = types
            .into_iter()
            .map(|ty| self.program.values.push(ValueData { ty, definition: instruction }))
            .collect();
        self.program.instructions[instruction].results = results;
        let region = self.region();
        self.program.regions[region].instructions.push(instruction);
        instruction
    }

    /// Appends an instruction that has one result, or finds it, and returns that.
    fn value(&mut self, operation: Operation) -> Value {
        let results = self.emit(operation);
        debug_assert_eq!(results.len(), 1);
        results[0]
    }

    /// Appends a constant.
    pub fn constant(&mut self, constant: Constant) -> Value {
        self.value(Operation::Constant(constant))
    }

    /// Appends a constant bool.
    pub fn bool(&mut self, value: bool) -> Value {
        self.constant(Constant::Bool(value))
    }

    /// Appends a constant integer.
    pub fn i64(&mut self, value: i64) -> Value {
        self.constant(Constant::I64(value))
    }

    /// Appends a constant `f64`.
    pub fn f64(&mut self, value: f64) -> Value {
        self.constant(Constant::F64(value))
    }

    /// Appends a constant `f32`.
    pub fn f32(&mut self, value: f32) -> Value {
        self.constant(Constant::F32(value))
    }

    /// Interns a string and appends it as a constant.
    pub fn string(&mut self, string: &str) -> Value {
        let string = self.intern(string);
        self.constant(Constant::String(string))
    }

    /// Interns a string in the program's dictionary.
    pub fn intern(&mut self, text: &str) -> StringId {
        Arc::make_mut(&mut self.program.dictionary).intern(text)
    }

    /// Adds an array of words that functions look things up in to the dictionary, and returns its number.
    pub fn intern_array(&mut self, words: &[u64]) -> i64 {
        i64::from(Arc::make_mut(&mut self.program.dictionary).intern_array(words))
    }

    /// Adds an array of words to the dictionary, and appends its number as a constant.
    pub fn array(&mut self, words: &[u64]) -> Value {
        let number = self.intern_array(words);
        self.i64(number)
    }

    /// Appends the zero of a type, which is its value if it is missing. A list's is the empty list.
    pub fn zero(&mut self, ty: Type) -> Value {
        match ty {
            Type::Bool => self.bool(false),
            Type::I64 => self.i64(0),
            Type::F32 => self.f32(0.0),
            Type::F64 => self.f64(0.0),
            Type::String => self.string(""),
            Type::List => self.value(Operation::List(Vec::new())),
        }
    }

    /// Appends a part of an input.
    pub fn input(&mut self, input: Input, part: InputPart) -> Value {
        self.value(Operation::Input(input, part))
    }

    /// Appends an operation on one value.
    pub fn unary(&mut self, unary: Unary, argument: Value) -> Value {
        self.value(Operation::Unary(unary, argument))
    }

    /// Appends an operation on two values.
    pub fn binary(&mut self, binary: Binary, left: Value, right: Value) -> Value {
        self.value(Operation::Binary(binary, left, right))
    }

    /// Appends a logical not.
    pub fn not(&mut self, argument: Value) -> Value {
        self.unary(Unary::Not, argument)
    }

    /// Appends a logical and.
    pub fn and(&mut self, left: Value, right: Value) -> Value {
        self.binary(Binary::And, left, right)
    }

    /// Appends a logical or.
    pub fn or(&mut self, left: Value, right: Value) -> Value {
        self.binary(Binary::Or, left, right)
    }

    /// Appends the choice of one of two values.
    pub fn select(&mut self, condition: Value, then: Value, otherwise: Value) -> Value {
        self.value(Operation::Select(condition, then, otherwise))
    }

    /// Appends a call of a runtime function. If it is metered, the row fails if the call spends its budget.
    pub fn call(&mut self, function: Function, arguments: &[Value]) -> Value {
        let operation = Operation::Call(function, arguments.to_vec());
        if !function.is_metered() {
            return self.value(operation);
        }
        if let Some(found) = self.find_known(&operation) {
            return self.program.instructions[found].results[0];
        }
        let result = self.value(operation.clone());
        let scope = self.scopes.len() - 1;
        self.scopes[scope].known.insert(operation, self.program.values[result].definition);
        self.fail_if_exhausted();
        result
    }

    /// Makes the row fail if its budget is spent.
    pub fn fail_if_exhausted(&mut self) {
        let exhausted = self.value(Operation::Call(Function::Exhausted, Vec::new()));
        let message = "the row's strings and lists take more memory or time than a row may".to_owned();
        self.fail_if(exhausted, FailureData::new(None, FailureKind::Exhausted, message));
    }

    /// Returns an earlier instruction that computes an operation, if it is visible.
    fn find_known(&self, operation: &Operation) -> Option<Instruction> {
        self.scopes.iter().rev().find_map(|scope| scope.known.get(operation).copied())
    }

    /// Appends the lookup of a table's element.
    pub fn lookup(&mut self, table: TableData, index: Value) -> Value {
        let table = self.table(table);
        self.lookup_in(table, index)
    }

    /// Appends the lookup of an element of a table that has been interned.
    pub fn lookup_in(&mut self, table: Table, index: Value) -> Value {
        self.value(Operation::Lookup(table, index))
    }

    /// Appends the lookup of a tuple of keys in a map.
    pub fn find(&mut self, map: MapData, keys: &[Value]) -> Value {
        let map = match self.maps.get(&map) {
            Some(map) => *map,
            None => {
                self.count(map.rows.len(), MAP_ROW_BYTES + map.keys.len() * size_of::<Constant>());
                let id = self.program.maps.push(map.clone());
                self.maps.insert(map, id);
                id
            }
        };
        self.value(Operation::Find(map, keys.to_vec()))
    }

    /// Appends the test whether a set contains a value.
    pub fn contains(&mut self, set: SetData, value: Value) -> Value {
        let set = self.set(set);
        self.value(Operation::Contains(set, value))
    }

    /// Appends the list of some items, each with a bool that says whether it is present. Long lists are
    /// composed of short ones, so that no instruction is too large for a stage.
    pub fn list(&mut self, items: &[(Value, Value)]) -> Value {
        let mut lists: Vec<Value> = items
            .chunks(MAX_LIST)
            .map(|items| items.iter().flat_map(|(item, present)| [*item, *present]).collect())
            .map(|arguments| self.value(Operation::List(arguments)))
            .collect();
        while lists.len() > 1 {
            let pair = |lists: &[Value]| match *lists {
                [first, second] => self.call(Function::ListAppend, &[first, second]),
                _ => lists[0],
            };
            lists = lists.chunks(2).map(pair).collect();
        }
        lists.first().copied().unwrap_or_else(|| self.zero(Type::List))
    }

    /// Makes the row fail if a bool is true.
    pub fn fail_if(&mut self, condition: Value, failure: FailureData) {
        let failure = match self.failures.get(&failure) {
            Some(failure) => *failure,
            None => {
                let id = self.program.failures.push(failure.clone());
                self.failures.insert(failure, id);
                id
            }
        };
        self.emit(Operation::FailIf(condition, failure));
    }

    /// Evaluates a forest. `features` are values, each with a bool that says whether it is present.
    pub fn forest(&mut self, forest: Forest, features: &[(Value, Value)]) -> Vec<Value> {
        self.bytes += (forest.nodes.len() * size_of::<TreeNode>()) as u64;
        let forest: ForestId = self.program.forests.push(forest);
        let arguments = features.iter().flat_map(|(value, present)| [*value, *present]).collect();
        self.emit(Operation::Forest(forest, arguments)).to_vec()
    }

    /// Evaluates a kernel.
    pub fn kernel(&mut self, kernel: KernelData, arguments: &[Value]) -> Vec<Value> {
        let kernel = match self.kernels.get(&kernel) {
            Some(kernel) => *kernel,
            None => {
                self.bytes += kernel.memory() as u64;
                let data = Arc::new(kernel);
                let id = self.program.kernels.push(data.clone());
                self.kernels.insert(data, id);
                id
            }
        };
        self.emit(Operation::Kernel(kernel, arguments.to_vec())).to_vec()
    }

    /// Appends an `If` that runs `then` if the condition is true, and `otherwise` if not; both return as many
    /// values, of the same types.
    pub fn branch<E>(
        &mut self,
        condition: Value,
        then: impl FnOnce(&mut Self) -> Result<Vec<Value>, E>,
        otherwise: impl FnOnce(&mut Self) -> Result<Vec<Value>, E>,
    ) -> Result<Vec<Value>, E> {
        let then_region = self.open();
        let yields = then(self)?;
        self.close(yields);
        let otherwise_region = self.open();
        let yields = otherwise(self)?;
        self.close(yields);
        Ok(self.end_branch(condition, then_region, otherwise_region))
    }

    /// Appends an `If` of two regions that were opened and closed before. Returns its results.
    pub fn end_branch(&mut self, condition: Value, then: Region, otherwise: Region) -> Vec<Value> {
        self.emit(Operation::If { condition, then, otherwise }).to_vec()
    }

    /// Interns a table.
    pub fn table(&mut self, table: TableData) -> Table {
        if let Some(id) = self.tables.get(&table) {
            return *id;
        }
        self.count(table.elements.len(), size_of::<u64>());
        let id = self.program.tables.push(table.clone());
        self.tables.insert(table, id);
        id
    }

    /// Interns a set.
    pub fn set(&mut self, set: SetData) -> Set {
        if let Some(id) = self.sets.get(&set) {
            return *id;
        }
        self.count(set.elements.len(), size_of::<u64>());
        let id = self.program.sets.push(set.clone());
        self.sets.insert(set, id);
        id
    }
}
