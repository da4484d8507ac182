// SPDX-License-Identifier: MIT
// panic_goexit_main: a main goroutine that exits leaves a deadlock.
package main

import (
	"fmt"
	"runtime"
)

func main() {
	defer fmt.Println("deferred")
	runtime.Goexit()
}
