//! The document's markup: elements in sequence, with their attributes.
//!
//! Every element's type has a function `read`, which is called when the element's start tag has been read. It takes the
//! attributes it knows, then asks for its children one by one until there are none left, at which point the end tag has
//! been read:
//!
//! ```text
//! let position = xml.position();
//! let field = xml.required("field")?;
//! while let Some(child) = xml.child()? {
//!     match &*child {
//!         "LinearNorm" => linear_norms.push(LinearNorm::read(xml)?),
//!         _ => return Err(xml.unexpected()),
//!     }
//! }
//! ```
//! Readers never see `Extension` elements, but there is a warning if one contains what its parent would accept
//! ([`content`]); nor do they see comments and processing instructions. [`typed`] reads attributes as values of a type.

mod event;
mod typed;

use self::event::{Detail, Token};
use crate::document::attribute::{odd_number, real};
use crate::document::attributes::Attributes;
use crate::document::content;
use crate::document::limits::Limits;
use crate::document::name::{Interner, Name};
use crate::document::quoted::quoted;
use crate::document::schema::{self, Leftovers};
use crate::document::source::Source;
use crate::document::warnings::{Warning, Warnings};
use crate::error::{Error, Position, Result};

/// Reads the markup of one document.
pub(in crate::document) struct Markup<'a> {
    reader: quick_xml::Reader<Source<'a>>,
    /// The bytes of the current event.
    buffer: Vec<u8>,
    names: Interner,
    limits: Limits,
    /// The open elements, outermost first. The last is the one being read.
    open: Vec<(Name, Position)>,
    /// The attributes of the element whose start tag was read last.
    attributes: Attributes,
    /// The text that was read last.
    text: String,
    elements: u64,
    /// The number of open expressions and predicates.
    nesting: usize,
    /// The number of open models.
    models: usize,
    warnings: Warnings,
    /// The verdicts on attributes that were not taken.
    leftovers: Leftovers,
}

/// The next piece of content inside of the element being read, see [`Markup::piece`].
pub(in crate::document) enum Piece<'t> {
    /// A child element with this name, which is now the one being read.
    Start(Name),
    /// A part of the text.
    Text(&'t str),
}

impl<'a> Markup<'a> {
    pub(in crate::document) fn new(source: Source<'a>, limits: Limits) -> Self {
        let mut reader = quick_xml::Reader::from_reader(source);
        // Every element has an end tag event, even if the tag is not written. White space is kept, so that an event
        // starts where the previous one ended, by which positions are known.
        reader.config_mut().expand_empty_elements = true;
        Markup {
            reader,
            buffer: Vec::new(),
            names: Interner::default(),
            limits,
            open: Vec::new(),
            attributes: Attributes::default(),
            text: String::new(),
            elements: 0,
            nesting: 0,
            models: 0,
            warnings: Warnings::default(),
            leftovers: Leftovers::default(),
        }
    }

    /// Reads up to the start tag of the root element and returns its name.
    pub(in crate::document) fn root(&mut self) -> Result<Name> {
        loop {
            let position = self.reader.get_ref().position();
            match self.advance(Detail::Read)? {
                Token::Start => return Ok(self.element()),
                Token::Text if is_blank(&self.text) => {}
                Token::Text => {
                    let message = "this is not an XML document: there is text before the first element";
                    return Err(Error::Syntax { position, message: message.to_owned() });
                }
                // An internal subset in brackets can declare entities, which PMML does not need.
                Token::DocType if self.text.contains('[') => {
                    return Err(self.syntax("a DOCTYPE with declarations is not supported; remove it"));
                }
                Token::DocType => {}
                Token::Eof | Token::End => {
                    return Err(self.syntax("the document is empty: there is no element in it"));
                }
            }
        }
    }

    /// Reads to the end of the document and returns the warnings. Fails if anything follows the root element.
    pub(in crate::document) fn finish(mut self) -> Result<Vec<Warning>> {
        loop {
            match self.advance(Detail::Skip)? {
                Token::Eof => return Ok(self.warnings.finish()),
                Token::Text if is_blank(&self.text) => {}
                _ => return Err(self.syntax("there is content after the end of the root element")),
            }
        }
    }

