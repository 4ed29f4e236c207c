use super::arch::{detect, detect_vbmi};
use super::{SimdLevel, level};

#[test]
fn the_standard_library_agrees() {
    let avx2 = std::is_x86_feature_detected!("avx2");
    let avx512 = std::is_x86_feature_detected!("avx512f")
        && std::is_x86_feature_detected!("avx512bw")
        && std::is_x86_feature_detected!("avx512dq")
        && std::is_x86_feature_detected!("avx512vl")
        && std::is_x86_feature_detected!("bmi1")
        && std::is_x86_feature_detected!("bmi2")
        && std::is_x86_feature_detected!("popcnt");
    let found = detect();
    assert_eq!(found >= SimdLevel::Avx2, avx2);
    assert_eq!(found >= SimdLevel::Avx512, avx2 && avx512);
    if found >= SimdLevel::Avx512 {
        assert_eq!(detect_vbmi(), std::is_x86_feature_detected!("avx512vbmi"));
    }
    // Other tests set caps.
    assert!(level() <= found);
}
