//! Requests for evaluation: rows as JSON.
//!
//! An argument is a scalar, or a list of scalars for a field that takes lists: there is no deeper structure, so hostile
//! nesting is refused where it begins.

use crate::failure::Failure;
use pmml::Value;
use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use std::borrow::Cow;
use std::fmt;

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

/// Several rows.
#[derive(serde::Deserialize, Debug, Default)]
#[serde(deny_unknown_fields)]
pub struct BatchEvaluationRequest<'a> {
    /// A name that the response repeats.
    #[serde(borrow, default)]
    pub id: Id<'a>,
    /// The rows.
    #[serde(borrow, default, deserialize_with = "objects")]
    pub requests: Vec<EvaluationRequest<'a>>,
}

/// The name of a request; absent if null.
#[derive(Debug, Default)]
pub struct Id<'a>(pub Option<Cow<'a, str>>);

/// The values of a row, by name, in the order of the text.
#[derive(Debug, Default)]
pub struct Arguments<'a>(pub Vec<(Cow<'a, str>, Value<'a>)>);

/// Reads a body.
pub fn parse<'a, T: Deserialize<'a>>(body: &'a [u8]) -> Result<T, Failure> {
    if body.is_empty() {
        return Err(Failure::bad_request("the body is empty, where JSON is expected"));
    }
    let text = std::str::from_utf8(body).map_err(|error| {
        Failure::bad_request(format!("the body is not UTF-8 from its byte {} on", error.valid_up_to()))
    })?;
    // A byte order mark is no JSON, but some clients send one.
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    // A list of the members' values would do for serde.
    if !text.trim_start().starts_with('{') {
        return Err(Failure::bad_request("the body is no JSON object"));
    }
    serde_json::from_str(text)
        .map_err(|error| Failure::bad_request(format!("the body is no such request: {error}")))
}

/// A list of objects; nothing if null.
fn objects<'de: 'a, 'a, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Vec<EvaluationRequest<'a>>, D::Error> {
    let objects: Option<Vec<Object<'a>>> = Option::deserialize(deserializer)?;
    Ok(objects.unwrap_or_default().into_iter().map(|Object(request)| request).collect())
}

/// A request that is written as an object: a list of its members' values would do for serde.
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

/// A scalar, or a list where lists are allowed.
struct Cell<'a>(Value<'a>);
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
            Value::Text(text) => Some(text),
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

    fn visit_borrowed_str<E>(self, text: &'a str) -> Result<Value<'a>, E> {
        Ok(Value::Text(Cow::Borrowed(text)))
    }

    fn visit_str<E>(self, text: &str) -> Result<Value<'a>, E> {
        Ok(Value::Text(Cow::Owned(text.to_owned())))
    }

    fn visit_unit<E>(self) -> Result<Value<'a>, E> {
        Ok(Value::Missing)
    }

    fn visit_seq<A: SeqAccess<'a>>(self, mut items: A) -> Result<Value<'a>, A::Error> {
        if !self.lists {
            return Err(A::Error::custom("a list cannot stand here"));
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

/// A member's name, borrowed from the text where it has no escapes.
struct Name<'a>(Cow<'a, str>);

impl<'de: 'a, 'a> Deserialize<'de> for Name<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match deserializer.deserialize_str(ValueVisitor { lists: false })? {
            Value::Text(text) => Ok(Name(text)),
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

    #[test]
    fn nulls_stand_for_absent_members() {
        let batch: BatchEvaluationRequest<'_> =
            parse(br#"{"id": null, "requests": [{"id": null, "arguments": null}]}"#).unwrap();
        assert!(batch.id.0.is_none() && batch.requests.len() == 1);
        let batch: BatchEvaluationRequest<'_> = parse(br#"{"requests": null}"#).unwrap();
        assert!(batch.requests.is_empty());
    }

    #[test]
    fn refusals_say_why() {
        let refused = |text: &str| parse::<EvaluationRequest<'_>>(text.as_bytes()).unwrap_err().message;
        assert!(refused("").contains("empty"));
        assert!(refused("[]").contains("no JSON object"));
        assert!(refused("{\"argument\": {}}").contains("unknown field `argument`"));
        assert!(refused("{\"arguments\": {\"a\": {\"b\": 1}}}").contains("an object cannot be"));
        assert!(refused("{\"arguments\": {\"a\": [[1]]}}").contains("a list cannot stand here"));
        assert!(refused("{\"arguments\": 1}").contains("an object of field names"));
        assert!(refused("{").contains("EOF"));
        for list in ["[]", "[null, null]", "[\"1\", {}]"] {
            let batch = format!("{{\"requests\": [{list}]}}");
            let refused = parse::<BatchEvaluationRequest<'_>>(batch.as_bytes()).unwrap_err().message;
            assert!(refused.contains("expected an object with `id`"), "{refused}");
        }
        assert!(refused(&format!("{{\"arguments\": {}", "[".repeat(1 << 20))).contains("invalid type"));
    }
}
