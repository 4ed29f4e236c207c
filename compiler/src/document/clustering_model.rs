//! `ClusteringModel`: clusters, defined by their centers or by their statistics.

use super::array::NumArray;
use super::comparison_measure::{CompareFunction, ComparisonMeasure};
use super::enumeration::enumeration;
use super::markup::{Markup, lacks};
use super::matrix::Matrix;
use super::model_common::{CommonReader, ModelCommon};
use super::statistics::{ModelStats, Partition};
use super::transformation::{DerivedField, LocalTransformations};
use super::{Name, Position};
use crate::error::{Error, Result};

/// The element `ClusteringModel`.
#[derive(Clone, Debug)]
pub struct ClusteringModel {
    /// The element's position.
    pub position: Position,
    /// The parts that all models share.
    pub common: ModelCommon,
    /// The kind of the clusters.
    pub model_class: ModelClass,
    /// How rows are compared with clusters.
    pub comparison_measure: ComparisonMeasure,
    /// The fields that are compared, in the order of the centers' coordinates.
    pub clustering_fields: Vec<ClusteringField>,
    /// The weight of each field in the adjustment for missing values; equal if absent.
    pub missing_value_weights: Option<NumArray>,
    /// The declared number of clusters.
    pub number_of_clusters: Option<u32>,
    /// The clusters.
    pub clusters: Vec<Cluster>,
    /// The statistics of the training data, in which distribution-based models list the values of their fields.
    pub model_stats: ModelStats,
}

enumeration! {
    /// The kinds of clusters.
    pub enum ModelClass {
        /// Their centers.
        CenterBased = "centerBased",
        /// The distributions of the values in them.
        DistributionBased = "distributionBased",
    }
}

/// The element `ClusteringField`: a field that is compared.
#[derive(Clone, Debug)]
pub struct ClusteringField {
    /// The element's position.
    pub position: Position,
    /// The field.
    pub field: Name,
    /// Whether centers have a coordinate for it.
    pub is_center_field: bool,
    /// Its weight.
    pub field_weight: f64,
    /// The difference at which values are half as similar as equal ones.
    pub similarity_scale: Option<f64>,
    /// The function that compares values, if it is not that of the model.
    pub compare_function: Option<CompareFunction>,
    /// The comparison of every two values (the element `Comparisons`).
    pub comparisons: Option<Matrix>,
}

/// The element `Cluster`. Its place on a `KohonenMap` and its `Covariances` change no score and are not kept.
#[derive(Clone, Debug)]
pub struct Cluster {
    /// The element's position.
    pub position: Position,
    /// Its identifier; if absent, its place in the list.
    pub id: Option<Name>,
    /// The name to display.
    pub name: Option<Name>,
    /// The center's coordinates, one for each center field.
    pub center: Option<NumArray>,
    /// The distributions of the values in it.
    pub partition: Option<Partition>,
}

impl ClusteringModel {
    pub(super) fn read(xml: &mut Markup<'_>) -> Result<Self> {
        let position = xml.position();
        let mut common = CommonReader::new(xml)?;
        let model_class = xml.or_natural("modelClass", ModelClass::CenterBased)?;
        let number_of_clusters = xml.optional("numberOfClusters")?;
        let (mut clustering_fields, mut clusters) = (Vec::new(), Vec::new());
        let (mut comparison_measure, mut missing_value_weights, mut model_stats) = (None, None, None);
        let mut center_fields = None;
        while let Some(child) = xml.child()? {
            match &*child {
                "ComparisonMeasure" => xml.once(&mut comparison_measure, ComparisonMeasure::read)?,
                "ClusteringField" => clustering_fields.push(ClusteringField::read(xml)?),
                "CenterFields" => xml.once(&mut center_fields, read_center_fields)?,
                "MissingValueWeights" => xml.once(&mut missing_value_weights, NumArray::read_in)?,
                "Cluster" => clusters.push(Cluster::read(xml)?),
                "ModelStats" if model_class == ModelClass::DistributionBased => {
                    xml.once(&mut model_stats, ModelStats::read)?;
                }
                _ => common.read(xml)?,
            }
        }
        let lacks = |what| lacks(position, "ClusteringModel", what);
        if clustering_fields.is_empty() {
            return Err(lacks("a `ClusteringField`"));
        }
        if clusters.is_empty() {
            return Err(lacks("a `Cluster`"));
        }
        let mut common = common.finish()?;
        if let Some(center_fields) = center_fields {
            let transformations = common.local_transformations.get_or_insert_default();
            compare_center_fields(xml, position, center_fields, &mut clustering_fields, transformations)?;
        }
        Ok(ClusteringModel {
            position,
            common,
            model_class,
            comparison_measure: comparison_measure.ok_or_else(|| lacks("a `ComparisonMeasure`"))?,
            clustering_fields,
            missing_value_weights,
            number_of_clusters,
            clusters,
            model_stats: model_stats.unwrap_or_default(),
        })
    }
}

