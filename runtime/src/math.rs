//! Elementary functions.
/// e^x
pub fn exp(x: f64) -> f64 {
    libm::exp(x)
}
/// e^x
pub fn exp_single(x: f32) -> f32 {
    libm::exp(x as f64) as f32
}
