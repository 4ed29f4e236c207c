//! Translates a scalar stage into a Cranelift function: a loop over the rows of the mask, or the code for one
//! row.
//!
//! Values of the program become values of the function one to one; nested regions become blocks that pass their yields
//! as block parameters. Regions recurse, at most [`MAX_DEPTH`](crate::passes::stage::MAX_DEPTH) deep.

use super::constants::Constants;
use super::error::Error;
use super::helpers::{Helper, Parameter};
use crate::frame::{Layout, Offset};
use crate::ir;
use crate::ir::{Function, Id, Operation, Program, Type};
use crate::passes::stage::Scalar;
use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::{
    AbiParam, BlockArg, Function as Body, InstBuilder, MemFlagsData, SigRef, Signature, Value, types,
};
use cranelift_codegen::isa::{CallConv, TargetFrontendConfig};
use cranelift_frontend::{FunctionBuilder, FunctionBuilderContext};
use std::collections::HashMap;

/// The flags of all loads and stores: none can trap, and all are aligned.
pub(super) const MEMORY: MemFlagsData = MemFlagsData::trusted();

/// What a function is emitted from.
#[derive(Clone, Copy)]
pub(super) struct Source<'s> {
    pub program: &'s Program,
    pub layout: &'s Layout,
    pub constants: &'s Constants,
    pub target: TargetFrontendConfig,
}

/// Returns Cranelift's type for the values of a type.
pub(super) fn repr(ty: Type) -> types::Type {
    match ty {
        Type::Bool => types::I8,
        Type::I64 => types::I64,
        Type::F32 => types::F32,
        Type::F64 => types::F64,
        Type::String | Type::List => types::I32,
    }
}

/// Returns a parameter or result of a type. Callees may rely on bools being extended.
fn parameter(ty: Type) -> AbiParam {
    match ty {
        Type::Bool => AbiParam::new(types::I8).uext(),
        ty => AbiParam::new(repr(ty)),
    }
}

/// Returns the signature of a stage's function: frame, mask, context.
pub(super) fn signature(convention: CallConv) -> Signature {
    let mut signature = Signature::new(convention);
    signature.params = vec![AbiParam::new(types::I64); 3];
    signature
}

/// The rows that a function runs on.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Rows {
    /// Those of its mask, which has at least one.
    Masked,
    /// The first row of the block, regardless of the mask.
    First,
}

/// Emits the function of a scalar stage into `body`.
pub(super) fn emit(
    source: Source<'_>,
    stage: &Scalar,
    rows: Rows,
    body: &mut Body,
    context: &mut FunctionBuilderContext,
) -> Result<(), Error> {
    body.signature = signature(source.target.default_call_conv);
    let mut builder = FunctionBuilder::new(body, context);
    let entry = builder.create_block();
    builder.append_block_params_for_function_params(entry);
    builder.switch_to_block(entry);
    let [frame, mask, call] = *builder.block_params(entry) else { return Err(Error::Internal("signature")) };
    let (values, functions, helpers) = Default::default();
    let (cells, row) = (frame, mask);
    let mut emitter =
        Emitter { source, builder, frame, cells, row, context: call, values, functions, helpers };
    match rows {
        Rows::Masked => emitter.masked(stage, mask)?,
        Rows::First => {
            // A constant row number makes the same code simpler: shifts by it vanish.
            emitter.row = emitter.builder.ins().iconst(types::I64, 0);
            emitter.stage(stage)?;
        }
    }
    let Emitter { mut builder, .. } = emitter;
    builder.ins().return_(&[]);
    builder.seal_all_blocks();
    builder.finalize(source.target);
    Ok(())
}

/// The state of a function that is being emitted.
pub(super) struct Emitter<'e, 's> {
    pub source: Source<'s>,
    pub builder: FunctionBuilder<'e>,
    /// The frame's address.
    frame: Value,
    /// The address of the row's word in the frame's first column.
    cells: Value,
    /// The row's number.
    row: Value,
    /// The context's address.
    pub context: Value,
    values: HashMap<ir::Value, Value>,
    functions: HashMap<Function, SigRef>,
    helpers: HashMap<Helper, SigRef>,
}

