//! Lists of names in one text.

use thiserror::Error;

/// Why a text is not a list of names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum NamesError {
    /// A name is empty.
    #[error("a name is empty")]
    Empty,
    /// A quotation mark has no partner, or something other than a comma follows a quoted name.
    #[error("a name in quotation marks must end with one, before a comma or the end")]
    Quote,
}

/// Splits a list of names at its commas, as in options of the tool and parameters of the server.
///
/// Blanks around a name do not count. A name with a comma, a quotation mark or such blanks is written in
/// quotation marks, within which two stand for one.
///
/// ```
/// assert_eq!(pmml_compiler::names::split_names(r#"y, "min(a, b)""#)?, ["y", "min(a, b)"]);
/// # Ok::<(), pmml_compiler::names::NamesError>(())
/// ```
///
/// # Errors
/// Fails if a name is empty, or its quotation marks are not balanced.
pub fn split_names(text: &str) -> Result<Vec<String>, NamesError> {
    let mut names = Vec::new();
    let mut rest = Some(text);
    while let Some(list) = rest {
        let (name, after) = match list.trim_start().strip_prefix('"') {
            Some(quoted) => quoted_name(quoted)?,
            None => {
                let (name, after) =
                    list.split_once(',').map_or((list, None), |(name, after)| (name, Some(after)));
                (name.trim().to_owned(), after)
            }
        };
        if name.is_empty() {
            return Err(NamesError::Empty);
        }
        names.push(name);
        rest = after;
    }
    Ok(names)
}

/// Takes a name up to its quotation mark. Returns it, and what is after the comma that follows.
fn quoted_name(text: &str) -> Result<(String, Option<&str>), NamesError> {
    let mut name = String::new();
    let mut rest = text;
    loop {
        let (part, after) = rest.split_once('"').ok_or(NamesError::Quote)?;
        name.push_str(part);
        match after.strip_prefix('"') {
            Some(after) => {
                name.push('"');
                rest = after;
            }
            None => {
                let after = after.trim_start();
                return match after.strip_prefix(',') {
                    Some(after) => Ok((name, Some(after))),
                    None if after.is_empty() => Ok((name, None)),
                    None => Err(NamesError::Quote),
                };
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_split_at_commas() {
        assert_eq!(split_names("a").unwrap(), ["a"]);
        assert_eq!(split_names(" a b ,c").unwrap(), ["a b", "c"]);
        assert_eq!(split_names(r#" "f(a, ""b"")" , " c ""#).unwrap(), [r#"f(a, "b")"#, " c "]);
        for empty in ["", "a,", ",a", "a,,b", r#""""#] {
            assert_eq!(split_names(empty), Err(NamesError::Empty), "{empty}");
        }
        for open in [r#""a"#, r#""a"b"#, r#"b,"a""b"#] {
            assert_eq!(split_names(open), Err(NamesError::Quote), "{open}");
        }
    }
}
