// SPDX-License-Identifier: MIT
// panic_nested: panics in deferred functions of panics.
package main

func main() {
	defer func() { panic("C") }()
	defer func() { panic("B") }()
	panic("A")
}
