//! Translates operations, one to one.
//!
//! Every instruction that is emitted here is total, like the program's: conversions saturate, indices are
//! clamped, nothing traps, and no operations are fused.

use super::constants::{MapForm, SetForm};
use super::emit::{Emitter, repr};
use super::error::Error;
use super::helpers::Helper;
use crate::ir;
use crate::ir::{Binary, Constant, InputPart, Operation, Type, Unary};
use cranelift_codegen::ir::condcodes::{FloatCC, IntCC};
use cranelift_codegen::ir::immediates::{Ieee32, Ieee64};
use cranelift_codegen::ir::{InstBuilder, StackSlotData, StackSlotKind, Value, types};
use pmml_runtime::{ABSENT, CONVERTED, StringId, UNCONVERTIBLE};

impl Emitter<'_, '_> {
    /// Translates an operation that has one result and no regions.
    pub fn operation(&mut self, operation: &Operation) -> Result<Value, Error> {
        let program = self.source.program;
        Ok(match operation {
            Operation::Constant(constant) => self.constant(*constant),
            Operation::Input(input, part) => self.input(*input, *part)?,
            Operation::Unary(unary, a) => {
                let argument = self.value(*a)?;
                self.unary(*unary, argument)
            }
            Operation::Binary(binary, a, b) => {
                let (left, right) = (self.value(*a)?, self.value(*b)?);
                self.binary(*binary, program.ty(*a), left, right)
            }
            Operation::Select(condition, then, otherwise) => {
                let condition = self.value(*condition)?;
                let (then, otherwise) = (self.value(*then)?, self.value(*otherwise)?);
                self.builder.ins().select(condition, then, otherwise)
            }
            Operation::Call(function, arguments) => self.call(*function, arguments)?,
            Operation::Lookup(table, index) => {
                let index = self.value(*index)?;
                let ty = repr(program.tables[*table].ty);
                self.element(ty, self.source.constants.table(*table), index)
            }
            Operation::Find(map, keys) => self.find(*map, keys)?,
            Operation::Contains(set, value) => {
                let argument = self.value(*value)?;
                self.contains(*set, program.ty(*value), argument)?
            }
            Operation::List(items) => self.list(items)?,
            Operation::If { .. }
            | Operation::Forest(..)
            | Operation::Kernel(..)
            | Operation::Recall { .. }
            | Operation::FailIf(..) => return Err(Error::Internal("not an operation of scalar stages")),
        })
    }

    fn constant(&mut self, constant: Constant) -> Value {
        match constant {
            Constant::Bool(value) => self.builder.ins().iconst(types::I8, value as i64),
            Constant::I64(value) => self.builder.ins().iconst(types::I64, value),
            Constant::F32(value) => self.builder.ins().f32const(Ieee32::with_bits(value.to_bits())),
            Constant::F64(value) => self.builder.ins().f64const(Ieee64::with_bits(value.to_bits())),
            Constant::String(value) => self.text(value),
        }
    }

    fn text(&mut self, text: StringId) -> Value {
        self.builder.ins().iconst(types::I32, text.number() as i64)
    }

    fn input(&mut self, input: ir::Input, part: InputPart) -> Result<Value, Error> {
        let columns = self.source.layout.input(input);
        Ok(match part {
            InputPart::Value => {
                let ty = self.source.program.inputs[input].ty;
                let (present, value) = (self.bit(columns.present)?, self.load(ty, columns.values)?);
                if ty == Type::Bool {
                    return Ok(self.builder.ins().band(present, value));
                }
                let zero = match ty {
                    Type::F32 => self.constant(Constant::F32(0.0)),
                    Type::F64 => self.constant(Constant::F64(0.0)),
                    ty => self.builder.ins().iconst(repr(ty), 0),
                };
                self.builder.ins().select(present, value, zero)
            }
            InputPart::State => {
                let (present, unconvertible) = (self.bit(columns.present)?, self.bit(columns.unconvertible)?);
                let [absent, converted, other] = [ABSENT, CONVERTED, UNCONVERTIBLE]
                    .map(|state| self.builder.ins().iconst(types::I64, state));
                let otherwise = self.builder.ins().select(unconvertible, other, absent);
                self.builder.ins().select(present, converted, otherwise)
            }
            InputPart::String => {
                let unconvertible = self.bit(columns.unconvertible)?;
                let text = self.load(Type::String, columns.strings)?;
                let empty = self.text(StringId::EMPTY);
                self.builder.ins().select(unconvertible, text, empty)
            }
        })
    }

    fn unary(&mut self, unary: Unary, a: Value) -> Value {
        let ins = self.builder.ins();
        match unary {
            Unary::Not => ins.bxor_imm_u(a, 1),
            Unary::Negate => ins.fneg(a),
            Unary::Absolute => ins.fabs(a),
            Unary::SquareRoot => ins.sqrt(a),
            Unary::Floor => ins.floor(a),
            Unary::Ceil => ins.ceil(a),
            Unary::BoolToI64 => ins.uextend(types::I64, a),
            Unary::I64ToF64 => ins.fcvt_from_sint(types::F64, a),
            Unary::I64ToF32 => ins.fcvt_from_sint(types::F32, a),
            Unary::F32ToF64 => ins.fpromote(types::F64, a),
            Unary::F64ToF32 => ins.fdemote(types::F32, a),
            Unary::F64ToI64 => ins.fcvt_to_sint_sat(types::I64, a),
        }
    }

