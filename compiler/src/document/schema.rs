//! Which attributes the standard gives to which elements, and what is known of those that are not read.
//!
//! An attribute that no reader takes is judged once for each element and attribute. One of the standard that only describes
//! the model is passed over. Any other is warned of: what its author meant by it is lost.

use super::Position;
use super::name::Name;
use super::quoted::quoted;
use super::warnings::Warnings;
use foldhash::fast::RandomState;
use pmml_runtime::diagnostics::nearest::Search;
use std::collections::HashMap;
use std::sync::OnceLock;

/// The schema of PMML 4.4.1, by `compiler/scripts/attributes.py`: a line for each element, then its attributes.
const ATTRIBUTES: &str = include_str!("attributes.txt");
/// Attributes that are not read because no score depends on them: counts of what is there anyway, and descriptions.
const DESCRIPTIONS: &[(&str, &[&str])] = &[
    ("Cluster", &["size"]),
    ("Coefficients", &["numberOfCoefficients"]),
    ("DataDictionary", &["numberOfFields"]),
    ("LinearKernelType", &["description"]),
    ("NeuralInputs", &["numberOfInputs"]),
    ("NeuralLayer", &["numberOfNeurons"]),
    ("NeuralNetwork", &["numberOfLayers"]),
    ("NeuralOutputs", &["numberOfOutputs"]),
    ("NumericInfo", &["interQuartileRange", "maximum", "median", "minimum", "standardDeviation"]),
    ("ParameterField", &["displayName"]),
    ("Partition", &["size"]),
    ("PartitionFieldStats", &["weighted"]),
    ("PolynomialKernelType", &["description"]),
    ("RadialBasisKernelType", &["description"]),
    ("RegressionModel", &["modelType"]),
    ("SigmoidKernelType", &["description"]),
    ("SupportVectors", &["numberOfAttributes", "numberOfSupportVectors"]),
    ("TrainingInstances", &["fieldCount", "recordCount"]),
    ("UnivariateStats", &["weighted"]),
    ("VectorDictionary", &["numberOfVectors"]),
    ("VectorFields", &["numberOfFields"]),
];
/// Maximum number of distinct attributes that are checked: no honest document has as many.
const JUDGEMENTS: usize = 4_096;

/// What is known of the attributes that readers have left, by element and attribute: the number of the warning, if
/// there is one.
#[derive(Default)]
pub(super) struct Leftovers {
    known: HashMap<Name, HashMap<Box<str>, Option<usize>, RandomState>, RandomState>,
    judgements: usize,
}

impl Leftovers {
    /// Warns of an attribute of an element that no reader has taken, unless no score can depend on it.
    pub(super) fn judge(
        &mut self,
        warnings: &mut Warnings,
        position: Position,
        element: &Name,
        attribute: &str,
    ) {
        let known = self.known.get(element).and_then(|attributes| attributes.get(attribute));
        match known.copied() {
            Some(Some(warning)) => return warnings.again(warning),
            Some(None) => return,
            // Judging takes much longer than looking up.
            None if self.judgements >= JUDGEMENTS => return,
            None => {}
        }
        let fault = fault(element, attribute);
        let warning = fault.and_then(|fault| warnings.add(position, element, fault));
        self.judgements += 1;
        self.known.entry(element.clone()).or_default().insert(attribute.into(), warning);
    }
}

/// Returns what is wrong with an attribute that is not read, if anything is.
fn fault(element: &str, attribute: &str) -> Option<String> {
    // Namespaces, and attributes from others than PMML's.
    if attribute == "xmlns" || attribute.contains(':') {
        return None;
    }
    if DESCRIPTIONS.iter().any(|(parent, names)| *parent == element && names.contains(&attribute)) {
        return None;
    }
    let (name, known) = (quoted(attribute), attributes(element));
    if known.contains(&attribute) {
        return Some(format!("the attribute `{name}` of `{element}` is ignored: it might change the scores"));
    }
    let meant = match did_you_mean(attribute, known) {
        meant if meant.is_empty() => ": it might change the scores".to_owned(),
        meant => meant,
    };
    Some(format!("the unknown attribute `{name}` of `{}` is ignored{meant}", quoted(element)))
}

/// Returns the attributes that the standard gives to an element.
fn attributes(element: &str) -> &'static [&'static str] {
    static TABLE: OnceLock<HashMap<&str, Vec<&str>>> = OnceLock::new();
    let table = TABLE.get_or_init(|| {
        let lines = ATTRIBUTES.lines().filter_map(|line| line.split_once(' '));
        lines.map(|(element, attributes)| (element, attributes.split(' ').collect())).collect()
    });
    table.get(element).map_or(&[], Vec::as_slice)
}

/// Returns the question whether a name was meant to be the nearest of some others, or nothing if none is near.
pub(super) fn did_you_mean(name: &str, known: &[&'static str]) -> String {
    nearest(name, known).map_or_else(String::new, |near| format!(": did you mean `{near}`?"))
}

/// Returns the name that is nearest to a misspelled one, if one is near: the one behind `x-` too.
fn nearest(misspelled: &str, known: &[&'static str]) -> Option<&'static str> {
    let misspelled = misspelled.strip_prefix("x-").unwrap_or(misspelled);
    let same = known.iter().find(|name| **name == misspelled).copied();
    same.or_else(|| Search::default().nearest(misspelled, known.iter().copied()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fault_of(element: &str, attribute: &str) -> String {
        fault(element, attribute).unwrap_or_default()
    }

    #[test]
    fn attributes_of_others_and_descriptions_are_no_faults() {
        let attributes = ["xmlns", "xmlns:data", "xsi:schemaLocation", "xml:space"];
        assert!(attributes.iter().all(|attribute| fault("PMML", attribute).is_none()));
        assert_eq!(fault("DataDictionary", "numberOfFields"), None);
    }

    #[test]
    fn descriptions_are_attributes_of_the_standard() {
        for (element, names) in DESCRIPTIONS {
            assert!(names.iter().all(|name| attributes(element).contains(name)), "{element}");
        }
    }

    #[test]
    fn the_nearest_attribute_is_named() {
        assert_eq!(
            fault_of("FieldRef", "mapMisingTo"),
            "the unknown attribute `mapMisingTo` of `FieldRef` is ignored: did you mean `mapMissingTo`?"
        );
        assert!(fault_of("DataField", "datatype").ends_with("did you mean `dataType`?"));
        assert!(fault_of("MiningField", "x-importance").ends_with("did you mean `importance`?"));
        assert_eq!(
            fault_of("NormContinuous", "shift"),
            "the unknown attribute `shift` of `NormContinuous` is ignored: it might change the scores"
        );
        assert!(fault_of("NobodyKnows", "shift").ends_with("it might change the scores"));
    }

    #[test]
    fn attributes_of_the_standard_that_are_not_read_are_faults() {
        assert_eq!(
            fault_of("ComparisonMeasure", "minimum"),
            "the attribute `minimum` of `ComparisonMeasure` is ignored: it might change the scores"
        );
    }

    #[test]
    fn judgements_are_bounded() {
        let (mut leftovers, mut warnings) = (Leftovers::default(), Warnings::default());
        let element = Name::from("Node");
        for number in 0..2 * JUDGEMENTS {
            leftovers.judge(&mut warnings, Position::START, &element, &format!("a{number}"));
        }
        assert_eq!(leftovers.known[&element].len(), JUDGEMENTS);
        assert_eq!(nearest(&"name".repeat(1 << 20), &["name"]), None);
    }
}
