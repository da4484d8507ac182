#!/bin/bash
# SPDX-License-Identifier: MIT
# run.sh SECONDS|save: what `make fuzz` and `make fuzz-save` do with the targets
# they have built.
#
# Each target runs for so many seconds on a copy of its saved corpus, which is
# kept in build/fuzz/corpus and goes on growing with the next run. What fails is
# build/fuzz/found-NAME-*; give it to build/fuzz/fuzz-NAME to see it again.
# `save` adds to the saved corpus the fewest and shortest inputs that take
# branches it does not take yet.
set -u
cd "$(dirname "${BASH_SOURCE[0]}")/../.." || exit 2
export ASAN_OPTIONS=detect_stack_use_after_return=0
export UBSAN_OPTIONS=print_stacktrace=1

# Long enough for a map of some hundred entries; a corpus is to stay small.
input_max=400
dir=build/fuzz
passed=0 failed=0

run_one() {
    local name=$1 log=$dir/$1.log corpus=$dir/corpus/$1
    mkdir -p "$corpus"
    cp tests/fuzz/corpus/"$name"/* "$corpus"/
    "$dir/fuzz-$name" -max_total_time="$2" -timeout=20 -max_len="$input_max" \
        -use_value_profile=1 -print_final_stats=1 -verbosity=1 \
        -artifact_prefix="$dir/found-$name-" "$corpus" >"$log" 2>&1 || {
        tail -n 40 "$log"
        return 1
    }
    printf 'fuzz %s: %s inputs in %s s, corpus of %s\n' "$name" \
        "$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")" "$2" \
        "$(find "$corpus" -type f | wc -l)"
}

save_one() {
    local saved=tests/fuzz/corpus/$1
    "$dir/fuzz-$1" -set_cover_merge=1 -use_counters=0 \
        -max_len="$input_max" "$saved" "$dir/corpus/$1" >"$dir/$1.log" 2>&1 || return 1
    printf 'fuzz %s: saved corpus of %s, %s bytes\n' "$1" \
        "$(find "$saved" -type f | wc -l)" "$(cat "$saved"/* | wc -c)"
}

for target in "$dir"/fuzz-*; do
    name=${target##*/fuzz-}
    if [ "$1" = save ]; then
        save_one "$name"
    else
        run_one "$name" "$1"
    fi && passed=$((passed + 1)) || failed=$((failed + 1))
done
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
