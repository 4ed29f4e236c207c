//! Owns machine code and calls it: contains everything in the engine that the Rust compiler cannot check.
//!
//! # Safety
//!
//! The reasons why the calls are sound are spread over the engine; here they are in one place.
//!
//! - *Frames.* A function reads and writes `frame + 8 * (offset + row)` and `frame + 8 * offset` for offsets of the plan's
//!   layout and rows below 64. [`Code::call`] panics if the frame is smaller than the layout. [`Plan`] assigns no place
//!   outside of its layout.
//! - *Constants.* A function reads tables and bit sets at an index that it has clamped to the table's last
//!   element, and passes sets and maps to helpers. All of them are in [`Constants`], which [`Code`] keeps as
//!   long as the functions, in boxes that do not move.
//! - *Calls.* Helpers and runtime functions are called with the types of their declarations: both sides come
//!   from one table, [`Function`](crate::ir::Function), or are declared beside each other, as in
//!   [`helpers`](super::helpers). They do not unwind (`extern "C"` aborts instead).
//! - *Traps.* The emitter uses no instruction that can trap.
//!
//! [`Plan`]: crate::passes::stage::Plan

use super::constants::{Constants, MapIndex};
use cranelift_jit::JITModule;
use cranelift_module::FuncId;
use pmml_runtime::Context;
use std::sync::Mutex;

/// The signature of a stage's function: frame, mask, context.
type Entry = extern "C" fn(*mut u64, u64, *mut Context<'_>);

/// Machine code with everything that it refers to.
pub(super) struct Code {
    entries: Vec<Entry>,
    /// The number of bytes of the functions.
    bytes: usize,
    /// The least size of a frame, in words.
    words: usize,
    /// Holds the memory of the code, until this is dropped. The mutex is never locked: it makes the module,
    /// which only its owner uses, shareable.
    module: Mutex<Option<JITModule>>,
    /// What the code refers to by address.
    constants: Constants,
}

impl Code {
    /// Takes over a module whose definitions are final. `functions`, which have `bytes` bytes, must have been emitted for
    /// frames of `words` words and for `constants`.
    pub fn new(
        module: JITModule,
        functions: &[FuncId],
        bytes: usize,
        words: usize,
        constants: Constants,
    ) -> Self {
        let entry = |function: &FuncId| {
            let address = module.get_finalized_function(*function);
            // SAFETY: a transmute to a function pointer must name the function's true signature and
            // convention: the emitter declared it with exactly this one and the platform's C convention. The
            // address stays valid as long as `self`, whose `drop` frees the module.
            unsafe { std::mem::transmute::<*const u8, Entry>(address) }
        };
        let entries = functions.iter().map(entry).collect();
        Self { entries, bytes, words, module: Mutex::new(Some(module)), constants }
    }

    /// Returns the number of bytes of the functions.
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// Returns the number of bytes of memory that the constants take.
    pub fn constant_bytes(&self) -> usize {
        self.constants.bytes()
    }

    /// Runs a function on the rows of a mask.
    ///
    /// # Panics
    ///
    /// If there is no such function or the frame is smaller than the layout says.
    pub fn call(&self, function: usize, frame: &mut [u64], mask: u64, context: &mut Context<'_>) {
        assert!(frame.len() >= self.words, "the frame is smaller than its layout");
        // Both pointers come from exclusive references that outlive the call; the module's documentation says
        // why what the code does with them is sound.
        (self.entries[function])(frame.as_mut_ptr(), mask, context);
    }
}

impl Drop for Code {
    fn drop(&mut self) {
        let module = self.module.get_mut().map(Option::take);
        if let Ok(Some(module)) = module {
            // SAFETY: no code of the module may run any more, and no pointer to it may be kept. Only `call`
            // runs it, which borrows `self`, and `drop` has `self` exclusively; `entries`, which holds the
            // pointers, is private and is dropped with `self`.
            unsafe { module.free_memory() }
        }
    }
}

/// Returns the row number of the keys that start at an address, for machine code.
pub(super) extern "C" fn find(map: &MapIndex, keys: *const u64) -> i64 {
    // SAFETY: `keys` must point to `width` initialized words. The emitter passes a stack slot that holds as many keys as
    // the map has columns and stores all of them before the call.
    let keys = unsafe { std::slice::from_raw_parts(keys, map.width()) };
    map.find(keys)
}
