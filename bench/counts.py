#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Guards the core operations against growing slower, by instructions.

usage: counts.py [--renew] [--only REGEX] [--jobs N]

The idea: a benchmark runs twice under callgrind on one P, with a small and a
larger N; the difference of the two counts, divided by that of the two N, is
what one operation costs in instructions, without starting and ending. Unlike a
time this is the same on a busy machine. counts.json has what each cost when it
was last renewed; a count more than 3% above it fails.

Counts depend on the compiler: they are of the release build by gcc 12 on
x86-64, and with any other nothing is compared, which is said.

Rejected: valgrind's client requests, to count a part of one run only (its
header would be needed to build), the seeded mode (its queues are others).
"""

import argparse
import concurrent.futures
import json
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
STORED = os.path.join(ROOT, 'bench', 'counts.json')
COMPILER = 'GCC 12'
TOLERANCE = 0.03
ATTEMPTS = 2  # of a count that fails: another thread may have been in the way

# Name and the two N: such that the larger run is some ten million
# instructions, more where setting up is not the same every time. N are multiples
# of the benchmark's granule.
#
# SpawnIdle runs seeded: how many of so many goroutines find a queue so long
# that they get no stack yet depends on when the monitor thread takes the P,
# and so on the speed of the machine (1,130 to 1,210 without).
SEEDED = {'SpawnIdle'}
OPERATIONS = {
    'MakeChan/Int': (100, 50100),
    'ChanNonblocking': (1000, 101000),
    'ChanUncontended': (10, 510),
    'ChanSync': (2000, 42000),
    'ChanProdCons0': (1000, 41000),
    'ChanProdCons10': (1000, 41000),
    'ChanSem': (1000, 41000),
    'ChanClosed': (1000, 101000),
    'SelectUncontended': (1000, 31000),
    'SelectSyncContended': (1000, 11000),
    'SelectNonblock': (1000, 21000),
    'SelectProdCons': (1000, 11000),
    'CreateGoroutines': (1000, 21000),
    'CreateGoroutinesCapture': (100, 2100),
    'StartStop1000': (1, 31),
    'Reset/impl=chan': (1000, 151000),
    'MutexUncontended': (1000, 101000),
    'RWMutexUncontended': (1000, 51000),
    'WaitGroupActuallyWait': (100, 10100),
    'Cond1': (1000, 11000),
    'Pool': (1000, 51000),
    'CancelTree/depth=10/Root=OpenCanceler': (10, 510),
    'PingPong': (1000, 21000),
    'Ring': (1000, 41000),
    'FanInSelect': (1000, 11000),
    'SpawnIdle': (1000, 31000),
    'PrimeSieve': (1, 3),
    'SpawnFinish': (1000, 21000),
    'Yield': (1000, 51000),
    'AppendGrowInt': (1, 2),
    'MapMakeEmpty': (1000, 21000),
    'MapAccessHit/Key=int64/len=1000': (1000, 101000),
    'MapAccessMiss/Key=int64/len=1000': (1000, 101000),
    'MapAccessHit/Key=string/len=1000': (1000, 101000),
    'MapAssignFillNoHint/Key=int64/len=1000': (1000, 51000),
    'MapAssignExists/Key=int64/len=60000': (1000, 101000),
    'MapDeleteAssign/Key=int64/len=60000': (1000, 101000),
    'MapIter/Key=int64/len=60000': (60000, 180000),
}
# The seeds of maps are random: who shares a bucket, and how much that costs.
SEEDED.update(name for name in OPERATIONS if name.startswith('Map'))


def complain(text):
    print('counts.py: ' + text, file=sys.stderr, flush=True)


def compiler_of(program):
    """What built it, as the compiler noted in the file: 'GCC 12'."""
    with open(program, 'rb') as f:
        found = set(re.findall(rb'GCC: \([^)]*\) (\d+)|clang version (\d+)',
                               f.read()))
    names = {'clang ' + c.decode() if c else 'GCC ' + g.decode()
             for g, c in found}
    return ' and '.join(sorted(names))


def instructions(program, name, n):
    """Of a whole run, all threads together."""
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(
            ['valgrind', '--tool=callgrind',
             '--callgrind-out-file=' + os.path.join(folder, 'out'),
             program, name, str(n)],
            env=dict(os.environ, LEATPROCS='1',
                     LEATDEBUG='seed=1' if name in SEEDED else ''),
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, universal_newlines=True, timeout=120)
    collected = re.search(r'Collected : (\d+)', done.stderr)
    if done.returncode != 0 or not collected:
        raise RuntimeError('%s %d: status %d: %s' % (
            name, n, done.returncode, done.stderr[-500:]))
    if done.stdout.split()[:2] != [name, str(n)]:
        raise RuntimeError('%s %d answered %r' % (name, n, done.stdout))
    return int(collected.group(1))


def count(program, name):
    """Instructions of one operation."""
    few, many = OPERATIONS[name]
    return (instructions(program, name, many)
            - instructions(program, name, few)) / (many - few)


def least_count(program, name, enough):
    """The least of some attempts, or the first that is not above enough."""
    best = count(program, name)
    for _ in range(ATTEMPTS - 1):
        if best <= enough:
            break
        best = min(best, count(program, name))
    return best


def measure(args, names, stored):
    """A dictionary of counts, in the order of names; progress on the way."""
    counts = {}
    with concurrent.futures.ThreadPoolExecutor(args.jobs) as pool:
        # When renewing, every attempt is made.
        limit = {n: -1 if args.renew else stored.get(n, 0) * (1 + TOLERANCE)
                 for n in names}
        futures = {name: pool.submit(least_count, args.program, name,
                                     limit[name]) for name in names}
        for name in names:
            try:
                counts[name] = futures[name].result()
            except (RuntimeError, subprocess.TimeoutExpired) as e:
                complain(str(e))
            if sys.stderr.isatty():
                sys.stderr.write('\r\033[K%d of %d' % (len(counts),
                                                       len(names)))
                sys.stderr.flush()
    if sys.stderr.isatty():
        sys.stderr.write('\r\033[K')
    return counts


def renew(counts, names, stored):
    """Writes the counts; those not measured now stay as they were."""
    if len(counts) < len(names):
        complain('nothing is written, for some could not be counted')
        return 1
    for name in names:
        old = stored.get(name)
        print('%-38s %10.1f%s' % (name, counts[name], '' if old is None else
                                  '  was %.1f, %+.1f%%' % (
                                      old, (counts[name] / old - 1) * 100)))
    kept = {n: stored[n] for n in OPERATIONS if n in stored}
    kept.update({n: round(c, 1) for n, c in counts.items()})
    with open(STORED, 'w') as f:
        json.dump({'compiler': COMPILER, 'arch': 'x86_64',
                   'instructions': {n: kept[n] for n in OPERATIONS
                                    if n in kept}}, f, indent=1)
        f.write('\n')
    return 0


def judge(counts, names, stored):
    """Prints each and counts those that failed."""
    failed = 0
    for name in names:
        now, then = counts.get(name), stored.get(name)
        if now is None or then is None:
            failed += 1
            print('FAIL %-38s %s' % (name, 'not counted' if now is None
                                     else 'not in counts.json: renew'))
            continue
        change = now / then - 1
        wrong = change > TOLERANCE
        failed += wrong
        print('%s %-38s %10.1f  stored %10.1f  %+.1f%%%s' % (
            'FAIL' if wrong else 'ok  ', name, now, then, change * 100,
            '  (better: renew)' if change < -TOLERANCE else ''))
    if failed:
        print('An operation has become dearer. If it has to be, renew the '
              'counts (make counts-renew) and say why in the commit.')
    print('%d passed, %d failed' % (len(names) - failed, failed))
    return 1 if failed else 0


def reason_to_skip(program):
    """Why the stored counts mean nothing here, or None."""
    if platform.machine() != 'x86_64':
        return 'the counts are of x86_64, not ' + platform.machine()
    built_by = compiler_of(program)
    if built_by != COMPILER:
        return 'the counts are of %s, not %s' % (COMPILER, built_by)
    return None


def main(argv):
    parser = argparse.ArgumentParser(description=__doc__.split('\n')[0])
    parser.add_argument('--renew', action='store_true',
                        help='store the counts instead of comparing them')
    parser.add_argument('--only', default='', metavar='REGEX')
    parser.add_argument('--jobs', type=int,
                        default=len(os.sched_getaffinity(0)))
    parser.add_argument('--program', help='build/release/bench', default=(
        os.path.join(ROOT, 'build', 'release', 'bench')))
    args = parser.parse_args(argv)
    if not os.access(args.program, os.X_OK):
        complain('no %s: make counts builds it' % args.program)
        return 2
    if shutil.which('valgrind') is None:
        complain('no valgrind: bash tools/setup.sh bench')
        return 2
    reason = reason_to_skip(args.program)
    if reason:
        print('skipped: ' + reason)
        print('0 passed, 0 failed')
        return 1 if args.renew else 0
    stored = {}
    if os.path.exists(STORED):
        with open(STORED) as f:
            stored = json.load(f)['instructions']
    names = [n for n in OPERATIONS if re.search(args.only, n)]
    counts = measure(args, names, stored)
    if args.renew:
        return renew(counts, names, stored)
    return judge(counts, names, stored)


if __name__ == '__main__':
    sys.exit(main(sys.argv[1:]))
