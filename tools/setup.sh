#!/bin/bash
# SPDX-License-Identifier: MIT
# setup.sh SET...: installs what is missing on a Debian 12 machine for
#   run         building the library and its programs
#   test        the tests of the plain build (bash test.sh)
#   sanitizers  the sanitizer builds with clang, and coverage
#   cross       the aarch64 build and its tests under emulation
#   bench       the benchmarks beside their peers, and the counts; of the Rust
#               peers what cargo, where it is, fetches
#   go          Go programs on Leat, and Go's own test programs
#   unicode     tools/unicode.py, and the test that its table is what it writes
#   chroot      tools/chroot-test.sh
# When nothing is missing it says nothing, calls no apt and needs no root.
set -eu

# Each entry is package=witness: the package counts as there when the command
# or the file is, wherever it came from. A witness may name several, with |.
run_set='gcc=gcc make=make libc6-dev=/usr/include/stdio.h'
test_set="$run_set
    g++=g++
    clang-14=clang-14
    gdb=gdb
    python3=python3
    golang-go=go|/usr/lib/go-1.19/bin/go
    binutils=nm
    procps=pgrep
    pkgconf=pkg-config
    cmake=cmake
    valgrind=valgrind"
sanitizers_set="$test_set
    libclang-rt-14-dev=/usr/lib/llvm-14/lib/clang/14.0.6/lib/linux
    gcovr=gcovr"
cross_set="$test_set
    gcc-aarch64-linux-gnu=aarch64-linux-gnu-gcc
    libc6-dev-arm64-cross=/usr/aarch64-linux-gnu/include/stdio.h
    qemu-user=qemu-aarch64"
bench_set="$run_set
    g++=g++
    python3=python3
    golang-go=go|/usr/lib/go-1.19/bin/go
    libboost-fiber-dev=/usr/include/boost/fiber/all.hpp
    libabsl-dev=/usr/include/absl/container/flat_hash_map.h
    gnuplot-nox=gnuplot
    valgrind=valgrind"
go_set="$run_set python3=python3 binutils=nm gccgo-12=gccgo-12
    golang-1.19-src=/usr/share/go-1.19/test
    golang-1.19-go=/usr/lib/go-1.19/bin/go"
unicode_set='python3=python3 unicode-data=/usr/share/unicode/UnicodeData.txt'
chroot_set='debootstrap=debootstrap git=git util-linux=unshare'

# present WITNESS: whether one of its commands or files is there. Commands of
# the system's own folders count even when the caller's PATH leaves them out.
present() {
    local one
    local IFS='|'
    for one in $1; do
        case $one in
        /*) [ -e "$one" ] && return 0 ;;
        *) PATH=$PATH:/usr/sbin:/sbin command -v "$one" >/dev/null 2>&1 &&
            return 0 ;;
        esac
    done
    return 1
}

missing=()
for set_name in "${@:-run}"; do
    case $set_name in
    run | test | sanitizers | cross | bench | go | unicode | chroot) ;;
    *)
        echo "usage: setup.sh" \
            "[run|test|sanitizers|cross|bench|go|unicode|chroot]..." >&2
        exit 2
        ;;
    esac
    variable=${set_name}_set
    for entry in ${!variable}; do
        package=${entry%%=*}
        if ! present "${entry#*=}" &&
            [[ " ${missing[*]-} " != *" $package "* ]]; then
            missing+=("$package")
        fi
    done
done

install_missing() {
    if ! command -v apt-get >/dev/null 2>&1; then
        echo "setup.sh: missing: ${missing[*]}" >&2
        echo "setup.sh: and no apt-get here; these are Debian's package names," \
            "please install their like and start again" >&2
        exit 1
    fi
    as_root=()
    if [ "$(id -u)" != 0 ]; then
        if ! command -v sudo >/dev/null 2>&1; then
            echo "setup.sh: missing: ${missing[*]}" >&2
            echo "setup.sh: not root and no sudo here; as root please run:" \
                "apt-get install ${missing[*]}" >&2
            exit 1
        fi
        as_root=(sudo)
        [ -t 0 ] || as_root=(sudo -n)
    fi

    log=$(mktemp)
    trap 'rm -f "$log"' EXIT
    # apt ACTION...: quiet unless it fails. Apt repeats broken downloads itself.
    apt() {
        if ! "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
            apt-get -q -y -o Acquire::Retries=3 -o Dpkg::Use-Pty=0 \
            -o DPkg::Lock::Timeout=300 "$@" >"$log" 2>&1 </dev/null; then
            cat "$log" >&2
            echo "setup.sh: apt-get $1 failed" >&2
            return 1
        fi
    }
    echo "setup.sh: installing ${missing[*]}" >&2
    # The lists of a machine may be old or absent; when updating fails the
    # packages may still be there to install.
    apt update || true
    apt install --no-install-recommends "${missing[@]}"
}
[ ${#missing[@]} -eq 0 ] || install_missing

# boost 1.81 is only compared with, and its package cannot be installed beside
# that of libboost-fiber-dev: its headers are unpacked below build/.
unpack_boost181() {
    local at
    at=$(dirname "${BASH_SOURCE[0]}")/../build/boost1.81
    [ ! -e "$at/usr/include/boost/unordered/unordered_flat_map.hpp" ] ||
        return 0
    echo "setup.sh: unpacking the headers of libboost1.81-dev" >&2
    mkdir -p "$at"
    (cd "$at" && apt-get -q download libboost1.81-dev &&
        dpkg-deb -x libboost1.81-dev_*.deb . &&
        rm libboost1.81-dev_*.deb) >/dev/null 2>&1 ||
        echo "setup.sh: libboost1.81-dev cannot be had: boost's hash table" \
            "will be missing in the comparison" >&2
}
case " $* " in
*" bench "*) unpack_boost181 ;;
esac
