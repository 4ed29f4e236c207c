//! The lines of a text, and a cursor in one of them.

use super::{ParseError, Parsed};
use crate::ir::{Constant, Id, Program, Type};
use std::str::FromStr;
use std::sync::Arc;

/// The lines of a text that are neither blank nor comments, one after the other.
pub(super) struct Lines<'t> {
    lines: std::iter::Peekable<std::iter::Enumerate<std::str::Lines<'t>>>,
    number: usize,
}

impl<'t> Lines<'t> {
    pub fn new(text: &'t str) -> Self {
        Self { lines: text.lines().enumerate().peekable(), number: 0 }
    }

    /// Returns the number of the line that was taken last.
    pub fn number(&self) -> usize {
        self.number
    }

    /// Returns the next line without taking it.
    pub fn peek(&mut self) -> Option<&'t str> {
        while let Some((_, line)) = self.lines.peek() {
            let line = line.trim();
            if !line.is_empty() && !line.starts_with(';') {
                return Some(line);
            }
            self.lines.next();
        }
        None
    }

    /// Takes the next line.
    pub fn next(&mut self) -> Option<Cursor<'t>> {
        let rest = self.peek()?;
        let (index, _) = self.lines.next()?;
        self.number = index + 1;
        Some(Cursor { rest, line: index + 1 })
    }

    /// Takes the next line. Fails at the end.
    pub fn need(&mut self) -> Parsed<Cursor<'t>> {
        let line = self.number + 1;
        self.next().ok_or_else(|| ParseError { line, problem: "the text ends too early".to_owned() })
    }
}

/// A position in a line.
#[derive(Clone, Debug)]
pub(super) struct Cursor<'t> {
    rest: &'t str,
    line: usize,
}

impl<'t> Cursor<'t> {
    /// Returns an error at this line.
    pub fn error<T>(&self, problem: impl Into<String>) -> Parsed<T> {
        Err(ParseError { line: self.line, problem: problem.into() })
    }

