// SPDX-License-Identifier: MIT
// quote: strconv.Quote and QuoteToASCII of every byte by itself and between
// letters, of runes that are seen and of those that are not, and what Unquote
// makes of all of them and of what is no literal. None of the runes became another
// kind between Unicode 13 (Go 1.16) and 15 (Go 1.21).
package main

import (
	"fmt"
	"strconv"
)

var texts = []string{
	"", "a", "\"Fran & Freddie's Diner\t\u263a\"", "\\", "'", "`", "\a\b\f\n\r\t\v", "\x00", "\x7f", "\u0080",
	"\u00a0", "\u00ad", "\u200b", "\u2028", "\ufeff", "\ufffd", "\uffff", "\ue000", "\U00010000", "\U0001F600",
	"\U000e0001", "\U0010ffff", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xe4\xb8", "\u4e16\u754c", "e\u0301", "\u3000",
}

var literals = []string{
	"\"\"", "''", "'a'", "'ab'", "'", "\"", "\"a", "a\"", "\"a\"b\"", "\"a\\\"", "\"a\\\\\"", "\"\\\"\"",
	"\"\\'\"", "'\\''", "'\\\"'", "'\"'", "\"'\"", "'''", "`a`", "``", "`a`b`", "`\\n`", "`a\\rb\\r`",
	"\"\\x41\\x7f\\x80\\xff\"", "'\\x80'", "\"\\x4\"", "\"\\xfg\"", "\"\\XFF\"", "\"\\xFf\"", "\"\\u00e9\"",
	"\"\\ud800\"", "\"\\U0010ffff\"", "\"\\U00110000\"", "\"\\UFFFFFFFF\"", "\"\\U80000041\"", "\"\\u12\"",
	"'\\u4e16'", "'\\U0001F600'", "\"\\101\"", "\"\\377\"", "\"\\400\"", "\"\\12\"", "\"\\18a\"", "\"\\8\"",
	"\"\\0\"", "\"\\000\"", "'\\000'", "\"\\a\\b\\f\\n\\r\\t\\v\\\\\"", "\"\\z\"", "\"\\`\"", "\"\\ \"",
	"\"\\\"", "'\\'", "'\\\\'", " \"a\"", "\"a\" ", "abc", "", "\"\"\"\"", "'a", "a'", "'a''", "\"a\nb\"",
	"`a\nb`", "'\n'", "\"\xff\"", "'\xff'", "`\xff`", "\"\xe4\xb8\x96\xe7\"", "'\xe4\xb8\x96'", "\"\r\t\x01\"",
	"\"\xff\\n\"",
}

func showUnquoted(s string) {
	text, err := strconv.Unquote(s)
	fmt.Printf("%x %v\n", text, err)
}

func show(s string, end string) {
	quoted, ascii := strconv.Quote(s), strconv.QuoteToASCII(s)
	fmt.Print(quoted, " ", ascii, end)
	showUnquoted(quoted)
	showUnquoted(ascii)
}

func showRune(r rune) {
	quoted := strconv.QuoteRune(r)
	fmt.Println(quoted)
	showUnquoted(quoted)
}

func main() {
	for _, s := range texts {
		show(s, "\n")
	}
	for i := 0; i < 256; i++ {
		show(string([]byte{byte(i)}), " ")
		show(string([]byte{'x', byte(i), 'y'}), "\n")
	}
	for r := rune(0x80); r < 0x370; r++ {
		show(string(r), "\n")
	}
	for r := rune(-2); r < 0x370; r++ {
		showRune(r)
	}
	showRune(0xd800)
	showRune(0x4e16)
	showRune(0x10ffff)
	showRune(0x110000)
	for _, s := range literals {
		showUnquoted(s)
	}
}
