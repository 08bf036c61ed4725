//! cargo-fuzz target: see `decoders::etl`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| decoders::etl(bytes));
