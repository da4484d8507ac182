#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Makes tables, bars and pictures of a results.json.

usage: report.py RESULTS.json [--into FILE.md] [--plots DIR]

With --into the text replaces what stands between the two marks in that file,
so that no figure in a document is typed by hand. compare.py calls the same
functions after a run.
"""

import argparse
import json
import math
import os
import re
import statistics
import sys

import plots
from programs import Setting, complain

BEGIN = '<!-- begin: written by bench/report.py, do not edit -->'
END = '<!-- end: written by bench/report.py -->'

BAR_ONE_P = 2.0   # against Go on its own list: at least twice as fast
BAR_MORE_PS = 1.5
BAR_TABLE = 1.3   # the time of boost's hash table that lookups may take
BAR_ITERATE = 2.0
BAR_WORST_NS = 1e6  # a single insert among four million
BAR_PARKED = 4096   # bytes of a parked goroutine, page tables included
BAR_BEAT_US = 20000 # that a 1 ms ticker may be late beside hogs
COLLAPSE = 1.5    # 2 Ps on one CPU may take so many times what 1 P takes

# Work that two CPUs can share: there two Ps must not be slower than one.
PARALLEL = re.compile(
    r'(PrimeSieve|Mandelbrot|Skynet|Matmult|ChanUncontended|SelectUncontended'
    r'|ChanNonblocking|ChanCreation|CreateGoroutinesParallel|StartStop1000'
    r'|AfterFunc1000|After|Stop/.*|Reset/.*|Sleep1000|MutexUncontended'
    r'|RWMutexUncontended|WaitGroupUncontended|WaitGroupActuallyWait|Pool'
    r'|PoolOverflow|WithTimeout/.*|ContextCancelDone|Echo/conns=10+)$')

# Beyond Go's own list: no bar of 2x was set for these.
NOT_GOS = re.compile(r'(PingPong|Ring|FanInSelect|SpawnIdle|PrimeSieve'
                     r'|Mandelbrot|Skynet|BufferedUncontended|SpawnFinish'
                     r'|Yield|Pattern/.*|Echo/.*|MapBytes/.*|MapWorstAssign'
                     r'|MapAssignP9999)$')


def ns_text(ns):
    if ns is None:
        return '-'
    digits = 2 if ns < 10 else 1 if ns < 1000 else 0
    return '{:,.{}f}'.format(ns, digits)


class Results:
    """A results.json and what is asked of it."""

    def __init__(self, data):
        self.data = data
        self.programs = data['programs']
        self.go = next((p for p in self.programs if p.lower().startswith('go')),
                       None)
        self.others = [p for p in self.programs if p not in ('Leat', self.go)]
        self.cells = {(c['name'], c['setting']): c for c in data['results']}
        self.names = list(dict.fromkeys(c['name'] for c in data['results']))
        self.settings = list(dict.fromkeys(
            c['setting'] for c in data['results']))

    def program(self, name, setting, key):
        cell = self.cells.get((name, setting))
        return cell['programs'].get(key) if cell else None

    def median(self, name, setting, key):
        """Nanoseconds, or None when there is no such run."""
        program = self.program(name, setting, key)
        return program['median_ns'] if program else None

    def ratio(self, name, setting, key):
        """How many times as fast as key Leat is; None without both."""
        own = self.median(name, setting, 'Leat')
        other = self.median(name, setting, key)
        if own is None or other is None:
            return None
        if own == 0:
            return math.inf if other > 0 else 1.0
        return other / own

    def ratio_range(self, name, setting, key):
        """The ratio's median, and its extremes over the runs."""
        own = self.program(name, setting, 'Leat')
        other = self.program(name, setting, key)
        ratio = self.ratio(name, setting, key)
        if ratio is None or not own['least_ns']:
            return None
        return (ratio, other['least_ns'] / own['most_ns'],
                other['most_ns'] / own['least_ns'])

    def doubt(self, name, setting):
        """The mark of a row with rounds in which a line was slow."""
        cell = self.cells.get((name, setting))
        return '?' if cell and cell.get('line_slow') else ''

    def own_work(self, name):
        return any(c['own_work'] for c in self.data['results']
                   if c['name'] == name)

    def starred(self, name):
        return name + ('\\*' if self.own_work(name) else '')


# ---- The bars ---------------------------------------------------------------

