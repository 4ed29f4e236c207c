//! `Header`: where a document comes from.

use super::markup::Markup;
use super::{Name, Position};
use crate::error::Result;

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
    /// The program's name. The schema requires it; converters in repackaged archives do not know it.
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
