//! The contents of a document, as text for people.
//!
//! Models at the top level are shown completely. Of nested models, only a few are shown, with a few lines for each (and only
//! those fields of the schema whose values are treated); JSON has the rest. Strings of the document are cut off and escaped.

use super::{
    Inspection, NO_EXPRESSIONS, NO_PREDICATES, Verdict, expression, fields_of_schema, first_names,
    is_scorable, local_fields, method, models_inside, sizes, usage_type, verification_rows,
};
use pmml::quote;
use pmml_compiler::document::outline::Element;
use pmml_compiler::lower::ResultKind;
use std::fmt::Write;

/// Maximum number of items of a nested list that are shown; the rest is counted.
const SHOWN: usize = 12;
/// Maximum total number of nested models that are shown.
const MODELS: usize = 200;
/// The attributes of a mining field that do not concern its values.
const PLAIN: &[&str] = &["name", "usageType", "importance", "optype"];
/// Maximum width in columns to which names are padded.
const WIDTH: usize = 40;

/// Returns the report on a document.
pub fn document(inspection: &Inspection<'_>) -> String {
    let root = &inspection.outline.root;
    let mut text = Text { out: String::new(), models: 0 };
    text.header(root);
    text.verdict(inspection);
    text.data_dictionary(inspection);
    let dictionary = root.children("TransformationDictionary");
    let functions: Vec<&Element> = dictionary.clone().flat_map(|it| it.children("DefineFunction")).collect();
    text.section(0, "Functions", &functions, usize::MAX, function);
    let derived: Vec<&Element> = dictionary.flat_map(|it| it.children("DerivedField")).collect();
    text.section(0, "Derived fields", &derived, usize::MAX, derived_field);
    text.out.push_str("\nModels\n");
    for model in root.models() {
        text.model(model, None, 2);
    }
    if root.models().next().is_none() {
        text.out.push_str("  none\n");
    }
    if !root.counts.is_empty() {
        let counts = root.counts.iter().map(|(name, count)| format!("{count} {}", quote(name)));
        let counts = counts.take(SHOWN).collect::<Vec<_>>().join(", ");
        text.line(0, &format!("\nOther elements: {counts}"));
    }
    text.selectable(inspection);
    if inspection.outline.omitted > 0 {
        let omitted = inspection.outline.omitted;
        text.line(0, &format!("\n{omitted} elements are not shown: they are too many or too deep"));
    }
    text.out
}

/// The report so far. Writing to its string cannot fail.
struct Text {
    out: String,
    /// Number of nested models shown so far.
    models: usize,
}

impl Text {
    fn line(&mut self, indent: usize, line: &str) {
        let _ = writeln!(self.out, "{:indent$}{}", "", line.trim_end());
    }

    fn header(&mut self, root: &Element) {
        let version = root.attribute("version").unwrap_or("without a version");
        let mut line = format!("PMML {}", quote(version));
        let header = root.child("Header");
        if let Some(application) = header.and_then(|header| header.child("Application")) {
            let name = application.attribute("name").unwrap_or("a program without a name");
            let version = application.attribute("version").unwrap_or_default();
            line.push_str(format!(", written by {} {}", quote(name), quote(version)).trim_end());
        }
        let timestamp = header.and_then(|header| header.child("Timestamp")).map(|it| it.text.trim());
        if let Some(timestamp) = timestamp.filter(|timestamp| !timestamp.is_empty()) {
            let _ = write!(line, ", {}", quote(timestamp));
        }
        self.line(0, &line);
        let Some(header) = header else { return };
        for (name, words) in
            [("description", "Description"), ("modelVersion", "Model version"), ("copyright", "Copyright")]
        {
            if let Some(value) = header.attribute(name).filter(|value| !value.trim().is_empty()) {
                self.line(0, &format!("{words}: {}", quote(value.trim())));
            }
        }
        for annotation in header.children("Annotation").take(SHOWN) {
            self.line(0, &format!("Annotation: {}", quote(annotation.text.trim())));
        }
    }

