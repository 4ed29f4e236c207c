//! Fields: the DataDictionary, mining schemas, derived fields.

use crate::choices::{Choices, escape};
use crate::expression::{Needs, expression};

/// The numbers in documents, and therefore the thresholds. Rows have the same ones.
pub const NUMBERS: &[&str] = &[
    "0",
    "1",
    "2",
    "-1",
    "0.5",
    "3",
    "0.1",
    "-2.5",
    "609.72",
    "1.0E7",
    "-0.0",
    "1e-3",
    "100",
    "16777217",
    "1e38",
    "1e300",
    "0.30000000000000004",
];
/// The integers of documents.
pub const INTEGERS: &[&str] =
    &["0", "1", "2", "-1", "3", "7", "-7", "100", "16777217", "9007199254740993", "9223372036854775807"];
/// The strings of documents.
pub const STRINGS: &[&str] =
    &["a", "b", "c", "A", "red", "1", "true", "a b a", " a ", "ä", "x<y&z", "2020-02-29", ""];
/// The days of documents.
pub const DATES: &[&str] = &["2020-02-29", "1960-01-01", "1999-12-31", "2021-03-04"];
/// The moments of documents.
pub const DATE_TIMES: &[&str] = &["2020-02-29T12:30:00", "1960-01-01T00:00:00", "1999-12-31T23:59:59"];

/// The kind of a field's values, which determines the operations on them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Number,
    String,
    Bool,
    Date,
    DateTime,
}

/// A field that expressions and predicates can name.
#[derive(Clone, Debug)]
pub struct Field {
    pub name: String,
    pub kind: Kind,
    pub data_type: &'static str,
    pub continuous: bool,
}

impl Field {
    /// Returns values for the field that occur in documents.
    pub fn values(&self) -> &'static [&'static str] {
        match self.data_type {
            "integer" => INTEGERS,
            "double" | "float" => NUMBERS,
            "boolean" => &["true", "false"],
            "date" => DATES,
            "dateTime" => DATE_TIMES,
            _ => STRINGS,
        }
    }

    pub fn optype(&self) -> &'static str {
        if self.continuous { "continuous" } else { "categorical" }
    }
}

/// The fields that are visible to a model.
#[derive(Clone, Debug, Default)]
pub struct Scope {
    pub fields: Vec<Field>,
    /// The functions that the document defines, with their number of parameters. All map numbers to numbers.
    pub functions: Vec<(String, usize)>,
}

impl Scope {
    /// Returns a field of a kind, if there is one.
    pub fn field(&self, choices: &mut Choices<'_>, kind: Kind) -> Option<&Field> {
        let fields: Vec<&Field> = self.fields.iter().filter(|field| field.kind == kind).collect();
        (!fields.is_empty()).then(|| *choices.pick(&fields))
    }

    /// Returns any field.
    pub fn any(&self, choices: &mut Choices<'_>) -> &Field {
        choices.pick(&self.fields)
    }
}

/// The data types of fields, with their kinds.
const TYPES: &[(&str, Kind)] = &[
    ("double", Kind::Number),
    ("string", Kind::String),
    ("integer", Kind::Number),
    ("float", Kind::Number),
    ("boolean", Kind::Bool),
    ("date", Kind::Date),
    ("dateTime", Kind::DateTime),
];

/// Returns the fields of the DataDictionary with their elements.
pub fn data_fields(choices: &mut Choices<'_>) -> (Vec<Field>, String) {
    let mut fields = Vec::new();
    let mut xml = String::new();
    // Every document has fields of the first two types, so that every model has inputs.
    for number in 0..2 + choices.below(5) {
        let (data_type, kind) = match TYPES[..2].get(number) {
            Some(first) => *first,
            None => *choices.pick(TYPES),
        };
        let continuous = match kind {
            Kind::Number => !choices.one_in(4),
            _ => false,
        };
        let field = Field { name: format!("x{number}"), kind, data_type, continuous };
        xml += &data_field(choices, &field);
        fields.push(field);
    }
    (fields, xml)
}

