//! The body of a function: the instructions of a stage, as statements.
//!
//! A value that is used once is written where it is used, as long as the expression stays readable; others
//! get a name, and what costs nothing to repeat (a constant) is repeated. Expressions have no effects, so
//! that it does not matter when they are evaluated. Calls in context borrow the context: they always get a
//! name.

use super::constants::Constants;
use super::error::Error;
use super::expression::Expression;
use super::interface;
use super::source::Source;
use crate::ir::{Failure, Id, Input, InputPart, Instruction, Operation, Region, Value};
use crate::passes::stage::Scalar;
use proc_macro2::{Ident, TokenStream};
use quote::quote;
use std::collections::{BTreeSet, HashMap};

/// The number of operations from which an expression gets a name.
const MAX_WEIGHT: usize = 8;

/// What happens when a row fails.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum OnFailure {
    /// The function returns the failure.
    Return,
    /// The failure is recorded in the frame; the row's other instructions still run.
    Note {
        /// The column of failures.
        column: usize,
    },
}

/// The state of a function that is being written.
pub(super) struct Body<'b, 's> {
    pub source: &'b Source<'s>,
    pub constants: &'b mut Constants,
    on_failure: OnFailure,
    /// The number of times that the function uses each value.
    uses: HashMap<Value, usize>,
    /// How each value is written: a name, or the expression itself.
    written: HashMap<Value, Expression>,
    inputs: BTreeSet<Input>,
}

impl<'b, 's> Body<'b, 's> {
    /// Starts a function for some instructions, which uses some additional values.
    pub fn new(
        source: &'b Source<'s>,
        constants: &'b mut Constants,
        on_failure: OnFailure,
        instructions: &[Instruction],
        leaves: impl IntoIterator<Item = Value>,
    ) -> Self {
        let mut uses: HashMap<Value, usize> = HashMap::new();
        for value in leaves {
            *uses.entry(value).or_default() += 1;
        }
        let mut count = |value: Value| *uses.entry(value).or_default() += 1;
        let mut stack: Vec<Instruction> = instructions.to_vec();
        while let Some(instruction) = stack.pop() {
            let operation = &source.program.instructions[instruction].operation;
            operation.visit_arguments(&mut count);
            if let Operation::If { then, otherwise, .. } = operation {
                for region in [then, otherwise] {
                    let region = &source.program.regions[*region];
                    region.yields.iter().copied().for_each(&mut count);
                    stack.extend(&region.instructions);
                }
            }
        }
        Self { source, constants, on_failure, uses, written: HashMap::new(), inputs: BTreeSet::new() }
    }

