//! cargo-fuzz target: see `decoders::eslogger`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| decoders::eslogger(bytes));