class Bar:
    """One demand: how often it is met, and where not."""

    def __init__(self, text):
        self.text = text
        self.met, self.missed = 0, []

    def judge(self, what, value, least):
        if value is None:
            return
        if value >= least:
            self.met += 1
        else:
            self.missed.append((value, what))

    def total(self):
        return self.met + len(self.missed)


def tables(r, bar):
    """What maps are held to, beside boost's and in memory."""
    looked_up = bar('looking up and adding take at most %.1f times the time '
                    'of boost::unordered_flat_map' % BAR_TABLE)
    iterated = bar('iterating takes at most %.0f times the time of '
                   'boost::unordered_flat_map' % BAR_ITERATE)
    worst = bar('the worst insert of four million takes under 1 ms')
    size = bar('a map takes no more bytes than Go\'s')
    for name in r.names:
        ratio = r.ratio(name, '1p', 'flat_map')
        if re.match('MapAccess|MapAssign[EF]', name):
            looked_up.judge(name, ratio, 1 / BAR_TABLE)
        elif name.startswith('MapIter/'):
            iterated.judge(name, ratio, 1 / BAR_ITERATE)
        elif name.startswith('MapBytes/') and r.go:
            size.judge(name, r.ratio(name, '1p', r.go), 1.0)
        elif name == 'MapWorstAssign':
            own = r.median(name, '1p', 'Leat')
            worst.judge('%s ns' % ns_text(own), own and BAR_WORST_NS / own,
                        1.0)


def modes(r, bar, ahead):
    """Memory of a parked task, and a ticker beside hogs: of all programs."""
    parked = bar('a parked goroutine takes at most a page, with page tables')
    beat = bar('a 1 ms ticker beside hogs is at most 20 ms late (the median '
               'of the worst of each run)')
    taken, late = {}, {}
    for m in r.data.get('memory', []):
        taken[m['n'], m['program']] = (
            m['resident_bytes'] + m['page_table_bytes'])
    for t in r.data.get('ticker', []):
        late[t['setting'], t['program']] = t['median_us']
        if t['program'] == 'Leat':
            worst = statistics.median(t['worst_of_runs_us'])
            beat.judge('%s: %.0f us' % (Setting(t['setting']), worst),
                       BAR_BEAT_US / max(worst, 1), 1.0)
    for (n, program), bytes_each in sorted(taken.items()):
        own = taken.get((n, 'Leat'))
        if program != 'Leat' and own:
            ahead.judge('memory of %s parked, %s' % (format(n, ','), program),
                        bytes_each / own, 1.0)
    largest = max((n for n, program in taken if program == 'Leat'), default=0)
    if largest:
        parked.judge('of %s' % format(largest, ','),
                     BAR_PARKED / taken[largest, 'Leat'], 1.0)
    for (setting, program), us in sorted(late.items()):
        own = late.get((setting, 'Leat'))
        if setting == '1p' and program != 'Leat' and own is not None:
            ahead.judge('ticker beside a hog, %s' % program,
                        us / max(own, 1), 1.0)


def bars(r):
    found = []

    def bar(text):
        found.append(Bar(text))
        return found[-1]

    ahead = bar('ahead of every peer at one P')
    for name in r.names:
        for key in [r.go] * bool(r.go) + r.others:
            ahead.judge('%s, %s' % (name, key), r.ratio(name, '1p', key), 1.0)
    if r.go:
        two = bar('ahead of Go at two Ps')
        twice = bar("twice as fast as Go on Go's own list at one P, without *")
        more = bar("1.5 times as fast as Go on Go's own list at two Ps, "
                   'without *')
        for name in r.names:
            marked = name + r.doubt(name, '2p')
            two.judge(marked, r.ratio(name, '2p', r.go), 1.0)
            if NOT_GOS.match(name) or r.own_work(name):
                continue
            twice.judge(name, r.ratio(name, '1p', r.go), BAR_ONE_P)
            more.judge(marked, r.ratio(name, '2p', r.go), BAR_MORE_PS)
    tables(r, bar)
    modes(r, bar, ahead)
    scale = bar('parallel work is not slower at two Ps than at one')
    pinned = bar('two Ps on one CPU take at most %.1f times as long as one'
                 % COLLAPSE)
    for name in r.names:
        one = r.median(name, '1p', 'Leat')
        two_ps = r.median(name, '2p', 'Leat')
        shared = r.median(name, '2p1c', 'Leat')
        if PARALLEL.match(name) and one and two_ps:
            scale.judge(name + r.doubt(name, '2p'), one / two_ps, 1.0)
        if one and shared:
            pinned.judge(name, one / shared, 1 / COLLAPSE)
    return [b for b in found if b.total()]