    /// Returns the rest of the line.
    pub fn rest(&self) -> &'t str {
        self.rest
    }

    /// Returns whether the line has no rest.
    pub fn is_done(&self) -> bool {
        self.rest.is_empty()
    }

    /// Skips a text if the rest starts with it. Returns whether it does.
    pub fn eat(&mut self, text: &str) -> bool {
        match self.rest.strip_prefix(text) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    /// Skips a text. Fails if the rest does not start with it.
    pub fn expect(&mut self, text: &str) -> Parsed<()> {
        if self.eat(text) {
            return Ok(());
        }
        if self.rest.contains('…') {
            return self.error("the program was truncated when it was printed");
        }
        self.error(format!("expected `{text}` before `{}`", self.rest))
    }

    /// Fails if the line has a rest.
    pub fn end(&self) -> Parsed<()> {
        if self.is_done() { Ok(()) } else { self.error(format!("unexpected `{}`", self.rest)) }
    }

    /// Takes the characters up to the first one that cannot be part of a word or number.
    pub fn word(&mut self) -> &'t str {
        let end =
            |character: char| !(character.is_alphanumeric() || matches!(character, '.' | '-' | '+' | '_'));
        let (word, rest) = self.rest.split_at(self.rest.find(end).unwrap_or(self.rest.len()));
        self.rest = rest;
        word
    }

    /// Takes the characters up to the next blank.
    pub fn symbol(&mut self) -> &'t str {
        let (symbol, rest) = self.rest.split_at(self.rest.find(' ').unwrap_or(self.rest.len()));
        self.rest = rest;
        symbol
    }

    /// Takes a number.
    pub fn number<T: FromStr>(&mut self) -> Parsed<T> {
        let before = self.rest;
        let word = self.word();
        match word.parse() {
            Ok(number) => Ok(number),
            Err(_) => self.error(format!("expected a number before `{before}`")),
        }
    }

    /// Takes digits, which may be followed by letters.
    pub fn digits(&mut self) -> Parsed<usize> {
        let end = |character: char| !character.is_ascii_digit();
        let (digits, rest) = self.rest.split_at(self.rest.find(end).unwrap_or(self.rest.len()));
        match digits.parse() {
            Ok(number) => {
                self.rest = rest;
                Ok(number)
            }
            Err(_) => self.error(format!("expected a number before `{}`", self.rest)),
        }
    }

    /// Takes the id of an entity, of which there are `count`, if the rest starts with one: `prefix` and a
    /// number.
    pub fn id<K: Id>(&mut self, prefix: &str, count: usize) -> Parsed<Option<K>> {
        let mut ahead = self.clone();
        if !ahead.eat(prefix) || !ahead.rest.starts_with(|next: char| next.is_ascii_digit()) {
            return Ok(None);
        }
        let index = ahead.digits()?;
        if index >= count {
            return self.error(format!("{prefix}{index} does not exist"));
        }
        *self = ahead;
        Ok(Some(K::new(index)))
    }

    /// Takes the id of an entity. Fails if there is none.
    pub fn need_id<K: Id>(&mut self, prefix: &str, count: usize) -> Parsed<K> {
        match self.id(prefix, count)? {
            Some(id) => Ok(id),
            None => self.error(format!("expected `{prefix}…` before `{}`", self.rest)),
        }
    }

    /// Takes a type.
    pub fn ty(&mut self) -> Parsed<Type> {
        const TYPES: [Type; 6] = [Type::Bool, Type::I64, Type::F32, Type::F64, Type::String, Type::List];
        let mut ahead = self.clone();
        let word = ahead.word();
        match TYPES.into_iter().find(|ty| ty.to_string() == word) {
            Some(ty) => {
                *self = ahead;
                Ok(ty)
            }
            None => self.error(format!("expected a type before `{}`", self.rest)),
        }
    }

    /// Takes a string as Rust's `Debug` writes it.
    pub fn string(&mut self) -> Parsed<String> {
        self.expect("\"")?;
        let mut string = String::new();
        let mut characters = self.rest.char_indices();
        while let Some((place, character)) = characters.next() {
            match character {
                '"' => {
                    self.rest = &self.rest[place + 1..];
                    return Ok(string);
                }
                '\\' => match characters.next() {
                    Some((_, 'n')) => string.push('\n'),
                    Some((_, 'r')) => string.push('\r'),
                    Some((_, 't')) => string.push('\t'),
                    Some((_, '0')) => string.push('\0'),
                    Some((_, 'u')) => {
                        let digits: String = characters
                            .by_ref()
                            .map(|(_, character)| character)
                            .skip_while(|character| *character == '{')
                            .take_while(|character| *character != '}')
                            .collect();
                        match u32::from_str_radix(&digits, 16).ok().and_then(char::from_u32) {
                            Some(character) => string.push(character),
                            None => return self.error("an escape in a string is malformed"),
                        }
                    }
                    Some((_, character)) => string.push(character),
                    None => break,
                },
                character => string.push(character),
            }
        }
        self.error("a string does not end")
    }

    /// Takes a constant, whose form determines its type: `true`, `1`, `1.0f32`, `1.0`, `"text"`. Strings are
    /// interned.
    pub fn constant(&mut self, program: &mut Program) -> Parsed<Constant> {
        if self.rest.starts_with('"') {
            let string = self.string()?;
            return Ok(Constant::String(Arc::make_mut(&mut program.dictionary).intern(&string)));
        }
        let before = self.rest;
        let word = self.word();
        let constant = match word {
            "true" => Some(Constant::Bool(true)),
            "false" => Some(Constant::Bool(false)),
            _ => match word.strip_suffix("f32") {
                Some(single) => single.parse().ok().map(Constant::F32),
                None if word.contains(['.', 'e', 'n', 'N']) => word.parse().ok().map(Constant::F64),
                None => word.parse().ok().map(Constant::I64),
            },
        };
        match constant {
            Some(constant) => Ok(constant),
            None if before.starts_with('…') => self.error("the program was truncated when it was printed"),
            None => self.error(format!("expected a constant before `{before}`")),
        }
    }

    /// Takes items with `, ` between them up to `end`, which is taken too.
    pub fn list<T>(&mut self, end: &str, mut item: impl FnMut(&mut Self) -> Parsed<T>) -> Parsed<Vec<T>> {
        let mut items = Vec::new();
        if self.eat(end) {
            return Ok(items);
        }
        loop {
            items.push(item(self)?);
            if self.eat(end) {
                return Ok(items);
            }
            self.expect(", ")?;
        }
    }

    /// Takes items with `, ` between them up to the end of the line.
    pub fn list_to_end<T>(&mut self, mut item: impl FnMut(&mut Self) -> Parsed<T>) -> Parsed<Vec<T>> {
        let mut items = Vec::new();
        while !self.is_done() {
            if !items.is_empty() {
                self.expect(", ")?;
            }
            items.push(item(self)?);
        }
        Ok(items)
    }
}
