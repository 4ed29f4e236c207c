//! Scopes: which names a model sees, and what they stand for.
//!
//! Every model opens a scope inside that of the model around it. A name is looked up in the model's own local
//! transformations, its mining schema, the results that its segments have left so far, then in the models around it, and
//! last in the transformation dictionary. A derived field of the dictionary is computed *in the scope of the model that
//! asks*, because it sees the fields as that model's mining schema prepares them.
//!
//! Derived fields are lowered when they are first used, into the region that is open then; another region that cannot
//! see that one lowers them again. Fields that nothing uses cost nothing.

use super::Lowering;
use super::field::{Domain, Field};
use super::operand::Operand;
use crate::document::Name;
use crate::document::data_dictionary::DataType;
use crate::document::mining_schema::MiningField;
use crate::document::transformation::DerivedField;
use crate::error::{Error, Position, Result};
use crate::ir::Region;
use std::collections::HashMap;

/// A scope's number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ScopeId(usize);

/// What names stand for in one model.
#[derive(Debug, Default)]
pub struct Scope<'d> {
    parent: Option<ScopeId>,
    /// Names end here: a function's body sees its parameters and nothing else.
    closed: bool,
    derived: HashMap<Name, &'d DerivedField>,
    schema: HashMap<Name, &'d MiningField>,
    /// Fields whose value is known: prepared inputs, parameters, results of segments.
    known: HashMap<Name, (Region, Field<'d>)>,
}

/// How deep expressions, derived fields, predicates and models may nest in each other. Recursion while lowering, and
/// the nesting of regions that it makes, go no deeper.
pub const MAX_NESTING: usize = 200;

impl<'d> Lowering<'d> {
    /// Opens a scope inside another, or outermost.
    pub fn open_scope(&mut self, parent: Option<ScopeId>) -> ScopeId {
        self.scopes.push(Scope { parent, ..Scope::default() });
        ScopeId(self.scopes.len() - 1)
    }

    /// Opens the scope of a function's body, which sees only what is declared in it.
    pub fn open_function_scope(&mut self) -> ScopeId {
        self.scopes.push(Scope { closed: true, ..Scope::default() });
        ScopeId(self.scopes.len() - 1)
    }

    /// Declares a derived field.
    pub fn declare_derived(&mut self, scope: ScopeId, field: &'d DerivedField) -> Result<()> {
        let Some(name) = &field.name else {
            return Err(Error::invalid(field.position, "DerivedField", "`DerivedField` has no name"));
        };
        if self.scopes[scope.0].derived.insert(name.clone(), field).is_some() {
            let message = format!("`DerivedField` `{name}` is defined twice");
            return Err(Error::invalid(field.position, "DerivedField", message));
        }
        Ok(())
    }

    /// Declares the derived fields that a scope of another lowering of the document sees.
    pub fn declare_derived_of(&mut self, scope: ScopeId, other: &Lowering<'d>, seen: ScopeId) {
        let mut next = Some(seen);
        while let Some(current) = next {
            for (name, field) in &other.scopes[current.0].derived {
                self.scopes[scope.0].derived.entry(name.clone()).or_insert(*field);
            }
            next = other.scopes[current.0].parent;
        }
    }

    /// The data type of the derived field that a name stands for, if it stands for one.
    pub fn declared_type(&self, scope: ScopeId, name: &Name) -> Option<DataType> {
        let own = self.scopes[scope.0].derived.get(name);
        own.or_else(|| self.dictionary_fields.get(name)).map(|field| field.data_type)
    }

    /// Declares a field of the mining schema, which is prepared when it is first used.
    pub fn declare_schema(&mut self, scope: ScopeId, field: &'d MiningField) {
        self.scopes[scope.0].schema.insert(field.name.clone(), field);
    }

    /// Gives a name a value in a scope, as long as the region that is open can be seen.
    pub fn define(&mut self, scope: ScopeId, name: &Name, field: Field<'d>) {
        let region = self.builder.region();
        self.scopes[scope.0].known.insert(name.clone(), (region, field));
    }

    /// The scope around another.
    pub fn parent(&self, scope: ScopeId) -> Option<ScopeId> {
        self.scopes[scope.0].parent
    }

