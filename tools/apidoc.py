#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Makes the reference from the comments of the public headers.

The headers are the only source: docs/api/*.md for readers of the repository
and section 3 manual pages, one a header and a link for every public name.

What it relies on is the house's own layout. A comment at the start of a line
describes all declarations that follow it up to the next blank line or
comment. `// Title -----` starts a section; lines that follow at once are about
all of it. Lines of a comment that are indented by four blanks are code. One that is indented by two starts an item of
a list: a name, two blanks or more, and what it is, with the lines below it
indented further. Names with two underscores are private.

usage: apidoc.py [--root DIR] [--markdown DIR] [--man DIR] [--check]

--check compares docs/api with what would be written, and ends with status 1
when they differ or when a public name has no description.
"""
import argparse
import re
import sys
import textwrap
from pathlib import Path

PRIVATE = re.compile(r"(leat|LEAT)__|LEAT_(\w+_)?H$|LEAT_API$")
SECTION = re.compile(r"// (\w.*?) -{5,}$")
# A declaration without a comment of its own says what it is by these.
OWN_WORDS = re.compile(r"//\s*\w")


class Entry:
    """Declarations that share one comment."""

    def __init__(self, comment):
        self.comment = comment
        self.raw = ""       # the declarations as they stand in the header
        self.code = []
        self.names = []     # functions, macros, structs and enums
        self.constants = []  # enum constants

    def described(self):
        return bool(self.comment) or any(OWN_WORDS.search(c)
                                         for c in self.code)


class Header:
    """The parsed header: what it is, and its entries under their sections."""

    def __init__(self, path):
        self.path = path
        self.stem = path.stem
        self.sections = [["", [], []]]  # title, entries, its own words
        lines = path.read_text().splitlines()
        top = []
        for line in lines[1:]:
            if not line.startswith("//"):
                break
            top.append(line)
        self.title, self.intro = split_top(strip_comment(top))
        self.parse(lines[1 + len(top):])

    def entries(self):
        return [e for _, entries, _ in self.sections for e in entries]

    def parse(self, lines):
        comment, entry, i = [], None, 0
        cplusplus = 0
        while i < len(lines):
            line = lines[i]
            i += 1
            if re.match(r"#\s*ifdef __cplusplus", line):
                cplusplus = 1
            elif cplusplus and re.match(r"#\s*(else|endif)", line):
                cplusplus = 0
            elif cplusplus:
                continue
            elif SECTION.match(line):
                self.sections.append([SECTION.match(line)[1], [], []])
                comment, entry = [], None
                while i < len(lines) and lines[i].startswith("//"):
                    self.sections[-1][2].append(lines[i])
                    i += 1
            elif line.startswith("//"):
                comment = [] if entry else comment
                entry = None
                comment.append(line)
            elif not line.strip():
                comment, entry = [], None
            else:
                text, i = whole(lines, i - 1)
                found = declared(text)
                if not found:
                    continue
                if entry is None:
                    entry = Entry(strip_comment(comment))
                    self.sections[-1][1].append(entry)
                code, names, constants = found
                entry.raw += text
                entry.code.append(code)
                entry.names += [n for n in names if n not in entry.names]
                entry.constants += constants

    def drop_repeats(self):
        """A struct that is only announced belongs to who describes it."""
        for _, entries, _ in self.sections:
            entries[:] = [e for e in entries if e.described()
                          or not all(re.fullmatch(r"struct \w+;", c)
                                     for c in e.code)]
        self.sections = [s for s in self.sections if s[1] or not s[0]]

    def refer(self):
        """Declarations without a comment are sent to the one that speaks of
        them: whose comment names them, or which their own text names."""
        for entry in self.entries():
            if entry.described():
                continue
            if any(names(line, n) for n in entry.names for line in self.intro):
                entry.comment = ["See the top of this page."]
            for other in self.entries():
                if other.described() and other.names and other is not entry \
                        and speaks_of(other, entry):
                    entry.comment = [f"See {other.names[0]}."]
                    break


def names(text, name):
    return re.search(rf"\b{name}\b", text) is not None


def speaks_of(other, entry):
    return any(names(line, n) for n in entry.names for line in other.comment) \
        or any(names(entry.raw, n) for n in other.names)


def split_top(lines):
    """The file's first sentence without its name, and the rest."""
    text = " ".join(lines)
    match = re.match(r"[\w/.]+: (.*?)[.]( |$)", text)
    title = match[1] if match else text
    body = "\n".join(lines)
    cut = re.match(r"[\w/.\s]+: .*?[.](\s|$)", body, re.S)
    rest = body[cut.end():] if cut else ""
    return title, rest.strip("\n").split("\n") if rest.strip() else []


def strip_comment(lines):
    return [re.sub(r"^// ?", "", line) for line in lines]


def whole(lines, i):
    """The declaration that starts in line i, and the number of the line
    behind it."""
    first = i
    if lines[i].startswith("#"):
        while lines[i].endswith("\\"):
            i += 1
    elif re.match(r"(struct|enum|union)\b[^;]*{", lines[i]):
        while not re.search(r"}[^;]*;", lines[i]):
            i += 1
    elif lines[i].startswith("LEAT_API"):
        while ";" not in lines[i]:
            i += 1
    return "\n".join(lines[first:i + 1]), i + 1


def declared(text):
    """(code to show, names, constants) of a public declaration, or None."""
    macro = re.match(r"#\s*define\s+(\w+)(\([^)]*\))?(.*)", text)
    if macro:
        return declared_macro(macro)
    struct = re.match(r"(struct|enum)\s+(\w+)\s*(;|{)", text)
    if struct:
        return declared_type(text, struct)
    anonymous = re.match(r"enum\s*{", text)
    if anonymous:
        constants = constants_of(text)
        return (text, [], constants) if constants else None
    if text.startswith("LEAT_API"):
        flat = " ".join(text.split())
        flat = re.sub(r"^LEAT_API |LEAT__NORETURN |LEAT__MUST_USE ", "", flat)
        flat = re.sub(r" LEAT__PRINTF\([^)]*\)| __attribute__\(.*\)(?=;)",
                      "", flat)
        name = re.search(r"\b((?:leat|LEAT)_\w+)\s*\((?!\w+\) leat_)",
                         flat.replace("leat_chan(", "leat_chan<"))
        if name and not PRIVATE.match(name[1]):
            return wrap_code(flat), [name[1]], []
    return None


def declared_macro(macro):
    name, arguments, value = macro[1], macro[2], macro[3].strip(" \\")
    if PRIVATE.match(name) or not re.match(r"(leat|LEAT)_", name):
        return None
    # A function that is also compiled in is described where it is declared.
    if re.match(r"leat__\w+_here\(", value):
        return None
    if arguments and name == name.lower():
        return f"{name}{arguments}", [name], []
    if arguments:
        return f"#define {name}{arguments}", [name], []
    if name == name.lower():
        return name, [name], []
    return f"#define {name} {value}".rstrip(), [name], []


def declared_type(text, match):
    if PRIVATE.match(match[2]):
        return None
    constants = constants_of(text) if match[1] == "enum" else []
    text = re.sub(r"\n#.*", "", text)
    return text, [match[2]], constants


def constants_of(text):
    body = re.sub(r"//[^\n]*", "", text[text.index("{") + 1:])
    return [n for n in re.findall(r"\b(LEAT_\w+)\b(?=\s*(?:=|,|}|\n))", body)
            if not PRIVATE.match(n)]


def wrap_code(text):
    """Broken behind commas and the first parenthesis only."""
    tied = re.sub(r"(?<!,) ", "\0", text.replace("( ", "("))
    lines = textwrap.wrap(tied.replace("(", "( ", 1), 78,
                          subsequent_indent="    ", break_long_words=False,
                          break_on_hyphens=False)
    return "\n".join(lines).replace("( ", "(").replace("\0", " ")


ITEM = re.compile(r"  (\S+)\s{2,}(\S.*)")


def blocks(lines):
    """The text as ("text", paragraph), ("code", lines) and ("item", (name,
    text))."""
    found, kind, current = [], None, []

    def flush():
        if current:
            found.append((kind, list(current)))
            current.clear()
    for line in lines:
        now = "code" if line.startswith("    ") else "text"
        if ITEM.match(line):
            flush()
            now = "item"
        elif kind == "item" and current and now == "code":
            now = "item"
        if not line.strip() or (now != kind and current):
            flush()
        if line.strip():
            kind = now
            current.append(line[4:] if now == "code" else line)
    flush()
    return [(k, block_content(k, ls)) for k, ls in found]


def block_content(kind, lines):
    if kind == "code":
        return lines
    if kind == "text":
        return " ".join(lines)
    name, text = ITEM.match(lines[0]).groups()
    return name, " ".join([text] + [line.strip() for line in lines[1:]])


# ---- The table of errors ------------------------------------------------------

def errors_of(header):
    return re.findall(r'X\((LEAT_\w+), (-\d+), "([^"]*)"\)',
                      header.path.read_text())


# ---- Markdown ----------------------------------------------------------------

WARNING = ("<!-- Made from include/leat/{}.h by tools/apidoc.py (make docs); "
           "not to be edited. -->")


def marked(text):
    """Names in running text as code, and what Markdown would take for more."""
    text = text.replace("*", "\\*").replace("<", "&lt;")
    return re.sub(r"`([^`]*)`|((?:\b(?:leat|LEAT)_|\b__)\w+(?:\([^()]*\))?)",
                  lambda m: "`" + (m[1] or m[2]).replace("\\*", "*")
                  .replace("&lt;", "<") + "`", text)


def markdown_text(lines):
    out = []
    for kind, content in blocks(lines):
        if kind == "code":
            out += ["```c"] + content + ["```", ""]
        elif kind == "item":
            # The items of one list stand below each other.
            if out[-2:-1] and out[-2].startswith("- "):
                out.pop()
            name, text = content
            out += [textwrap.fill(f"- `{name}`: {marked(text)}", 78,
                                  subsequent_indent="  ",
                                  break_long_words=False,
                                  break_on_hyphens=False), ""]
        else:
            out += [textwrap.fill(marked(content), 78,
                                  break_long_words=False,
                                  break_on_hyphens=False), ""]
    return out


def markdown_entry(entry):
    names = entry.names or entry.constants[:1]
    out = ["### " + ", ".join(f"`{n}`" for n in names), ""]
    anchors = "".join(f'<a id="{n}"></a>'
                      for n in entry.names + entry.constants)
    out += [anchors, "", "```c"]
    out += "\n".join(entry.code).splitlines() + ["```", ""]
    return out + markdown_text(entry.comment)


def markdown_page(header):
    out = [WARNING.format(header.stem), f"# leat/{header.stem}.h", "",
           marked(capital(header.title)) + ".", ""]
    out += markdown_text(header.intro)
    for title, entries, words in header.sections:
        if title:
            out += [f"## {title}", ""] + markdown_text(strip_comment(words))
        for entry in entries:
            out += markdown_entry(entry)
    errors = errors_of(header)
    if errors:
        out += ["## Errors", "", "| name | value | message |", "|---|---|---|"]
        out += [f'| <a id="{n}"></a>`{n}` | {v} | {t} |'
                for n, v, t in errors] + [""]
    return "\n".join(out).rstrip() + "\n"


def markdown_index(headers):
    out = ["<!-- Made by tools/apidoc.py (make docs); not to be edited. -->",
           "# Reference", "",
           "Programs include `<leat.h>`, which includes all of these.",
           "The same text is there as manual pages: `make docs` writes them",
           "to build/man, `make install` installs them (`man leat_chan`).", "",
           "| header | what it has |", "|---|---|"]
    for h in headers:
        out.append(f"| [leat/{h.stem}.h]({h.stem}.md) | "
                   f"{marked(capital(h.title))} |")
    out += ["", "## Every name", ""]
    names = sorted((n.lower(), n, h.stem) for h in headers
                   for n in names_of(h))
    out += [f"- [`{n}`]({stem}.md#{n})" for _, n, stem in names]
    return "\n".join(out) + "\n"


def capital(text):
    if re.match(r"\w+_", text):
        return text
    return text[:1].upper() + text[1:]


def names_of(header):
    names = [n for e in header.entries() for n in e.names + e.constants]
    names += [n for n, _, _ in errors_of(header)]
    return list(dict.fromkeys(names))


# ---- Manual pages ------------------------------------------------------------

def roff(text):
    text = text.replace("\\", "\\e").replace("-", "\\-")
    return "\\&" + text if text[:1] in (".", "'") else text


def man_text(lines):
    out = []
    for kind, content in blocks(lines):
        if kind == "code":
            out += [".RS 4", ".nf"] + [roff(c) for c in content] + [
                ".fi", ".RE", ".PP"]
        elif kind == "item":
            out += [".TP", f".B {roff(content[0])}", roff(content[1]), ".PP"]
        else:
            out += [roff(ln) for ln in textwrap.wrap(
                content.replace("`", ""), 78, break_long_words=False,
                break_on_hyphens=False)] + [".PP"]
    while out and out[-1] == ".PP":
        out.pop()
    return out


def man_page(header, headers, version):
    names = [n for n in names_of(header) if n == n.lower()]
    page = f"leat_{header.stem}"
    listed = list(dict.fromkeys([page] + names))
    out = [f'.TH {page.upper()} 3 "" "Leat {version}" "Leat"',
           ".SH NAME", roff(", ".join(listed)) + " \\- " + roff(header.title),
           ".SH SYNOPSIS", ".B #include <leat.h>", ".PP",
           "Link with", ".BR \"\\-lleat \\-pthread\" .", ".SH DESCRIPTION"]
    out += man_text(header.intro)
    for title, entries, words in header.sections:
        if title:
            out += [f".SH {roff(title.upper())}"]
            out += man_text(strip_comment(words))
        for entry in entries:
            heading = ", ".join(entry.names or entry.constants[:1])
            out += [f'.SS "{roff(heading)}"', ".nf"]
            out += [".BR \"" + roff(c).replace('"', '\\(dq') + '"' if c else ""
                    for c in "\n".join(entry.code).splitlines()]
            out += [".fi", ".PP"] + man_text(entry.comment)
    errors = errors_of(header)
    if errors:
        out += [".SH ERRORS"]
        for name, value, text in errors:
            out += [".TP", f".BR {name} \" ({roff(value)})\"", roff(text)]
    others = [h.stem for h in headers if h.stem != header.stem]
    out += [".SH SEE ALSO"]
    out += [f".BR leat_{s} (3)" + ("," if s != others[-1] else "")
            for s in others]
    return "\n".join(out) + "\n"


def man_overview(headers, version):
    out = [f'.TH LEAT 3 "" "Leat {version}" "Leat"', ".SH NAME",
           "leat \\- goroutines, channels and select for C", ".SH SYNOPSIS",
           ".B #include <leat.h>", ".PP", "Link with",
           ".BR \"\\-lleat \\-pthread\" .", ".SH DESCRIPTION"]
    for header in headers:
        out += [".TP", f".BR leat_{header.stem} (3)", roff(header.title)]
    return "\n".join(out) + "\n"


def man_pages(headers, version):
    """File name to text of every page."""
    pages = {"leat.3": man_overview(headers, version)}
    for header in headers:
        for name in names_of(header):
            pages[f"{name}.3"] = f".so man3/leat_{header.stem}.3\n"
    # After the links: leat_go is a name and the page it is on.
    for header in headers:
        pages[f"leat_{header.stem}.3"] = man_page(header, headers, version)
    return pages


# ---- All together --------------------------------------------------------------

def read_headers(root):
    order = re.findall(r"#include <leat/(\w+)\.h>",
                       (root / "include/leat.h").read_text())
    rest = sorted(p.stem for p in (root / "include/leat").glob("*.h")
                  if p.stem not in order)
    headers = [Header(root / "include/leat" / f"{stem}.h")
               for stem in order + rest]
    for header in headers:
        header.drop_repeats()
        header.refer()
    # One that has nothing public in it is a part of another, as is what stands
    # behind the macros of another.
    return [h for h in headers
            if names_of(h) and not h.stem.endswith("_impl")]


def undescribed(headers):
    for header in headers:
        for entry in header.entries():
            if not entry.described():
                for name in entry.names + entry.constants:
                    yield header, name


def write_all(folder, files):
    folder.mkdir(parents=True, exist_ok=True)
    for path in folder.iterdir():
        if path.suffix in (".md", ".3") and path.name not in files:
            path.unlink()
    for name, text in files.items():
        path = folder / name
        if not path.exists() or path.read_text() != text:
            path.write_text(text)


def differences(folder, files):
    for name, text in files.items():
        path = folder / name
        if not path.exists() or path.read_text() != text:
            yield path
    for path in folder.glob("*.md"):
        if path.name not in files:
            yield path


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    here = Path(__file__).resolve().parent.parent
    parser.add_argument("--root", type=Path, default=here)
    parser.add_argument("--markdown", type=Path)
    parser.add_argument("--man", type=Path)
    parser.add_argument("--check", action="store_true")
    options = parser.parse_args()

    headers = read_headers(options.root)
    version = re.search(r'#define LEAT_VERSION "([^"]*)"', (
        options.root / "include/leat/base.h").read_text())[1]
    pages = {f"{h.stem}.md": markdown_page(h) for h in headers}
    pages["README.md"] = markdown_index(headers)
    status = 0
    for header, name in undescribed(headers):
        print(f"include/leat/{header.path.name}: {name} has no description")
        status = 1
    folder = options.markdown or options.root / "docs/api"
    if options.check:
        for path in differences(folder, pages):
            print(f"{path.name} of docs/api is not what the headers say: "
                  "make docs")
            status = 1
        return status
    write_all(folder, pages)
    if options.man:
        write_all(options.man, man_pages(headers, version))
    return status


if __name__ == "__main__":
    sys.exit(main())
