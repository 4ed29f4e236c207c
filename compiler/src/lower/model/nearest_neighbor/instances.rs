//! Prepares training instances for comparison.
//!
//! An instance is prepared as a row is: the mining schema treats its values, and derived fields are computed from them.
//! A separate program, lowered from the same fields, does this; the interpreter runs it once for each instance at
//! compile time. If the instances hold a derived field, its values are taken as they are.

use crate::document::Name;
use crate::document::data_dictionary::DataType;
use crate::document::inline_table::{Row, Table};
use crate::document::nearest_neighbor_model::{InstanceField, NearestNeighborModel, TrainingInstances};
use crate::error::{Error, Result};
use crate::frame::{BLOCK_ROWS, Engine, ResultColumns};
use crate::interp::Interpreter;
use crate::ir::{
    Binary, Constant, Failure, FailureData, FailureKind, Id, Input, InputData, InputPart, Program, Type,
    Value,
};
use crate::lower::build::literal;
use crate::lower::build::operand::{Operand, type_of};
use crate::lower::convert;
use crate::lower::field::{Domain, Field};
use crate::lower::model::context::ModelContext;
use crate::lower::options::Options;
use crate::lower::scope::ScopeId;
use crate::lower::state::Lowering;
use pmml_runtime::{CONVERTED, Context, Stream, StringId, UNCONVERTIBLE};
use std::sync::Arc;

/// Maximum number of values in all instances.
const MAX_VALUES: usize = 16_777_216;

/// The table of a model's training instances.
#[derive(Clone, Copy, Debug)]
pub struct Instances<'d> {
    training: &'d TrainingInstances,
    /// The instances; at least one.
    pub rows: &'d [Row],
}

impl<'d> Instances<'d> {
    /// Returns the instances of a model. Fails if there are none, or if they are outside of the document.
    pub fn of(training: &'d TrainingInstances) -> Result<Self> {
        let table = match &training.table {
            Table::InlineTable(table) => table,
            Table::TableLocator(locator) => {
                let message = "`TableLocator` is a table outside of the document, which is not supported";
                return Err(Error::unsupported(locator.position, "TableLocator", message));
            }
        };
        if table.rows.is_empty() {
            let message = "`TrainingInstances` has no instance";
            return Err(Error::invalid(training.position, "TrainingInstances", message));
        }
        Ok(Self { training, rows: &table.rows })
    }

    /// Returns the column of a field, or `None` if the instances lack it.
    pub fn column(&self, field: &Name) -> Option<&'d Name> {
        let found = self.training.instance_fields.iter().find(|known| known.field == *field)?;
        Some(found.column())
    }

    /// Returns the column of a field. Fails if the instances lack it.
    pub fn required_column(&self, field: &Name) -> Result<&'d Name> {
        self.column(field).ok_or_else(|| {
            let message = format!("`TrainingInstances` lacks the field `{field}`");
            Error::invalid(self.training.position, "TrainingInstances", message)
        })
    }
}

/// A cell of an instance.
#[derive(Clone, Copy)]
enum Cell {
    Absent,
    Value(Constant),
    /// The string is not a value of the type.
    Unconvertible(StringId),
}

/// The program that prepares instances, while it is lowered.
struct Preparation<'d> {
    inner: Lowering<'d>,
    scope: ScopeId,
    /// The inputs with the types and columns of their cells.
    columns: Vec<(Input, DataType, &'d Name)>,
}

