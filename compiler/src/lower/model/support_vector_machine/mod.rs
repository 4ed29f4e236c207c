//! `SupportVectorMachineModel`: each machine is a weighted sum of kernel values. In a regression this is the
//! prediction; in a classification it votes for a category.
//!
//! The arithmetic is one instruction, a [`KernelMachines`], in which machines share the kernel values of the support vectors
//! that they have in common. Machines given by a coefficient for each field are weighted sums of the fields. Sums run
//! in document order, in the model's precision, and end with the constant, as in JPMML-Evaluator.
//!
//! A missing field makes the result missing.

mod category;
mod vector;

use self::vector::{InputVector, Vectors};
use super::classification;
use super::context::ModelContext;
use super::prediction::Prediction;
use crate::document::model::MiningFunction;
use crate::document::support_vector_machine_model::{
    KernelType, SupportVectorMachine, SupportVectorMachineModel, SvmRepresentation,
};
use crate::error::{Error, Result};
use crate::ir::{Builder, Dense, KernelData, KernelMachines, Similarity};
use crate::lower::build::operand::{Operand, type_of};
use crate::lower::state::Lowering;

/// Lowers a `SupportVectorMachineModel`.
pub fn lower<'d>(
    lowering: &mut Lowering<'d>,
    context: &ModelContext<'d>,
    model: &'d SupportVectorMachineModel,
) -> Result<Prediction> {
    let vector = vector::lower(lowering, context, &model.vector_dictionary)?;
    let values = match model.svm_representation {
        SvmRepresentation::SupportVectors => {
            support_vector_values(&mut lowering.builder, context, model, &vector)?
        }
        SvmRepresentation::Coefficients => {
            coefficient_values(&mut lowering.builder, context, model, &vector)?
        }
    };
    match context.common.function_name {
        MiningFunction::Regression => {
            let [value] = values.as_slice() else {
                let message = format!(
                    "`SupportVectorMachineModel` predicts a number and must have one SupportVectorMachine, but has {}",
                    values.len()
                );
                return Err(Error::invalid(context.position, context.element, message));
            };
            Ok(Prediction::number(context.target.map(|target| target.name.clone()), *value))
        }
        MiningFunction::Classification => {
            let distribution = category::lower(lowering, context, model, &values)?;
            classification::classification(lowering, context, distribution, None)
        }
        other => {
            let message = format!("`SupportVectorMachineModel` cannot have the function {other}");
            Err(Error::invalid(context.position, context.element, message))
        }
    }
}

/// Lowers machines that are given by support vectors to their values.
fn support_vector_values(
    builder: &mut Builder,
    context: &ModelContext<'_>,
    model: &SupportVectorMachineModel,
    vector: &InputVector,
) -> Result<Vec<Operand>> {
    let similarity = match model.kernel {
        KernelType::Linear => Similarity::Linear,
        KernelType::Polynomial { gamma, coef0, degree } => {
            Similarity::Polynomial { gamma, offset: coef0, degree }
        }
        KernelType::RadialBasis { gamma } => Similarity::RadialBasis { gamma },
        KernelType::Sigmoid { gamma, coef0 } => Similarity::Sigmoid { gamma, offset: coef0 },
    };
    let mut machines = KernelMachines::new(type_of(context.math()), vector.values.len(), similarity);
    let mut vectors = Vectors::new(&model.vector_dictionary)?;
    for machine in &model.support_vector_machines {
        let Some(support_vectors) = &machine.support_vectors else {
            let message = "`SupportVectorMachine` lacks the element `SupportVectors`";
            return Err(Error::invalid(machine.position, "SupportVectorMachine", message));
        };
        expect_coefficients(machine, support_vectors.len(), "support vectors")?;
        let mut numbers = Vec::with_capacity(support_vectors.len());
        for (id, position) in support_vectors {
            numbers.push(vectors.number(&mut machines, id, *position)?);
        }
        let coefficients = numbers.into_iter().zip(machine.coefficients.iter().copied());
        machines.machine(coefficients, machine.absolute_value);
    }
    Ok(machine_values(builder, context, KernelData::KernelMachines(machines), vector))
}

/// Lowers machines that are given by a coefficient for each field to their values.
fn coefficient_values(
    builder: &mut Builder,
    context: &ModelContext<'_>,
    model: &SupportVectorMachineModel,
    vector: &InputVector,
) -> Result<Vec<Operand>> {
    if model.kernel != KernelType::Linear {
        let message = "`SupportVectorMachineModel` represents machines by coefficients, which takes a `LinearKernelType`";
        return Err(Error::invalid(context.position, context.element, message));
    }
    let mut dense = Dense::new(type_of(context.math()), vector.values.len());
    for machine in &model.support_vector_machines {
        if machine.support_vectors.as_ref().is_some_and(|vectors| !vectors.is_empty()) {
            let message = "`SupportVectorMachine` has support vectors, but the model represents machines by coefficients";
            return Err(Error::invalid(machine.position, "SupportVectorMachine", message));
        }
        expect_coefficients(machine, vector.values.len(), "fields")?;
        dense.sum(machine.coefficients.iter().copied().enumerate(), machine.absolute_value);
    }
    Ok(machine_values(builder, context, KernelData::Dense(dense), vector))
}

/// Fails if a machine does not have the expected number of coefficients.
fn expect_coefficients(machine: &SupportVectorMachine, expected: usize, what: &str) -> Result<()> {
    let found = machine.coefficients.len();
    if found == expected {
        return Ok(());
    }
    let message = format!("`SupportVectorMachine` has {found} coefficients for {expected} {what}");
    Err(Error::invalid(machine.position, "SupportVectorMachine", message))
}

/// Adds the kernel and returns the value of each machine.
fn machine_values(
    builder: &mut Builder,
    context: &ModelContext<'_>,
    kernel: KernelData,
    vector: &InputVector,
) -> Vec<Operand> {
    let values = builder.kernel(kernel, &vector.values);
    let operand =
        |value| Operand { value, present: vector.present, data_type: context.math(), is_list: false };
    values.into_iter().map(operand).collect()
}
