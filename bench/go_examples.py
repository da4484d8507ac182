#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Times the Go programs of examples/go: compiled by gccgo on Leat, by gccgo on
its own libgo, and by the go command.

Both gccgo builds have the same flags. Every round runs the three in turn, so
that a machine that grows slower does so for all; what counts is the median of
the wall time. All three must print the same.

usage: go_examples.py [--rounds N] [--leat-go PATH] [--procs N]...
"""
import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
# The programs and an argument that makes them run for about a second.
PROGRAMS = [("sieve", "1500"), ("pool", "300000"), ("words", "2000000")]
PEERS = ["leat", "libgo", "go"]
FLAGS = ["-O1", "-g"]


def build(name, folder, args):
    """{peer: program}; a peer whose compiler is missing is left out."""
    source = str(ROOT / "examples/go" / f"{name}.go")
    go = shutil.which("go") or "/usr/lib/go-1.19/bin/go"
    commands = {
        "leat": [args.leat_go, "build", "-O1", "-o"],
        "libgo": [args.gccgo, *FLAGS, "-o"],
        "go": [go, "build", "-o"],
    }
    env = dict(os.environ, GO111MODULE="off", GOFLAGS="", CGO_ENABLED="0",
               GOTOOLCHAIN="local",
               GOCACHE=str(ROOT / "build/go/cache"))
    built = {}
    for peer in PEERS:
        if shutil.which(commands[peer][0]) is None:
            print(f"{commands[peer][0]} is not there, {peer} is left out")
            continue
        out = f"{folder}/{name}-{peer}"
        subprocess.run(commands[peer] + [out, source], env=env, check=True)
        built[peer] = out
    return built


def run(program, argument, procs):
    env = dict(os.environ, LEATPROCS=str(procs), GOMAXPROCS=str(procs))
    begin = time.monotonic()
    done = subprocess.run([program, argument], env=env, check=True,
                          stdout=subprocess.PIPE)
    return time.monotonic() - begin, done.stdout


def compare(name, argument, built, procs, rounds):
    times = {peer: [] for peer in built}
    outputs = set()
    for _ in range(rounds):
        for peer, program in built.items():
            seconds, output = run(program, argument, procs)
            times[peer].append(seconds)
            outputs.add(output)
    if len(outputs) != 1:
        sys.exit(f"{name}: the programs do not print the same")
    median = {peer: statistics.median(t) for peer, t in times.items()}
    cells = [f"{median[p]:8.3f}" if p in median else "       -"
             for p in PEERS]
    ratios = [f"{median[p] / median['leat']:8.2f}" if p in median
              else "       -" for p in PEERS[1:]]
    print(f"{name:8} {procs:5} " + " ".join(cells + ratios), flush=True)


def main():
    parser = argparse.ArgumentParser(description="Go programs, three ways")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--leat-go",
                        default=str(ROOT / "build/release/leat-go"))
    parser.add_argument("--gccgo", default="gccgo-12")
    parser.add_argument("--procs", type=int, action="append")
    args = parser.parse_args()
    if not os.path.exists(args.leat_go):
        print("go examples: no leat-go (it needs gccgo-12), left out")
        return
    with tempfile.TemporaryDirectory() as folder:
        built = {name: build(name, folder, args) for name, _ in PROGRAMS}
        print(f"median seconds of {args.rounds} runs, and how many times "
              "faster Leat is")
        print("program  procs " + " ".join(
            f"{p:>8}" for p in PEERS + ["x libgo", "x go"]))
        for name, argument in PROGRAMS:
            for procs in args.procs or sorted({1, os.cpu_count()}):
                compare(name, argument, built[name], procs, args.rounds)


if __name__ == "__main__":
    main()