/// Computes the values of the compared fields in each instance, as constants of the given types.
pub fn prepared_instances<'d>(
    lowering: &mut Lowering<'d>,
    context: &ModelContext<'d>,
    model: &'d NearestNeighborModel,
    instances: &Instances<'d>,
    types: &[DataType],
) -> Result<Vec<Vec<Option<Constant>>>> {
    let width = instances.training.instance_fields.len().max(types.len());
    if instances.rows.len().saturating_mul(width) > MAX_VALUES {
        let message = format!("`TrainingInstances` has more than {MAX_VALUES} values, which is the limit");
        return Err(Error::Limit { position: instances.training.position, message });
    }
    let options = Options { nan_is_number: lowering.nan_is_number, ..Options::default() };
    let mut inner = Lowering::new(lowering.document, &options)?;
    inner.expansion = lowering.expansion.clone();
    let scope = inner.scopes.open(None);
    inner.scopes.declare_derived_of(scope, &lowering.scopes, context.scope);
    let mut preparation = Preparation { inner, scope, columns: Vec::new() };
    for field in &instances.training.instance_fields {
        declare_instance_field(lowering, context, &mut preparation, field)?;
    }
    let Preparation { mut inner, scope, mut columns } = preparation;
    let mut yields = Vec::with_capacity(2 * types.len());
    for (input, data_type) in model.knn_inputs.iter().zip(types) {
        let (position, element) = (input.position, "KNNInput");
        let field = inner.field(scope, &input.field, position, element)?;
        let operand = convert::cast(&mut inner, field.operand, *data_type, position, element)?;
        yields.extend([operand.value, operand.presence(&mut inner.builder)]);
    }
    if !inner.builder.program().histories.is_empty() {
        let message = "`TrainingInstances` are compared by a field that looks back at earlier rows";
        let position = instances.training.position;
        return Err(Error::unsupported(position, "TrainingInstances", message));
    }
    for field in inner.inputs_in_order() {
        let column = instances.required_column(&field.name)?;
        columns.push((inner.inputs[&field.name], field.data_type, column));
    }
    let cells = instance_cells(&mut inner, instances, &columns);
    let steps = (inner.builder.program().instructions.len() as u64).saturating_mul(cells.len() as u64);
    lowering.expansion.take_steps(steps, instances.training.position, "TrainingInstances")?;
    let program = inner.builder.finish(yields);
    debug_assert_eq!(crate::ir::verify::verify(&program), Ok(()));
    run_instances(lowering, instances, Arc::new(program), &columns, &cells)
}

/// Declares a field that the instances hold.
fn declare_instance_field<'d>(
    lowering: &mut Lowering<'d>,
    context: &ModelContext<'d>,
    preparation: &mut Preparation<'d>,
    field: &'d InstanceField,
) -> Result<()> {
    let Preparation { inner, scope, columns } = preparation;
    let name = &field.field;
    let data_type = match inner.declared_type(*scope, name) {
        Some(data_type) => data_type,
        None if lowering.data_fields.contains_key(name) => {
            let mut schema = context.common.mining_schema.mining_fields.iter();
            if let Some(field) = schema.find(|field| field.name == *name) {
                inner.scopes.declare_schema(*scope, field);
            }
            return Ok(());
        }
        // A result of an earlier segment, or a field that nothing compares.
        None => match lowering.find_field(context.scope, name)? {
            Some(field) if !field.operand.is_list => field.operand.data_type,
            _ => return Ok(()),
        },
    };
    let builder = &mut inner.builder;
    let input =
        InputData { name: name.to_string(), ty: type_of(data_type), items: None, nan: inner.nan_is_number };
    let input = builder.program_mut().inputs.push(input);
    let value = builder.input(input, InputPart::Value);
    let state = builder.input(input, InputPart::State);
    let converted = builder.i64(CONVERTED);
    let present = builder.binary(Binary::Equal, state, converted);
    let unconvertible = builder.i64(UNCONVERTIBLE);
    let is_wrong = builder.binary(Binary::Equal, state, unconvertible);
    let failure = FailureData::new(Some(input), FailureKind::InvalidValue, "");
    builder.fail_if(is_wrong, failure);
    let domain = Domain::of_type(data_type, None);
    let known = Field::computed(Operand::optional(value, present, data_type), domain);
    inner.define(*scope, name, known);
    columns.push((input, data_type, field.column()));
    Ok(())
}

