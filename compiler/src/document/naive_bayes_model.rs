//! `NaiveBayesModel`: counts and distributions of each input under each value of the target.

use super::continuous_distribution::ContinuousDistribution;
use super::markup::{Markup, lacks};
use super::model_common::{CommonReader, ModelCommon};
use super::transformation::DerivedField;
use super::{Name, Position};
use crate::error::{Error, Result};
use std::collections::HashSet;

/// The element `NaiveBayesModel`.
#[derive(Clone, Debug)]
pub struct NaiveBayesModel {
    /// The element's position.
    pub position: Position,
    /// The parts that all models share.
    pub common: ModelCommon,
    /// The replacement for a probability of zero.
    pub threshold: f64,
    /// The inputs, in document order.
    pub bayes_inputs: Vec<BayesInput>,
    /// The target.
    pub bayes_output: BayesOutput,
}

/// The element `BayesInput`.
#[derive(Clone, Debug)]
pub struct BayesInput {
    /// The element's position.
    pub position: Position,
    /// The field.
    pub field_name: Name,
    /// A replacement for the field's value, usually the number of its bin.
    pub derived_field: Option<DerivedField>,
    /// The evidence of its values.
    pub evidence: Evidence,
}

/// The evidence of a `BayesInput`.
#[derive(Clone, Debug)]
pub enum Evidence {
    /// The counts of its values, each together with the values of the target.
    PairCounts(Vec<PairCounts>),
    /// The distribution of its values for each value of the target.
    TargetValueStats(Vec<TargetValueStat>),
}

/// The element `PairCounts`.
#[derive(Clone, Debug)]
pub struct PairCounts {
    /// The element's position.
    pub position: Position,
    /// The input's value.
    pub value: Name,
    /// The number of times that each value of the target occurs together with it.
    pub target_value_counts: Vec<TargetValueCount>,
}

/// The element `TargetValueCount`.
#[derive(Clone, Debug)]
pub struct TargetValueCount {
    /// The element's position.
    pub position: Position,
    /// The value of the target.
    pub value: Name,
    /// The number of times that it occurs.
    pub count: f64,
}

/// The element `TargetValueStat`.
#[derive(Clone, Debug)]
pub struct TargetValueStat {
    /// The element's position.
    pub position: Position,
    /// The value of the target.
    pub value: Name,
    /// The distribution of the input for this value of the target.
    pub distribution: ContinuousDistribution,
}

/// The element `BayesOutput`.
#[derive(Clone, Debug)]
pub struct BayesOutput {
    /// The element's position.
    pub position: Position,
    /// The target field. The schema requires it; exporters omit it if the model's target has no name.
    pub field_name: Option<Name>,
    /// The number of times that each of its values occurs.
    pub target_value_counts: Vec<TargetValueCount>,
}

impl NaiveBayesModel {
    pub(super) fn read(xml: &mut Markup<'_>) -> Result<Self> {
        let position = xml.position();
        let mut common = CommonReader::new(xml)?;
        let threshold = xml.or_natural("threshold", 0.0)?;
        let (mut bayes_inputs, mut bayes_output) = (None, None);
        while let Some(child) = xml.child()? {
            match &*child {
                "BayesInputs" => xml.once(&mut bayes_inputs, read_inputs)?,
                "BayesOutput" => xml.once(&mut bayes_output, BayesOutput::read)?,
                _ => common.read(xml)?,
            }
        }
        Ok(NaiveBayesModel {
            position,
            common: common.finish()?,
            threshold,
            bayes_inputs: bayes_inputs.ok_or_else(|| lacks(position, "NaiveBayesModel", "`BayesInputs`"))?,
            bayes_output: bayes_output
                .ok_or_else(|| lacks(position, "NaiveBayesModel", "a `BayesOutput`"))?,
        })
    }
}

/// Reads `BayesInputs`, including those in extensions: before PMML 4.2 added `TargetValueStats`, exporters put
/// continuous inputs there.
fn read_inputs(xml: &mut Markup<'_>) -> Result<Vec<BayesInput>> {
    let position = xml.position();
    let mut read = Vec::new();
    while let Some((child, is_extended)) = xml.child_or_extended("BayesInput")? {
        match &*child {
            "BayesInput" => read.push((BayesInput::read(xml)?, is_extended)),
            _ => return Err(xml.unexpected()),
        }
    }
    let plain: HashSet<Name> = read
        .iter()
        .filter(|(_, is_extended)| !is_extended)
        .map(|(input, _)| input.field_name.clone())
        .collect();
    let mut inputs = Vec::with_capacity(read.len());
    for (input, is_extended) in read {
        let is_known = is_extended && plain.contains(&input.field_name);
        if is_extended {
            let becomes = if is_known {
                "it is ignored, because the field has another one outside"
            } else {
                "it is read as if it were outside"
            };
            let message =
                format!("the `BayesInput` of `{}` is inside of an `Extension`: {becomes}", input.field_name);
            xml.warn_of(input.position, "BayesInput", message);
        }
        if !is_known {
            inputs.push(input);
        }
    }
    if inputs.is_empty() {
        return Err(lacks(position, "BayesInputs", "a `BayesInput`"));
    }
    Ok(inputs)
}