fn data_field(choices: &mut Choices<'_>, field: &Field) -> String {
    let mut domain = String::new();
    let valued = choices.one_in(3);
    for _ in 0..if valued { 1 + choices.below(4) } else { 0 } {
        let value = escape(choices.pick(field.values()));
        let property = choices.attribute(3, "property", &["missing", "invalid", "valid"]);
        domain += &format!("<Value value=\"{value}\"{property}/>");
    }
    if field.continuous && choices.one_in(3) {
        for _ in 0..1 + choices.below(2) {
            let low = choices.below(4);
            let (left, right) = (["-1", "0", "0.5", "2"][low], ["0.5", "3", "609.72", "1.0E7"][low]);
            let closure = choices.pick(&["closedClosed", "openOpen", "openClosed", "closedOpen"]);
            let margins = match choices.below(4) {
                0 => format!("leftMargin=\"{left}\" rightMargin=\"{right}\""),
                1 => format!("leftMargin=\"{left}\""),
                _ => format!("rightMargin=\"{right}\""),
            };
            domain = format!("<Interval closure=\"{closure}\" {margins}/>{domain}");
        }
    }
    let Field { name, data_type, .. } = field;
    format!(
        "  <DataField name=\"{name}\" optype=\"{}\" dataType=\"{data_type}\">{domain}</DataField>\n",
        field.optype()
    )
}

/// Returns a mining schema of some fields, including the target's element.
pub fn mining_schema(choices: &mut Choices<'_>, fields: &[Field], target: Option<&str>) -> String {
    let mut xml = "<MiningSchema>".to_owned();
    for field in fields {
        let values = field.values();
        let mut attributes = String::new();
        if choices.one_in(2) {
            attributes += &choices.attribute(2, "missingValueReplacement", values);
            let treatments = ["asIs", "asMean", "asMode", "asMedian", "asValue", "returnInvalid"];
            attributes += &choices.attribute(3, "missingValueTreatment", &treatments);
            let treatments = ["asMissing", "asIs", "returnInvalid", "asValue"];
            let treatment = choices.attribute(2, "invalidValueTreatment", &treatments);
            if treatment.contains("asValue") || choices.one_in(12) {
                attributes += &format!(" invalidValueReplacement=\"{}\"", escape(choices.pick(values)));
            }
            attributes += &treatment;
            if field.continuous && choices.one_in(3) {
                let treatment = choices.pick(&["asMissingValues", "asExtremeValues", "asIs"]);
                attributes += &format!(" outliers=\"{treatment}\" lowValue=\"-1\" highValue=\"3\"");
            }
            attributes += &choices.attribute(12, "usageType", &["active", "supplementary"]);
            attributes += &choices.attribute(12, "optype", &["categorical", "continuous", "ordinal"]);
        }
        xml += &format!("\n  <MiningField name=\"{}\"{attributes}/>", field.name);
    }
    if let Some(target) = target {
        xml += &format!("\n  <MiningField name=\"{target}\" usageType=\"target\"/>");
    }
    xml + "\n</MiningSchema>\n"
}

/// Returns derived fields over the fields in scope, and adds them to the scope.
pub fn derived_fields(choices: &mut Choices<'_>, scope: &mut Scope, prefix: &str, most: usize) -> String {
    let mut xml = String::new();
    for number in 0..choices.below(most + 1) {
        let (data_type, kind) = *choices.pick(&TYPES[..5]);
        let continuous = kind == Kind::Number && !choices.one_in(5);
        let field = Field { name: format!("{prefix}{number}"), kind, data_type, continuous };
        let needs = if choices.one_in(20) { Needs::Any } else { Needs::Kind(kind) };
        let body = expression(choices, scope, needs, 3);
        let name = &field.name;
        xml += &format!(
            "<DerivedField name=\"{name}\" optype=\"{}\" dataType=\"{data_type}\">\n  {body}\n</DerivedField>\n",
            field.optype()
        );
        scope.fields.push(field);
    }
    xml
}

/// Returns functions that the document defines, and adds them to the scope.
pub fn define_functions(choices: &mut Choices<'_>, scope: &mut Scope) -> String {
    let mut xml = String::new();
    for number in 0..choices.below(6).saturating_sub(3) {
        let name = format!("f{number}");
        let parameters = 1 + choices.below(2);
        let mut inner = Scope { fields: Vec::new(), functions: scope.functions.clone() };
        xml += &format!("<DefineFunction name=\"{name}\" optype=\"continuous\" dataType=\"double\">");
        for parameter in 0..parameters {
            let name = format!("p{parameter}");
            xml += &format!("<ParameterField name=\"{name}\" optype=\"continuous\" dataType=\"double\"/>");
            inner.fields.push(Field { name, kind: Kind::Number, data_type: "double", continuous: true });
        }
        xml += &format!(
            "\n  {}\n</DefineFunction>\n",
            expression(choices, &inner, Needs::Kind(Kind::Number), 2)
        );
        scope.functions.push((name, parameters));
    }
    xml
}
