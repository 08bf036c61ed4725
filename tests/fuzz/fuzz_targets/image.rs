//! cargo-fuzz target: see `decoders::image`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| decoders::image(bytes));
