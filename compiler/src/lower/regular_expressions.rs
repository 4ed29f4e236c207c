//! The regular expressions of a document, each compiled once.

use crate::document::{Name, Position};
use crate::error::{Error, Result};
use pmml_runtime::text::regex::Pattern;
use pmml_runtime::text::text_index::Tokenizer;
use std::collections::HashMap;
use std::rc::Rc;

/// The compiled regular expressions of a document, by which they are checked and constant terms are split. A document
/// repeats the same expression for every term.
#[derive(Debug, Default)]
pub(crate) struct RegularExpressions {
    tokenizers: HashMap<(Name, bool, bool), Rc<Tokenizer>>,
    patterns: HashMap<String, Rc<Pattern>>,
}

impl RegularExpressions {
    /// Compiles a pattern, unless it is known. Fails if it is malformed or not supported.
    pub fn pattern(&mut self, text: &str, position: Position) -> Result<Rc<Pattern>> {
        if let Some(known) = self.patterns.get(text) {
            return Ok(known.clone());
        }
        let pattern = Rc::new(Pattern::new(text).map_err(|error| unusable(text, &error, position))?);
        self.patterns.insert(text.to_owned(), pattern.clone());
        Ok(pattern)
    }

    /// Compiles a tokenizer, unless it is known. Fails if its expression is malformed or not supported.
    pub fn tokenizer(
        &mut self,
        expression: &Name,
        matches_words: bool,
        case_sensitive: bool,
        position: Position,
    ) -> Result<Rc<Tokenizer>> {
        let key = (expression.clone(), matches_words, case_sensitive);
        if let Some(known) = self.tokenizers.get(&key) {
            return Ok(known.clone());
        }
        let tokenizer = if matches_words {
            Tokenizer::by_word(expression, case_sensitive)
        } else {
            Tokenizer::by_separator(expression, case_sensitive)
        };
        let tokenizer = Rc::new(tokenizer.map_err(|error| unusable(expression, &error, position))?);
        self.tokenizers.insert(key, tokenizer.clone());
        Ok(tokenizer)
    }
}

/// Returns the error of a regular expression that does not compile.
fn unusable(expression: &str, error: &impl std::fmt::Display, position: Position) -> Error {
    let message = format!("the regular expression `{expression}` cannot be used: {error}");
    Error::unsupported(position, "TextIndex", message)
}
