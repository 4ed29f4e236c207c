//! Random expressions.

use crate::choices::{Choices, escape};
use crate::fields::{DATE_TIMES, DATES, INTEGERS, Kind, NUMBERS, STRINGS, Scope};

/// The kind of value that an expression should return.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Needs {
    Kind(Kind),
    Any,
}

/// Returns an expression of a kind with a maximum depth.
pub fn expression(choices: &mut Choices<'_>, scope: &Scope, needs: Needs, depth: usize) -> String {
    let kind = match needs {
        Needs::Kind(kind) => kind,
        Needs::Any => *choices.pick(&[Kind::Number, Kind::String, Kind::Bool, Kind::Date]),
    };
    let mut make = Make { choices, scope, depth };
    if depth == 0 {
        return make.leaf(kind);
    }
    match kind {
        Kind::Number => make.number(),
        Kind::String => make.string(),
        Kind::Bool => make.bool(),
        Kind::Date | Kind::DateTime => make.leaf(kind),
    }
}

struct Make<'m, 'n> {
    choices: &'m mut Choices<'n>,
    scope: &'m Scope,
    depth: usize,
}

impl Make<'_, '_> {
    fn part(&mut self, kind: Kind) -> String {
        // Now and then an expression of another kind.
        let needs = if self.choices.one_in(40) { Needs::Any } else { Needs::Kind(kind) };
        expression(self.choices, self.scope, needs, self.depth - 1)
    }

    fn leaf(&mut self, kind: Kind) -> String {
        if self.choices.one_in(3) {
            return self.constant(kind);
        }
        match self.scope.field(self.choices, kind) {
            Some(field) => {
                let map = self.choices.attribute(12, "mapMissingTo", field.values());
                format!("<FieldRef field=\"{}\"{map}/>", field.name)
            }
            None => self.constant(kind),
        }
    }

    fn constant(&mut self, kind: Kind) -> String {
        if self.choices.one_in(30) {
            let data_type = self.choices.pick(&["double", "string", "integer"]);
            return format!("<Constant dataType=\"{data_type}\" missing=\"true\"/>");
        }
        let (data_type, values): (&str, &[&str]) = match kind {
            Kind::Number => {
                *self.choices.pick(&[("double", NUMBERS), ("integer", INTEGERS), ("float", NUMBERS)])
            }
            Kind::String => ("string", STRINGS),
            Kind::Bool => ("boolean", &["true", "false"]),
            Kind::Date => ("date", DATES),
            Kind::DateTime => ("dateTime", DATE_TIMES),
        };
        format!("<Constant dataType=\"{data_type}\">{}</Constant>", escape(self.choices.pick(values)))
    }

    fn apply(&mut self, function: &str, arguments: &[String]) -> String {
        let mut attributes = String::new();
        if self.choices.one_in(4) {
            attributes += &self.choices.attribute(2, "mapMissingTo", &["0", "1", "-1", "true"]);
            attributes += &self.choices.attribute(2, "defaultValue", &["0", "1", "-1", "true"]);
            let treatments = ["returnInvalid", "asIs", "asMissing"];
            attributes += &self.choices.attribute(4, "invalidValueTreatment", &treatments);
        }
        format!("<Apply function=\"{}\"{attributes}>{}</Apply>", escape(function), arguments.concat())
    }

    fn parts(&mut self, kind: Kind, count: usize) -> Vec<String> {
        (0..count).map(|_| self.part(kind)).collect()
    }

