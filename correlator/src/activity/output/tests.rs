//! What random bytes reach, against what was measured.

use super::random_entropy;

#[test]
fn random_bytes_reach_what_was_measured() {
    let measured = [(256, 7.205), (512, 7.549), (1024, 7.784), (4096, 7.950), (65_536, 7.997)];
    for (count, entropy) in measured {
        let expected = random_entropy(count);
        assert!((expected - entropy).abs() < 0.03, "{count}: {expected} for {entropy}");
    }
    assert!(random_entropy(0) >= 0.0);
    assert!(random_entropy(1) <= 0.001);
}
