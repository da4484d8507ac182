#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Runs Leat's benchmarks beside those of its peers and compares them.

The idea: all programs speak the protocol of README.md. N is calibrated once
for each program, benchmark and setting; then every round runs each program
once, in a fresh process with that N, so that a machine that grows slower or
faster meanwhile does so for all. What counts is the median.

programs.py finds and builds the programs, runs.py measures, machine.py looks
at the machine meanwhile, report.py makes the tables and plots.py the pictures.

Rejected: comparing against figures of an earlier day (the machine is not the
same twice), the smallest instead of the median (it hides what a scheduler does
wrong now and then), free choice of CPUs (peers that are threads know no number
of Ps: one P has to mean one CPU for all; --no-pin undoes it).
"""

import argparse
import datetime
import json
import os
import platform
import re
import signal
import subprocess
import sys

import machine
import plots
import report
from programs import ALL_PEERS, ROOT, Setting, can_pin, complain, find_peers
from runs import Cell, Logs, Progress, measure_memory, measure_ticker

# Settings of the environment that change what is measured.
INFLUENCES = ('GODEBUG', 'GOGC', 'GOMEMLIMIT', 'LEATDEBUG', 'LD_PRELOAD')

# What --quick runs: some of every group.
QUICK = re.compile(
    r'(ChanUncontended|ChanSync|ChanProdCons(0|100)|SelectUncontended'
    r'|SelectProdCons|CreateGoroutines|After|StartStop1000|Mutex'
    r'|WaitGroupUncontended|PingPong|Ring|FanInSelect|SpawnIdle|PrimeSieve'
    r'|Mandelbrot|Skynet|SpawnFinish|Pattern/(spsc|mpmc|select_rx)/cap=(0|1000)'
    r'|Echo/conns=(1|100)|AppendGrowInt'
    r'|MapAccess(Hit|Miss)/Key=(int64|string)/len=(6|60000))$')

# One goroutine each: more Ps than CPUs are nothing to them.
SERIAL = re.compile(r'(MakeSlice|GrowSlice|ExtendSlice|Append|Copy|Sort|Stable'
                    r'|MakeChan|Map|Alloc|DeepValueSame|CheckCanceled)')

# Run at further numbers of Ps, for the curves.
SWEEP = re.compile(r'(PrimeSieve|Mandelbrot|Skynet|CreateGoroutinesParallel'
                   r'|ChanContended|Pattern/mpmc/cap=1000)$')


def all_names(peers, args):
    """The union of all lists, in the order of the longest, then the rest."""
    names = []
    for peer in sorted(peers, key=lambda p: -len(p.names)):
        names += [n for n in peer.names if n not in names]
    names = [n for n in names if args.only.search(n)
             and (args.every or not args.quick or QUICK.match(n))]
    for peer in peers[:2]:  # the others have but some, by their nature
        missing = [n for n in names if n not in peer.names]
        if missing:
            complain('%s lacks %d benchmarks: %s'
                     % (peer.key, len(missing), ' '.join(missing)))
    return names


# ---- Printing while it runs -------------------------------------------------

class Table:
    """Prints lines to standard output and to summary.txt."""

    def __init__(self, logs, peers, names):
        self.logs = logs
        self.keys = [p.key for p in peers]
        self.width = max(len(n) for n in names + ['benchmark']) + 1

    def line(self, text=''):
        print(text, flush=True)
        self.logs.append('summary.txt', text + '\n')

    def head(self):
        self.line('  '.join(['%-*s %-5s' % (self.width, 'benchmark', '')]
                            + ['%17s' % (k + ' ns') for k in self.keys]))

    def row(self, cell):
        """Each program's median and spread, then what Leat's is to Go's."""
        star = '*' if cell.own_work else ''
        cells = ['%-*s %-5s' % (self.width, cell.name + star,
                                cell.setting.key)]
        for key in self.keys:
            series = cell.of(key)
            cells.append('%11s %4.0f%%' % (report.ns_text(series.median()),
                                           series.spread())
                         if series else '%17s' % '-')
        if cell.line_slow:
            cells.append('slow line in %d of %d rounds'
                         % (cell.line_slow, len(cell.line_ns)))
        if cell.failed():
            cells.append('RUNS FAILED')
        self.line('  '.join(cells).rstrip())


# ---- The comparison as a whole ----------------------------------------------

def first_match(path, pattern):
    try:
        with open(path) as f:
            match = re.search(pattern, f.read(), re.M)
        return match.group(1) if match else ''
    except OSError:
        return ''


def commit():
    """What was measured, for the log; '' outside a git checkout."""
    try:
        out = subprocess.run(['git', 'describe', '--always', '--dirty'],
                             cwd=ROOT, stdout=subprocess.PIPE,
                             stderr=subprocess.DEVNULL).stdout.decode()
    except OSError:
        return ''
    return out.strip()


