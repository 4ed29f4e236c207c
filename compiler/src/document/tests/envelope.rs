//! Tests of what surrounds the models: versions, namespaces, encodings, extensions, positions.

use super::{at, document, error, pmml};
use crate::document::model::{Model, ModelType};
use crate::document::{Document, Limits, Version, read, read_str};
use crate::error::Error;

fn version(text: &str) -> Version {
    read_str(text).expect("the document is correct").version
}

fn bytes(bytes: &[u8]) -> Document {
    read(bytes, &Limits::default()).expect("the document is correct")
}

#[test]
fn the_version_is_the_attributes_else_the_namespaces() {
    let v = |major, minor| Version { major, minor };
    assert_eq!(
        version("<PMML xmlns='http://www.dmg.org/PMML-4_3' version='4.2'><DataDictionary/></PMML>"),
        v(4, 2)
    );
    assert_eq!(version("<PMML xmlns='https://www.dmg.org/PMML-3_1'><DataDictionary/></PMML>"), v(3, 1));
    assert_eq!(version("<PMML version='4.4.1'><DataDictionary/></PMML>"), v(4, 4));
    assert_eq!(version("<PMML version='3.0'><DataDictionary/></PMML>"), v(3, 0));
    assert_eq!(version("<PMML><DataDictionary/></PMML>"), v(4, 4));
    let prefixed = "<p:PMML xmlns:p='http://www.dmg.org/PMML-4_1'><p:Header/><p:DataDictionary/></p:PMML>";
    assert_eq!(version(prefixed), v(4, 1));
}

#[test]
fn other_versions_are_refused() {
    let error = read_str("<PMML version='1.1'/>").expect_err("an old version");
    assert!(matches!(error, Error::Unsupported { .. }));
    assert_eq!(error.to_string(), "1:1: PMML 1.1 is not supported: only versions 2.0 to 4.4 are");
    assert!(read_str("<PMML version='5.0'/>").is_err());
    let error = read_str("<PMML version='new'/>").expect_err("no version");
    assert_eq!(error.message(), "`PMML` has `version=\"new\"`, which is not a version");
}

#[test]
fn header() {
    let text = "<PMML version='4.4' x-baseVersion='4.3'><Header copyright='c' description='d' modelVersion='7'>\
                <Extension name='user'/><Application name='R' version='1.0'/><Timestamp>now</Timestamp></Header>\
                <MiningBuildTask><Anything/></MiningBuildTask><DataDictionary/></PMML>";
    let document = read_str(text).expect("the document is correct");
    assert_eq!(document.base_version.as_deref(), Some("4.3"));
    assert_eq!(document.header.model_version.as_deref(), Some("7"));
    let application = document.header.application.expect("an application");
    assert_eq!((application.name.as_deref(), application.version.as_deref()), (Some("R"), Some("1.0")));
    assert!(document.warnings.is_empty());
}

#[test]
fn encodings() {
    let text = "<?xml version=\"1.0\" encoding=\"ENC\"?><PMML version='4.4'><Header copyright='Grüße, 𝛼'/><DataDictionary/></PMML>";
    let copyright = |document: Document| document.header.copyright.expect("a copyright").to_string();
    assert_eq!(copyright(bytes(text.replace("ENC", "utf-8").as_bytes())), "Grüße, 𝛼");
    assert_eq!(copyright(bytes(format!("\u{feff}{text}").replace("ENC", "UTF-8").as_bytes())), "Grüße, 𝛼");

    for text in [format!("\u{feff}{text}"), text.to_owned()] {
        let little: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let big: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
        assert_eq!(copyright(bytes(&little)), "Grüße, 𝛼");
        assert_eq!(copyright(bytes(&big)), "Grüße, 𝛼");
    }

    let mut latin = text.replace("ENC", "ISO-8859-1").replace('𝛼', "§").replace('ß', "ss").into_bytes();
    latin = String::from_utf8(latin).expect("text").chars().map(|c| c as u32 as u8).collect();
    assert_eq!(copyright(bytes(&latin)), "Grüsse, §");
    let windows = b"<?xml version='1.0' encoding='windows-1252'?><PMML><Header copyright='\x80 \xe9'/><DataDictionary/></PMML>";
    assert_eq!(copyright(bytes(windows)), "€ é");

    let error =
        read(text.replace("ENC", "EBCDIC-CP-US").as_bytes(), &Limits::default()).expect_err("unknown");
    assert!(error.message().starts_with("the encoding `EBCDIC-CP-US` is not supported"), "{error}");
    // A string has been decoded already.
    assert_eq!(copyright(read_str(&text.replace("ENC", "ISO-8859-1")).expect("correct")), "Grüße, 𝛼");
}

