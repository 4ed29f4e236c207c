//! Outlines: the descriptive parts of a document, for people and programs that inspect it.
//!
//! An outline can be read from any well-formed document, even one that is invalid or cannot be scored. It keeps the
//! elements that describe (header, fields, transformations, models with their schemas, targets and outputs), with all
//! their attributes as written, and counts the others. So it shares only the markup reader with the typed
//! [`Document`](super::Document), and does not refuse what its readers refuse.
//!
//! Its memory is bounded: at most a million elements are kept, nested at most 100 deep, and others are counted.

use super::limits::Limits;
use super::markup::{Markup, Piece};
use super::model::Model;
use super::quoted::quoted;
use super::source::Source;
use super::{Name, Position};
use crate::error::{Error, Result};
use std::collections::{HashMap, HashSet};
use std::io::Read;

/// Maximum number of elements kept.
const KEPT: usize = 1_000_000;
/// Maximum nesting of elements kept: 30 models, as readers allow, are three elements each.
const DEPTH: usize = 100;
/// Maximum number of element names counted separately.
const COUNTED: usize = 100;
/// Maximum number of fields of an expression that are named.
const FIELDS: usize = 100;
/// Maximum length of a text in bytes.
const TEXT: usize = 4_000;

/// The descriptive parts of a document.
#[derive(Clone, Debug)]
pub struct Outline {
    /// The element `PMML`.
    pub root: Element,
    /// Number of elements omitted because there were too many, or nested too deep.
    pub omitted: u64,
}

/// An element that was kept.
#[derive(Clone, Debug)]
pub struct Element {
    /// Its name.
    pub name: Name,
    /// Its position.
    pub position: Position,
    /// Its attributes, in order.
    pub attributes: Vec<(Name, Name)>,
    /// The elements inside that were kept.
    pub children: Vec<Element>,
    /// The number of other elements inside, at any depth, by name, in order of first appearance.
    pub counts: Vec<(Name, u64)>,
    /// The fields that an expression reads.
    pub fields: Vec<Name>,
    /// Its text, for elements whose text is descriptive.
    pub text: String,
}

impl Element {
    /// Returns the value of an attribute.
    pub fn attribute(&self, name: &str) -> Option<&str> {
        let found = self.attributes.iter().find(|(known, _)| *known == *name);
        found.map(|(_, value)| value.as_str())
    }

    /// Returns the children with a name.
    pub fn children<'e>(&'e self, name: &'e str) -> impl Iterator<Item = &'e Element> + Clone {
        self.children.iter().filter(move |child| child.name == *name)
    }

    /// Returns the first child with a name.
    pub fn child(&self, name: &str) -> Option<&Element> {
        self.children.iter().find(|child| child.name == *name)
    }

    /// Returns the models directly inside.
    pub fn models(&self) -> impl Iterator<Item = &Element> + Clone {
        self.children.iter().filter(|child| child.is_model())
    }

    /// Returns whether the element is a model, embedded or not.
    pub fn is_model(&self) -> bool {
        is_model(&self.name)
    }

    /// Returns the number of elements with a name inside, at any depth, that were not kept.
    pub fn count(&self, name: &str) -> u64 {
        self.counts.iter().find(|(known, _)| *known == *name).map_or(0, |(_, count)| *count)
    }
}

impl Outline {
    /// Reads the outline of a document.
    ///
    /// # Errors
    /// Fails if the document cannot be read, is not well formed, exceeds a limit, or has another root than `PMML`.
    pub fn read(reader: impl Read, limits: &Limits) -> Result<Self> {
        Self::read_most(reader, limits, KEPT)
    }

    /// Reads the outline of a document, keeping at most `most` elements.
    fn read_most(reader: impl Read, limits: &Limits, most: usize) -> Result<Self> {
        let mut xml = Markup::new(Source::new(reader, *limits)?, *limits);
        let root = xml.root()?;
        if root != "PMML" {
            let message = format!("this is not a PMML document: its root element is `{}`", quoted(&root));
            return Err(Error::invalid(xml.position(), &*root, message));
        }
        let mut reader = OutlineReader { remaining: most, depth: 0, omitted: 0 };
        let root = reader.element(&mut xml, false)?;
        xml.finish()?;
        Ok(Outline { root, omitted: reader.omitted })
    }
}

/// Returns whether elements with a name are models, embedded or not.
fn is_model(name: &str) -> bool {
    Model::is(name) || matches!(name, "Regression" | "DecisionTree")
}

