# SPDX-License-Identifier: MIT
"""The programs that are compared: finding, building and calling them.

The idea: every program speaks the protocol of README.md, so that one class
serves them all. A program that cannot be built or found is named, with what
would bring it, and left out.
"""

import collections
import glob
import math
import os
import re
import resource
import shutil
import signal
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


class RunError(Exception):
    """A program did not answer as the protocol says."""


class NoAnswer(RunError):
    """It did not answer in time."""


def complain(text):
    print('compare.py: ' + text, file=sys.stderr, flush=True)


# ---- Where a program runs ---------------------------------------------------

class Setting:
    """A number of Ps and the CPUs they may use: '2p' is 2 Ps on 2 CPUs, '2p1c'
    2 Ps on one. The last of the allowed CPUs are taken: the first have more to
    do with interrupts."""

    pins = True  # whether programs are bound to CPUs at all

    def __init__(self, key):
        match = re.fullmatch(r'(\d+)p(?:(\d+)c)?', key)
        if not match or int(match.group(1)) < 1 or match.group(2) == '0':
            raise ValueError
        self.key = key
        self.procs = int(match.group(1))
        self.cpus = int(match.group(2) or self.procs)
        self.shares = self.cpus < self.procs  # fewer CPUs than Ps, by intent

    def cpu_set(self):
        return set(sorted(os.sched_getaffinity(0))[-self.cpus:])

    def bind(self):
        """In the child, before the program starts."""
        if Setting.pins:
            os.sched_setaffinity(0, self.cpu_set())

    def __str__(self):
        text = '%d P%s' % (self.procs, '' if self.procs == 1 else 's')
        if self.shares:
            text += ' on %d CPU%s' % (self.cpus, '' if self.cpus == 1 else 's')
        return text


