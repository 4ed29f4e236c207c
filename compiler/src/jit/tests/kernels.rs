//! Constant data, forests and kernels in all their forms.

use super::*;

/// Sets and maps in all the forms that code and kernels have for them.
#[test]
fn large_sets_and_maps_give_what_the_interpreter_gives() {
    for seed in 0..20 {
        let random = &mut Random::new(seed);
        let (mut builder, x) = builder(&[Type::F64, Type::F32, Type::I64, Type::String, Type::Bool]);
        for number in 0..300 {
            builder.intern(["", "a", "b", "c", "unheard of"].get(number).unwrap_or(&&*format!("t{number}")));
        }
        let sparse = 1 + random.below(40);
        let element = |ty: Type, number: usize, sparse: usize| match ty {
            Type::F64 => Constant::F64(
                [0.0, -1.0, 0.5, f64::INFINITY, f64::NAN, 0.1][number % 6] + (number / 6) as f64,
            ),
            Type::F32 => Constant::F32(number as f32 - 2.0),
            Type::I64 => {
                Constant::I64([i64::MIN, i64::MAX, -1][number % 3].wrapping_add((number / 3) as i64))
            }
            Type::String => Constant::String(StringId::from_number((number * sparse % 300) as u32)),
            _ => Constant::Bool(number.is_multiple_of(2)),
        };
        let types = [Type::F64, Type::F32, Type::I64, Type::String, Type::Bool];
        let mut sets = Vec::new();
        for ty in types {
            for size in [0, 1, 6, 200] {
                let from = random.below(3);
                sets.push(SetData::new(ty, (from..from + size).map(|number| element(ty, number, sparse))));
            }
        }
        let mut results = Vec::new();
        for set in &sets {
            let value = x[types.iter().position(|ty| *ty == set.ty).expect("a type of the list")];
            results.push(builder.contains(set.clone(), value));
        }
        for keys in [vec![3], vec![3, 0], vec![2], vec![1, 3, 4]] {
            let tuple = |row: usize| keys.iter().map(|key| element(types[*key], row, sparse)).collect();
            let map = MapData::new(keys.iter().map(|key| types[*key]).collect(), (0..40).map(tuple));
            let values: Vec<Value> = keys.iter().map(|key| x[*key]).collect();
            results.push(builder.find(map, &values));
        }
        let converted = builder.i64(pmml_runtime::CONVERTED);
        let mut features = Vec::new();
        for (input, value) in x.iter().enumerate() {
            let state = builder.input(Input::new(input), InputPart::State);
            features.push((*value, builder.binary(Binary::Equal, state, converted)));
        }
        let mut forest = Forest {
            features: types.to_vec(),
            nodes: Arena::new(),
            roots: Vec::new(),
            terms: Vec::new(),
            reduction: Reduction::Leaf,
        };
        for set in sets {
            let feature = types.iter().position(|ty| *ty == set.ty).expect("a type of the list") as u32;
            let [root, then, otherwise, missing] = [0, 1, 2, 3].map(|at| Node::new(forest.nodes.len() + at));
            let test = Test::In(builder.set(set));
            forest.roots.push(root);
            forest.nodes.push(TreeNode::Split { feature, test, then, otherwise, missing });
            for number in 0..3 {
                forest.nodes.push(TreeNode::Leaf(Leaf::Result { number, first_term: 0, terms: 0 }));
            }
        }
        results.extend(builder.forest(forest, &features));
        compare(finish(builder, &results), seed);
    }
}