    /// Returns the number of bytes of the document read so far.
    pub(in crate::document) fn bytes(&self) -> u64 {
        self.reader.get_ref().bytes()
    }

    /// Returns the position of the element being read.
    pub(in crate::document) fn position(&self) -> Position {
        self.open.last().map_or(self.reader.get_ref().position(), |(_, position)| *position)
    }

    /// Returns the name of the element being read.
    pub(in crate::document) fn element(&self) -> Name {
        self.open.last().map_or_else(|| Name::from("the document"), |(name, _)| name.clone())
    }

    /// Returns the next child's name, after reading its start tag, or `None` after reading the end tag of the element
    /// itself.
    pub(in crate::document) fn child(&mut self) -> Result<Option<Name>> {
        self.finish_attributes();
        loop {
            match self.advance(Detail::Read)? {
                Token::Start if self.element() == "Extension" => self.extension()?,
                Token::Start => return Ok(Some(self.element())),
                Token::End => return Ok(None),
                Token::Text if is_blank(&self.text) => {}
                Token::Text => self.warn(format!("text inside of `{}` is ignored", self.element())),
                Token::DocType => return Err(self.syntax("a DOCTYPE inside of an element")),
                Token::Eof => return Err(self.truncated()),
            }
        }
    }

    /// Reads the next child as [`Markup::child`] does, but also children with the name `wanted` inside of `Extension`
    /// elements, where some exporters put them. The second result is whether the child is in an extension.
    pub(in crate::document) fn child_or_extended(&mut self, wanted: &str) -> Result<Option<(Name, bool)>> {
        self.finish_attributes();
        loop {
            // The parent itself, or an extension in it.
            let is_extension = self.element() == "Extension";
            match self.advance(Detail::Read)? {
                Token::Start if self.element() == "Extension" => self.attributes.clear(),
                Token::Start if is_extension && self.element() != *wanted => self.skip()?,
                Token::Start => return Ok(Some((self.element(), is_extension))),
                Token::End if is_extension => {}
                Token::End => return Ok(None),
                Token::Text if is_extension || is_blank(&self.text) => {}
                Token::Text => self.warn(format!("text inside of `{}` is ignored", self.element())),
                Token::DocType => return Err(self.syntax("a DOCTYPE inside of an element")),
                Token::Eof => return Err(self.truncated()),
            }
        }
    }

    /// Skips an `Extension`, with a warning if it contains an element that its parent would accept: extensions may be
    /// ignored, but such an element is meant to change the scores.
    fn extension(&mut self) -> Result<()> {
        self.attributes.clear();
        let parent = self.parent();
        let outside = self.open.len().saturating_sub(1);
        let mut has_warned = false;
        while self.open.len() > outside {
            match self.advance(Detail::Skip)? {
                Token::DocType => return Err(self.syntax("a DOCTYPE inside of an element")),
                Token::Eof => return Err(self.truncated()),
                Token::Start => {
                    let element = self.element();
                    if !has_warned && content::accepts(&parent, &element) {
                        has_warned = true;
                        self.warn(format!(
                            "`{element}` is inside of an `Extension` of `{parent}` and is ignored: it might change the scores"
                        ));
                    }
                }
                Token::End | Token::Text => {}
            }
        }
        Ok(())
    }

