//! `VectorDictionary`: the vectors that support vector machines share, and the fields of their components.

use super::array::{Array, RealSparseArray, read_sparse};
use super::expression::FieldRef;
use super::markup::{Markup, lacks};
use super::regression_model::CategoricalPredictor;
use super::{Name, Position};
use crate::error::Result;

/// The element `VectorDictionary`.
#[derive(Clone, Debug)]
pub struct VectorDictionary {
    /// The element's position.
    pub position: Position,
    /// The fields of the components of a vector, in order (the element `VectorFields`).
    pub vector_fields: Vec<VectorField>,
    /// The vectors.
    pub vector_instances: Vec<VectorInstance>,
}

/// The field of a component of a vector.
#[derive(Clone, Debug)]
pub enum VectorField {
    /// The value of a field.
    FieldRef(FieldRef),
    /// The coefficient if a field has a certain value, else 0.
    CategoricalPredictor(CategoricalPredictor),
}

/// The element `VectorInstance`: a vector.
#[derive(Clone, Debug)]
pub struct VectorInstance {
    /// The element's position.
    pub position: Position,
    /// The identifier that support vectors refer to.
    pub id: Name,
    /// Its numbers.
    pub numbers: VectorNumbers,
}

/// The numbers of a vector.
#[derive(Clone, Debug)]
pub enum VectorNumbers {
    /// All of them.
    Array(Vec<f64>),
    /// Those that differ from the rest.
    SparseArray(RealSparseArray),
}

impl VectorDictionary {
    pub(super) fn read(xml: &mut Markup<'_>) -> Result<Self> {
        let position = xml.position();
        let (mut vector_fields, mut vector_instances) = (None, Vec::new());
        while let Some(child) = xml.child()? {
            match &*child {
                "VectorFields" => xml.once(&mut vector_fields, VectorField::read)?,
                "VectorInstance" => vector_instances.push(VectorInstance::read(xml)?),
                _ => return Err(xml.unexpected()),
            }
        }
        let vector_fields =
            vector_fields.ok_or_else(|| lacks(position, "VectorDictionary", "the element `VectorFields`"))?;
        Ok(VectorDictionary { position, vector_fields, vector_instances })
    }
}

impl VectorField {
    /// Reads the fields of a `VectorFields`.
    fn read(xml: &mut Markup<'_>) -> Result<Vec<Self>> {
        let position = xml.position();
        let mut fields = Vec::new();
        while let Some(child) = xml.child()? {
            fields.push(match &*child {
                "FieldRef" => VectorField::FieldRef(FieldRef::read(xml)?),
                "CategoricalPredictor" => VectorField::CategoricalPredictor(CategoricalPredictor::read(xml)?),
                _ => return Err(xml.unexpected()),
            });
        }
        if fields.is_empty() {
            Err(lacks(position, "VectorFields", "a `FieldRef` or `CategoricalPredictor`"))
        } else {
            Ok(fields)
        }
    }
}

impl VectorInstance {
    fn read(xml: &mut Markup<'_>) -> Result<Self> {
        let (position, id) = (xml.position(), xml.required("id")?);
        let mut numbers = None;
        while let Some(child) = xml.child()? {
            match &*child {
                "Array" => {
                    xml.once(&mut numbers, |xml| Ok(VectorNumbers::Array(Array::read(xml)?.reals()?)))?
                }
                "REAL-SparseArray" => {
                    xml.once(&mut numbers, |xml| Ok(VectorNumbers::SparseArray(read_sparse(xml)?)))?
                }
                _ => return Err(xml.unexpected()),
            }
        }
        let numbers =
            numbers.ok_or_else(|| lacks(position, "VectorInstance", "an `Array` or a `REAL-SparseArray`"))?;
        Ok(VectorInstance { position, id, numbers })
    }
}
