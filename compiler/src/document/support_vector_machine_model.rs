//! `SupportVectorMachineModel`: sums of kernel values, one for each machine.

use super::enumeration::enumeration;
use super::markup::{Markup, lacks};
use super::model_common::{CommonReader, ModelCommon};
use super::vector_dictionary::VectorDictionary;
use super::{Name, Position};
use crate::error::Result;

/// The element `SupportVectorMachineModel`.
#[derive(Clone, Debug)]
pub struct SupportVectorMachineModel {
    /// The element's position.
    pub position: Position,
    /// The parts that all models share.
    pub common: ModelCommon,
    /// The value that separates a machine's two categories; 0 if absent.
    pub threshold: f64,
    /// Whether machines are given by support vectors or by one coefficient for each field.
    pub svm_representation: SvmRepresentation,
    /// How several machines decide between more than two categories; by default, as the standard says, one against all.
    pub classification_method: Option<ClassificationMethod>,
    /// Whether large values, and not small ones, are votes for a machine's category.
    pub max_wins: bool,
    /// The category for values that round to 0 (until PMML 3.2).
    pub alternate_binary_target_category: Option<Name>,
    /// The kernel function.
    pub kernel: KernelType,
    /// The vectors.
    pub vector_dictionary: VectorDictionary,
    /// The machines.
    pub support_vector_machines: Vec<SupportVectorMachine>,
}

enumeration! {
    /// How machines are given.
    #[derive(Default)]
    #[allow(missing_docs, reason = "the variants are the standard's words")]
    pub enum SvmRepresentation {
        #[default]
        SupportVectors = "SupportVectors",
        Coefficients = "Coefficients",
    }
}

enumeration! {
    /// How several machines decide between categories.
    #[allow(missing_docs, reason = "the variants are the standard's words")]
    pub enum ClassificationMethod {
        OneAgainstAll = "OneAgainstAll",
        OneAgainstOne = "OneAgainstOne",
    }
}

/// A kernel function of a row and a support vector: the elements `LinearKernelType` and the like.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum KernelType {
    /// x · y.
    Linear,
    /// (gamma × x · y + coef0) ^ degree.
    Polynomial {
        /// The attribute `gamma`.
        gamma: f64,
        /// The attribute `coef0`.
        coef0: f64,
        /// The attribute `degree`.
        degree: f64,
    },
    /// e ^ (−gamma × |x − y|²).
    RadialBasis {
        /// The attribute `gamma`.
        gamma: f64,
    },
    /// tanh (gamma × x · y + coef0).
    Sigmoid {
        /// The attribute `gamma`.
        gamma: f64,
        /// The attribute `coef0`.
        coef0: f64,
    },
}

/// The element `SupportVectorMachine`.
#[derive(Clone, Debug)]
pub struct SupportVectorMachine {
    /// The element's position.
    pub position: Position,
    /// The category that the machine votes for.
    pub target_category: Option<Name>,
    /// The category that it votes for otherwise.
    pub alternate_target_category: Option<Name>,
    /// Replaces the model's threshold.
    pub threshold: Option<f64>,
    /// The identifiers of its support vectors, with their positions; `None` without the element `SupportVectors`.
    pub support_vectors: Option<Vec<(Name, Position)>>,
    /// A coefficient for each support vector, or for each field.
    pub coefficients: Vec<f64>,
    /// The constant term of the sum (the attribute `absoluteValue` of `Coefficients`).
    pub absolute_value: f64,
}