/// Evaluates a forest that is too large to be anything but a kernel, inside branches, with each reduction.
#[test]
fn large_forests_give_what_the_interpreter_gives() {
    for seed in 0..24 {
        let random = &mut Random::new(seed);
        let (mut builder, x) = builder(&[Type::F64, Type::F32, Type::Bool, Type::F64]);
        let converted = builder.i64(pmml_runtime::CONVERTED);
        let mut features = Vec::new();
        for (input, value) in x.iter().enumerate() {
            let state = builder.input(Input::new(input), InputPart::State);
            features.push((*value, builder.binary(Binary::Equal, state, converted)));
        }
        let (accumulators, precision) = (1 + random.below(4) as u32, random.pick(&[Type::F32, Type::F64]));
        let reduction = match seed % 5 {
            0 => Reduction::Leaf,
            1 => Reduction::Sum { accumulators, precision },
            2 => Reduction::Vote { accumulators, precision },
            3 => Reduction::Median { accumulators, precision },
            _ => Reduction::Maximum { accumulators, precision },
        };
        let types = vec![Type::F64, Type::F32, Type::Bool, Type::F64];
        let (nodes, roots, terms) = (Arena::new(), Vec::new(), Vec::new());
        let mut forest = Forest { features: types, nodes, roots, terms, reduction };
        for _ in 0..20 {
            let first = forest.nodes.len();
            forest.roots.push(Node::new(first));
            for number in 0..31 {
                let children = [2 * number + 1, 2 * number + 2].map(|child| Node::new(first + child));
                let feature = random.below(4);
                let threshold = random.pick(&[0.0, -1.0, 0.5, 2.0, 3.0, f64::INFINITY]);
                let test = match feature {
                    2 => Test::True,
                    _ => random.pick(&[
                        Test::Less(threshold),
                        Test::LessOrEqual(threshold),
                        Test::Greater(threshold),
                        Test::GreaterOrEqual(threshold),
                        Test::Equal(threshold),
                        Test::NotEqual(threshold),
                        Test::Present,
                    ]),
                };
                forest.nodes.push(match number {
                    0..15 => TreeNode::Split {
                        feature: feature as u32,
                        test,
                        then: children[0],
                        otherwise: children[1],
                        missing: random.pick(&children),
                    },
                    _ if random.chance(10) => TreeNode::Leaf(Leaf::Missing),
                    _ => {
                        let first_term = forest.terms.len() as u32;
                        for _ in 0..2 {
                            let accumulator = random.below(accumulators as usize) as u32;
                            let value = random.below(1000) as f64 / 16.0 - 20.0;
                            forest.terms.push(Term { accumulator, value });
                        }
                        TreeNode::Leaf(Leaf::Result { number: number as u32, first_term, terms: 2 })
                    }
                });
            }
        }
        let outer = builder.forest(forest.clone(), &features);
        let present = features[0].1;
        let results = builder
            .branch::<()>(
                present,
                |builder| {
                    let always = builder.bool(true);
                    let features: Vec<_> = features.iter().map(|(value, _)| (*value, always)).collect();
                    Ok(builder.forest(forest, &features))
                },
                |_| Ok(outer.clone()),
            )
            .expect("no error");
        let results: Vec<Value> = outer.into_iter().chain(results).collect();
        compare(finish(builder, &results), seed);
    }
}

/// Makes weighted sums in every shape, of arguments that may be missing (and then are zero, since an empty
/// cell has an arbitrary value), that are constant, and that come from another kernel; in branches too, so
/// that masks are arbitrary.
#[test]
fn dense_kernels_give_what_the_interpreter_gives() {
    for seed in 0..24 {
        let random = &mut Random::new(seed);
        let precision = if seed % 3 == 0 { Type::F32 } else { Type::F64 };
        let (mut builder, mut arguments) = builder(&[precision; 5]);
        arguments.push(builder.zero(precision));
        let layer = |random: &mut Random, width: usize, sums: usize| {
            let mut dense = match seed % 5 {
                0 => Dense::of_squares(precision, width),
                _ => Dense::new(precision, width),
            };
            let activations =
                [Activation::Identity, Activation::Logistic, Activation::Tanh, Activation::Rectifier];
            dense.activate(activations[random.below(4)]);
            for _ in 0..sums {
                let terms = match seed % 2 {
                    0 => (0..width).collect(),
                    _ => (0..random.below(20)).map(|_| random.below(width)).collect::<Vec<usize>>(),
                };
                let number = |random: &mut Random| random.below(2000) as f64 / 7.0 - 130.0;
                let terms: Vec<_> = terms.into_iter().map(|source| (source, number(random))).collect();
                dense.sum(terms, number(random));
            }
            KernelData::Dense(dense)
        };
        let first = layer(random, arguments.len(), 37);
        let hidden = builder.kernel(first.clone(), &arguments);
        assert_eq!(hidden, builder.kernel(first, &arguments), "equal kernels are one");
        let second = layer(random, hidden.len(), 3);
        let outer = builder.kernel(second.clone(), &hidden);
        let zero = builder.zero(precision);
        let condition = builder.binary(Binary::Less, outer[0], zero);
        let inner = builder
            .branch::<()>(
                condition,
                |builder| {
                    let twice: Vec<Value> =
                        hidden.iter().map(|value| builder.binary(Binary::Add, *value, *value)).collect();
                    Ok(builder.kernel(second, &twice))
                },
                |_| Ok(outer.clone()),
            )
            .expect("no error");
        let results: Vec<Value> = outer.into_iter().chain(inner).collect();
        let program = finish(builder, &results);
        assert_eq!(program.kernels.len(), 2);
        compare(program, seed);
    }
}

