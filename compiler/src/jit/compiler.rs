//! Cranelift, configured to compile scalar stages.

use super::code::Code;
use super::constants::Constants;
use super::emit::{self, Rows, Source};
use super::error::Error;
use super::helpers;
use crate::passes::stage::Scalar;
use cranelift_codegen::Context as Compilation;
use cranelift_codegen::isa::TargetFrontendConfig;
use cranelift_codegen::settings::{self, Configurable};
use cranelift_frontend::FunctionBuilderContext;
use cranelift_jit::{JITBuilder, JITModule};
use cranelift_module::{FuncId, Module};

/// A module of machine code to which functions are added.
pub(super) struct Compiler {
    module: JITModule,
    compilation: Compilation,
    builder: FunctionBuilderContext,
    functions: Vec<FuncId>,
    /// The number of bytes of the functions.
    bytes: usize,
}

impl Compiler {
    /// Configures Cranelift for the machine on which the process runs.
    pub fn new() -> Result<Self, Error> {
        let mut flags = settings::builder();
        let verify = if cfg!(debug_assertions) { "true" } else { "false" };
        for (name, value) in [
            ("opt_level", "speed"),
            ("enable_verifier", verify),
            ("use_colocated_libcalls", "false"),
            ("is_pic", "false"),
            // A stage may spill more than a page: its stack must not skip the guard page.
            ("enable_probestack", "true"),
            ("probestack_strategy", "inline"),
        ] {
            flags.set(name, value).map_err(|error| Error::Machine(error.to_string()))?;
        }
        let isa = cranelift_native::builder()
            .map_err(|error| Error::Machine(error.to_owned()))?
            .finish(settings::Flags::new(flags))
            .map_err(|error| Error::Machine(error.to_string()))?;
        if isa.pointer_bits() != 64 {
            return Err(Error::Machine("addresses do not have 64 bits".to_owned()));
        }
        let mut builder = JITBuilder::with_isa(isa, cranelift_module::default_libcall_names());
        for (name, address) in helpers::rounding() {
            builder.symbol(name, address);
        }
        let module = JITModule::new(builder);
        let compilation = module.make_context();
        Ok(Self {
            module,
            compilation,
            builder: FunctionBuilderContext::new(),
            functions: Vec::new(),
            bytes: 0,
        })
    }

    /// Returns what functions must know about the machine.
    pub fn target(&self) -> TargetFrontendConfig {
        self.module.target_config()
    }

    /// Compiles a scalar stage and returns the number of its function.
    pub fn define(&mut self, source: Source<'_>, scalar: &Scalar, rows: Rows) -> Result<usize, Error> {
        emit::emit(source, scalar, rows, &mut self.compilation.func, &mut self.builder)?;
        let function = self.module.declare_anonymous_function(&self.compilation.func.signature)?;
        self.module.define_function(function, &mut self.compilation)?;
        self.bytes += self.compilation.compiled_code().map_or(0, |code| code.code_buffer().len());
        self.module.clear_context(&mut self.compilation);
        self.functions.push(function);
        Ok(self.functions.len() - 1)
    }

    /// Returns the text of a scalar stage's function, in the form in which Cranelift gets it.
    pub fn text(&mut self, source: Source<'_>, scalar: &Scalar, rows: Rows) -> Result<String, Error> {
        emit::emit(source, scalar, rows, &mut self.compilation.func, &mut self.builder)?;
        let text = self.compilation.func.display().to_string();
        self.module.clear_context(&mut self.compilation);
        Ok(text)
    }

    /// Finalizes the functions. They must have been emitted for frames of `words` words and for `constants`.
    pub fn finish(mut self, words: usize, constants: Constants) -> Result<Code, Error> {
        self.module.finalize_definitions()?;
        Ok(Code::new(self.module, &self.functions, self.bytes, words, constants))
    }
}
