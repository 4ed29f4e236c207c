//! Requests for evaluation: rows as JSON.
//!
//! An argument is a scalar, or a list of scalars for a field that takes lists. There is no deeper structure, so that hostile
//! nesting is rejected where it begins.

use crate::failure::Failure;
use pmml::{Row, Value};
use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserialize, DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::fmt;

/// Approximate number of bytes of rows in a chunk.
const CHUNK_BYTES: usize = 4 << 20;
/// Number of bytes that a value takes with its name, in a list of up to twice the capacity, and in a scorer.
const VALUE_BYTES: u64 = 160;

/// One row.
#[derive(serde::Deserialize, Debug, Default)]
#[serde(deny_unknown_fields)]
pub struct EvaluationRequest<'a> {
    /// A name that the response repeats.
    #[serde(borrow, default)]
    pub id: Id<'a>,
    /// The row's values.
    #[serde(borrow, default)]
    pub arguments: Arguments<'a>,
}

/// The name of a request, absent if null.
#[derive(Debug, Default)]
pub struct Id<'a>(pub Option<Cow<'a, str>>);

/// The values of a row, by name, in the order of the text.
#[derive(Debug, Default)]
pub struct Arguments<'a>(pub Vec<(Cow<'a, str>, Value<'a>)>);

impl Row for Arguments<'_> {
    fn value(&self, _: usize, name: &str) -> Value<'_> {
        let value = self.0.iter().rev().find(|(known, _)| known == name);
        value.map(|(_, value)| value.clone()).unwrap_or_default()
    }

    fn names(&self, visit: &mut dyn FnMut(&str)) {
        self.0.iter().for_each(|(name, _)| visit(name));
    }
}

/// Reads a row.
///
/// # Errors
/// Fails if the body is not such a request.
pub fn parse(body: &[u8]) -> Result<EvaluationRequest<'_>, Failure> {
    let text = text(body)?;
    serde_json::from_str(text).map_err(|error| rejected(&error))
}

/// Reads a row of a batch.
///
/// # Errors
/// Fails if the row is not such a request.
pub fn parse_row(row: &RawValue) -> Result<EvaluationRequest<'_>, Failure> {
    let request: Result<Object<'_>, _> = serde_json::from_str(row.get());
    request.map(|Object(request)| request).map_err(|error| rejected(&error))
}

/// Returns the maximum number of bytes that the values of a JSON text take when they are read and set in a scorer: numbers
/// and names of a few bytes become much larger values.
pub fn decoded_bytes(text: &[u8]) -> u64 {
    // In chunks whose counts fit into a byte, so that the loop is vectorized.
    let count = |chunk: &[u8]| {
        chunk.iter().map(|byte| u8::from((*byte == b',') | (*byte == b'[') | (*byte == b'{'))).sum::<u8>()
    };
    let values: u64 = text.chunks(u8::MAX.into()).map(|chunk| u64::from(count(chunk))).sum();
    values * VALUE_BYTES + 2 * text.len() as u64
}

fn text(body: &[u8]) -> Result<&str, Failure> {
    if body.is_empty() {
        return Err(Failure::bad_request("the body is empty, where JSON is expected"));
    }
    let text = std::str::from_utf8(body).map_err(|error| {
        Failure::bad_request(format!("the body is not UTF-8 from its byte {} on", error.valid_up_to()))
    })?;
    // A byte order mark is not allowed in JSON, but some clients send one.
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    // Serde would accept a list of the members' values too.
    if !text.trim_start().starts_with('{') {
        return Err(Failure::bad_request("the body is not a JSON object"));
    }
    Ok(text)
}

fn rejected(error: &serde_json::Error) -> Failure {
    Failure::bad_request(format!("the body is not a request of this kind: {error}"))
}

/// A request that must be written as an object: serde would accept a list of its members' values too.
struct Object<'a>(EvaluationRequest<'a>);

impl<'de: 'a, 'a> Deserialize<'de> for Object<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct ObjectVisitor;
        impl<'a> Visitor<'a> for ObjectVisitor {
            type Value = EvaluationRequest<'a>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object with `id` and `arguments`")
            }

            fn visit_map<A: MapAccess<'a>>(self, map: A) -> Result<EvaluationRequest<'a>, A::Error> {
                EvaluationRequest::deserialize(MapAccessDeserializer::new(map))
            }
        }
        deserializer.deserialize_map(ObjectVisitor).map(Object)
    }
}

/// Reads a batch, and passes its rows to `sink` unparsed, in chunks of limited size. Returns the id of the batch.
///
/// # Errors
/// Fails if the body is not a batch, or `sink` fails.
pub fn read_batch<'a>(
    body: &'a [u8],
    chunk_rows: usize,
    sink: impl FnMut(&[&'a RawValue]) -> Result<(), Failure>,
) -> Result<Option<String>, Failure> {
    let mut failure = None;
    let mut reader = serde_json::Deserializer::from_str(text(body)?);
    let rows = Rows { chunk_rows, sink, failure: &mut failure };
    let read = Batch(rows).deserialize(&mut reader).and_then(|id| reader.end().map(|()| id));
    match (read, failure) {
        (_, Some(failure)) => Err(failure),
        (Ok(id), None) => Ok(id.0.map(Cow::into_owned)),
        (Err(error), None) => Err(rejected(&error)),
    }
}

/// The object of a batch, whose rows are passed to a sink.
struct Batch<'f, F>(Rows<'f, F>);

