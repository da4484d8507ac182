#!/bin/bash
# SPDX-License-Identifier: MIT
# selftest.sh PROGRAM: checks the test runner by what it says about tests made
# to fail. It is not a test of the runner's own kind, since a runner that lets
# everything pass would let that pass too.
set -u
program=$1
passed=0 failed=0

# check SENTENCE COMMAND...: counts whether the command succeeds.
check() {
    local sentence=$1
    shift
    if "$@"; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        echo "selftest FAILED: $sentence"
    fi
}

# run ARGUMENT...: sets $out and $status.
run() {
    out=$(${LEAT_TEST_WRAPPER:-} "$program" "$@" 2>&1)
    status=$?
}

has() { grep -qF -- "$1" <<<"$out"; }
last_is() { [ "$(tail -n 1 <<<"$out")" = "$1" ]; }

# fails_with TEST TEXT: the test fails, alone, and the report has the text.
fails_with() {
    run "broken.$1"
    check "broken.$1 is counted as failed" last_is "0 passed, 1 failed"
    check "broken.$1 makes the exit status 1" [ "$status" = 1 ]
    check "broken.$1 is named" has "FAIL broken.$1 "
    check "broken.$1 is reported with: $2" has "$2"
}

run 'good.*'
check "the good tests pass" last_is "9 passed, 0 failed"
check "and the exit status is 0" [ "$status" = 0 ]
check "nothing a test leaves behind lives on" \
    [ -z "$(pgrep -f '^leat-selftest-leftover' || true)" ]

run skips
check "a skipped test is counted" last_is "0 passed, 0 failed, 1 skipped"
check "its reason is shown" has "no thing here"

fails_with check "CHECK(1 + 1 == 3)"
check "the output of a failed test is shown" has "shown line"
check "with file and line" grep -q 'cases\.c:[0-9]*: failed' <<<"$out"
fails_with check_in_main_goroutine "CHECK_EQ(1, 2): 1 (0x1), not 2 (0x2)"
fails_with check_of_strings "right"
fails_with check_of_part "right"
fails_with check_with_message "the number is 42"
fails_with empty "asserts nothing"
fails_with hang "did not end within"
fails_with hang_without_quit "did not end within"
fails_with wrong_status "exit status 4, expected 0"
fails_with expected_status_missing "exit status 0, expected 4"
fails_with expected_signal_missing "exit status 0, expected signal 6"
fails_with unexpected_signal "killed by signal 11"
fails_with stdout_differs "stdout is not a"
fails_with stderr_lacks_a_part "stderr lacks: y"
fails_with stderr_has_what_it_must_lack "stderr has: y"

run 'good.passes*' broken.check
check "several tests are counted together" last_is "2 passed, 1 failed"
run --repeat 3 --seed 5 good.passes_in_plain_main
check "--repeat repeats" last_is "3 passed, 0 failed"
run --list
check "--list names tests" has "broken.empty"
run 'no.such.test'
check "a filter that matches nothing is an error" [ "$status" = 3 ]
run --run good.passes_in_plain_main
check "--run runs in this process" [ "$status" = 0 ]
run --run broken.check
check "--run ends with the status of a failed check" [ "$status" = 99 ]

echo "selftest: $passed passed, $failed failed"
[ "$failed" = 0 ]
