#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Runs the C program and its Go twin in turn and compares them.

The idea: both programs speak the protocol of README.md. N is calibrated once
for each program, benchmark and number of Ps; then every round runs C, Go, C,
Go, ... in fresh processes with that N, so that a machine that grows slower or
faster meanwhile does so for both. What counts is the median.

Invariants: a figure is printed only with the runs behind it, all of which are
in the logs as the programs printed them; a run that failed is never silent.

Rejected: comparing against figures of an earlier day (the machine is not the
same twice), the smallest instead of the median (it hides what a scheduler does
wrong now and then), pinning programs to CPUs (a runtime with one P still may
use another CPU for its monitor or collector, and users do not pin).
"""

import argparse
import datetime
import glob
import json
import math
import os
import platform
import re
import shutil
import signal
import statistics
import subprocess
import sys
import time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
BAR_ONE_P = 2.0   # the project's goal: at least twice as fast as Go
BAR_MORE_PS = 1.5

# Most of the time is the workload's own, or the figure is a lateness: README.md
# marks these with a star. Counted apart, for no runtime can meet the bar there.
OWN_WORK = re.compile(
    r'(Matmult|Mandelbrot|MutexNoSpin|MutexSpin|WakeupParallel\w+/.*'
    r'|ParallelTimerLatency|StaggeredTickerLatency/.*)$')

# Settings of the environment that change what is measured.
INFLUENCES = ('GODEBUG', 'GOGC', 'GOMEMLIMIT', 'LEATDEBUG', 'LD_PRELOAD')


class RunError(Exception):
    """A program did not answer as the protocol says."""


class Peer:
    """One of the programs compared."""

    def __init__(self, key, program, procs_variable):
        self.key = key  # names it in tables and logs
        self.program = program
        self.procs_variable = procs_variable
        self.names = []

    def call(self, args, procs, timeout):
        env = dict(os.environ)
        env[self.procs_variable] = str(procs)
        try:
            done = subprocess.run([self.program] + args, env=env,
                                  stdin=subprocess.DEVNULL,
                                  stdout=subprocess.PIPE,
                                  stderr=subprocess.PIPE, timeout=timeout)
        except subprocess.TimeoutExpired:
            raise RunError('no answer in %d s' % timeout)
        except OSError as e:
            raise RunError(e.strerror)
        if done.returncode != 0:
            text = done.stderr.decode(errors='replace').strip()
            raise RunError('%s%s' % (status_text(done.returncode),
                                     ': ' + text if text else ''))
        return done.stdout.decode(errors='replace')

    def run(self, name, n, procs, timeout):
        """One run: the line as printed, N and the nanoseconds."""
        args = [name] + (['auto', str(n[1])] if isinstance(n, tuple)
                         else [str(n)])
        out = self.call(args, procs, timeout)
        match = re.fullmatch(r'(\S+) (\d+) (\d+)\n', out)
        if not match or match.group(1) != name:
            raise RunError('not one line "%s N ns": %r' % (name, out[:200]))
        return out, int(match.group(2)), int(match.group(3))


def status_text(code):
    if code < 0:
        return 'signal %d (%s)' % (-code, signal.strsignal(-code))
    return 'status %d' % code


def complain(text):
    print('compare.py: ' + text, file=sys.stderr, flush=True)


# ---- Finding and building the programs -------------------------------------

def go_version(go):
    """The version of a Go toolchain as text ('go1.19.8'), or None."""
    env = dict(os.environ, GOTOOLCHAIN='local')
    try:
        out = subprocess.run([go, 'version'], env=env, timeout=60,
                             stdout=subprocess.PIPE,
                             stderr=subprocess.DEVNULL).stdout.decode()
    except (OSError, subprocess.TimeoutExpired):
        return None
    # gccgo's go command answers too, but is another compiler.
    match = re.match(r'go version (\S+)', out)
    return match.group(1) if match and 'gccgo' not in out else None


def version_key(version):
    """Sorts versions by age; one without a number is a development build."""
    match = re.match(r'go(\d+)\.(\d+)(?:\.(\d+))?', version)
    if not match:
        return (math.inf,)
    return tuple(int(part or 0) for part in match.groups())


def newest_go():
    candidates = [shutil.which('go'), '/usr/local/go/bin/go']
    candidates += glob.glob('/usr/lib/go-*/bin/go')
    found = [(version_key(v), go) for go in candidates if go
             for v in [go_version(go)] if v]
    return max(found)[1] if found else None


def build_twin(go, version, first):
    """Builds the Go twin; None, with a message, when that fails."""
    name = 'bench-go' if first else 'bench-go-' + version
    target = os.path.join(ROOT, 'build', 'go', name)
    os.makedirs(os.path.dirname(target), exist_ok=True)
    env = dict(os.environ, GOTOOLCHAIN='local', GOPROXY='off', GOWORK='off',
               GO111MODULE='on', GOFLAGS='', CGO_ENABLED='0')
    if 'HOME' not in env and 'GOCACHE' not in env:
        env['GOCACHE'] = os.path.join(ROOT, 'build', 'go', 'cache')
    done = subprocess.run([go, 'build', '-trimpath', '-o', target, '.'],
                          env=env, cwd=os.path.join(ROOT, 'bench', 'go'))
    if done.returncode != 0:
        complain('%s cannot build the Go twin: left out' % version)
        return None
    return Peer(version, target, 'GOMAXPROCS')


def c_peer(path):
    if not os.access(path, os.X_OK):
        complain('no C program %s (make bench builds it): left out'
                 % os.path.relpath(path))
        return []
    return [Peer('C', path, 'LEATPROCS')]


def go_peers(args):
    peers = [Peer('Go' if i == 0 else 'Go%d' % (i + 1), path, 'GOMAXPROCS')
             for i, path in enumerate(args.go_program)]
    toolchains = args.go
    if not toolchains and not peers:
        newest = newest_go()
        if newest is None:
            complain('no Go toolchain (looked for go on PATH, '
                     '/usr/local/go/bin/go, /usr/lib/go-*/bin/go; Debian: '
                     'apt-get install golang-go): Go is left out')
            return []
        toolchains = [newest]
    for go in toolchains:
        version = go_version(go)
        if version is None:
            complain('%s is no Go toolchain: left out' % go)
        elif version in [p.key for p in peers]:
            complain('%s is given twice: used once' % version)
        else:
            peers.append(build_twin(go, version, not peers))
    return [p for p in peers if p]


def ask_names(peers):
    """Keeps the peers that can list their benchmarks."""
    able = []
    for peer in peers:
        try:
            peer.names = peer.call(['list'], 1, 60).split()
            able.append(peer)
        except RunError as e:
            complain('%s cannot list its benchmarks (%s): left out'
                     % (peer.key, e))
    return able


def all_names(peers, only):
    """The union of all lists, in the order of the longest, then the rest."""
    names = []
    for peer in sorted(peers, key=lambda p: -len(p.names)):
        names += [n for n in peer.names if n not in names]
    names = [n for n in names if only.search(n)]
    for peer in peers:
        missing = [n for n in names if n not in peer.names]
        if missing:
            complain('%s lacks %d benchmarks: %s'
                     % (peer.key, len(missing), ' '.join(missing)))
    return names


# ---- Measuring -------------------------------------------------------------

class Logs:
    """The directory of one comparison."""

    def __init__(self, parent):
        now = datetime.datetime.now().strftime('%Y-%m-%d-%H%M%S')
        self.path = os.path.join(parent, now)
        more = 1
        while os.path.exists(self.path):  # two comparisons in one second
            more += 1
            self.path = os.path.join(parent, '%s-%d' % (now, more))
        os.makedirs(self.path)

    def append(self, name, text):
        with open(os.path.join(self.path, name), 'a') as f:
            f.write(text)

    def write_json(self, data):
        # Written as a whole after each benchmark: an interrupted comparison
        # leaves a file that can be read.
        path = os.path.join(self.path, 'results.json')
        with open(path + '.new', 'w') as f:
            json.dump(data, f, indent=1)
            f.write('\n')
        os.replace(path + '.new', path)


class Series:
    """All runs of one program in one benchmark at one number of Ps."""

    def __init__(self, peer, name, procs):
        self.peer, self.name, self.procs = peer, name, procs
        self.n = 0
        self.total_ns = []
        self.failures = []

    def attempt(self, n, args, logs, kind):
        """One run into the right log; (N, ns), or None when it failed."""
        try:
            line, n_run, ns = self.peer.run(self.name, n, self.procs,
                                            args.timeout)
        except RunError as e:
            self.failures.append(str(e))
            where = '%s at %d P' % (self.peer.key, self.procs)
            complain('%s, %s: %s'
                     % (self.name, where, str(e).split('\n')[0]))
            logs.append('failures.log', '%s, %s: %s\n' % (self.name, where, e))
            return None
        logs.append('%s-%dp%s.log' % (self.peer.key, self.procs, kind), line)
        return n_run, ns

    def calibrate(self, args, logs):
        result = self.attempt(('auto', args.ms), args, logs, '-calibration')
        if result:
            self.n = result[0]

    def measure(self, args, logs):
        result = self.attempt(self.n, args, logs, '')
        if result and result[0] == self.n:
            self.total_ns.append(result[1])
        elif result:
            self.failures.append('ran %d instead of %d' % (result[0], self.n))
            complain('%s, %s: %s' % (self.name, self.peer.key,
                                     self.failures[-1]))

    def each_ns(self):
        return [ns / self.n for ns in self.total_ns]

    def median(self):
        return statistics.median(self.each_ns()) if self.total_ns else None

    def spread(self):
        """Largest minus smallest, in percent of the median."""
        each, median = self.each_ns(), self.median()
        if not median:
            return 0.0
        return (max(each) - min(each)) / median * 100

    def as_json(self):
        return {'n': self.n, 'ns_total': self.total_ns,
                'median_ns': self.median(), 'spread_percent': self.spread(),
                'failures': self.failures}


def bar_for(procs):
    return BAR_ONE_P if procs == 1 else BAR_MORE_PS


class Cell:
    """One benchmark at one number of Ps: a line of the table."""

    def __init__(self, name, procs, peers):
        self.name, self.procs = name, procs
        self.own_work = bool(OWN_WORK.match(name))
        self.series = [Series(p, name, procs) for p in peers
                       if name in p.names]

    def measure(self, args, logs, progress):
        for series in self.series:
            progress.show('%s, %d P, %s: calibrating'
                          % (self.name, self.procs, series.peer.key))
            series.calibrate(args, logs)
        for turn in range(args.rounds):
            for series in self.series:
                if series.n == 0 or len(series.failures) > 1:
                    continue  # undefined here, or broken: say so once or twice
                progress.show('%s, %d P, %s: round %d of %d' % (
                    self.name, self.procs, series.peer.key, turn + 1,
                    args.rounds))
                series.measure(args, logs)

    def of(self, key):
        for series in self.series:
            if series.peer.key == key and series.total_ns:
                return series
        return None

    def ratio(self, key):
        """How many times as fast as peer key C is; None without both."""
        c, other = self.of('C'), self.of(key)
        if not c or not other:
            return None
        if c.median() == 0:
            return math.inf if other.median() > 0 else 1.0
        return other.median() / c.median()

    def failed(self):
        return any(s.failures for s in self.series)

    def ran(self):
        return any(s.total_ns for s in self.series)

    def as_json(self, gos):
        ratios = {key: self.ratio(key) for key in gos}
        ratios = {key: r for key, r in ratios.items()
                  if r is not None and math.isfinite(r)}
        return {'name': self.name, 'procs': self.procs,
                'own_work': self.own_work, 'bar': bar_for(self.procs),
                'ratio': ratios,
                'programs': {s.peer.key: s.as_json() for s in self.series}}


# ---- Printing --------------------------------------------------------------

class Progress:
    """One line on the terminal that is overwritten; nothing elsewhere."""

    def __init__(self, steps):
        self.steps, self.step = steps, 0
        self.began = time.monotonic()
        self.active = sys.stderr.isatty()

    def show(self, text):
        if not self.active:
            return
        left = ''
        if self.step:
            passed = time.monotonic() - self.began
            rest = passed / self.step * (self.steps - self.step)
            left = ', %d:%02d left' % divmod(int(rest), 60)
        line = '[%d/%d%s] %s' % (self.step + 1, self.steps, left, text)
        width = shutil.get_terminal_size().columns - 1
        sys.stderr.write('\r\033[K' + line[:width])
        sys.stderr.flush()

    def clear(self):
        if self.active:
            sys.stderr.write('\r\033[K')
            sys.stderr.flush()


class Table:
    """Prints lines to standard output and to summary.txt."""

    def __init__(self, logs, peers, names):
        self.logs = logs
        self.keys = [p.key for p in peers]
        self.gos = [k for k in self.keys if k != 'C']
        self.judges = 'C' in self.keys
        self.width = max(len(n) for n in names + ['benchmark']) + 1

    def line(self, text=''):
        print(text, flush=True)
        self.logs.append('summary.txt', text + '\n')

    def head(self):
        cells = ['%-*s  P' % (self.width, 'benchmark')]
        cells += ['%14s  spread' % (k + ' ns') for k in self.keys]
        if self.judges:
            cells += ['%8s/C  bar   ' % k for k in self.gos]
        self.line('  '.join(cells).rstrip())

    def row(self, cell):
        star = '*' if cell.own_work else ''
        cells = ['%-*s %2d' % (self.width, cell.name + star, cell.procs)]
        for key in self.keys:
            series = cell.of(key)
            cells.append('%14s  %5.0f%%' % (ns_text(series.median()),
                                            series.spread())
                         if series else '%14s  %6s' % ('-', ''))
        if self.judges:
            cells += [self.judgement(cell, key) for key in self.gos]
        if cell.failed():
            cells.append('RUNS FAILED')
        self.line('  '.join(cells).rstrip())

    @staticmethod
    def judgement(cell, key):
        ratio = cell.ratio(key)
        if ratio is None:
            return '%10s  %-6s' % ('-', '')
        met = 'met' if ratio >= bar_for(cell.procs) else 'missed'
        return '%9.2fx  %-6s' % (ratio, met)

    def totals(self, cells):
        """How often the bar was met, and how far C is ahead on average."""
        self.line()
        if self.judges:
            for key in self.gos:
                for procs in sorted(set(c.procs for c in cells)):
                    self.total(key, procs,
                               [c for c in cells if c.procs == procs])
        if any(c.own_work and c.ran() for c in cells):
            self.line('* mostly the workload\'s own time, or a lateness: see '
                      'bench/README.md')

    def total(self, key, procs, cells):
        for own, what in ((False, ''), (True, ' of those with *')):
            ratios = [c.ratio(key) for c in cells if c.own_work == own]
            ratios = [r for r in ratios
                      if r is not None and 0 < r < math.inf]
            if not ratios:
                continue
            bar = bar_for(procs)
            mean = math.exp(sum(map(math.log, ratios)) / len(ratios))
            self.line('%d P, C against %s: %d of %d%s meet %.1fx; geometric '
                      'mean %.2fx, worst %.2fx'
                      % (procs, key, sum(r >= bar for r in ratios),
                         len(ratios), what, bar, mean, min(ratios)))


def ns_text(ns):
    digits = 2 if ns < 10 else 1 if ns < 1000 else 0
    return '{:,.{}f}'.format(ns, digits)


# ---- The comparison as a whole ---------------------------------------------

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
        'rounds': args.rounds, 'ms': args.ms,
        'programs': [p.key for p in peers],
        'machine': {
            'cpu': first_match('/proc/cpuinfo', r'^model name\s*: (.*)$'),
            'arch': platform.machine(),
            'cpus': len(os.sched_getaffinity(0)),
            'memory': first_match('/proc/meminfo', r'^MemTotal:\s*(.*)$'),
            'kernel': platform.release(),
            'load_before': os.getloadavg()[0],
        },
    }


def warn_of_influences(procs):
    for name in INFLUENCES:
        if name in os.environ:
            complain('%s is set and may change the figures' % name)
    cpus = len(os.sched_getaffinity(0))
    if max(procs) > cpus:
        complain('%d Ps on %d CPUs: those figures mean little'
                 % (max(procs), cpus))
    load = os.getloadavg()[0]
    if load > 0.3 * cpus:
        complain('the machine is busy (load %.1f): expect a large spread'
                 % load)


def compare(args, peers, names):
    """Measures everything; returns the cells, those not reached left out."""
    logs = Logs(args.logs)
    about = describe(args, peers)
    table = Table(logs, peers, names)
    machine = about['machine']
    table.line('%s, commit %s, %d rounds of %d ms, %d CPUs (%s)' % (
        ' and '.join(p.key for p in peers), about['commit'] or 'unknown',
        args.rounds, args.ms, machine['cpus'], machine['cpu'] or
        machine['arch']))
    table.head()
    cells = []
    progress = Progress(len(names) * len(args.procs))
    try:
        for name in names:
            for procs in args.procs:
                cell = Cell(name, procs, peers)
                cell.measure(args, logs, progress)
                progress.clear()
                progress.step += 1
                if cell.ran() or cell.failed():
                    cells.append(cell)
                    table.row(cell)
                about['results'] = [c.as_json(table.gos) for c in cells]
                logs.write_json(about)
    except KeyboardInterrupt:
        progress.clear()
        complain('interrupted: what follows is about the part that was run')
    table.totals(cells)
    print('logs: ' + os.path.relpath(logs.path), flush=True)
    return cells, progress.step == progress.steps


def exit_status(args, cells, complete):
    if not complete:
        return 130
    if not any(c.ran() for c in cells):
        complain('nothing was measured')
        return 1
    if any(c.failed() for c in cells):
        return 1
    if args.strict:
        ratios = [(c.ratio(s.peer.key), bar_for(c.procs)) for c in cells
                  for s in c.series if s.peer.key != 'C']
        return int(any(r is not None and r < bar for r, bar in ratios))
    return 0


def positive(text):
    value = int(text)
    if value < 1:
        raise ValueError
    return value


def regex(text):
    try:
        return re.compile(text)
    except re.error as e:
        raise argparse.ArgumentTypeError(str(e))


def procs_list(text):
    return [positive(part) for part in text.split(',')]


def parse(argv):
    parser = argparse.ArgumentParser(
        description='Compares the C benchmarks with their Go twins.')
    add = parser.add_argument
    add('--rounds', type=positive, help='runs of each (5; quick: 3)')
    add('--ms', type=positive, help='length of a run (200; quick: 50)')
    add('--quick', action='store_true', help='fewer and shorter runs')
    add('--only', metavar='REGEX', type=regex, default=re.compile(''),
        help='only benchmarks whose name has a match')
    add('--procs', metavar='LIST', default='1,2', help='numbers of Ps (1,2)',
        type=procs_list)
    add('--go', metavar='PATH', action='append', default=[],
        help='a Go toolchain; may be repeated (the newest found)')
    add('--go-program', metavar='PATH', action='append', default=[],
        help='a twin that is already built, instead of a toolchain')
    add('--c', metavar='PATH', help='the C program (build/release/bench)',
        default=os.path.join(ROOT, 'build', 'release', 'bench'))
    add('--logs', metavar='DIR', default=os.path.join(ROOT, 'bench', 'logs'),
        help='where to make the directory of logs (bench/logs)')
    add('--timeout', type=positive, default=120, metavar='SECONDS',
        help='for one run (120)')
    add('--strict', action='store_true',
        help='status 1 if the bar is missed anywhere')
    args = parser.parse_args(argv)
    args.rounds = args.rounds or (3 if args.quick else 5)
    args.ms = args.ms or (50 if args.quick else 200)
    return args


def main(argv):
    args = parse(argv)
    peers = ask_names(c_peer(args.c) + go_peers(args))
    if not peers:
        complain('nothing to run')
        return 1
    names = all_names(peers, args.only)
    if not names:
        complain('no benchmark matches %s' % args.only.pattern)
        return 1
    warn_of_influences(args.procs)
    cells, complete = compare(args, peers, names)
    return exit_status(args, cells, complete)


if __name__ == '__main__':
    sys.exit(main(sys.argv[1:]))
