//! Character references: `&amp;`, `&#38;`.
//!
//! Only the five entities of XML itself are supported, so the result is never longer than the reference.

use super::quoted::quoted;

/// Returns the character that a reference stands for, given what is between `&` and `;`.
pub(super) fn resolve(name: &str) -> Result<char, String> {
    let character = match name {
        "amp" => Some('&'),
        "lt" => Some('<'),
        "gt" => Some('>'),
        "quot" => Some('"'),
        "apos" => Some('\''),
        _ => match name.strip_prefix('#') {
            None => return Err(format!("the entity `&{};` is not declared", quoted(name))),
            Some(number) => {
                let code = match number.strip_prefix('x') {
                    Some(digits) if digits.bytes().all(|byte| byte.is_ascii_hexdigit()) => {
                        u32::from_str_radix(digits, 16).ok()
                    }
                    None if number.bytes().all(|byte| byte.is_ascii_digit()) => number.parse().ok(),
                    _ => None,
                };
                code.and_then(char::from_u32).filter(|character| is_allowed(*character))
            }
        },
    };
    character.ok_or_else(|| format!("`&{};` is not a character of XML", quoted(name)))
}

/// Returns whether XML allows the character.
fn is_allowed(character: char) -> bool {
    matches!(character, '\t' | '\n' | '\r' | ' '..='\u{FFFD}' | '\u{10000}'..)
}

/// Appends an attribute's value with references resolved and line breaks replaced by blanks, as XML requires.
pub(super) fn unescape(value: &str, out: &mut String) -> Result<(), String> {
    let special = |byte: &u8| matches!(byte, b'&' | b'\t' | b'\n' | b'\r');
    let mut rest = value;
    while let Some((plain, marked)) =
        rest.bytes().position(|byte| special(&byte)).and_then(|at| rest.split_at_checked(at))
    {
        out.push_str(plain);
        rest = if let Some(reference) = marked.strip_prefix('&') {
            let (name, rest) =
                reference.split_once(';').ok_or("`&` begins a reference, but no `;` ends it")?;
            out.push(resolve(name)?);
            rest
        } else {
            out.push(' ');
            marked.strip_prefix("\r\n").or_else(|| marked.get(1..)).unwrap_or_default()
        };
    }
    out.push_str(rest);
    Ok(())
}
