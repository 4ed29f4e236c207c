//! Resolves names to fields, which are lowered when they are first needed.

use super::field::{Domain, Field};
use super::scope::ScopeId;
use super::state::Lowering;
use super::{convert, mining_schema};
use crate::document::Name;
use crate::document::data_dictionary::DataType;
use crate::document::transformation::DerivedField;
use crate::error::{Error, Position, Result};
use crate::lower::build::operand::Operand;

impl<'d> Lowering<'d> {
    /// Returns the field that a name stands for. Fails if there is none.
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

    /// Returns the field that a name stands for in a scope and those around it, or `None`.
    pub fn find_field(&mut self, scope: ScopeId, name: &Name) -> Result<Option<Field<'d>>> {
        let mut next = Some(scope);
        while let Some(current) = next {
            if let Some(field) = self.find_in(current, name)? {
                return Ok(Some(field));
            }
            if self.scopes.is_closed(current) {
                return Ok(None);
            }
            next = self.scopes.parent(current);
        }
        if let Some(derived) = self.dictionary_fields.get(name).copied() {
            return self.derived_field(scope, derived).map(Some);
        }
        if self.data_fields.contains_key(name) {
            return mining_schema::undeclared_input(self, scope, name).map(Some);
        }
        Ok(None)
    }

    /// Returns the field that a name stands for in one scope, or `None`.
    fn find_in(&mut self, scope: ScopeId, name: &Name) -> Result<Option<Field<'d>>> {
        if let Some((region, field)) = self.scopes.known(scope, name)
            && self.builder.is_open(region)
        {
            return Ok(Some(field));
        }
        if let Some(derived) = self.scopes.derived(scope, name) {
            return self.derived_field(scope, derived).map(Some);
        }
        match self.scopes.schema(scope, name) {
            Some(mining_field) if self.scopes.parent(scope).is_none() => {
                mining_schema::prepare_outermost(self, scope, mining_field).map(Some)
            }
            Some(mining_field) => mining_schema::prepare_nested(self, scope, mining_field),
            None => Ok(None),
        }
    }

    /// Returns a derived field that a scope sees, lowering it unless the open region already sees its value. Fails if
    /// the field depends on itself.
    pub fn derived_field(&mut self, scope: ScopeId, derived: &'d DerivedField) -> Result<Field<'d>> {
        let Some(name) = &derived.name else {
            return Err(Error::invalid(derived.position, "DerivedField", "`DerivedField` has no name"));
        };
        if let Some((region, field)) = self.scopes.known(scope, name)
            && self.builder.is_open(region)
        {
            return Ok(field);
        }
        if self.in_progress.iter().any(|other| std::ptr::eq(*other, derived)) {
            let message = format!("`DerivedField` `{name}` is defined in terms of itself");
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

    /// Lowers the value of a derived field, which need not have a name.
    pub fn derived_value(&mut self, scope: ScopeId, derived: &'d DerivedField) -> Result<Operand> {
        self.nested(derived.position, "DerivedField", |lowering| {
            let operand = lowering.expression(scope, &derived.expression, Some(derived.data_type))?;
            convert::cast_or_list(lowering, operand, derived.data_type, derived.position, "DerivedField")
        })
    }

    /// Returns the declaration of the derived field that a name stands for, or `None`.
    pub fn declared_derived(&self, scope: ScopeId, name: &Name) -> Option<&'d DerivedField> {
        let mut next = Some(scope);
        while let Some(current) = next {
            if let Some(derived) = self.scopes.derived(current, name) {
                return Some(derived);
            }
            next = self.scopes.parent(current);
        }
        self.dictionary_fields.get(name).copied()
    }

    /// Returns the declared type of the derived field that a name stands for, or `None`.
    pub fn declared_type(&self, scope: ScopeId, name: &Name) -> Option<DataType> {
        let own = self.scopes.derived(scope, name);
        own.or_else(|| self.dictionary_fields.get(name).copied()).map(|field| field.data_type)
    }

    /// Defines a name in a scope, for as long as the open region is visible.
    pub fn define(&mut self, scope: ScopeId, name: &Name, field: Field<'d>) {
        let region = self.builder.region();
        self.scopes.define(scope, name, region, field);
    }
}
