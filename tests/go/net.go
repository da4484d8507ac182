// SPDX-License-Identifier: MIT
// net.go: an echo server and its clients, deadlines, and a close that ends a
// wait. Prints OK, or what differs.

package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"sync"
	"time"
)

func serve(l net.Listener) {
	for {
		c, err := l.Accept()
		if err != nil {
			return
		}
		go func() {
			io.Copy(c, c)
			c.Close()
		}()
	}
}

func client(address string, k int, wg *sync.WaitGroup) {
	defer wg.Done()
	c, err := net.Dial("tcp", address)
	if err != nil {
		fmt.Println("dial:", err)
		return
	}
	defer c.Close()
	r := bufio.NewReader(c)
	for i := 0; i < 100; i++ {
		fmt.Fprintf(c, "%d %d\n", k, i)
		s, err := r.ReadString('\n')
		if err != nil || s != fmt.Sprintf("%d %d\n", k, i) {
			fmt.Println("echo:", s, err)
			return
		}
	}
}

func main() {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		fmt.Println("listen:", err)
		return
	}
	go serve(l)
	var wg sync.WaitGroup
	for k := 0; k < 20; k++ {
		wg.Add(1)
		go client(l.Addr().String(), k, &wg)
	}
	wg.Wait()

	c, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		fmt.Println("dial:", err)
		return
	}
	b := make([]byte, 1)
	c.SetReadDeadline(time.Now().Add(20 * time.Millisecond))
	if _, err = c.Read(b); !errors.Is(err, os.ErrDeadlineExceeded) {
		fmt.Println("deadline:", err)
	}
	c.SetReadDeadline(time.Time{})
	result := make(chan error)
	wait := func() { _, err := c.Read(b); result <- err }
	go wait()
	c.SetReadDeadline(time.Unix(1, 0))
	if err = <-result; !errors.Is(err, os.ErrDeadlineExceeded) {
		fmt.Println("deadline while waiting:", err)
	}
	c.SetReadDeadline(time.Time{})
	go wait()
	c.Close()
	if err = <-result; !errors.Is(err, net.ErrClosed) {
		fmt.Println("close while waiting:", err)
	}
	l.Close()
	fmt.Println("OK")
}
