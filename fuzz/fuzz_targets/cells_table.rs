#![no_main]
libfuzzer_sys::fuzz_target!(|data: &[u8]| chemdrift_fuzz::cells_table(data));
