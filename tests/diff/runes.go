// SPDX-License-Identifier: MIT
// runes: what this Go says of every rune, for tests/unit/test_rune.c, which is
// the other half: first the version of Unicode, then a line for each rune that
// is anything or has another case. There is no runes.c, because only a Go of
// the same version of Unicode says the same of all runes.
package main

import (
	"bufio"
	"fmt"
	"os"
	"unicode"
)

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

func main() {
	out := bufio.NewWriter(os.Stdout)
	defer out.Flush()
	fmt.Fprintln(out, unicode.Version)
	for r := rune(0); r <= unicode.MaxRune; r++ {
		b, upper, lower, title := bits(r), unicode.ToUpper(r), unicode.ToLower(r), unicode.ToTitle(r)
		fold := unicode.SimpleFold(r)
		if b != 0 || upper != r || lower != r || title != r || fold != r {
			fmt.Fprintf(out, "%d %d %d %d %d %d\n", r, b, upper, lower, title, fold)
		}
	}
}
