//! The example of the module's documentation: computes every table of `README.md` that belongs to it.

use super::super::binning::RowBins;
use super::super::binning::eytzinger::Eytzinger;
use super::super::bit_parallel::{LEAVES, Operation};
use super::super::image::Binner;
use super::super::rows::Row;
use super::super::walk::top::Top;
use super::super::walk::{LEAF, Nodes};
use super::{Blocks, Builder, Feature, Forest, SUM, Split, Term, Test};
use crate::block::Argument;
use crate::simd::{self, SimdLevel};
use std::fmt::Write;
use std::string::{String, ToString};
use std::vec::Vec;
use std::{format, vec};

const README: &str = include_str!("../README.md");

const FEATURES: [&str; 2] = ["age", "income"];

const NAMES: [char; 5] = ['A', 'B', 'C', 'D', 'E'];

/// The values of the features in each row.
const ROWS: [[Option<f64>; 2]; 4] =
    [[Some(45.0), Some(35.0)], [Some(25.0), Some(10.0)], [Some(70.0), None], [Some(65.0), Some(40.0)]];

/// The leaf that each row reaches.
const FOUND: [usize; 4] = [2, 0, 4, 3];

/// Returns the image of the example's tree, whose leaves add 1 to 5.
fn image() -> Vec<u64> {
    let mut builder = Builder::new(vec![Feature::F64; 2], SUM);
    let less = |feature, than, then, otherwise| Split {
        feature,
        test: Test::Less(than),
        then,
        otherwise,
        missing: otherwise,
    };
    let mut leaf = 0;
    let mut add_leaf = |builder: &mut Builder| {
        leaf += 1;
        builder.leaf(leaf - 1, &[Term { accumulator: 0, value: f64::from(leaf) }]);
    };
    builder.split(less(0, 30.0, 1, 4));
    builder.split(less(1, 20.0, 2, 3));
    add_leaf(&mut builder);
    add_leaf(&mut builder);
    builder.split(less(1, 50.0, 5, 8));
    builder.split(less(0, 60.0, 6, 7));
    (0..3).for_each(|_| add_leaf(&mut builder));
    builder.root(0);
    builder.finish().expect("it is well formed")
}

/// Returns a frame with some of the rows, repeated, and where its arguments are. Results come after them.
fn frame(rows: &[usize]) -> (Vec<u64>, [Argument; 4]) {
    let mut frame = vec![0; 2 * 65];
    for row in 0..64 {
        for (feature, value) in ROWS[rows[row % rows.len()]].into_iter().enumerate() {
            let value = value.inspect(|_| frame[128 + feature] |= 1 << row);
            frame[64 * feature + row] = value.unwrap_or(f64::NAN).to_bits();
        }
    }
    (frame, [0, 128, 64, 129].map(Argument::Words))
}

/// Collects the bins of a row.
struct Collected<'b>(&'b mut [u16; 2]);

impl RowBins for Collected<'_> {
    fn set_window(&mut self, column: u32, bin: u16) {
        self.0[column as usize] = bin;
    }

    fn set_position(&mut self, _: Binner, _: u16) {
        panic!("there are no sets");
    }
}

fn bins(forest: &Forest<'_>) -> [[u16; 2]; 4] {
    let (frame, arguments) = frame(&[0, 1, 2, 3]);
    core::array::from_fn(|row| {
        let mut bins = [0; 2];
        let row = Row { offset: 0, row };
        let rank = |layout: Eytzinger<'_>, value| layout.rank_of(value);
        forest.bin_row(&frame, &arguments, row, Collected(&mut bins), rank);
        bins
    })
}

/// Checks that the documentation has a table.
fn documented(table: &str) {
    assert!(README.contains(table), "README.md lacks\n{table}");
}

fn cut(bits: u64) -> String {
    f64::from_bits(bits).to_string()
}

#[test]
fn features_are_binned() {
    let image = image();
    let forest = Forest::open(&image).expect("it is an image");
    let mut table = String::from("feature  cuts    Eytzinger layout\n");
    for (feature, binner) in FEATURES.iter().zip(forest.binners) {
        let binner = Binner::from_words(*binner);
        let layout = Eytzinger::new(forest.cuts(binner), 2);
        let [root, less, _] = [1, 2, 3].map(|place| layout.cuts()[place]);
        let (less, root, rest) = (cut(less), cut(root), cut(layout.cuts()[3]));
        writeln!(table, "{feature:7}  {less}, {root}  -, {root}, {less}, {rest}").unwrap();
    }
    documented(&table);
    let mut table = String::from("row  age  income  bin of age  bin of income\n");
    for (row, bins) in bins(&forest).iter().enumerate() {
        let [age, income] = ROWS[row].map(|value| value.map_or("-".into(), |value| value.to_string()));
        writeln!(table, "{row:3}  {age:>3}  {income:>6}  {:10}  {:13}", bins[0], bins[1]).unwrap();
    }
    documented(&table);
}