impl SupportVectorMachineModel {
    pub(super) fn read(xml: &mut Markup<'_>) -> Result<Self> {
        let position = xml.position();
        let mut common = CommonReader::new(xml)?;
        let threshold = xml.or_default("threshold")?;
        let svm_representation = xml.or_default("svmRepresentation")?;
        let classification_method = xml.optional("classificationMethod")?;
        let max_wins = xml.or_default("maxWins")?;
        let alternate_binary_target_category = xml.optional("alternateBinaryTargetCategory")?;
        let (mut kernel, mut vector_dictionary, mut support_vector_machines) = (None, None, Vec::new());
        while let Some(child) = xml.child()? {
            match &*child {
                "LinearKernelType"
                | "PolynomialKernelType"
                | "RadialBasisKernelType"
                | "SigmoidKernelType" => xml.once(&mut kernel, KernelType::read)?,
                "VectorDictionary" => xml.once(&mut vector_dictionary, VectorDictionary::read)?,
                "SupportVectorMachine" => support_vector_machines.push(SupportVectorMachine::read(xml)?),
                _ => common.read(xml)?,
            }
        }
        let lacking = |what| lacks(position, "SupportVectorMachineModel", what);
        if support_vector_machines.is_empty() {
            return Err(lacking("a `SupportVectorMachine`"));
        }
        Ok(SupportVectorMachineModel {
            position,
            common: common.finish()?,
            threshold,
            svm_representation,
            classification_method,
            max_wins,
            alternate_binary_target_category,
            kernel: kernel.ok_or_else(|| lacking("a kernel (`LinearKernelType` or another)"))?,
            vector_dictionary: vector_dictionary.ok_or_else(|| lacking("a `VectorDictionary`"))?,
            support_vector_machines,
        })
    }
}

impl KernelType {
    /// Reads the kernel whose start tag has been read.
    fn read(xml: &mut Markup<'_>) -> Result<Self> {
        let element = xml.element();
        let mut or_one = |name| -> Result<f64> { Ok(xml.optional(name)?.unwrap_or(1.0)) };
        let kernel = match &*element {
            "LinearKernelType" => KernelType::Linear,
            "PolynomialKernelType" => KernelType::Polynomial {
                gamma: or_one("gamma")?,
                coef0: or_one("coef0")?,
                degree: or_one("degree")?,
            },
            "RadialBasisKernelType" => KernelType::RadialBasis { gamma: or_one("gamma")? },
            _ => KernelType::Sigmoid { gamma: or_one("gamma")?, coef0: or_one("coef0")? },
        };
        xml.leaf()?;
        Ok(kernel)
    }
}

impl SupportVectorMachine {
    fn read(xml: &mut Markup<'_>) -> Result<Self> {
        let mut machine = SupportVectorMachine {
            position: xml.position(),
            target_category: xml.optional("targetCategory")?,
            alternate_target_category: xml.optional("alternateTargetCategory")?,
            threshold: xml.optional("threshold")?,
            support_vectors: None,
            coefficients: Vec::new(),
            absolute_value: 0.0,
        };
        let mut coefficients = None;
        while let Some(child) = xml.child()? {
            match &*child {
                "SupportVectors" => xml.once(&mut machine.support_vectors, read_support_vectors)?,
                "Coefficients" => xml.once(&mut coefficients, read_coefficients)?,
                _ => return Err(xml.unexpected()),
            }
        }
        let Some((coefficients, absolute_value)) = coefficients else {
            return Err(lacks(machine.position, "SupportVectorMachine", "the element `Coefficients`"));
        };
        Ok(SupportVectorMachine { coefficients, absolute_value, ..machine })
    }
}

/// Reads the element `SupportVectors`.
fn read_support_vectors(xml: &mut Markup<'_>) -> Result<Vec<(Name, Position)>> {
    let mut vectors = Vec::new();
    while let Some(child) = xml.child()? {
        match &*child {
            "SupportVector" => {
                vectors.push((xml.required("vectorId")?, xml.position()));
                xml.leaf()?;
            }
            _ => return Err(xml.unexpected()),
        }
    }
    Ok(vectors)
}

/// Reads the element `Coefficients`: the coefficients, and the constant term.
fn read_coefficients(xml: &mut Markup<'_>) -> Result<(Vec<f64>, f64)> {
    let absolute_value = xml.or_default("absoluteValue")?;
    let mut coefficients = Vec::new();
    while let Some(child) = xml.child()? {
        match &*child {
            "Coefficient" => {
                coefficients.push(xml.or_default("value")?);
                xml.leaf()?;
            }
            _ => return Err(xml.unexpected()),
        }
    }
    Ok((coefficients, absolute_value))
}