/// Returns whether a child is kept as descriptive.
fn is_kept(parent: &str, child: &str) -> bool {
    match parent {
        "PMML" => matches!(child, "Header" | "DataDictionary" | "TransformationDictionary"),
        "Header" => matches!(child, "Application" | "Timestamp" | "Annotation"),
        "DataDictionary" => child == "DataField",
        "DataField" => matches!(child, "Value" | "Interval"),
        "TransformationDictionary" | "LocalTransformations" => {
            matches!(child, "DefineFunction" | "DerivedField")
        }
        // The expression or predicate, whose first element says what it is.
        "DefineFunction" | "DerivedField" | "OutputField" | "Segment" => true,
        "MiningSchema" => child == "MiningField",
        "Targets" => child == "Target",
        "Target" => child == "TargetValue",
        "Output" => child == "OutputField",
        "Decisions" => child == "Decision",
        "ModelVerification" => matches!(child, "VerificationFields" | "InlineTable"),
        "VerificationFields" => child == "VerificationField",
        "Segmentation" => matches!(child, "Segment" | "LocalTransformations"),
        parent if is_model(parent) => matches!(
            child,
            "MiningSchema"
                | "Output"
                | "Targets"
                | "LocalTransformations"
                | "ModelVerification"
                | "Segmentation"
                | "ResultField"
        ),
        _ => false,
    }
}

/// Returns whether a child is an expression or predicate, whose fields are collected.
fn is_expression(parent: &str, child: &str) -> bool {
    !is_model(child) && matches!(parent, "DefineFunction" | "DerivedField" | "OutputField" | "Segment")
}

struct OutlineReader {
    /// Number of further elements that may be kept.
    remaining: usize,
    /// Number of open elements that are kept.
    depth: usize,
    omitted: u64,
}

/// The counts of the element that is being read.
#[derive(Default)]
struct Tally {
    /// The index of each name among the counts.
    numbers: HashMap<Name, usize>,
    /// The fields, if they are wanted.
    fields: Option<HashSet<Name>>,
}

impl OutlineReader {
    /// Reads the element whose start tag was read, with the fields that it reads if it is an expression.
    fn element(&mut self, xml: &mut Markup<'_>, is_expression: bool) -> Result<Element> {
        let mut element = Element {
            name: xml.element(),
            position: xml.position(),
            attributes: xml.all_attributes(),
            children: Vec::new(),
            counts: Vec::new(),
            fields: Vec::new(),
            text: String::new(),
        };
        self.remaining = self.remaining.saturating_sub(1);
        self.depth += 1;
        let has_text = matches!(&*element.name, "Timestamp" | "Annotation" | "Constant");
        let mut tally = Tally { fields: is_expression.then(HashSet::new), ..Tally::default() };
        if let Some(field) = element.attribute("field").map(Name::from) {
            tally.add_field(&mut element, field);
        }
        while let Some(piece) = xml.piece()? {
            match piece {
                Piece::Text(text) if has_text => {
                    let rest = TEXT.saturating_sub(element.text.len());
                    element.text.push_str(&text[..text.floor_char_boundary(rest)]);
                }
                Piece::Text(_) => {}
                Piece::Start(name) if name == "Extension" => {
                    tally.add(&mut element, name);
                    xml.skip()?;
                }
                Piece::Start(name) if is_kept(&element.name, &name) || is_model(&name) => {
                    let is_expression = self::is_expression(&element.name, &name);
                    self.child(xml, &mut element, is_expression)?;
                }
                Piece::Start(name) => self.count(xml, &mut element, &mut tally, name)?,
            }
        }
        self.depth -= 1;
        Ok(element)
    }

    /// Keeps a child, or counts it as omitted if a limit is reached.
    fn child(&mut self, xml: &mut Markup<'_>, parent: &mut Element, is_expression: bool) -> Result<()> {
        if self.remaining == 0 || self.depth >= DEPTH {
            self.omitted += 1;
            return xml.skip();
        }
        parent.children.push(self.element(xml, is_expression)?);
        Ok(())
    }

