//! cargo-fuzz target: see `decoders::ring`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| decoders::ring(bytes));