    /// The field that a name stands for.
    pub fn field(
        &mut self,
        scope: ScopeId,
        name: &Name,
        position: Position,
        element: &str,
    ) -> Result<Field<'d>> {
        match self.find_field(scope, name)? {
            Some(field) => Ok(field),
            None => {
                let message = format!("`{element}` refers to the field `{name}`, which is not defined here");
                Err(Error::invalid(position, element, message))
            }
        }
    }

    /// The field that a name stands for, if it stands for any.
    pub fn find_field(&mut self, scope: ScopeId, name: &Name) -> Result<Option<Field<'d>>> {
        let mut next = Some(scope);
        while let Some(current) = next {
            if let Some(field) = self.find_in(current, name)? {
                return Ok(Some(field));
            }
            if self.scopes[current.0].closed {
                return Ok(None);
            }
            next = self.scopes[current.0].parent;
        }
        if let Some(derived) = self.dictionary_fields.get(name).copied() {
            return self.derived_field(scope, derived).map(Some);
        }
        if self.data_fields.contains_key(name) {
            return self.undeclared_input(scope, name).map(Some);
        }
        Ok(None)
    }

    /// Returns the parameter of this name, if the scope is that of a function's body.
    pub fn parameter_of(&self, scope: ScopeId, name: &str) -> Option<Field<'d>> {
        let scope = &self.scopes[scope.0];
        let is_parameter = scope.closed && !scope.derived.contains_key(name);
        let (_, field) = scope.known.get(name).filter(|_| is_parameter)?;
        Some(*field)
    }

    fn find_in(&mut self, scope: ScopeId, name: &Name) -> Result<Option<Field<'d>>> {
        if let Some((region, field)) = self.scopes[scope.0].known.get(name)
            && self.builder.is_open(*region)
        {
            return Ok(Some(*field));
        }
        if let Some(derived) = self.scopes[scope.0].derived.get(name).copied() {
            return self.derived_field(scope, derived).map(Some);
        }
        match self.scopes[scope.0].schema.get(name).copied() {
            Some(mining_field) if self.scopes[scope.0].parent.is_none() => {
                self.prepare_outermost(scope, mining_field).map(Some)
            }
            Some(mining_field) => self.prepare_nested(scope, mining_field),
            None => Ok(None),
        }
    }

    /// Returns a derived field that a scope sees, which is lowered if the open region sees no value of it yet.
    pub fn derived_field(&mut self, scope: ScopeId, derived: &'d DerivedField) -> Result<Field<'d>> {
        let Some(name) = &derived.name else {
            return Err(Error::invalid(derived.position, "DerivedField", "`DerivedField` has no name"));
        };
        if let Some((region, field)) = self.scopes[scope.0].known.get(name)
            && self.builder.is_open(*region)
        {
            return Ok(*field);
        }
        if self.in_progress.iter().any(|other| std::ptr::eq(*other, derived)) {
            let message = format!("`DerivedField` `{name}` is defined by way of itself");
            return Err(Error::invalid(derived.position, "DerivedField", message));
        }
        self.in_progress.push(derived);
        let operand = self.derived_value(scope, derived)?;
        self.in_progress.pop();
        let domain =
            Domain { optype: derived.optype, values: &derived.values, intervals: &derived.intervals };
        let field = Field::computed(operand, domain);
        self.define(scope, name, field);
        Ok(field)
    }

    /// The value of a derived field, which need not have a name.
    pub fn derived_value(&mut self, scope: ScopeId, derived: &'d DerivedField) -> Result<Operand> {
        self.nested(derived.position, "DerivedField", |lowering| {
            let operand = lowering.expression_typed(scope, &derived.expression, Some(derived.data_type))?;
            lowering.cast_or_list(operand, derived.data_type, derived.position, "DerivedField")
        })
    }

    /// The declaration of the derived field that a name stands for, if it stands for one.
    pub fn declared_derived(&self, scope: ScopeId, name: &Name) -> Option<&'d DerivedField> {
        let mut next = Some(scope);
        while let Some(current) = next {
            let scope = &self.scopes[current.0];
            if let Some(derived) = scope.derived.get(name) {
                return Some(derived);
            }
            next = scope.parent;
        }
        self.dictionary_fields.get(name).copied()
    }

    /// Runs something that may come back here, one level deeper.
    pub fn nested<T>(
        &mut self,
        position: Position,
        element: &str,
        lower: impl FnOnce(&mut Self) -> Result<T>,
    ) -> Result<T> {
        // One level of the document opens a handful of regions at most; the rest leaves room for those.
        if self.nesting == MAX_NESTING || self.builder.depth() + 8 > crate::ir::MAX_NESTING {
            let message = format!(
                "`{element}` is nested more than {MAX_NESTING} levels deep, counting the fields it uses"
            );
            return Err(Error::Limit { position, message });
        }
        self.expansion.check(self.builder.bytes(), position, element)?;
        self.nesting += 1;
        let result = lower(self);
        self.nesting -= 1;
        result
    }
}
