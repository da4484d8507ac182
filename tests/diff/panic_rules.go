// SPDX-License-Identifier: MIT
// panic_rules: which panic which recover gets, in every nesting.
package main

import (
	"fmt"
	"runtime"
	"sync"
)

func show(name string) {
	r := recover()
	if r == nil {
		fmt.Println(name, "nothing")
	} else {
		fmt.Println(name, r)
	}
}

func try(f func()) {
	defer fmt.Println("end of try")
	f()
}

// A goroutine of its own, so that it may exit.
func run(title string, f func()) {
	fmt.Println("--", title)
	var wg sync.WaitGroup
	wg.Add(1)
	go func() {
		defer wg.Done()
		f()
		fmt.Println("returned")
	}()
	wg.Wait()
}

var null *int
var zero int

func main() {
	run("recovered", func() {
		try(func() {
			defer show("second")
			defer show("first")
			defer fmt.Println("before")
			panic("A")
		})
	})
	run("inner recovers, outer goes on", func() {
		try(func() {
			defer show("outer")
			defer func() {
				func() {
					defer show("inner")
					panic("B")
				}()
				fmt.Println("inner done")
			}()
			panic("A")
		})
	})
	run("newer replaces older", func() {
		try(func() {
			defer show("second")
			defer show("first")
			defer func() { panic("B") }()
			panic("A")
		})
	})
	run("recover in a call that a normal return runs", func() {
		try(func() {
			defer show("outer")
			defer func() {
				func() {
					defer show("not run by the panic")
				}()
			}()
			panic("A")
		})
	})
	run("recover, then panic", func() {
		try(func() {
			defer show("outer")
			defer func() {
				fmt.Println(recover())
				panic("B")
			}()
			panic("A")
		})
	})
	run("panic after a recovered one, same function", func() {
		try(func() {
			defer show("outer")
			func() {
				defer func() { panic("C") }()
				defer show("inner")
				panic("A")
			}()
			fmt.Println("never")
		})
	})
	run("goexit", func() {
		try(func() {
			defer show("recover in goexit:")
			runtime.Goexit()
		})
	})
	run("goexit in a panic", func() {
		try(func() {
			defer show("recover in goexit:")
			defer func() { runtime.Goexit() }()
			panic("A")
		})
	})
	run("panic in goexit, recovered", func() {
		try(func() {
			defer fmt.Println("third")
			defer show("second")
			defer func() { panic("A") }()
			runtime.Goexit()
		})
	})
	run("panic in goexit, recovered inside", func() {
		try(func() {
			defer show("second")
			defer func() {
				func() {
					defer show("first")
					panic("A")
				}()
			}()
			runtime.Goexit()
		})
	})
	run("nil", func() {
		try(func() {
			defer show("nil:")
			fmt.Println(*null)
		})
	})
	run("division", func() {
		try(func() {
			defer show("division:")
			fmt.Println(10 / zero)
		})
	})
	run("nil in a deferred function", func() {
		try(func() {
			defer show("nil:")
			defer func() { fmt.Println(*null) }()
			panic("A")
		})
	})
	run("channels", func() {
		try(func() {
			defer show("send:")
			c := make(chan int)
			close(c)
			c <- 1
		})
		try(func() {
			defer show("close:")
			c := make(chan int)
			close(c)
			close(c)
		})
		try(func() {
			defer show("close nil:")
			var c chan int
			close(c)
		})
		try(func() {
			defer show("select:")
			c := make(chan int)
			close(c)
			select {
			case c <- 1:
			default:
			}
		})
	})
}
