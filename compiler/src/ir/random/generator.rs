//! Random instructions.

use super::source::{INTEGERS, Random, STRINGS};
use crate::ir::{
    Binary, Builder, Constant, Dense, FailureData, FailureKind, Function, Id, Input, InputPart, KernelData,
    KernelMachines, MAX_NESTING, MapData, Operation, Program, SetData, Similarity, TableData, Type, Unary,
    Value,
};
use pmml_runtime::CONVERTED;

/// The largest number of calls of functions in context of a program: each may double the length of a string.
const CALLS_IN_CONTEXT: usize = 6;

/// Makes a random program.
pub(super) struct Generator<'r> {
    pub(super) random: &'r mut Random,
    pub(super) builder: Builder,
    /// The values that can be used in the open region.
    visible: Vec<Value>,
    calls: usize,
}

impl<'r> Generator<'r> {
    pub(super) fn new(random: &'r mut Random, program: Program) -> Self {
        Self { random, builder: Builder::new(program), visible: Vec::new(), calls: 0 }
    }

    pub(super) fn ty(&mut self) -> Type {
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

    /// Returns a visible value of a type, or else a constant.
    pub(super) fn value(&mut self, ty: Type) -> Value {
        let program = self.builder.program();
        let fitting: Vec<Value> = self.visible.iter().copied().filter(|v| program.ty(*v) == ty).collect();
        if !fitting.is_empty() && self.random.chance(90) {
            // Late values more often than early ones, so that computations become deep.
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
                let text = self.random.pick(&STRINGS[..4]);
                Constant::String(self.builder.intern(text))
            }
        }
    }

    pub(super) fn constants(&mut self, ty: Type) -> Vec<Constant> {
        (0..self.random.below(5)).map(|_| self.constant(ty)).collect()
    }

    pub(super) fn inputs(&mut self) {
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

    pub(super) fn recalls(&mut self) {
        let histories: Vec<_> =
            self.builder.program().histories.iter().map(|(id, data)| (id, data.ty)).collect();
        for (history, ty) in histories {
            let value = self.value(ty);
            let present = self.value(Type::Bool);
            let restart = self.value(Type::Bool);
            let list = self.builder.emit(Operation::Recall { history, value, present, restart })[0];
            // A list of strings is useless: the numbers of its items have no meaning for other engines.
            if ty != Type::String {
                self.visible.push(list);
            }
        }
    }

    pub(super) fn steps(&mut self, count: usize, depth: usize) {
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
        use Binary::{And, Divide, Equal, NotEqual, Or};
        let ty = self.scalar();
        let fits = |binary: &Binary| match ty {
            Type::F32 | Type::F64 => !matches!(binary, And | Or),
            Type::I64 => !matches!(binary, And | Or | Divide),
            _ => matches!(binary, Equal | NotEqual),
        };
        let fitting: Vec<Binary> = Binary::ALL.iter().copied().filter(fits).collect();
        let binary = self.random.pick(&fitting);
        let (left, right) = (self.value(ty), self.value(ty));
        self.builder.binary(binary, left, right)
    }

    fn call(&mut self) {
        let function = self.random.pick(Function::ALL);
        // The lists of this program hold arbitrary items. As strings, these would be other strings on each
        // engine, and the charges for them would differ.
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
        // As with histories: the type of a function's list is unknown.
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

    /// Appends a kernel of weighted sums, each of some arguments, some more than once.
    fn dense(&mut self) {
        let precision = self.random.pick(&[Type::F32, Type::F64, Type::F64]);
        let arguments: Vec<Value> = (0..self.random.below(5)).map(|_| self.value(precision)).collect();
        let of_squares = self.random.chance(20);
        let new = if of_squares { Dense::of_squares } else { Dense::new };
        let mut dense = new(precision, arguments.len());
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

    /// Appends kernel machines of a few vectors, some of which have gaps.
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
        let mut machines = KernelMachines::new(precision, arguments.len(), similarity);
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
        let results = self.builder.kernel(KernelData::KernelMachines(machines), &arguments);
        self.visible.extend(results);
    }
}
