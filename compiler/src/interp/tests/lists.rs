//! Lists and histories.

use super::*;

/// Runs a program, whose first result is a list, on rows of one cell. Returns the items.
fn lists(program: Program, stream: &mut Stream, rows: &[Cell]) -> Vec<Vec<Item>> {
    let program = Arc::new(program);
    let interpreter = Interpreter::new(program.clone());
    let layout = interpreter.layout();
    let mut frame = vec![0; layout.words];
    // Each row is a separate call, which forgets the strings and lists of the one before.
    let mut context = Context::new(&program.dictionary);
    rows.iter()
        .map(|cell| {
            context.clear();
            let columns = layout.inputs[0];
            frame[columns.present] = !matches!(cell, Cell::Absent) as u64;
            frame[columns.values] = match *cell {
                Cell::Value(value) => value.bits(),
                Cell::String(text) => {
                    // Numbers of strings differ from call to call.
                    context.intern(&format!("{text} is not the first"));
                    context.intern(text).number() as u64
                }
                _ => 0,
            };
            interpreter.run(&mut frame, 1, &mut context, stream);
            let list = List::from_number(frame[layout.results[0].values] as u32);
            let strings = program.inputs[Input::new(0)].ty == Type::String;
            let item = |item: &Item| match item {
                Some(bits) if strings => {
                    Some(context.string(StringId::from_number(*bits as u32)).bytes().next().unwrap_or(0)
                        as u64)
                }
                item => *item,
            };
            context.items(list).iter().map(item).collect()
        })
        .collect()
}

#[test]
fn lists_have_present_and_missing_items() {
    let mut builder = program_with_inputs(&[Type::I64]);
    let (one, two) = (builder.i64(1), builder.i64(2));
    let (yes, no) = (builder.bool(true), builder.bool(false));
    let list = builder.list(&[(one, yes), (two, no)]);
    let program = builder.finish(vec![list, yes]);
    assert_eq!(lists(program, &mut Stream::default(), &[Cell::Absent]), [[Some(1), None]]);
}

/// Makes a program that recalls two previous values of its input, restarts if the input is `restart`, and
/// fails if it is missing.
fn recalling(ty: Type, restart: Option<i64>) -> Program {
    let mut builder = program_with_inputs(&[ty]);
    let history = builder.program_mut().histories.push(HistoryData { ty, length: 2 });
    let value = builder.input(Input::new(0), InputPart::Value);
    let state = builder.input(Input::new(0), InputPart::State);
    let converted = builder.i64(CONVERTED);
    let present = builder.binary(Binary::Equal, state, converted);
    let restart = match restart {
        Some(restart) => {
            let restart = builder.i64(restart);
            builder.binary(Binary::Equal, value, restart)
        }
        None => builder.bool(false),
    };
    let list = builder.emit(Operation::Recall { history, value, present, restart })[0];
    let missing = builder.not(present);
    let failure = FailureData::new(None, FailureKind::MissingValue, String::new());
    builder.fail_if(missing, failure);
    builder.finish(vec![list, present])
}

#[test]
fn histories_go_from_row_to_row() {
    let rows = [Some(1), Some(2), None, Some(3), Some(9), Some(4), Some(5)];
    let cells = rows.map(|row| row.map_or(Cell::Absent, |row| Cell::Value(I64(row))));
    let lists = lists(recalling(Type::I64, Some(9)), &mut Stream::default(), &cells);
    let expected: [&[Item]; 7] = [
        &[],
        &[Some(1)],
        &[Some(2), Some(1)],
        // The row with the missing value failed, and is recorded nonetheless.
        &[None, Some(2)],
        // The history restarts, with this row's value as its first.
        &[],
        &[Some(9)],
        &[Some(4), Some(9)],
    ];
    assert_eq!(lists, expected);
}

#[test]
fn histories_keep_strings_themselves() {
    let cells = ["x", "y", "z"].map(Cell::String);
    let lists = lists(recalling(Type::String, None), &mut Stream::default(), &cells);
    let byte = |byte: u8| Some(byte as u64);
    let expected: [&[Item]; 3] = [&[], &[byte(b'x')], &[byte(b'y'), byte(b'x')]];
    assert_eq!(lists, expected);
}
