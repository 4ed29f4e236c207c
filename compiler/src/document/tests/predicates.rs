//! Tests of predicates, and of the arrays and matrices that hold their values and those of models.

use super::{error, text, tree, variant};
use crate::document::array::{ArrayType, IntSparseArray, RealSparseArray, read_sparse};
use crate::document::limits::Limits;
use crate::document::markup::Markup;
use crate::document::matrix::{Matrix, MatrixKind};
use crate::document::predicate::{BooleanOperator, Operator, Predicate, SetOperator};
use crate::document::source::Source;
use crate::error::Error;

fn predicate(text: &str) -> Predicate {
    tree(&format!("<Node>{text}</Node>")).tree.root().predicate.clone()
}

/// Reads a single element outside of any model.
fn element<T>(text: &str, read: fn(&mut Markup<'_>) -> Result<T, Error>) -> Result<T, Error> {
    let limits = Limits::default();
    let mut markup = Markup::new(Source::from_str(text, limits), limits);
    markup.root()?;
    let element = read(&mut markup)?;
    markup.finish()?;
    Ok(element)
}

#[test]
fn predicates() {
    let simple = variant!(
        predicate("<SimplePredicate field='x' operator='lessOrEqual' value='1'/>"),
        Predicate::SimplePredicate
    );
    assert_eq!((simple.operator, text(&simple.value)), (Operator::LessOrEqual, Some("1")));
    let missing = predicate("<SimplePredicate field='x' operator='isMissing'/>");
    assert_eq!(variant!(missing, Predicate::SimplePredicate).value, None);
    let compound = variant!(
        predicate(
            "<CompoundPredicate booleanOperator='surrogate'><True/><False/><CompoundPredicate booleanOperator='xor'>\
             <True/></CompoundPredicate></CompoundPredicate>"
        ),
        Predicate::CompoundPredicate
    );
    assert_eq!((compound.boolean_operator, compound.predicates.len()), (BooleanOperator::Surrogate, 3));
    let set = variant!(
        predicate(
            "<SimpleSetPredicate field='x' booleanOperator='isNotIn'><Array n='2' type='int'>1 2</Array></SimpleSetPredicate>"
        ),
        Predicate::SimpleSetPredicate
    );
    assert_eq!(
        (set.boolean_operator, set.array.kind, set.array.n),
        (SetOperator::IsNotIn, ArrayType::Int, Some(2))
    );
    assert_eq!(set.array.values, ["1", "2"]);
}

#[test]
fn predicates_that_lack_something() {
    let message = |text: &str| {
        let text =
            format!("<TreeModel functionName='regression'><MiningSchema/><Node>\n{text}</Node></TreeModel>");
        error(&text).to_string()
    };
    assert_eq!(
        message("<SimplePredicate field='x' value='1'/>"),
        "3:1: `SimplePredicate` lacks the required attribute `operator`"
    );
    assert_eq!(
        message("<SimplePredicate field='x' operator='equal'/>"),
        "3:1: `SimplePredicate` lacks the required attribute `value`"
    );
    assert_eq!(
        message("<CompoundPredicate booleanOperator='and'/>"),
        "3:1: `CompoundPredicate` lacks predicates to combine"
    );
    assert_eq!(
        message("<SimpleSetPredicate field='x' booleanOperator='isIn'/>"),
        "3:1: `SimpleSetPredicate` lacks an `Array`"
    );
    assert_eq!(message(""), "2:53: `Node` lacks a predicate");
    assert_eq!(
        message("<True/><False/>"),
        "3:8: `Node` has no place for this `False`: it has one of its kind already"
    );
}

#[test]
fn arrays() {
    let values = |text: &str| {
        let text = format!(
            "<SimpleSetPredicate field='x' booleanOperator='isIn'><Array type='string'>{text}</Array></SimpleSetPredicate>"
        );
        let set = variant!(predicate(&text), Predicate::SimpleSetPredicate);
        set.array.values.iter().map(|value| value.to_string()).collect::<Vec<_>>()
    };
    assert_eq!(values(" a  b\n\tc "), ["a", "b", "c"]);
    assert_eq!(values(r#""a b" "c \"d\"" "" e"f g\h "i\j""#), ["a b", "c \"d\"", "", "e\"f", r"g\h", r"i\j"]);
    assert_eq!(values("&quot;a b&quot; ä&amp;ö"), ["a b", "ä&ö"]);
    assert!(values("").is_empty());
    let wrong = "<TreeModel functionName='regression'><MiningSchema/><Node><SimpleSetPredicate field='x' \
                 booleanOperator='isIn'><Array type='string'>\"a</Array></SimpleSetPredicate></Node></TreeModel>";
    assert_eq!(error(wrong).message(), "`Array` holds a `\"` that has no counterpart");
    let counted = wrong.replace("<Array type='string'>\"a", "<Array n='3' type='real'>1 -2E1");
    assert_eq!(error(&counted).message(), "`Array` has 2 values, but `n` is 3");
}

#[test]
fn sparse_arrays() {
    let real = |text: &str| -> Result<RealSparseArray, Error> { element(text, read_sparse) };
    let array = real(
        "<REAL-SparseArray n='7' defaultValue='0.5'><Indices>2 7</Indices><REAL-Entries>1E1 INF</REAL-Entries></REAL-SparseArray>",
    )
    .expect("correct");
    assert_eq!((array.n, array.default_value, &array.indices[..]), (Some(7), 0.5, &[2, 7][..]));
    assert!(array.entries[0] == 10.0 && array.entries[1] == f64::INFINITY);
    let array: IntSparseArray = element(
        "<INT-SparseArray><Indices>1</Indices><INT-Entries>-3</INT-Entries></INT-SparseArray>",
        read_sparse,
    )
    .expect("correct");
    assert_eq!((array.default_value, array.entries), (0, vec![-3]));
    assert!(real("<REAL-SparseArray n='3'/>").expect("correct").entries.is_empty());
    let message = |text: &str| real(text).expect_err("wrong").message();
    assert_eq!(
        message("<REAL-SparseArray><Indices>1 2</Indices></REAL-SparseArray>"),
        "`REAL-SparseArray` has 2 indices for 0 entries"
    );
    let outside =
        "<REAL-SparseArray n='3'><Indices>4</Indices><REAL-Entries>1</REAL-Entries></REAL-SparseArray>";
    assert_eq!(message(outside), "`REAL-SparseArray` has the index 4, which is outside of the array");
    assert!(real(&outside.replace('4', "0")).is_err());
    assert_eq!(
        message("<REAL-SparseArray><Indices>1</Indices><REAL-Entries>NaN</REAL-Entries></REAL-SparseArray>"),
        "`REAL-Entries` holds `NaN`, which is not a number of its kind"
    );
    assert_eq!(
        message("<REAL-SparseArray><Indices>x</Indices></REAL-SparseArray>"),
        "`Indices` holds `x`, which is not a number of its kind"
    );
}

#[test]
fn matrices() {
    let matrix = element(
        "<Matrix kind='symmetric' nbRows='2' nbCols='2' diagDefault='1' offDiagDefault='0'>\
         <Array type='real'>1</Array><Array type='real'>2 3.5</Array></Matrix>",
        Matrix::read,
    )
    .expect("correct");
    assert_eq!((matrix.kind, matrix.nb_rows, matrix.nb_cols), (MatrixKind::Symmetric, Some(2), Some(2)));
    assert_eq!((matrix.diag_default, matrix.off_diag_default), (Some(1.0), Some(0.0)));
    assert_eq!(matrix.arrays[1].reals().expect("numbers"), [2.0, 3.5]);
    let matrix =
        element("<Matrix><MatCell row='1' col='2'> 3 </MatCell></Matrix>", Matrix::read).expect("correct");
    let cell = &matrix.mat_cells[0];
    assert_eq!((matrix.kind, cell.row, cell.col, cell.value), (MatrixKind::Any, 1, 2, 3.0));
    let wrong = element("<Matrix><MatCell row='1' col='2'>a</MatCell></Matrix>", Matrix::read);
    assert_eq!(wrong.expect_err("wrong").message(), "`MatCell` holds `a`, which should be a number");
}