    fn number(&mut self) -> String {
        match self.choices.below(18) {
            0 | 1 => self.leaf(Kind::Number),
            2 | 3 => {
                let function = *self.choices.pick(&["+", "-", "*", "/", "modulo", "pow", "threshold"]);
                let arguments = self.parts(Kind::Number, 2);
                self.apply(function, &arguments)
            }
            4 => {
                let functions = [
                    "abs",
                    "floor",
                    "ceil",
                    "round",
                    "rint",
                    "sqrt",
                    "exp",
                    "ln",
                    "log10",
                    "ln1p",
                    "expm1",
                    "sin",
                    "asin",
                    "sinh",
                    "cos",
                    "acos",
                    "cosh",
                    "tan",
                    "atan",
                    "tanh",
                    "erf",
                    "stdNormalCDF",
                    "stdNormalPDF",
                    "stdNormalIDF",
                ];
                let function = *self.choices.pick(&functions);
                let arguments = self.parts(Kind::Number, 1);
                self.apply(function, &arguments)
            }
            5 => {
                let function = *self.choices.pick(&["min", "max", "sum", "avg", "median", "product"]);
                let count = 1 + self.choices.below(4);
                let arguments = self.parts(Kind::Number, count);
                self.apply(function, &arguments)
            }
            6 | 7 => self.branch(Kind::Number),
            8 => self.norm_continuous(),
            9 => {
                let field = self.scope.any(self.choices);
                let value = escape(self.choices.pick(field.values()));
                let map = self.choices.attribute(3, "mapMissingTo", &["0", "0.5"]);
                format!("<NormDiscrete field=\"{}\" value=\"{value}\"{map}/>", field.name)
            }
            10 => self.discretize(Kind::Number),
            11 => self.map_values(Kind::Number),
            12 => {
                let arguments = self.parts(Kind::String, 1);
                self.apply("stringLength", &arguments)
            }
            13 => {
                let functions = ["hypot", "atan2", "normalCDF", "normalPDF", "normalIDF"];
                let function = *self.choices.pick(&functions);
                let arguments = self.parts(Kind::Number, if function.starts_with("normal") { 3 } else { 2 });
                self.apply(function, &arguments)
            }
            14 => self.text_index(),
            15 => {
                let functions = ["dateDaysSinceYear", "dateSecondsSinceYear"];
                let function = *self.choices.pick(&functions);
                let is_date = function == "dateDaysSinceYear";
                let date = self.part(if is_date { Kind::Date } else { Kind::DateTime });
                self.apply(function, &[date, "<Constant dataType=\"integer\">1960</Constant>".to_owned()])
            }
            16 => match self.scope.functions.is_empty() {
                true => self.leaf(Kind::Number),
                false => {
                    let (function, parameters) = self.choices.pick(&self.scope.functions).clone();
                    let arguments = self.parts(Kind::Number, parameters);
                    self.apply(&function, &arguments)
                }
            },
            // Rarely, because such models remember their rows.
            _ if self.choices.one_in(4) => self.lag(),
            _ => self.leaf(Kind::Number),
        }
    }

    fn string(&mut self) -> String {
        match self.choices.below(13) {
            0 | 1 => self.leaf(Kind::String),
            2 => {
                let function = *self.choices.pick(&["uppercase", "lowercase", "trimBlanks"]);
                let arguments = self.parts(Kind::String, 1);
                self.apply(function, &arguments)
            }
            3 => {
                let mut arguments = self.parts(Kind::String, 1);
                for _ in 0..2 {
                    let number = self.choices.pick(&["1", "2", "0", "-1", "100"]);
                    arguments.push(format!("<Constant dataType=\"integer\">{number}</Constant>"));
                }
                self.apply("substring", &arguments)
            }
            4 | 5 => {
                let kind = *self.choices.pick(&[Kind::String, Kind::Number, Kind::Bool]);
                let mut arguments = self.parts(kind, 1);
                arguments.extend(self.parts(Kind::String, 1));
                self.apply("concat", &arguments)
            }
            6 => {
                let mut arguments = self.parts(Kind::String, 1);
                let pattern = self.choices.pick(&["a", "[a-c]", r"\s+", "(b)", "^$"]);
                let replacement = self.choices.pick(&["x", "", "$0-"]);
                arguments.push(format!("<Constant dataType=\"string\">{pattern}</Constant>"));
                arguments.push(format!("<Constant dataType=\"string\">{replacement}</Constant>"));
                self.apply("replace", &arguments)
            }
            7 => {
                let mut arguments = self.parts(Kind::Number, 1);
                let pattern = self.choices.pick(&["%.2f", "%5d", "%s", "%e"]);
                arguments.push(format!("<Constant dataType=\"string\">{pattern}</Constant>"));
                self.apply("formatNumber", &arguments)
            }
            8 => {
                let mut arguments = self.parts(Kind::Date, 1);
                let pattern = self.choices.pick(&["%Y-%m-%d", "%d.%m.%y", "%B"]);
                arguments.push(format!("<Constant dataType=\"string\">{pattern}</Constant>"));
                self.apply("formatDatetime", &arguments)
            }
            9 | 10 => self.branch(Kind::String),
            11 => self.map_values(Kind::String),
            _ => self.discretize(Kind::String),
        }
    }

