//! Documents that contain strings wherever a document can.

use std::fmt::Write;

/// Returns documents with the strings as names of fields, values, display names, terms, items, messages and labels, for every
/// form of generated source: a single function, a function for each stage, with a scorer and without. The caller must omit
/// strings that are not names and characters that are not allowed in XML, or the compiler rejects the document.
pub fn documents(strings: &[String]) -> Vec<String> {
    let strings: Vec<String> = strings.iter().map(|text| attribute(text)).collect();
    let documents = Documents { strings };
    vec![
        documents.regression(),
        documents.tree(),
        documents.forest(),
        documents.scorer(),
        documents.rules(),
        documents.numbers(&documents.equation()),
        documents.numbers(&documents.splits()),
    ]
}

/// Writes a string as the value of an attribute, or as the content of an element.
fn attribute(text: &str) -> String {
    let mut value = String::new();
    for character in text.chars() {
        if character.is_ascii_alphanumeric() {
            value.push(character);
        } else {
            // Writing to a String cannot fail.
            let _ = write!(value, "&#x{:x};", u32::from(character));
        }
    }
    value
}

struct Documents {
    /// The strings, escaped as attributes.
    strings: Vec<String>,
}

impl Documents {
    /// Returns the string with a number, modulo the number of strings.
    fn text(&self, number: usize) -> &str {
        self.strings.get(number % self.strings.len().max(1)).map_or("", String::as_str)
    }

    /// Concatenates the results of a function of each string's number and the string.
    fn each(&self, write: impl Fn(usize, &str) -> String) -> String {
        self.strings.iter().enumerate().map(|(number, text)| write(number, text)).collect()
    }

    /// Makes a document around a model, with fields named by the strings: fields with even numbers are strings, the others
    /// doubles.
    fn document(&self, target: &str, model: &str) -> String {
        let fields = self.each(|number, text| match number % 2 {
            0 => format!(
                r#"<DataField name="{text}" displayName="{0}" optype="categorical" dataType="string">
                   <Extension name="{text}" value="{0}" extender="{text}"/>{1}</DataField>"#,
                self.text(number + 1),
                self.values(number)
            ),
            _ => format!(
                r#"<DataField name="{text}" displayName="{0}" optype="continuous" dataType="double">
                   <Interval closure="closedOpen" leftMargin="-1e300" rightMargin="{number}"/></DataField>"#,
                self.text(number + 1)
            ),
        });
        format!(
            r#"<PMML xmlns="http://www.dmg.org/PMML-4_4" version="4.4">
               <Header copyright="{0}" description="{1}"><Application name="{2}" version="{0}"/>
               <Annotation>{1}</Annotation><Timestamp>{2}</Timestamp></Header>
               <DataDictionary>{fields}{target}</DataDictionary>{model}</PMML>"#,
            self.text(0),
            self.text(1),
            self.text(2)
        )
    }