/// Makes machines of every function, with vectors that have a number everywhere or gaps, some used by several machines.
#[test]
fn kernel_machines_give_what_the_interpreter_gives() {
    let (gamma, offset) = (0.03125, 0.75);
    let similarities = [
        Similarity::Linear,
        Similarity::Polynomial { gamma, offset, degree: 3.0 },
        Similarity::RadialBasis { gamma },
        Similarity::Sigmoid { gamma, offset },
    ];
    for seed in 0..24 {
        let random = &mut Random::new(seed);
        let precision = if seed % 3 == 0 { Type::F32 } else { Type::F64 };
        let (mut builder, mut arguments) = builder(&[precision; 5]);
        arguments.push(builder.zero(precision));
        let width = arguments.len();
        let mut machines = KernelMachines::new(precision, width, similarities[seed as usize % 4]);
        let number = |random: &mut Random| random.below(2000) as f64 / 700.0 - 1.3;
        for _ in 0..37 {
            let places: Vec<usize> = (0..width).filter(|_| seed < 8 || random.chance(40)).collect();
            machines.vector(places.into_iter().map(|place| (place, number(random))).collect::<Vec<_>>());
        }
        for _ in 0..3 {
            let terms: Vec<_> = (0..random.below(60)).map(|_| (random.below(37), number(random))).collect();
            machines.machine(terms, number(random));
        }
        let kernel = KernelData::KernelMachines(machines);
        let outer = builder.kernel(kernel.clone(), &arguments);
        let zero = builder.zero(precision);
        let condition = builder.binary(Binary::Less, outer[0], zero);
        let inner = builder
            .branch::<()>(
                condition,
                |builder| Ok(builder.kernel(kernel, &arguments.iter().rev().copied().collect::<Vec<_>>())),
                |_| Ok(outer.clone()),
            )
            .expect("no error");
        compare(finish(builder, &outer.into_iter().chain(inner).collect::<Vec<_>>()), seed);
    }
}

/// Distances by every function and measure, from instances with gaps, of arguments that may be missing, are
/// constant, or are NaN; all of them, or the nearest.
#[test]
fn distance_kernels_give_what_the_interpreter_gives() {
    for seed in 0..48 {
        let random = &mut Random::new(seed);
        let aggregates = [
            Aggregate::SumOfSquares,
            Aggregate::RootOfSquares,
            Aggregate::Sum,
            Aggregate::Greatest,
            Aggregate::RootOfPowers(3.0),
            Aggregate::Counts([1.0, 0.25, 0.5, 1.0], [1.0, 2.0, 2.0, 1.0]),
        ];
        let aggregate = aggregates[seed as usize % aggregates.len()];
        let width = if seed % 4 == 3 { 70 } else { 5 };
        let (mut builder, inputs) = builder(&[Type::F64; 5]);
        let mut codes: Vec<Value> = (0..width).map(|field| inputs[field % 5]).collect();
        let mut present = Vec::new();
        for code in &mut codes {
            let limit = builder.f64(random.below(9) as f64 - 4.0);
            present.push(match random.below(3) {
                0 => builder.bool(true),
                _ => builder.binary(Binary::Less, limit, *code),
            });
            if random.below(6) == 0 {
                *code = builder.f64(1.0);
            }
        }
        let compares = [Compare::Difference, Compare::Bell(1.5), Compare::Delta, Compare::Equal];
        let fields = (0..width).map(|_| DistanceField {
            compare: compares[random.below(4)],
            weight: random.below(5) as f64 / 3.0,
            missing_weight: random.below(3) as f64 / 7.0,
        });
        let fields: Vec<DistanceField> = fields.collect();
        let instance = |random: &mut Random| -> Vec<Option<f64>> {
            let gaps = if seed % 2 == 0 { 5 } else { usize::MAX };
            (0..width).map(|_| (random.below(gaps) != 0).then(|| random.below(4) as f64 - 1.0)).collect()
        };
        let instances: Vec<_> = (0..23).map(|_| instance(random)).collect();
        let greatest_is_best = random.below(2) == 0;
        let precision = if seed % 5 == 0 { Type::F32 } else { Type::F64 };
        let mut kernel =
            Distances { precision, aggregate, greatest_is_best, nearest: None, fields, instances };
        let arguments = [codes, present].concat();
        let mut results = builder.kernel(KernelData::Distances(kernel.clone()), &arguments);
        kernel.nearest = Some([1, 4, 23][random.below(3)]);
        results.extend(builder.kernel(KernelData::Distances(kernel), &arguments));
        compare(finish(builder, &results), seed);
    }
}
