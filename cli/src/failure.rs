//! Failures of the tool, as shown to the user.

use crate::excerpt::Excerpt;
use miette::{Diagnostic, LabeledSpan, SourceCode};
use std::fmt;
use std::io;

/// A failure: what is wrong, where, and how to fix it.
#[derive(Debug)]
pub struct Failure {
    message: String,
    excerpt: Option<Box<Excerpt>>,
    help: Option<String>,
    broken_pipe: bool,
}

impl Failure {
    /// Makes a failure with only a message, whose values are truncated and escaped.
    pub fn new(message: impl Into<String>) -> Self {
        let message = pmml::into_legible(message.into());
        Failure { message, excerpt: None, help: None, broken_pipe: false }
    }

    /// Makes the failure of a read or write.
    pub fn io(what: impl fmt::Display, error: &io::Error) -> Self {
        let reason = match error.kind() {
            io::ErrorKind::NotFound => "there is no such file or directory".to_owned(),
            io::ErrorKind::PermissionDenied => "permission denied".to_owned(),
            io::ErrorKind::IsADirectory => "it is a directory, not a file".to_owned(),
            _ => error.to_string(),
        };
        let broken_pipe = error.kind() == io::ErrorKind::BrokenPipe;
        Failure { broken_pipe, ..Failure::new(format!("{what}: {reason}")) }
    }

    /// Adds advice on how to fix it.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(pmml::into_legible(help.into()));
        self
    }

    /// Adds an excerpt that shows the position.
    #[must_use]
    pub fn excerpt(mut self, excerpt: Option<Excerpt>) -> Self {
        self.excerpt = excerpt.map(Box::new);
        self
    }

    /// Returns whether the reader of the results closed the pipe, which is not an error: `pmmlc score … | head` does so.
    pub fn is_broken_pipe(&self) -> bool {
        self.broken_pipe
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Failure {}

impl Diagnostic for Failure {
    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        self.help.as_ref().map(|help| Box::new(help) as Box<dyn fmt::Display>)
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        self.excerpt.as_ref().map(|excerpt| &**excerpt as &dyn SourceCode)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        let excerpt = self.excerpt.as_ref()?;
        Some(Box::new(std::iter::once(LabeledSpan::new_with_span(Some("here".to_owned()), excerpt.mark()))))
    }
}