    fn verdict(&mut self, inspection: &Inspection<'_>) {
        let line = match &inspection.verdict {
            Verdict::Scored { signature, warnings, .. } => {
                let others = signature.results.len().saturating_sub(signature.targets);
                let mut line = format!(
                    "Can be scored: {}, {}, {}",
                    counted(signature.inputs.len(), "input"),
                    counted(signature.targets, "target"),
                    counted(others, if inspection.model.is_some() { "output" } else { "derived field" }),
                );
                if *warnings > 0 {
                    let _ = write!(line, "; {} (`pmmlc check` shows them)", counted(*warnings, "warning"));
                }
                line
            }
            Verdict::Refused(error) => {
                let place = error.position().map(|place| format!("{place}: ")).unwrap_or_default();
                format!("Cannot be scored: {place}{}", pmml::legible(&error.message()))
            }
        };
        self.line(0, &line);
    }

    fn data_dictionary(&mut self, inspection: &Inspection<'_>) {
        self.out.push_str("\nFields\n");
        let dictionary = inspection.outline.root.children("DataDictionary");
        let fields: Vec<&Element> = dictionary.flat_map(|it| it.children("DataField")).collect();
        let width = width(&fields);
        for field in fields {
            let name = field.attribute("name").unwrap_or_default();
            let usage = inspection.usage.get(name).copied().unwrap_or("-");
            let line = format!(
                "{:width$}  {:10}  {:9}  {:11}  {}",
                quote(name).to_string(),
                quote(usage).to_string(),
                attribute(field, "dataType"),
                attribute(field, "optype"),
                [domain(field), others(field, &["name", "dataType", "optype"])].join("  ").trim_start()
            );
            self.line(2, &line);
        }
    }

    /// Writes a list under a heading, unless it is empty.
    fn section(
        &mut self,
        indent: usize,
        heading: &str,
        elements: &[&Element],
        most: usize,
        words: impl Fn(&Element, usize) -> String,
    ) {
        if elements.is_empty() {
            return;
        }
        if indent == 0 {
            self.out.push('\n');
        }
        self.line(indent, heading);
        let width = width(elements);
        // If there is one more than the limit, it is shown rather than counted.
        let shown = if elements.len() <= most.saturating_add(1) { elements.len() } else { most };
        for element in &elements[..shown] {
            self.line(indent + 2, &words(element, width));
        }
        if shown < elements.len() {
            self.line(indent + 2, &format!("… {} more", elements.len() - shown));
        }
    }

    /// Writes a model and its nested models.
    fn model(&mut self, model: &Element, segment: Option<String>, indent: usize) {
        let models: Vec<_> = models_inside(model).collect();
        let local = local_fields(model);
        let is_inside = segment.is_some() || indent > 2;
        let mut facts = Vec::new();
        facts.extend(method(model).map(|method| quote(method).to_string()));
        let sizes = sizes(model);
        facts.extend(sizes.iter().map(|(name, size)| counted(*size as usize, name.trim_end_matches('s'))));
        if sizes.is_empty() {
            let counts = model.counts.iter().take(SHOWN / 2);
            facts.extend(counts.map(|(name, count)| format!("{count} {}", quote(name))));
        }
        if !models.is_empty() {
            facts.push(counted(models.len(), "model"));
        }
        let schema: Vec<&Element> = fields_of_schema(model).collect();
        if is_inside && !schema.is_empty() {
            facts.push(counted(schema.len(), "field"));
        }
        let name = model.attribute("modelName").map(|name| format!(" `{}`", quote(name)));
        let function = model.attribute("functionName").map(|function| format!(" ({})", quote(function)));
        let facts = if facts.is_empty() { String::new() } else { format!(": {}", facts.join(", ")) };
        let line = format!(
            "{}{}{}{}, line {}{facts}{}",
            segment.unwrap_or_default(),
            quote(&model.name),
            name.unwrap_or_default(),
            function.unwrap_or_default(),
            model.position.line,
            if is_scorable(model) { "" } else { "; not meant to be scored" },
        );
        self.line(indent, &line);
        let targets = model.children("Targets").flat_map(|targets| targets.children("Target"));
        let outputs = model.children("Output").flat_map(|output| output.children("OutputField"));
        let (targets, outputs): (Vec<_>, Vec<_>) = (targets.collect(), outputs.collect());
        let most = if is_inside { SHOWN } else { usize::MAX };
        // Most schemas of nested models only repeat names.
        let is_shown = |field: &&Element| !is_inside || !others(field, PLAIN).is_empty();
        let schema: Vec<&Element> = schema.into_iter().filter(is_shown).collect();
        self.section(indent + 2, "Mining schema", &schema, most, mining_field);
        self.section(indent + 2, "Derived fields", &local, most, derived_field);
        self.section(indent + 2, "Targets", &targets, most, target);
        self.section(indent + 2, "Outputs", &outputs, most, output_field);
        match verification_rows(model) {
            Some(rows) => {
                self.line(indent + 2, &format!("Verification: {}", counted(rows as usize, "row")));
            }
            None if !is_inside => self.line(indent + 2, "Verification: none"),
            None => {}
        }
        self.models_inside(&models, indent + 2);
    }

