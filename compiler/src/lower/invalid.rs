//! The caller's treatment of invalid values, in place of that of the document's mining schemas.

use crate::document::Name;
use crate::document::data_dictionary::DataField;
use crate::document::mining_schema::{InvalidValueTreatment, MiningField};
use crate::error::{Error, Result};
use crate::names::{NamesError, split_names};
use pmml_runtime::diagnostics::nearest::Search;
use std::collections::HashMap;
use std::fmt;
use std::str::FromStr;
use thiserror::Error as ThisError;

/// The treatment of a value that its field does not allow, in place of that of the document's mining schemas.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InvalidHandling {
    /// It is used as it is. A value that cannot be converted to the type of its field makes its row fail
    /// nonetheless.
    AsIs,
    /// It counts as missing, and is treated as the mining schema treats missing values.
    AsMissing,
    /// Its row fails.
    Error,
}

impl InvalidHandling {
    /// Returns its name: `as-is`, `as-missing` or `error`.
    pub fn as_str(self) -> &'static str {
        match self {
            InvalidHandling::AsIs => "as-is",
            InvalidHandling::AsMissing => "as-missing",
            InvalidHandling::Error => "error",
        }
    }
}

impl fmt::Display for InvalidHandling {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A treatment of the invalid values of all inputs, or of some: `as-missing`, `as-is:color,size`.
///
/// ```
/// use pmml_compiler::lower::{InvalidHandling, InvalidRule};
/// let rule: InvalidRule = r#"as-is:color,"a, b""#.parse()?;
/// assert_eq!(rule.handling, InvalidHandling::AsIs);
/// assert_eq!(rule.fields, ["color", "a, b"]);
/// # Ok::<(), pmml_compiler::lower::InvalidRuleError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvalidRule {
    /// The treatment.
    pub handling: InvalidHandling,
    /// The fields; empty means all.
    pub fields: Vec<String>,
}

/// Prints the string that it is parsed from.
impl fmt::Display for InvalidRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.handling.fmt(f)?;
        for (number, field) in self.fields.iter().enumerate() {
            f.write_str(if number == 0 { ":" } else { "," })?;
            write!(f, "\"{}\"", field.replace('"', "\"\""))?;
        }
        Ok(())
    }
}

/// The reason why a string is not an [`InvalidRule`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, ThisError)]
#[non_exhaustive]
pub enum InvalidRuleError {
    /// It does not begin with a known word.
    #[error("expected `as-is`, `as-missing` or `error`, alone or with fields: `as-missing:color,size`")]
    Word,
    /// The list of fields is malformed.
    #[error(transparent)]
    Names(#[from] NamesError),
}

impl FromStr for InvalidRule {
    type Err = InvalidRuleError;

    fn from_str(text: &str) -> std::result::Result<Self, InvalidRuleError> {
        let (word, fields) = match text.split_once(':') {
            Some((word, fields)) => (word, split_names(fields)?),
            None => (text, Vec::new()),
        };
        let handling = match word.trim() {
            "as-is" => InvalidHandling::AsIs,
            "as-missing" => InvalidHandling::AsMissing,
            "error" => InvalidHandling::Error,
            _ => return Err(InvalidRuleError::Word),
        };
        Ok(InvalidRule { handling, fields })
    }
}

/// The caller's treatments of invalid values: of all fields, and of individual ones.
#[derive(Debug, Default)]
pub struct InvalidTreatments {
    all: Option<InvalidHandling>,
    some: HashMap<Name, InvalidHandling>,
}

impl InvalidTreatments {
    /// Collects rules: those that name a field have precedence over those for all, later ones over earlier ones.
    ///
    /// # Errors
    /// Fails if a rule names a field that the document does not have.
    pub fn new(rules: &[InvalidRule], fields: &HashMap<Name, &DataField>) -> Result<Self> {
        let mut treatments = Self::default();
        for rule in rules {
            if rule.fields.is_empty() {
                treatments.all = Some(rule.handling);
            }
            for field in &rule.fields {
                let Some((name, _)) = fields.get_key_value(field.as_str()) else {
                    let names = fields.keys().map(|name| &**name);
                    let nearest = Search::default().nearest(field, names);
                    let hint = nearest.map(|nearest| format!(" (did you mean `{nearest}`?)"));
                    let message = format!(
                        "a rule for invalid values names the field `{field}`, which the document lacks{}",
                        hint.unwrap_or_default()
                    );
                    return Err(Error::NotFound { message });
                };
                treatments.some.insert(name.clone(), rule.handling);
            }
        }
        Ok(treatments)
    }

    /// Returns whether the caller's rules cover a field.
    pub fn has_rule(&self, name: &Name) -> bool {
        self.all.is_some() || self.some.contains_key(name)
    }

    /// Returns the treatment of a field's invalid values, with their replacement: the caller's, else that of the mining
    /// schema.
    pub fn treatment<'d>(
        &self,
        name: &Name,
        mining_field: Option<&'d MiningField>,
    ) -> (InvalidValueTreatment, Option<&'d Name>) {
        match self.some.get(name).copied().or(self.all) {
            Some(InvalidHandling::AsIs) => (InvalidValueTreatment::AsIs, None),
            Some(InvalidHandling::AsMissing) => (InvalidValueTreatment::AsMissing, None),
            Some(InvalidHandling::Error) => (InvalidValueTreatment::ReturnInvalid, None),
            None => (
                mining_field.map(|field| field.invalid_value_treatment).unwrap_or_default(),
                mining_field.and_then(|field| field.invalid_value_replacement.as_ref()),
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_are_words_with_fields() {
        let rule = |text: &str| text.parse::<InvalidRule>();
        assert_eq!(rule("error"), Ok(InvalidRule { handling: InvalidHandling::Error, fields: Vec::new() }));
        let fields = vec!["a".to_owned(), "b:c".to_owned()];
        assert_eq!(
            rule("as-missing: a, b:c"),
            Ok(InvalidRule { handling: InvalidHandling::AsMissing, fields })
        );
        let quoted = InvalidRule {
            handling: InvalidHandling::AsIs,
            fields: vec!["a, b".to_owned(), "\"c\"; d".to_owned(), " e".to_owned()],
        };
        assert_eq!(rule(&quoted.to_string()), Ok(quoted));
        for wrong in ["", "asIs", "as-is,error", "missing", ":a"] {
            assert_eq!(rule(wrong), Err(InvalidRuleError::Word), "{wrong}");
        }
        assert_eq!(rule("as-is:"), Err(InvalidRuleError::Names(NamesError::Empty)));
        assert_eq!(rule("as-is:\"a"), Err(InvalidRuleError::Names(NamesError::Quote)));
    }
}
