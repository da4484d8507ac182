// SPDX-License-Identifier: MIT

// How a program ends that does something wrong: the first line it writes to
// standard error, the line that begins the trace, and the exit status. The
// program runs itself once for each case.
package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"sync"
)

var zero int

var cases = []struct {
	name string
	run  func()
}{
	{"receive", func() { <-make(chan int) }},
	{"send", func() { make(chan int) <- 1 }},
	{"send full", func() { c := make(chan int, 1); c <- 1; c <- 2 }},
	{"receive nil", func() { var c chan int; <-c }},
	{"send nil", func() { var c chan int; c <- 1 }},
	{"select none", func() { select {} }},
	{"select nil", func() {
		var c chan int
		select {
		case <-c:
		case c <- 1:
		}
	}},
	{"select", func() {
		c, d := make(chan int), make(chan int)
		select {
		case <-c:
		case d <- 1:
		}
	}},
	{"select itself", func() {
		c := make(chan int)
		select {
		case <-c:
		case c <- 1:
		}
	}},
	{"all wait", func() {
		c := make(chan int)
		for i := 0; i < 3; i++ {
			go func() { <-c }()
		}
		c <- 1
		<-c
	}},
	{"goexit", func() { go func() {}(); runtime.Goexit() }},
	{"close nil", func() { var c chan int; close(c) }},
	{"close closed", func() { c := make(chan int); close(c); close(c) }},
	{"send closed", func() { c := make(chan int); close(c); c <- 1 }},
	{"select send closed", func() {
		c := make(chan int)
		close(c)
		select {
		case c <- 1:
		default:
		}
	}},
	{"makechan", func() { _ = make(chan int, zero-1) }},
	{"waitgroup", func() { var wg sync.WaitGroup; wg.Done() }},
	{"unlock", func() { var mu sync.Mutex; mu.Unlock() }},
	{"rwunlock", func() { var mu sync.RWMutex; mu.Unlock() }},
	{"runlock", func() { var mu sync.RWMutex; mu.RUnlock() }},
	{"divide", func() { fmt.Println(1 / zero) }},
	{"nil", func() { var p *int; *p = 1 }},
	{"panic", func() { panic("by hand") }},
	{"exit", func() { os.Exit(7) }},
	{"return", func() {}},
}

func report(name string) {
	var err bytes.Buffer
	cmd := exec.Command(os.Args[0], name)
	cmd.Stderr = &err
	cmd.Run()
	fmt.Printf("%s: status %d\n", name, cmd.ProcessState.ExitCode())
	lines := strings.Split(err.String(), "\n")
	fmt.Println("  " + lines[0])
	for _, line := range lines {
		if strings.HasPrefix(line, "goroutine ") {
			fmt.Println("  " + line)
			break
		}
	}
}

func main() {
	for _, c := range cases {
		if len(os.Args) == 1 {
			report(c.name)
		} else if os.Args[1] == c.name {
			c.run()
		}
	}
}
