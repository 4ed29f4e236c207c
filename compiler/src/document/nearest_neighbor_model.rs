//! `NearestNeighborModel`: predictions by the training instances that are most similar to a row.

use super::comparison_measure::{CompareFunction, ComparisonMeasure};
use super::enumeration::enumeration;
use super::inline_table::Table;
use super::markup::{Markup, lacks};
use super::model_common::{CommonReader, ModelCommon};
use super::{Name, Position};
use crate::error::Result;

/// The element `NearestNeighborModel`.
#[derive(Clone, Debug)]
pub struct NearestNeighborModel {
    /// The element's position.
    pub position: Position,
    /// The parts that all models share.
    pub common: ModelCommon,
    /// The number of neighbors that a prediction combines.
    pub number_of_neighbors: u32,
    /// How the neighbors' values of a continuous target are combined.
    pub continuous_scoring_method: ContinuousScoringMethod,
    /// How the neighbors' values of a categorical target are combined.
    pub categorical_scoring_method: CategoricalScoringMethod,
    /// The field that identifies instances; if absent, their places in the table.
    pub instance_id_variable: Option<Name>,
    /// Added to distances before they are inverted to weights.
    pub threshold: f64,
    /// The instances.
    pub training_instances: TrainingInstances,
    /// How rows are compared with instances.
    pub comparison_measure: ComparisonMeasure,
    /// The fields that are compared.
    pub knn_inputs: Vec<KnnInput>,
}

enumeration! {
    /// How the neighbors' numbers are combined.
    #[derive(Default)]
    #[allow(missing_docs, reason = "the variants are the standard's words")]
    pub enum ContinuousScoringMethod {
        Median = "median",
        #[default]
        Average = "average",
        WeightedAverage = "weightedAverage",
    }
}

enumeration! {
    /// How the neighbors' categories are combined.
    #[derive(Default)]
    #[allow(missing_docs, reason = "the variants are the standard's words")]
    pub enum CategoricalScoringMethod {
        #[default]
        MajorityVote = "majorityVote",
        WeightedMajorityVote = "weightedMajorityVote",
    }
}

/// The element `TrainingInstances`.
#[derive(Clone, Debug)]
pub struct TrainingInstances {
    /// The element's position.
    pub position: Position,
    /// Whether the instances hold values of derived fields; `InstanceField`s say which fields they hold.
    pub is_transformed: bool,
    /// The fields that the instances hold.
    pub instance_fields: Vec<InstanceField>,
    /// The instances.
    pub table: Table,
}

/// The element `InstanceField`.
#[derive(Clone, Debug)]
pub struct InstanceField {
    /// The element's position.
    pub position: Position,
    /// The field.
    pub field: Name,
    /// The column of the table that holds its values; if absent, the one with the field's name.
    pub column: Option<Name>,
}

/// The element `KNNInput`.
#[derive(Clone, Debug)]
pub struct KnnInput {
    /// The element's position.
    pub position: Position,
    /// The field.
    pub field: Name,
    /// Its weight.
    pub field_weight: f64,
    /// The function that compares values, if it is not that of the model.
    pub compare_function: Option<CompareFunction>,
}

impl NearestNeighborModel {
    pub(super) fn read(xml: &mut Markup<'_>) -> Result<Self> {
        let position = xml.position();
        let mut common = CommonReader::new(xml)?;
        let number_of_neighbors = xml.required("numberOfNeighbors")?;
        let continuous_scoring_method = xml.or_default("continuousScoringMethod")?;
        let categorical_scoring_method = xml.or_default("categoricalScoringMethod")?;
        let instance_id_variable = xml.optional("instanceIdVariable")?;
        let threshold = xml.optional("threshold")?.unwrap_or(0.001);
        let (mut training_instances, mut comparison_measure, mut knn_inputs) = (None, None, None);
        while let Some(child) = xml.child()? {
            match &*child {
                "TrainingInstances" => xml.once(&mut training_instances, TrainingInstances::read)?,
                "ComparisonMeasure" => xml.once(&mut comparison_measure, ComparisonMeasure::read)?,
                "KNNInputs" => xml.once(&mut knn_inputs, read_knn_inputs)?,
                _ => common.read(xml)?,
            }
        }
        let lacks = |what| lacks(position, "NearestNeighborModel", what);
        Ok(NearestNeighborModel {
            position,
            common: common.finish()?,
            number_of_neighbors,
            continuous_scoring_method,
            categorical_scoring_method,
            instance_id_variable,
            threshold,
            training_instances: training_instances.ok_or_else(|| lacks("`TrainingInstances`"))?,
            comparison_measure: comparison_measure.ok_or_else(|| lacks("a `ComparisonMeasure`"))?,
            knn_inputs: knn_inputs
                .filter(|inputs| !inputs.is_empty())
                .ok_or_else(|| lacks("a `KNNInput`"))?,
        })
    }
}

fn read_knn_inputs(xml: &mut Markup<'_>) -> Result<Vec<KnnInput>> {
    let mut inputs = Vec::new();
    while let Some(child) = xml.child()? {
        match &*child {
            "KNNInput" => {
                inputs.push(KnnInput {
                    position: xml.position(),
                    field: xml.required("field")?,
                    field_weight: xml.optional("fieldWeight")?.unwrap_or(1.0),
                    compare_function: xml.optional("compareFunction")?,
                });
                xml.leaf()?;
            }
            _ => return Err(xml.unexpected()),
        }
    }
    Ok(inputs)
}

impl TrainingInstances {
    fn read(xml: &mut Markup<'_>) -> Result<Self> {
        let position = xml.position();
        let is_transformed = xml.optional("isTransformed")?.unwrap_or(false);
        let (mut instance_fields, mut table) = (None, None);
        while let Some(child) = xml.child()? {
            match &*child {
                "InstanceFields" => xml.once(&mut instance_fields, |xml| {
                    let mut fields = Vec::new();
                    while let Some(child) = xml.child()? {
                        match &*child {
                            "InstanceField" => fields.push(InstanceField::read(xml)?),
                            _ => return Err(xml.unexpected()),
                        }
                    }
                    Ok(fields)
                })?,
                "InlineTable" | "TableLocator" => xml.once(&mut table, Table::read)?,
                _ => return Err(xml.unexpected()),
            }
        }
        let lacks = |what| lacks(position, "TrainingInstances", what);
        Ok(TrainingInstances {
            position,
            is_transformed,
            instance_fields: instance_fields.ok_or_else(|| lacks("`InstanceFields`"))?,
            table: table.ok_or_else(|| lacks("an `InlineTable`"))?,
        })
    }
}

impl InstanceField {
    /// Returns the column of the table that holds the field's values.
    pub fn column(&self) -> &Name {
        self.column.as_ref().unwrap_or(&self.field)
    }

    fn read(xml: &mut Markup<'_>) -> Result<Self> {
        let field = InstanceField {
            position: xml.position(),
            field: xml.required("field")?,
            column: xml.optional("column")?,
        };
        xml.leaf()?;
        Ok(field)
    }
}
