# SPDX-License-Identifier: MIT
"""Measuring: calibrating, interleaving the runs, and keeping all of them.

Invariants: a figure stands only with the runs behind it, all of which are in
the logs as the programs printed them, those of rounds that were repeated, too
(line.log names the rounds); a run that failed is never silent.
"""

import collections
import datetime
import json
import os
import re
import shutil
import statistics
import sys
import time

from programs import NoAnswer, RunError, complain

# So many runs without an answer in a setting, and a program gets no more of
# them there: each takes as long as the limit (fibers whose idle threads spin
# on a CPU that all of them share).
SILENT_MAX = 3
# Parking a million takes longer than a run.
MEMORY_TIMEOUT_S = 120

# Most of the time is the workload's own, or the figure is a lateness: README.md
# marks these with a star. Counted apart, for no runtime can be much faster.
OWN_WORK = re.compile(
    r'(Matmult|Mandelbrot|MutexNoSpin|MutexSpin|WakeupParallel\w+/.*'
    r'|ParallelTimerLatency|StaggeredTickerLatency/.*|Echo/.*)$')


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
            json.dump(data, f, indent=None, separators=(',', ':'))
            f.write('\n')
        os.replace(path + '.new', path)


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


class Series:
    """All runs of one program in one benchmark in one setting."""

    def __init__(self, peer, name, setting):
        self.peer, self.name, self.setting = peer, name, setting
        self.n = 0
        self.calibrated = 0
        self.empty = (0, 0)  # N and CPU time of a run that does nearly nothing
        self.total_ns = []
        self.failures = []

    def attempt(self, n, args, logs, kind):
        """One run into the right log; (N, ns), or None when it failed."""
        silent = self.peer.silent
        try:
            if silent[self.setting.key] >= SILENT_MAX:
                raise RunError('left out here: %d runs had no answer'
                               % SILENT_MAX)
            line, n_run, ns, cpu_ns = self.peer.run(
                self.name, n, self.setting, args.timeout)
        except RunError as e:
            silent[self.setting.key] += isinstance(e, NoAnswer)
            self.failures.append(str(e))
            where = '%s at %s' % (self.peer.key, self.setting)
            complain('%s, %s: %s'
                     % (self.name, where, str(e).split('\n')[0]))
            logs.append('failures.log', '%s, %s: %s\n' % (self.name, where, e))
            return None
        logs.append('%s-%s%s.log' % (self.peer.key, self.setting.key, kind),
                    '%s %d\n' % (line.rstrip('\n'), cpu_ns))
        return n_run, cpu_ns if args.cpu else ns

    def calibrate(self, args, logs):
        result = self.attempt(('auto', args.ms), args, logs, '-calibration')
        if result:
            self.n = result[0]
        if result and args.cpu:
            self.empty = self.attempt(1, args, logs, '-empty') or (0, 0)
            if self.empty[0] >= self.n:
                self.empty = (0, 0)  # there is no smaller N

    def measure(self, args, logs):
        result = self.attempt(self.n, args, logs, '')
        if result and not self.total_ns and self.recalibrates(result[1], args):
            # Another program was in the way when N was found: it is too small.
            self.n = 0
            self.calibrate(args, logs)
            if self.n:
                result = self.attempt(self.n, args, logs, '')
        if result and result[0] == self.n:
            self.total_ns.append(result[1])
        elif result:
            self.failures.append('ran %d instead of %d' % (result[0], self.n))
            complain('%s, %s: %s' % (self.name, self.peer.key,
                                     self.failures[-1]))

    def recalibrates(self, ns, args):
        """Whether a run was far too short; said twice at most."""
        self.calibrated += 1
        return ns < args.ms * 1e6 / 3 and self.calibrated < 3

    def each_ns(self):
        n, ns = self.empty
        return [max(0, total - ns) / (self.n - n) for total in self.total_ns]

    def median(self):
        return statistics.median(self.each_ns()) if self.total_ns else None

    def spread(self):
        """Largest minus smallest, in percent of the median."""
        each, median = self.each_ns(), self.median()
        if not median:
            return 0.0
        return (max(each) - min(each)) / median * 100

    def as_json(self):
        each = self.each_ns() or [None]
        return {'n': self.n, 'ns_total': self.total_ns,
                'empty': list(self.empty),
                'median_ns': self.median(), 'least_ns': min(each),
                'most_ns': max(each), 'spread_percent': self.spread(),
                'failures': self.failures}


