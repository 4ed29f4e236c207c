//! Random programs and random rows, for tests that compare engines and passes.
//!
//! Everything follows from the seed. Programs verify, use every operation, and lean to what passes look at: conditions
//! that come again, constants, inputs that may be missing, forests whose tests repeat. Numbers come from a small pool
//! around the borders of the types.

use super::entity::{Input, Node, Value};
use super::forest::{Forest, Leaf, Reduction, Term, Test, TreeNode};
use super::{
    Arena, Binary, Builder, Constant, Dense, Failure, FailureData, FailureKind, Function, HistoryData, Id,
    InputData, InputPart, KernelData, MAX_NESTING, Machines, MapData, Operation, Program, SetData,
    Similarity, TableData, Type, Unary,
};
use crate::frame::{Engine, Layout, ROWS};
use pmml_runtime::{CONVERTED, Context, List, Stream, StringId};

/// The doubles of the pool.
const NUMBERS: [f64; 20] = [
    0.0,
    -0.0,
    1.0,
    -1.0,
    0.5,
    2.0,
    3.0,
    5.5,
    16777216.0,
    f64::INFINITY,
    f64::NEG_INFINITY,
    f64::NAN,
    0.1,
    1e300,
    -1e300,
    5e-324,
    1e-40,
    9007199254740993.0,
    9.3e18,
    1e39,
];
const INTEGERS: [i64; 9] = [0, 1, -1, 2, 3, 5, i64::MAX, i64::MIN, (1 << 53) + 1];
/// The texts of the pool; programs name the first four only.
const TEXTS: [&str; 6] = ["", "a", "b", "c", "ä b", "unheard of"];
/// How many calls of functions in context a program makes: each may double the length of a text.
const CALLS_IN_CONTEXT: usize = 6;

/// A source of random numbers (SplitMix64).
#[derive(Clone, Debug)]
pub struct Random(u64);

impl Random {
    /// The source with the given seed.
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// The next 64 bits.
    pub fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ self.0 >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ mixed >> 31
    }

    /// A number below `limit`; 0 if that is 0.
    pub fn below(&mut self, limit: usize) -> usize {
        self.bits().checked_rem(limit as u64).unwrap_or(0) as usize
    }

    /// True in so many of a hundred cases.
    pub fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    /// One of some things, of which there must be one at least.
    pub fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.below(from.len())]
    }

    fn f64(&mut self) -> f64 {
        self.pick(&NUMBERS)
    }

    /// A number for an input cell.
    fn cell(&mut self, nan: bool) -> f64 {
        let number = self.f64();
        if number.is_nan() && !nan { 4.5 } else { number }
    }

    /// A number that a feature of the type can be compared with.
    fn threshold(&mut self, ty: Type) -> f64 {
        let number = match ty {
            Type::F32 => self.f64() as f32 as f64,
            _ => self.f64(),
        };
        if number.is_nan() { 2.0 } else { number }
    }
}

/// A random program, the size of which grows with `size` (its number of instructions is about that).
pub fn program(random: &mut Random, size: usize) -> Program {
    let mut program = Program::default();
    for text in &TEXTS[..4] {
        std::sync::Arc::make_mut(&mut program.dictionary).intern(text);
    }
    for number in 0..3 + random.below(4) {
        let ty =
            random.pick(&[Type::Bool, Type::I64, Type::F32, Type::F64, Type::F64, Type::String, Type::List]);
        let items = (ty == Type::List).then_some(Type::F64);
        let nan = ty.is_float() && random.chance(50);
        program.inputs.push(InputData { name: format!("x{number}"), ty, items, nan });
    }
    for ty in [Type::F64, Type::String] {
        program.histories.push(HistoryData { ty, length: random.below(4) as u32 });
    }
    let mut generator = Generator::new(random, program);
    generator.inputs();
    if generator.random.chance(30) {
        generator.recalls();
    }
    generator.steps(size, 0);
    let results = 1 + generator.random.below(5);
    let mut yields = Vec::new();
    for _ in 0..results {
        let ty = generator.ty();
        yields.push(generator.value(ty));
        yields.push(generator.value(Type::Bool));
    }
    generator.builder.finish(yields)
}

