//! Tests of malformed and hostile documents: each is refused, quickly and in bounded memory, with a clear message.

use super::{at, document, error, pmml};
use crate::document::{Document, Limits, read, read_str};
use crate::error::{Error, Position};
use std::io::{self, Read};
use std::iter::repeat_n;

fn refusal(text: &str) -> Error {
    read_str(text).expect_err("the document is wrong")
}

fn syntax(text: &str) -> (Option<Position>, String) {
    match refusal(text) {
        Error::Syntax { position, message } => (Some(position), message),
        other => panic!("a syntax error was expected, not {other:?}"),
    }
}

/// Returns a reader of text of any length, generated as it is read.
fn endless(before: &str, part: &str, times: usize, after: &str) -> impl Read {
    let parts =
        [before.to_owned()].into_iter().chain(repeat_n(part.to_owned(), times)).chain([after.to_owned()]);
    struct Parts<I>(I, io::Cursor<String>);
    impl<I: Iterator<Item = String>> Read for Parts<I> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            loop {
                match (self.1.read(buffer)?, buffer.len()) {
                    (0, 1..) => match self.0.next() {
                        Some(part) => self.1 = io::Cursor::new(part),
                        None => return Ok(0),
                    },
                    (read, _) => return Ok(read),
                }
            }
        }
    }
    Parts(parts, io::Cursor::default())
}

fn limit(input: impl Read) -> String {
    match read(input, &Limits::default()) {
        Err(Error::Limit { message, .. }) => message,
        other => panic!("a limit should have been passed, not {other:?}"),
    }
}

const SMALL: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<PMML xmlns="http://www.dmg.org/PMML-4_4" version="4.4">
  <Header copyright="&#169; you &amp; me"/>
  <DataDictionary>
    <DataField name="x" optype="continuous" dataType="double"><Interval closure="closedOpen" leftMargin="0"/></DataField>
  </DataDictionary>
  <!-- a comment --><?a processing instruction?>
  <TreeModel functionName="regression" missingValueStrategy="defaultChild">
    <MiningSchema><MiningField name="x"/></MiningSchema>
    <Node id="1" score="0" defaultChild="2"><True/>
      <Node id="2" score="1"><SimplePredicate field="x" operator="lessThan" value="1E1"/></Node>
      <Node id="3" score="2"><SimpleSetPredicate field="x" booleanOperator="isIn"><Array type="string">a "b \"c\""</Array>
      </SimpleSetPredicate></Node>
    </Node>
  </TreeModel>
</PMML>
"#;

#[test]
fn the_small_document_is_correct() {
    read_str(SMALL).expect("a correct document");
}

#[test]
fn every_truncation_is_an_error() {
    let end = SMALL.trim_end().len();
    for length in (0..end).filter(|length| SMALL.is_char_boundary(*length)) {
        assert!(read_str(&SMALL[..length]).is_err(), "cut at {length}");
    }
}

#[test]
fn a_truncated_document_names_what_is_open() {
    let (position, message) = syntax("<PMML version='4.4'>\n  <DataDictionary>\n    ");
    assert_eq!(message, "the document ends inside of `DataDictionary`, which begins at 2:3");
    assert_eq!(position, Some(at(3, 5)));
}

/// Tests that the result of changing any byte is a document or an error, never a panic.
#[test]
fn no_change_of_a_byte_panics() {
    let mut state = 1_u64;
    let mut random = |below: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize % below
    };
    let mut accepted = 0;
    for _ in 0..20_000 {
        let mut bytes = SMALL.as_bytes().to_vec();
        for _ in 0..=random(3) {
            let (from, to) = (random(bytes.len()), random(bytes.len()));
            match random(4) {
                0 => bytes[to] = random(256) as u8,
                1 => bytes[to] = bytes[from],
                2 => drop(bytes.drain(from.min(to)..from.max(to))),
                _ => bytes.insert(to, b"<>&;\"'/=! "[random(10)]),
            }
        }
        accepted += usize::from(read(&*bytes, &Limits::default()).is_ok());
    }
    assert!(accepted > 0, "some changes are harmless");
}

