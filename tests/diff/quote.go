// SPDX-License-Identifier: MIT
// quote: strconv.Quote of every byte by itself and between letters, of runes
// that are seen and of those that are not. None of the runes became another
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

func main() {
	for _, s := range texts {
		fmt.Println(strconv.Quote(s))
	}
	for i := 0; i < 256; i++ {
		fmt.Println(strconv.Quote(string([]byte{byte(i)})), strconv.Quote(string([]byte{'x', byte(i), 'y'})))
	}
	for r := rune(0x80); r < 0x370; r++ {
		fmt.Println(strconv.Quote(string(r)))
	}
}
