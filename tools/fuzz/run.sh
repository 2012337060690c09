#!/bin/sh
# Runs every fuzz target, or those named, for a while: tools/fuzz/run.sh [SECONDS [TARGET…]]. Needs a C++ compiler beside Rust.
#
# The coverage that guides the fuzzer is a matter of code generation, so any compiler of Rust will do; only the address
# sanitizer would need a nightly one, and there is no unsafe code here to look after.
#
# The corpora that grow and what falls out stay below the target directory; a find becomes a seed in tools/fuzz/corpus.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
seconds=${1:-30}
[ $# -gt 0 ] && shift
targets=${*:-xml yaml member keystore balancer hsqldb link stream room}
build=${FUZZ_TARGET_DIR:-$here/../../target/fuzz}

coverage="-Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 -Cllvm-args=-sanitizer-coverage-inline-8bit-counters \
-Cllvm-args=-sanitizer-coverage-pc-table -Ccodegen-units=1 --cfg fuzzing"
host=$(rustc -vV | sed -n 's/^host: //p')
cd "$here"
# With --target the flags do not reach build scripts.
RUSTFLAGS="$coverage" cargo build --quiet --release --target "$host" --target-dir "$build"
for target in $targets; do
    grown=$build/corpus/$target
    mkdir -p "$grown" "$build/found/$target"
    case $target in
        xml | yaml) cp "$here"/../../compat-tests/hazelcast/corpus/*."$target" "$grown" ;;
        member) split -l 1 -a 3 "$here/../../compat-tests/hazelcast/members.txt" "$grown/line-" ;;
        keystore)
            for file in "$here"/../../src/keystore/testdata/*.b64; do
                base64 -d "$file" > "$grown/$(basename "$file" .b64)"
            done
            ;;
    esac
    echo "$target: $seconds seconds"
    "$build/$host/release/$target" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=1024 -verbosity=0 -print_final_stats=1 \
        -artifact_prefix="$build/found/$target/" "$grown" "$here/corpus/$target"
done
