// SPDX-License-Identifier: MIT
// panic_nil: a NULL access that nobody recovers.
package main

import "fmt"

type pair struct{ a, b int64 }

var null *pair

func main() {
	defer fmt.Println("deferred")
	fmt.Println(null.b)
}
