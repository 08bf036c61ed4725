//! cargo-fuzz target: see `decoders::recording`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| decoders::recording(bytes));