/// A random program that does nothing but evaluate a forest on its inputs, and gives all the results. The trees have
/// about `size` nodes each.
pub fn forest(random: &mut Random, trees: usize, size: usize) -> Program {
    let mut program = Program::default();
    for text in &TEXTS[..4] {
        std::sync::Arc::make_mut(&mut program.dictionary).intern(text);
    }
    for number in 0..1 + random.below(4) {
        let ty = random.pick(&[Type::Bool, Type::F32, Type::F64, Type::F64, Type::String, Type::I64]);
        let nan = ty.is_float() && random.chance(50);
        program.inputs.push(InputData { name: format!("x{number}"), ty, items: None, nan });
    }
    let mut generator = Generator::new(random, program);
    let inputs: Vec<Input> = generator.builder.program().inputs.ids().collect();
    let mut arguments = Vec::new();
    let converted = generator.builder.i64(CONVERTED);
    for input in inputs {
        let value = generator.builder.input(input, InputPart::Value);
        let state = generator.builder.input(input, InputPart::State);
        let present = match generator.random.chance(20) {
            // A feature that is always there: zero where the cell is not.
            true => generator.builder.bool(true),
            false => generator.builder.binary(Binary::Equal, state, converted),
        };
        arguments.push((value, present));
    }
    let results = generator.forest_of(&arguments, trees, size);
    let present = generator.builder.bool(true);
    let yields = results.into_iter().flat_map(|result| [result, present]).collect();
    generator.builder.finish(yields)
}

