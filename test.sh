#!/bin/bash
# SPDX-License-Identifier: MIT
# test.sh [ARGUMENT...]: installs what the tests need, builds, and runs all
# tests of the plain build, or those the arguments name ('chan.*', -v, --list).
set -eu
cd "$(dirname "${BASH_SOURCE[0]}")"

bash tools/setup.sh test
make -s -j"$(nproc)" --no-print-directory tests
[ $# -gt 0 ] || bash tests/lib/selftest/selftest.sh build/release/selftest
exec build/release/tests "$@"
