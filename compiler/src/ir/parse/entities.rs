//! The entities of a program, which come before its body.

use super::cursor::{Cursor, Lines};
use super::{Parsed, kernel};
use crate::ir::table::key_bits;
use crate::ir::{
    Arena, Constant, Failure, FailureData, FailureKind, Forest, ForestId, History, HistoryData, Id, Input,
    InputData, Kernel, Leaf, Map, MapData, Node, Program, Reduction, Set, SetData, Table, TableData, Term,
    Test, TreeNode, Type,
};
use std::sync::Arc;

/// Reads the entities up to the line `body:`.
pub(super) fn parse(program: &mut Program, lines: &mut Lines<'_>) -> Parsed<()> {
    while let Some(line) = lines.peek() {
        if line == "body:" {
            return Ok(());
        }
        let mut cursor = lines.need()?;
        if cursor.eat("array ") {
            array(program, &mut cursor)?;
        } else if next(&mut cursor, "input", &program.inputs)? {
            let input = input(&mut cursor)?;
            let _: Input = program.inputs.push(input);
        } else if next(&mut cursor, "failure", &program.failures)? {
            let failure = failure(program, &mut cursor)?;
            let _: Failure = program.failures.push(failure);
        } else if next(&mut cursor, "table", &program.tables)? {
            let ty = cursor.ty()?;
            cursor.expect(" [")?;
            let elements = cursor.list("]", |cursor| constant_of(program, cursor, ty))?;
            let _: Table = program.tables.push(TableData::new(ty, elements));
        } else if next(&mut cursor, "set", &program.sets)? {
            let ty = cursor.ty()?;
            cursor.expect(" {")?;
            let elements = cursor.list("}", |cursor| constant_of(program, cursor, ty))?;
            let _: Set = program.sets.push(SetData::new(ty, elements));
        } else if next(&mut cursor, "map", &program.maps)? {
            let map = map(program, &mut cursor, lines)?;
            let _: Map = program.maps.push(map);
        } else if next(&mut cursor, "history", &program.histories)? {
            let ty = cursor.ty()?;
            cursor.expect(" × ")?;
            let length = cursor.number()?;
            let _: History = program.histories.push(HistoryData { ty, length });
        } else if next(&mut cursor, "forest", &program.forests)? {
            let forest = forest(program, cursor, lines)?;
            let _: ForestId = program.forests.push(forest);
            continue;
        } else if next(&mut cursor, "kernel", &program.kernels)? {
            let data = kernel::parse(program, cursor, lines)?;
            let _: Kernel = program.kernels.push(Arc::new(data));
            continue;
        } else {
            return cursor.error(format!("unknown entity `{}`", cursor.rest()));
        }
        cursor.end()?;
    }
    Ok(())
}

/// Skips the id of the next entity of an arena, if the line starts with one, and the colon after it.
fn next<K: Id, V>(cursor: &mut Cursor<'_>, prefix: &str, arena: &Arena<K, V>) -> Parsed<bool> {
    let number = arena.len();
    let Some(id) = cursor.id::<K>(prefix, usize::MAX)? else { return Ok(false) };
    if id.index() != number {
        return cursor.error(format!("expected {prefix}{number}, not {id:?}"));
    }
    cursor.expect(": ")?;
    Ok(true)
}

fn constant_of(program: &mut Program, cursor: &mut Cursor<'_>, ty: Type) -> Parsed<Constant> {
    let constant = cursor.constant(program)?;
    if constant.ty() == ty {
        Ok(constant)
    } else {
        cursor.error(format!("{constant:?} is not of the type {ty}"))
    }
}

fn array(program: &mut Program, cursor: &mut Cursor<'_>) -> Parsed<()> {
    let number: usize = cursor.number()?;
    cursor.expect(": [")?;
    let words = cursor.list("]", |cursor| constant_of(program, cursor, Type::I64))?;
    let words: Vec<u64> = words.into_iter().map(Constant::bits).collect();
    if Arc::make_mut(&mut program.dictionary).intern_array(&words) as usize != number {
        return cursor.error("arrays must differ, and be numbered from 0");
    }
    Ok(())
}

fn input(cursor: &mut Cursor<'_>) -> Parsed<InputData> {
    let is_list = cursor.eat("list of ");
    let ty = cursor.ty()?;
    let nan = cursor.eat(" or NaN");
    cursor.expect(" ")?;
    let name = cursor.string()?;
    let (ty, items) = if is_list { (Type::List, Some(ty)) } else { (ty, None) };
    Ok(InputData { name, ty, items, nan })
}

fn failure(program: &Program, cursor: &mut Cursor<'_>) -> Parsed<FailureData> {
    const KINDS: [FailureKind; 5] = [
        FailureKind::InvalidValue,
        FailureKind::UnusableValue,
        FailureKind::MissingValue,
        FailureKind::UndefinedResult,
        FailureKind::Exhausted,
    ];
    let word = cursor.word();
    let Some(kind) = KINDS.into_iter().find(|kind| format!("{kind:?}") == word) else {
        return cursor.error(format!("`{word}` is not a kind of failure"));
    };
    let input = if cursor.eat(" ") { Some(cursor.need_id("input", program.inputs.len())?) } else { None };
    let message = if cursor.eat(": ") { cursor.rest().to_owned() } else { String::new() };
    cursor.eat(&message);
    Ok(FailureData { input, kind, derived_field: None, message })
}