def bars_text(r):
    lines = []
    for b in bars(r):
        lines.append('- **%s**: %d of %d' % (b.text[0].upper() + b.text[1:],
                                             b.met, b.total()))
        if b.missed:
            lines[-1] += '. Missed: ' + ', '.join(
                '%s (%.2f)' % (what, value)
                for value, what in sorted(b.missed))
    return lines + ['']


# ---- The tables -------------------------------------------------------------

def table(head, rows):
    return ['| ' + ' | '.join(head) + ' |',
            '|---|' + '---:|' * (len(head) - 1)] + [
        '| ' + ' | '.join(row) + ' |' for row in rows] + ['']


def go_table(r):
    """Leat and Go in every setting that all benchmarks have."""
    if not r.go:
        return []
    settings = [s for s in ('1p', '2p', '2p1c') if s in r.settings]
    head = ['benchmark']
    for s in settings:
        head += ['Leat, %s' % Setting(s), r.go, 'ratio', '+-']
    rows = []
    for name in r.names:
        row = [r.starred(name)]
        for s in settings:
            ratio = r.ratio(name, s, r.go)
            spread = max([p['spread_percent'] for p in
                          (r.program(name, s, 'Leat'),
                           r.program(name, s, r.go)) if p] or [0])
            row += [ns_text(r.median(name, s, 'Leat')),
                    ns_text(r.median(name, s, r.go)),
                    '-' if ratio is None else
                    '%.2f%s' % (ratio, r.doubt(name, s)),
                    '-' if ratio is None else '%.0f%%' % spread]
        if any(cell != '-' for cell in row[1:]):
            rows.append(row)
    return table(head, rows)


def means_table(r):
    """How far ahead on average, for each peer and setting."""
    rows = []
    for key in [r.go] * bool(r.go) + r.others:
        row = [key]
        for s in r.settings:
            ratios = [r.ratio(n, s, key) for n in r.names]
            ratios = [x for x in ratios if x and math.isfinite(x)]
            if not ratios:
                row.append('-')
                continue
            mean = math.exp(sum(map(math.log, ratios)) / len(ratios))
            row.append('%.2f, least %.2f, of %d'
                       % (mean, min(ratios), len(ratios)))
        rows.append(row)
    return table(['peer / Leat'] + [str(Setting(s)) for s in r.settings], rows)


def peers_table(r, setting):
    """Everybody's nanoseconds where somebody beside Go has the benchmark."""
    keys = ['Leat'] + [r.go] * bool(r.go) + r.others
    rows = []
    for name in r.names:
        if any(r.median(name, setting, k) is not None for k in r.others):
            rows.append([r.starred(name) + r.doubt(name, setting)] + [
                ns_text(r.median(name, setting, k)) for k in keys])
    return table(['benchmark'] + keys, rows) if rows else []


def scaling_table(r):
    """Work that CPUs can share, over the number of Ps."""
    settings = [s for s in r.settings if not Setting(s).shares]
    keys = ['Leat'] + [r.go] * bool(r.go)
    rows = []
    for name in filter(PARALLEL.match, r.names):
        row = [r.starred(name)]
        for key in keys:
            one = r.median(name, '1p', key)
            for s in settings:
                ns = r.median(name, s, key)
                row.append('%s (%.2f)%s' % (ns_text(ns), one / ns,
                                            r.doubt(name, s))
                           if ns and one else '-')
        rows.append(row)
    head = ['benchmark'] + ['%s, %s' % (k, Setting(s))
                            for k in keys for s in settings]
    return table(head, rows) if rows and len(settings) > 1 else []


def memory_table(r):
    rows = [[m['program'], '{:,}'.format(m['n']),
             '{:,.0f}'.format(m['resident_bytes']),
             '{:,.0f}'.format(m['page_table_bytes']),
             '{:,.0f}'.format(m['made_ns'])]
            for m in sorted(r.data.get('memory', []),
                            key=lambda m: r.programs.index(m['program']))]
    return table(['program', 'parked', 'resident bytes each',
                  'page table bytes each', 'ns to make one'],
                 rows) if rows else []


