//! cargo-fuzz target: see `decoders::evtx`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| decoders::evtx(bytes));