#[test]
fn nothing_to_read() {
    assert_eq!(syntax("").1, "the document is empty: there is no element in it");
    assert_eq!(syntax("  \n ").1, "the document is empty: there is no element in it");
    assert_eq!(syntax("{\"a\": 1}").1, "this is not an XML document: there is text before the first element");
    assert_eq!(refusal("<html/>").message(), "this is not a PMML document: its root element is `html`");
}

#[test]
fn more_than_one_root() {
    let text = pmml("") + "<PMML/>";
    assert_eq!(syntax(&text).1, "there is content after the end of the root element");
    assert!(read_str(&(pmml("") + "text")).is_err());
    assert!(read_str(&(pmml("") + "\n<!-- a comment -->\n")).is_ok());
}

#[test]
fn a_nul_byte() {
    let (position, message) = syntax("<PMML version='4.4'>\n <Header copyright='\0'/>");
    assert_eq!(message, "the character U+0000 is not allowed in XML");
    assert_eq!(position, Some(at(2, 21)));
    assert_eq!(syntax("<PMML version='&#0;'/>").1, "`&#0;` is not a character of XML");
}

#[test]
fn tags_that_do_not_match() {
    let (position, message) = syntax("<PMML version='4.4'>\n<Header>\n</Haeder></PMML>");
    assert_eq!(message, "ill-formed document: expected `</Header>`, but `</Haeder>` was found");
    assert_eq!(position, Some(at(3, 1)));
}

#[test]
fn an_attribute_twice() {
    let (position, message) = syntax("<PMML version='4.4'>\n  <Header copyright='1' copyright='2'/></PMML>");
    assert!(message.starts_with("the start tag of `Header` is malformed: "), "{message}");
    assert!(message.contains("duplicated"), "{message}");
    assert_eq!(position, Some(at(2, 3)));
}

#[test]
fn bytes_that_are_not_text() {
    let Err(Error::Syntax { message, .. }) = read(&b"<PMML version='\xff\xff'/>"[..], &Limits::default())
    else {
        panic!("a syntax error was expected");
    };
    assert!(message.contains("UTF-8"), "{message}");
}

#[test]
fn an_input_that_fails() {
    struct Broken;
    impl Read for Broken {
        fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
            Err(io::Error::other("the disk is on fire"))
        }
    }
    let in_the_middle = SMALL.as_bytes()[..700].chain(Broken);
    for error in [read(Broken, &Limits::default()), read(in_the_middle, &Limits::default())] {
        assert!(matches!(&error, Err(Error::Io(_))), "{error:?}");
        assert!(error.expect_err("an error").to_string().contains("the disk is on fire"));
    }
}

#[test]
fn entities_are_not_expanded() {
    let declared = "a DOCTYPE with declarations is not supported; remove it";
    let mut bomb = String::from("<!DOCTYPE PMML [<!ENTITY a0 \"ha\">");
    for level in 1..30 {
        let (this, last) = (level, level - 1);
        bomb += &format!("<!ENTITY a{this} \"&a{last};&a{last};&a{last};&a{last};\">");
    }
    bomb += "]><PMML version='4.4'><Header copyright='&a29;'/></PMML>";
    assert_eq!(syntax(&bomb).1, declared);
    let external = "<!DOCTYPE PMML [<!ENTITY x SYSTEM \"file:///etc/passwd\">]><PMML version='4.4'/>";
    assert_eq!(syntax(external).1, declared);
    assert_eq!(syntax("<PMML version='&x;'/>").1, "the entity `&x;` is not declared");
    let in_text = pmml(
        "<TransformationDictionary><DerivedField name='x' optype='continuous' dataType='double'><Constant>&x;</Constant></DerivedField></TransformationDictionary>",
    );
    assert_eq!(syntax(&in_text).1, "the entity `&x;` is not declared");
    // Without declarations it is harmless.
    assert!(read_str(&format!("<!DOCTYPE PMML SYSTEM \"pmml.dtd\">\n{}", pmml(""))).is_ok());
}

