//! The normal and the Poisson distribution, and the error function.
//!
//! - Probabilities of the normal distribution come from the incomplete gamma function Q(½, x²), by its power
//!   series (Abramowitz and Stegun 6.5.29) near zero and by its continued fraction (evaluated by the modified
//!   Lentz method) beyond: the reference evaluator computes them in the same way, so that probit models agree
//!   to the last bits. The relative error stays below 1e-12 in both tails.
//! - Quantiles come from the rational approximations of Wichura (1988), algorithm AS 241 (PPND16), whose relative error
//!   is about 1e-16.
//! - Poisson probabilities are sums of positive terms from the mode outwards, scaled by the density in Loader's (2000)
//!   saddle-point form, which does not cancel; above 10⁷ they come from Temme's (1979) uniform expansion of the
//!   incomplete gamma function, so that no argument makes the sum long.
//!
//! Arguments without a result (a standard deviation that is not positive, a probability outside of 0 to 1) give NaN.

mod poisson;

use core::f64::consts::{PI, SQRT_2};

use self::coefficients::{
    CENTRE_DENOMINATOR, CENTRE_NUMERATOR, FAR_DENOMINATOR, FAR_NUMERATOR, NEAR_DENOMINATOR, NEAR_NUMERATOR,
};
use crate::math::{exp, floor, ln, ln1p, pow, sqrt};

pub use self::poisson::poisson_density;

/// `1 ÷ √(2π)`.
const FRAC_1_SQRT_2_PI: f64 = 0.398_942_280_401_432_7;

/// Returns the error function.
#[inline]
#[must_use]
pub fn erf(x: f64) -> f64 {
    libm::erf(x)
}

/// Returns the density of the standard normal distribution.
#[inline]
#[must_use]
pub fn std_normal_pdf(x: f64) -> f64 {
    exp(-0.5 * x * x) * FRAC_1_SQRT_2_PI
}

/// Returns the probability that a standard normal value is at most `x`.
#[inline]
#[must_use]
pub fn std_normal_cdf(x: f64) -> f64 {
    if x.abs() > 40.0 {
        return if x < 0.0 { 0.0 } else { 1.0 };
    }
    0.5 * erfc(-x / SQRT_2)
}

/// Returns the complementary error function, for arguments below 40 in magnitude.
fn erfc(x: f64) -> f64 {
    let tail = upper_gamma_half(x * x);
    if x < 0.0 { 2.0 - tail } else { tail }
}

/// ln Γ(½), which is ln √π.
const LN_GAMMA_HALF: f64 = 0.572_364_942_924_700_1;

/// Returns the regularized incomplete gamma function Q(½, x) for a number that is not negative.
fn upper_gamma_half(x: f64) -> f64 {
    const PRECISION: f64 = 1e-15;
    if x.is_nan() {
        return f64::NAN;
    }
    if x == 0.0 {
        return 1.0;
    }
    let scale = exp(-x + 0.5 * ln(x) - LN_GAMMA_HALF);
    if x < 1.5 {
        // 1 − P, where P is a sum of positive terms.
        let (mut term, mut sum, mut n): (f64, f64, f64) = (2.0, 2.0, 0.0);
        while (term / sum).abs() > PRECISION && n < 10_000.0 {
            n += 1.0;
            term *= x / (0.5 + n);
            sum += term;
        }
        return 1.0 - scale * sum;
    }
    // 1 ÷ (x + ½ + 1(½ − 1) ÷ (x + 2½ + 2(½ − 2) ÷ (…)))
    let mut fraction = 0.5 + x;
    let (mut c, mut d, mut n): (f64, f64, f64) = (fraction, 0.0, 1.0);
    while n < 10_000.0 {
        let a = 2.0 * n + 0.5 + x;
        let b = n * (0.5 - n);
        d = 1.0 / (a + b * d);
        c = a + b / c;
        let factor = c * d;
        fraction *= factor;
        if (factor - 1.0).abs() < PRECISION {
            break;
        }
        n += 1.0;
    }
    scale * (1.0 / fraction)
}

/// Returns the `p`-quantile of the standard normal distribution: −∞ at 0, +∞ at 1.
#[must_use]
pub fn std_normal_idf(p: f64) -> f64 {
    if !(0.0..=1.0).contains(&p) {
        return f64::NAN;
    }
    let centred = p - 0.5;
    if centred.abs() <= 0.425 {
        let t = 0.180_625 - centred * centred;
        return centred * polynomial(&CENTRE_NUMERATOR, t) / polynomial(&CENTRE_DENOMINATOR, t);
    }
    let tail = if centred < 0.0 { p } else { 1.0 - p };
    if tail == 0.0 {
        return if centred < 0.0 { f64::NEG_INFINITY } else { f64::INFINITY };
    }
    let t = sqrt(-ln(tail));
    let size = if t <= 5.0 {
        polynomial(&NEAR_NUMERATOR, t - 1.6) / polynomial(&NEAR_DENOMINATOR, t - 1.6)
    } else {
        polynomial(&FAR_NUMERATOR, t - 5.0) / polynomial(&FAR_DENOMINATOR, t - 5.0)
    };
    if centred < 0.0 { -size } else { size }
}

