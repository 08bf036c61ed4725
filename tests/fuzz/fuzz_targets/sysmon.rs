//! cargo-fuzz target: see `decoders::sysmon`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| decoders::sysmon(bytes));
