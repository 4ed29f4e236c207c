//! The generated code of many models, compiled as one crate, with a common interface to run all of them.

#![forbid(unsafe_code)]

use pmml_runtime::compiled::{Difference, Failure, Field, Value};
use std::collections::HashMap;

/// A row: strings by field name. Fields without a string are missing.
pub type Row = HashMap<String, String>;

/// The results of a row, or its failure.
pub type Answer = Result<Vec<Value<'static>>, Failure>;

/// A model.
#[derive(Debug)]
pub struct Model {
    /// Where it comes from.
    pub kind: Kind,
    /// Its inputs.
    pub inputs: &'static [Field],
    /// Its results.
    pub outputs: &'static [Field],
    /// Scores rows one by one, in order. A row with a string that is not a value of its field's type gives `None`.
    pub one_by_one: fn(&[Row]) -> Vec<Option<Answer>>,
    /// Scores rows as a batch. Returns `None` if any string is not a value of its field's type.
    pub as_batch: fn(&[Row]) -> Option<Vec<Answer>>,
    /// Scores the document's verification rows.
    pub verify: fn() -> Result<usize, Difference>,
    /// Scores the rows of the case, for a model with inputs that are lists, which cannot be parsed from strings. A row with a
    /// value that does not have its field's type gives `None`.
    pub given: Option<fn() -> Vec<Option<Answer>>>,
}

/// Where a model comes from.
#[derive(Clone, Copy, Debug)]
pub enum Kind {
    /// A folder of a corpus.
    Corpus(&'static str),
    /// A file of cases and the number of one.
    Case(&'static str, usize),
}

/// Defines the functions that run a model, given the names of its inputs and the calls that score.
#[macro_export]
macro_rules! drive_with {
    ($start:expr, $scorer:ident, $predict:expr, $predict_batch:expr; $($field:ident),*) => {
        fn values(output: &Output) -> Vec<runtime::compiled::Value<'static>> {
            (0..OUTPUTS.len()).map(|number| output.value(number).into_owned()).collect()
        }

        pub(crate) fn one_by_one(rows: &[$crate::Row]) -> Vec<Option<$crate::Answer>> {
            #[allow(unused_mut)]
            let mut $scorer = $start;
            rows.iter()
                .map(|row| {
                    let input = Input::parse(|name| row.get(name).map(String::as_str)).ok()?;
                    let output = $predict(&input);
                    Some(output.map(|output| values(&output)))
                })
                .collect()
        }

        pub(crate) fn as_batch(rows: &[$crate::Row]) -> Option<Vec<$crate::Answer>> {
            #[allow(unused_mut)]
            let mut $scorer = $start;
            let inputs = rows.iter().map(|row| Input::parse(|name| row.get(name).map(String::as_str)).ok());
            let inputs = inputs.collect::<Option<Vec<Input>>>()?;
            $(let $field: Vec<_> = inputs.iter().map(|input| input.$field).collect();)*
            let columns = Columns { $($field: runtime::compiled::Column::Optional(&$field)),* };
            let mut results = vec![Ok(Output::default()); inputs.len()];
            $predict_batch(&columns, &mut results);
            Some(results.into_iter().map(|result| result.map(|output| values(&output))).collect())
        }
    };
}

/// As [`drive_with`], for models without a scorer.
#[macro_export]
macro_rules! drive {
    ($($field:ident),*) => { $crate::drive_with!((), _scorer, predict, predict_batch; $($field),*); };
}

/// As [`drive_with`], for models with a scorer.
#[macro_export]
macro_rules! drive_scorer {
    ($($field:ident),*) => {
        $crate::drive_with!(
            Scorer::new(), scorer, |input: &_| scorer.predict(input), |columns: &_, results: &mut _| scorer.predict_batch(columns, results);
            $($field),*
        );
    };
}

include!(concat!(env!("OUT_DIR"), "/models.rs"));
