//! A model as a static library for C, without std and without an allocator.
//!
//! In this folder, with `pmmlc` built (`cargo build --release -p pmmlc` in the folder above):
//!
//! ```text
//! ../../target/release/pmmlc build ../data/iris.pmml --no-alloc -o src/model.rs
//! cargo build --release
//! gcc -O2 main.c target/release/libscoring.a -o score
//! ./score < ../data/iris.csv
//! ```

#![no_std]

mod model;

/// Probabilities of the species. The same struct is in `main.c`.
#[repr(C)]
pub struct Probabilities {
    setosa: f64,
    versicolor: f64,
    virginica: f64,
}

/// Scores a row, in which NaN is a missing value. Returns `false` if the row cannot be scored.
#[unsafe(no_mangle)]
pub extern "C" fn score(
    sepal_length: f32,
    sepal_width: f32,
    petal_length: f32,
    petal_width: f32,
    probabilities: &mut Probabilities,
) -> bool {
    let input = model::Input {
        sepal_length: Some(sepal_length),
        sepal_width: Some(sepal_width),
        petal_length: Some(petal_length),
        petal_width: Some(petal_width),
    };
    let Ok(output) = model::predict(&input) else { return false };
    let (Some(setosa), Some(versicolor), Some(virginica)) =
        (output.probability_setosa, output.probability_versicolor, output.probability_virginica)
    else {
        return false;
    };
    *probabilities = Probabilities { setosa, versicolor, virginica };
    true
}

/// Loops forever. Generated code and its runtime do not panic, but a program must define a panic handler.
#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    loop {}
}