    /// Returns the inputs that the function has used so far.
    pub fn inputs(&self) -> impl Iterator<Item = Input> + '_ {
        self.inputs.iter().copied()
    }

    /// Returns the name of the variable that holds an input's cell.
    pub fn input_name(&mut self, input: Input) -> Ident {
        self.inputs.insert(input);
        self.source.names.cell(input).clone()
    }

    /// Makes a value be written as a name.
    pub fn name(&mut self, value: Value) -> Ident {
        let name = self.source.names.value(value);
        self.written.insert(value, Expression::atom(quote!(#name), 0));
        name
    }

    /// Returns how a value is written.
    pub fn value(&mut self, value: Value) -> Result<Expression, Error> {
        if let Some(written) = self.written.get(&value) {
            return Ok(written.clone());
        }
        match self.source.program.definition(value) {
            operation @ (Operation::Constant(_) | Operation::Input(..)) => self.operation(&operation.clone()),
            _ => Err(Error::Internal("a value is used before it is defined")),
        }
    }

    /// Returns the statements of a stage.
    pub fn stage(&mut self, scalar: &Scalar) -> Result<TokenStream, Error> {
        self.statements(&scalar.instructions)
    }

    /// Returns the statements of some instructions.
    pub fn statements(&mut self, instructions: &[Instruction]) -> Result<TokenStream, Error> {
        let program = self.source.program;
        let mut statements = TokenStream::new();
        for instruction in instructions {
            let data = &program.instructions[*instruction];
            match &data.operation {
                Operation::If { condition, then, otherwise } => {
                    statements.extend(self.branch(*condition, *then, *otherwise, &data.results)?);
                }
                Operation::FailIf(condition, failure) => {
                    statements.extend(self.fail_if(*condition, *failure)?);
                }
                operation => {
                    let value =
                        *data.results.first().ok_or(Error::Internal("an operation without result"))?;
                    let uses = self.uses.get(&value).copied().unwrap_or(0);
                    if uses == 0 && !operation.is_metered() {
                        continue;
                    }
                    let expression = self.operation(operation)?;
                    if uses == 0 {
                        statements.extend(quote!(let _ = #expression;));
                        continue;
                    }
                    let is_free = match operation {
                        Operation::Constant(_)
                        | Operation::Input(_, InputPart::State | InputPart::String) => true,
                        Operation::Call(function, _) if function.signature().context => false,
                        Operation::List(_) => false,
                        Operation::Binary(binary, left, right)
                            if self.presence(*binary, *left, *right).is_some() =>
                        {
                            true
                        }
                        _ => uses == 1 && expression.weight <= MAX_WEIGHT,
                    };
                    if is_free {
                        self.written.insert(value, expression);
                        continue;
                    }
                    let (name, ty) = (self.name(value), self.typed(value));
                    statements.extend(quote!(let #name #ty = #expression;));
                }
            }
        }
        Ok(statements)
    }

    fn branch(
        &mut self,
        condition: Value,
        then: Region,
        otherwise: Region,
        results: &[Value],
    ) -> Result<TokenStream, Error> {
        let results: Vec<(usize, Value)> = (results.iter().copied().enumerate())
            .filter(|(_, result)| self.uses.contains_key(result))
            .collect();
        let used: Vec<usize> = results.iter().map(|(place, _)| *place).collect();
        let branch = self.branch_expression(condition, then, otherwise, &used)?;
        let names: Vec<Ident> = results.iter().map(|(_, result)| self.name(*result)).collect();
        Ok(match (results.as_slice(), names.as_slice()) {
            ([], _) => branch,
            ([(_, only)], [name]) => {
                let ty = self.typed(*only);
                quote!(let #name #ty = #branch;)
            }
            _ => quote!(let (#(#names),*) = #branch;),
        })
    }

    /// Returns a branch as an expression with the used yields.
    fn branch_expression(
        &mut self,
        condition: Value,
        then: Region,
        otherwise: Region,
        used: &[usize],
    ) -> Result<TokenStream, Error> {
        let condition = self.value(condition)?;
        let (then, _) = self.region(then, used)?;
        let (otherwise, is_branch) = self.region(otherwise, used)?;
        Ok(match is_branch {
            _ if used.is_empty() && otherwise.is_empty() => quote!(if #condition { #then }),
            true => quote!(if #condition { #then } else #otherwise),
            false => quote!(if #condition { #then } else { #otherwise }),
        })
    }

    /// Returns a region's statements with the used yields, and whether they are nothing but a branch.
    fn region(&mut self, region: Region, used: &[usize]) -> Result<(TokenStream, bool), Error> {
        let program = self.source.program;
        let region = &program.regions[region];
        let yields: Vec<Value> = used.iter().filter_map(|place| region.yields.get(*place).copied()).collect();
        // A last branch whose results are exactly the yields need not name them.
        if let Some((last, before)) = region.instructions.split_last()
            && let Operation::If { condition, then, otherwise } = program.instructions[*last].operation
        {
            let results = &program.instructions[*last].results;
            let places: Option<Vec<usize>> =
                yields.iter().map(|value| results.iter().position(|result| result == value)).collect();
            let is_all = results.iter().filter(|result| self.uses.contains_key(result)).count()
                == yields.len()
                && yields.iter().all(|value| self.uses.get(value) == Some(&1));
            if let (Some(places), true, false) = (places, is_all, yields.is_empty()) {
                let statements = self.statements(before)?;
                let branch = self.branch_expression(condition, then, otherwise, &places)?;
                let is_branch = statements.is_empty();
                return Ok((quote!(#statements #branch), is_branch));
            }
        }
        let statements = self.statements(&region.instructions)?;
        let mut values = Vec::with_capacity(yields.len());
        for value in yields {
            values.push(self.value(value)?);
        }
        Ok(match values.as_slice() {
            [] => (statements, false),
            [only] => (quote!(#statements #only), statements.is_empty() && only.is_branch),
            several => (quote!(#statements (#(#several),*)), false),
        })
    }

    fn fail_if(&mut self, condition: Value, failure: Failure) -> Result<TokenStream, Error> {
        let condition = self.value(condition)?;
        Ok(match self.on_failure {
            OnFailure::Return => {
                let name = self.constants.failure(self.source, failure);
                let failure = if interface::names_value(self.source, failure) {
                    quote!(blamed(#name, input))
                } else {
                    quote!(#name)
                };
                quote!(if #condition { return Err(#failure); })
            }
            OnFailure::Note { column } => {
                let number = failure.index() as i64 + 1;
                quote!(if #condition { frame.fail(#column, row, #number); })
            }
        })
    }
}
