// SPDX-License-Identifier: MIT
// panic_plain: deferred calls run, then the text, status 2.
package main

import "fmt"

func inner() {
	defer fmt.Println("inner")
	panic("boom 42")
}

func main() {
	defer fmt.Println("outer")
	inner()
}