def describe(args, peers):
    return {
        'date': datetime.datetime.now().isoformat(timespec='seconds'),
        'commit': commit(),
        'rounds': args.rounds, 'ms': args.ms, 'pinned': Setting.pins,
        'clock': 'CPU time' if args.cpu else 'time',
        'programs': [p.key for p in peers],
        'machine': {
            'cpu': first_match('/proc/cpuinfo', r'^model name\s*: (.*)$'),
            'arch': platform.machine(),
            'cpus': len(os.sched_getaffinity(0)),
            'memory': first_match('/proc/meminfo', r'^MemTotal:\s*(.*)$'),
            'kernel': platform.release(),
            'load_before': os.getloadavg()[0],
        },
        'results': [], 'memory': [], 'ticker': [],
    }


def warn_of_influences(settings):
    for name in INFLUENCES:
        if name in os.environ:
            complain('%s is set and may change the figures' % name)
    cpus = len(os.sched_getaffinity(0))
    for s in settings:
        if s.cpus > cpus:
            complain('%s have %d CPUs: those figures mean little' % (s, cpus))
    load = os.getloadavg()[0]
    if load > 0.3 * cpus:
        complain('the machine is busy (load %.1f): expect a large spread'
                 % load)


def cells_wanted(args, peers, names):
    """All that is to be measured, benchmark by benchmark."""
    for name in names:
        for setting in args.settings:
            if not (setting.shares and SERIAL.match(name)):
                yield Cell(name, setting, [p for p in peers
                                           if p.tasks or setting.procs == 1])
        for setting in args.sweep:
            if SWEEP.match(name):
                yield Cell(name, setting, [p for p in peers
                                           if p.procs_variable != 'PEERPROCS'])


def measure_all(args, peers, names, about, logs, progress, line):
    began = machine.read_stat()

    def write():
        about['line'] = line.as_json()
        about['machine']['steal_percent'] = machine.steal_percent(
            began, machine.read_stat())
        logs.write_json(about)

    table = Table(logs, peers, names)
    table.line('%s; commit %s, %d rounds of %d ms, %d CPUs (%s)%s' % (
        ', '.join(p.key for p in peers), about['commit'] or 'unknown',
        args.rounds, args.ms, about['machine']['cpus'],
        about['machine']['cpu'] or about['machine']['arch'],
        ('' if Setting.pins else ', not pinned')
        + (', CPU time' if args.cpu else '')))
    table.head()
    cells = list(cells_wanted(args, peers, names))
    progress.steps += len(cells)
    for cell in cells:
        cell.measure(args, logs, progress, line)
        progress.clear()
        progress.step += 1
        if cell.ran() or cell.failed():
            table.row(cell)
            about['results'].append(cell.as_json())
        write()
    if args.modes:
        about['memory'] = measure_memory(
            peers, args.parked, args.settings[0], args, logs, progress)
        for setting in args.settings:
            if not setting.shares:
                about['ticker'] += measure_ticker(
                    peers, setting, args.ticker_ms, args, logs, progress)
        write()


def compare(args, peers, names):
    """Measures everything; the results as in the JSON, and if complete."""
    logs = Logs(args.logs)
    about = describe(args, peers)
    progress = Progress(len(args.parked) + 2 if args.modes else 0)
    line = machine.Line(args.line, args.line_limit, args.patience, logs)
    complete = True
    try:
        measure_all(args, peers, names, about, logs, progress, line)
    except KeyboardInterrupt:
        progress.clear()
        complete = False
        complain('interrupted: what follows is about the part that was run')
    with open(os.path.join(logs.path, 'results.json')) as f:
        results = report.Results(json.load(f))
    drawn = plots.draw(results, logs.path)
    body = report.text(results, [(title, os.path.basename(path))
                                 for title, path in drawn])
    logs.append('report.md', body)
    print('\n' + '\n'.join(report.bars_text(results)))
    print('logs, tables (report.md) and pictures: '
          + os.path.relpath(logs.path), flush=True)
    if args.docs and complete:
        into_docs(results)
    return results, complete


def into_docs(results):
    """The table and the pictures of docs/performance.md."""
    page = os.path.join(ROOT, 'docs', 'performance.md')
    drawn = plots.draw(results, os.path.join(ROOT, 'docs', 'plots'))
    report.write_into(page, report.text(
        results, [(title, os.path.relpath(path, os.path.dirname(page)))
                  for title, path in drawn]))


def exit_status(args, results, complete):
    if not complete:
        return 130
    programs = [(key, p) for c in results.data['results']
                for key, p in c['programs'].items()]
    if not any(p['ns_total'] for _, p in programs):
        complain('nothing was measured')
        return 1
    # That a peer gives up or never answers is a result, too, and is in the
    # table.
    if any(p['failures'] for key, p in programs
           if key in ('Leat', results.go)):
        return 1
    if args.strict:
        return int(any(b.missed for b in report.bars(results)))
    return 0


