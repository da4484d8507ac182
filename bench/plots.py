# SPDX-License-Identifier: MIT
"""Pictures of a comparison, as SVG, by gnuplot.

Bars of ratios against Go with the spread of the runs, points of every peer's
ratio, curves over Ps, numbers of tasks and sizes, histograms of lateness.
Without gnuplot nothing is drawn, which is said.
"""

import math
import os
import re
import shutil
import subprocess

from programs import Setting, complain

COLOURS = {'Leat': '#0b3d91', 'tokio': '#d95f02', 'crossbeam': '#7570b3',
           'may': '#e7298a', 'boost': '#66a61e', 'pthread': '#a6761d',
           'ucontext': '#777777', 'flat_map': '#b8860b', 'absl': '#8b0000',
           'std': '#2f4f4f'}
GO_COLOUR = '#00a6c8'
SETTING_COLOURS = {'1p': '#0b3d91', '2p': '#5b9bd5', '2p1c': '#b5b5b5'}
MARKS = {'Leat': 7, 'tokio': 5, 'crossbeam': 9, 'may': 11, 'boost': 13,
         'pthread': 2, 'ucontext': 1, 'flat_map': 6, 'absl': 8, 'std': 10}

# Which benchmarks share a picture: the first that matches.
GROUPS = (
    ('channels', 'Channels and select',
     r'(MakeChan|Chan|Select|ReceiveData)'),
    ('patterns', 'Patterns and classics',
     r'(Pattern/|Echo/|PingPong$|Ring$|FanIn|SpawnIdle|PrimeSieve|Mandelbrot'
     r'|Skynet|BufferedUnc|SpawnFinish|Yield)'),
    ('time', 'Time', r'(After|Stop/|Simultaneous|StartStop|Reset/|Sleep|'
     r'ParallelTimer|Staggered|Adjust|Ticker)'),
    ('sync', 'Locks and waiting', r'(Mutex|RWMutex|WaitGroup|Cond\d|Once|Pool)'),
    ('goroutines', 'Goroutines and contexts',
     r'(Create|Matmult|Wakeup|PingPongHog|CommonParent|WithTimeout|Cancel|Check'
     r'|ContextC|DeepValue)'),
    ('maps', 'Maps', r'Map'),
    ('memory', 'Memory', r'(Alloc|Malloc|Free)'),
    ('slices', 'Slices and sorting', r''),
)


def colour(key):
    return COLOURS.get(key, GO_COLOUR)


def mark(key):
    return MARKS.get(key, 3)


def quoted(text):
    return '"%s"' % text.replace('\\', '\\\\').replace('"', '\\"')


def gnuplot(path, width, height, lines):
    """Draws one SVG; True when it worked."""
    head = ['set terminal svg size %d,%d dynamic font "sans,12" '
            'background "#ffffff" noenhanced' % (width, height),
            'set output ' + quoted(path),
            'set grid xtics lc rgb "#dddddd"', 'set tics nomirror',
            'set border 3 lc rgb "#555555"']
    done = subprocess.run(['gnuplot'], input='\n'.join(head + lines) + '\n',
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          universal_newlines=True)
    if done.returncode == 0 and not re.search(r'line \d+:(?! warning)',
                                              done.stdout):
        return True
    complain('gnuplot cannot draw %s: %s'
             % (os.path.basename(path), done.stdout.strip()[-300:]))
    return False


def block(name, rows):
    """Data inside a script."""
    return ['$%s << EOD' % name] + [
        ' '.join(quoted(c) if isinstance(c, str) else '%.6g' % c for c in row)
        for row in rows] + ['EOD']


# ---- Ratios -----------------------------------------------------------------

def ratio_axis(title, least, most):
    """A logarithmic axis of ratios with a line at 1."""
    least, most = min(least, 0.5) / 1.15, max(most, 2) * 1.15
    return ['set logscale x 2', 'set xrange [%g:%g]' % (least, most),
            'set format x "%gx"', 'set x2range [%g:%g]' % (least, most),
            'set logscale x2 2', 'set x2tics nomirror', 'set format x2 "%gx"',
            'set arrow 1 from 1, graph 0 to 1, graph 1 nohead lw 1.5 '
            'lc rgb "#444444" front', 'set title %s' % quoted(title)]


def rows_axis(names):
    tics = ', '.join('%s %d' % (quoted(n), i) for i, n in enumerate(names))
    return ['set yrange [%g:-0.7]' % (len(names) - 0.3),
            'set ytics (%s) font "sans,10"' % tics]


