//! `Header`: where a document comes from.

use super::{Name, Position};

/// The element `Header`.
#[derive(Clone, Debug, Default)]
pub struct Header {
    /// The element's place.
    pub position: Position,
    /// Who owns the model.
    pub copyright: Option<Name>,
    /// What the model is.
    pub description: Option<Name>,
    /// The model's version.
    pub model_version: Option<Name>,
    /// The program that wrote the document.
    pub application: Option<Application>,
}

/// The element `Application`.
#[derive(Clone, Debug)]
pub struct Application {
    /// The element's place.
    pub position: Position,
    /// The program's name.
    pub name: Name,
    /// Its version.
    pub version: Option<Name>,
}
