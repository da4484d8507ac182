#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The texts with which Leat can end a program or panic, out of src/, and which
of them docs/MESSAGES.md does not explain.

A text counts as explained when a code span of the document has it, with N in
place of a number, 0x... of an address and TEXT of a text. What the sources put
together while running (the bounds of slices) is not found here.

usage: messages.py [--list]      prints those that are missing; or all of them
"""
import argparse
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
DOCUMENT = "docs/MESSAGES.md"
LITERALS = r'((?:"(?:\\.|[^"\\])*"\s*)+)'
# What ends the program, panics or warns, and its text, or one of two.
CALLS = re.compile(
    r"\b(?:(?:leat__throw|leat_throw|leat_panic|leat__panic_text"
    r"|leat__panic_runtime|leat__chan_misuse|map_throw)\("
    r"|objects_bad_free\(p,|leat__printf\(2,)\s*"
    r"(?:\w+ \? )?" + LITERALS + r"(?:: " + LITERALS + ")?")
STRING = re.compile(r'"((?:\\.|[^"\\])*)"')
# Pieces of a report, which say nothing by themselves.
PIECES = re.compile(r"^(\[signal|runtime: sp=|%s|(leat: )?free of|gc: )")


def plain(text):
    """The text as the document writes it: on one line, without numbers."""
    text = re.sub(r"(\\n)+$", "", text).replace("\\n", " ")
    text = re.sub(r"%p|0x%lx", "0x...", re.sub(r"(%s)+", "TEXT", text))
    return re.sub(r"%[lz]*[dux]", "N", text).strip()


def texts_of(source):
    """The texts of all calls in one file's source."""
    for call in CALLS.finditer(source):
        for literals in filter(None, call.groups()):
            text = "".join(STRING.findall(literals))
            if text and not PIECES.match(text):
                yield plain(text)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--list", action="store_true")
    args = parser.parse_args()
    found = set()
    for path in sorted((ROOT / "src").rglob("*.[ch]")):
        found.update(texts_of(path.read_text()))
    document = ROOT / DOCUMENT
    # In a table a bar is written with a backslash.
    shown = document.read_text().replace("\\|", "|")
    missing = [t for t in sorted(found) if args.list or t not in shown]
    for text in missing:
        print(text)
    return 1 if missing and not args.list else 0


if __name__ == "__main__":
    sys.exit(main())