#[test]
fn trees_are_evaluated_bit_parallel() {
    let image = image();
    let forest = Forest::open(&image).expect("it is an image");
    let bins = bins(&forest);
    let operations: Vec<Operation> = forest.operations.iter().map(|word| Operation(*word)).collect();
    let name = |operand: usize| match operand.checked_sub(LEAVES) {
        Some(slot) => format!("slot {slot}"),
        None => NAMES[operand].to_string(),
    };
    // From the leaves to the root.
    let mut values: Vec<[char; 4]> = vec![[' '; 4]; 2 * LEAVES];
    values[..5].copy_from_slice(&NAMES.map(|name| [name; 4]));
    let mut table = String::from("operation  column  threshold  low     high    result  rows 0 to 3\n");
    for (number, operation) in operations.iter().enumerate() {
        let (column, threshold) = (operation.column(), operation.threshold());
        let value = core::array::from_fn(|row| match bins[row][column] > threshold.into() {
            true => values[operation.high()][row],
            false => values[operation.low()][row],
        });
        values[operation.slot()] = value;
        let (low, high, slot) = (name(operation.low()), name(operation.high()), name(operation.slot()));
        let column = FEATURES[column];
        let value: String = value.iter().collect();
        writeln!(table, "{number:9}  {column:6}  {threshold:9}  {low:6}  {high:6}  {slot:6}  {value}")
            .unwrap();
    }
    documented(&table);
    let root = operations.last().expect("there are operations").slot();
    assert_eq!(values[root], FOUND.map(|leaf| NAMES[leaf]));
    // From the root to the leaves.
    let mut masks = vec![0u8; 2 * LEAVES];
    masks[root] = 0b1111;
    let rows = |mask: u8| (0..4).map(|row| if mask >> row & 1 != 0 { '1' } else { '0' }).collect::<String>();
    let mut table = String::from("operation  its rows  bin > threshold  low             high\n");
    for (number, operation) in operations.iter().enumerate().rev() {
        let own = masks[operation.slot()];
        let passes = |row: &usize| bins[*row][operation.column()] > operation.threshold().into();
        let high = (0..4).filter(passes).fold(0, |mask, row| mask | 1 << row);
        (masks[operation.low()], masks[operation.high()]) = (own & !high, own & high);
        let [low_rows, high_rows] = [operation.low(), operation.high()].map(|to| rows(masks[to]));
        let (low, high_name) = (name(operation.low()), name(operation.high()));
        let (own, high) = (rows(own), rows(high));
        writeln!(table, "{number:9}  {own:8}  {high:15}  {low_rows} to {low:6}  {high_rows} to {high_name}")
            .unwrap();
    }
    documented(&table);
    for (row, leaf) in FOUND.into_iter().enumerate() {
        assert_eq!(masks[leaf] >> row & 1, 1, "row {row} reaches {}", NAMES[leaf]);
    }
}

#[test]
fn quick_scorer_compares_all_splits_at_once() {
    let image = image();
    let forest = Forest::open(&image).expect("it is an image");
    let bins = bins(&forest)[0];
    let [columns, thresholds, starts] = core::array::from_fn(|part| {
        let words = &forest.quick_scorer[8 * part..][..8];
        let bytes: Vec<u8> = words.iter().flat_map(|word| word.to_le_bytes()).collect();
        <[u8; 4]>::try_from(&bytes[..4]).expect("the tree has four splits")
    });
    let passed: [bool; 4] =
        core::array::from_fn(|split| bins[usize::from(columns[split])] > thresholds[split].into());
    let own: [u8; 4] = core::array::from_fn(|split| if passed[split] { starts[split] } else { u8::MAX });
    let mut least = own;
    for split in (0..3).rev() {
        least[split] = least[split].min(least[split + 1]);
    }
    let line = |name: &str, cells: [String; 4]| {
        let cells: String = cells.iter().map(|cell| format!("  {cell:>6}")).collect();
        format!("{name:15}{cells}\n")
    };
    let start = |start: u8| if start == u8::MAX { "-".to_string() } else { start.to_string() };
    let mut table = line("split", [0, 1, 2, 3].map(|split| split.to_string()));
    table += &line("column", columns.map(|column| FEATURES[usize::from(column)].to_string()));
    table += &line("bin", columns.map(|column| bins[usize::from(column)].to_string()));
    table += &line("threshold", thresholds.map(|threshold| threshold.to_string()));
    table += &line("passed", passed.map(|passed| if passed { "yes" } else { "no" }.to_string()));
    table += &line("start", starts.map(|start| start.to_string()));
    table += &line("start if passed", own.map(start));
    table += &line("least from here", least.map(start));
    documented(&table);
    // The last leaf has no split after it.
    let found = (0..4).position(|leaf| usize::from(least[leaf]) > leaf).unwrap_or(4);
    assert_eq!(found, FOUND[0]);
}