    /// Counts the element whose start tag was read, and those inside of it. Models inside are kept.
    fn count(
        &mut self,
        xml: &mut Markup<'_>,
        parent: &mut Element,
        tally: &mut Tally,
        name: Name,
    ) -> Result<()> {
        let mut depth = 0;
        let mut next = Some(Piece::Start(name));
        loop {
            match next {
                Some(Piece::Start(name)) if name == "Extension" => {
                    tally.add(parent, name);
                    xml.skip()?;
                }
                Some(Piece::Start(name)) if is_model(&name) => self.child(xml, parent, false)?,
                Some(Piece::Start(name)) => {
                    depth += 1;
                    tally.add(parent, name);
                    if tally.fields.is_some()
                        && let Some(field) = xml.attribute_text("field").map(Name::from)
                    {
                        tally.add_field(parent, field);
                    }
                }
                Some(Piece::Text(_)) => {}
                None => depth -= 1,
            }
            if depth == 0 {
                return Ok(());
            }
            next = xml.piece()?;
        }
    }
}

impl Tally {
    /// Records a field that the expression reads, once, up to the limit.
    fn add_field(&mut self, element: &mut Element, field: Name) {
        if let Some(fields) = &mut self.fields
            && fields.len() < FIELDS
            && fields.insert(field.clone())
        {
            element.fields.push(field);
        }
    }

    /// Counts an element by its name.
    fn add(&mut self, element: &mut Element, name: Name) {
        if let Some(number) = self.numbers.get(&name) {
            element.counts[*number].1 += 1;
        } else if element.counts.len() < COUNTED {
            self.numbers.insert(name.clone(), element.counts.len());
            element.counts.push((name, 1));
        } else if let Some((_, count)) = element.counts.last_mut() {
            // Names beyond the limit are counted under the last one.
            *count += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outline(content: &str, most: usize) -> Outline {
        let document =
            format!(r#"<p:PMML xmlns:p="http://www.dmg.org/PMML-4_4" version="4.4">{content}</p:PMML>"#);
        Outline::read_most(document.as_bytes(), &Limits::default(), most)
            .expect("the document is well formed")
    }

    #[test]
    fn elements_that_describe_are_kept_and_others_counted() {
        let outline = outline(
            r#"<TreeModel modelName="t" odd="&lt;1&gt;">
              <Extension><Node/></Extension>
              <Node><True/><Node><SimplePredicate field="x"/></Node>
                <Node><Regression functionName="regression"><RegressionTable/></Regression></Node>
              </Node>
            </TreeModel>"#,
            KEPT,
        );
        assert_eq!(outline.root.attributes.len(), 1);
        let tree = outline.root.child("TreeModel").unwrap();
        assert_eq!(tree.attribute("odd"), Some("<1>"));
        assert_eq!((tree.position.line, tree.count("Node"), tree.count("RegressionTable")), (1, 3, 0));
        assert_eq!(tree.count("Extension"), 1);
        assert!(tree.fields.is_empty());
        let inside: Vec<_> =
            tree.models().map(|model| (model.name.as_str(), model.count("RegressionTable"))).collect();
        assert_eq!(inside, [("Regression", 1)]);
    }

    #[test]
    fn expressions_name_the_fields_that_they_read() {
        let outline = outline(
            r#"<TransformationDictionary>
              <DerivedField name="d"><Apply function="+"><FieldRef field="b"/><Apply><FieldRef field="a"/><FieldRef field="b"/></Apply></Apply></DerivedField>
              <DerivedField name="n"><NormContinuous field="x"><LinearNorm orig="0" norm="0"/></NormContinuous></DerivedField>
            </TransformationDictionary>"#,
            KEPT,
        );
        let dictionary = outline.root.child("TransformationDictionary").unwrap();
        let fields: Vec<&[Name]> =
            dictionary.children.iter().map(|field| &*field.children[0].fields).collect();
        assert_eq!(fields, [&["b".into(), "a".into()], &["x".into()] as &[Name]]);
    }

    #[test]
    fn too_many_elements_are_left_out() {
        let outline = outline(&format!("<DataDictionary>{}</DataDictionary>", "<DataField/>".repeat(10)), 5);
        assert_eq!(outline.root.children[0].children.len(), 3);
        assert_eq!(outline.omitted, 7);
    }

    #[test]
    fn names_of_elements_are_counted_up_to_a_limit() {
        let names: String = (0..2 * COUNTED).map(|number| format!("<n{number}/>")).collect();
        let outline = outline(&names, KEPT);
        assert_eq!(outline.root.counts.len(), COUNTED);
        assert_eq!(outline.root.counts[COUNTED - 1].1, 1 + COUNTED as u64);
    }
}