    fn bool(&mut self) -> String {
        let kinds = [Kind::Number, Kind::String, Kind::Bool, Kind::Date];
        match self.choices.below(10) {
            0 => self.leaf(Kind::Bool),
            1..=3 => {
                let comparisons =
                    ["equal", "notEqual", "lessThan", "lessOrEqual", "greaterThan", "greaterOrEqual"];
                let function = *self.choices.pick(&comparisons);
                let kind = *self.choices.pick(&kinds);
                let arguments = self.parts(kind, 2);
                self.apply(function, &arguments)
            }
            4 => {
                let function = *self.choices.pick(&["isMissing", "isNotMissing", "isValid", "isNotValid"]);
                let field = self.scope.any(self.choices).name.clone();
                self.apply(function, &[format!("<FieldRef field=\"{field}\"/>")])
            }
            5 => {
                let function = *self.choices.pick(&["isIn", "isNotIn"]);
                let kind = *self.choices.pick(&kinds);
                let mut arguments = self.parts(kind, 1);
                for _ in 0..1 + self.choices.below(3) {
                    arguments.push(self.constant(kind));
                }
                self.apply(function, &arguments)
            }
            6 | 7 => {
                let function = *self.choices.pick(&["and", "or"]);
                let count = 2 + self.choices.below(2);
                let arguments = self.parts(Kind::Bool, count);
                self.apply(function, &arguments)
            }
            8 if self.choices.one_in(2) => {
                let mut arguments = self.parts(Kind::String, 1);
                let pattern = self.choices.pick(&["a", "^[a-c]$", r"\w+", "ä|b"]);
                arguments.push(format!("<Constant dataType=\"string\">{pattern}</Constant>"));
                self.apply("matches", &arguments)
            }
            8 => self.branch(Kind::Bool),
            _ => {
                let arguments = self.parts(Kind::Bool, 1);
                self.apply("not", &arguments)
            }
        }
    }

    fn branch(&mut self, kind: Kind) -> String {
        let mut arguments = self.parts(Kind::Bool, 1);
        let branches = 2 - usize::from(self.choices.one_in(4));
        arguments.extend(self.parts(kind, branches));
        self.apply("if", &arguments)
    }

    fn norm_continuous(&mut self) -> String {
        let Some(field) = self.scope.field(self.choices, Kind::Number) else {
            return self.leaf(Kind::Number);
        };
        let name = field.name.clone();
        let outliers = self.choices.attribute(2, "outliers", &["asIs", "asMissingValues", "asExtremeValues"]);
        let map = self.choices.attribute(4, "mapMissingTo", &["0", "0.5"]);
        let mut xml = format!("<NormContinuous field=\"{name}\"{outliers}{map}>");
        let margins = [("-1", "0"), ("0.5", "1"), ("3", "0.25"), ("609.72", "-1")];
        for (origin, norm) in &margins[..2 + self.choices.below(3)] {
            xml += &format!("<LinearNorm orig=\"{origin}\" norm=\"{norm}\"/>");
        }
        xml + "</NormContinuous>"
    }