impl Emitter<'_, '_> {
    /// Emits a loop over the rows of a mask, which is not empty, from the lowest bit to the highest.
    fn masked(&mut self, stage: &Scalar, mask: Value) -> Result<(), Error> {
        let (header, exit) = (self.builder.create_block(), self.builder.create_block());
        let rows = self.builder.append_block_param(header, types::I64);
        self.builder.ins().jump(header, &[BlockArg::Value(mask)]);
        self.builder.switch_to_block(header);
        self.row = self.builder.ins().ctz(rows);
        let bytes = self.builder.ins().ishl_imm_u(self.row, 3);
        self.cells = self.builder.ins().iadd(self.frame, bytes);
        self.stage(stage)?;
        let one = self.builder.ins().iconst(types::I64, 1);
        let lower = self.builder.ins().isub(rows, one);
        let rest = self.builder.ins().band(rows, lower);
        self.builder.ins().brif(rest, header, &[BlockArg::Value(rest)], exit, &[]);
        self.builder.switch_to_block(exit);
        Ok(())
    }

    fn stage(&mut self, stage: &Scalar) -> Result<(), Error> {
        if stage.is_metered(self.source.program) {
            self.help(Helper::SelectRow, &[self.context, self.row]);
        }
        for (value, place) in &stage.loads {
            let loaded = self.load(self.source.program.ty(*value), *place)?;
            self.values.insert(*value, loaded);
        }
        self.instructions(&stage.instructions)?;
        for (value, place) in &stage.stores {
            let bits = self.value(*value)?;
            self.store(self.source.program.ty(*value), *place, bits)?;
        }
        Ok(())
    }

    fn instructions(&mut self, instructions: &[ir::Instruction]) -> Result<(), Error> {
        let program = self.source.program;
        for instruction in instructions {
            let data = &program.instructions[*instruction];
            match &data.operation {
                Operation::If { condition, then, otherwise } => {
                    self.branch(*condition, *then, *otherwise, &data.results)?;
                }
                Operation::FailIf(condition, failure) => self.fail_if(*condition, *failure)?,
                operation => {
                    let result = self.operation(operation)?;
                    let value = data.results.first().ok_or(Error::Internal("an operation without result"))?;
                    self.values.insert(*value, result);
                }
            }
        }
        Ok(())
    }

    /// Returns the value of the function that holds a value of the program.
    pub fn value(&self, value: ir::Value) -> Result<Value, Error> {
        self.values.get(&value).copied().ok_or(Error::Internal("a value is used before it is defined"))
    }

    fn branch(
        &mut self,
        condition: ir::Value,
        then: ir::Region,
        otherwise: ir::Region,
        results: &[ir::Value],
    ) -> Result<(), Error> {
        let program = self.source.program;
        let condition = self.value(condition)?;
        let blocks = [self.builder.create_block(), self.builder.create_block()];
        let end = self.builder.create_block();
        for result in results {
            let parameter = self.builder.append_block_param(end, repr(program.ty(*result)));
            self.values.insert(*result, parameter);
        }
        self.builder.ins().brif(condition, blocks[0], &[], blocks[1], &[]);
        for (block, region) in blocks.into_iter().zip([then, otherwise]) {
            self.builder.switch_to_block(block);
            let region = &program.regions[region];
            self.instructions(&region.instructions)?;
            let yields = region.yields.iter().map(|value| self.value(*value).map(BlockArg::Value));
            let yields = yields.collect::<Result<Vec<BlockArg>, Error>>()?;
            self.builder.ins().jump(end, &yields);
        }
        self.builder.switch_to_block(end);
        Ok(())
    }

    /// Emits the failure of rows after a branch, because rows seldom fail.
    fn fail_if(&mut self, condition: ir::Value, failure: ir::Failure) -> Result<(), Error> {
        let condition = self.value(condition)?;
        let place = displacement(self.source.layout.failures)?;
        let (fail, end) = (self.builder.create_block(), self.builder.create_block());
        self.builder.set_cold_block(fail);
        self.builder.ins().brif(condition, fail, &[], end, &[]);
        self.builder.switch_to_block(fail);
        let before = self.builder.ins().load(types::I64, MEMORY, self.cells, place);
        let number = self.builder.ins().iconst(types::I64, failure.index() as i64 + 1);
        let number = self.builder.ins().select(before, before, number);
        self.builder.ins().store(MEMORY, number, self.cells, place);
        self.builder.ins().jump(end, &[]);
        self.builder.switch_to_block(end);
        Ok(())
    }

    /// Emits the load of the row's bit of a mask.
    pub fn bit(&mut self, mask: Offset) -> Result<Value, Error> {
        let word = self.builder.ins().load(types::I64, MEMORY, self.frame, displacement(mask)?);
        let shifted = self.builder.ins().ushr(word, self.row);
        let byte = self.builder.ins().ireduce(types::I8, shifted);
        Ok(self.builder.ins().band_imm_u(byte, 1))
    }

    /// Emits the load of the row's value in a column, or in a mask if it is a bool.
    pub fn load(&mut self, ty: Type, place: Offset) -> Result<Value, Error> {
        match ty {
            Type::Bool => self.bit(place),
            ty => Ok(self.builder.ins().load(repr(ty), MEMORY, self.cells, displacement(place)?)),
        }
    }