/// Returns the density at `x` of the normal distribution with mean `mu` and standard deviation `sigma`.
#[must_use]
pub fn normal_pdf(x: f64, mu: f64, sigma: f64) -> f64 {
    if sigma > 0.0 { std_normal_pdf((x - mu) / sigma) / sigma } else { f64::NAN }
}

/// Returns the probability that a value of the normal distribution with mean `mu` and standard deviation `sigma` is at
/// most `x`.
#[must_use]
pub fn normal_cdf(x: f64, mu: f64, sigma: f64) -> f64 {
    if sigma > 0.0 { std_normal_cdf((x - mu) / sigma) } else { f64::NAN }
}

/// Returns the `p`-quantile of the normal distribution with mean `mu` and standard deviation `sigma`.
#[must_use]
pub fn normal_idf(p: f64, mu: f64, sigma: f64) -> f64 {
    if sigma > 0.0 { mu + sigma * std_normal_idf(p) } else { f64::NAN }
}

/// Returns the probability that a Poisson value with mean `lambda` is at most `q`, as R's `ppois`.
///
/// `q` is rounded down, after adding 1e-7, as R does to forgive errors of rounding.
#[must_use]
pub fn poisson_cdf(q: f64, lambda: f64) -> f64 {
    let k = floor(q + 1e-7);
    if k.is_nan() || lambda.is_nan() || lambda < 0.0 {
        f64::NAN
    } else if k < 0.0 || lambda == f64::INFINITY {
        // R rejects an infinite mean; the limit is the more useful answer.
        0.0
    } else if lambda == 0.0 || k == f64::INFINITY {
        1.0
    } else if k > 1e7 {
        poisson_cdf_of_many(k, lambda)
    } else if k < lambda {
        // P(k) · (1 + k/λ + k(k−1)/λ² + …)
        poisson_pdf(k, lambda) * sum_of_products(|step| (k - step) / lambda)
    } else {
        // 1 − P(k+1) · (1 + λ/(k+2) + …)
        1.0 - poisson_pdf(k + 1.0, lambda) * sum_of_products(|step| lambda / (k + 2.0 + step))
    }
}

/// Returns the natural logarithm of the probability that a Poisson variable of mean `lambda` exceeds `q`; NaN for a
/// negative mean.
///
/// R's `ppois(q, lambda, lower.tail = FALSE, log.p = TRUE)`, without its loss of digits where the tail is small.
#[must_use]
pub fn poisson_log_survival(q: f64, lambda: f64) -> f64 {
    let k = floor(q + 1e-7);
    if (0.0..=1e7).contains(&k) && lambda > 0.0 && lambda < f64::INFINITY && k >= lambda {
        // P(k+1) · (1 + λ/(k+2) + …)
        return ln(poisson_pdf(k + 1.0, lambda) * sum_of_products(|step| lambda / (k + 2.0 + step)));
    }
    ln1p(-poisson_cdf(q, lambda))
}

/// Returns `1 + f₀ + f₀f₁ + f₀f₁f₂ + …` for factors that fall below 1, up to where the rest no longer
/// matters.
fn sum_of_products(factor: impl Fn(f64) -> f64) -> f64 {
    let (mut sum, mut product, mut step) = (1.0, 1.0, 0.0);
    // Near the mode of the greatest distribution (10⁷) the products vanish after about 10⁵ factors.
    while step < 1e6 {
        product *= factor(step);
        sum += product;
        if product <= sum * 1e-17 {
            break;
        }
        step += 1.0;
    }
    sum
}

/// Returns the probability of exactly `k`, a whole number. `lambda` must be positive.
fn poisson_pdf(k: f64, lambda: f64) -> f64 {
    if k <= 20.0 {
        let factorial = (1..=20).map(f64::from).take_while(|&n| n <= k).fold(1.0, |product, n| product * n);
        // In two halves, since e^−λ may vanish where the product does not.
        let half = exp(-0.5 * lambda);
        if half == 0.0 {
            return 0.0;
        }
        return pow(lambda, k) / factorial * half * half;
    }
    let square = k * k;
    // The correction of the leading terms of Stirling's formula for the logarithm of k!.
    let correction = (1.0 / 12.0
        - (1.0 / 360.0 - (1.0 / 1260.0 - (1.0 / 1680.0 - 1.0 / 1188.0 / square) / square) / square) / square)
        / k;
    exp(-correction - k * above_logarithm((lambda - k) / k)) / sqrt(2.0 * PI * k)
}