    fn binary(&mut self, binary: Binary, ty: Type, a: Value, b: Value) -> Value {
        let float = ty.is_float();
        let mut compare = |float_condition: FloatCC, condition: IntCC| {
            let ins = self.builder.ins();
            if float { ins.fcmp(float_condition, a, b) } else { ins.icmp(condition, a, b) }
        };
        match binary {
            Binary::Equal => compare(FloatCC::Equal, IntCC::Equal),
            Binary::NotEqual => compare(FloatCC::NotEqual, IntCC::NotEqual),
            Binary::Less => compare(FloatCC::LessThan, IntCC::SignedLessThan),
            Binary::LessOrEqual => compare(FloatCC::LessThanOrEqual, IntCC::SignedLessThanOrEqual),
            Binary::Greater => compare(FloatCC::GreaterThan, IntCC::SignedGreaterThan),
            Binary::GreaterOrEqual => compare(FloatCC::GreaterThanOrEqual, IntCC::SignedGreaterThanOrEqual),
            Binary::Add if float => self.builder.ins().fadd(a, b),
            Binary::Subtract if float => self.builder.ins().fsub(a, b),
            Binary::Multiply if float => self.builder.ins().fmul(a, b),
            // The verifier ensures that only floats are divided.
            Binary::Divide => self.builder.ins().fdiv(a, b),
            Binary::Add => self.builder.ins().iadd(a, b),
            Binary::Subtract => self.builder.ins().isub(a, b),
            Binary::Multiply => self.builder.ins().imul(a, b),
            Binary::And => self.builder.ins().band(a, b),
            Binary::Or => self.builder.ins().bor(a, b),
        }
    }

    fn contains(&mut self, set: ir::Set, ty: Type, value: Value) -> Result<Value, Error> {
        match self.source.constants.set(set) {
            SetForm::Few(elements) => {
                let mut contained = self.builder.ins().iconst(types::I8, 0);
                for element in elements.iter().filter_map(|bits| Constant::from_bits(ty, *bits)) {
                    let element = self.constant(element);
                    let equal = self.binary(Binary::Equal, ty, value, element);
                    contained = self.builder.ins().bor(contained, equal);
                }
                Ok(contained)
            }
            SetForm::Bits(words) => {
                let number = self.builder.ins().uextend(types::I64, value);
                let index = self.builder.ins().ushr_imm_u(number, 6);
                let word = self.element(types::I64, words, index);
                // A shift counts modulo 64.
                let shifted = self.builder.ins().ushr(word, number);
                let byte = self.builder.ins().ireduce(types::I8, shifted);
                Ok(self.builder.ins().band_imm_u(byte, 1))
            }
            SetForm::Sorted(data) => {
                let bits = self.bits(ty, value);
                let address = self.address(&raw const **data);
                self.help(Helper::Contains, &[address, bits]).ok_or(Error::Internal("contains"))
            }
        }
    }

    fn find(&mut self, map: ir::Map, keys: &[ir::Value]) -> Result<Value, Error> {
        match (self.source.constants.map(map), keys) {
            (MapForm::Rows(rows), [key]) => {
                let key = self.value(*key)?;
                let number = self.builder.ins().uextend(types::I64, key);
                Ok(self.element(types::I64, rows, number))
            }
            (MapForm::Sorted(index), keys) => {
                let size = u32::try_from(keys.len() * 8).map_err(|_| Error::TooLarge)?;
                let slot = StackSlotData::new(StackSlotKind::ExplicitSlot, size, 3);
                let slot = self.builder.create_sized_stack_slot(slot);
                for (number, key) in keys.iter().enumerate() {
                    let value = self.value(*key)?;
                    let bits = self.bits(self.source.program.ty(*key), value);
                    let place = i32::try_from(number * 8).map_err(|_| Error::TooLarge)?;
                    self.builder.ins().stack_store(types::I64, bits, slot, place);
                }
                let keys = self.builder.ins().stack_addr(types::I64, slot, 0);
                let address = self.address(&raw const **index);
                self.help(Helper::Find, &[address, keys]).ok_or(Error::Internal("find"))
            }
            (MapForm::Rows(_), _) => Err(Error::Internal("a map has one key")),
        }
    }

    fn list(&mut self, items: &[ir::Value]) -> Result<Value, Error> {
        let list = self.help(Helper::NewList, &[self.context]).ok_or(Error::Internal("a new list"))?;
        for pair in items.chunks_exact(2) {
            let (value, present) = (self.value(pair[0])?, self.value(pair[1])?);
            let bits = self.bits(self.source.program.ty(pair[0]), value);
            self.help(Helper::Push, &[self.context, list, bits, present]);
        }
        Ok(list)
    }
}
