#!/usr/bin/env bash
# Builds the targets and runs those named (all without names), one after the other: fuzz/fuzz.sh [TARGET ...].
# SECONDS_EACH=620 of each; what is found goes into fuzz/artifacts/TARGET, what is new into fuzz/grown/TARGET.
#
# With stable Rust: the coverage that libFuzzer wants is a pass of LLVM, no feature of nightly Rust.
# With nightly Rust `cargo fuzz run TARGET` does the same.
set -euo pipefail
cd "$(dirname "$0")"
configuration=$(../scripts/configure.sh) && eval "$configuration"
target=$(rustc -vV | sed -n 's/^host: //p')
coverage="-Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4
  -Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table
  -Cllvm-args=-sanitizer-coverage-trace-compares"
RUSTFLAGS="$(echo $coverage) --cfg fuzzing -Cdebug-assertions -Coverflow-checks" \
  cargo build --release --target "$target" --bins
names=("$@")
[ $# -gt 0 ] || names=($(cd fuzz_targets && ls | sed 's/\.rs$//'))
for name in "${names[@]}"; do
  mkdir -p "grown/$name" "artifacts/$name"
  "target/$target/release/$name" "grown/$name" "corpus/$name" -max_total_time="${SECONDS_EACH:-620}" \
    -rss_limit_mb=2048 -timeout=10 -max_len=16384 -artifact_prefix="artifacts/$name/" -print_final_stats=1
done
