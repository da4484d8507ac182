// SPDX-License-Identifier: MIT
// str_case: upper, lower and title case, equality but for the case, and what
// runes are. The blocks of runes are those in which nothing was assigned, and
// no rune got another class or case, between Unicode 13 (Go 1.16) and 15 (Go
// 1.21): every Go since 1.16 prints the same.
package main

import (
	"fmt"
	"strings"
	"unicode"
)

var texts = []string{
	"", "a", "Hello, World 42!", "already lower", "ALREADY UPPER", "@[`{AZaz",
	"Stra\u00dfe", "STRASSE", "\u1e9e", "\u0130stanbul", "\u0131", "I", "i",
	"K\u212a", "kk", "\u03a3\u03c3\u03c2", "\u03c3\u03a3\u03a3",
	"\u01c4\u01c5\u01c6", "\u01c6\u01c6\u01c6", "\u00b5", "\u03bc", "\u039c",
	"\u10d0\u1c90", "\u13a0\uab70\u13f8", "\u2c65\u023a", "\u1fb3\u1fbc",
	"\U00010400\U00010428", "\u017fs", "SS", "ss", "A\xffb", "a\xfeB", "a\ufffdb",
	"nul\x00IN\x00side", "NUL\x00in\x00SIDE", "\xc3", "\xed\xa0\x80Q",
	"\u4e16\u754cx", "\U0001F600z", "\u00e9A\u0301",
}

var blocks = [][2]rune{
	{-3, 0x036f}, {0x0370, 0x05ff}, {0x10a0, 0x10ff}, {0x13a0, 0x13ff}, {0x1c80, 0x1c8f},
	{0x1c90, 0x1cbf}, {0x1e00, 0x209f}, {0x2100, 0x2bff}, {0x3000, 0x30ff}, {0xa640, 0xa69f},
	{0xab30, 0xabbf}, {0xd7fe, 0xe001}, {0xfb00, 0xfb4f}, {0xfe30, 0xffff}, {0x10400, 0x1044f},
	{0x1e900, 0x1e95f}, {0x10fffe, 0x110002},
}

func bits(r rune) (n int) {
	for i, b := range []bool{unicode.IsLetter(r), unicode.IsUpper(r), unicode.IsLower(r),
		unicode.IsTitle(r), unicode.IsDigit(r), unicode.IsNumber(r), unicode.IsMark(r),
		unicode.IsPunct(r), unicode.IsSymbol(r), unicode.IsSpace(r), unicode.IsControl(r),
		unicode.IsGraphic(r), unicode.IsPrint(r)} {
		if b {
			n |= 1 << i
		}
	}
	return n
}

func change(r rune) rune {
	switch r {
	case 'a':
		return -1
	case 'l':
		return 0xd800
	case 'i':
		return 0x110000
	case 'x':
		return 0x10ffff
	case 's':
		return 0
	}
	return r + 1
}

func main() {
	for _, s := range texts {
		fmt.Printf("%x %x %x %x\n", strings.ToUpper(s), strings.ToLower(s), strings.ToTitle(s),
			strings.Map(change, s))
		for _, t := range texts {
			fmt.Print(strings.EqualFold(s, t), " ")
		}
		fmt.Println()
	}
	for _, b := range blocks {
		for r := b[0]; r <= b[1]; r++ {
			fmt.Printf("%d %x %d %d %d %d\n", r, bits(r), unicode.ToUpper(r), unicode.ToLower(r),
				unicode.ToTitle(r), unicode.SimpleFold(r))
		}
	}
}