impl<'a, F: FnMut(&[&'a RawValue]) -> Result<(), Failure>> DeserializeSeed<'a> for Batch<'_, F> {
    type Value = Id<'a>;

    fn deserialize<D: Deserializer<'a>>(self, deserializer: D) -> Result<Id<'a>, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'a, F: FnMut(&[&'a RawValue]) -> Result<(), Failure>> Visitor<'a> for Batch<'_, F> {
    type Value = Id<'a>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object with `id` and `requests`")
    }

    fn visit_map<A: MapAccess<'a>>(self, mut map: A) -> Result<Id<'a>, A::Error> {
        let (mut id, mut rows) = (None, Some(self.0));
        while let Some(Name(name)) = map.next_key()? {
            match &*name {
                "id" if id.is_none() => id = Some(map.next_value()?),
                "id" => return Err(A::Error::duplicate_field("id")),
                "requests" => match rows.take() {
                    Some(rows) => map.next_value_seed(rows)?,
                    None => return Err(A::Error::duplicate_field("requests")),
                },
                other => return Err(A::Error::unknown_field(other, &["id", "requests"])),
            }
        }
        Ok(id.unwrap_or_default())
    }
}

/// The list of rows.
struct Rows<'f, F> {
    chunk_rows: usize,
    sink: F,
    /// Why `sink` failed: serde's errors have only messages.
    failure: &'f mut Option<Failure>,
}

impl<'a, F: FnMut(&[&'a RawValue]) -> Result<(), Failure>> DeserializeSeed<'a> for Rows<'_, F> {
    type Value = ();

    fn deserialize<D: Deserializer<'a>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'a, F: FnMut(&[&'a RawValue]) -> Result<(), Failure>> Visitor<'a> for Rows<'_, F> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of requests")
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'a>>(self, mut rows: A) -> Result<(), A::Error> {
        let Rows { chunk_rows, mut sink, failure } = self;
        let mut hand_over = |chunk: &[&'a RawValue]| {
            sink(chunk).map_err(|cause| {
                *failure = Some(cause);
                A::Error::custom("the rows were rejected")
            })
        };
        let (mut chunk, mut bytes) = (Vec::new(), 0);
        while let Some(row) = rows.next_element::<&'a RawValue>()? {
            chunk.push(row);
            bytes += row.get().len();
            if chunk.len() >= chunk_rows || bytes >= CHUNK_BYTES {
                hand_over(&chunk)?;
                chunk.clear();
                bytes = 0;
            }
        }
        if chunk.is_empty() { Ok(()) } else { hand_over(&chunk) }
    }
}

/// A scalar or a list of scalars.
struct Cell<'a>(Value<'a>);
/// A scalar.
struct Item<'a>(Value<'a>);

impl<'de: 'a, 'a> Deserialize<'de> for Cell<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ValueVisitor { lists: true }).map(Cell)
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Item<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ValueVisitor { lists: false }).map(Item)
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Id<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Id(match deserializer.deserialize_any(ValueVisitor { lists: false })? {
            Value::Missing => None,
            Value::String(string) => Some(string),
            other => Some(Cow::Owned(other.to_string())),
        }))
    }
}

struct ValueVisitor {
    lists: bool,
}

impl<'a> Visitor<'a> for ValueVisitor {
    type Value = Value<'a>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string, a number, true, false or null")?;
        f.write_str(if self.lists { ", or a list of these" } else { "" })
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value<'a>, E> {
        Ok(Value::Boolean(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value<'a>, E> {
        Ok(Value::Integer(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value<'a>, E> {
        Ok(i64::try_from(value).map_or(Value::Double(value as f64), Value::Integer))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value<'a>, E> {
        Ok(Value::Double(value))
    }

    fn visit_borrowed_str<E>(self, string: &'a str) -> Result<Value<'a>, E> {
        Ok(Value::String(Cow::Borrowed(string)))
    }

    fn visit_str<E>(self, string: &str) -> Result<Value<'a>, E> {
        Ok(Value::String(Cow::Owned(string.to_owned())))
    }

    fn visit_unit<E>(self) -> Result<Value<'a>, E> {
        Ok(Value::Missing)
    }

    fn visit_seq<A: SeqAccess<'a>>(self, mut items: A) -> Result<Value<'a>, A::Error> {
        if !self.lists {
            return Err(A::Error::custom("a list is not allowed here"));
        }
        let mut list = Vec::new();
        while let Some(Item(item)) = items.next_element()? {
            list.push(item);
        }
        Ok(Value::List(list))
    }

    fn visit_map<A: MapAccess<'a>>(self, _: A) -> Result<Value<'a>, A::Error> {
        Err(A::Error::custom("an object cannot be the value of a field"))
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Arguments<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct ArgumentsVisitor;
        impl<'a> Visitor<'a> for ArgumentsVisitor {
            type Value = Arguments<'a>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object of field names and values")
            }

            fn visit_unit<E>(self) -> Result<Arguments<'a>, E> {
                Ok(Arguments::default())
            }

            fn visit_map<A: MapAccess<'a>>(self, mut map: A) -> Result<Arguments<'a>, A::Error> {
                let mut arguments = Vec::with_capacity(map.size_hint().unwrap_or(16).min(1024));
                while let Some((Name(name), Cell(value))) = map.next_entry()? {
                    arguments.push((name, value));
                }
                Ok(Arguments(arguments))
            }
        }
        deserializer.deserialize_any(ArgumentsVisitor)
    }
}

