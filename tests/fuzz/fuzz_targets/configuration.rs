//! cargo-fuzz target: see `decoders::configuration`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| decoders::configuration(bytes));
