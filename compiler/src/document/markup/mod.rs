//! The document's markup: elements one after the other, with their attributes.
//!
//! Every element's type has a function `read` that is called when its start tag has been read. It takes the attributes
//! it knows, then asks for its children one by one until there are none left, which is when the end tag has been read:
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
//! `Extension` elements never show, but there is a warning where one holds what its parent would accept ([`content`]);
//! comments and processing instructions do not show either. Attributes are read as values of a type in [`typed`].

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
    /// The elements that are open, outermost first. The last is the one being read.
    open: Vec<(Name, Position)>,
    /// The attributes of the element whose start tag was read last.
    attributes: Attributes,
    /// The text that was read last.
    text: String,
    elements: u64,
    /// Expressions and predicates that are open.
    nesting: usize,
    /// Models that are open.
    models: usize,
    warnings: Warnings,
    /// What is known of the attributes that were not taken.
    leftovers: Leftovers,
}

/// What stands next inside of the element being read, see [`Markup::piece`].
pub(in crate::document) enum Piece<'t> {
    /// An element of this name, which is the one being read from now on.
    Start(Name),
    /// A part of the text.
    Text(&'t str),
}

impl<'a> Markup<'a> {
    pub(in crate::document) fn new(source: Source<'a>, limits: Limits) -> Self {
        let mut reader = quick_xml::Reader::from_reader(source);
        // Every element ends with an end tag, written or not; white space is kept, so that an event begins where the
        // one before it ended: that is how positions are known.
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
                // A subset in brackets may declare entities, and nothing that PMML needs.
                Token::DocType if self.text.contains('[') => {
                    return Err(
                        self.syntax("a DOCTYPE with declarations of its own is not supported; remove it")
                    );
                }
                Token::DocType => {}
                Token::Eof | Token::End => {
                    return Err(self.syntax("the document is empty: there is no element in it"));
                }
            }
        }
    }

    /// Reads what follows the root element, which must be nothing.
    pub(in crate::document) fn finish(mut self) -> Result<Vec<Warning>> {
        loop {
            match self.advance(Detail::Skip)? {
                Token::Eof => return Ok(self.warnings.finish()),
                Token::Text if is_blank(&self.text) => {}
                _ => return Err(self.syntax("there is something after the end of the root element")),
            }
        }
    }

    /// Returns how many bytes of the document have been read.
    pub(in crate::document) fn bytes(&self) -> u64 {
        self.reader.get_ref().bytes()
    }

    /// Returns the place of the element being read.
    pub(in crate::document) fn position(&self) -> Position {
        self.open.last().map_or(self.reader.get_ref().position(), |(_, position)| *position)
    }

    /// Returns the name of the element being read.
    pub(in crate::document) fn element(&self) -> Name {
        self.open.last().map_or_else(|| Name::from("the document"), |(name, _)| name.clone())
    }

    /// Returns the next child's name; its start tag has been read. None: the end tag of the element itself has.
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

    /// Reads the next child as [`Markup::child`] does, where exporters put children of one name into `Extension`
    /// elements: those are returned as if they stood outside. The second result tells whether they do not.
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

    /// Skips an `Extension`, with a warning if it holds an element that its parent would accept: an extension may be
    /// ignored, but its author means the scores to depend on such an element.
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
                            "`{element}` stands in an `Extension` of `{parent}` and is ignored: it might change the scores"
                        ));
                    }
                }
                Token::End | Token::Text => {}
            }
        }
        Ok(())
    }

    /// Returns what stands next inside of the element being read, whatever it is; `None` at its end tag, which has been
    /// read.
    pub(in crate::document) fn piece(&mut self) -> Result<Option<Piece<'_>>> {
        match self.advance(Detail::Read)? {
            Token::Start => Ok(Some(Piece::Start(self.element()))),
            Token::Text => Ok(Some(Piece::Text(&self.text))),
            Token::End => Ok(None),
            Token::DocType => Err(self.syntax("a DOCTYPE inside of an element")),
            Token::Eof => Err(self.truncated()),
        }
    }

    /// Takes all attributes of the element whose start tag was read last, but for those that bind namespaces.
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

    /// Returns an attribute of the element whose start tag was read last, as it is written.
    pub(in crate::document) fn attribute_text(&self, name: &str) -> Option<&str> {
        self.attributes.find(name)
    }

    /// Reads up to the end tag of an element that has no children.
    pub(in crate::document) fn leaf(&mut self) -> Result<()> {
        match self.child()? {
            None => Ok(()),
            Some(_) => Err(self.unexpected()),
        }
    }

    /// Reads up to the end tag of an element that holds text; the text, as it stands.
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

    /// Reads text as [`Markup::text`] does, and stores it once.
    pub(in crate::document) fn name(&mut self) -> Result<Name> {
        let text = self.text()?;
        Ok(self.intern(&text))
    }

    /// Reads up to the end tag, whatever is in between.
    pub(in crate::document) fn skip(&mut self) -> Result<()> {
        self.skip_to(self.open.len().saturating_sub(1))
    }

    /// Reads up to where so many elements are open.
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

    /// Returns the one `Name` of this text.
    pub(in crate::document) fn intern(&mut self, text: &str) -> Name {
        self.names.intern(text)
    }

    /// Reads a child that may occur but once.
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

    /// Reads a child that may occur but once and that few answers depend on, if any: where it breaks the rules it is
    /// ignored, with a warning, and those answers are refused for want of it.
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

    /// Judges an element whose name another one beside it had before: one that says the same is warned of, with what
    /// becomes of it, and one that says something else is an error.
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

    /// Reads an expression or a predicate that may hold others: counts how many are inside one another.
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

    /// Reads a model, which may hold others: counts how many are inside one another.
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

    /// Returns the error of an element in the wrong place: the one being read.
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

    /// Returns the namespaces that the element whose start tag was read last binds.
    pub(in crate::document) fn namespaces(&self) -> impl Iterator<Item = &str> {
        self.attributes.starting_with("xmlns")
    }

    /// Keeps a warning about the element being read.
    fn warn(&mut self, message: String) {
        let element = self.element();
        self.warn_of(self.position(), &element, message);
    }

    /// Keeps a warning about an element that has been read.
    pub(in crate::document) fn warn_of(&mut self, position: Position, element: &str, message: String) {
        self.warnings.add(position, element, message);
    }

    /// Warns of how a number in an element's text is written, if that is odd.
    pub(in crate::document) fn warn_of_odd_number(&mut self, position: Position, element: &str, text: &str) {
        // Nearly all numbers are digits, and few of them: the others are looked at closely.
        let is_plain = text.len() < 300 && !text.bytes().any(|byte| byte.is_ascii_alphabetic());
        let oddity = if is_plain { None } else { real(text).and_then(|number| odd_number(text, number)) };
        if let Some(oddity) = oddity {
            self.warn_of(position, element, format!("in `{element}`: {oddity}"));
        }
    }

    /// Warns of the attributes that were not taken, and forgets them all.
    fn finish_attributes(&mut self) {
        if let Some((element, position)) = self.open.last() {
            for attribute in self.attributes.left() {
                self.leftovers.judge(&mut self.warnings, *position, element, attribute);
            }
        }
        self.attributes.clear();
    }

    fn syntax(&self, message: &str) -> Error {
        Error::Syntax { position: self.position(), message: message.to_owned() }
    }

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

/// Returns whether a text is white space alone, as XML has it.
fn is_blank(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_whitespace())
}