#[test]
fn encodings_of_the_encoding_standard() {
    let copyright = |document: Document| document.header.copyright.expect("a copyright").to_string();
    for (name, owner) in [
        ("GBK", "年龄"),
        ("gb18030", "年龄 𝛼"),
        ("Cp936", "年龄"),
        ("Shift_JIS", "年齢"),
        ("MS932", "年齢"),
        ("EUC-JP", "年齢"),
        ("ISO-2022-JP", "年齢"),
        ("Big5", "年齡"),
        ("EUC-KR", "나이"),
        ("iso-8859-2", "Łódź"),
        ("iso-8859-5", "Возраст"),
        ("ISO-8859-15", "10 €"),
        ("KOI8-R", "Возраст"),
        ("windows-1251", "Возраст"),
        ("windows-1252", "10 €"),
    ] {
        // Long enough for characters to straddle blocks.
        let owner = owner.repeat(20_001);
        let text = format!(
            "<?xml version='1.0' encoding='{name}'?><PMML><Header copyright='{owner}'/><DataDictionary/></PMML>"
        );
        let label = match name {
            "Cp936" => "gbk",
            "MS932" => "shift_jis",
            name => name,
        };
        let encoding = encoding_rs::Encoding::for_label(label.as_bytes()).expect("an encoding");
        let (encoded, _, has_failed) = encoding.encode(&text);
        assert!(!has_failed, "{name}");
        assert!(copyright(bytes(&encoded)) == owner, "{name}");
    }
    for (document, reason) in [
        (&b"<?xml version='1.0' encoding='gbk'?><PMML><Header copyright='\xFF'/></PMML>"[..], "bytes that"),
        (&b"<?xml version='1.0' encoding='gbk'?><PMML><DataDictionary/></PMML>\x81"[..], "bytes that"),
        (&b"<?xml version='1.0' encoding='hz-gb-2312'?><PMML/>"[..], "`hz-gb-2312` is not supported"),
    ] {
        let error = read(document, &Limits::default()).expect_err("malformed");
        assert!(error.message().contains(reason), "{error}");
    }
}

#[test]
fn documents_compressed_with_gzip() {
    use std::io::Write;
    let compressed = |text: &str| {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        encoder.write_all(text.as_bytes()).expect("written to memory");
        encoder.finish().expect("written to memory")
    };
    let document = compressed("<PMML><Header copyright='nobody'/><DataDictionary/></PMML>");
    assert_eq!(bytes(&document).header.copyright.as_deref(), Some("nobody"));
    assert!(read(&document[..document.len() / 2], &Limits::default()).is_err());
    // The limit applies to the decompressed text.
    let limits = Limits { bytes: 1 << 20, ..Limits::default() };
    let bomb = compressed(&format!("<PMML>{}</PMML>", " ".repeat(2 << 20)));
    assert!(bomb.len() < 1 << 15);
    let error = read(&bomb[..], &limits).expect_err("too large");
    assert!(error.message().contains("larger than the limit"), "{error}");
}

#[test]
fn characters_that_straddle_blocks() {
    let copyright = "ä𝛼".repeat(50_000);
    let text = format!("\u{feff}<PMML><Header copyright='{copyright}'/><DataDictionary/></PMML>");
    let utf16: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    for document in [bytes(text.as_bytes()), bytes(&utf16), bytes(&utf16.clone())] {
        assert!(document.header.copyright.expect("a copyright") == *copyright.as_str());
    }
    let odd = &utf16[..utf16.len() - 1];
    assert!(read(odd, &Limits::default()).is_err());
}

#[test]
fn references_and_line_breaks() {
    let text = "<PMML><Header copyright='a&lt;b&gt;&#x41;&#66;&quot;&apos;&amp;amp;\r\nc\td'/><DataDictionary/></PMML>";
    let document = read_str(text).expect("the document is correct");
    assert_eq!(document.header.copyright.as_deref(), Some("a<b>AB\"'&amp; c d"));
    // More references than any limit on nesting would allow.
    let many =
        read_str(&format!("<PMML><Header copyright='{}'/><DataDictionary/></PMML>", "&amp;".repeat(1000)));
    assert_eq!(many.expect("correct").header.copyright.map(|text| text.len()), Some(1000));
}

