// SPDX-License-Identifier: MIT
// str_funcs: the functions on strings, on valid and invalid text.
package main

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

var texts = []string{
	"", "a", "go gopher go", "aaaa", "a,b,,c,", ",", "  x y\t z\n", "h\u00e9llo, \u4e16\u754c",
	"\U0001F600\U0001F601", "\xff\xfe", "a\xffb\xc3", "\xed\xa0\x80x", "nul\x00in\x00side",
	"\u00a0\u2003mixed\u3000space\u0085", "\ufffd\xff", "\xe2\x82", "xxyxx",
}

func line(name string, parts ...string) {
	fmt.Print(name)
	for _, p := range parts {
		fmt.Printf(" [%x]", p)
	}
	fmt.Println()
}

func pair(s, t string) {
	fmt.Println(strings.Index(s, t), strings.LastIndex(s, t), strings.IndexAny(s, t),
		strings.Contains(s, t), strings.HasPrefix(s, t), strings.HasSuffix(s, t),
		strings.Count(s, t), strings.Compare(s, t))
	// Cutting invalid text into runes changed from Go 1.19 to 1.20.
	same := t != "" || utf8.ValidString(s)
	if same {
		line("split", strings.Split(s, t)...)
	}
	for n := -1; n < 4; n++ {
		if same {
			line("splitn", strings.SplitN(s, t, n)...)
		}
		line("replace", strings.Replace(s, t, "<>", n))
	}
	line("trim", strings.Trim(s, t), strings.TrimLeft(s, t), strings.TrimRight(s, t),
		strings.TrimPrefix(s, t), strings.TrimSuffix(s, t))
	fmt.Println(strings.ContainsAny(s, t), strings.LastIndexAny(s, t))
	if same {
		line("after", strings.SplitAfter(s, t)...)
	}
	for n := -1; n < 4 && same; n++ {
		line("aftern", strings.SplitAfterN(s, t, n)...)
	}
	line("valid", strings.ToValidUTF8(s, t))
	before, after, found := strings.Cut(s, t)
	line("cut", before, after)
	fmt.Println(found)
}

func odd(r rune) bool {
	return r%2 != 0
}

func single(s string) {
	line("fieldsfunc", strings.FieldsFunc(s, odd)...)
	line("trimfunc", strings.TrimFunc(s, odd), strings.TrimLeftFunc(s, odd),
		strings.TrimRightFunc(s, odd))
	// ContainsFunc came with Go 1.21.
	fmt.Println(strings.IndexFunc(s, odd), strings.LastIndexFunc(s, odd),
		strings.IndexFunc(s, odd) >= 0,
		strings.ContainsRune(s, 'o'), strings.ContainsRune(s, 0xfffd))
	line("fields", strings.Fields(s)...)
	line("space", strings.TrimSpace(s), strings.Repeat(s, 3), string([]rune(s)))
	for i, r := range s {
		fmt.Print(i, ":", r, " ")
	}
	fmt.Println(utf8.ValidString(s), utf8.RuneCountInString(s))
	for i := 0; i <= len(s); i++ {
		r, n := utf8.DecodeRuneInString(s[i:])
		q, m := utf8.DecodeLastRuneInString(s[:i])
		fmt.Print(r, "/", n, " ", q, "/", m, " ", utf8.FullRuneInString(s[i:]), " ")
	}
	fmt.Println(strings.IndexRune(s, 0xfffd), strings.IndexRune(s, 0x4e16),
		strings.IndexRune(s, 0xd800), strings.IndexByte(s, 'o'),
		strings.LastIndexByte(s, 'o'))
}

func main() {
	for _, s := range texts {
		single(s)
		for _, t := range texts {
			pair(s, t)
		}
	}
	line("join", strings.Join(texts, "--"))
	for r := rune(-2); r < 0x110003; r += 1 + r/200 {
		fmt.Printf("%d %v %x\n", utf8.RuneLen(r), utf8.ValidRune(r), string(r))
	}
}
