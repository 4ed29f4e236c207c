//! `ComparisonMeasure`: the distance or similarity of two rows. Shared by clusters and nearest neighbors.

use super::Position;
use super::enumeration::enumeration;
use super::markup::{Markup, lacks};
use crate::error::Result;

/// The element `ComparisonMeasure`. The range of its values (`minimum`, `maximum`) changes no score and is not kept.
#[derive(Clone, Debug)]
pub struct ComparisonMeasure {
    /// The element's position.
    pub position: Position,
    /// Whether small or large values mean that rows are similar.
    pub kind: ComparisonKind,
    /// The function that compares the values of a field, unless the field has its own.
    pub compare_function: CompareFunction,
    /// How the comparisons of all fields are combined.
    pub measure: Measure,
}

enumeration! {
    /// The kind of a measure.
    #[allow(missing_docs, reason = "the variants are the standard's words")]
    pub enum ComparisonKind {
        Distance = "distance",
        Similarity = "similarity",
    }
}

enumeration! {
    /// A function that compares two values of a field.
    #[derive(Default)]
    pub enum CompareFunction {
        /// The absolute value of their difference.
        #[default]
        AbsDiff = "absDiff",
        /// A Gaussian of their difference: 1 if they are equal, 0.5 at the field's `similarityScale`.
        GaussSim = "gaussSim",
        /// 0 if they are equal, else 1.
        Delta = "delta",
        /// 1 if they are equal, else 0.
        Equal = "equal",
        /// An element of the field's matrix.
        Table = "table",
    }
}

/// How the comparisons of all fields are combined.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Measure {
    /// The square root of the sum of squares.
    Euclidean,
    /// The sum of squares.
    SquaredEuclidean,
    /// The greatest.
    Chebychev,
    /// The sum.
    CityBlock,
    /// The sum of powers, and its root.
    Minkowski {
        /// The power.
        p: f64,
    },
    /// The share of fields of ones and zeros that agree.
    SimpleMatching,
    /// The share of the fields that are not both 0 in which both are 1.
    Jaccard,
    /// As [`Measure::SimpleMatching`], but fields that differ count twice.
    Tanimoto,
    /// A quotient of weighted counts of fields of ones and zeros.
    BinarySimilarity(BinaryParameters),
}

/// The weights of the counts: for each pair of values, one in the numerator and one in the denominator.
#[derive(Clone, Copy, Debug, PartialEq)]
#[allow(missing_docs, reason = "the fields are the standard's words")]
pub struct BinaryParameters {
    pub c00: f64,
    pub c01: f64,
    pub c10: f64,
    pub c11: f64,
    pub d00: f64,
    pub d01: f64,
    pub d10: f64,
    pub d11: f64,
}

impl Measure {
    /// Returns the kind that the measure is by its definition.
    fn natural_kind(self) -> ComparisonKind {
        match self {
            Measure::Euclidean
            | Measure::SquaredEuclidean
            | Measure::Chebychev
            | Measure::CityBlock
            | Measure::Minkowski { .. } => ComparisonKind::Distance,
            Measure::SimpleMatching | Measure::Jaccard | Measure::Tanimoto | Measure::BinarySimilarity(_) => {
                ComparisonKind::Similarity
            }
        }
    }

    /// Returns the element's name.
    pub fn as_str(self) -> &'static str {
        match self {
            Measure::Euclidean => "euclidean",
            Measure::SquaredEuclidean => "squaredEuclidean",
            Measure::Chebychev => "chebychev",
            Measure::CityBlock => "cityBlock",
            Measure::Minkowski { .. } => "minkowski",
            Measure::SimpleMatching => "simpleMatching",
            Measure::Jaccard => "jaccard",
            Measure::Tanimoto => "tanimoto",
            Measure::BinarySimilarity(_) => "binarySimilarity",
        }
    }
}

impl ComparisonMeasure {
    pub(super) fn read(xml: &mut Markup<'_>) -> Result<Self> {
        let position = xml.position();
        let kind: Option<ComparisonKind> = xml.optional("kind")?;
        let compare_function = xml.or_default("compareFunction")?;
        let mut measure = None;
        while let Some(child) = xml.child()? {
            xml.once(&mut measure, |xml| {
                let measure = match &*child {
                    "euclidean" => Measure::Euclidean,
                    "squaredEuclidean" => Measure::SquaredEuclidean,
                    "chebychev" => Measure::Chebychev,
                    "cityBlock" => Measure::CityBlock,
                    "minkowski" => Measure::Minkowski { p: xml.required("p-parameter")? },
                    "simpleMatching" => Measure::SimpleMatching,
                    "jaccard" => Measure::Jaccard,
                    "tanimoto" => Measure::Tanimoto,
                    "binarySimilarity" => Measure::BinarySimilarity(BinaryParameters::read(xml)?),
                    _ => return Err(xml.unexpected()),
                };
                xml.leaf()?;
                Ok(measure)
            })?;
        }
        let measure = measure.ok_or_else(|| lacks(position, "ComparisonMeasure", "a measure"))?;
        let kind = kind.unwrap_or_else(|| {
            let natural = measure.natural_kind();
            let message =
                format!("`ComparisonMeasure` lacks the required attribute `kind`: it is read as `{natural}`");
            xml.warn_of(position, "ComparisonMeasure", message);
            natural
        });
        Ok(ComparisonMeasure { position, kind, compare_function, measure })
    }
}

impl BinaryParameters {
    fn read(xml: &mut Markup<'_>) -> Result<Self> {
        Ok(BinaryParameters {
            c00: xml.required("c00-parameter")?,
            c01: xml.required("c01-parameter")?,
            c10: xml.required("c10-parameter")?,
            c11: xml.required("c11-parameter")?,
            d00: xml.required("d00-parameter")?,
            d01: xml.required("d01-parameter")?,
            d10: xml.required("d10-parameter")?,
            d11: xml.required("d11-parameter")?,
        })
    }
}
