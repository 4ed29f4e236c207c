//! Forests: blocks and single rows, with each level of vector instructions.
//!
//! Times are for all rows of a call: 512 for eight blocks, 64 for one.

use divan::{Bencher, counter::ItemsCount};
use pmml_benches::{STRIDE, Shape, arguments, forest, frame, results};
use pmml_runtime::forest::{Blocks, Forest};
use pmml_runtime::simd::{self, SimdLevel};

const SHAPE: Shape = Shape { trees: 100, leaves: 31, balanced: false, single: false, classes: 1, cuts: 255 };

const SHAPES: [Shape; 6] = [
    SHAPE,
    Shape { trees: 500, leaves: 63, ..SHAPE },
    Shape { trees: 1000, leaves: 64, balanced: true, single: true, ..SHAPE },
    Shape { trees: 1000, leaves: 255, ..SHAPE },
    Shape { trees: 300, leaves: 300, balanced: true, cuts: 3000, ..SHAPE },
    Shape { trees: 200, leaves: 600, balanced: true, classes: 10, cuts: 4000, ..SHAPE },
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
    let (arguments, results) = (arguments(), results(shape.classes));
    let rows: u32 = masks.iter().map(|mask| mask.count_ones()).sum();
    bencher.counter(ItemsCount::new(rows)).bench_local(|| {
        let blocks = Blocks { stride: STRIDE, masks };
        forest.evaluate(&mut frame, masks.len() * STRIDE, &arguments, &results, blocks);
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