/// Enters random input cells into a row of a frame.
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
        // What is behind an absent cell is anything.
        frame[columns.texts + row] = match state {
            1 => context.intern(random.pick(&TEXTS)).number() as u64,
            _ => random.bits(),
        };
        let bits = match data.ty {
            Type::Bool => random.below(2) as u64,
            Type::I64 => Constant::I64(random.pick(&INTEGERS)).bits(),
            Type::F32 => Constant::F32(random.cell(data.nan) as f32).bits(),
            Type::F64 => Constant::F64(random.cell(data.nan)).bits(),
            Type::String => context.intern(random.pick(&TEXTS)).number() as u64,
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

/// What engines of equal programs must agree on: for each of the rows that follow from the seed, in so many blocks of one
/// stream, the failure or else the results, as text. Every other block has rows that are not to be run.
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
        for row in 0..ROWS {
            self::row(&mut random, program, layout, row, &mut frame, &mut context);
        }
        engine.run(&mut frame, mask, &mut context, &mut stream);
        for row in (0..ROWS).filter(|row| mask >> row & 1 != 0) {
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
        // The sign and payload of NaN are nobody's business; other numbers print differently if they differ.
        Type::F64 => format!("{:?}", f64::from_bits(bits)),
        Type::F32 => format!("{:?}", f32::from_bits(bits as u32)),
        Type::String => format!("{:?}", context.text(StringId::from_number(bits as u32))),
        Type::List => {
            // The lists of random programs hold integers and doubles.
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

struct Generator<'r> {
    random: &'r mut Random,
    builder: Builder,
    /// The values that can be used in the open region.
    visible: Vec<Value>,
    calls: usize,
}

impl<'r> Generator<'r> {
    fn new(random: &'r mut Random, program: Program) -> Self {
        Self { random, builder: Builder::new(program), visible: Vec::new(), calls: 0 }
    }

    fn ty(&mut self) -> Type {
        self.random.pick(&[
            Type::Bool,
            Type::Bool,
            Type::I64,
            Type::F32,
            Type::F64,
            Type::F64,
            Type::String,
            Type::List,
        ])
    }

    /// A visible value of a type, else a constant.
    fn value(&mut self, ty: Type) -> Value {
        let program = self.builder.program();
        let fitting: Vec<Value> = self.visible.iter().copied().filter(|v| program.ty(*v) == ty).collect();
        if !fitting.is_empty() && self.random.chance(90) {
            // Late values more often than early ones, so that computations get deep.
            let first = self.random.below(fitting.len());
            return self.random.pick(&fitting[first..]);
        }
        match ty {
            Type::List => self.builder.zero(Type::List),
            ty => {
                let constant = self.constant(ty);
                self.builder.constant(constant)
            }
        }
    }

    fn constant(&mut self, ty: Type) -> Constant {
        match ty {
            Type::Bool => Constant::Bool(self.random.chance(50)),
            Type::I64 => Constant::I64(self.random.pick(&INTEGERS)),
            Type::F32 => Constant::F32(self.random.f64() as f32),
            Type::F64 => Constant::F64(self.random.f64()),
            Type::String | Type::List => {
                let text = self.random.pick(&TEXTS[..4]);
                Constant::String(self.builder.intern(text))
            }
        }
    }

    fn constants(&mut self, ty: Type) -> Vec<Constant> {
        (0..self.random.below(5)).map(|_| self.constant(ty)).collect()
    }

    fn inputs(&mut self) {
        let inputs: Vec<Input> = self.builder.program().inputs.ids().collect();
        for input in inputs {
            let value = self.builder.input(input, InputPart::Value);
            let state = self.builder.input(input, InputPart::State);
            let text = self.builder.input(input, InputPart::String);
            let converted = self.builder.i64(CONVERTED);
            let present = self.builder.binary(Binary::Equal, state, converted);
            self.visible.extend([value, state, text, present]);
        }
    }

    fn recalls(&mut self) {
        let histories: Vec<_> =
            self.builder.program().histories.iter().map(|(id, data)| (id, data.ty)).collect();
        for (history, ty) in histories {
            let value = self.value(ty);
            let present = self.value(Type::Bool);
            let restart = self.value(Type::Bool);
            let list = self.builder.emit(Operation::Recall { history, value, present, restart })[0];
            // A list of texts is of no use: its items' numbers mean nothing to other engines.
            if ty != Type::String {
                self.visible.push(list);
            }
        }
    }

    fn steps(&mut self, count: usize, depth: usize) {
        let mut left = count;
        while left > 0 {
            left -= 1;
            match self.random.below(20) {
                0..=1 if depth < 4.min(MAX_NESTING) => {
                    let inside = self.random.below(left.min(12) + 1);
                    left -= inside;
                    self.branch(inside, depth);
                }
                2 => self.forest(),
                3 => self.fail(),
                4 => self.dense(),
                5 => self.machines(),
                _ => self.step(),
            }
        }
    }

    fn branch(&mut self, size: usize, depth: usize) {
        let condition = self.value(Type::Bool);
        let types: Vec<Type> = (0..self.random.below(3)).map(|_| self.ty()).collect();
        let before = self.visible.len();
        let mut regions = Vec::new();
        for size in [size / 2, size - size / 2] {
            let region = self.builder.open();
            self.steps(size, depth + 1);
            let yields = types.iter().map(|ty| self.value(*ty)).collect();
            self.builder.close(yields);
            self.visible.truncate(before);
            regions.push(region);
        }
        let results = self.builder.end_branch(condition, regions[0], regions[1]);
        self.visible.extend(results);
    }

    fn fail(&mut self) {
        let first = self.value(Type::Bool);
        let second = self.value(Type::Bool);
        let condition = self.builder.and(first, second);
        let kind = self.random.pick(&[
            FailureKind::InvalidValue,
            FailureKind::MissingValue,
            FailureKind::UndefinedResult,
        ]);
        let input = self.random.chance(50).then_some(Input::new(0));
        self.builder.fail_if(condition, FailureData::new(input, kind, "is wrong".to_owned()));
    }

    fn step(&mut self) {
        let value = match self.random.below(12) {
            0..=1 => self.unary(),
            2..=4 => self.logic(),
            5..=6 => self.binary(),
            7 => {
                let ty = self.ty();
                let condition = self.value(Type::Bool);
                let (then, otherwise) = (self.value(ty), self.value(ty));
                self.builder.select(condition, then, otherwise)
            }
            8 => return self.call(),
            9 => {
                let ty = self.scalar();
                let elements = self.constants(ty);
                let index = self.value(Type::I64);
                self.builder.lookup(TableData::new(ty, elements), index)
            }
            10 => self.find_or_contains(),
            _ => {
                let ty = self.random.pick(&[Type::F64, Type::I64]);
                let items: Vec<_> =
                    (0..self.random.below(3)).map(|_| (self.value(ty), self.value(Type::Bool))).collect();
                self.builder.list(&items)
            }
        };
        self.visible.push(value);
    }

    fn scalar(&mut self) -> Type {
        self.random.pick(&[Type::Bool, Type::I64, Type::F32, Type::F64, Type::String])
    }

    fn unary(&mut self) -> Value {
        let float = self.random.pick(&[Type::F32, Type::F64]);
        let (unary, ty) = self.random.pick(&[
            (Unary::Not, Type::Bool),
            (Unary::BoolToI64, Type::Bool),
            (Unary::Negate, float),
            (Unary::Absolute, float),
            (Unary::SquareRoot, float),
            (Unary::Floor, float),
            (Unary::Ceil, float),
            (Unary::I64ToF64, Type::I64),
            (Unary::I64ToF32, Type::I64),
            (Unary::F32ToF64, Type::F32),
            (Unary::F64ToF32, Type::F64),
            (Unary::F64ToI64, Type::F64),
        ]);
        let argument = self.value(ty);
        self.builder.unary(unary, argument)
    }

    fn logic(&mut self) -> Value {
        let (left, right) = (self.value(Type::Bool), self.value(Type::Bool));
        match self.random.below(3) {
            0 => self.builder.not(left),
            1 => self.builder.and(left, right),
            _ => self.builder.or(left, right),
        }
    }

    fn binary(&mut self) -> Value {
        use Binary::*;
        let ty = self.scalar();
        let binary = match ty {
            Type::F32 | Type::F64 => self.random.pick(&[
                Add,
                Subtract,
                Multiply,
                Divide,
                Equal,
                NotEqual,
                Less,
                LessOrEqual,
                Greater,
                GreaterOrEqual,
            ]),
            Type::I64 => self.random.pick(&[
                Add,
                Subtract,
                Multiply,
                Equal,
                NotEqual,
                Less,
                LessOrEqual,
                Greater,
                GreaterOrEqual,
            ]),
            _ => self.random.pick(&[Equal, NotEqual]),
        };
        let (left, right) = (self.value(ty), self.value(ty));
        self.builder.binary(binary, left, right)
    }

    fn call(&mut self) {
        let function = self.random.pick(Function::ALL);
        // A list of this program holds anything. As texts, that would be other texts on each engine, and what rows are
        // charged for these would differ.
        if matches!(
            function,
            Function::ReplaceAll | Function::Phrase | Function::Phrases | Function::CountSimilar
        ) {
            return;
        }
        let signature = function.signature();
        if signature.context {
            self.calls += 1;
            if self.calls > CALLS_IN_CONTEXT {
                return;
            }
        }
        let arguments: Vec<Value> = signature.parameters.iter().map(|ty| self.value(*ty)).collect();
        let value = self.builder.call(function, &arguments);
        // As with histories: nobody knows which type a function's list has.
        if signature.result != Type::List {
            self.visible.push(value);
        }
    }

    fn find_or_contains(&mut self) -> Value {
        let ty = self.scalar();
        if self.random.chance(50) {
            let elements = self.constants(ty);
            let value = self.value(ty);
            return self.builder.contains(SetData::new(ty, elements), value);
        }
        let second = self.scalar();
        let rows: Vec<Vec<Constant>> =
            (0..self.random.below(6)).map(|_| vec![self.constant(ty), self.constant(second)]).collect();
        let keys = [self.value(ty), self.value(second)];
        self.builder.find(MapData::new(vec![ty, second], rows), &keys)
    }

    fn forest(&mut self) {
        let arguments: Vec<(Value, Value)> = (0..1 + self.random.below(4))
            .map(|_| {
                let ty =
                    self.random.pick(&[Type::F64, Type::F64, Type::F32, Type::String, Type::Bool, Type::I64]);
                (self.value(ty), self.value(Type::Bool))
            })
            .collect();
        let trees = self.random.below(5);
        let results = self.forest_of(&arguments, trees, 24);
        self.visible.extend(results);
    }

    /// A kernel of weighted sums, each of some arguments, some more than once.
    fn dense(&mut self) {
        let precision = self.random.pick(&[Type::F32, Type::F64, Type::F64]);
        let arguments: Vec<Value> = (0..self.random.below(5)).map(|_| self.value(precision)).collect();
        let mut dense = match self.random.chance(20) {
            true => Dense::of_squares(precision, arguments.len()),
            false => Dense::new(precision, arguments.len()),
        };
        let full = self.random.chance(30);
        for _ in 0..self.random.below(4) {
            let terms = if full || arguments.is_empty() { arguments.len() } else { self.random.below(6) };
            let terms: Vec<(usize, f64)> = (0..terms)
                .map(|term| {
                    let source = if full { term } else { self.random.below(arguments.len()) };
                    (source, self.random.f64())
                })
                .collect();
            dense.sum(terms, self.random.f64());
        }
        let results = self.builder.kernel(KernelData::Dense(dense), &arguments);
        self.visible.extend(results);
    }

    /// Kernel machines of a few vectors, some of which have gaps.
    fn machines(&mut self) {
        let precision = self.random.pick(&[Type::F32, Type::F64, Type::F64]);
        let arguments: Vec<Value> = (0..self.random.below(4)).map(|_| self.value(precision)).collect();
        let [gamma, offset, degree] = [0, 1, 2].map(|_| self.random.f64());
        let similarity = self.random.pick(&[
            Similarity::Linear,
            Similarity::Polynomial { gamma, offset, degree },
            Similarity::RadialBasis { gamma },
            Similarity::Sigmoid { gamma, offset },
        ]);
        let mut machines = Machines::new(precision, arguments.len(), similarity);
        let (gaps, vectors) = (self.random.chance(60), self.random.below(4));
        for _ in 0..vectors {
            let places = (0..arguments.len()).filter(|_| !gaps || self.random.chance(60)).collect::<Vec<_>>();
            machines.vector(places.into_iter().map(|place| (place, self.random.f64())));
        }
        for _ in 0..self.random.below(3) {
            let terms = if vectors == 0 { 0 } else { self.random.below(6) };
            let terms: Vec<(usize, f64)> =
                (0..terms).map(|_| (self.random.below(vectors), self.random.f64())).collect();
            machines.machine(terms, self.random.f64());
        }
        let results = self.builder.kernel(KernelData::Machines(machines), &arguments);
        self.visible.extend(results);
    }

    fn forest_of(&mut self, arguments: &[(Value, Value)], trees: usize, size: usize) -> Vec<Value> {
        let features = arguments.iter().map(|(value, _)| self.builder.program().ty(*value)).collect();
        let accumulators = 1 + self.random.below(3) as u32;
        let precision = self.random.pick(&[Type::F32, Type::F64]);
        let reduction = self.random.pick(&[
            Reduction::Leaf,
            Reduction::Sum { accumulators, precision },
            Reduction::Vote { accumulators, precision },
            Reduction::Median { accumulators, precision },
            Reduction::Maximum { accumulators, precision },
        ]);
        let mut forest =
            Forest { features, nodes: Arena::new(), roots: Vec::new(), terms: Vec::new(), reduction };
        for _ in 0..trees {
            let size = 1 + self.random.below(size);
            self.tree(&mut forest, size, accumulators, precision);
        }
        self.builder.forest(forest, arguments)
    }

    /// Adds a tree with as many nodes as given, or a few more.
    fn tree(&mut self, forest: &mut Forest, size: usize, accumulators: u32, precision: Type) {
        let first = forest.nodes.len();
        forest.roots.push(Node::new(first));
        // How many nodes there are already, whether filled in or only pointed to.
        let mut known = 1;
        let mut filled = 0;
        while filled < known {
            let node = if known < size && (filled + 1 == known || self.random.chance(80)) {
                let mut child = || {
                    let later = known - filled - 1;
                    if later > 0 && self.random.chance(35) {
                        return Node::new(first + filled + 1 + self.random.below(later));
                    }
                    known += 1;
                    Node::new(first + known - 1)
                };
                let (then, otherwise) = (child(), child());
                let missing = match child() {
                    // Most often a missing value goes one of the two ways.
                    _ if self.random.chance(60) => self.random.pick(&[then, otherwise]),
                    missing => missing,
                };
                let feature = self.random.below(forest.features.len());
                let test = self.test(forest.features[feature]);
                TreeNode::Split { feature: feature as u32, test, then, otherwise, missing }
            } else {
                TreeNode::Leaf(self.leaf(forest, filled as u32, accumulators, precision))
            };
            forest.nodes.push(node);
            filled += 1;
        }
    }

    fn test(&mut self, ty: Type) -> Test {
        if self.random.chance(10) {
            return Test::Present;
        }
        match ty {
            Type::F64 | Type::F32 if self.random.chance(90) => {
                let number = self.random.threshold(ty);
                self.random.pick(&[
                    Test::Less(number),
                    Test::LessOrEqual(number),
                    Test::Greater(number),
                    Test::GreaterOrEqual(number),
                    Test::Equal(number),
                    Test::NotEqual(number),
                ])
            }
            Type::Bool if self.random.chance(80) => Test::True,
            ty => {
                let elements = self.constants(ty);
                Test::In(self.builder.set(SetData::new(ty, elements)))
            }
        }
    }

    fn leaf(&mut self, forest: &mut Forest, number: u32, accumulators: u32, precision: Type) -> Leaf {
        if self.random.chance(10) {
            return Leaf::Missing;
        }
        let first_term = forest.terms.len() as u32;
        let terms = self.random.below(3) as u32;
        for _ in 0..terms {
            let accumulator = self.random.below(accumulators as usize) as u32;
            let value = self.random.threshold(precision);
            forest.terms.push(Term { accumulator, value });
        }
        Leaf::Result { number, first_term, terms }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ir::verify::verify;

    #[test]
    fn random_programs_verify() {
        for seed in 0..500 {
            let program = program(&mut Random::new(seed), 40);
            assert_eq!(verify(&program), Ok(()), "seed {seed}:\n{program}");
        }
    }

    #[test]
    fn the_seed_decides() {
        let text = |seed| program(&mut Random::new(seed), 40).to_string();
        assert_eq!(text(1), text(1));
        assert_ne!(text(1), text(2));
    }
}