/// A member's name, borrowed from the text if it has no escapes.
struct Name<'a>(Cow<'a, str>);

impl<'de: 'a, 'a> Deserialize<'de> for Name<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match deserializer.deserialize_str(ValueVisitor { lists: false })? {
            Value::String(name) => Ok(Name(name)),
            _ => Err(D::Error::custom("a name is expected")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_of_every_kind() {
        let request: EvaluationRequest<'_> = parse(
            br#"{"id": 7, "arguments": {"a": 1, "b": 0.1, "c": "x\n", "d": null, "e": [true, null, "y"]}}"#,
        )
        .unwrap();
        assert_eq!(request.id.0.as_deref(), Some("7"));
        let values: Vec<_> = request.arguments.0.into_iter().map(|(_, value)| value).collect();
        let list = Value::List(vec![Value::Boolean(true), Value::Missing, Value::from("y")]);
        assert_eq!(values, [Value::Integer(1), Value::Double(0.1), Value::from("x\n"), Value::Missing, list]);
    }

    /// Reads the id and the rows of a batch, two at a time.
    fn batch(text: &str) -> Result<(Option<String>, usize), String> {
        let mut rows = 0;
        let id = read_batch(text.as_bytes(), 2, |chunk| {
            assert!(chunk.len() <= 2);
            rows += chunk.len();
            chunk.iter().try_for_each(|row| parse_row(row).map(drop))
        });
        id.map(|id| (id, rows)).map_err(|failure| failure.message)
    }

    #[test]
    fn batches_are_read_in_chunks() {
        assert_eq!(batch(r#"{"id": null, "requests": [{"id": null, "arguments": null}]}"#), Ok((None, 1)));
        assert_eq!(batch(r#"{"requests": null}"#), Ok((None, 0)));
        assert_eq!(batch("{}"), Ok((None, 0)));
        let five = ["{}"; 5].join(", ");
        assert_eq!(batch(&format!(r#"{{"requests": [{five}], "id": "b"}}"#)), Ok((Some("b".to_owned()), 5)));
        let rejected = |text: &str| batch(text).unwrap_err();
        assert!(rejected(r#"{"rows": []}"#).contains("unknown field `rows`"));
        assert!(rejected(r#"{"requests": [], "requests": []}"#).contains("duplicate field `requests`"));
        assert!(rejected(r#"{"requests": [{}, {}, {}"#).contains("EOF"));
        assert!(rejected(r#"{"requests": {}}"#).contains("a list of requests"));
        assert!(rejected(r#"{"requests": []} x"#).contains("trailing"));
        for list in ["[]", "[null, null]", "[\"1\", {}]"] {
            let message = rejected(&format!("{{\"requests\": [{list}]}}"));
            assert!(message.contains("expected an object with `id`"), "{message}");
        }
    }

    #[test]
    fn values_are_counted_before_they_are_read() {
        let list = format!("{{\"arguments\": {{\"x\": [{}1]}}}}", "1,".repeat(1 << 20));
        let request = parse(list.as_bytes()).unwrap();
        let Value::List(items) = &request.arguments.0[0].1 else { panic!("it is not a list") };
        assert!(decoded_bytes(list.as_bytes()) >= (items.capacity() * size_of::<Value<'_>>()) as u64);
    }

    #[test]
    fn errors_give_the_reason() {
        let rejected = |text: &str| parse(text.as_bytes()).unwrap_err().message;
        assert!(rejected("").contains("empty"));
        assert!(rejected("[]").contains("not a JSON object"));
        assert!(rejected("{\"argument\": {}}").contains("unknown field `argument`"));
        assert!(rejected("{\"arguments\": {\"a\": {\"b\": 1}}}").contains("an object cannot be"));
        assert!(rejected("{\"arguments\": {\"a\": [[1]]}}").contains("a list is not allowed here"));
        assert!(rejected("{\"arguments\": 1}").contains("an object of field names"));
        assert!(rejected("{").contains("EOF"));
        assert!(rejected(&format!("{{\"arguments\": {}", "[".repeat(1 << 20))).contains("invalid type"));
    }
}