impl BayesInput {
    fn read(xml: &mut Markup<'_>) -> Result<Self> {
        let position = xml.position();
        let field_name = xml.required("fieldName")?;
        let (mut derived_field, mut pair_counts, mut stats) = (None, Vec::new(), None);
        while let Some(child) = xml.child()? {
            match &*child {
                "DerivedField" => xml.once(&mut derived_field, DerivedField::read)?,
                "PairCounts" if stats.is_none() => pair_counts.push(PairCounts::read(xml)?),
                "TargetValueStats" if pair_counts.is_empty() => xml.once(&mut stats, read_stats)?,
                _ => return Err(xml.unexpected()),
            }
        }
        let evidence = match stats {
            Some(_) if derived_field.is_some() => {
                let message = "`BayesInput` has a `DerivedField`, which belongs to `PairCounts`, and `TargetValueStats`";
                return Err(Error::invalid(position, "BayesInput", message));
            }
            Some(stats) => Evidence::TargetValueStats(stats),
            None if pair_counts.is_empty() => {
                return Err(lacks(position, "BayesInput", "`PairCounts` or `TargetValueStats`"));
            }
            None => Evidence::PairCounts(pair_counts),
        };
        Ok(BayesInput { position, field_name, derived_field, evidence })
    }
}

impl PairCounts {
    fn read(xml: &mut Markup<'_>) -> Result<Self> {
        let position = xml.position();
        let value = xml.required("value")?;
        let target_value_counts = read_counts_of(xml, "PairCounts")?;
        Ok(PairCounts { position, value, target_value_counts })
    }
}

impl BayesOutput {
    fn read(xml: &mut Markup<'_>) -> Result<Self> {
        let position = xml.position();
        let field_name = xml.optional("fieldName")?;
        let target_value_counts = read_counts_of(xml, "BayesOutput")?;
        Ok(BayesOutput { position, field_name, target_value_counts })
    }
}

/// Reads the `TargetValueCounts` of the element whose start tag has been read.
fn read_counts_of(xml: &mut Markup<'_>, element: &str) -> Result<Vec<TargetValueCount>> {
    let position = xml.position();
    let mut counts = None;
    while let Some(child) = xml.child()? {
        match &*child {
            "TargetValueCounts" => xml.once(&mut counts, read_counts)?,
            _ => return Err(xml.unexpected()),
        }
    }
    counts.ok_or_else(|| lacks(position, element, "`TargetValueCounts`"))
}

fn read_counts(xml: &mut Markup<'_>) -> Result<Vec<TargetValueCount>> {
    let position = xml.position();
    let mut counts = Vec::new();
    while let Some(child) = xml.child()? {
        match &*child {
            "TargetValueCount" => counts.push(TargetValueCount::read(xml)?),
            _ => return Err(xml.unexpected()),
        }
    }
    if counts.is_empty() {
        return Err(lacks(position, "TargetValueCounts", "a `TargetValueCount`"));
    }
    Ok(counts)
}

impl TargetValueCount {
    fn read(xml: &mut Markup<'_>) -> Result<Self> {
        let count = TargetValueCount {
            position: xml.position(),
            value: xml.required("value")?,
            count: xml.required("count")?,
        };
        xml.leaf()?;
        Ok(count)
    }
}

fn read_stats(xml: &mut Markup<'_>) -> Result<Vec<TargetValueStat>> {
    let position = xml.position();
    let mut stats = Vec::new();
    while let Some(child) = xml.child()? {
        match &*child {
            "TargetValueStat" => stats.push(TargetValueStat::read(xml)?),
            _ => return Err(xml.unexpected()),
        }
    }
    if stats.is_empty() {
        return Err(lacks(position, "TargetValueStats", "a `TargetValueStat`"));
    }
    Ok(stats)
}

impl TargetValueStat {
    fn read(xml: &mut Markup<'_>) -> Result<Self> {
        let position = xml.position();
        let value = xml.required("value")?;
        let mut distribution = None;
        while let Some(child) = xml.child()? {
            if ContinuousDistribution::is(&child) {
                xml.once(&mut distribution, ContinuousDistribution::read)?
            } else {
                return Err(xml.unexpected());
            }
        }
        let distribution =
            distribution.ok_or_else(|| lacks(position, "TargetValueStat", "a distribution"))?;
        Ok(TargetValueStat { position, value, distribution })
    }
}
