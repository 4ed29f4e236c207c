//! The data of kernels.

use super::Parsed;
use super::cursor::{Cursor, Lines};
use crate::ir::kernel::distances::{Aggregate, Compare, DistanceField};
use crate::ir::{
    Activation, Constant, Dense, Distances, KernelData, KernelMachines, Program, Similarity, Type,
};

/// The largest number of terms of a sum, or of numbers of a vector, that are printed. The text does not show
/// whether there were more.
const SHOWN: usize = 64;

/// Reads a kernel, of which the first line is given.
pub(super) fn parse(
    program: &mut Program,
    mut head: Cursor<'_>,
    lines: &mut Lines<'_>,
) -> Parsed<KernelData> {
    if head.eat("the ") {
        return distances(head, lines).map(KernelData::Distances);
    }
    let count = head.number()?;
    if head.eat(" machines of ") {
        return machines(program, count, head, lines).map(KernelData::KernelMachines);
    }
    dense(program, count, head, lines).map(KernelData::Dense)
}

/// Takes a number in a float type.
fn float(program: &mut Program, cursor: &mut Cursor<'_>) -> Parsed<f64> {
    match cursor.constant(program)? {
        Constant::F32(number) => Ok(number.into()),
        Constant::F64(number) => Ok(number),
        other => cursor.error(format!("{other:?} is not of a float type")),
    }
}

fn dense(program: &mut Program, count: usize, mut head: Cursor<'_>, lines: &mut Lines<'_>) -> Parsed<Dense> {
    const ACTIVATIONS: [Activation; 4] =
        [Activation::Identity, Activation::Logistic, Activation::Tanh, Activation::Rectifier];
    head.expect(" sums")?;
    let of_squares = head.eat(" of squares");
    head.expect(" of ")?;
    let arguments = head.number()?;
    head.expect(" × ")?;
    let precision = head.ty()?;
    let mut dense =
        if of_squares { Dense::of_squares(precision, arguments) } else { Dense::new(precision, arguments) };
    if head.eat(", ") {
        let word = head.word();
        match ACTIVATIONS.into_iter().find(|activation| format!("{activation:?}") == word) {
            Some(activation) => dense.activate(activation),
            None => return head.error(format!("`{word}` is not an activation")),
        }
    }
    head.end()?;
    for _ in 0..count {
        let mut cursor = sum(lines, &head)?;
        let mut terms = Vec::new();
        let bias = loop {
            if of_squares && cursor.eat("([") {
                let source = cursor.number()?;
                cursor.expect("] - ")?;
                terms.push((source, float(program, &mut cursor)?));
                cursor.expect(")² + ")?;
                continue;
            }
            let number = float(program, &mut cursor)?;
            if !cursor.eat(" * [") {
                break number;
            }
            terms.push((cursor.number()?, number));
            cursor.expect("] + ")?;
        };
        cursor.end()?;
        dense.sum(terms, bias);
    }
    Ok(dense)
}

/// Takes the next line, which must belong to the kernel. Fails if the kernel has fewer lines than its first
/// one says.
fn sum<'t>(lines: &mut Lines<'t>, head: &Cursor<'_>) -> Parsed<Cursor<'t>> {
    match lines.peek() {
        Some(line) if line != "body:" && !line.starts_with("kernel") && !line.starts_with('…') => {
            lines.need()
        }
        _ => head.error("the kernel was truncated when it was printed"),
    }
}

fn machines(
    program: &mut Program,
    count: usize,
    mut head: Cursor<'_>,
    lines: &mut Lines<'_>,
) -> Parsed<KernelMachines> {
    let vectors: usize = head.number()?;
    head.expect(" vectors of ")?;
    let arguments = head.number()?;
    head.expect(" × ")?;
    let precision = head.ty()?;
    head.expect(", ")?;
    let similarity = similarity(program, &mut head)?;
    head.end()?;
    let mut machines = KernelMachines::new(precision, arguments, similarity);
    for _ in 0..vectors {
        let mut cursor = sum(lines, &head)?;
        cursor.expect("y:")?;
        let mut numbers = Vec::new();
        while cursor.eat(" [") {
            let place = cursor.number()?;
            cursor.expect("] ")?;
            numbers.push((place, float(program, &mut cursor)?));
        }
        cursor.end()?;
        complete(&cursor, numbers.len())?;
        machines.vector(numbers);
    }
    for _ in 0..count {
        let mut cursor = sum(lines, &head)?;
        let mut coefficients = Vec::new();
        let bias = loop {
            let number = float(program, &mut cursor)?;
            if !cursor.eat(" * y") {
                break number;
            }
            coefficients.push((cursor.number()?, number));
            cursor.expect(" + ")?;
        };
        cursor.end()?;
        complete(&cursor, coefficients.len())?;
        machines.machine(coefficients, bias);
    }
    Ok(machines)
}