/// Returns [`poisson_cdf`] for `k` above 10⁷: the leading two terms of the expansion in 1/k are exact to
/// double precision.
fn poisson_cdf_of_many(k: f64, lambda: f64) -> f64 {
    let shape = k + 1.0;
    let excess = (lambda - shape) / shape;
    let half_square = above_logarithm(excess);
    if shape * half_square > 760.0 {
        // So far from the mean, the smaller tail vanishes.
        return if excess < 0.0 { 1.0 } else { 0.0 };
    }
    let size = sqrt(2.0 * half_square);
    let eta = if excess < 0.0 { -size } else { size };
    // Here `eta` is below 0.013: these are the first terms of the coefficients' series.
    let first = polynomial(&[-1.0 / 3.0, 1.0 / 12.0, -2.0 / 135.0, 1.0 / 864.0, 1.0 / 2835.0], eta);
    let second = -1.0 / 540.0 - eta / 288.0;
    let remainder = exp(-shape * half_square) / sqrt(2.0 * PI * shape) * (first + second / shape);
    0.5 * libm::erfc(eta * sqrt(0.5 * shape)) + remainder
}

/// Returns `x − ln(1 + x)`, without cancellation near 0.
fn above_logarithm(x: f64) -> f64 {
    if x.abs() > 0.1 {
        return x - ln1p(x);
    }
    // ln(1 + x) is 2·artanh(r), whose series begins with 2r; x − 2r is x·r.
    let r = x / (2.0 + x);
    let square = r * r;
    let series =
        polynomial(&[1.0 / 3.0, 1.0 / 5.0, 1.0 / 7.0, 1.0 / 9.0, 1.0 / 11.0, 1.0 / 13.0, 1.0 / 15.0], square);
    r * (x - 2.0 * square * series)
}

/// Returns the value of a polynomial at `x`. Its coefficients start with the constant.
fn polynomial(coefficients: &[f64], x: f64) -> f64 {
    coefficients.iter().rev().fold(0.0, |sum, coefficient| sum * x + coefficient)
}

/// The coefficients of AS 241, as published.
#[expect(clippy::excessive_precision, reason = "published digits can be compared with their source")]
mod coefficients {
    pub(super) const CENTRE_NUMERATOR: [f64; 8] = [
        3.387_132_872_796_366_608,
        1.331_416_678_917_843_774_5e2,
        1.971_590_950_306_551_442_7e3,
        1.373_169_376_550_946_112_5e4,
        4.592_195_393_154_987_145_7e4,
        6.726_577_092_700_870_085_3e4,
        3.343_057_558_358_812_810_5e4,
        2.509_080_928_730_122_672_7e3,
    ];
    pub(super) const CENTRE_DENOMINATOR: [f64; 8] = [
        1.0,
        4.231_333_070_160_091_125_2e1,
        6.871_870_074_920_579_083e2,
        5.394_196_021_424_751_107_7e3,
        2.121_379_430_158_659_586_7e4,
        3.930_789_580_009_271_061e4,
        2.872_908_573_572_194_267_4e4,
        5.226_495_278_852_854_561e3,
    ];
    pub(super) const NEAR_NUMERATOR: [f64; 8] = [
        1.423_437_110_749_683_577_34,
        4.630_337_846_156_545_295_9,
        5.769_497_221_460_691_405_5,
        3.647_848_324_763_204_605_04,
        1.270_458_252_452_368_382_58,
        2.417_807_251_774_506_117_7e-1,
        2.272_384_498_926_918_458_33e-2,
        7.745_450_142_783_414_076_4e-4,
    ];
    pub(super) const NEAR_DENOMINATOR: [f64; 8] = [
        1.0,
        2.053_191_626_637_758_821_87,
        1.676_384_830_183_803_849_4,
        6.897_673_349_851_000_045_5e-1,
        1.481_039_764_274_800_745_9e-1,
        1.519_866_656_361_645_719_66e-2,
        5.475_938_084_995_344_946e-4,
        1.050_750_071_644_416_843_24e-9,
    ];
    pub(super) const FAR_NUMERATOR: [f64; 8] = [
        6.657_904_643_501_103_777_2,
        5.463_784_911_164_114_369_9,
        1.784_826_539_917_291_335_8,
        2.965_605_718_285_048_912_3e-1,
        2.653_218_952_657_612_309_3e-2,
        1.242_660_947_388_078_438_6e-3,
        2.711_555_568_743_487_578_15e-5,
        2.010_334_399_292_288_132_65e-7,
    ];
    pub(super) const FAR_DENOMINATOR: [f64; 8] = [
        1.0,
        5.998_322_065_558_879_376_9e-1,
        1.369_298_809_227_358_053_1e-1,
        1.487_536_129_085_061_485_25e-2,
        7.868_691_311_456_132_591e-4,
        1.846_318_317_510_054_681_8e-5,
        1.421_511_758_316_445_888_7e-7,
        2.044_263_103_389_939_785_64e-15,
    ];
}

#[cfg(test)]
mod tests;