def go_bars(r, names, title, path):
    """For each benchmark a bar per setting, from 1 to the ratio."""
    settings = [s for s in ('1p', '2p', '2p1c') if s in r.settings]
    width = 0.8 / len(settings)
    script, least, most, plot = [], 1, 1, []
    for at, s in enumerate(settings):
        rows = []
        for i, name in enumerate(names):
            span = r.ratio_range(name, s, r.go)
            if span is None or not math.isfinite(span[2]):
                continue
            y = i - 0.4 + width * (at + 0.5)
            rows.append((span[0], y, min(1, span[0]), max(1, span[0]),
                         y - width * 0.45, y + width * 0.45, span[1], span[2]))
            least, most = min(least, span[1]), max(most, span[2])
        if not rows:
            continue
        script += block('s%d' % at, rows)
        plot += ['$s%d using 1:2:3:4:5:6 with boxxyerror fs solid 0.9 noborder '
                 'lc rgb "%s" title %s' % (at, SETTING_COLOURS[s],
                                           quoted(str(Setting(s)))),
                 '$s%d using 1:2:7:8 with xerrorbars pt 0 lw 1 '
                 'lc rgb "#333333" notitle' % at]
    if not plot:
        return False
    script += ratio_axis('%s: how many times as fast as %s' % (title, r.go),
                         least, most) + rows_axis(names)
    script += ['set key outside bottom center horizontal',
               'plot ' + ', '.join(plot)]
    return gnuplot(path, 900, 130 + 13 * len(names) * max(2, len(settings)),
                   script)


def peer_points(r, names, setting, path):
    """For each benchmark the ratio of every peer."""
    keys = [r.go] * bool(r.go) + r.others
    script, least, most, plot = [], 1, 1, []
    for at, key in enumerate(keys):
        rows = []
        for i, name in enumerate(names):
            span = r.ratio_range(name, setting, key)
            if span is None or not math.isfinite(span[2]):
                continue
            y = i + 0.5 * (at + 0.5) / len(keys) - 0.25
            rows.append((span[0], y, span[1], span[2]))
            least, most = min(least, span[1]), max(most, span[2])
        if rows:
            script += block('s%d' % at, rows)
            plot.append('$s%d using 1:2:3:4 with xerrorbars pt %d ps 0.8 lw 1 '
                        'lc rgb "%s" title %s' % (at, mark(key), colour(key),
                                                  quoted(key)))
    if not plot:
        return False
    script += ratio_axis('%s: time of each peer, Leat = 1 (right: Leat is '
                         'faster)' % Setting(setting), least, most)
    script += rows_axis(names)
    for i in range(len(names) - 1):
        script.append('set arrow from graph 0, first %g to graph 1, first %g '
                      'nohead lc rgb "#eeeeee" back' % (i + 0.5, i + 0.5))
    script += ['set key outside bottom center horizontal font "sans,10" '
               'samplen 2', 'plot ' + ', '.join(plot)]
    return gnuplot(path, 1000, 130 + 24 * len(names), script)


# ---- Curves -----------------------------------------------------------------

