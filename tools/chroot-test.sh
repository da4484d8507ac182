#!/bin/bash
# SPDX-License-Identifier: MIT
# chroot-test.sh: proves the README's two commands on a bare Debian 12.
#
# It makes a bookworm minbase system with debootstrap in a temporary directory,
# gives it this machine's apt configuration (so that it works behind private
# mirrors too), copies the committed tree there, and runs inside, with nothing
# of the caller's environment but proxies:
#     bash run.sh     twice; the second time must install nothing
#     bash test.sh
# It needs root, in a mount and process namespace of its own: whatever happens,
# no mount and no process outlives it, and the directory is removed.
#
#   LEAT_CHROOT_MIRROR=URL   instead of the first Debian mirror apt knows
#   LEAT_CHROOT_KEEP=DIR     keep a base system there and reuse it (debootstrap
#                            is most of the time); the copy that is used is new
#   LEAT_CHROOT_COMMIT=NAME  what to test, HEAD unless said
set -eu
suite=bookworm
here=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

say() { echo "chroot-test: $*"; }

if [ "$(id -u)" != 0 ]; then
    say "needs root" >&2
    exit 1
fi
bash "$here/tools/setup.sh" chroot
export PATH=$PATH:/usr/sbin:/sbin
if [ "${LEAT_CHROOT_INSIDE:-}" != yes ]; then
    LEAT_CHROOT_INSIDE=yes exec unshare --mount --pid --fork --kill-child \
        --mount-proc bash "${BASH_SOURCE[0]}" "$@"
fi

work=$(mktemp -d "${TMPDIR:-/tmp}/leat-chroot.XXXXXX")
root=$work/root
# Mounts are undone first: rm must never reach the machine's own /dev.
clean_up() {
    local mount
    for mount in dev/pts dev/shm dev proc sys; do
        umount -l "$root/$mount" 2>/dev/null || true
    done
    rm -rf --one-file-system "$work"
}
trap clean_up EXIT
trap 'exit 130' INT TERM HUP

# The first mirror in apt's own view of its sources that has the suite.
find_mirror() {
    if [ -n "${LEAT_CHROOT_MIRROR:-}" ]; then
        echo "$LEAT_CHROOT_MIRROR"
        return
    fi
    # shellcheck disable=SC2016  # The dollars are apt's.
    apt-get indextargets --format '$(RELEASE) $(REPO_URI)' \
        'Created-By: Packages' | awk -v s="$suite" '$1 == s { print $2; exit }'
}

# Apt may know a proxy that other programs have not been told of.
export_proxies() {
    local proxy=
    eval "$(apt-config shell proxy Acquire::http::Proxy)"
    if [ -n "$proxy" ] && [ "$proxy" != DIRECT ]; then
        export http_proxy="${http_proxy:-$proxy}"
    fi
}

make_base() {
    local mirror
    mirror=$(find_mirror)
    if [ -z "$mirror" ]; then
        say "apt names no mirror of $suite; set LEAT_CHROOT_MIRROR" >&2
        exit 1
    fi
    say "installing a minimal $suite"
    if ! debootstrap --variant=minbase "$suite" "$1" "$mirror" \
        >"$work/debootstrap.log" 2>&1; then
        tail -n 20 "$work/debootstrap.log" >&2
        say "debootstrap failed" >&2
        exit 1
    fi
}

if [ -n "${LEAT_CHROOT_KEEP:-}" ]; then
    [ -d "$LEAT_CHROOT_KEEP/usr" ] || {
        export_proxies
        make_base "$LEAT_CHROOT_KEEP"
    }
    cp -a "$LEAT_CHROOT_KEEP" "$root"
else
    export_proxies
    make_base "$root"
fi

# The machine's ways to reach packages: sources, keys, proxies, names.
rm -rf "$root/etc/apt"
cp -a /etc/apt "$root/etc/apt"
for folder in /usr/share/keyrings /etc/ssl/certs /usr/share/ca-certificates \
    /usr/local/share/ca-certificates; do
    if [ -d "$folder" ]; then
        mkdir -p "$root$folder"
        cp -a "$folder/." "$root$folder/"
    fi
done
for file in /etc/resolv.conf /etc/hosts; do
    [ ! -e "$file" ] || cat "$file" >"$root$file"
done

mkdir -p "$root/leat"
git -C "$here" archive "${LEAT_CHROOT_COMMIT:-HEAD}" | tar -x -C "$root/leat"

mount -t proc proc "$root/proc"
mount --rbind /dev "$root/dev"
mount --make-rslave "$root/dev"
# /sys shows the program its CPUs and quota, as on a real machine.
mount --rbind /sys "$root/sys" 2>/dev/null || true

# inside COMMAND: runs it in the chroot as a fresh login would.
inside() {
    env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
        HOME=/root LANG=C.UTF-8 \
        ${http_proxy:+http_proxy="$http_proxy"} \
        ${https_proxy:+https_proxy="$https_proxy"} \
        ${no_proxy:+no_proxy="$no_proxy"} \
        chroot "$root" /bin/bash -c "cd /leat && $1" </dev/null
}

failures=0
# try NAME COMMAND: runs it, shows the end of its output, counts a failure.
try() {
    local start=$SECONDS status=0
    say "$1"
    inside "$2" >"$work/log" 2>&1 || status=$?
    tail -n "${3:-40}" "$work/log" | sed 's/^/    /'
    say "$1: exit status $status after $((SECONDS - start)) s"
    [ "$status" = 0 ] || failures=$((failures + 1))
}

for tool in gcc make python3; do
    if inside "command -v $tool" >/dev/null; then
        say "the base system is not bare: it has $tool" >&2
        failures=$((failures + 1))
    fi
done
try "bash run.sh" "bash run.sh" 30
try "bash run.sh, the second time" "bash run.sh" 5
if grep -q "setup.sh: installing" "$work/log"; then
    say "the second run installed something again" >&2
    failures=$((failures + 1))
fi
try "bash test.sh" "bash test.sh" 60
if [ "$failures" = 0 ]; then
    say "passed"
else
    say "failed: $failures"
    exit 1
fi
