//! From the pattern of a document to one of the `regex` crate.
//!
//! One pass from left to right, without recursion. No flag of the result is set for more than one character
//! or class: every element is written so that, by itself, it means what it meant under the flags in force.

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use super::PatternError;

/// What `$` means outside of multi-line mode.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    /// The end of the string, or before a line terminator that ends it, which becomes part of the match.
    BeforeTerminator,
    /// The end of the string.
    OfString,
}

/// The flags in force, `(?idmsuxU)`.
#[derive(Clone, Copy, Default)]
struct Flags {
    ignore_case: bool,
    unix_lines: bool,
    multi_line: bool,
    dot_all: bool,
    unicode: bool,
    comments: bool,
}

/// Translates a pattern.
pub(super) fn translate(pattern: &str, end: End) -> Result<String, PatternError> {
    let mut translator = Translator { pattern, at: 0, out: String::new(), flags: Flags::default(), end };
    translator.run()?;
    Ok(translator.out)
}

struct Translator<'p> {
    pattern: &'p str,
    /// The next character's byte offset.
    at: usize,
    out: String,
    flags: Flags,
    end: End,
}

/// What a backslash introduces.
enum Escape {
    Literal(char),
    /// A class of characters, in a form that is valid inside and outside of brackets.
    Set(String),
    /// An assertion, which is not allowed in brackets.
    Assertion(&'static str),
}

const LINE_TERMINATORS: &str = r"\n\r\x{85}\x{2028}\x{2029}";

impl<'p> Translator<'p> {
    fn rest(&self) -> &'p str {
        self.pattern.get(self.at..).unwrap_or_default()
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn next(&mut self) -> Option<char> {
        let character = self.peek()?;
        self.at += character.len_utf8();
        Some(character)
    }

    /// Skips the string if it comes next, and returns whether it does.
    fn eat(&mut self, text: &str) -> bool {
        let found = self.rest().starts_with(text);
        if found {
            self.at += text.len();
        }
        found
    }

    fn invalid<T>(&self, reason: &str) -> Result<T, PatternError> {
        Err(PatternError::Invalid(format!("{reason} before position {}", self.at)))
    }

    fn unsupported<T>(construct: &'static str, offset: usize) -> Result<T, PatternError> {
        Err(PatternError::Unsupported { construct, offset })
    }

    fn run(&mut self) -> Result<(), PatternError> {
        let mut outer = Vec::new();
        while let Some(character) = self.next() {
            match character {
                '(' => {
                    let flags = self.flags;
                    if self.group()? {
                        outer.push(flags);
                    }
                }
                ')' => {
                    let Some(flags) = outer.pop() else {
                        return self.invalid("a parenthesis closes no group");
                    };
                    self.flags = flags;
                    self.out.push(')');
                }
                '[' => self.class()?,
                '\\' => {
                    let start = self.at - 1;
                    if self.eat("Q") {
                        self.quotation();
                    } else {
                        match self.escape(start)? {
                            Escape::Literal(literal) => self.literal(literal),
                            Escape::Set(set) => self.out.push_str(&set),
                            Escape::Assertion(assertion) => self.out.push_str(assertion),
                        }
                    }
                }
                '.' if self.flags.dot_all => self.out.push_str("(?s:.)"),
                '.' if self.flags.unix_lines => self.out.push_str(r"[^\n]"),
                '.' => self.out.push_str(&format!("[^{LINE_TERMINATORS}]")),
                '^' if self.flags.multi_line => self.out.push_str("(?m:^)"),
                '^' => self.out.push_str(r"\A"),
                '$' if self.flags.multi_line => self.out.push_str("(?m:$)"),
                '$' => self.out.push_str(self.end_of_text()),
                '*' | '+' | '?' | '{' => self.quantifier(character)?,
                '|' => self.out.push('|'),
                '#' if self.flags.comments => self.at += self.rest().find('\n').unwrap_or(self.rest().len()),
                _ if self.flags.comments && character.is_ascii_whitespace() => {}
                _ => self.literal(character),
            }
        }
        if outer.is_empty() { Ok(()) } else { self.invalid("a group is not closed") }
    }

    fn end_of_text(&self) -> &'static str {
        match self.end {
            End::OfString => r"\z",
            End::BeforeTerminator if self.flags.unix_lines => r"\n?\z",
            End::BeforeTerminator => r"(?:\r\n|[\n\r\x{85}\x{2028}\x{2029}])?\z",
        }
    }

