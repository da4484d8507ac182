#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Writes src/str/power_table.h: the powers of ten by which src/str/decimal.c
multiplies.

usage: powers.py [--out FILE]     FILE - is the standard output
"""
import argparse
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent.parent
# From what the smallest number read needs to what the smallest one written
# with 17 digits does.
FIRST, LAST = -342, 340
BITS = 128

HEAD = """\
// SPDX-License-Identifier: MIT
// str/power_table.h: the powers of ten from 10^{first} to 10^{last}.
//
// Written by `python3 tools/powers.py`. Only str/decimal.c includes it.
//
// Each is the {bits} bits from the highest set one on, the rest rounded up: from
// 10^0 to 10^{exact} they are the power itself.
#ifndef LEAT_STR_POWER_TABLE_H
#define LEAT_STR_POWER_TABLE_H

#include <stdint.h>

enum {{
    POWER_FIRST = {first},
    POWER_LAST = {last},
    POWER_EXACT = {exact}
}};

static const struct power {{
    uint64_t hi, lo;
}} powers[POWER_LAST - POWER_FIRST + 1] = {{
"""


def power(e):
    """The first BITS bits of 10^e, rounded up."""
    n = 10 ** abs(e)
    if e >= 0:
        shift = n.bit_length() - BITS
        return n << -shift if shift <= 0 else -(-n >> shift)
    # 2^k / n has BITS bits: n is no power of two.
    return -(-(1 << (n.bit_length() + BITS - 1)) // n)


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument(
        "--out", default=str(HERE / "src" / "str" / "power_table.h"))
    out = parser.parse_args().out
    exact = max(e for e in range(LAST) if 5 ** e < 1 << BITS)
    text = HEAD.format(first=FIRST, last=LAST, exact=exact, bits=BITS)
    for e in range(FIRST, LAST + 1):
        n = power(e)
        assert n.bit_length() == BITS
        text += f"    {{0x{n >> 64:016X}, 0x{n & (1 << 64) - 1:016X}}},\n"
    text += "};\n\n#endif\n"
    if out == "-":
        sys.stdout.write(text)
    else:
        Path(out).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
