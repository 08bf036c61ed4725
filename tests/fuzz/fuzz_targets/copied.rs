//! cargo-fuzz target: see `decoders::copied`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| decoders::copied(bytes));
