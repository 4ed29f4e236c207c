//! Predicates: conditions that are true, false or unknown for a row.

use super::array::Array;
use super::enumeration::enumeration;
use super::markup::{Markup, lacks};
use super::{Name, Position};
use crate::error::Result;

/// An element of the standard's group `PREDICATE`.
#[derive(Clone, Debug)]
pub enum Predicate {
    /// Compares a field with a value.
    SimplePredicate(SimplePredicate),
    /// Combines predicates.
    CompoundPredicate(CompoundPredicate),
    /// Tests whether a field's value is in a set.
    SimpleSetPredicate(Box<SimpleSetPredicate>),
    /// Always true.
    True(Position),
    /// Always false.
    False(Position),
}

impl Predicate {
    /// Returns the position of the predicate's element.
    pub fn position(&self) -> Position {
        match self {
            Predicate::SimplePredicate(element) => element.position,
            Predicate::CompoundPredicate(element) => element.position,
            Predicate::SimpleSetPredicate(element) => element.position,
            Predicate::True(position) | Predicate::False(position) => *position,
        }
    }
}

/// The element `SimplePredicate`.
#[derive(Clone, Debug)]
pub struct SimplePredicate {
    /// The element's position.
    pub position: Position,
    /// The field.
    pub field: Name,
    /// The comparison.
    pub operator: Operator,
    /// The value, in the field's type; required unless the operator tests for missing values.
    pub value: Option<Name>,
}

enumeration! {
    /// A comparison of a field with a value.
    #[allow(missing_docs, reason = "the variants are the standard's words")]
    pub enum Operator {
        Equal = "equal",
        NotEqual = "notEqual",
        LessThan = "lessThan",
        LessOrEqual = "lessOrEqual",
        GreaterThan = "greaterThan",
        GreaterOrEqual = "greaterOrEqual",
        IsMissing = "isMissing",
        IsNotMissing = "isNotMissing",
    }
}

/// The element `CompoundPredicate`.
#[derive(Clone, Debug)]
pub struct CompoundPredicate {
    /// The element's position.
    pub position: Position,
    /// How the predicates are combined.
    pub boolean_operator: BooleanOperator,
    /// The predicates, in order.
    pub predicates: Vec<Predicate>,
}

enumeration! {
    /// How a `CompoundPredicate` combines predicates.
    pub enum BooleanOperator {
        /// True if any is.
        Or = "or",
        /// True if all are.
        And = "and",
        /// True if an odd number of them are.
        Xor = "xor",
        /// The outcome of the first that is not unknown.
        Surrogate = "surrogate",
    }
}

/// The element `SimpleSetPredicate`.
#[derive(Clone, Debug)]
pub struct SimpleSetPredicate {
    /// The element's position.
    pub position: Position,
    /// The field.
    pub field: Name,
    /// Whether the value must be in the set, or must not.
    pub boolean_operator: SetOperator,
    /// The set.
    pub array: Array,
}

enumeration! {
    /// Membership in a set.
    #[allow(missing_docs, reason = "the variants are the standard's words")]
    pub enum SetOperator {
        IsIn = "isIn",
        IsNotIn = "isNotIn",
    }
}

impl Predicate {
    /// Returns whether an element of this name is a predicate.
    pub(super) fn is(element: &str) -> bool {
        matches!(element, "SimplePredicate" | "CompoundPredicate" | "SimpleSetPredicate" | "True" | "False")
    }

    /// Reads the predicate whose start tag has been read.
    pub(super) fn read(xml: &mut Markup<'_>) -> Result<Self> {
        let position = xml.position();
        Ok(match &*xml.element() {
            "SimplePredicate" => Predicate::SimplePredicate(SimplePredicate::read(xml)?),
            "CompoundPredicate" => Predicate::CompoundPredicate(xml.nested(CompoundPredicate::read)?),
            "SimpleSetPredicate" => Predicate::SimpleSetPredicate(Box::new(SimpleSetPredicate::read(xml)?)),
            "True" => {
                xml.leaf()?;
                Predicate::True(position)
            }
            "False" => {
                xml.leaf()?;
                Predicate::False(position)
            }
            _ => return Err(xml.unexpected()),
        })
    }
}

impl SimplePredicate {
    fn read(xml: &mut Markup<'_>) -> Result<Self> {
        let position = xml.position();
        let field = xml.required("field")?;
        let operator = xml.required("operator")?;
        let value = match operator {
            Operator::IsMissing | Operator::IsNotMissing => xml.optional("value")?,
            _ => Some(xml.required("value")?),
        };
        xml.leaf()?;
        Ok(SimplePredicate { position, field, operator, value })
    }
}

impl CompoundPredicate {
    fn read(xml: &mut Markup<'_>) -> Result<Self> {
        let mut compound = CompoundPredicate {
            position: xml.position(),
            boolean_operator: xml.required("booleanOperator")?,
            predicates: Vec::new(),
        };
        while let Some(child) = xml.child()? {
            match &*child {
                name if Predicate::is(name) => compound.predicates.push(Predicate::read(xml)?),
                _ => return Err(xml.unexpected()),
            }
        }
        if compound.predicates.is_empty() {
            return Err(lacks(compound.position, "CompoundPredicate", "predicates to combine"));
        }
        Ok(compound)
    }
}

impl SimpleSetPredicate {
    fn read(xml: &mut Markup<'_>) -> Result<Self> {
        let position = xml.position();
        let field = xml.required("field")?;
        let boolean_operator = xml.required("booleanOperator")?;
        let mut array = None;
        while let Some(child) = xml.child()? {
            match &*child {
                "Array" => xml.once(&mut array, Array::read)?,
                _ => return Err(xml.unexpected()),
            }
        }
        let array = array.ok_or_else(|| lacks(position, "SimpleSetPredicate", "an `Array`"))?;
        Ok(SimpleSetPredicate { position, field, boolean_operator, array })
    }
}