    fn store(&mut self, ty: Type, place: Offset, value: Value) -> Result<(), Error> {
        let displacement = displacement(place)?;
        if ty == Type::Bool {
            let word = self.builder.ins().load(types::I64, MEMORY, self.frame, displacement);
            let one = self.builder.ins().iconst(types::I64, 1);
            let bit = self.builder.ins().ishl(one, self.row);
            let others = self.builder.ins().band_not(word, bit);
            let value = self.builder.ins().uextend(types::I64, value);
            let value = self.builder.ins().ishl(value, self.row);
            let word = self.builder.ins().bor(others, value);
            self.builder.ins().store(MEMORY, word, self.frame, displacement);
        } else {
            let bits = self.bits(ty, value);
            self.builder.ins().store(MEMORY, bits, self.cells, displacement);
        }
        Ok(())
    }

    /// Emits the conversion of a value to its bits, in a word.
    pub fn bits(&mut self, ty: Type, value: Value) -> Value {
        let flags = MemFlagsData::new();
        match ty {
            Type::I64 => value,
            Type::F64 => self.builder.ins().bitcast(types::I64, flags, value),
            Type::F32 => {
                let bits = self.builder.ins().bitcast(types::I32, flags, value);
                self.builder.ins().uextend(types::I64, bits)
            }
            Type::Bool | Type::String | Type::List => self.builder.ins().uextend(types::I64, value),
        }
    }

    /// Emits the address of constant data.
    pub fn address<T>(&mut self, data: *const T) -> Value {
        self.builder.ins().iconst(types::I64, data.addr() as i64)
    }

    /// Calls a runtime function.
    pub fn call(&mut self, function: Function, arguments: &[ir::Value]) -> Result<Value, Error> {
        let mut values = Vec::with_capacity(arguments.len() + 1);
        if function.signature().context {
            values.push(self.context);
        }
        for argument in arguments {
            values.push(self.value(*argument)?);
        }
        let signature = match self.functions.get(&function) {
            Some(signature) => *signature,
            None => {
                let described = function.signature();
                let mut signature = Signature::new(self.source.target.default_call_conv);
                signature.params.extend(described.context.then_some(AbiParam::new(types::I64)));
                signature.params.extend(described.parameters.iter().copied().map(parameter));
                signature.returns.push(parameter(described.result));
                let signature = self.builder.import_signature(signature);
                self.functions.insert(function, signature);
                signature
            }
        };
        self.call_address(signature, function.address(), &values)
            .ok_or(Error::Internal("a function gives no result"))
    }

    /// Calls a helper, which returns its result if it has one.
    pub fn help(&mut self, helper: Helper, arguments: &[Value]) -> Option<Value> {
        let signature = match self.helpers.get(&helper) {
            Some(signature) => *signature,
            None => {
                let (parameters, result) = helper.signature();
                let mut signature = Signature::new(self.source.target.default_call_conv);
                signature.params.extend(parameters.iter().map(|described| match described {
                    Parameter::Value(ty) => parameter(*ty),
                    Parameter::Word => AbiParam::new(types::I64),
                }));
                signature.returns.extend(result.map(parameter));
                let signature = self.builder.import_signature(signature);
                self.helpers.insert(helper, signature);
                signature
            }
        };
        self.call_address(signature, helper.address(), arguments)
    }

    fn call_address(&mut self, signature: SigRef, address: *const u8, arguments: &[Value]) -> Option<Value> {
        let address = self.address(address);
        let call = self.builder.ins().call_indirect(signature, address, arguments);
        self.builder.inst_results(call).first().copied()
    }

    /// Emits the load of the element of an array at an index, or of its last one if the index, interpreted as
    /// unsigned, is past that.
    pub fn element(&mut self, ty: types::Type, array: &[u64], index: Value) -> Value {
        let last = self.builder.ins().iconst(types::I64, array.len().saturating_sub(1) as i64);
        let past = self.builder.ins().icmp(IntCC::UnsignedGreaterThan, index, last);
        let index = self.builder.ins().select(past, last, index);
        let start = self.address(array.as_ptr());
        let eight = self.builder.ins().ishl_imm_u(index, 3);
        let address = self.builder.ins().iadd(start, eight);
        self.builder.ins().load(ty, MEMORY.with_readonly(), address, 0)
    }
}

/// Returns the distance of a place from the frame's start in bytes.
fn displacement(place: Offset) -> Result<i32, Error> {
    place.checked_mul(8).and_then(|bytes| i32::try_from(bytes).ok()).ok_or(Error::TooLarge)
}
