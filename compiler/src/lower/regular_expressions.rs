//! The regular expressions of a document, compiled once each.

use crate::document::{Name, Position};
use crate::error::{Error, Result};
use pmml_runtime::text::regex::Pattern;
use pmml_runtime::text::text_index::Tokenizer;
use std::collections::HashMap;
use std::rc::Rc;

/// What the regular expressions of a document are compiled to, to check them and to split its terms: a document repeats
/// the same one for every term.
#[derive(Debug, Default)]
pub(crate) struct RegularExpressions {
    tokenizers: HashMap<(Name, bool, bool), Rc<Tokenizer>>,
    patterns: HashMap<String, Rc<Pattern>>,
}

impl RegularExpressions {
    pub fn pattern(&mut self, text: &str, position: Position) -> Result<Rc<Pattern>> {
        if let Some(known) = self.patterns.get(text) {
            return Ok(known.clone());
        }
        let pattern = Rc::new(Pattern::new(text).map_err(|error| unusable(text, &error, position))?);
        self.patterns.insert(text.to_owned(), pattern.clone());
        Ok(pattern)
    }

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

fn unusable(expression: &str, error: &impl std::fmt::Display, position: Position) -> Error {
    let message = format!("the regular expression `{expression}` cannot be used: {error}");
    Error::unsupported(position, "TextIndex", message)
}
