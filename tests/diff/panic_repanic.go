// SPDX-License-Identifier: MIT
// panic_repanic: what was recovered before a new panic is shown as such.
package main

func main() {
	defer func() {
		recover()
		panic("B")
	}()
	panic("A")
}
