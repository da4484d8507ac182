// SPDX-License-Identifier: MIT

// Two measurements that are not a time per iteration: the memory of a parked
// goroutine, and how late a ticker is beside goroutines that never give way.

package main

import (
	"bufio"
	"fmt"
	"os"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// ownStatus reads a number of the process's own, in KiB, such as "VmRSS:".
func ownStatus(field string) int {
	text, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return -1
	}
	for _, line := range strings.Split(string(text), "\n") {
		words := strings.Fields(line)
		if len(words) > 1 && words[0] == field {
			kib, _ := strconv.Atoi(words[1])
			return kib
		}
	}
	return -1
}

func modeNumber(args []string, i, most int) int {
	if i >= len(args) {
		fail("usage: bench-go memory N | ticker HOGS MS")
	}
	n, err := strconv.Atoi(args[i])
	if err != nil || n < 1 || n > most {
		fail("%q is not a number from 1 to %d", args[i], most)
	}
	return n
}

// memoryMode parks N goroutines on one channel and prints what they cost together:
// resident memory and page tables, in bytes, and the time to make them.
func memoryMode(args []string) {
	n := modeNumber(args, 0, 100000000)
	var ready sync.WaitGroup
	gate := make(chan empty)
	rss, pte := ownStatus("VmRSS:"), ownStatus("VmPTE:")
	began := time.Now()
	ready.Add(n)
	for i := 0; i < n; i++ {
		go func() {
			ready.Done()
			<-gate
		}()
	}
	ready.Wait()
	took := time.Since(began)
	rss = ownStatus("VmRSS:") - rss
	pte = ownStatus("VmPTE:") - pte
	check(runtime.NumGoroutine() >= n+1, "parked goroutines")
	fmt.Printf("memory %d %d %d %d\n", n, rss*1024, pte*1024,
		took.Nanoseconds())
	close(gate)
}

// nextDue is when the tick after the one received now is due: at the next whole
// millisecond. But who receives much earlier than that has received one that
// lay in the ticker's channel, and still waits for the same.
func nextDue(due, now time.Duration) time.Duration {
	if now < due-time.Millisecond/2 {
		return due
	}
	if now > due {
		due += (now - due).Truncate(time.Millisecond)
	}
	return due + time.Millisecond
}

// tickerMode receives the ticks of a 1 ms ticker beside hogs for ms milliseconds,
// and prints how many microseconds late each was received.
func tickerMode(args []string) {
	hogs, ms := modeNumber(args, 0, 1000), modeNumber(args, 1, 3600000)
	late := make([]time.Duration, 0, ms)
	var stop int32
	for i := 0; i < hogs; i++ {
		go func() {
			for atomic.LoadInt32(&stop) == 0 {
			}
		}()
	}
	t := time.NewTicker(time.Millisecond)
	start := time.Now()
	due, end := time.Millisecond, time.Duration(ms)*time.Millisecond
	for len(late) < ms && due < end {
		<-t.C
		now := time.Since(start)
		if now > due {
			late = append(late, now-due)
		} else {
			late = append(late, 0)
		}
		due = nextDue(due, now)
	}
	atomic.StoreInt32(&stop, 1)
	t.Stop()
	out := bufio.NewWriter(os.Stdout)
	fmt.Fprintf(out, "ticker %d %d", hogs, ms)
	for _, l := range late {
		fmt.Fprintf(out, " %d", l.Microseconds())
	}
	fmt.Fprintln(out)
	out.Flush()
}
