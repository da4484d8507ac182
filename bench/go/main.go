// SPDX-License-Identifier: MIT

// Bench-go is the Go half of the benchmark suite. ../README.md defines the
// protocol of this program and every workload; the C half follows the same
// page, so a change here is a change there.
//
// The idea: a benchmark is a function of N that is timed as a whole. Setting up
// and tearing down are left out with resetTimer and stopTimer. One call of the
// program does one benchmark, so that no benchmark inherits the heap, the
// threads or the timers of another.
//
// Rejected: the testing package. It prints per-iteration figures in its own
// format, cannot be given N, and its RunParallel costs an indirect call per
// iteration that the C half would have to imitate.
package main

import (
	"fmt"
	"os"
	"runtime"
	"strconv"
	"syscall"
	"time"
)

// A benchmark is one named workload.
type benchmark struct {
	name string
	run  func(n int)

	// auto takes at least so long, where a run has a long fixed part.
	least time.Duration

	granule  int // N is rounded up to a multiple of it; 0 is 1
	limit    int // largest N that auto tries; 0 is nMax
	minProcs int // below this many Ps it has no meaning
	maxProcs int // above this many Ps it has no meaning; 0 is no limit
	files    int // descriptors it needs beside the usual few
}

// granuleProcs as a granule stands for the number of Ps.
const granuleProcs = -1

const (
	nMax      = 1000000000 // where Go's testing package stops, too
	growthMax = 100        // likewise: a first run of N = 1 predicts badly
	msDefault = 200
)

var procs = runtime.GOMAXPROCS(0)

// The time of the current run. One benchmark runs at a time, and only the
// goroutine that runs it touches this.
var clock struct {
	start   time.Time
	elapsed time.Duration
	stopped bool
	report  time.Duration // what to print instead, if reported
	isSet   bool
}

// resetTimer forgets the time so far: what came before was setting up.
func resetTimer() {
	clock.start = time.Now()
}

// stopTimer ends the time: what follows is tearing down.
func stopTimer() {
	clock.elapsed = time.Since(clock.start)
	clock.stopped = true
}

// reportTime makes d the result, for benchmarks that measure lateness.
func reportTime(d time.Duration) {
	clock.report = d
	clock.isSet = true
}

// check ends the program if a workload computed nonsense: the time of wrong
// work is not a result.
func check(ok bool, what string) {
	if !ok {
		fmt.Fprintln(os.Stderr, "bench-go: wrong result:", what)
		os.Exit(1)
	}
}

// measure runs b once and returns the time to report and the time it took.
func (b *benchmark) measure(n int) (reported, took time.Duration) {
	runtime.GC()
	clock.stopped = false
	clock.isSet = false
	began := time.Now()
	clock.start = began
	b.run(n)
	if !clock.stopped {
		stopTimer()
	}
	if clock.isSet {
		return clock.report, time.Since(began)
	}
	return clock.elapsed, clock.elapsed
}

// round returns n as the benchmark can run it.
func (b *benchmark) round(n int) int {
	granule := b.granule
	if granule == granuleProcs {
		granule = procs
	}
	if granule > 1 {
		n = (n + granule - 1) / granule * granule
	}
	return n
}

// calibrate grows N until a run lasts goal, and returns that N and its time.
func (b *benchmark) calibrate(goal time.Duration) (int, time.Duration) {
	limit := b.limit
	if limit == 0 {
		limit = nMax
	}
	if goal < b.least {
		goal = b.least
	}
	n := b.round(1)
	for {
		reported, took := b.measure(n)
		if took >= goal || n >= limit {
			return n, reported
		}
		if took < 1 {
			took = 1
		}
		next := float64(n) * float64(goal) / float64(took) * 1.2
		if next > float64(n)*growthMax {
			next = float64(n) * growthMax
		}
		if next > float64(limit) {
			next = float64(limit)
		}
		if next < float64(n+1) {
			next = float64(n + 1)
		}
		n = b.round(int(next))
	}
}

// defined says whether b means anything at this number of Ps.
func (b *benchmark) defined() bool {
	return procs >= b.minProcs &&
		(b.maxProcs == 0 || procs <= b.maxProcs) && openFiles(b.files)
}

// openFiles raises the limit of open files so that there is room for count
// more; the hard limit, too, where the process may.
func openFiles(count int) bool {
	const usual = 64
	var limit syscall.Rlimit
	needed := uint64(count + usual)
	if count == 0 ||
		syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit) != nil ||
		limit.Cur >= needed {
		return true
	}
	limit.Cur = needed
	if limit.Max < needed {
		limit.Max = needed
	}
	if syscall.Setrlimit(syscall.RLIMIT_NOFILE, &limit) == nil {
		return true
	}
	fmt.Fprintf(os.Stderr, "bench-go: %d open files are needed\n", needed)
	return false
}

func find(name string) *benchmark {
	for _, list := range allBenchmarks {
		for i := range list {
			if list[i].name == name {
				return &list[i]
			}
		}
	}
	return nil
}

// allBenchmarks holds the tables of all files, in the order of README.md.
var allBenchmarks = [][]benchmark{
	chanBenchmarks,
	procBenchmarks,
	timeBenchmarks,
	syncBenchmarks,
	contextBenchmarks,
	extraBenchmarks,
	sliceBenchmarks,
	patternBenchmarks,
	echoBenchmarks,
	mapBenchmarks,
	mapsetBenchmarks,
}

// modes are what the program does beyond the protocol for workloads.
var modes = map[string]func(args []string){
	"memory":      memoryMode,
	"ticker":      tickerMode,
	"echo-server": echoServer,
}

func fail(format string, args ...interface{}) {
	fmt.Fprintf(os.Stderr, "bench-go: "+format+"\n", args...)
	os.Exit(2)
}

// positive reads a number above 0 or ends the program.
func positive(what, text string) int {
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 || n > nMax {
		fail("%s must be a number from 1 to %d, not %q", what, nMax, text)
	}
	return n
}

func list() {
	for _, list := range allBenchmarks {
		for i := range list {
			fmt.Println(list[i].name)
		}
	}
}

func main() {
	args := os.Args[1:]
	if len(args) == 1 && args[0] == "list" {
		list()
		return
	}
	if len(args) > 0 && modes[args[0]] != nil {
		modes[args[0]](args[1:])
		return
	}
	auto := len(args) >= 2 && args[1] == "auto"
	if len(args) != 2 && !(auto && len(args) == 3) {
		fail("usage: bench-go list | NAME N | NAME auto [MS]")
	}
	b := find(args[0])
	if b == nil {
		fail("no benchmark is named %q", args[0])
	}
	var n int
	var took time.Duration
	if auto {
		ms := msDefault
		if len(args) == 3 {
			ms = positive("MS", args[2])
		}
		if b.defined() {
			n, took = b.calibrate(time.Duration(ms) * time.Millisecond)
		}
	} else {
		n = b.round(positive("N", args[1]))
		if b.defined() {
			took, _ = b.measure(n)
		} else {
			n = 0
		}
	}
	fmt.Printf("%s %d %d\n", b.name, n, took.Nanoseconds())
}
