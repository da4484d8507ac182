#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Runs Go's own test programs, compiled by gccgo, on Leat.

The programs are those marked `// run` in the folder test/ of Debian's
golang-1.19-src that pass when gccgo 12 compiles them with its own runtime;
gccgo/go-tests.txt names them. Each is compiled by leat-go and run in a folder
of its own. It passes when it ends with status 0 and has written what the .out
file beside it holds, or nothing where there is none: what Go's own runner
asks for. A time limit and a limit of memory keep one program from
harming the others.

usage: go-tests.py [--leat-go PATH] [--group NAME]... [--match GLOB]...
                   [--procs N] [--seeds N] [--jobs N] [--failing FILE]
"""
import argparse
import fnmatch
import os
import re
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

HERE = Path(__file__).resolve().parent.parent
FOLDERS = ["/usr/share/go-1.19/test", "/usr/lib/go-1.19/test"]
# Some programs run the go command, and expect what that of 1.19 does.
GO_BIN = "/usr/lib/go-1.19/bin"
COMMANDS = 6          # times the limit of others: they run compilers
# What the second group may import.
RUNTIME = {"runtime", "unsafe", "sync", "sync/atomic", "time", "errors"}
COMPILE_S = 60
RSS_MAX = 3 << 30     # bytes one program may have in memory
POLL_S = 0.05


def imports_of(text):
    """The packages a program imports."""
    head = re.sub(r"//[^\n]*|/\*.*?\*/", "", text, flags=re.S)
    found = set()
    for block in re.findall(r"^import\s*\(([^)]*)\)", head, re.M):
        found.update(re.findall(r'"([^"]+)"', block))
    found.update(re.findall(r'^import\s+(?:[\w.]+\s+)?"([^"]+)"', head,
                            re.M))
    return found


def group_of(imports):
    if not imports:
        return "import-free"
    return "runtime" if imports <= RUNTIME else "library"


class Program:
    def __init__(self, folder, name):
        self.name = name
        self.path = folder / name
        self.text = self.path.read_text(errors="replace")
        imports = imports_of(self.text)
        self.group = group_of(imports)
        self.runs_commands = "os/exec" in imports
        first = re.search(r"^// run(.*)$", self.text, re.M)
        self.args = [a for a in (first[1].split() if first else [])
                     if not a.startswith("-")]
        out = self.path.with_suffix(".out")
        self.expected = out.read_bytes() if out.exists() else b""


def memory_of(pid):
    """Bytes in memory of a process; 0 when it has ended."""
    try:
        with open(f"/proc/{pid}/statm") as f:
            return int(f.read().split()[1]) * resource.getpagesize()
    except (OSError, IndexError, ValueError):
        return 0


def limits():
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    os.setsid()


def run_limited(command, cwd, env, limit_s):
    """(status, output, why): status None when it was ended by us."""
    with tempfile.TemporaryFile() as out:
        process = subprocess.Popen(command, cwd=cwd, env=env, stdout=out,
                                   stderr=subprocess.STDOUT,
                                   stdin=subprocess.DEVNULL,
                                   preexec_fn=limits)
        why = watch(process, limit_s)
        out.seek(0)
        output = out.read(1 << 20)
    return (None if why else process.returncode), output, why


def watch(process, limit_s):
    end = time.monotonic() + limit_s
    why = None
    wait = 0.005
    while process.poll() is None and why is None:
        if time.monotonic() > end:
            why = f"ran over {limit_s} s"
        elif memory_of(process.pid) > RSS_MAX:
            why = f"took over {RSS_MAX >> 20} MiB"
        else:
            time.sleep(wait)
            wait = min(wait * 2, POLL_S)
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
    process.wait()
    return why


def judge(program, result):
    """None, or why it failed."""
    status, output, why = result
    if why:
        return why
    if status != 0:
        last = output.strip().split(b"\n")[:3]
        text = b" | ".join(last).decode(errors="replace")
        return f"status {status}: {text[:150]}"
    if output != program.expected:
        return "wrong output: " + \
            output[:100].decode(errors="replace").replace("\n", " | ")
    return None


class Runner:
    def __init__(self, args):
        self.args = args
        self.lock = threading.Lock()
        self.passed, self.failed = Counter(), Counter()
        self.why = {}

    def environments(self):
        """What each program is run under: [(label, variables)]."""
        base = {k: v for k, v in os.environ.items()
                if k not in ("LEATDEBUG", "LEATPROCS")}
        base["PATH"] = GO_BIN + ":" + base.get("PATH", "")
        base["GOTOOLCHAIN"] = "local"
        runs = [(f"LEATPROCS={n} ", {**base, "LEATPROCS": str(n)})
                for n in self.args.procs]
        runs += [(f"seed {n} ", {**base, "LEATDEBUG": f"seed={n}"})
                 for n in range(self.args.seeds)]
        return runs or [("", base)]

    def one(self, program):
        work = Path(tempfile.mkdtemp(prefix="leat-go-test-"))
        try:
            why = self.build_and_run(program, work)
        finally:
            shutil.rmtree(work, ignore_errors=True)
        with self.lock:
            (self.failed if why else self.passed)[program.group] += 1
            if why:
                self.why[program.name] = why
                print(f"FAIL {program.name}: {why}", flush=True)

    def build_and_run(self, program, work):
        exe = work / "program"
        status, output, why = run_limited(
            [self.args.leat_go, "build", "-o", str(exe), str(program.path)],
            work, dict(os.environ), COMPILE_S)
        if status != 0:
            return "does not compile: " + (why or output.decode(
                errors="replace").strip().split("\n")[-1][:150])
        limit = self.args.time * (COMMANDS if program.runs_commands else 1)
        for label, env in self.environments():
            result = run_limited([str(exe)] + program.args,
                                 program.path.parent, env, limit)
            why = judge(program, result)
            if why:
                return label + why
        return None


def choose(args, folder):
    names = (HERE / "gccgo/go-tests.txt").read_text().splitlines()
    names = [n for n in names if n and not n.startswith("#")]
    programs = [Program(folder, n) for n in names]
    if args.group:
        programs = [p for p in programs if p.group in args.group]
    if args.match:
        programs = [p for p in programs
                    if any(fnmatch.fnmatch(p.name, m) for m in args.match)]
    return programs


def read_known(path):
    """{name: reason} of the file of failing programs."""
    known = {}
    if path and path.exists():
        for line in path.read_text().splitlines():
            if line and not line.startswith("#"):
                name, _, reason = line.partition("  ")
                known[name] = reason.strip()
    return known


def report(runner, programs, known):
    print()
    for group in ("import-free", "runtime", "library"):
        good, bad = runner.passed[group], runner.failed[group]
        if good + bad:
            print(f"{group:12} {good:4} of {good + bad:4}")
    ran = {p.name for p in programs}
    for name in sorted(ran & set(known) - set(runner.why)):
        print(f"passes, but is named as failing: {name}")
    news = sorted(set(runner.why) - set(known))
    for name in news:
        print(f"FAIL {name}: {runner.why[name]}")
    total = sum(runner.passed.values())
    print(f"{total} passed, {len(news)} failed")
    return 1 if news else 0


def main():
    parser = argparse.ArgumentParser(description="Go's tests on Leat")
    parser.add_argument("--leat-go", default=HERE / "build/release/leat-go")
    parser.add_argument("--group", action="append", default=[])
    parser.add_argument("--match", action="append", default=[])
    parser.add_argument("--procs", action="append", type=int, default=[])
    parser.add_argument("--seeds", type=int, default=0)
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    parser.add_argument("--time", type=float, default=20)
    parser.add_argument("--failing", type=Path,
                        default=HERE / "gccgo/go-tests-failing.txt",
                        help="the programs that are known to fail")
    parser.add_argument("--write", action="store_true",
                        help="print lines for that file")
    args = parser.parse_args()
    args.leat_go = str(Path(args.leat_go).resolve())
    folder = next((Path(f) for f in FOLDERS if Path(f).is_dir()), None)
    if folder is None:
        print("go-tests: Go's test programs are not installed "
              "(Debian: golang-1.19-src)", file=sys.stderr)
        return 2
    programs = choose(args, folder)
    runner = Runner(args)
    with ThreadPoolExecutor(args.jobs) as pool:
        list(pool.map(runner.one, programs))
    if args.write:
        for name in sorted(runner.why):
            print(f"{name}  {runner.why[name]}")
    return report(runner, programs, read_known(args.failing))


if __name__ == "__main__":
    sys.exit(main())
