//! Vectors: the one that consists of a row's fields, and those of the `VectorDictionary`.

use crate::document::Name;
use crate::document::regression_model::CategoricalPredictor;
use crate::document::vector_dictionary::{VectorDictionary, VectorField, VectorInstance, VectorNumbers};
use crate::error::{Error, Position, Result};
use crate::ir::{Binary, KernelMachines, Value};
use crate::lower::build::numbers;
use crate::lower::expression::field_ref;
use crate::lower::model::context::ModelContext;
use crate::lower::model::sum::{self, Required};
use crate::lower::predicate;
use crate::lower::state::Lowering;
use std::collections::HashMap;
use std::collections::hash_map::Entry;

/// Maximum number of numbers in all support vectors of a model. Sparse vectors with a default value other than 0 would
/// otherwise let a short document take any amount of memory.
const MAX_NUMBERS: usize = 1 << 26;

/// The vector of a row's fields.
pub(super) struct InputVector {
    /// The numbers, in the model's arithmetic.
    pub values: Vec<Value>,
    /// Whether all fields are present; `None`: always.
    pub present: Option<Value>,
}

/// Lowers the vector of a row's fields.
pub(super) fn lower<'d>(
    lowering: &mut Lowering<'d>,
    context: &ModelContext<'d>,
    dictionary: &'d VectorDictionary,
) -> Result<InputVector> {
    let mut values = Vec::with_capacity(dictionary.vector_fields.len());
    let mut required = Required::default();
    for field in &dictionary.vector_fields {
        let (value, present) = match field {
            VectorField::FieldRef(field_ref) => {
                let operand = field_ref::lower(lowering, context.scope, field_ref)?;
                let number =
                    sum::predictor_number(lowering, operand, context.math(), field_ref.position, "FieldRef")?;
                (number.value, number.present)
            }
            VectorField::CategoricalPredictor(predictor) => indicator(lowering, context, predictor)?,
        };
        values.push(value);
        required.add(&mut lowering.builder, present);
    }
    Ok(InputVector { values, present: required.all })
}

/// Lowers an indicator: 1 if a field has a value, else 0; and the field's presence.
fn indicator<'d>(
    lowering: &mut Lowering<'d>,
    context: &ModelContext<'d>,
    predictor: &'d CategoricalPredictor,
) -> Result<(Value, Option<Value>)> {
    let (position, element) = (predictor.position, "CategoricalPredictor");
    if predictor.coefficient != 1.0 {
        let message = format!(
            "`CategoricalPredictor` of a vector has the coefficient {}, which must be 1",
            predictor.coefficient
        );
        return Err(Error::invalid(position, element, message));
    }
    let field = lowering.field(context.scope, &predictor.name, position, element)?;
    let equal = predicate::compare_with_literal(
        lowering,
        &field,
        Binary::Equal,
        &predictor.value,
        position,
        element,
    )?;
    let one = numbers::constant(&mut lowering.builder, 1.0, context.math());
    let zero = numbers::constant(&mut lowering.builder, 0.0, context.math());
    Ok((lowering.builder.select(equal, one, zero), field.operand.present))
}

/// The vectors of the `VectorDictionary`. Only those that a machine uses are added to the program.
pub(super) struct Vectors<'d> {
    fields: usize,
    instances: HashMap<&'d Name, &'d VectorInstance>,
    /// Their numbers in the program.
    numbers: HashMap<&'d Name, usize>,
    /// The number of numbers of all vectors that were added.
    size: usize,
}

impl<'d> Vectors<'d> {
    pub(super) fn new(dictionary: &'d VectorDictionary) -> Result<Self> {
        let mut instances = HashMap::with_capacity(dictionary.vector_instances.len());
        for instance in &dictionary.vector_instances {
            if instances.insert(&instance.id, instance).is_some() {
                let message = format!("there is a second `VectorInstance` with the id `{}`", instance.id);
                return Err(Error::invalid(instance.position, "VectorInstance", message));
            }
        }
        let fields = dictionary.vector_fields.len();
        Ok(Self { fields, instances, numbers: HashMap::new(), size: 0 })
    }

    /// Returns the number of a vector in the program, adding it on first use. Fails if there is no vector with the
    /// identifier.
    pub(super) fn number(
        &mut self,
        machines: &mut KernelMachines,
        id: &'d Name,
        position: Position,
    ) -> Result<usize> {
        let entry = match self.numbers.entry(id) {
            Entry::Occupied(number) => return Ok(*number.get()),
            Entry::Vacant(entry) => entry,
        };
        let Some(instance) = self.instances.get(id) else {
            let message = format!("`SupportVector` refers to the vector `{id}`, which does not exist");
            return Err(Error::invalid(position, "SupportVector", message));
        };
        let numbers = entries(instance, self.fields)?;
        self.size = self.size.saturating_add(numbers.len());
        if self.size > MAX_NUMBERS {
            let message = format!("the support vectors have more than {MAX_NUMBERS} numbers");
            return Err(Error::Limit { position: instance.position, message });
        }
        Ok(*entry.insert(machines.vector(numbers)))
    }
}

/// Returns the entries of a vector, with their places from 0. A sparse vector's omitted entries are 0.
fn entries(instance: &VectorInstance, fields: usize) -> Result<Vec<(usize, f64)>> {
    let invalid = |message| Error::invalid(instance.position, "VectorInstance", message);
    let expect = |found: usize| {
        if found == fields {
            Ok(())
        } else {
            Err(invalid(format!(
                "`VectorInstance` `{}` has {found} numbers for the {fields} fields of `VectorFields`",
                instance.id
            )))
        }
    };
    match &instance.numbers {
        VectorNumbers::Array(numbers) => {
            expect(numbers.len())?;
            Ok(numbers.iter().copied().enumerate().collect())
        }
        VectorNumbers::SparseArray(array) => {
            if let Some(n) = array.n {
                expect(n as usize)?;
            }
            let mut entries: Vec<(usize, f64)> = Vec::with_capacity(array.indices.len());
            entries.extend(
                array.indices.iter().map(|index| *index as usize - 1).zip(array.entries.iter().copied()),
            );
            entries.sort_by_key(|entry| entry.0);
            if let Some([(place, _), _]) = entries.array_windows().find(|[left, right]| left.0 == right.0) {
                return Err(invalid(format!(
                    "`VectorInstance` `{}` has two numbers at the index {}",
                    instance.id,
                    place + 1
                )));
            }
            if let Some((place, _)) = entries.last().filter(|entry| entry.0 >= fields) {
                return Err(invalid(format!(
                    "`VectorInstance` `{}` has the index {}, but `VectorFields` has {fields} fields",
                    instance.id,
                    place + 1
                )));
            }
            if array.default_value == 0.0 {
                return Ok(entries);
            }
            let mut all = vec![array.default_value; fields];
            for (place, number) in entries {
                all[place] = number;
            }
            Ok(all.into_iter().enumerate().collect())
        }
    }
}
