// SPDX-License-Identifier: MIT

// map_nil: the Go half.
package main

import "fmt"

func main() {
	var m map[string]int
	defer fmt.Println("deferred")
	fmt.Println(len(m))
	m["a"] = 1
}
