//! cargo-fuzz target: see `decoders::frame`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| decoders::frame(bytes));