/// Fails if the line has so many terms that more may have been truncated.
fn complete(cursor: &Cursor<'_>, terms: usize) -> Parsed<()> {
    if terms < SHOWN { Ok(()) } else { cursor.error("the line may have been truncated when it was printed") }
}

fn similarity(program: &mut Program, cursor: &mut Cursor<'_>) -> Parsed<Similarity> {
    if cursor.eat("x·y") {
        return Ok(Similarity::Linear);
    }
    if cursor.eat("exp(-") {
        let gamma = float(program, cursor)?;
        cursor.expect(" * |x-y|²)")?;
        return Ok(Similarity::RadialBasis { gamma });
    }
    let is_sigmoid = cursor.eat("tanh");
    cursor.expect("(")?;
    let gamma = float(program, cursor)?;
    cursor.expect(" * x·y + ")?;
    let offset = float(program, cursor)?;
    cursor.expect(")")?;
    if is_sigmoid {
        return Ok(Similarity::Sigmoid { gamma, offset });
    }
    cursor.expect("^")?;
    Ok(Similarity::Polynomial { gamma, offset, degree: float(program, cursor)? })
}

fn distances(mut head: Cursor<'_>, lines: &mut Lines<'_>) -> Parsed<Distances> {
    let mut greatest_is_best = false;
    let nearest = if head.eat("distances from ") {
        None
    } else {
        let nearest = head.number()?;
        greatest_is_best = head.eat(" greatest");
        if !greatest_is_best {
            head.expect(" least")?;
        }
        head.expect(" distances of ")?;
        Some(nearest)
    };
    let instances: usize = head.number()?;
    head.expect(" instances of ")?;
    let count: usize = head.number()?;
    head.expect(" × ")?;
    let precision: Type = head.ty()?;
    head.end()?;
    let mut cursor = sum(lines, &head)?;
    let aggregate = aggregate(&mut cursor)?;
    cursor.end()?;
    let mut distances = Distances {
        precision,
        aggregate,
        greatest_is_best,
        nearest,
        fields: Vec::new(),
        instances: Vec::new(),
    };
    for _ in 0..count {
        let mut cursor = sum(lines, &head)?;
        let weight = cursor.number()?;
        cursor.expect(" * ")?;
        let compare = compare(&mut cursor)?;
        cursor.expect(", ")?;
        let missing_weight = cursor.number()?;
        cursor.expect(" where others are missing")?;
        cursor.end()?;
        distances.fields.push(DistanceField { compare, weight, missing_weight });
    }
    for _ in 0..instances {
        // The line of an instance without numbers is blank.
        if count == 0 {
            distances.instances.push(Vec::new());
            continue;
        }
        let mut cursor = sum(lines, &head)?;
        distances.instances.push(cursor.list_to_end(|cursor| {
            if cursor.eat("missing") { Ok(None) } else { cursor.number().map(Some) }
        })?);
    }
    Ok(distances)
}

fn aggregate(cursor: &mut Cursor<'_>) -> Parsed<Aggregate> {
    let word = cursor.word();
    Ok(match word {
        "SumOfSquares" => Aggregate::SumOfSquares,
        "RootOfSquares" => Aggregate::RootOfSquares,
        "Sum" => Aggregate::Sum,
        "Greatest" => Aggregate::Greatest,
        "RootOfPowers" => Aggregate::RootOfPowers(parameter(cursor)?),
        "Counts" => {
            cursor.expect("(")?;
            let numerator = four(cursor)?;
            cursor.expect(", ")?;
            let denominator = four(cursor)?;
            cursor.expect(")")?;
            Aggregate::Counts(numerator, denominator)
        }
        _ => return cursor.error(format!("`{word}` is not an aggregate")),
    })
}

fn compare(cursor: &mut Cursor<'_>) -> Parsed<Compare> {
    let word = cursor.word();
    Ok(match word {
        "Difference" => Compare::Difference,
        "Bell" => Compare::Bell(parameter(cursor)?),
        "Delta" => Compare::Delta,
        "Equal" => Compare::Equal,
        _ => return cursor.error(format!("`{word}` is not a comparison")),
    })
}

fn parameter(cursor: &mut Cursor<'_>) -> Parsed<f64> {
    cursor.expect("(")?;
    let number = cursor.number()?;
    cursor.expect(")")?;
    Ok(number)
}

fn four(cursor: &mut Cursor<'_>) -> Parsed<[f64; 4]> {
    cursor.expect("[")?;
    let numbers = cursor.list("]", Cursor::number)?;
    match <[f64; 4]>::try_from(numbers) {
        Ok(numbers) => Ok(numbers),
        Err(_) => cursor.error("expected four numbers"),
    }
}