def children_cpu_ns():
    """CPU time of all programs that have ended, and of theirs."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return int((usage.ru_utime + usage.ru_stime) * 1e9)


def can_pin():
    """Whether the kernel lets us bind a process to CPUs."""
    own = os.sched_getaffinity(0)
    try:
        os.sched_setaffinity(0, {min(own)})
        os.sched_setaffinity(0, own)
        return True
    except OSError:
        return False


# ---- One program ------------------------------------------------------------

class Peer:
    """One of the programs compared."""

    def __init__(self, key, program, procs_variable, parked_max=0, tasks=True):
        self.key = key  # names it in tables and logs
        self.program = program
        self.procs_variable = procs_variable
        self.parked_max = parked_max  # most it can park; 0: it parks nothing
        self.tasks = tasks            # false for what only computes
        self.names = []
        self.said = set()
        self.silent = collections.Counter()  # runs without an answer

    def call(self, args, setting, timeout):
        env = dict(os.environ)
        env[self.procs_variable] = str(setting.procs)
        try:
            # A session of its own, so that the servers it starts end with it.
            child = subprocess.Popen(
                [self.program] + args, env=env, stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                start_new_session=True, preexec_fn=setting.bind)
        except (OSError, subprocess.SubprocessError) as e:
            raise RunError(getattr(e, 'strerror', None) or str(e))
        try:
            out, err = child.communicate(timeout=timeout)
        except subprocess.TimeoutExpired:
            end_session(child)
            raise NoAnswer('no answer in %d s' % timeout)
        except BaseException:
            end_session(child)
            raise
        err = err.decode(errors='replace').strip()
        if child.returncode != 0:
            raise RunError('%s%s' % (status_text(child.returncode),
                                     ': ' + err if err else ''))
        if err and err not in self.said:
            self.said.add(err)
            complain('%s, %s: %s' % (self.key, args[0], err))
        return out.decode(errors='replace')

    def run(self, name, n, setting, timeout):
        """One run: the line as printed, N, nanoseconds as the program says,
        and those of CPU time of the whole process."""
        before = children_cpu_ns()
        args = [name] + (['auto', str(n[1])] if isinstance(n, tuple)
                         else [str(n)])
        out = self.call(args, setting, timeout)
        match = re.fullmatch(r'(\S+) (\d+) (\d+)\n', out)
        if not match or match.group(1) != name:
            raise RunError('not one line "%s N ns": %r' % (name, out[:200]))
        return (out, int(match.group(2)), int(match.group(3)),
                children_cpu_ns() - before)

    def memory(self, n, setting, timeout):
        """Parks n: (resident bytes, page table bytes, nanoseconds)."""
        out = self.call(['memory', str(n)], setting, timeout)
        match = re.fullmatch(r'memory (\d+) (-?\d+) (-?\d+) (\d+)\n', out)
        if not match or int(match.group(1)) != n:
            raise RunError('not a line "memory N ...": %r' % out[:200])
        return tuple(int(match.group(i)) for i in (2, 3, 4))

    def ticker(self, hogs, ms, setting, timeout):
        """How many microseconds late each tick was."""
        out = self.call(['ticker', str(hogs), str(ms)], setting, timeout)
        words = out.split()
        if words[:3] != ['ticker', str(hogs), str(ms)]:
            raise RunError('not a line "ticker ...": %r' % out[:200])
        return [int(word) for word in words[3:]]


def end_session(child):
    try:
        os.killpg(child.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
    child.communicate()


def status_text(code):
    if code < 0:
        return 'signal %d (%s)' % (-code, signal.strsignal(-code))
    return 'status %d' % code


# ---- Go ---------------------------------------------------------------------

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
    return Peer(version, target, 'GOMAXPROCS', 1000000)


def go_peers(toolchains, programs):
    peers = [Peer('Go' if i == 0 else 'Go%d' % (i + 1), path, 'GOMAXPROCS',
                  1000000) for i, path in enumerate(programs)]
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


# ---- The others -------------------------------------------------------------

def rust_peers(wanted):
    """tokio, crossbeam-channel and may, from one crate."""
    keys = [k for k in ('tokio', 'crossbeam', 'may') if k in wanted]
    if not keys:
        return []
    cargo = shutil.which('cargo')
    if cargo is None:
        complain('no cargo on PATH: %s left out' % ', '.join(keys))
        return []
    target = os.path.join(ROOT, 'build', 'rust')
    done = subprocess.run(
        [cargo, 'build', '--release', '--locked', '--quiet'],
        cwd=os.path.join(ROOT, 'bench', 'peers', 'rust'),
        env=dict(os.environ, CARGO_TARGET_DIR=target))
    if done.returncode != 0:
        complain('cargo cannot build the Rust peers: %s left out'
                 % ', '.join(keys))
        return []
    # may's stacks are two mappings each, of 65,530 that a process may have.
    parked = {'tokio': 1000000, 'crossbeam': 0, 'may': 10000}
    return [Peer(k, os.path.join(target, 'release', 'bench-' + k),
                 'PEERPROCS', parked[k]) for k in keys]


# What brings a peer that cannot be built.
HINTS = {
    'boost': ' (Debian: apt-get install libboost-fiber-dev)',
    'flat_map': ' (needs boost 1.81: bash tools/setup.sh bench)',
    'absl': ' (Debian: apt-get install libabsl-dev)',
}


def made_peers(wanted):
    """Boost.Fiber, threads and ucontext; the hash tables of boost and absl,
    and the sorting of C++; by the Makefile."""
    # A thread is the kernel's: some ten thousand are what it gives. Boost's
    # fibers touch three pages each. The last three have no tasks at all.
    parked = {'boost': 100000, 'pthread': 10000, 'ucontext': 1000000,
              'flat_map': 0, 'absl': 0, 'std': 0}
    peers = []
    for key in (k for k in parked if k in wanted):
        target = os.path.join('build', 'peers', 'bench-' + key)
        done = subprocess.run(
            ['make', '-s', '--no-print-directory', target], cwd=ROOT,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        if done.returncode == 0:
            peers.append(Peer(key, os.path.join(ROOT, target), 'PEERPROCS',
                              parked[key], parked[key] > 0))
            continue
        complain('%s cannot be built%s: left out: %s' % (
            key, HINTS.get(key, ''),
            done.stdout.decode(errors='replace')[:300].strip()))
    return peers


def leat_peer(path):
    if not os.access(path, os.X_OK):
        complain('no C program %s (make bench builds it): left out'
                 % os.path.relpath(path))
        return []
    return [Peer('Leat', path, 'LEATPROCS', 1000000)]


ALL_PEERS = ('go', 'tokio', 'crossbeam', 'may', 'boost', 'pthread', 'ucontext',
             'flat_map', 'absl', 'std')


def find_peers(args):
    """Leat first, then the peers that are wanted and can be had."""
    peers = leat_peer(args.c)
    if 'go' in args.peers:
        peers += go_peers(args.go, args.go_program)
    peers += rust_peers(args.peers) + made_peers(args.peers)
    able = []
    for peer in peers:
        try:
            peer.names = peer.call(['list'], Setting('1p'), 60).split()
            able.append(peer)
        except RunError as e:
            complain('%s cannot list its benchmarks (%s): left out'
                     % (peer.key, e))
    return able