#[test]
fn positions_point_at_start_tags() {
    let text = "<?xml version='1.0'?>\r\n<!-- é\n --><PMML\n  version='4.4'>\n\t<Header/>é<DataDictionary>\n\
                <!-- x --> <DataField name='ä' optype='continuous'\n dataType='double'/><DataField name='b' \
                optype='continuous' dataType='double'/>&amp;<DataField name='c' optype='ordinal' dataType='date'/>\
                </DataDictionary></PMML>";
    let document = read_str(text).expect("the document is correct");
    assert_eq!(document.position, at(3, 5));
    assert_eq!(document.header.position, at(5, 2));
    assert_eq!(document.data_dictionary.position, at(5, 12));
    let fields: Vec<_> = document.data_dictionary.data_fields.iter().map(|field| field.position).collect();
    assert_eq!(fields, [at(6, 12), at(7, 21), at(7, 85)]);
}

#[test]
fn extensions_are_ignored_everywhere() {
    let document = document(
        "<Extension name='a'><Anything><Extension/></Anything>text</Extension>\
         <TreeModel functionName='regression'><Extension/><MiningSchema><Extension/></MiningSchema>\
         <Node><Extension/><True><Extension/></True></Node><Extension/></TreeModel>",
    );
    assert_eq!(document.models.len(), 1);
    assert!(document.warnings.is_empty());
}

#[test]
fn what_is_ignored_is_reported() {
    let document = document(
        "<Unknown><Node/></Unknown>\n<TreeModel functionName='regression' x-new='1' foo='2' x-mathContext='float'>\
         <MiningSchema/><Node>text<True/></Node></TreeModel>",
    );
    let warnings: Vec<_> = document.warnings.iter().map(ToString::to_string).collect();
    assert_eq!(
        warnings,
        [
            "2:1: the unknown element `Unknown` is ignored",
            "3:1: the unknown attribute `x-new` of `TreeModel` is ignored: it might change the scores",
            "3:1: the unknown attribute `foo` of `TreeModel` is ignored: it might change the scores",
            "3:93: text inside of `Node` is ignored",
        ]
    );
}

#[test]
fn a_fault_that_is_repeated_is_reported_once() {
    let nodes = "<Node id='1' recordcount='2'><True/></Node>\n".repeat(300);
    let document = document(&format!(
        "<TreeModel functionName='regression'><MiningSchema/>\n<Node><True/>\n{nodes}</Node></TreeModel>"
    ));
    let warnings: Vec<_> = document.warnings.iter().map(ToString::to_string).collect();
    assert_eq!(
        warnings,
        [
            "4:1: the unknown attribute `recordcount` of `Node` is ignored: did you mean `recordCount`? (in 300 places)"
        ]
    );
}

#[test]
fn unknown_elements_where_they_could_matter_are_refused() {
    let error =
        error("<TreeModel functionName='regression'><MiningSchema/><Node><True/>\n<Nod/></Node></TreeModel>");
    let Error::Unsupported { position, element, message } = error else { panic!("{error:?}") };
    assert_eq!((position, element.as_str()), (at(3, 1), "Nod"));
    assert_eq!(
        message,
        "`Nod` inside `Node` is not supported, and it might change the scores: did you mean `Node`?"
    );
}

#[test]
fn an_element_too_many() {
    let error = error("<DataDictionary/>");
    assert_eq!(
        error.message(),
        "`PMML` has no place for this `DataDictionary`: it has one of its kind already"
    );
    assert_eq!(error.position(), Some(at(2, 1)));
}

#[test]
fn models_of_unknown_types_are_kept_by_name() {
    let document = document(
        "<SequenceModel modelName='s' functionName='regression' isScorable='false'><Anything/></SequenceModel>\
         <TreeModel modelName='t' functionName='regression'><MiningSchema/><Node><True/></Node></TreeModel>",
    );
    let [Model::Other(other), tree] = &document.models[..] else { panic!("two models were expected") };
    assert_eq!((other.element.as_str(), other.position), ("SequenceModel", at(2, 1)));
    let seen: Vec<_> = document
        .models
        .iter()
        .map(|m| (m.element(), m.model_name().map(|n| &**n), m.is_scorable()))
        .collect();
    assert_eq!(seen, [("SequenceModel", Some("s"), false), ("TreeModel", Some("t"), true)]);
    assert!(tree.common().is_some());
}

#[test]
fn every_type_of_model_is_known_by_name() {
    let skipped = ModelType::ALL.iter().filter(|known| !known.is_supported());
    let elements: Vec<&str> = skipped.map(|known| known.element()).chain(["ModelOfTheFutureModel"]).collect();
    let document = document(&elements.iter().map(|element| format!("<{element}/>")).collect::<String>());
    let seen: Vec<_> = document.models.iter().map(|model| model.element()).collect();
    assert_eq!(seen, elements);
}

#[test]
fn a_document_needs_a_dictionary() {
    assert_eq!(read_str("<PMML/>").expect_err("wrong").to_string(), "1:1: `PMML` lacks a `DataDictionary`");
    assert!(read_str(&pmml("")).expect("correct").models.is_empty());
}