    /// Reads what follows an opening parenthesis. Returns whether this opens a group that a parenthesis will
    /// close.
    fn group(&mut self) -> Result<bool, PatternError> {
        let start = self.at - 1;
        if !self.eat("?") {
            self.out.push('(');
            return Ok(true);
        }
        for (introduction, construct) in [
            ("=", "a look-ahead"),
            ("!", "a negative look-ahead"),
            ("<=", "a look-behind"),
            ("<!", "a negative look-behind"),
            (">", "an atomic group"),
            ("|", "a branch reset"),
            ("(", "a condition"),
            ("R", "a recursion"),
            ("P=", "a back-reference"),
            ("P>", "a recursion"),
        ] {
            if self.eat(introduction) {
                return Self::unsupported(construct, start);
            }
        }
        if self.eat("#") {
            let Some(length) = self.rest().find(')') else { return self.invalid("a comment is not closed") };
            self.at += length + 1;
            return Ok(false);
        }
        if self.eat("<") || self.eat("P<") {
            let Some((name, _)) = self.rest().split_once('>') else {
                return self.invalid("a group's name is not closed");
            };
            self.at += name.len() + 1;
            self.out.push_str(&format!("(?<{name}>"));
            return Ok(true);
        }
        let mut value = true;
        loop {
            match self.next() {
                Some('-') if value => value = false,
                Some('i') => self.flags.ignore_case = value,
                Some('d') => self.flags.unix_lines = value,
                Some('m') => self.flags.multi_line = value,
                Some('s') => self.flags.dot_all = value,
                Some('u' | 'U') => self.flags.unicode = value,
                Some('x') => self.flags.comments = value,
                Some(':') => {
                    self.out.push_str("(?:");
                    return Ok(true);
                }
                Some(')') => return Ok(false),
                _ => return self.invalid("a group has an unknown flag"),
            }
        }
    }

    fn quantifier(&mut self, first: char) -> Result<(), PatternError> {
        let start = self.at - 1;
        self.out.push(first);
        if first == '{' {
            let Some((counts, _)) = self.rest().split_once('}') else {
                return self.invalid("a repetition is not closed");
            };
            let (least, most) = counts.split_once(',').unwrap_or((counts, ""));
            let number = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
            if least.is_empty() || !number(least) || !number(most) {
                return self.invalid("a repetition is not a number");
            }
            self.at += counts.len() + 1;
            self.out.push_str(counts);
            self.out.push('}');
        }
        if self.eat("+") {
            return Self::unsupported("a possessive quantifier", start);
        }
        if self.eat("?") {
            self.out.push('?');
        }
        Ok(())
    }

    /// Translates text up to `\E`, all of it literal.
    fn quotation(&mut self) {
        let (quoted, length) = match self.rest().split_once(r"\E") {
            Some((quoted, _)) => (quoted, quoted.len() + 2),
            None => (self.rest(), self.rest().len()),
        };
        for character in quoted.chars() {
            self.literal(character);
        }
        self.at += length;
    }

    fn literal(&mut self, character: char) {
        let escaped = ::regex::escape(character.encode_utf8(&mut [0; 4]));
        if !self.flags.ignore_case {
            self.out.push_str(&escaped);
        } else if self.flags.unicode {
            self.out.push_str(&format!("(?i:{escaped})"));
        } else if character.is_ascii_alphabetic() {
            self.out.push_str(&format!(
                "[{}{}]",
                character.to_ascii_lowercase(),
                character.to_ascii_uppercase()
            ));
        } else {
            self.out.push_str(&escaped);
        }
    }

