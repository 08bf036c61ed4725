//! cargo-fuzz target: see `decoders::fingerprint`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| decoders::fingerprint(bytes));
