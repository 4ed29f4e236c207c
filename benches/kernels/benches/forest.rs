//! Forests: blocks and single rows, with each level of vector instructions.
//!
//! Times are for all rows of a call: 512 for eight blocks, 64 for one.

use divan::{Bencher, counter::ItemsCount};
use pmml_benches::{RESULTS, STRIDE, Shape, arguments, forest, frame};
use pmml_runtime::forest::{Blocks, Forest};
use pmml_runtime::simd::{self, SimdLevel};

const SHAPES: [Shape; 4] = [
    Shape { trees: 100, leaves: 31, balanced: false, single: false },
    Shape { trees: 500, leaves: 63, balanced: false, single: false },
    Shape { trees: 1000, leaves: 64, balanced: true, single: true },
    Shape { trees: 1000, leaves: 255, balanced: false, single: false },
];

fn main() {
    divan::main();
}

/// Measures an evaluation of some blocks, unless the processor lacks the SIMD level.
fn measure(bencher: Bencher<'_, '_>, shape: Shape, level: SimdLevel, masks: &[u64]) {
    if simd::cap(level) != level {
        eprintln!("the processor has no {level:?}: skipped");
        return;
    }
    let image = forest(shape);
    let Some(forest) = Forest::open(&image) else { return };
    let mut frame = frame(masks.len(), forest.scratch(masks.len()));
    let arguments = arguments();
    let rows: u32 = masks.iter().map(|mask| mask.count_ones()).sum();
    bencher.counter(ItemsCount::new(rows)).bench_local(|| {
        let blocks = Blocks { stride: STRIDE, masks };
        forest.evaluate(&mut frame, masks.len() * STRIDE, &arguments, &RESULTS, blocks);
    });
}

macro_rules! levels {
    ($($name:ident: $level:ident),*) => {$(
        mod $name {
            use super::*;

            #[divan::bench(args = SHAPES)]
            fn eight_blocks(bencher: Bencher<'_, '_>, shape: Shape) {
                measure(bencher, shape, SimdLevel::$level, &[u64::MAX; 8]);
            }

            #[divan::bench(args = SHAPES)]
            fn one_block(bencher: Bencher<'_, '_>, shape: Shape) {
                measure(bencher, shape, SimdLevel::$level, &[u64::MAX]);
            }

            #[divan::bench(args = SHAPES)]
            fn one_row(bencher: Bencher<'_, '_>, shape: Shape) {
                measure(bencher, shape, SimdLevel::$level, &[1]);
            }
        }
    )*};
}

levels!(avx512: Avx512, avx2: Avx2, portable: Portable);