    /// Reads what follows a backslash.
    fn escape(&mut self, start: usize) -> Result<Escape, PatternError> {
        let Some(character) = self.next() else { return self.invalid("a backslash escapes nothing") };
        let unicode = self.flags.unicode;
        let by_mode = |in_unicode: &str, in_ascii: &str| {
            Ok(Escape::Set(if unicode { in_unicode } else { in_ascii }.to_string()))
        };
        match character {
            'd' => by_mode(r"\d", "[0-9]"),
            'D' => by_mode(r"\D", "[^0-9]"),
            'w' => by_mode(r"\w", "[0-9A-Za-z_]"),
            'W' => by_mode(r"\W", "[^0-9A-Za-z_]"),
            's' => by_mode(r"\s", r"[\t-\r ]"),
            'S' => by_mode(r"\S", r"[^\t-\r ]"),
            'h' => Ok(Escape::Set(r"[\t\p{Zs}\x{180e}]".to_string())),
            'H' => Ok(Escape::Set(r"[^\t\p{Zs}\x{180e}]".to_string())),
            'v' => Ok(Escape::Set(r"[\n-\r\x{85}\x{2028}\x{2029}]".to_string())),
            'V' => Ok(Escape::Set(r"[^\n-\r\x{85}\x{2028}\x{2029}]".to_string())),
            'R' => Ok(Escape::Assertion(r"(?:\r\n|[\n-\r\x{85}\x{2028}\x{2029}])")),
            'b' => Ok(Escape::Assertion(if unicode { r"\b" } else { r"(?-u:\b)" })),
            'B' => Ok(Escape::Assertion(if unicode { r"\B" } else { r"(?-u:\B)" })),
            'A' => Ok(Escape::Assertion(r"\A")),
            'z' => Ok(Escape::Assertion(r"\z")),
            'Z' => Ok(Escape::Assertion(self.end_of_text())),
            'E' => Ok(Escape::Assertion("")),
            'G' => Self::unsupported("an assertion of the last match's end", start),
            'K' => Self::unsupported("a reset of the match's start", start),
            'X' => Self::unsupported("an extended grapheme", start),
            'N' => Self::unsupported("a character's name", start),
            'k' | 'g' | '1'..='9' => Self::unsupported("a back-reference", start),
            't' => Ok(Escape::Literal('\t')),
            'n' => Ok(Escape::Literal('\n')),
            'r' => Ok(Escape::Literal('\r')),
            'f' => Ok(Escape::Literal('\u{c}')),
            'a' => Ok(Escape::Literal('\u{7}')),
            'e' => Ok(Escape::Literal('\u{1b}')),
            '0' => self.code_point(3, 8),
            'u' => self.code_point(4, 16),
            'x' if self.eat("{") => {
                let Some((digits, _)) = self.rest().split_once('}') else {
                    return self.invalid("a code is not closed");
                };
                self.at += digits.len() + 1;
                match u32::from_str_radix(digits, 16).ok().and_then(char::from_u32) {
                    Some(character) => Ok(Escape::Literal(character)),
                    None => self.invalid("a code is not a character"),
                }
            }
            'x' => self.code_point(2, 16),
            'c' => match self.next() {
                Some(letter @ '@'..='_') => Ok(Escape::Literal(char::from((letter as u8) ^ 0x40))),
                _ => self.invalid("a control character has no letter"),
            },
            'p' | 'P' => Ok(Escape::Set(self.property(character == 'P', start)?)),
            _ if character.is_ascii_alphabetic() => self.invalid("a backslash escapes an unknown letter"),
            _ => Ok(Escape::Literal(character)),
        }
    }

    /// Translates a character by its code, of at most `length` digits.
    fn code_point(&mut self, length: usize, radix: u32) -> Result<Escape, PatternError> {
        let digits = self.rest().chars().take(length).take_while(|c| c.is_digit(radix)).count();
        // Digits are ASCII: characters are bytes.
        let code = self.rest().get(..digits).unwrap_or_default();
        self.at += digits;
        if radix == 16 && digits < length {
            return self.invalid("a code has too few digits");
        }
        match u32::from_str_radix(code, radix).ok().and_then(char::from_u32) {
            Some(character) => Ok(Escape::Literal(character)),
            None => self.invalid("a code is not a character"),
        }
    }

    /// Reads the name of a property, `{Lu}` or `L`, after `\p`.
    fn property(&mut self, negated: bool, start: usize) -> Result<String, PatternError> {
        let name = if self.eat("{") {
            let Some((name, _)) = self.rest().split_once('}') else {
                return self.invalid("a property is not closed");
            };
            self.at += name.len() + 1;
            name
        } else {
            let name = self.peek().map_or("", |c| self.rest().get(..c.len_utf8()).unwrap_or_default());
            self.at += name.len();
            name
        };
        if name.is_empty() || !name.bytes().all(|b| b.is_ascii_alphanumeric() || b"_= -".contains(&b)) {
            return self.invalid("a property has an invalid name");
        }
        let Flags { unicode, ignore_case, .. } = self.flags;
        let set = match name {
            "Lower" | "Upper" if ignore_case => {
                if unicode { r"\p{Alphabetic}" } else { "[[:alpha:]]" }.to_string()
            }
            "Lower" | "javaLowerCase" if unicode || name != "Lower" => r"\p{Lowercase}".to_string(),
            "Upper" | "javaUpperCase" if unicode || name != "Upper" => r"\p{Uppercase}".to_string(),
            "Alpha" if unicode => r"\p{Alphabetic}".to_string(),
            "Digit" if unicode => r"\p{Nd}".to_string(),
            "Alnum" if unicode => r"[\p{Alphabetic}\p{Nd}]".to_string(),
            "Punct" if unicode => r"\p{P}".to_string(),
            "Space" if unicode => r"\p{White_Space}".to_string(),
            "Lower" | "Upper" | "ASCII" | "Alpha" | "Digit" | "Alnum" | "Punct" | "Graph" | "Print"
            | "Blank" | "Cntrl" | "XDigit" | "Space" => format!("[[:{}:]]", name.to_ascii_lowercase()),
            "javaLetter" => r"\p{L}".to_string(),
            "javaDigit" => r"\p{Nd}".to_string(),
            "javaLetterOrDigit" => r"[\p{L}\p{Nd}]".to_string(),
            "javaAlphabetic" => r"\p{Alphabetic}".to_string(),
            "L1" => r"[\x00-\xff]".to_string(),
            "IsPunctuation" => r"\p{P}".to_string(),
            "IsLetter" => r"\p{L}".to_string(),
            "IsDigit" => r"\p{Nd}".to_string(),
            "IsControl" => r"\p{Cc}".to_string(),
            _ if name.starts_with("java") => {
                return Self::unsupported("a property of Java's characters", start);
            }
            _ if name.starts_with("In") || name.starts_with("blk=") || name.starts_with("block=") => {
                return Self::unsupported("a block of Unicode", start);
            }
            _ => format!(r"\p{{{}}}", name.strip_prefix("Is").unwrap_or(name)),
        };
        Ok(if negated { format!("[^{set}]") } else { set })
    }

