//! Distributions of numbers, as several models describe them.

use super::Position;
use super::markup::Markup;
use crate::error::Result;

/// An element of the standard's group `CONTINUOUS-DISTRIBUTION-TYPES`.
#[derive(Clone, Debug)]
pub struct ContinuousDistribution {
    /// The element's position.
    pub position: Position,
    /// The distribution with its parameters.
    pub kind: ContinuousDistributionKind,
}

/// A distribution with its parameters.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum ContinuousDistributionKind {
    /// The element `GaussianDistribution`.
    Gaussian {
        /// The mean.
        mean: f64,
        /// The square of the standard deviation.
        variance: f64,
    },
    /// The element `PoissonDistribution`.
    Poisson {
        /// The mean.
        mean: f64,
    },
    /// The element `UniformDistribution`.
    Uniform {
        /// The least value.
        lower: f64,
        /// The greatest value.
        upper: f64,
    },
    /// The element `AnyDistribution`: of an unknown shape.
    Any {
        /// The mean.
        mean: f64,
        /// The square of the standard deviation.
        variance: f64,
    },
}

impl ContinuousDistribution {
    /// Returns whether an element of this name is a distribution of numbers.
    pub(super) fn is(element: &str) -> bool {
        matches!(
            element,
            "GaussianDistribution" | "PoissonDistribution" | "UniformDistribution" | "AnyDistribution"
        )
    }

    /// Reads the distribution whose start tag has been read.
    pub(super) fn read(xml: &mut Markup<'_>) -> Result<Self> {
        use ContinuousDistributionKind::{Any, Gaussian, Poisson, Uniform};
        let position = xml.position();
        let kind = match &*xml.element() {
            "GaussianDistribution" => {
                Gaussian { mean: xml.required("mean")?, variance: xml.required("variance")? }
            }
            "PoissonDistribution" => Poisson { mean: xml.required("mean")? },
            "UniformDistribution" => Uniform { lower: xml.required("lower")?, upper: xml.required("upper")? },
            "AnyDistribution" => Any { mean: xml.required("mean")?, variance: xml.required("variance")? },
            _ => return Err(xml.unexpected()),
        };
        xml.leaf()?;
        Ok(ContinuousDistribution { position, kind })
    }
}
