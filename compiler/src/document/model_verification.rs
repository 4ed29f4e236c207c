//! `ModelVerification`: rows with the results that the exporter computed for them.

use super::inline_table::InlineTable;
use super::markup::{Markup, lacks};
use super::{Name, Position};
use crate::error::Result;

/// The element `ModelVerification`.
#[derive(Clone, Debug)]
pub struct ModelVerification {
    /// The element's position.
    pub position: Position,
    /// The declared number of rows.
    pub record_count: Option<u32>,
    /// The declared number of fields.
    pub field_count: Option<u32>,
    /// The fields, inputs and results.
    pub verification_fields: Vec<VerificationField>,
    /// The rows.
    pub inline_table: InlineTable,
}

/// The element `VerificationField`.
#[derive(Clone, Debug)]
pub struct VerificationField {
    /// The element's position.
    pub position: Position,
    /// The field, of the MiningSchema or the Output.
    pub field: Name,
    /// The column that holds its values; if absent, the one with the field's name.
    pub column: Option<Name>,
    /// The tolerance for the relative error.
    pub precision: f64,
    /// The magnitude below which a value counts as zero.
    pub zero_threshold: f64,
}

impl ModelVerification {
    pub(super) fn read(xml: &mut Markup<'_>) -> Result<Self> {
        let position = xml.position();
        let record_count = xml.description("recordCount")?;
        let field_count = xml.description("fieldCount")?;
        let (mut verification_fields, mut inline_table) = (None, None);
        while let Some(child) = xml.child()? {
            match &*child {
                "VerificationFields" => xml.once(&mut verification_fields, VerificationField::read_all)?,
                "InlineTable" => xml.once(&mut inline_table, InlineTable::read)?,
                _ => return Err(xml.unexpected()),
            }
        }
        let lacks = |what| lacks(position, "ModelVerification", what);
        let verification_fields =
            verification_fields.ok_or_else(|| lacks("the element `VerificationFields`"))?;
        let inline_table = inline_table.ok_or_else(|| lacks("an `InlineTable`"))?;
        Ok(ModelVerification { position, record_count, field_count, verification_fields, inline_table })
    }
}

impl VerificationField {
    /// Reads the element `VerificationFields`.
    fn read_all(xml: &mut Markup<'_>) -> Result<Vec<Self>> {
        let mut fields = Vec::new();
        while let Some(child) = xml.child()? {
            match &*child {
                "VerificationField" => fields.push(VerificationField::read(xml)?),
                _ => return Err(xml.unexpected()),
            }
        }
        Ok(fields)
    }

    fn read(xml: &mut Markup<'_>) -> Result<Self> {
        let field = VerificationField {
            position: xml.position(),
            field: xml.required("field")?,
            column: xml.optional("column")?,
            precision: xml.description("precision")?.unwrap_or(1e-6),
            zero_threshold: xml.description("zeroThreshold")?.unwrap_or(1e-16),
        };
        xml.leaf()?;
        Ok(field)
    }
}
