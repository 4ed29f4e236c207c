//! What `Model::memory` adds up is what a model takes: held against the allocator's own count.

use pmml::{Memory, Model};
use std::alloc::{GlobalAlloc, Layout, System};
use std::path::Path;
use std::sync::atomic::{AtomicIsize, Ordering::Relaxed};

/// Counts the bytes that are allocated and not yet freed.
struct Counting;

static LIVE: AtomicIsize = AtomicIsize::new(0);

// SAFETY: everything is done by the system's allocator; counting allocates nothing.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        LIVE.fetch_add(layout.size() as isize, Relaxed);
        // SAFETY: the caller keeps what `alloc` asks of it.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
        LIVE.fetch_sub(layout.size() as isize, Relaxed);
        // SAFETY: the memory came from the system's allocator.
        unsafe { System.dealloc(memory, layout) }
    }

    unsafe fn realloc(&self, memory: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        LIVE.fetch_add(size as isize - layout.size() as isize, Relaxed);
        // SAFETY: the memory came from the system's allocator, and the caller keeps what `realloc` asks of it.
        unsafe { System.realloc(memory, layout, size) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// Returns what a model of the corpus says of its memory, and what was allocated for it.
fn measure(name: &str) -> (Memory, isize) {
    let document = Path::new("corpus").join(name).join("model.pmml");
    // Tables of the libraries that are made once are there after the first time.
    drop(Model::load(&document).unwrap());
    let before = LIVE.load(Relaxed);
    let model = Model::load(&document).unwrap();
    let allocated = LIVE.load(Relaxed) - before;
    (model.memory(), allocated)
}

#[test]
fn memory_is_what_was_allocated() {
    for name in [
        "sklearn/RandomForestWine",
        "xgboost/XGBoostDigits",
        "lightgbm/LightGBMWine",
        "sklearn/MLPLogisticDigits",
        "sklearn/KNeighborsWine",
        "sklearn/SVCIris",
        "sklearn/TfidfSublinearSentences",
        "sklearn/LookupsVisits",
        "sklearn/DecisionTreeIris",
        "sklearn/LinearRegressionDiabetes",
    ] {
        let (memory, allocated) = measure(name);
        // Code is not the allocator's. What does not count is small, and does not grow with the model.
        let told = (memory.total() - memory.code) as isize;
        assert!(
            (told..told + told / 10 + 8192).contains(&allocated),
            "{name}: {memory:?}, {allocated} allocated"
        );
        assert!(memory.code > 0 && memory.constants > 0, "{name}: {memory:?}");
    }
}
