//! `Header`: the origin of a document.

use super::markup::Markup;
use super::{Name, Position};
use crate::error::Result;

/// The element `Header`.
#[derive(Clone, Debug, Default)]
pub struct Header {
    /// The element's position.
    pub position: Position,
    /// The owner of the model.
    pub copyright: Option<Name>,
    /// A description of the model.
    pub description: Option<Name>,
    /// The model's version.
    pub model_version: Option<Name>,
    /// The program that wrote the document.
    pub application: Option<Application>,
}

/// The element `Application`.
#[derive(Clone, Debug)]
pub struct Application {
    /// The element's position.
    pub position: Position,
    /// The program's name. The schema requires it; some converters omit it.
    pub name: Option<Name>,
    /// Its version.
    pub version: Option<Name>,
}

impl Header {
    pub(super) fn read(xml: &mut Markup<'_>) -> Result<Self> {
        let mut header = Header {
            position: xml.position(),
            copyright: xml.optional("copyright")?,
            description: xml.optional("description")?,
            model_version: xml.optional("modelVersion")?,
            application: None,
        };
        while let Some(child) = xml.child()? {
            match &*child {
                "Application" => xml.once(&mut header.application, Application::read)?,
                _ => xml.skip()?,
            }
        }
        Ok(header)
    }
}

impl Application {
    fn read(xml: &mut Markup<'_>) -> Result<Self> {
        let application = Application {
            position: xml.position(),
            name: xml.optional("name")?,
            version: xml.optional("version")?,
        };
        xml.skip()?;
        Ok(application)
    }
}