    fn models_inside(&mut self, models: &[(Option<super::Segment<'_>>, &Element)], indent: usize) {
        let most = SHOWN.min(MODELS.saturating_sub(self.models));
        // If there is one more than the limit, it is shown rather than counted.
        let shown = if most == SHOWN && models.len() == SHOWN + 1 { SHOWN + 1 } else { most };
        for (segment, model) in models.iter().take(shown) {
            self.models += 1;
            let segment = segment.as_ref().map(|segment| {
                let predicate = expression(segment.element, NO_PREDICATES).map(predicate);
                let weight =
                    segment.element.attribute("weight").map(|weight| format!(", weight {}", quote(weight)));
                let applies = predicate.filter(|predicate| predicate != "True");
                let applies = applies.map(|predicate| format!(" if {predicate}")).unwrap_or_default();
                format!("segment {}{applies}{}: ", quote(&segment.name), weight.unwrap_or_default())
            });
            self.model(model, segment, indent);
        }
        let rest = models.get(shown..).unwrap_or_default();
        if !rest.is_empty() {
            let nodes: u64 = rest.iter().map(|(_, model)| nodes(model)).sum();
            self.line(indent, &format!("… {} more, with {nodes} nodes", rest.len()));
        }
    }

    fn selectable(&mut self, inspection: &Inspection<'_>) {
        let Verdict::Scored { selectable, .. } = &inspection.verdict else { return };
        self.out.push_str("\nResults that `--outputs` can name\n");
        let lengths = selectable.iter().map(|selectable| selectable.name.chars().count());
        let width = lengths.max().unwrap_or(0).min(WIDTH);
        for selectable in selectable {
            let kind = match selectable.kind {
                ResultKind::Target => "target",
                ResultKind::Output => "output",
                ResultKind::InnerOutput => "output, if asked for",
                ResultKind::Derived if inspection.model.is_none() => "derived field",
                ResultKind::Derived => "derived field, if asked for",
            };
            self.line(2, &format!("{:width$}  {kind}", quote(&selectable.name).to_string()));
        }
    }
}

/// Returns the number of nodes of a model, at any depth.
fn nodes(model: &Element) -> u64 {
    model.count("Node") + models_inside(model).map(|(_, model)| nodes(model)).sum::<u64>()
}

fn width(elements: &[&Element]) -> usize {
    let length = |element: &&Element| label(element).chars().count();
    elements.iter().map(length).max().unwrap_or(0).min(WIDTH)
}

/// Returns the name of an element.
fn label(element: &Element) -> String {
    let label = element.attribute("name").or_else(|| element.attribute("field"));
    quote(label.unwrap_or_default()).to_string()
}

fn attribute(element: &Element, name: &str) -> String {
    quote(element.attribute(name).unwrap_or("-")).to_string()
}

/// Returns the attributes of an element except some.
fn others(element: &Element, except: &[&str]) -> String {
    let attributes = element.attributes.iter().filter(|(name, _)| !except.contains(&name.as_str()));
    let written: Vec<String> =
        attributes.map(|(name, value)| format!("{}={}", quote(name), quoted(value))).collect();
    written.join(" ")
}

/// Returns a value, in quotation marks if its end would be unclear otherwise.
fn quoted(value: &str) -> String {
    match value.is_empty() || value.contains([' ', '"', '=', ',']) {
        true => format!("\"{}\"", quote(value)),
        false => quote(value).to_string(),
    }
}

fn mining_field(field: &Element, width: usize) -> String {
    let rest = others(field, &["name", "usageType"]);
    format!("{:width$}  {:10}  {rest}", label(field), quote(usage_type(field)).to_string())
}

fn target(target: &Element, width: usize) -> String {
    let mut line = format!("{:width$}  {}", label(target), others(target, &["field"]));
    let values: Vec<&Element> = target.children("TargetValue").collect();
    for value in values.iter().take(SHOWN) {
        let _ = write!(line, " [{}]", others(value, &[]));
    }
    if values.len() > SHOWN {
        let _ = write!(line, " … {} more", values.len() - SHOWN);
    }
    line
}

fn output_field(output: &Element, width: usize) -> String {
    let feature = output.attribute("feature").unwrap_or("predictedValue");
    let rest = others(output, &["name", "feature", "dataType", "optype"]);
    let computed = expression(output, NO_EXPRESSIONS).map(|found| format!("= {} ", formula(found)));
    format!(
        "{:width$}  {:16}  {:9}  {:11}  {}{rest}",
        label(output),
        quote(feature).to_string(),
        attribute(output, "dataType"),
        attribute(output, "optype"),
        computed.unwrap_or_default()
    )
}

fn derived_field(field: &Element, width: usize) -> String {
    let rest = others(field, &["name", "dataType", "optype"]);
    let computed = expression(field, NO_EXPRESSIONS).map(|found| format!("= {} ", formula(found)));
    format!(
        "{:width$}  {:9}  {:11}  {}{rest}",
        label(field),
        attribute(field, "dataType"),
        attribute(field, "optype"),
        computed.unwrap_or_default()
    )
}

fn function(function: &Element, _width: usize) -> String {
    let parameters = function.children("ParameterField").map(label);
    let parameters = parameters.take(SHOWN).collect::<Vec<_>>().join(", ");
    let rest = others(function, &["name"]);
    let computed = expression(function, NO_EXPRESSIONS).map(|found| format!(" = {}", formula(found)));
    format!("{}({parameters}){} {rest}", label(function), computed.unwrap_or_default())
}

/// Returns a description of an expression, with the fields that it reads.
fn formula(expression: &Element) -> String {
    let what = match expression.name.as_str() {
        "Constant" => return format!("\"{}\"", quote(expression.text.trim())),
        "FieldRef" => String::new(),
        "Apply" => format!("{}(…)", quote(expression.attribute("function").unwrap_or_default())),
        name => quote(name).to_string(),
    };
    let mut fields: Vec<String> =
        first_names(&expression.fields, SHOWN).map(|name| quote(name).to_string()).collect();
    if expression.fields.len() > SHOWN {
        fields.push("…".to_owned());
    }
    match (what.is_empty(), fields.is_empty()) {
        (true, _) => fields.join(", "),
        (false, true) => what,
        (false, false) => format!("{what} of {}", fields.join(", ")),
    }
}

/// Returns a description of a predicate.
fn predicate(predicate: &Element) -> String {
    match predicate.name.as_str() {
        "SimplePredicate" => {
            let [field, operator, value] = ["field", "operator", "value"]
                .map(|name| quoted(predicate.attribute(name).unwrap_or_default()));
            match predicate.attribute("value") {
                Some(_) => format!("{field} {operator} {value}"),
                None => format!("{field} {operator}"),
            }
        }
        "True" | "False" => predicate.name.to_string(),
        _ => formula(predicate),
    }
}

/// Returns a description of the values that a field allows, limited to a few.
fn domain(field: &Element) -> String {
    const SHOWN: usize = 8;
    let mut parts: Vec<String> = field.children("Interval").take(SHOWN).map(interval).collect();
    let property = |value: &Element| value.attribute("property").unwrap_or("valid").to_owned();
    let valid: Vec<&Element> = field.children("Value").filter(|value| property(value) == "valid").collect();
    let text = |value: &Element| quote(value.attribute("value").unwrap_or_default()).to_string();
    parts.extend(valid.iter().take(SHOWN).map(|value| text(value)));
    if valid.len() > SHOWN {
        parts.push(format!("… {} more", valid.len() - SHOWN));
    }
    for value in field.children("Value").filter(|value| property(value) != "valid").take(SHOWN) {
        parts.push(format!("{}: {}", quote(&property(value)), text(value)));
    }
    parts.join(", ")
}

fn interval(interval: &Element) -> String {
    let (left, right) = match interval.attribute("closure") {
        Some("openOpen") => ('(', ')'),
        Some("openClosed") => ('(', ']'),
        Some("closedOpen") => ('[', ')'),
        Some("closedClosed") => ('[', ']'),
        _ => ('?', '?'),
    };
    let margin = |name| quote(interval.attribute(name).unwrap_or_default()).to_string();
    format!("{left}{}..{}{right}", margin("leftMargin"), margin("rightMargin"))
}

fn counted(count: usize, noun: &str) -> String {
    format!("{count} {noun}{}", if count == 1 { "" } else { "s" })
}