    /// Makes values of a field, some with display names, of which one is invalid.
    fn values(&self, number: usize) -> String {
        let count = self.strings.len();
        let mut values = String::new();
        for other in 0..count.min(14) {
            let property = if other == 13 { r#" property="invalid""# } else { "" };
            let _ = write!(
                values,
                r#"<Value value="{}" displayValue="{}"{property}/>"#,
                self.text(number + other),
                self.text(number + other + 1)
            );
        }
        values
    }

    /// Makes mining fields for all fields.
    fn schema(&self, target: &str) -> String {
        let fields = self.each(|number, text| {
            let treatment = ["returnInvalid", "asIs", "asMissing"][number % 3];
            match number % 4 {
                0 => format!(
                    r#"<MiningField name="{text}" invalidValueTreatment="asIs" missingValueReplacement="{}"/>"#,
                    self.text(number + 3)
                ),
                _ => format!(r#"<MiningField name="{text}" invalidValueTreatment="{treatment}"/>"#),
            }
        });
        format!(r#"<MiningSchema>{fields}<MiningField name="{target}" usageType="target"/></MiningSchema>"#)
    }

    /// Makes output fields named by the strings, with constants and fields as values. A mark at the end keeps them
    /// apart from the inputs, and is lost in identifiers.
    fn output(&self, first: &str) -> String {
        let fields = self.each(|number, text| {
            let shown = self.text(number + 2);
            match number % 3 {
                0 => format!(
                    r#"<OutputField name="{text}!" displayName="{shown}" optype="categorical" dataType="string"
                       feature="transformedValue"><Constant dataType="string">{shown}</Constant></OutputField>"#
                ),
                1 => format!(
                    r#"<OutputField name="{text}!" displayName="{shown}" optype="continuous" dataType="double"
                       feature="transformedValue"><Constant dataType="double">{number}</Constant></OutputField>"#
                ),
                _ => format!(
                    r#"<OutputField name="{text}!" displayName="{shown}" optype="categorical" dataType="string"
                       feature="transformedValue"><Apply function="if"><Apply function="equal">
                       <FieldRef field="{0}"/><Constant dataType="string">{shown}</Constant></Apply>
                       <Constant dataType="string">{text}</Constant><FieldRef field="{0}"/></Apply></OutputField>"#,
                    self.text(number - number % 2)
                ),
            }
        });
        format!("<Output>{first}{fields}</Output>")
    }

    /// Makes a model that is a single function: a regression with derived fields and verification rows.
    fn regression(&self) -> String {
        let derived = self.each(|number, text| {
            format!(
                r#"<DerivedField name="{text}?" displayName="{}" optype="continuous" dataType="double">
                   <NormDiscrete field="{}" value="{text}"/></DerivedField>"#,
                self.text(number + 1),
                self.text(number - number % 2)
            )
        });
        let numbers = self.each(|number, text| match number % 2 {
            1 => format!(r#"<NumericPredictor name="{text}" coefficient="{number}"/>"#),
            _ => format!(r#"<NumericPredictor name="{text}?" coefficient="0.5"/>"#),
        });
        let values = self.each(|number, text| match number % 2 {
            0 => format!(
                r#"<CategoricalPredictor name="{text}" value="{}" coefficient="1"/>"#,
                self.text(number + 1)
            ),
            _ => String::new(),
        });
        let verified = self.each(|number, text| {
            format!(
                r#"<VerificationField field="{text}" column="c{number}" precision="INF" zeroThreshold="0"/>"#
            )
        });
        let cells = self.each(|number, text| match number % 2 {
            0 => format!("<c{number}>{text}</c{number}>"),
            _ => String::new(),
        });
        let (schema, output, name) = (self.schema("y"), self.output(""), self.text(0));
        self.document(
            r#"<DataField name="y" optype="continuous" dataType="double"/>"#,
            &format!(
                r#"<RegressionModel modelName="{name}" algorithmName="{name}" functionName="regression">{schema}
                   {output}<LocalTransformations>{derived}</LocalTransformations>
                   <ModelVerification recordCount="1" fieldCount="{}"><VerificationFields>{verified}
                   </VerificationFields><InlineTable><row>{cells}</row></InlineTable></ModelVerification>
                   <RegressionTable intercept="1">{numbers}{values}</RegressionTable></RegressionModel>"#,
                self.strings.len()
            ),
        )
    }

    /// Makes nodes of a tree that split on all fields.
    fn nodes(&self, score: impl Fn(usize) -> String) -> String {
        self.each(|number, text| {
            let predicate = match number % 4 {
                0 => format!(
                    r#"<SimplePredicate field="{text}" operator="equal" value="{}"/>"#,
                    self.text(number + 1)
                ),
                2 => format!(
                    r#"<SimpleSetPredicate field="{text}" booleanOperator="isIn"><Array type="string" n="2">
                       "one" "two"</Array></SimpleSetPredicate>"#
                ),
                _ => {
                    format!(r#"<SimplePredicate field="{text}" operator="lessThan" value="0.{number}"/>"#)
                }
            };
            format!(r#"<Node id="{text}" score="{}">{predicate}</Node>"#, score(number))
        })
    }

    /// Makes a classification whose labels are the strings.
    fn tree(&self) -> String {
        let nodes = self.nodes(|number| self.text(number + 1).to_owned());
        let labels = self.each(|number, text| {
            format!(r#"<Value value="{text}" displayValue="{}"/>"#, self.text(number + 1))
        });
        let first = r#"<OutputField name="label" optype="categorical" dataType="string"
               feature="predictedDisplayValue"/>
               <OutputField name="node" optype="categorical" dataType="string" feature="entityId"/>"#;
        let (schema, output, name) = (self.schema("y y"), self.output(first), self.text(0));
        self.document(
            &format!(
                r#"<DataField name="y y" displayName="{name}" optype="categorical" dataType="string">{labels}
                   </DataField>"#
            ),
            &format!(
                r#"<TreeModel modelName="{name}" functionName="classification" splitCharacteristic="multiSplit"
                   missingValueStrategy="defaultChild">{schema}{output}
                   <Node id="root" score="{name}" defaultChild="{name}"><True/>{nodes}</Node></TreeModel>"#
            ),
        )
    }

    /// Makes a model with a function for each stage: a forest that is too large to be compiled to branches.
    fn forest(&self) -> String {
        let schema = self.schema("y");
        let nodes = self.nodes(|number| format!("{number}"));
        let trees: String = (0..(96 / self.strings.len().max(1)).max(2))
            .map(|tree| {
                format!(
                    r#"<Segment id="{0} {tree}"><True/><TreeModel modelName="{0}" functionName="regression"
                       splitCharacteristic="multiSplit" noTrueChildStrategy="returnLastPrediction">{schema}
                       <Node score="{tree}"><True/>{nodes}</Node></TreeModel></Segment>"#,
                    self.text(tree)
                )
            })
            .collect();
        let name = self.text(1);
        let output = self.output("");
        self.document(
            r#"<DataField name="y" optype="continuous" dataType="double"/>"#,
            &format!(
                r#"<MiningModel modelName="{name}" functionName="regression">{schema}{output}
                   <Segmentation multipleModelMethod="sum">{trees}</Segmentation></MiningModel>"#
            ),
        )
    }

    /// Makes a model with a scorer: strings are concatenated, looked up and searched.
    fn scorer(&self) -> String {
        let rows = self.each(|number, text| {
            format!("<row><key>{text}</key><made>{}</made></row>", self.text(number + 1))
        });
        let derived = self.each(|number, text| match number % 2 {
            0 if number % 16 != 0 => format!(
                r#"<DerivedField name="{text}?" displayName="{0}" optype="categorical" dataType="string">
                   <Apply function="concat"><FieldRef field="{text}"/><Constant dataType="string">{0}</Constant>
                   </Apply></DerivedField>"#,
                self.text(number + 1)
            ),
            0 => format!(
                r#"<DerivedField name="{text}?" displayName="{0}" optype="categorical" dataType="string">
                   <Apply function="concat"><FieldRef field="{text}"/><Constant dataType="string">{0}</Constant>
                   <MapValues outputColumn="made" defaultValue="{0}" dataType="string">
                   <FieldColumnPair field="{text}" column="key"/><InlineTable>{rows}</InlineTable></MapValues>
                   </Apply></DerivedField>"#,
                self.text(number + 1)
            ),
            _ => format!(
                r#"<DerivedField name="{text}?" optype="continuous" dataType="double">
                   <TextIndex textField="{0}"><Constant dataType="string">x</Constant></TextIndex></DerivedField>"#,
                self.text(number - 1)
            ),
        });
        let shown = self.each(|number, text| {
            let ty = if number % 2 == 0 { "string" } else { "double" };
            format!(
                r#"<OutputField name="{text}!" optype="categorical" dataType="{ty}" feature="transformedValue">
                   <FieldRef field="{text}?"/></OutputField>"#
            )
        });
        let (schema, name) = (self.schema("y"), self.text(2));
        self.document(
            r#"<DataField name="y" optype="continuous" dataType="double"/>"#,
            &format!(
                r#"<RegressionModel modelName="{name}" functionName="regression">{schema}<Output>{shown}</Output>
                   <LocalTransformations>{derived}</LocalTransformations>
                   <RegressionTable intercept="1"/></RegressionModel>"#
            ),
        )
    }

    /// Makes a document with only numeric fields, which needs no allocator.
    fn numbers(&self, model: &str) -> String {
        let fields = self.each(|number, text| {
            format!(
                r#"<DataField name="{text}" displayName="{}" optype="continuous" dataType="double"/>"#,
                self.text(number + 1)
            )
        });
        format!(
            r#"<PMML xmlns="http://www.dmg.org/PMML-4_4" version="4.4"><Header/><DataDictionary>{fields}
               <DataField name="y" optype="continuous" dataType="double"/></DataDictionary>{model}</PMML>"#
        )
    }

    /// Makes mining fields of numbers, of which some are checked, and output fields of numbers.
    fn schema_of_numbers(&self) -> String {
        let fields = self.each(|number, text| {
            let treatment = ["returnInvalid", "asIs", "asMissing"][number % 3];
            format!(r#"<MiningField name="{text}" invalidValueTreatment="{treatment}"/>"#)
        });
        format!(r#"<MiningSchema>{fields}<MiningField name="y" usageType="target"/></MiningSchema>"#)
    }

    fn output_of_numbers(&self) -> String {
        let fields = self.each(|number, text| {
            format!(
                r#"<OutputField name="{text}!" displayName="{}" optype="continuous" dataType="double"
                   feature="transformedValue"><FieldRef field="{text}"/></OutputField>"#,
                self.text(number + 2)
            )
        });
        format!("<Output>{fields}</Output>")
    }

    fn equation(&self) -> String {
        let (schema, output, name) = (self.schema_of_numbers(), self.output_of_numbers(), self.text(0));
        let terms =
            self.each(|number, text| format!(r#"<NumericPredictor name="{text}" coefficient="{number}"/>"#));
        format!(
            r#"<RegressionModel modelName="{name}" functionName="regression">{schema}{output}
               <RegressionTable intercept="1">{terms}</RegressionTable></RegressionModel>"#
        )
    }

    fn splits(&self) -> String {
        let (schema, output, name) = (self.schema_of_numbers(), self.output_of_numbers(), self.text(0));
        let nodes = self.each(|number, text| {
            format!(
                r#"<Node score="{number}"><SimplePredicate field="{text}" operator="lessThan" value="{number}"/>
                   </Node>"#
            )
        });
        let trees: String = (0..(96 / self.strings.len().max(1)).max(2))
            .map(|tree| {
                format!(
                    r#"<Segment><True/><TreeModel functionName="regression" splitCharacteristic="multiSplit"
                       noTrueChildStrategy="returnLastPrediction">{schema}<Node score="{tree}"><True/>{nodes}
                       </Node></TreeModel></Segment>"#
                )
            })
            .collect();
        format!(
            r#"<MiningModel modelName="{name}" functionName="regression">{schema}{output}
               <Segmentation multipleModelMethod="sum">{trees}</Segmentation></MiningModel>"#
        )
    }

    /// Makes a document with lists: association rules.
    fn rules(&self) -> String {
        let items = self.each(|number, text| {
            format!(r#"<Item id="{number}" value="{text}" mappedValue="{}"/>"#, self.text(number + 1))
        });
        let sets = self.each(|number, _| {
            format!(r#"<Itemset id="s{number}" numberOfItems="1"><ItemRef itemRef="{number}"/></Itemset>"#)
        });
        let rules = self.each(|number, text| {
            format!(
                r#"<AssociationRule id="{text}" antecedent="s{number}" consequent="s{}" support="0.5"
                   confidence="0.9" lift="1"/>"#,
                (number + 1) % self.strings.len()
            )
        });
        let (group, item, count) = (self.text(0), self.text(2), self.strings.len());
        format!(
            r#"<PMML xmlns="http://www.dmg.org/PMML-4_4" version="4.4"><Header/><DataDictionary>
               <DataField name="{group}" optype="categorical" dataType="string"/>
               <DataField name="{item}" displayName="{group}" optype="categorical" dataType="string"/>
               </DataDictionary><AssociationModel modelName="{item}" functionName="associationRules"
               numberOfTransactions="2" numberOfItems="{count}" minimumSupport="0.1" minimumConfidence="0.1"
               numberOfItemsets="{count}" numberOfRules="{count}"><MiningSchema>
               <MiningField name="{group}" usageType="group"/><MiningField name="{item}"/></MiningSchema>
               <Output><OutputField name="{item}!" displayName="{group}" optype="categorical" dataType="string"
               feature="ruleValue" ruleFeature="rule" rank="1"/>
               <OutputField name="{item}?" optype="categorical" dataType="string"
               feature="ruleValue" ruleFeature="ruleId" rank="1"/></Output>{items}{sets}{rules}
               </AssociationModel></PMML>"#
        )
    }
}