    /// Returns the next piece of content of the element being read, whatever it is, or `None` after reading its end
    /// tag.
    pub(in crate::document) fn piece(&mut self) -> Result<Option<Piece<'_>>> {
        match self.advance(Detail::Read)? {
            Token::Start => Ok(Some(Piece::Start(self.element()))),
            Token::Text => Ok(Some(Piece::Text(&self.text))),
            Token::End => Ok(None),
            Token::DocType => Err(self.syntax("a DOCTYPE inside of an element")),
            Token::Eof => Err(self.truncated()),
        }
    }

    /// Takes all attributes of the element whose start tag was read last, except those that bind namespaces.
    pub(in crate::document) fn all_attributes(&mut self) -> Vec<(Name, Name)> {
        let mut attributes = Vec::new();
        for (name, value) in self.attributes.all() {
            if !name.starts_with("xmlns") {
                attributes.push((self.names.intern(name), self.names.intern(value)));
            }
        }
        self.attributes.clear();
        attributes
    }

    /// Returns an attribute of the element whose start tag was read last, as written.
    pub(in crate::document) fn attribute_text(&self, name: &str) -> Option<&str> {
        self.attributes.find(name)
    }

    /// Reads to the end tag of an element without children. Fails if it has one.
    pub(in crate::document) fn leaf(&mut self) -> Result<()> {
        match self.child()? {
            None => Ok(()),
            Some(_) => Err(self.unexpected()),
        }
    }

    /// Reads to the end tag of an element that contains text, and returns the text unchanged.
    pub(in crate::document) fn text(&mut self) -> Result<String> {
        self.finish_attributes();
        let mut text = String::new();
        loop {
            match self.advance(Detail::Read)? {
                Token::Start if self.element() == "Extension" => self.extension()?,
                Token::Start => return Err(self.unexpected()),
                Token::End => return Ok(text),
                Token::Text => {
                    if text.len().saturating_add(self.text.len()) > self.limits.markup_bytes {
                        let message =
                            format!("a text is longer than the limit of {} bytes", self.limits.markup_bytes);
                        return Err(Error::Limit { position: self.position(), message });
                    }
                    text.push_str(&self.text);
                }
                Token::DocType => return Err(self.syntax("a DOCTYPE inside of an element")),
                Token::Eof => return Err(self.truncated()),
            }
        }
    }

    /// Reads text as [`Markup::text`] does, and interns it.
    pub(in crate::document) fn name(&mut self) -> Result<Name> {
        let text = self.text()?;
        Ok(self.intern(&text))
    }

    /// Reads to the end tag, ignoring everything in between.
    pub(in crate::document) fn skip(&mut self) -> Result<()> {
        self.skip_to(self.open.len().saturating_sub(1))
    }

    /// Reads until only `depth` elements are open.
    fn skip_to(&mut self, depth: usize) -> Result<()> {
        self.attributes.clear();
        while self.open.len() > depth {
            match self.advance(Detail::Skip)? {
                Token::DocType => return Err(self.syntax("a DOCTYPE inside of an element")),
                Token::Eof => return Err(self.truncated()),
                Token::Start | Token::End | Token::Text => {}
            }
        }
        Ok(())
    }

    /// Skips an unknown element in a place where it cannot change the scores, with a warning.
    pub(in crate::document) fn ignore(&mut self) -> Result<()> {
        let (element, parent) = (self.element(), self.parent());
        let meant = schema::did_you_mean(&element, content::children(&parent));
        self.warn(format!("the unknown element `{}` is ignored{meant}", quoted(&element)));
        self.skip()
    }

    /// Returns the `Name` of a string, storing it on first use.
    pub(in crate::document) fn intern(&mut self, text: &str) -> Name {
        self.names.intern(text)
    }

    /// Reads a child that may occur only once. Fails if the slot is filled.
    pub(in crate::document) fn once<T>(
        &mut self,
        slot: &mut Option<T>,
        read: impl FnOnce(&mut Self) -> Result<T>,
    ) -> Result<()> {
        if slot.is_some() {
            let (position, element) = (self.position(), self.element());
            let parent = self.parent();
            let message =
                format!("`{parent}` has no place for this `{element}`: it has one of its kind already");
            return Err(Error::invalid(position, &*element, message));
        }
        *slot = Some(read(self)?);
        Ok(())
    }

    /// Reads a child that may occur only once and that few results depend on, if any. If it is invalid it is ignored,
    /// with a warning, and results that need it are refused.
    pub(in crate::document) fn dispensable<T>(
        &mut self,
        slot: &mut Option<T>,
        read: impl FnOnce(&mut Self) -> Result<T>,
    ) -> Result<()> {
        let (outside, element) = (self.open.len().saturating_sub(1), self.element());
        match self.once(slot, read) {
            Err(Error::Invalid { position, message, .. } | Error::Unsupported { position, message, .. }) => {
                let message = format!("`{element}` is ignored: {message}");
                self.warn_of(position, &element, message);
                self.skip_to(outside)
            }
            result => result,
        }
    }

    /// Reports an element whose name an earlier one has: a warning with the consequence if the two are equal, an error
    /// if they differ.
    pub(in crate::document) fn twice(
        &mut self,
        element: &str,
        name: &Name,
        (first, second): (Position, Position),
        is_same: bool,
        consequence: &str,
    ) -> Result<()> {
        let name = quoted(name);
        if !is_same {
            let message = format!("the {element} `{name}` is defined twice, and the one at {first} differs");
            return Err(Error::invalid(second, element, message));
        }
        let message = format!("the {element} `{name}` is defined twice, as at {first}: {consequence}");
        self.warn_of(second, element, message);
        Ok(())
    }

    /// Reads an expression or a predicate that may contain others. Fails if they are nested too deep.
    pub(in crate::document) fn nested<T>(&mut self, read: impl FnOnce(&mut Self) -> Result<T>) -> Result<T> {
        if self.nesting >= self.limits.nesting {
            let limit = self.limits.nesting;
            let message = format!("more than {limit} expressions or predicates are inside one another");
            return Err(Error::Limit { position: self.position(), message });
        }
        self.nesting += 1;
        let result = read(self);
        self.nesting -= 1;
        result
    }

    /// Reads a model, which may contain others. Fails if they are nested too deep.
    pub(in crate::document) fn nested_model<T>(
        &mut self,
        read: impl FnOnce(&mut Self) -> Result<T>,
    ) -> Result<T> {
        if self.models >= self.limits.models {
            let message = format!("more than {} models are inside one another", self.limits.models);
            return Err(Error::Limit { position: self.position(), message });
        }
        self.models += 1;
        let result = read(self);
        self.models -= 1;
        result
    }

    /// Returns the error of an unexpected element, the one being read.
    pub(in crate::document) fn unexpected(&self) -> Error {
        let (position, element, parent) = (self.position(), self.element(), self.parent());
        let meant = schema::did_you_mean(&element, content::children(&parent));
        let message =
            format!("`{element}` inside `{parent}` is not supported, and it might change the scores{meant}");
        Error::unsupported(position, &*element, message)
    }

    fn parent(&self) -> Name {
        let parent = self.open.len().checked_sub(2).and_then(|index| self.open.get(index));
        parent.map_or_else(|| Name::from("the document"), |(name, _)| name.clone())
    }

    /// Returns the namespaces bound by the element whose start tag was read last.
    pub(in crate::document) fn namespaces(&self) -> impl Iterator<Item = &str> {
        self.attributes.starting_with("xmlns")
    }

    /// Adds a warning about the element being read.
    fn warn(&mut self, message: String) {
        let element = self.element();
        self.warn_of(self.position(), &element, message);
    }

    /// Adds a warning about an element that has been read.
    pub(in crate::document) fn warn_of(&mut self, position: Position, element: &str, message: String) {
        self.warnings.add(position, element, message);
    }

    /// Warns of a number in an element's text that is written in an odd way.
    pub(in crate::document) fn warn_of_odd_number(&mut self, position: Position, element: &str, text: &str) {
        // Nearly all numbers are short and consist of digits; only others are checked.
        let is_plain = text.len() < 300 && !text.bytes().any(|byte| byte.is_ascii_alphabetic());
        let oddity = if is_plain { None } else { real(text).and_then(|number| odd_number(text, number)) };
        if let Some(oddity) = oddity {
            self.warn_of(position, element, format!("in `{element}`: {oddity}"));
        }
    }

    /// Warns of the attributes that were not taken, and clears all.
    fn finish_attributes(&mut self) {
        if let Some((element, position)) = self.open.last() {
            for attribute in self.attributes.left() {
                self.leftovers.judge(&mut self.warnings, *position, element, attribute);
            }
        }
        self.attributes.clear();
    }

    /// Returns the error of malformed markup at the element being read.
    fn syntax(&self, message: &str) -> Error {
        Error::Syntax { position: self.position(), message: message.to_owned() }
    }

    /// Returns the error of a document that ends inside of an element.
    fn truncated(&self) -> Error {
        let (opened, element) = (self.position(), self.element());
        let message = format!("the document ends inside of `{element}`, which begins at {opened}");
        Error::Syntax { position: self.reader.get_ref().position(), message }
    }
}

/// Returns the error of an element that lacks a child.
pub(in crate::document) fn lacks(position: Position, element: &str, what: &str) -> Error {
    Error::invalid(position, element, format!("`{element}` lacks {what}"))
}

/// Returns whether a string consists of XML white space.
fn is_blank(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_whitespace())
}