fn map(program: &mut Program, cursor: &mut Cursor<'_>, lines: &mut Lines<'_>) -> Parsed<MapData> {
    let count: usize = cursor.number()?;
    cursor.expect(" rows")?;
    let mut map = MapData { keys: Vec::new(), rows: Vec::new() };
    while lines.peek().is_some_and(|line| line.starts_with('(')) {
        let mut cursor = lines.need()?;
        cursor.expect("(")?;
        let keys = cursor.list(")", |cursor| cursor.constant(program))?;
        cursor.expect(" -> ")?;
        let row = cursor.number()?;
        cursor.end()?;
        let types: Vec<Type> = keys.iter().map(|key| key.ty()).collect();
        if map.rows.is_empty() {
            map.keys = types;
        } else if map.keys != types {
            return cursor.error("the rows of a map have keys of different types");
        }
        match keys.into_iter().map(key_bits).collect() {
            Some(keys) => map.rows.push((keys, row)),
            None => return cursor.error("NaN is not a key"),
        }
    }
    if map.rows.len() != count {
        return cursor.error(format!("{} of {count} rows follow", map.rows.len()));
    }
    // The numbers of strings may differ from those when the map was printed.
    map.rows.sort();
    Ok(map)
}

fn forest(program: &Program, mut head: Cursor<'_>, lines: &mut Lines<'_>) -> Parsed<Forest> {
    let reduction = reduction(&mut head)?;
    head.end()?;
    let mut cursor = lines.need()?;
    cursor.expect("features")?;
    cursor.eat(" ");
    let features = cursor.list_to_end(Cursor::ty)?;
    let mut cursor = lines.need()?;
    let trees: usize = cursor.number()?;
    cursor.expect(" trees:")?;
    cursor.eat(" ");
    let roots = cursor.list_to_end(|cursor| cursor.need_id("n", usize::MAX))?;
    if roots.len() != trees {
        return cursor.error(format!("{} of {trees} roots are there", roots.len()));
    }
    let mut forest = Forest { features, nodes: Arena::new(), roots, terms: Vec::new(), reduction };
    while lines.peek().is_some_and(|line| line.starts_with('n')) {
        let mut cursor = lines.need()?;
        if !next(&mut cursor, "n", &forest.nodes)? {
            return cursor.error(format!("expected a node, not `{}`", cursor.rest()));
        }
        let node = node(program, &mut forest, &mut cursor)?;
        cursor.end()?;
        let _: Node = forest.nodes.push(node);
    }
    if let Some(line) = lines.peek()
        && line.starts_with('…')
    {
        return head.error("the forest was truncated when it was printed");
    }
    Ok(forest)
}

fn reduction(cursor: &mut Cursor<'_>) -> Parsed<Reduction> {
    if cursor.eat("leaf of each tree") {
        return Ok(Reduction::Leaf);
    }
    let is_vote = cursor.eat("vote of ");
    let accumulators = cursor.number()?;
    let kind = if is_vote { "" } else { cursor.rest() };
    let kinds = [" sums in ", " medians in ", " maxima in ", " in "];
    if !kinds.iter().any(|kind| cursor.eat(kind)) {
        return cursor.error(format!("expected a reduction before `{kind}`"));
    }
    let precision = cursor.ty()?;
    Ok(match kind {
        _ if is_vote => Reduction::Vote { accumulators, precision },
        _ if kind.starts_with(" medians") => Reduction::Median { accumulators, precision },
        _ if kind.starts_with(" maxima") => Reduction::Maximum { accumulators, precision },
        _ => Reduction::Sum { accumulators, precision },
    })
}

fn node(program: &Program, forest: &mut Forest, cursor: &mut Cursor<'_>) -> Parsed<TreeNode> {
    if cursor.eat("no result") {
        return Ok(TreeNode::Leaf(Leaf::Missing));
    }
    if cursor.eat("leaf ") {
        let number = cursor.number()?;
        let first_term = forest.terms.len() as u32;
        while cursor.eat(", [") {
            let accumulator = cursor.number()?;
            cursor.expect("] += ")?;
            forest.terms.push(Term { accumulator, value: cursor.number()? });
        }
        let terms = forest.terms.len() as u32 - first_term;
        return Ok(TreeNode::Leaf(Leaf::Result { number, first_term, terms }));
    }
    cursor.expect("feature ")?;
    let feature = cursor.number()?;
    cursor.expect(" ")?;
    let test = test(program, cursor)?;
    let mut child = |before: &str| {
        cursor.expect(before)?;
        cursor.need_id("n", usize::MAX)
    };
    let (then, otherwise, missing) = (child(" ? ")?, child(" : ")?, child(" missing ")?);
    Ok(TreeNode::Split { feature, test, then, otherwise, missing })
}

fn test(program: &Program, cursor: &mut Cursor<'_>) -> Parsed<Test> {
    if cursor.eat("in ") {
        return Ok(Test::In(cursor.need_id("set", program.sets.len())?));
    }
    if cursor.eat("is true") {
        return Ok(Test::True);
    }
    if cursor.eat("is present") {
        return Ok(Test::Present);
    }
    let symbol = cursor.symbol();
    cursor.expect(" ")?;
    let number = cursor.number()?;
    Ok(match symbol {
        "<" => Test::Less(number),
        "<=" => Test::LessOrEqual(number),
        ">" => Test::Greater(number),
        ">=" => Test::GreaterOrEqual(number),
        "==" => Test::Equal(number),
        "!=" => Test::NotEqual(number),
        _ => return cursor.error(format!("`{symbol}` is not a test")),
    })
}