def curves(panels, path, columns=2):
    """Panels of (title, x label, y label, log x, {key: [(x, y)]})."""
    columns = min(columns, len(panels))
    lines = -(-len(panels) // columns)
    script = ['set multiplot layout %d,%d' % (lines, columns),
              'set grid ytics lc rgb "#dddddd"']
    for p, (title, x, y, log, series) in enumerate(panels):
        plot = []
        for at, (key, points) in enumerate(series.items()):
            name = 'p%ds%d' % (p, at)
            script += block(name, sorted(points))
            plot.append('$%s using 1:2 with linespoints lw 2 pt %d ps 0.7 '
                        'lc rgb "%s" title %s'
                        % (name, mark(key), colour(key), quoted(key)))
        xs = [point[0] for points in series.values() for point in points]
        script += ['set title %s' % quoted(title), 'set xlabel %s' % quoted(x),
                   'set ylabel %s' % quoted(y), 'unset logscale']
        if log:
            script += ['set logscale xy', 'set format x "%.0s%c"'
                       if max(xs) > 1000 else 'set format x "%g"',
                       'set format y "%g"', 'set yrange [*:*]',
                       'set xrange [%g:%g]' % (min(xs) / 1.3, max(xs) * 1.3)]
        else:
            script += ['set format xy "%g"', 'set yrange [0:*]',
                       'set xtics 1', 'set xrange [%g:%g]'
                       % (min(xs) - 0.2, max(xs) + 0.2)]
        script += ['set key top left' if not log else
                   'set key outside right', 'plot ' + ', '.join(plot)]
    script.append('unset multiplot')
    return gnuplot(path, 620 * columns, 380 * lines, script)


def families(r):
    """Benchmarks of one name that differ in a number at its end: panels."""
    found = {}
    for name in r.names:
        match = re.fullmatch(r'(.*?)/?(\w+)=(\d+)', name)
        if match and int(match.group(3)) > 0:
            found.setdefault(match.group(1, 2), []).append(
                (int(match.group(3)), name))
    panels = []
    for (family, label), members in found.items():
        series = {}
        for key in r.programs:
            points = [(x, r.median(name, '1p', key)) for x, name in members]
            points = [(x, y) for x, y in points if y]
            if len(points) > 2:
                series[key] = points
        if series:
            panels.append((family + ', 1 P', label, 'ns', True, series))
    return panels


def ps_panels(r):
    """Speed over the number of Ps, where three or more were run."""
    settings = [s for s in r.settings if not Setting(s).shares]
    panels = []
    for name in r.names:
        base = r.median(name, '1p', 'Leat')
        have = [s for s in settings if r.median(name, s, 'Leat')]
        if len(have) < 3 or not base:
            continue
        series = {}
        for key in r.programs:
            points = [(Setting(s).procs, base / r.median(name, s, key))
                      for s in have if r.median(name, s, key)]
            if len(points) > 1:
                series[key] = points
        panels.append((name, 'Ps', 'speed, Leat at 1 P = 1', False, series))
    return panels


def memory_panels(r):
    series, made = {}, {}
    for m in r.data.get('memory', []):
        each = m['resident_bytes'] + m['page_table_bytes']
        if each > 0:
            series.setdefault(m['program'], []).append((m['n'], each))
            made.setdefault(m['program'], []).append((m['n'], m['made_ns']))
    if not series:
        return []
    return [('Memory of a parked task', 'tasks', 'bytes each', True, series),
            ('Time to start and park one', 'tasks', 'ns each', True, made)]


# ---- Lateness ---------------------------------------------------------------

def buckets(histogram):
    """Shares of all ticks, in buckets of a quarter of a power of two."""
    total = sum(count for _, count in histogram)
    found = {}
    for late, count in histogram:
        at = int(math.log2(max(late, 1)) * 4)
        found[at] = found.get(at, 0) + count
    first, last = min(found), max(found)
    return [(2 ** (at / 4), found.get(at, 0) / total * 100)
            for at in range(first - 1, last + 3)]


def ticker_histograms(r, path):
    settings = list(dict.fromkeys(t['setting']
                                  for t in r.data.get('ticker', [])))
    if not settings:
        return False
    script = ['set multiplot layout %d,1' % len(settings), 'set logscale xy',
              'set yrange [0.01:100]', 'set format x "%g"',
              'set format y "%g%%"', 'set ylabel "share of the ticks"',
              'set xlabel "microseconds late"', 'set xrange [1:*]',
              'set grid ytics lc rgb "#dddddd"', 'set key outside right']
    for p, setting in enumerate(settings):
        plot = []
        for at, t in enumerate(t for t in r.data['ticker']
                               if t['setting'] == setting):
            name = 'p%ds%d' % (p, at)
            script += block(name, [(x, max(share, 0.001))
                                   for x, share in buckets(t['histogram'])])
            plot.append('$%s using 1:2 with histeps lw 2 lc rgb "%s" title %s'
                        % (name, colour(t['program']), quoted(
                            '%s, worst %.1f ms' % (t['program'],
                                                   t['worst_us'] / 1000))))
        script += ['set title "A 1 ms ticker beside as many hogs as Ps, %s"'
                   % Setting(setting), 'plot ' + ', '.join(plot)]
    script.append('unset multiplot')
    return gnuplot(path, 1000, 380 * len(settings), script)


# ---- All of them ------------------------------------------------------------

def group_of(name):
    return next(key for key, _, pattern in GROUPS if re.match(pattern, name))


def draw(r, folder):
    """Draws what the results allow; a list of (title, path)."""
    if shutil.which('gnuplot') is None:
        complain('no gnuplot (Debian: apt-get install gnuplot-nox): '
                 'nothing is drawn')
        return []
    os.makedirs(folder, exist_ok=True)
    drawn = []

    def keep(title, name, how, *arguments):
        path = os.path.join(folder, name + '.svg')
        if how(*arguments, path):
            drawn.append((title, path))

    for key, title, _ in GROUPS:
        names = [n for n in r.names if group_of(n) == key
                 and r.go and any(r.ratio(n, s, r.go) for s in r.settings)]
        if names:
            keep('%s beside Go' % title, 'go-' + key, go_bars, r, names, title)
    for setting in ('1p', '2p', '2p1c'):
        names = [n for n in r.names
                 if any(r.ratio(n, setting, k) for k in r.others)]
        if names:
            keep('Every peer, %s' % Setting(setting), 'peers-' + setting,
                 peer_points, r, names, setting)
    for title, name, panels in (
            ('Over the number of Ps', 'ps', ps_panels(r)),
            ('Over sizes', 'sizes', families(r)),
            ('Memory over the number of tasks', 'parked', memory_panels(r))):
        if panels:
            keep(title, name, curves, panels)
    keep('Lateness of a ticker', 'ticker', ticker_histograms, r)
    return drawn
