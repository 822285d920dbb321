#![no_main]
libfuzzer_sys::fuzz_target!(|data: &[u8]| chemdrift_fuzz::site(data));