#[test]
fn an_attribute_of_50_megabytes() {
    let megabyte = "x".repeat(1 << 20);
    let start = "<PMML version='4.4'>\n<Header copyright='";
    assert_eq!(
        limit(endless(start, &megabyte, 50, "'/></PMML>")),
        "a tag, comment or text is longer than the limit of 16777216 bytes"
    );
    for start in
        ["<PMML><!--", "<PMML><![CDATA[", "<!DOCTYPE ", "<PMML>", "<PMML>&", "<?", "<", "</", "<PMML a"]
    {
        assert!(read(endless(start, &megabyte, 50, ""), &Limits::default()).is_err(), "{start}");
    }
    // A text that consists of small pieces is limited too.
    let start = "<PMML version='4.4'><DataDictionary/><TransformationDictionary>\
                 <DerivedField name='x' optype='categorical' dataType='string'><Constant>";
    let pieces = "x&amp;<!-- -->".repeat(1 << 16);
    assert_eq!(limit(endless(start, &pieces, 200, "")), "a text is longer than the limit of 16777216 bytes");
}

#[test]
fn elements_200_000_deep() {
    let tree = "<PMML version='4.4'><DataDictionary/><TreeModel functionName='regression'><MiningSchema/>";
    let deep = "elements are more than 10000 deep, which is the limit";
    assert_eq!(limit(endless("<PMML version='4.4'>", "<a>", 200_000, "")), deep);
    assert_eq!(limit(endless(tree, "<Node><True/>", 200_000, "")), deep);
    assert_eq!(limit(endless("<PMML version='4.4'>", "<Extension>", 200_000, "")), deep);

    let nested = "more than 200 expressions or predicates are inside one another";
    let models = "more than 30 models are inside one another";
    let apply = "<PMML version='4.4'><DataDictionary/><TransformationDictionary>\
                 <DerivedField name='x' optype='continuous' dataType='double'>";
    assert_eq!(limit(endless(apply, "<Apply function='+'>", 200_000, "")), nested);
    let node = format!("{tree}<Node>");
    assert_eq!(limit(endless(&node, "<CompoundPredicate booleanOperator='and'>", 200_000, "")), nested);
    let model =
        "<MiningModel functionName='regression'><Segmentation multipleModelMethod='sum'><Segment><True/>";
    assert_eq!(limit(endless("<PMML version='4.4'><DataDictionary/>", model, 200_000, "")), models);
    let embedded = "<Node><DecisionTree functionName='regression'>";
    assert_eq!(limit(endless(tree, embedded, 200_000, "")), models);
}

#[test]
fn a_tree_may_be_deep() {
    let depth = 9_000;
    let open = "<Node><True/>".repeat(depth);
    let close = "</Node>".repeat(depth);
    let text = format!("<TreeModel functionName='regression'><MiningSchema/>{open}{close}</TreeModel>");
    assert_eq!(document(&text).models.len(), 1);
}

#[test]
fn expressions_may_be_nested_up_to_the_limit() {
    let nest = |depth: usize| {
        format!(
            "<TransformationDictionary><DerivedField name='x' optype='continuous' dataType='double'>{}{}\
             </DerivedField></TransformationDictionary>",
            "<Apply function='+'>".repeat(depth),
            "</Apply>".repeat(depth)
        )
    };
    assert!(read_str(&pmml(&nest(200))).is_ok());
    assert!(matches!(error(&nest(201)), Error::Limit { .. }));
}

#[test]
fn other_limits() {
    let with = |change: fn(&mut Limits)| -> Result<Document, Error> {
        let mut limits = Limits::default();
        change(&mut limits);
        read(SMALL.as_bytes(), &limits)
    };
    let message = |change: fn(&mut Limits)| match with(change) {
        Err(Error::Limit { message, .. }) => message,
        other => panic!("a limit should have been passed, not {other:?}"),
    };
    assert_eq!(message(|limits| limits.bytes = 500), "the document is larger than the limit of 500 bytes");
    assert_eq!(message(|limits| limits.elements = 9), "there are more than 9 elements, which is the limit");
    assert_eq!(
        message(|limits| limits.attributes = 2),
        "an element has more than 2 attributes, which is the limit"
    );
    assert!(with(|limits| limits.elements = 15).is_ok());
}

#[test]
fn warnings_do_not_pile_up() {
    let many = document(&"<Unknown/>".repeat(5_000));
    let strings: Vec<String> = many.warnings.iter().map(ToString::to_string).collect();
    assert_eq!(strings, ["2:1: the unknown element `Unknown` is ignored (in 5000 places)"]);
    let different: String = (0..5_000).map(|number| format!("<Unknown{number}/>")).collect();
    assert_eq!(document(&different).warnings.len(), 1_000);
}