# ---- Arguments --------------------------------------------------------------

def positive(text):
    value = int(text)
    if value < 1:
        raise ValueError
    return value


def natural(text):
    value = int(text)
    if value < 0:
        raise ValueError
    return value


def regex(text):
    try:
        return re.compile(text)
    except re.error as e:
        raise argparse.ArgumentTypeError(str(e))


def settings(text):
    return [Setting(part) for part in text.split(',') if part]


def peer_list(text):
    wanted = text.split(',') if text != 'all' else list(ALL_PEERS)
    unknown = [p for p in wanted if p not in ALL_PEERS]
    if unknown:
        raise argparse.ArgumentTypeError(
            'no peer is called %s; there are %s'
            % (unknown[0], ', '.join(ALL_PEERS)))
    return wanted


def sweep_default():
    """1, 2, 4... Ps up to twice the CPUs; those of --settings are there."""
    cpus = len(os.sched_getaffinity(0))
    return [Setting('%dp' % 2 ** i) for i in range(2, 10)
            if 2 ** i <= 2 * max(2, cpus)]


def parse(argv):
    parser = argparse.ArgumentParser(
        description='Compares Leat with its peers, side by side.')
    add = parser.add_argument
    add('--rounds', type=positive, help='runs of each (5; quick: 3)')
    add('--ms', type=positive, help='length of a run (100; quick: 15)')
    add('--quick', action='store_true',
        help='fewer benchmarks, fewer and shorter runs')
    add('--every', action='store_true', help='every benchmark in spite of it')
    add('--only', metavar='REGEX', type=regex, default=re.compile(''),
        help='only benchmarks whose name has a match')
    add('--settings', metavar='LIST', type=settings,
        help='Ps and CPUs: 2p is 2 Ps on 2 CPUs, 2p1c on 1 (1p,2p,2p1c; '
             'quick: 1p,2p)')
    add('--peers', metavar='LIST', default='all', type=peer_list,
        help='which peers beside Leat (all: %s)' % ','.join(ALL_PEERS))
    add('--go', metavar='PATH', action='append', default=[],
        help='a Go toolchain; may be repeated (the newest found)')
    add('--go-program', metavar='PATH', action='append', default=[],
        help='a twin that is already built, instead of a toolchain')
    add('--c', metavar='PATH', help='the C program (build/release/bench)',
        default=os.path.join(ROOT, 'build', 'release', 'bench'))
    add('--line', metavar='PATH',
        help='what tells how far two CPUs are apart (built from '
             'bench/machine/line.c)')
    add('--line-limit', metavar='NS', type=positive,
        default=machine.LINE_LIMIT_NS,
        help='how long a cache line may take there and back (%(default)s)')
    add('--patience', metavar='SECONDS', type=natural,
        help='for waiting until it does, in all (600; quick: 15)')
    add('--logs', metavar='DIR', default=os.path.join(ROOT, 'bench', 'logs'),
        help='where to make the directory of logs (bench/logs)')
    add('--no-pin', action='store_true', help='let programs choose their CPUs')
    add('--cpu', action='store_true',
        help='compare CPU time, less that of N = 1: for a busy machine')
    add('--no-modes', dest='modes', action='store_false',
        help='without memory and ticker')
    add('--docs', action='store_true',
        help='write the tables and pictures of docs/performance.md')
    add('--timeout', type=positive, metavar='SECONDS',
        help='for one run (60; quick: 10)')
    add('--strict', action='store_true',
        help='status 1 if a bar is missed anywhere')
    args = parser.parse_args(argv)
    args.settings = args.settings or settings(
        '1p,2p' if args.quick else '1p,2p,2p1c')
    args.rounds = args.rounds or (3 if args.quick else 5)
    args.ms = args.ms or (15 if args.quick else 100)
    if args.patience is None:
        args.patience = 15 if args.quick else 600
    args.timeout = args.timeout or (10 if args.quick else 60)
    args.sweep = [] if args.quick or args.cpu else sweep_default()
    args.parked = [10 ** i for i in range(3, 5 if args.quick else 7)]
    args.ticker_ms = 300 if args.quick else 3000
    Setting.pins = not args.no_pin and can_pin()
    if not Setting.pins:
        if not args.no_pin:
            complain('the kernel does not let us pin: programs choose CPUs')
        args.settings = [s for s in args.settings if not s.shares]
    return args


def main(argv):
    args = parse(argv)
    # Ended otherwise, it would leave a peer that spins to itself.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    peers = find_peers(args)
    if not peers:
        complain('nothing to run')
        return 1
    names = all_names(peers, args)
    if not names:
        complain('no benchmark matches %s' % args.only.pattern)
        return 1
    warn_of_influences(args.settings + args.sweep)
    args.line = args.line or machine.make_line()
    results, complete = compare(args, peers, names)
    return exit_status(args, results, complete)


if __name__ == '__main__':
    sys.exit(main(sys.argv[1:]))
