#!/bin/bash
# SPDX-License-Identifier: MIT
# run.sh [ARGUMENT...]: installs what is missing, builds, and counts the words
# of every file under the directories given, or of /usr/share and /usr/include.
set -eu
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

bash "$here/tools/setup.sh" run
make -s -j"$(nproc)" -C "$here" --no-print-directory build/release/words
[ $# -gt 0 ] || set -- /usr/share /usr/include
exec "$here/build/release/words" "$@"