    fn discretize(&mut self, kind: Kind) -> String {
        let Some(field) = self.scope.field(self.choices, Kind::Number) else { return self.leaf(kind) };
        let name = field.name.clone();
        let (data_type, values) = data_type(kind);
        let mut xml = format!("<Discretize field=\"{name}\" dataType=\"{data_type}\"");
        xml += &self.choices.attribute(3, "defaultValue", values);
        xml += &self.choices.attribute(3, "mapMissingTo", values);
        xml += ">";
        let margins = ["-1", "0", "0.5", "3", "609.72"];
        for bin in 0..1 + self.choices.below(4) {
            let closure = self.choices.pick(&["openClosed", "closedOpen", "closedClosed", "openOpen"]);
            let value = escape(self.choices.pick(values));
            xml += &format!(
                "<DiscretizeBin binValue=\"{value}\"><Interval closure=\"{closure}\" leftMargin=\"{}\" \
                 rightMargin=\"{}\"/></DiscretizeBin>",
                margins[bin],
                margins[bin + 1]
            );
        }
        xml + "</Discretize>"
    }

    fn map_values(&mut self, kind: Kind) -> String {
        let (data_type, values) = data_type(kind);
        let mut xml = format!("<MapValues outputColumn=\"out\" dataType=\"{data_type}\"");
        xml += &self.choices.attribute(3, "defaultValue", values);
        xml += &self.choices.attribute(3, "mapMissingTo", values);
        xml += ">";
        let mut columns = Vec::new();
        for column in 0..1 + usize::from(self.choices.one_in(3)) {
            let field = self.scope.any(self.choices);
            xml += &format!("<FieldColumnPair field=\"{}\" column=\"c{column}\"/>", field.name);
            columns.push(field.values());
        }
        xml += "<InlineTable>";
        for _ in 0..1 + self.choices.below(4) {
            xml += "<row>";
            for (column, values) in columns.iter().enumerate() {
                xml += &format!("<c{column}>{}</c{column}>", escape(self.choices.pick(values)));
            }
            xml += &format!("<out>{}</out></row>", escape(self.choices.pick(values)));
        }
        xml + "</InlineTable></MapValues>"
    }

    fn text_index(&mut self) -> String {
        let Some(field) = self.scope.field(self.choices, Kind::String) else {
            return self.leaf(Kind::Number);
        };
        let name = field.name.clone();
        let weights = ["termFrequency", "binary", "logarithmic", "augmentedNormalizedTermFrequency"];
        let mut xml = format!("<TextIndex textField=\"{name}\"");
        xml += &self.choices.attribute(2, "localTermWeights", &weights);
        xml += &self.choices.attribute(2, "isCaseSensitive", &["true", "false"]);
        xml += &self.choices.attribute(3, "maxLevenshteinDistance", &["0", "1", "2"]);
        xml += &self.choices.attribute(4, "countHits", &["allHits", "bestHits"]);
        xml += ">";
        let term = self.choices.pick(&["a", "b", "red", "a b", "ä"]);
        xml + &format!("<Constant dataType=\"string\">{term}</Constant></TextIndex>")
    }

    fn lag(&mut self) -> String {
        let Some(field) = self.scope.field(self.choices, Kind::Number) else {
            return self.leaf(Kind::Number);
        };
        let name = field.name.clone();
        let steps = self.choices.pick(&["1", "2", "3"]);
        let aggregate =
            self.choices.attribute(2, "aggregate", &["avg", "max", "median", "min", "sum", "stddev"]);
        format!("<Lag field=\"{name}\" n=\"{steps}\"{aggregate}/>")
    }
}

fn data_type(kind: Kind) -> (&'static str, &'static [&'static str]) {
    match kind {
        Kind::Number => ("double", NUMBERS),
        Kind::String => ("string", STRINGS),
        Kind::Bool => ("boolean", &["true", "false"]),
        Kind::Date => ("date", DATES),
        Kind::DateTime => ("dateTime", DATE_TIMES),
    }
}
