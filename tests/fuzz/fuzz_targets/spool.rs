//! cargo-fuzz target: see `decoders::spool`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| decoders::spool(bytes));
