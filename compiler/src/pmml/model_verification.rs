//! `ModelVerification`: rows with the results that the producer computed for them.

use super::inline_table::InlineTable;
use super::{Name, Position};

/// The element `ModelVerification`.
#[derive(Clone, Debug)]
pub struct ModelVerification {
    /// The element's place.
    pub position: Position,
    /// How many rows there should be.
    pub record_count: Option<u32>,
    /// How many fields there should be.
    pub field_count: Option<u32>,
    /// The fields, inputs and results.
    pub verification_fields: Vec<VerificationField>,
    /// The rows.
    pub inline_table: InlineTable,
}

/// The element `VerificationField`.
#[derive(Clone, Debug)]
pub struct VerificationField {
    /// The element's place.
    pub position: Position,
    /// The field: of the MiningSchema or of the Output.
    pub field: Name,
    /// The column that holds its values; where absent, the one of the field's name.
    pub column: Option<Name>,
    /// The relative error that is allowed.
    pub precision: f64,
    /// Below it, in magnitude, a value is as good as zero.
    pub zero_threshold: f64,
}
