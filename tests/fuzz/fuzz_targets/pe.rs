//! cargo-fuzz target: see `decoders::executable`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| decoders::executable(bytes));
