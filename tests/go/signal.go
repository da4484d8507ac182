// SPDX-License-Identifier: MIT
// signal.go: os/signal, and commands with pipes. Prints OK, or what differs.

package main

import (
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"syscall"
	"time"
)

func main() {
	c := make(chan os.Signal, 1)
	signal.Notify(c, syscall.SIGUSR1, syscall.SIGTERM)
	for _, s := range []syscall.Signal{syscall.SIGUSR1, syscall.SIGTERM} {
		syscall.Kill(os.Getpid(), s)
		select {
		case got := <-c:
			if got != s {
				fmt.Println("signal:", got)
			}
		case <-time.After(10 * time.Second):
			fmt.Println("no signal", s)
		}
	}
	signal.Ignore(syscall.SIGUSR1)
	syscall.Kill(os.Getpid(), syscall.SIGUSR1)
	signal.Reset(syscall.SIGTERM)

	cmd := exec.Command("sort", "-r")
	cmd.Stdin = strings.NewReader("a\nc\nb\n")
	out, err := cmd.Output()
	if string(out) != "c\nb\na\n" || err != nil {
		fmt.Printf("command: %q %v\n", out, err)
	}
	if err = exec.Command("false").Run(); err == nil {
		fmt.Println("status of false")
	}
	fmt.Println("OK")
}
