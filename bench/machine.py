# SPDX-License-Identifier: MIT
"""The state of the machine: how far its CPUs are apart, what others take of it.

The idea: on a virtual machine the hypervisor may move the CPUs away from each
other. A cache line then takes many times as long from one to the other, for
minutes, and whatever uses two of them is slower, by a factor that differs from
program to program. So before and after each round at more than one CPU
machine/line.c measures that way. A round with a slow line at either end is
repeated by all programs; when the patience is used up it stands, and is marked.

Invariants: whether a round stands is decided by the line alone, before
anybody looks at its figures, and for all programs of the round at once.

Rejected: the lowest way of this run as the only measure (a run may lie in the
slow state from end to end), a fixed number of nanoseconds as the only one (the
ways inside one package and between two differ less than the two states do).
"""

import os
import re
import subprocess
import time

from programs import ROOT, complain

LINE_TIMES = 4         # the lowest way of the run that are usual still
LINE_LIMIT_NS = 300    # between two CPUs that are near, in any machine
LINE_BUSY_NS = 100000  # no line: the turns of a CPU that has other work
LINE_PAUSE_S = 0.5     # between two looks while it waits
LINE_TIMEOUT_S = 10


def parse_line(text):
    """The median ns of a round trip, from what machine/line.c prints, or
    None."""
    match = re.fullmatch(r'line \d+ \d+ (\d+\.\d+) \d+\.\d+ \d+\.\d+\n', text)
    return float(match.group(1)) if match else None


def make_line():
    """Builds machine/line.c; None, with a message, when that fails."""
    target = os.path.join('build', 'machine', 'line')
    done = subprocess.run(['make', '-s', '--no-print-directory', target],
                          cwd=ROOT, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT)
    if done.returncode == 0:
        return os.path.join(ROOT, target)
    complain('%s cannot be built: nobody looks how far the CPUs are apart: %s'
             % (target, done.stdout.decode(errors='replace')[:300].strip()))
    return None


class Line:
    """The way of a cache line to the other CPU and back."""

    def __init__(self, program, limit_ns, patience_s, logs):
        self.program = program  # None: it cannot be measured
        self.limit_ns = limit_ns
        self.patience_s = patience_s  # for waiting and repeating, in all
        self.logs = logs
        self.lowest_ns, self.highest_ns = None, None
        self.looks, self.slow_looks, self.busy_looks = 0, 0, 0
        self.waited_s = 0.0
        self.repeated = 0

    def bound_ns(self):
        """The longest way that is usual."""
        if self.lowest_ns is None:
            return self.limit_ns
        return min(self.limit_ns, LINE_TIMES * self.lowest_ns)

    def is_usual(self, ns):
        return ns is None or ns <= self.bound_ns()

    def was_usual(self, before, after):
        """Whether the ways at both ends of a round are."""
        return self.is_usual(before) and self.is_usual(after)

    def look(self):
        """Nanoseconds, or None when it cannot be measured."""
        if self.program is None:
            return None
        try:
            done = subprocess.run([self.program], stdin=subprocess.DEVNULL,
                                  stdout=subprocess.PIPE,
                                  stderr=subprocess.PIPE,
                                  timeout=LINE_TIMEOUT_S)
            ns = parse_line(done.stdout.decode(errors='replace'))
            why = done.stderr.decode(errors='replace').strip()
        except (OSError, subprocess.TimeoutExpired) as e:
            ns, why = None, str(e)
        if ns is None:
            complain('nobody looks how far the CPUs are apart: %s'
                     % (why or 'no answer of ' + self.program))
            self.program = None
            return None
        self.count(ns)
        return ns

    def count(self, ns):
        self.looks += 1
        if ns > LINE_BUSY_NS:
            self.busy_looks += 1
            return
        self.lowest_ns = min(ns, self.lowest_ns or ns)
        self.highest_ns = max(ns, self.highest_ns or ns)
        self.slow_looks += not self.is_usual(ns)

    def is_patient(self):
        return self.waited_s < self.patience_s

    def settle(self, ns, what, progress):
        """Waits until the way is usual, it being ns now; what it is then."""
        while not self.is_usual(ns) and self.is_patient():
            progress.show('%s: a cache line takes %.0f ns, not %.0f: waiting, '
                          'for %.0f s at most' % (
                              what, ns, self.bound_ns(),
                              self.patience_s - self.waited_s))
            began = time.monotonic()
            time.sleep(LINE_PAUSE_S)
            ns = self.look()
            self.waited_s += time.monotonic() - began
        return ns

    def stands(self, before, after, took_s):
        """Whether a round of so many seconds stands, by the ways at its ends;
        if not it is to be repeated."""
        if self.was_usual(before, after) or not self.is_patient():
            return True
        self.waited_s += took_s
        self.repeated += 1
        return False

    def log(self, what, before, after, stands):
        if before is None or after is None:
            return
        mark = ('' if self.was_usual(before, after)
                else ': slow' if stands else ': repeated')
        self.logs.append('line.log', '%s: %.1f before, %.1f after%s\n' % (
            what, before, after, mark))

    def as_json(self):
        return {'looks': self.looks, 'slow_looks': self.slow_looks,
                'busy_looks': self.busy_looks,
                'lowest_ns': self.lowest_ns, 'highest_ns': self.highest_ns,
                'limit_ns': self.limit_ns, 'bound_ns': self.bound_ns(),
                'patience_s': self.patience_s, 'waited_s': self.waited_s,
                'repeated': self.repeated}


# ---- What others take ---------------------------------------------------

def parse_stat(text):
    """From /proc/stat: ticks of all CPUs that were stolen, and all ticks;
    None for another text."""
    match = re.match(r'cpu +((?:\d+ ?)+)$', text, re.M)
    fields = [int(f) for f in match.group(1).split()] if match else []
    # user nice system idle iowait irq softirq steal; guests are in user.
    return (fields[7], sum(fields[:8])) if len(fields) >= 8 else None


def read_stat():
    try:
        with open('/proc/stat') as f:
            return parse_stat(f.read())
    except OSError:
        return None


def steal_percent(before, after):
    """Percent of the CPUs' time between two read_stat() that the hypervisor
    gave to others; None when that is not known."""
    if before is None or after is None or after[1] <= before[1]:
        return None
    return 100 * (after[0] - before[0]) / (after[1] - before[1])
