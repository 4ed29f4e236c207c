//! `ResultField`: a result of an embedded model, which the model around it uses as a field.

use super::data_dictionary::{DataType, OpType};
use super::markup::Markup;
use super::output::ResultFeature;
use super::{Name, Position};
use crate::error::Result;

/// The element `ResultField`: a result of an embedded model, used as a field by the model around it.
#[derive(Clone, Debug)]
pub struct ResultField {
    /// The element's position.
    pub position: Position,
    /// The field's name.
    pub name: Name,
    /// The name to display.
    pub display_name: Option<Name>,
    /// The operations that the values support.
    pub optype: Option<OpType>,
    /// The type of the values.
    pub data_type: Option<DataType>,
    /// The feature that it returns.
    pub feature: Option<ResultFeature>,
    /// The category or the like that the feature refers to.
    pub value: Option<Name>,
}

impl ResultField {
    pub(super) fn read(xml: &mut Markup<'_>) -> Result<Self> {
        let field = ResultField {
            position: xml.position(),
            name: xml.required("name")?,
            display_name: xml.optional("displayName")?,
            optype: xml.optional("optype")?,
            data_type: xml.optional("dataType")?,
            feature: xml.optional("feature")?,
            value: xml.optional("value")?,
        };
        xml.leaf()?;
        Ok(field)
    }
}