def ticker_table(r):
    rows = [[t['program'], str(Setting(t['setting'])), str(t['hogs']),
             '%d of %d' % (t['ticks'], t['due']),
             '{:,}'.format(t['median_us']), '{:,}'.format(t['p99_us']),
             '{:,}'.format(t['worst_us'])]
            for t in r.data.get('ticker', [])]
    return table(['program', 'on', 'hogs', 'ticks', 'median us late',
                  '99% us', 'worst us'], rows) if rows else []


def heading(r):
    m = r.data['machine']
    stolen = m.get('steal_percent')
    return ['%s, %s, %d CPUs, %s, Linux %s; %s; %d rounds of %d ms; load %.1f '
            'before%s. Nanoseconds of %s per iteration, medians; ratios above '
            '1 mean that Leat is faster.' % (
                r.data['date'][:10], m['cpu'] or m['arch'], m['cpus'],
                m['memory'], m['kernel'], ', '.join(r.programs),
                r.data['rounds'], r.data['ms'], m['load_before'],
                '' if stolen is None else
                ', %.1f%% of the CPUs\' time stolen' % stolen,
                r.data['clock']), ''] + line_text(r)


def line_text(r):
    """How far the CPUs were apart; nothing where nobody looked."""
    line = r.data.get('line')
    if not line or line['lowest_ns'] is None:
        return []
    marked = sum(c.get('line_slow', 0) > 0 for c in r.data['results'])
    said = ['A cache line went to another CPU and back in {:,.0f} ns at best, '
            '{:,.0f} at worst. Of {:,} looks at it, before and after the '
            'rounds at more than one CPU, {:,} found more than {:,.0f} ns'
            .format(line['lowest_ns'], line['highest_ns'], line['looks'],
                    line['slow_looks'], line['bound_ns'])]
    if line['busy_looks']:
        said[0] += ', and {:,} a CPU that had no time'.format(
            line['busy_looks'])
    if line['waited_s'] > 0:
        said.append('Waiting for that to pass, and repeating {:,} rounds, '
                    'took {:,.0f} s'.format(line['repeated'],
                                            line['waited_s']))
    if marked:
        said.append('Rows with such rounds, marked by a ?: {:,}'
                    .format(marked))
    return ['. '.join(said) + '.', '']


def text(r, pictures=()):
    """All of it as Markdown."""
    lines = heading(r)

    def section(title, body):
        if body:
            lines.extend(['### ' + title, ''] + body)

    section('The bars', bars_text(r))
    section('On average', means_table(r))
    section('Side by side with Go', go_table(r))
    for setting in r.settings:
        section('Everybody, %s' % Setting(setting), peers_table(r, setting))
    section('Over the number of Ps', scaling_table(r))
    section('Memory of a parked task', memory_table(r))
    section('A 1 ms ticker beside hogs', ticker_table(r))
    section('Pictures', ['![%s](%s)' % (title, path)
                         for title, path in pictures] + [''])
    return '\n'.join(lines)


def write_into(path, body):
    """Replaces what stands between the marks; False without marks."""
    with open(path) as f:
        old = f.read()
    before, begin, rest = old.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        complain('%s lacks the marks of report.py: left as it is' % path)
        return False
    with open(path, 'w') as f:
        f.write(before + BEGIN + '\n\n' + body + '\n' + END + after)
    return True


def main(argv):
    parser = argparse.ArgumentParser(description=__doc__.split('\n')[0])
    parser.add_argument('results', help='a results.json of compare.py')
    parser.add_argument('--into', metavar='FILE', help='a file with the marks')
    parser.add_argument('--plots', metavar='DIR', help='where to draw')
    args = parser.parse_args(argv)
    with open(args.results) as f:
        r = Results(json.load(f))
    drawn = plots.draw(r, args.plots) if args.plots else []
    base = os.path.dirname(os.path.abspath(args.into or '.'))
    body = text(r, [(title, os.path.relpath(path, base))
                    for title, path in drawn])
    if args.into:
        return 0 if write_into(args.into, body) else 1
    print(body)
    return 0


if __name__ == '__main__':
    sys.exit(main(sys.argv[1:]))
