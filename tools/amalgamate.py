#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Writes the library as one leat.h and one leat.c, for embedding.

leat/sort.h is a template, which a program includes once for each sort it
wants: it is written beside them, as a file of its own, and needs leat.h only.

The idea: a textual include is replaced by the file it names, once. Project
headers keep their guards, so a header that is first seen inside an #if can be
written again later without harm; only what is seen outside every condition
counts as written. The same holds for <system> headers. Nothing is rewritten,
so what a reader finds in leat.c is what stands in the tree.

The order of the sources is that of the rooms (tools/layers.py), and by name
inside a room. Statics have names that are unique in the tree (tools/tidy.py
sees to it); that is what makes one file possible.

usage: amalgamate.py [--root DIR] [--out DIR] [SOURCE...]
"""
import argparse
import re
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from layers import layer_of  # noqa: E402

INCLUDE = re.compile(r'\s*#\s*include\s*([<"])([^>"]+)[>"]')
OPENING = re.compile(r"\s*#\s*if(n?def)?\b")
CLOSING = re.compile(r"\s*#\s*endif\b")

INTRO = """\
// SPDX-License-Identifier: MIT
// {name}: the Leat library in one file, made by `make dist`. Put leat.h and
// leat.c into your program and build: cc prog.c leat.c -pthread
"""
FEATURES = """\
#ifndef _GNU_SOURCE
#define _GNU_SOURCE 1
#endif
#include "leat.h"
"""


def guard_of(lines):
    """The index of the guard's #ifndef, or None: the first directive must be
    an #ifndef and the next the #define of the same name."""
    found = [(i, line) for i, line in enumerate(lines)
             if re.match(r"\s*#", line)][:2]
    if len(found) < 2:
        return None
    test = re.match(r"\s*#\s*ifndef\s+(\w+)", found[0][1])
    name = re.match(r"\s*#\s*define\s+(\w+)", found[1][1])
    if test and name and test[1] == name[1]:
        return found[0][0]
    return None


class Writer:
    """One output file. `known` are the headers that need no writing."""

    def __init__(self, root, search, known=()):
        self.root, self.search = root, search
        self.written = set(known)
        self.system = set()
        self.out = []

    def find(self, name, folders):
        for folder in folders:
            path = folder / name
            if path.is_file():
                return path.resolve()
        return None

    def add(self, path, depth=0):
        """Writes the file; depth counts the conditions around it."""
        text = path.read_text()
        lines = text.splitlines()
        guard = guard_of(lines)
        for number, line in enumerate(lines):
            if OPENING.match(line) and number != guard:
                depth += 1
            # The guard's own #endif takes depth to -1 relative to the start,
            # which nothing reads: it is the last directive of the file.
            elif CLOSING.match(line):
                depth -= 1
            match = INCLUDE.match(line)
            if match is None:
                self.out.append(line)
            else:
                self.include(line, match, path, depth)

    def include(self, line, match, path, depth):
        name = match[2]
        # <name> is not looked for beside the file: os/poll.h is not <poll.h>.
        beside = [path.parent] if match[1] == '"' else []
        found = self.find(name, beside + self.search)
        if found is None:
            if match[1] == '"':
                sys.exit(f"{path}: cannot find \"{name}\"")
            if name not in self.system:
                self.out.append(line)
            if depth == 0:
                self.system.add(name)
            return
        if found in self.written:
            return
        # A file without a guard is a list, meant to be read at each place.
        if depth == 0 and guard_of(found.read_text().splitlines()) is not None:
            self.written.add(found)
        self.add(found, depth)

    def text(self):
        return re.sub(r"\n{3,}", "\n\n", "\n".join(self.out)) + "\n"


def discover(root):
    sources = sorted((root / "src").glob("*/*.c"))
    for source in sources:
        if layer_of(source.parent.name, source.name) is None:
            sys.exit(f"{source}: no such room in tools/layers.py")
    return sorted(sources, key=lambda s: (
        layer_of(s.parent.name, s.name), s.parent.name, s.name))


def main():
    parser = argparse.ArgumentParser(description="Writes leat.h and leat.c.")
    parser.add_argument("--root", type=Path,
                        default=Path(__file__).resolve().parent.parent)
    parser.add_argument("--out", type=Path, default=Path("dist"))
    parser.add_argument("sources", nargs="*", type=Path)
    args = parser.parse_args()
    root = args.root.resolve()

    header = Writer(root, [root / "include"])
    top = (root / "include/leat.h").resolve()
    header.written.add(top)
    header.add(top)

    source = Writer(root, [root / "src", root / "include"], header.written)
    for path in args.sources or discover(root):
        source.out.append("")
        source.out.append(f"// ---- {path.resolve().relative_to(root)}")
        source.out.append("")
        source.add(path.resolve())

    (args.out / "leat").mkdir(parents=True, exist_ok=True)
    licence = "".join(f"// {line}".rstrip() + "\n" for line in
                      (root / "LICENSE").read_text().splitlines())
    template = (root / "include/leat/sort.h").read_text()
    (args.out / "leat/sort.h").write_text(
        template.replace("#include <leat/base.h>", "#include <leat.h>"))
    # leat.h last: make takes its time stamp for that of all.
    (args.out / "leat.c").write_text(
        INTRO.format(name="leat.c") + "//\n" + licence + FEATURES
        + source.text())
    (args.out / "leat.h").write_text(
        INTRO.format(name="leat.h") + "// The licence stands in leat.c.\n"
        + header.text())


if __name__ == "__main__":
    main()
