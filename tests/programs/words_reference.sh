#!/bin/bash
# SPDX-License-Identifier: MIT
# words_reference.sh DIR...: what `words --all DIR...` must print, computed
# with coreutils, find, grep and sed: every word with its count, most frequent
# first. With BINARY=1: the number of binary files instead.
set -eu -o pipefail
export LC_ALL=C

# The regular files, each inode once (-H: the roots may be links).
files() {
    find -H "$@" -type f -printf '%D:%i %p\0' 2>/dev/null |
        sort -z -u -t ' ' -k 1,1 | cut -z -d ' ' -f 2-
}

# Of the files with a zero byte anywhere (few), those with one at the front.
binary() {
    files "$@" | { xargs -0 -r grep -l -Z -a -U -P '\x00' -- 2>/dev/null ||
        true; } |
        while IFS= read -r -d '' file; do
            zeros=$(head -c 8192 -- "$file" | tr -d -c '\000' | wc -c)
            [ "$zeros" -eq 0 ] || printf '%s\0' "$file"
        done | sort -z
}

if [ "${BINARY:-0}" = 1 ]; then
    binary "$@" | tr -d -c '\000' | wc -c
    exit
fi

# (Without -S sort takes minutes for a line of megabytes out of a pipe.)
# sed ends the last line of each file; unreadable ones it passes over.
comm -z -23 <(files "$@" | sort -z) <(binary "$@") |
    { xargs -0 -r sed -s -e '$a\' -- 2>/dev/null || true; } |
    tr -cs 'A-Za-z' '\n' | tr 'A-Z' 'a-z' | { grep -v '^$' || true; } |
    sort -S 20% | uniq -c | sort -S 20% -k1,1nr -k2,2 |
    sed -e 's/^ *//'
