//! Scopes: the names that a model sees, and the fields that they stand for.
//!
//! Every model opens a scope inside that of the model around it. A name is looked up in the model's own local
//! transformations, its mining schema, the results of its earlier segments, then in the models around it, and last in
//! the transformation dictionary. A derived field of the dictionary is computed *in the scope of the model that refers
//! to it*, because it sees the fields as that model's mining schema prepares them.
//!
//! Derived fields are lowered when they are first used, into the region that is then open; a region that cannot see
//! that one lowers them again. Fields that are not used cost nothing.

use super::field::Field;
use crate::document::Name;
use crate::document::mining_schema::MiningField;
use crate::document::transformation::DerivedField;
use crate::error::{Error, Result};
use crate::ir::Region;
use std::collections::HashMap;

/// A scope's number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ScopeId(usize);

/// The names of one model.
#[derive(Debug, Default)]
struct Scope<'d> {
    parent: Option<ScopeId>,
    /// Lookup ends here: a function's body sees its parameters and nothing else.
    closed: bool,
    derived: HashMap<Name, &'d DerivedField>,
    schema: HashMap<Name, &'d MiningField>,
    /// Fields whose value is known, with the region that computes it: prepared inputs, parameters, results of segments.
    known: HashMap<Name, (Region, Field<'d>)>,
}

/// The scopes of a lowering, by number.
#[derive(Debug, Default)]
pub struct Scopes<'d>(Vec<Scope<'d>>);

impl<'d> Scopes<'d> {
    /// Opens a scope inside another, or outermost.
    pub fn open(&mut self, parent: Option<ScopeId>) -> ScopeId {
        self.0.push(Scope { parent, ..Scope::default() });
        ScopeId(self.0.len() - 1)
    }

    /// Opens the scope of a function's body, which sees only what is declared in it.
    pub fn open_function(&mut self) -> ScopeId {
        self.0.push(Scope { closed: true, ..Scope::default() });
        ScopeId(self.0.len() - 1)
    }

    /// Declares a derived field. Fails if it has no name, or the scope has one of that name.
    pub fn declare_derived(&mut self, scope: ScopeId, field: &'d DerivedField) -> Result<()> {
        let Some(name) = &field.name else {
            return Err(Error::invalid(field.position, "DerivedField", "`DerivedField` has no name"));
        };
        if self.0[scope.0].derived.insert(name.clone(), field).is_some() {
            let message = format!("`DerivedField` `{name}` is defined twice");
            return Err(Error::invalid(field.position, "DerivedField", message));
        }
        Ok(())
    }

    /// Declares the derived fields that a scope of another lowering of the document sees.
    pub fn declare_derived_of(&mut self, scope: ScopeId, other: &Scopes<'d>, seen: ScopeId) {
        let mut next = Some(seen);
        while let Some(current) = next {
            for (name, field) in &other.0[current.0].derived {
                self.0[scope.0].derived.entry(name.clone()).or_insert(*field);
            }
            next = other.0[current.0].parent;
        }
    }

    /// Declares a field of the mining schema, which is prepared when it is first used.
    pub fn declare_schema(&mut self, scope: ScopeId, field: &'d MiningField) {
        self.0[scope.0].schema.insert(field.name.clone(), field);
    }

    /// Returns the scope around another, or `None` for an outermost one.
    pub fn parent(&self, scope: ScopeId) -> Option<ScopeId> {
        self.0[scope.0].parent
    }

    /// Defines a name's field in a scope. It is visible where the region is.
    pub fn define(&mut self, scope: ScopeId, name: &Name, region: Region, field: Field<'d>) {
        self.0[scope.0].known.insert(name.clone(), (region, field));
    }

    /// Returns the field that a name has in a scope, and the region in which it is computed.
    pub fn known(&self, scope: ScopeId, name: &Name) -> Option<(Region, Field<'d>)> {
        self.0[scope.0].known.get(name).copied()
    }

    /// Returns the derived field that a scope declares under a name.
    pub fn derived(&self, scope: ScopeId, name: &Name) -> Option<&'d DerivedField> {
        self.0[scope.0].derived.get(name).copied()
    }

    /// Returns the field that a scope's mining schema declares under a name.
    pub fn schema(&self, scope: ScopeId, name: &Name) -> Option<&'d MiningField> {
        self.0[scope.0].schema.get(name).copied()
    }

    /// Returns whether lookup ends in a scope, because it is that of a function's body.
    pub fn is_closed(&self, scope: ScopeId) -> bool {
        self.0[scope.0].closed
    }

    /// Returns the parameter with a name, if the scope is that of a function's body.
    pub fn parameter_of(&self, scope: ScopeId, name: &str) -> Option<Field<'d>> {
        let scope = &self.0[scope.0];
        let is_parameter = scope.closed && !scope.derived.contains_key(name);
        let (_, field) = scope.known.get(name).filter(|_| is_parameter)?;
        Some(*field)
    }
}
