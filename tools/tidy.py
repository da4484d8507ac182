#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Checks the rules of the house that a compiler does not.

Prints `path:line: message` for each breach and ends with status 1 if there is
any. The checks read text, line by line; they rely on the house's own layout
(the name of a function starts its line, its brace stands alone at column 0),
which is what keeps them short.

usage: tidy.py [--root DIR]
"""
import argparse
import re
import sys
from collections import defaultdict
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from layers import ROOMS, may_use  # noqa: E402

FUNCTION_LINES_MAX = 70
FILE_LINES_MAX = 1000
WIDTH = 80
# Tests hold expected texts, which are not worth breaking.
TEST_WIDTH = 100
# Spelt so that this line does not find itself.
MARKERS = re.compile(r"\b(FIX" + r"ME|TO" + r"DO|X" + r"XX)\b")
# One of these is compiled, whichever the machine is.
ARCH_SUFFIX = re.compile(r"_(x86_64|aarch64)\.c$")

breaches = []


def breach(path, line, message):
    breaches.append((str(path), line, message))


class Source:
    """A file: its lines, and the same without comments and strings."""

    def __init__(self, root, path):
        self.path = path.relative_to(root)
        self.text = path.read_text(errors="replace")
        self.lines = self.text.splitlines()
        self.code = strip_comments(self.text).splitlines()
        self.room = self.path.parts[1] if self.path.parts[0] == "src" else None


def strip_comments(text):
    """Blanks out comments and the inside of strings; lines stay in place."""
    def blank(match):
        found = match[0]
        if found[0] in "\"'":
            return found[0] + found[0]
        return "\n" * found.count("\n")
    return re.sub(r'//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"'
                  r"|'(?:\\.|[^'\\\n])*'", blank, text, flags=re.S)


def collect(root, folders, suffixes):
    found = []
    for folder in folders:
        for path in sorted((root / folder).rglob("*")):
            if path.suffix in suffixes and path.is_file():
                found.append(Source(root, path))
    return found


# ---- One file ---------------------------------------------------------------

def check_top(source):
    mark = "#" if source.path.suffix in (".py", ".sh") else "//"
    first = [i for i, line in enumerate(source.lines[:3])
             if line == f"{mark} SPDX-License-Identifier: MIT"]
    if not first:
        breach(source.path, 1, "lacks the SPDX line at its top")
    elif mark == "//":
        after = source.lines[first[0] + 1:first[0] + 2]
        if not after or not re.match(r"// *\S", after[0]):
            breach(source.path, first[0] + 2,
                   "lacks a comment that says what the file is")
        elif source.room and not after[0].startswith(
                f"// {source.path.relative_to('src')}: "):
            breach(source.path, first[0] + 2,
                   "does not begin with its name: // room/file.c: what it is")


def check_lines(source):
    is_test = source.path.parts[0] == "tests"
    width = TEST_WIDTH if is_test else WIDTH
    for number, line in enumerate(source.lines, 1):
        if len(line) > width:
            breach(source.path, number, f"is {len(line)} columns wide, "
                   f"{width} is the most")
        if line != line.rstrip():
            breach(source.path, number, "ends in blanks")
        if "\t" in line:
            breach(source.path, number, "has a tab")
    if len(source.lines) > FILE_LINES_MAX:
        breach(source.path, FILE_LINES_MAX, f"has {len(source.lines)} lines, "
               f"{FILE_LINES_MAX} is the most")


def check_markers(source):
    for number, line in enumerate(source.lines, 1):
        match = MARKERS.search(line)
        if match:
            breach(source.path, number, f"{match[0]}: do it, or file an issue")


def check_functions(source):
    name, start = None, 0
    for number, line in enumerate(source.code, 1):
        match = re.match(r"([A-Za-z_]\w*)\s*\(", line)
        if match and not line.endswith(";"):  # else a call or declaration
            name, start = match[1], number
        elif line.startswith("}") and name:
            length = number - start + 1
            if length > FUNCTION_LINES_MAX:
                breach(source.path, start, f"{name} has {length} lines, "
                       f"{FUNCTION_LINES_MAX} is the most")
            name = None
        elif line.endswith(";") and line[:1] not in (" ", "\t", ""):
            name = None


def check_layers(source):
    if source.room not in ROOMS:
        breach(source.path, 1, f"{source.room} is no room of tools/layers.py")
        return
    for number, line in enumerate(source.lines, 1):
        match = re.match(r'\s*#\s*include\s*"([^"/]+)/([^"]*)"', line)
        if not match:
            if re.match(r'\s*#\s*include\s*"', line):
                breach(source.path, number, "the include names no room")
            continue
        room, name = match[1], match[2]
        if room == "leat":
            continue
        if room not in ROOMS:
            breach(source.path, number, f"includes from {room}, no room")
        elif not may_use(source.room, source.path.name, room, name):
            breach(source.path, number, f"{source.room} may not use {room}: "
                   "it is not below")


# ---- All files together -----------------------------------------------------

def check_file_names(sources):
    seen = {}
    for source in sources:
        other = seen.setdefault(source.path.name, source.path)
        if other != source.path:
            breach(source.path, 1, f"{other} has the same name")


def defined_in(source):
    """(name, line) of what the file defines for itself: static functions and
    variables, macros, tags and constants. In leat.c they share one space."""
    found = []
    in_enum = False
    # A macro that is taken back leaves the space as it was.
    undone = set(re.findall(r"^\s*#\s*undef\s+(\w+)", source.text, re.M))
    for number, line in enumerate(source.code, 1):
        before = source.code[number - 2] if number > 1 else ""
        name = re.match(r"([A-Za-z_]\w*)\s*\(", line)
        if name and before.startswith("static"):
            found.append((name[1], number))
        variable = re.match(
            r"static\b[^=;({]*?\b([A-Za-z_]\w*)(\[[^\]]*\])*\s*(=.*|;)$", line)
        if variable:
            found.append((variable[1], number))
        macro = re.match(r"\s*#\s*define\s+(\w+)", line)
        if macro and macro[1] not in undone:
            found.append((macro[1], number))
        tag = re.match(r"(?:typedef\s+)?(?:struct|union|enum)\s+(\w+)\s*{",
                       line)
        if tag:
            found.append((tag[1], number))
        if re.match(r"(typedef\s+)?enum\b[^;]*{\s*$", line):
            in_enum = True
        elif line.startswith("}"):
            in_enum = False
        elif in_enum:
            constant = re.match(r"\s+([A-Za-z_]\w*)\s*(=|,|$)", line)
            if constant:
                found.append((constant[1], number))
    return found


def check_unique_statics(sources):
    places = defaultdict(dict)
    for source in sources:
        for name, line in defined_in(source):
            # The same name twice in one file is #if and #else.
            places[name].setdefault(source.path, line)
    for name, where in places.items():
        kinds = defaultdict(list)
        for path, line in where.items():
            kinds[ARCH_SUFFIX.sub(".c", str(path))].append((path, line))
        firsts = [spots[0] for spots in kinds.values()]
        for path, line in firsts[1:]:
            breach(path, line, f"{name} is also defined in {firsts[0][0]}")


def public_symbols(header):
    """(name, line) of the functions and function-like macros of a header."""
    found = []
    for number, line in enumerate(header.code, 1):
        macro = re.match(r"\s*#\s*define\s+(leat_\w+|LEAT_\w+)\(", line)
        if macro:
            found.append((macro[1], number))
        elif re.match(r"LEAT_API\b", line):
            whole = " ".join(header.code[number - 1:number + 3])
            function = re.search(r"\b(leat_\w+)\s*(\(|;|\[)", whole)
            if function:
                found.append((function[1], number))
    return [(name, line) for name, line in found
            if not name.lower().startswith("leat__")
            and not name.endswith("_")]


def has_comment_before(header, number):
    """Whether a comment stands over the paragraph the line is in."""
    i = number - 2
    while i >= 0 and header.lines[i].strip():
        if header.lines[i].lstrip().startswith(("//", "/*", "*")):
            return True
        i -= 1
    return False


def check_public(headers, tests):
    said = set()
    for test in tests:
        said.update(re.findall(r"\b(?:leat|LEAT)_\w+", test.text))
    seen = set()
    for header in headers:
        for name, number in public_symbols(header):
            if name in seen:
                continue
            seen.add(name)
            if not has_comment_before(header, number):
                breach(header.path, number, f"{name} has no comment")
            if name not in said:
                breach(header.path, number, f"{name} appears in no test")


# ---- What comments and documents name ---------------------------------------

# Documents about the code as it is. (The others show code that is not ours.)
NAMING_DOCS = ["docs/ARCHITECTURE.md", "docs/TESTING.md",
               "docs/performance.md", "docs/internals", "docs/design"]
# Named, but not ours: of Linux, Go, gcc, and the formats of debug/.
FOREIGN = set("""
    on_cpu process_madvise process_vm_readv max_user_watches si_signo
    MADV_COLLAPSE SO_BUSY_POLL rt_sigreturn eh_frame_hdr debug_aranges
    GNU_window_save _dl_find_object _Unwind_Backtrace _Unwind_Find_FDE
    __cxa_demangle active_spin active_spin_cnt gosched_m FFI_UNIX64 FFI_SYSV
    __write sort_points sort_points_stable
    """.split())
FOREIGN_FILES = {"leat.c"}  # made by `make dist`
COMMENT = re.compile(r"//[^\n]*|/\*.*?\*/"
                     r"|(\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\\n])*')", re.S)
NAME = re.compile(r"(?<![\w/-])(?![A-Z]\d?_\b)[A-Za-z_]\w*_\w*")
FILE = re.compile(r"(?<![\w/.<-])(?:\w+/)*\w+\.[ch]\b")


def comments(source):
    """(line number, text) of the comments of a file but for examples, which
    are indented; of a document, all but its fenced blocks."""
    if source.path.suffix != ".md":
        for number, line in enumerate(source.lines, 1):
            match = re.match(r'(?:[^"/]|"(?:\\.|[^"\\])*"|/(?!/))*//(.*)', line)
            if match and not match[1].startswith(" " * 5):
                yield number, match[1]
        return
    fenced = False
    for number, line in enumerate(source.lines, 1):
        if line.startswith("```"):
            fenced = not fenced
        elif not fenced:
            yield number, line


class Known:
    """What the code of the tree has names for."""

    def __init__(self, root, sources):
        self.files = {str(path.relative_to(root))
                      for folder in ("src", "include", "tests", "apps",
                                     "examples", "bench", "gccgo")
                      for path in (root / folder).rglob("*.[ch]*")}
        words = set()
        for source in sources:
            text = source.text
            if source.path.suffix in (".c", ".h", ".cc"):
                # Strings stay: they name settings, and parts of formats.
                text = COMMENT.sub(lambda m: m[1] or " ", text)
            words.update(re.findall(r"\w+", text))
        words.update(Path(name).stem for name in self.files)
        # Parts of a name that are said for it: its end, where the first of
        # it is understood (map's get_ok), and its beginning (fault_scene_*).
        self.ends, self.begins = set(), set()
        for word in words:
            for at in [0] + [m.end() for m in re.finditer("_+", word)]:
                self.ends.add(word[at:])
            self.begins.update(word[:m.end()]
                               for m in re.finditer("_+", word))

    def name(self, name):
        return name in FOREIGN or name in self.ends or \
            name.endswith("_") and any(
                begin.endswith(name) for begin in self.begins)

    def file(self, name):
        return name in FOREIGN_FILES or name in self.files or any(
            known.endswith("/" + name) for known in self.files)


def check_names_said(source, known):
    for number, text in comments(source):
        for name in NAME.findall(text):
            # NAME in a name stands for any.
            if "NAME" not in name and not name.startswith("name__") and \
                    not known.name(name):
                breach(source.path, number, f"{name} is nowhere in the code")
        for name in FILE.findall(text):
            if "NAME" not in name and not known.file(name):
                breach(source.path, number, f"there is no file {name}")


def main():
    parser = argparse.ArgumentParser(description="Checks the house rules.")
    parser.add_argument("--root", type=Path,
                        default=Path(__file__).resolve().parent.parent)
    root = parser.parse_args().root.resolve()

    library = collect(root, ["src"], {".c", ".h"})
    headers = collect(root, ["include"], {".h"})
    tests = collect(root, ["tests"], {".c", ".h", ".cc"})
    others = collect(root, ["apps", "examples", "bench", "gccgo"],
                     {".c", ".h"})
    scripts = collect(root, ["tools", "tests", "bench"], {".py", ".sh"})

    for source in library + headers + tests + others:
        check_top(source)
        check_lines(source)
        check_markers(source)
        check_functions(source)
    for source in scripts:
        check_top(source)
        check_markers(source)
    for source in library:
        check_layers(source)
    check_file_names(library)
    check_unique_statics(library)
    check_public(headers, tests)

    guests = [source for source in others if source.path.parts[0] == "gccgo"]
    documents = [Source(root, path) for place in NAMING_DOCS
                 for path in [root / place, *(root / place).glob("*.md")]
                 if path.is_file()]
    rest = collect(root, ["bench", "gccgo"], {".go", ".cc"})
    makefile = [Source(root, path) for path in root.glob("Makefile")]
    # All but this file, where FOREIGN stands.
    rest += [source for source in scripts if source.path.name != "tidy.py"]
    known = Known(root, library + headers + tests + others + rest + makefile)
    for source in library + headers + guests + documents:
        check_names_said(source, known)

    for path, line, message in sorted(breaches):
        print(f"{path}:{line}: {message}")
    if breaches:
        print(f"tidy: {len(breaches)} breaches", file=sys.stderr)
    return 1 if breaches else 0


if __name__ == "__main__":
    sys.exit(main())