    /// Reads a class after its opening bracket, and all classes within it.
    fn class(&mut self) -> Result<(), PatternError> {
        let folded = self.flags.ignore_case && self.flags.unicode;
        self.out.push_str(if folded { "(?i:[" } else { "[" });
        self.class_start();
        let mut depth = 1_usize;
        while depth > 0 {
            let start = self.at;
            let Some(character) = self.next() else { return self.invalid("a class is not closed") };
            match character {
                ']' => {
                    self.out.push(']');
                    depth -= 1;
                }
                '[' => {
                    self.out.push('[');
                    if let Some(length) = self.posix_class_length() {
                        self.out.push_str(self.rest().get(..length).unwrap_or_default());
                        self.at += length;
                    } else {
                        self.class_start();
                        depth += 1;
                    }
                }
                '&' if self.eat("&") => self.out.push_str("&&"),
                _ if self.flags.comments && character.is_ascii_whitespace() => {}
                '\\' if self.eat("Q") => {
                    let quoted = self.rest().split(r"\E").next().unwrap_or_default();
                    for literal in quoted.chars() {
                        self.range(literal, literal);
                    }
                    self.at += quoted.len();
                    self.eat(r"\E");
                }
                '\\' => match self.escape(start)? {
                    Escape::Literal(literal) => self.range_from(literal)?,
                    Escape::Set(set) => self.out.push_str(&set),
                    Escape::Assertion(_) => {
                        return self.invalid("a class has an escape that is not a character");
                    }
                },
                _ => self.range_from(character)?,
            }
        }
        if folded {
            self.out.push(')');
        }
        Ok(())
    }

    /// Translates a caret that negates, and a bracket that is literal because it comes first.
    fn class_start(&mut self) {
        if self.eat("^") {
            self.out.push('^');
        }
        if self.eat("]") {
            self.out.push_str(r"\]");
        }
    }

    /// Returns the length of `:alpha:]`, if such a name comes next.
    fn posix_class_length(&self) -> Option<usize> {
        let name = self.rest().strip_prefix(':')?;
        let name = name.strip_prefix('^').unwrap_or(name);
        let behind = name.trim_start_matches(|c: char| c.is_ascii_alphabetic()).strip_prefix(":]")?;
        Some(self.rest().len() - behind.len())
    }

    /// Returns a character of a class that may begin a range.
    fn range_from(&mut self, first: char) -> Result<(), PatternError> {
        let behind = self.rest().strip_prefix('-').unwrap_or_default();
        if behind.is_empty() || behind.starts_with([']', '[']) || behind.starts_with("&&") {
            self.range(first, first);
            return Ok(());
        }
        self.at += 1;
        let start = self.at;
        match self.next() {
            Some('\\') => match self.escape(start)? {
                Escape::Literal(last) => self.range(first, last),
                Escape::Set(set) => {
                    // Not a range after all: the hyphen is an ordinary character.
                    self.range(first, first);
                    self.range('-', '-');
                    self.out.push_str(&set);
                }
                Escape::Assertion(_) => return self.invalid("a class has an escape that is not a character"),
            },
            Some(last) => self.range(first, last),
            None => return self.invalid("a class is not closed"),
        }
        Ok(())
    }

    fn range(&mut self, first: char, last: char) {
        let write = |out: &mut String, first: char, last: char| {
            // By code, so that no character has a special meaning within brackets.
            out.push_str(&format!(r"\x{{{:x}}}", first as u32));
            if first != last {
                out.push_str(&format!(r"-\x{{{:x}}}", last as u32));
            }
        };
        write(&mut self.out, first, last);
        if self.flags.ignore_case && !self.flags.unicode {
            let (from, to) = (first.max('a'), last.min('z'));
            if from <= to {
                write(&mut self.out, from.to_ascii_uppercase(), to.to_ascii_uppercase());
            }
            let (from, to) = (first.max('A'), last.min('Z'));
            if from <= to {
                write(&mut self.out, from.to_ascii_lowercase(), to.to_ascii_lowercase());
            }
        }
    }
}
