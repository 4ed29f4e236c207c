//! `Model::memory` is compared with the number of bytes that the allocator counts for a model.

use pmml::{Memory, Model};
use std::alloc::{GlobalAlloc, Layout, System};
use std::path::Path;
use std::sync::atomic::{AtomicIsize, Ordering::Relaxed};

/// Counts the bytes that are allocated and not yet freed.
struct Counting;

static LIVE: AtomicIsize = AtomicIsize::new(0);

// SAFETY: every call is passed on to the system's allocator; counting does not allocate.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        LIVE.fetch_add(layout.size() as isize, Relaxed);
        // SAFETY: the caller upholds the contract of `alloc`.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
        LIVE.fetch_sub(layout.size() as isize, Relaxed);
        // SAFETY: the memory came from the system's allocator.
        unsafe { System.dealloc(memory, layout) }
    }

    unsafe fn realloc(&self, memory: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        LIVE.fetch_add(size as isize - layout.size() as isize, Relaxed);
        // SAFETY: the memory came from the system's allocator, and the caller upholds the contract of `realloc`.
        unsafe { System.realloc(memory, layout, size) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// Returns the reported memory of a model of the corpus, and the number of bytes allocated for it.
fn measure(name: &str) -> (Memory, isize) {
    let document = Path::new("corpus").join(name).join("model.pmml");
    // Libraries allocate some tables once, when the first model is loaded.
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
        // Code is not allocated by the allocator. The memory that is not reported is small and does not grow with the model.
        let reported = (memory.total() - memory.code) as isize;
        assert!(
            (reported..reported + reported / 10 + 8192).contains(&allocated),
            "{name}: {memory:?}, {allocated} allocated"
        );
        assert!(memory.code > 0 && memory.constants > 0, "{name}: {memory:?}");
    }
}
