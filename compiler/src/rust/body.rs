//! The body of a function: the instructions of a stage, as statements.
//!
//! A value that is used once is written where it is used, as long as the expression stays readable; others get a name, and
//! what costs nothing to write again (a constant) is written again. Expressions have no effects, so that it does not
//! matter when they are evaluated. Calls in context borrow the context: they always get a name.

use super::constants::Constants;
use super::expression::Expression;
use super::{Error, Source};
use crate::ir::{Failure, Id, Input, InputPart, Instruction, Operation, Region, Value};
use crate::passes::stage::Scalar;
use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};
use std::collections::{BTreeSet, HashMap};

/// How many operations an expression holds before it gets a name.
const MAX_WEIGHT: usize = 8;

/// What a row that fails does.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum OnFailure {
    /// It is done: the function returns the failure.
    Return,
    /// It is noted in the frame; the row's other instructions still run.
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
    /// How often the function uses each value.
    uses: HashMap<Value, usize>,
    /// What each value is written as: a name, or the expression itself.
    written: HashMap<Value, Expression>,
    inputs: BTreeSet<Input>,
}

impl<'b, 's> Body<'b, 's> {
    /// A function for some instructions, which uses some values besides.
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

    /// The inputs that the function has used so far.
    pub fn inputs(&self) -> impl Iterator<Item = Input> + '_ {
        self.inputs.iter().copied()
    }

    /// The name of the variable that holds an input's cell.
    pub fn input_name(&mut self, input: Input) -> Ident {
        self.inputs.insert(input);
        self.source.names.input(input).clone()
    }

    /// Lets a value be written as a name.
    pub fn name(&mut self, value: Value) -> Ident {
        let name = format_ident!("v{}", value.index());
        self.written.insert(value, Expression::atom(quote!(#name), 0));
        name
    }

    /// What a value is written as.
    pub fn value(&mut self, value: Value) -> Result<Expression, Error> {
        if let Some(written) = self.written.get(&value) {
            return Ok(written.clone());
        }
        match self.source.program.definition(value) {
            operation @ (Operation::Constant(_) | Operation::Input(..)) => self.operation(&operation.clone()),
            _ => Err(Error::Internal("a value is used before it is defined")),
        }
    }

    /// The statements of a stage.
    pub fn stage(&mut self, scalar: &Scalar) -> Result<TokenStream, Error> {
        self.statements(&scalar.instructions)
    }

    /// The statements of some instructions.
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
                    if uses == 0 {
                        continue;
                    }
                    let expression = self.operation(operation)?;
                    let is_free = match operation {
                        Operation::Constant(_) | Operation::Input(_, InputPart::State | InputPart::Text) => {
                            true
                        }
                        Operation::Call(function, _) if function.signature().context => false,
                        Operation::List(_) => false,
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
        let condition = self.value(condition)?;
        let used: Vec<bool> = results.iter().map(|result| self.uses.contains_key(result)).collect();
        let [then, otherwise] = [then, otherwise].map(|region| self.region(region, &used));
        let (then, otherwise) = (then?, otherwise?);
        let results: Vec<Value> =
            results.iter().zip(&used).filter(|(_, used)| **used).map(|(result, _)| *result).collect();
        if results.is_empty() && otherwise.is_empty() {
            return Ok(quote!(if #condition { #then }));
        }
        let branch = quote!(if #condition { #then } else { #otherwise });
        let names: Vec<Ident> = results.iter().map(|result| self.name(*result)).collect();
        Ok(match (results.as_slice(), names.as_slice()) {
            ([], _) => branch,
            ([only], [name]) => {
                let ty = self.typed(*only);
                quote!(let #name #ty = #branch;)
            }
            _ => quote!(let (#(#names),*) = #branch;),
        })
    }

    /// A region's statements, and the tuple of those of its yields that are used.
    fn region(&mut self, region: Region, used: &[bool]) -> Result<TokenStream, Error> {
        let region = &self.source.program.regions[region];
        let statements = self.statements(&region.instructions)?;
        let mut yields = Vec::new();
        for (value, _) in region.yields.iter().zip(used).filter(|(_, used)| **used) {
            yields.push(self.value(*value)?);
        }
        Ok(match yields.as_slice() {
            [] => statements,
            [only] => quote!(#statements #only),
            several => quote!(#statements (#(#several),*)),
        })
    }

    fn fail_if(&mut self, condition: Value, failure: Failure) -> Result<TokenStream, Error> {
        let condition = self.value(condition)?;
        Ok(match self.on_failure {
            OnFailure::Return => {
                let name = self.constants.failure(self.source, failure);
                quote!(if #condition { return Err(#name); })
            }
            OnFailure::Note { column } => {
                let number = failure.index() as i64 + 1;
                quote!(if #condition { frame.fail(#column, row, #number); })
            }
        })
    }
}
