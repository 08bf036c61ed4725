//! cargo-fuzz target: see `decoders::library`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| decoders::library(bytes));
