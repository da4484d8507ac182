#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Writes src/str/rune_table.h from the files of the Unicode consortium.

It reads UnicodeData.txt (what a rune is, and its other cases), CaseFolding.txt
(which runes are equal but for their case, and the version) as Debian's package
unicode-data installs them; `bash tools/setup.sh unicode` does so. Code points
that are not assigned are in no class and have no other case.

usage: unicode.py [--data DIR] [--out FILE]     FILE - is the standard output
"""
import argparse
import re
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent.parent
RUNES = 0x110000
WIDTH = 79
# What the runes of a general category are here. The rest is OTHER: format,
# surrogate, private, unassigned, line and paragraph separators.
CLASSES = ["OTHER", "CONTROL", "UPPER", "LOWER", "TITLE", "LETTER", "MARK",
           "DIGIT", "NUMBER", "PUNCT", "SYMBOL", "SPACE"]
CATEGORIES = {"Cc": "CONTROL", "Lu": "UPPER", "Ll": "LOWER", "Lt": "TITLE",
              "Lm": "LETTER", "Lo": "LETTER", "Nd": "DIGIT", "Nl": "NUMBER",
              "No": "NUMBER", "Zs": "SPACE"}
MAJOR = {"M": "MARK", "P": "PUNCT", "S": "SYMBOL"}

HEAD = """\
// SPDX-License-Identifier: MIT
// str/rune_table.h: what runes are and their other cases, Unicode {version}.
//
// Written by tools/unicode.py from UnicodeData.txt and CaseFolding.txt of
// Debian's package unicode-data: `python3 tools/unicode.py` writes it again.
// Made of Unicode's data files, which are (c) 2022 Unicode, Inc.; their terms
// of use are at https://www.unicode.org/terms_of_use.html.
//
// Only str/rune_class.c includes it, which says how the tables are read.
#ifndef LEAT_STR_RUNE_TABLE_H
#define LEAT_STR_RUNE_TABLE_H

#include <stdint.h>

#define RUNE_TABLE_VERSION "{version}"
"""


def class_of(category):
    name = CATEGORIES.get(category) or MAJOR.get(category[0], "OTHER")
    return CLASSES.index(name)


def read_data(path):
    """The class of every rune, and {rune: (upper, lower, title)}."""
    classes = [CLASSES.index("OTHER")] * RUNES
    cases = {}
    first = None
    for line in path.read_text(encoding="utf-8").splitlines():
        field = line.split(";")
        rune = int(field[0], 16)
        if field[1].endswith(", First>"):
            first = rune
            continue
        start = first if field[1].endswith(", Last>") else rune
        for r in range(start, rune + 1):
            classes[r] = class_of(field[2])
        upper, lower, title = (int(f, 16) if f else None
                               for f in field[12:15])
        # Without a title case of its own, a rune's is its upper case.
        upper = rune if upper is None else upper
        title = upper if title is None else title
        lower = rune if lower is None else lower
        if (upper, lower, title) != (rune, rune, rune):
            cases[rune] = (upper, lower, title)
    return classes, cases


def read_folding(path):
    """The version, and {rune: next rune of its orbit}."""
    text = path.read_text(encoding="utf-8")
    version = re.match(r"# CaseFolding-([0-9.]+)\.txt", text)[1]
    orbits = {}
    for line in text.splitlines():
        match = re.match(r"(\w+); [CS]; (\w+);", line)
        if match:
            rune, folded = int(match[1], 16), int(match[2], 16)
            orbits.setdefault(folded, {folded}).add(rune)
    following = {}
    for orbit in map(sorted, orbits.values()):
        for i, rune in enumerate(orbit):
            following[rune] = orbit[(i + 1) % len(orbit)]
    return version, following


def class_runs(classes):
    """Where another class begins: first << 8 | class."""
    return [r << 8 | classes[r] for r in range(RUNES)
            if r == 0 or classes[r] != classes[r - 1]]


def pairs_to(cases, rune):
    """The end of the run of pairs, upper then lower case, that begins here."""
    def pair(r):
        return cases.get(r) == (r, r + 1, r) and \
            cases.get(r + 1) == (r, r + 1, r)
    end = rune
    while pair(end):
        end += 2
    return end


def case_runs(cases):
    """[(first, last, by how much upper, lower, title are away, or None)]."""
    runs = []
    rune = 0
    while rune < RUNES:
        if rune not in cases:
            rune += 1
            continue
        end = pairs_to(cases, rune)
        if end > rune:
            runs.append((rune, end - 1, None))
            rune = end
            continue
        away = [to - rune for to in cases[rune]]
        end = rune + 1
        while end in cases and pairs_to(cases, end) == end and \
                [to - end for to in cases[end]] == away:
            end += 1
        runs.append((rune, end - 1, away))
        rune = end
    return runs


def odd_folds(cases, following):
    """Where the next of the orbit is not what the other cases say: the lower
    case or, if it is that, the upper case."""
    odd = []
    for rune in sorted(cases.keys() | following.keys()):
        upper, lower, _ = cases.get(rune, (rune, rune, rune))
        usual = lower if lower != rune else upper
        fold = following.get(rune, rune)
        if fold != usual:
            odd.append((rune, fold))
    return odd


def wrapped(items):
    lines, line = [], "   "
    for item in items:
        if len(line) + 2 + len(item) > WIDTH:
            lines.append(line)
            line = "   "
        line += f" {item},"
    return "\n".join(lines + [line])


def table(comment, declaration, items):
    return f"\n{comment}\n{declaration} = {{\n{wrapped(items)}\n}};\n"


def generate(data):
    classes, cases = read_data(data / "UnicodeData.txt")
    version, following = read_folding(data / "CaseFolding.txt")
    names = wrapped(f"RUNE_{name}" for name in CLASSES).rstrip(",")
    return "".join([
        HEAD.format(version=version),
        f"\nenum rune_class {{\n{names}\n}};\n",
        table("// The classes of the first runes.",
              "static const uint8_t rune_latin1[256]",
              (str(c) for c in classes[:256])),
        table("// Where another class begins: first << 8 | class.",
              "static const uint32_t rune_classes[]",
              (f"0x{run:X}" for run in class_runs(classes))),
        """
// From first to last: by how much the upper, lower and title case are away. Or
// pairs, each of an upper case and, behind it, its lower case.
#define RUNE_PAIRS INT32_MAX
struct rune_cases {
    int32_t first, last;
    int32_t away[3];
};
""",
        "static const struct rune_cases rune_cases[] = {\n",
        wrapped(f"{{0x{a:X}, 0x{b:X}, {{" +
                ("RUNE_PAIRS, 0, 0" if away is None
                 else ", ".join(map(str, away))) + "}}"
                for a, b, away in case_runs(cases)),
        "\n};\n",
        table("// The next of those that are equal but for their case, where it"
              " is neither the\n// lower nor, for a lower case, the upper case.",
              "static const int32_t rune_folds[][2]",
              (f"{{0x{a:X}, 0x{b:X}}}"
               for a, b in odd_folds(cases, following))),
        "\n#endif\n"])


def main():
    parser = argparse.ArgumentParser(
        description="Writes src/str/rune_table.h.")
    parser.add_argument("--data", type=Path, default="/usr/share/unicode")
    parser.add_argument("--out", default=HERE / "src/str/rune_table.h")
    args = parser.parse_args()
    text = generate(args.data)
    if args.out == "-":
        sys.stdout.write(text)
    else:
        Path(args.out).write_text(text)


if __name__ == "__main__":
    main()
