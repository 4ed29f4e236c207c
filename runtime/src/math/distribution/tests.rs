//! Reference values were computed with 50 digits.

use super::*;

/// Returns whether two numbers agree to 1e-12, relatively.
fn agree(actual: f64, expected: f64) -> bool {
    actual == expected || (actual - expected).abs() <= 1e-12 * expected.abs()
}

#[test]
fn normal_probabilities() {
    for (x, expected) in [
        (-37.5, 4.605_353_009_581_955e-308),
        (-30.0, 4.906_713_927_148_187e-198),
        (-10.0, 7.619_853_024_160_525e-24),
        (-5.3, 5.790_134_039_964_594e-8),
        (-2.0, 0.022_750_131_948_179_21),
        (-1.0, 0.158_655_253_931_457_05),
        (-0.3, 0.382_088_577_811_047_4),
        (0.0, 0.5),
        (1.0e-8, 0.500_000_003_989_422_8),
        (0.7, 0.758_036_347_776_927),
        (1.0, 0.841_344_746_068_542_9),
        (3.0, 0.998_650_101_968_369_9),
        (8.0, 0.999_999_999_999_999_3),
    ] {
        assert!(agree(std_normal_cdf(x), expected), "{x}: {} is not {expected}", std_normal_cdf(x));
        assert!(agree(normal_cdf(3.0 + 2.0 * x, 3.0, 2.0), expected) || x == 1e-8);
    }
    assert_eq!(std_normal_cdf(f64::INFINITY), 1.0);
    assert_eq!(std_normal_cdf(f64::NEG_INFINITY), 0.0);
    assert!(normal_cdf(1.0, 0.0, 0.0).is_nan());
}

#[test]
fn normal_quantiles() {
    for (p, expected) in [
        (1.0e-300, -37.047_096_299_361_2),
        (1.0e-100, -21.273_453_560_965_326),
        (1.0e-20, -9.262_340_089_798_407),
        (1.0e-10, -6.361_340_902_404_057),
        (1.0e-5, -4.264_890_793_922_825),
        (0.01, -2.326_347_874_040_841),
        (0.025, -1.959_963_984_540_054_3),
        (0.074_9, -1.440_238_267_527_963_7),
        (0.076, -1.432_502_720_825_811_6),
        (0.2, -0.841_621_233_572_914_2),
        (0.499, -0.002_506_630_899_571_766),
        (0.6, 0.253_347_103_135_799_7),
        (0.9, 1.281_551_565_544_600_6),
        (0.975, 1.959_963_984_540_053_8),
        (0.999_999, 4.753_424_308_817_087),
    ] {
        assert!(agree(std_normal_idf(p), expected), "{p}: {} is not {expected}", std_normal_idf(p));
    }
    assert_eq!(std_normal_idf(0.5), 0.0);
    assert_eq!(std_normal_idf(0.0), f64::NEG_INFINITY);
    assert_eq!(std_normal_idf(1.0), f64::INFINITY);
    assert!([-0.1, 1.1, f64::NAN].iter().all(|&p| std_normal_idf(p).is_nan()));
    assert!(normal_idf(0.5, 0.0, -1.0).is_nan());
    assert!(agree(normal_idf(0.975, 10.0, 2.0), 13.919_927_969_080_108));
}

#[test]
fn densities_and_the_error_function() {
    assert!(agree(std_normal_pdf(0.0), 0.398_942_280_401_432_7));
    assert!(agree(std_normal_pdf(1.0), 0.241_970_724_519_143_35));
    assert!(agree(normal_pdf(5.0, 3.0, 2.0), 0.120_985_362_259_571_68));
    assert!(normal_pdf(1.0, 0.0, 0.0).is_nan());
    assert!(agree(erf(0.5), 0.520_499_877_813_046_5));
    assert_eq!(erf(f64::NEG_INFINITY), -1.0);
}

#[test]
fn poisson_probabilities() {
    for (q, lambda, expected) in [
        (0.0, 0.5, 0.606_530_659_712_633_4),
        (2.0, 3.0, 0.423_190_081_126_843_53),
        (5.0, 0.1, 0.999_999_998_725_101_3),
        (20.0, 700.0, 3.328_658_573_626_208_4e-266),
        (15.0, 1_000.0, 0.0),
        (21.0, 25.0, 0.247_298_812_942_345_68),
        (50.0, 100.0, 2.401_592_235_616_815_6e-8),
        (100.0, 50.0, 0.999_999_999_843_025_5),
        (999.0, 1_000.0, 0.495_794_755_819_784_5),
        (1_000.0, 1_000.0, 0.508_409_367_168_506),
        (1_500.0, 1_000.0, 1.0),
        (600.0, 1_000.0, 9.989_996_821_981_287e-43),
        (99_000.0, 100_000.0, 0.000_774_200_829_444_738_9),
        (9_999_999.0, 10_000_000.0, 0.499_957_947_791_276_3),
        (9_990_000.0, 10_000_000.0, 0.000_781_851_092_407_796_5),
        (9_000_000.0, 9_100_000.0, 3.803_520_935_271_270_5e-242),
        (10_000_001.0, 10_000_000.0, 0.500_210_261_028_760_1),
        (20_000_000.0, 20_010_000.0, 0.012_690_751_050_112_144),
        (20_000_000.0, 20_000_000.0, 0.500_059_470_803_491_8),
        (20_000_000.0, 20_150_000.0, 1.005_011_730_077_176e-245),
    ] {
        assert!(
            agree(poisson_cdf(q, lambda), expected),
            "{q}, {lambda}: {} is not {expected}",
            poisson_cdf(q, lambda)
        );
    }
}

#[test]
fn poisson_at_its_edges() {
    assert_eq!(poisson_cdf(-1.0, 3.0), 0.0);
    assert_eq!(poisson_cdf(0.0, 0.0), 1.0);
    assert_eq!(poisson_cdf(f64::INFINITY, 3.0), 1.0);
    assert_eq!(poisson_cdf(1e300, 3.0), 1.0);
    assert_eq!(poisson_cdf(3.0, 1e300), 0.0);
    assert_eq!(poisson_cdf(1e8, f64::MAX), 0.0);
    assert_eq!(poisson_cdf(3.0, f64::INFINITY), 0.0);
    assert_eq!(poisson_cdf(f64::MAX, f64::MIN_POSITIVE), 1.0);
    assert_eq!(poisson_cdf(1.999_999_99, 3.0), poisson_cdf(2.0, 3.0));
    assert!(poisson_cdf(1.0, -1.0).is_nan());
    assert!(poisson_cdf(f64::NAN, 1.0).is_nan());
}
