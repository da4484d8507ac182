// SPDX-License-Identifier: MIT

// Echo over TCP on the loopback address, a goroutine for each end of each
// connection. Each answer is compared with what was sent. The server is this
// program once more, in a process of its own: see bench_echo.c.

package main

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"time"
)

const (
	echoMessage    = 64 // bytes
	echoServerTime = 300 * time.Second
)

var echoBenchmarks = []benchmark{
	{name: "Echo/conns=1", run: echo(1), files: 1},
	{name: "Echo/conns=100", run: echo(100), granule: 100, files: 100},
	{name: "Echo/conns=10000", run: echo(10000), granule: 10000,
		files: 10000},
}

func echoCheck(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench-go: echo:", err)
		os.Exit(1)
	}
}

func echoServe(c net.Conn) {
	var message [echoMessage]byte
	_, err := c.Write(message[:1]) // "you are connected"
	echoCheck(err)
	for {
		got, err := c.Read(message[:])
		if err != nil {
			c.Close() // the client has reset the connection
			return
		}
		_, err = c.Write(message[:got])
		echoCheck(err)
	}
}

func echoCall(c net.Conn, times int) {
	message := bytes.Repeat([]byte{'a'}, echoMessage)
	answer := make([]byte, echoMessage)
	for i := 0; i < times; i++ {
		binary.LittleEndian.PutUint64(message, uint64(i))
		_, err := c.Write(message)
		echoCheck(err)
		_, err = io.ReadFull(c, answer)
		echoCheck(err)
		check(bytes.Equal(message, answer), "the echo")
	}
}

// echoServer prints the port it listens at, serves so many connections, and
// ends when they have ended.
func echoServer(args []string) {
	conns := modeNumber(args, 0, 1000000)
	check(openFiles(conns), "room for connections")
	time.AfterFunc(echoServerTime, func() { os.Exit(1) })
	listener, err := net.Listen("tcp4", "127.0.0.1:0")
	echoCheck(err)
	fmt.Println(listener.Addr().(*net.TCPAddr).Port)
	var ended sync.WaitGroup
	ended.Add(conns)
	for i := 0; i < conns; i++ {
		c, err := listener.Accept()
		echoCheck(err)
		go func() {
			echoServe(c)
			ended.Done()
		}()
	}
	ended.Wait()
}

// echoSpawn starts the server and returns its address.
func echoSpawn(conns int) (*exec.Cmd, string) {
	self, err := os.Executable()
	echoCheck(err)
	server := exec.Command(self, "echo-server", strconv.Itoa(conns))
	server.Stderr = os.Stderr
	out, err := server.StdoutPipe()
	echoCheck(err)
	echoCheck(server.Start())
	port, err := bufio.NewReader(out).ReadString('\n')
	echoCheck(err)
	return server, "127.0.0.1:" + strings.TrimSpace(port)
}

// echo returns the workload with so many connections. A reset at the end leaves
// no socket in TIME_WAIT: a run of 10,000 connections would else use up the
// ports of the next.
func echo(conns int) func(n int) {
	return func(n int) {
		server, address := echoSpawn(conns)
		clients := make([]net.Conn, conns)
		for i := range clients {
			c, err := net.Dial("tcp4", address)
			echoCheck(err)
			echoCheck(c.(*net.TCPConn).SetLinger(0))
			var connected [1]byte // the server has accepted: bench_echo.c
			_, err = io.ReadFull(c, connected[:])
			echoCheck(err)
			clients[i] = c
		}
		var ended sync.WaitGroup
		ended.Add(conns)
		resetTimer()
		for i := range clients {
			c := clients[i]
			go func() {
				echoCall(c, n/conns)
				ended.Done()
			}()
		}
		ended.Wait()
		stopTimer()
		for _, c := range clients {
			c.Close()
		}
		echoCheck(server.Wait())
	}
}