class Cell:
    """One benchmark in one setting: a line of the table."""

    def __init__(self, name, setting, peers):
        self.name, self.setting = name, setting
        self.own_work = bool(OWN_WORK.match(name))
        self.series = [Series(p, name, setting) for p in peers
                       if name in p.names]
        self.line_ns = []  # the ways before and after each round that stands
        self.line_slow = 0  # rounds of them with a slow one

    def measure(self, args, logs, progress, line):
        what = '%s, %s' % (self.name, self.setting)
        looks = self.setting.cpus > 1
        now = line.settle(line.look(), what, progress) if looks else None
        for series in self.series:
            progress.show('%s, %s: calibrating' % (what, series.peer.key))
            series.calibrate(args, logs)
        if not any(series.n for series in self.series):
            return
        for turn in range(args.rounds):
            if looks:
                now = self.steady_round(turn, now, args, logs, progress, line)
            else:
                self.round(turn, args, logs, progress)

    def round(self, turn, args, logs, progress):
        """Each program once."""
        # There and back: whoever is first in one round is last in the next.
        for series in self.series[::-1 if turn % 2 else 1]:
            if series.n == 0 or series.failures:
                continue  # undefined here, or broken: it was said
            progress.show('%s, %s, %s: round %d of %d' % (
                self.name, self.setting, series.peer.key, turn + 1,
                args.rounds))
            series.measure(args, logs)

    def steady_round(self, turn, now, args, logs, progress, line):
        """A round, by all of them again until the line was usual before (now)
        and after it, or line's patience is at its end; the line after it."""
        what = '%s, %s' % (self.name, self.setting)
        while True:
            before = line.settle(now, what, progress)
            kept = [len(series.total_ns) for series in self.series]
            began = time.monotonic()
            self.round(turn, args, logs, progress)
            now = line.look()
            stands = line.stands(before, now, time.monotonic() - began)
            line.log('%s, round %d' % (what, turn + 1), before, now, stands)
            if stands:
                break
            for series, count in zip(self.series, kept):
                del series.total_ns[count:]
        self.line_ns.append([before, now])
        self.line_slow += not line.was_usual(before, now)
        return now

    def of(self, key):
        for series in self.series:
            if series.peer.key == key and series.total_ns:
                return series
        return None

    def failed(self):
        return any(s.failures for s in self.series)

    def ran(self):
        return any(s.total_ns for s in self.series)

    def as_json(self):
        return {'name': self.name, 'setting': self.setting.key,
                'procs': self.setting.procs, 'cpus': self.setting.cpus,
                'own_work': self.own_work,
                'line_ns': self.line_ns, 'line_slow': self.line_slow,
                'programs': {s.peer.key: s.as_json() for s in self.series}}


# ---- Memory and lateness ----------------------------------------------------

def measure_memory(peers, counts, setting, args, logs, progress):
    """Bytes of a parked task; a list of records for the JSON."""
    records = []
    for n in counts:
        rounds = 1 if n > 100000 else min(3, args.rounds)
        for peer in (p for p in peers if p.parked_max >= n):
            progress.show('%s parks %d' % (peer.key, n))
            runs = []
            for _ in range(rounds):
                try:
                    runs.append(peer.memory(
                        n, setting, max(args.timeout, MEMORY_TIMEOUT_S)))
                except RunError as e:
                    complain('%s cannot park %d: %s'
                             % (peer.key, n, str(e).split('\n')[0]))
                    logs.append('failures.log', 'memory %d, %s: %s\n'
                                % (n, peer.key, e))
                    break
                logs.append('memory.log', '%s %d %d %d %d\n'
                            % ((peer.key, n) + runs[-1]))
            if not runs:
                continue
            median = [statistics.median(r[i] for r in runs) for i in range(3)]
            records.append({
                'program': peer.key, 'n': n, 'setting': setting.key,
                'resident_bytes': median[0] / n,
                'page_table_bytes': median[1] / n, 'made_ns': median[2] / n})
        progress.step += 1
    progress.clear()
    return records


def measure_ticker(peers, setting, ms, args, logs, progress):
    """How late a ticker of 1 ms is beside one hog per P."""
    late = {p.key: [] for p in peers if p.tasks}
    worst = {key: [] for key in late}
    for _ in range(min(3, args.rounds)):
        for peer in (p for p in peers if p.tasks):
            progress.show('%s, %s: a ticker beside hogs'
                          % (peer.key, setting))
            try:
                run = peer.ticker(setting.procs, ms, setting, args.timeout)
            except RunError as e:
                complain('ticker, %s: %s' % (peer.key, str(e).split('\n')[0]))
                logs.append('failures.log', 'ticker, %s: %s\n'
                            % (peer.key, e))
                continue
            counts = sorted(collections.Counter(run).items())
            logs.append('ticker-%s.log' % setting.key, '%s %s\n' % (
                peer.key, ' '.join('%d:%d' % pair for pair in counts)))
            late[peer.key] += run
            worst[peer.key].append(max(run, default=0))
    progress.step += 1
    progress.clear()
    due = ms * min(3, args.rounds)
    return [lateness_record(key, setting, due, late[key], worst[key])
            for key in late if late[key]]


def lateness_record(key, setting, due, late, worst):
    late.sort()
    return {'program': key, 'setting': setting.key, 'hogs': setting.procs,
            'due': due, 'ticks': len(late),
            'median_us': late[len(late) // 2],
            'p99_us': late[len(late) * 99 // 100],
            'worst_us': late[-1], 'worst_of_runs_us': worst,
            'histogram': sorted(collections.Counter(late).items())}