/// Returns the cells of instances, row by row.
fn instance_cells<'d>(
    lowering: &mut Lowering<'d>,
    instances: &Instances<'d>,
    columns: &[(Input, DataType, &'d Name)],
) -> Vec<Vec<Cell>> {
    let mut places = vec![0; columns.len()];
    let mut row = |row: &Row| {
        let cell = |((_, data_type, column), place): (&(Input, DataType, &Name), &mut usize)| match row
            .get_near(column, place)
        {
            Some(text) => instance_cell(lowering, *data_type, text),
            None => Cell::Absent,
        };
        columns.iter().zip(&mut places).map(cell).collect()
    };
    instances.rows.iter().map(&mut row).collect()
}

/// Returns the cell that a string stands for. An empty string is a value only of strings.
fn instance_cell(lowering: &mut Lowering<'_>, data_type: DataType, string: &Name) -> Cell {
    if string.is_empty() && data_type != DataType::String {
        return Cell::Absent;
    }
    match literal::parse(&mut lowering.builder, data_type, string) {
        Some(constant) if constant.is_nan() && !lowering.nan_is_number => Cell::Absent,
        Some(constant) => Cell::Value(constant),
        None => Cell::Unconvertible(lowering.builder.intern(string)),
    }
}

/// Runs the program on each instance.
fn run_instances<'d>(
    lowering: &mut Lowering<'d>,
    instances: &Instances<'d>,
    program: Arc<Program>,
    columns: &[(Input, DataType, &'d Name)],
    cells: &[Vec<Cell>],
) -> Result<Vec<Vec<Option<Constant>>>> {
    let interpreter = Interpreter::new(program.clone());
    let layout = interpreter.layout();
    let mut frame = vec![0; layout.words];
    let mut context = Context::new(&program.dictionary);
    context.set_interrupt(lowering.expansion.interrupt());
    let mut prepared = Vec::with_capacity(cells.len());
    for (rows, cells) in instances.rows.chunks(BLOCK_ROWS).zip(cells.chunks(BLOCK_ROWS)) {
        frame.fill(0);
        for (row, cells) in cells.iter().enumerate() {
            for ((input, ..), cell) in columns.iter().zip(cells) {
                let places = layout.input(*input);
                match cell {
                    Cell::Absent => {}
                    Cell::Value(Constant::Bool(value)) => {
                        frame[places.values] |= u64::from(*value) << row;
                        frame[places.present] |= 1 << row;
                    }
                    Cell::Value(constant) => {
                        frame[places.values + row] = constant.bits();
                        frame[places.present] |= 1 << row;
                    }
                    Cell::Unconvertible(text) => {
                        frame[places.strings + row] = u64::from(text.number());
                        frame[places.unconvertible] |= 1 << row;
                    }
                }
            }
        }
        let mask = u64::MAX >> (BLOCK_ROWS - rows.len());
        interpreter.run(&mut frame, mask, &mut context, &mut Stream::default());
        if context.is_interrupted() {
            return Err(Error::Interrupted);
        }
        for (row, instance) in rows.iter().enumerate() {
            if let Some(failure) = frame[layout.failures + row].checked_sub(1) {
                let failure = &program.failures[Failure::new(failure as usize)];
                let field = failure.input.map(|input| program.inputs[input].name.as_str());
                let field = field.map_or_else(String::new, |name| format!("the field `{name}` "));
                let invalid = match failure.kind {
                    FailureKind::InvalidValue => "is not a value of its field",
                    _ => "",
                };
                let message = format!("`row` cannot be compared: {field}{invalid}{}", failure.message);
                return Err(Error::invalid(instance.position, "row", message));
            }
            let value = |((value, _), places): ((Value, Value), &ResultColumns)| {
                if frame[places.present] >> row & 1 == 0 {
                    return None;
                }
                let bits = match program.ty(value) {
                    Type::Bool => frame[places.values] >> row & 1,
                    _ => frame[places.values + row],
                };
                match Constant::from_bits(program.ty(value), bits)? {
                    // Each of the two programs has its own dictionary.
                    Constant::String(text) => {
                        Some(Constant::String(lowering.builder.intern(context.string(text))))
                    }
                    constant => Some(constant),
                }
            };
            prepared.push(program.results().zip(&layout.results).map(value).collect());
        }
        context.clear();
    }
    Ok(prepared)
}