/// Reads `CenterFields`, which PMML had until 3.1: the expressions that compute the coordinates.
fn read_center_fields(xml: &mut Markup<'_>) -> Result<Vec<DerivedField>> {
    let mut fields = Vec::new();
    while let Some(child) = xml.child()? {
        match &*child {
            "DerivedField" => fields.push(DerivedField::read(xml)?),
            _ => return Err(xml.unexpected()),
        }
    }
    Ok(fields)
}

/// Replaces the clustering fields that have a center coordinate by the center fields, one for each, in order. Fails if
/// their numbers differ.
fn compare_center_fields(
    xml: &mut Markup<'_>,
    position: Position,
    center_fields: Vec<DerivedField>,
    clustering_fields: &mut [ClusteringField],
    transformations: &mut LocalTransformations,
) -> Result<()> {
    let count = center_fields.len();
    let mut compared = clustering_fields.iter_mut().filter(|field| field.is_center_field);
    for (number, derived) in (1..).zip(center_fields) {
        let Some(field) = compared.next() else {
            let message =
                format!("`CenterFields` has {count} fields, more than there are `ClusteringField`s");
            return Err(Error::unsupported(position, "CenterFields", message));
        };
        // Its own name may be that of the field that it is computed from, so it gets a new one.
        let name = xml.intern(&format!("CenterFields/DerivedField[{number}]"));
        field.field = name.clone();
        transformations.derived_fields.push(DerivedField { name: Some(name), ..derived });
    }
    if compared.next().is_some() {
        let message = format!("`CenterFields` has {count} fields, fewer than there are `ClusteringField`s");
        return Err(Error::unsupported(position, "CenterFields", message));
    }
    Ok(())
}

impl ClusteringField {
    fn read(xml: &mut Markup<'_>) -> Result<Self> {
        let position = xml.position();
        let mut field = ClusteringField {
            position,
            field: xml.required("field")?,
            is_center_field: xml.optional("isCenterField")?.unwrap_or(true),
            field_weight: xml.optional("fieldWeight")?.unwrap_or(1.0),
            similarity_scale: xml.optional("similarityScale")?,
            compare_function: xml.optional("compareFunction")?,
            comparisons: None,
        };
        while let Some(child) = xml.child()? {
            match &*child {
                "Comparisons" => xml.once(&mut field.comparisons, |xml| {
                    let position = xml.position();
                    let mut matrix = None;
                    while let Some(child) = xml.child()? {
                        match &*child {
                            "Matrix" => xml.once(&mut matrix, Matrix::read)?,
                            _ => return Err(xml.unexpected()),
                        }
                    }
                    matrix.ok_or_else(|| lacks(position, "Comparisons", "a `Matrix`"))
                })?,
                _ => return Err(xml.unexpected()),
            }
        }
        Ok(field)
    }
}

impl Cluster {
    fn read(xml: &mut Markup<'_>) -> Result<Self> {
        let mut cluster = Cluster {
            position: xml.position(),
            id: xml.optional("id")?,
            name: xml.optional("name")?,
            center: None,
            partition: None,
        };
        while let Some(child) = xml.child()? {
            match &*child {
                name if NumArray::is(name) => xml.once(&mut cluster.center, NumArray::read)?,
                "Partition" => xml.dispensable(&mut cluster.partition, Partition::read)?,
                "KohonenMap" | "Covariances" => xml.skip()?,
                _ => return Err(xml.unexpected()),
            }
        }
        Ok(cluster)
    }
}