#[test]
fn rows_are_walked() {
    let image = image();
    let forest = Forest::open(&image).expect("it is an image");
    let bins = bins(&forest)[0];
    let mut table = String::from("node  column or leaf  threshold  low child  high child\n");
    for number in 0..forest.nodes.len() {
        let node = forest.node(number);
        let name = usize::from(node.name());
        let line = if node.threshold() == LEAF {
            format!("{number:4}  {}", NAMES[name])
        } else {
            let child = number + node.distance();
            let (column, threshold) = (FEATURES[name], node.threshold());
            format!("{number:4}  {column:14}  {threshold:9}  {child:9}  {:10}", child + 1)
        };
        writeln!(table, "{line}").unwrap();
    }
    documented(&table);
    let mut path = vec![0];
    loop {
        let at = *path.last().expect("the path starts at the root");
        let node = forest.node(at);
        if node.threshold() == LEAF {
            assert_eq!(usize::from(node.name()), FOUND[0]);
            break;
        }
        let high = bins[usize::from(node.name())] > node.threshold();
        path.push(at + node.distance() + usize::from(high));
    }
    let path: Vec<String> = path.iter().map(usize::to_string).collect();
    documented(&format!("Row 0 walks {}", path.join(", ")));
}

#[test]
fn tops_are_computed_for_all_rows() {
    let image = image();
    let forest = Forest::open(&image).expect("it is an image");
    let bins = bins(&forest);
    let mut table = String::from("node  column  threshold  low      high     rows 0 to 3\n");
    // With two levels, the nodes of the top are the first three of the tree, and the exits the next four.
    let mut values = [[0; 4]; 3];
    for number in [1, 2, 0] {
        let node = forest.node(number);
        let low = number + node.distance();
        let value = |child: usize, row: usize| if child < 3 { values[child][row] } else { child - 3 };
        let own = core::array::from_fn(|row| {
            let high = bins[row][usize::from(node.name())] > node.threshold();
            value(low + usize::from(high), row)
        });
        values[number] = own;
        let child = |child: usize| match child.checked_sub(3) {
            Some(exit) => format!("exit {exit}"),
            None => format!("node {child}"),
        };
        let rows: String = own.iter().map(usize::to_string).collect();
        let (column, threshold) = (FEATURES[usize::from(node.name())], node.threshold());
        let (low, high) = (child(low), child(low + 1));
        writeln!(table, "{number:4}  {column:6}  {threshold:9}  {low:7}  {high:7}  {rows}").unwrap();
    }
    documented(&table);
    let mut columns = [[0u16; 64]; 2];
    for row in 0..64 {
        (columns[0][row], columns[1][row]) = (bins[row % 4][0], bins[row % 4][1]);
    }
    let top = Top::new(Nodes(forest.nodes), 2);
    let exits = top.evaluate(&[&columns])[0];
    for (row, exit) in exits.iter().enumerate() {
        assert_eq!(usize::from(*exit), values[0][row % 4], "row {row}");
    }
    let starts: Vec<String> = (0..4).map(|row| top.exits[usize::from(exits[row])].to_string()).collect();
    documented(&format!("start from the nodes {}.", starts.join(", ")));
}

#[test]
fn all_methods_find_the_leaves() {
    let image = image();
    let forest = Forest::open(&image).expect("it is an image");
    for level in [SimdLevel::Portable, SimdLevel::Avx2, SimdLevel::Avx512] {
        simd::cap(level);
        for mask in [0b1111, u64::MAX] {
            let (mut frame, arguments) = frame(&[0, 1, 2, 3]);
            let results = [frame.len(), frame.len() + 64];
            let scratch = frame.len() + 128;
            frame.resize(scratch + forest.scratch(1), 0);
            forest.evaluate(&mut frame, scratch, &arguments, &results, Blocks { stride: 0, masks: &[mask] });
            let sums = core::array::from_fn(|row| f64::from_bits(frame[results[0] + row]));
            assert_eq!(sums, FOUND.map(|leaf| leaf as f64 + 1.0), "{level:?}, mask {mask:x}");
        }
    }
    simd::cap(SimdLevel::Avx512);
}
