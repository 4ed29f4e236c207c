//! Events of the XML reader: each becomes a token, and limits are checked when elements open.

use super::Markup;
use crate::document::reference;
use crate::error::{Error, Position, Result};
use quick_xml::events::Event;

/// The kind of event that [`Markup::advance`] has read.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Token {
    /// A start tag; its element is open now.
    Start,
    /// An end tag; its element is closed.
    End,
    /// A part of the text between tags.
    Text,
    /// A `DOCTYPE`.
    DocType,
    /// The end of the document.
    Eof,
}

/// Whether the attributes of an element are needed.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Detail {
    Read,
    Skip,
}

impl Markup<'_> {
    /// Reads the next event, stores its details in `self`, and returns its kind.
    pub(super) fn advance(&mut self, detail: Detail) -> Result<Token> {
        loop {
            self.buffer.clear();
            self.reader.get_mut().begin_markup();
            let position = self.reader.get_ref().position();
            let event = match self.reader.read_event_into(&mut self.buffer) {
                Ok(event) => event,
                Err(error) => {
                    return Err(self
                        .reader
                        .get_mut()
                        .take_failure()
                        .unwrap_or_else(|| malformed(position, error)));
                }
            };
            match event {
                Event::Start(tag) | Event::Empty(tag) => {
                    self.elements += 1;
                    let limit = |message| Err(Error::Limit { position, message });
                    if self.elements > self.limits.elements {
                        return limit(format!(
                            "there are more than {} elements, which is the limit",
                            self.limits.elements
                        ));
                    }
                    if self.open.len() >= self.limits.depth {
                        return limit(format!(
                            "elements are more than {} deep, which is the limit",
                            self.limits.depth
                        ));
                    }
                    let name = self.names.intern(tag.local_name().as_ref());
                    self.open.push((name, position));
                    if detail == Detail::Read {
                        self.attributes.read(&tag, position, &self.limits)?;
                    }
                    return Ok(Token::Start);
                }
                Event::End(_) => {
                    self.open.pop();
                    return Ok(Token::End);
                }
                Event::Text(text) => {
                    self.text.clear();
                    self.text.push_str(&text.xml10_content());
                    return Ok(Token::Text);
                }
                Event::CData(text) => {
                    self.text.clear();
                    self.text.push_str(&text.xml10_content());
                    return Ok(Token::Text);
                }
                Event::GeneralRef(name) => {
                    self.text.clear();
                    self.text.push(
                        reference::resolve(&name).map_err(|message| Error::Syntax { position, message })?,
                    );
                    return Ok(Token::Text);
                }
                Event::DocType(text) => {
                    self.text.clear();
                    self.text.push_str(&text);
                    return Ok(Token::DocType);
                }
                Event::Decl(_) | Event::PI(_) | Event::Comment(_) => {}
                Event::Eof => return Ok(Token::Eof),
            }
        }
    }
}

/// Converts an error of the XML reader.
fn malformed(position: Position, error: quick_xml::Error) -> Error {
    match error {
        quick_xml::Error::Io(error) => Error::Io(std::io::Error::new(error.kind(), error)),
        error => Error::Syntax { position, message: error.to_string() },
    }
}
