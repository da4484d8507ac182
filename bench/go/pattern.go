// SPDX-License-Identifier: MIT

// The six patterns of crossbeam-channel's own suite, at four capacities. Four
// goroutines a side; every value is counted by its sum.

package main

import (
	"sync"
	"sync/atomic"
)

const (
	patternSide      = 4
	patternUnbounded = -1
)

type pattern struct {
	c     [patternSide]chan int
	each  int   // values that each of patternSide goroutines sends
	sum   int64 // of what was received; atomic
	ended sync.WaitGroup
}

var patternBenchmarks = patternTable()

func patternTable() []benchmark {
	patterns := []struct {
		name string
		run  func(capacity, n int)
	}{
		{"seq", patternSeq},
		{"spsc", patternSpsc},
		{"mpsc", patternMpsc},
		{"mpmc", patternMpmc},
		{"select_rx", patternSelectRx},
		{"select_both", patternSelectBoth},
	}
	capacities := []struct {
		name     string
		capacity int
		limit    int
	}{
		{"cap=0", 0, 0},
		{"cap=1", 1, 0},
		{"cap=1000", 1000, 0},
		{"unbounded", patternUnbounded, 1000000},
	}
	var table []benchmark
	for _, p := range patterns {
		for _, c := range capacities {
			if p.name == "seq" && c.capacity == 0 {
				continue // nobody would ever receive
			}
			run, capacity := p.run, c.capacity
			table = append(table, benchmark{
				name:    "Pattern/" + p.name + "/" + c.name,
				run:     func(n int) { run(capacity, n) },
				granule: patternSide,
				limit:   c.limit,
			})
		}
	}
	return table
}

// patternOpen makes the channels. No run sends more than n values, so a buffer
// of n is as good as one without a bound.
func patternOpen(capacity, n, chans int) *pattern {
	if capacity == patternUnbounded {
		capacity = n
	}
	p := &pattern{each: n / patternSide}
	for i := 0; i < chans; i++ {
		p.c[i] = make(chan int, capacity)
	}
	return p
}

// close waits for all goroutines and checks what was received.
func (p *pattern) close(senders, each int) {
	p.ended.Wait()
	check(p.sum == int64(senders*(each*(each+1)/2)), "the values' sum")
}

func (p *pattern) send(channel, count int) {
	c := p.c[channel]
	for v := 1; v <= count; v++ {
		c <- v
	}
	p.ended.Done()
}

func (p *pattern) receive(count int) {
	c := p.c[0]
	sum := 0
	for i := 0; i < count; i++ {
		sum += <-c
	}
	atomic.AddInt64(&p.sum, int64(sum))
}

func (p *pattern) selectReceive(count int) {
	sum := 0
	for i := 0; i < count; i++ {
		var v int
		select {
		case v = <-p.c[0]:
		case v = <-p.c[1]:
		case v = <-p.c[2]:
		case v = <-p.c[3]:
		}
		sum += v
	}
	atomic.AddInt64(&p.sum, int64(sum))
}

func (p *pattern) selectSend(count int) {
	for v := 1; v <= count; v++ {
		select {
		case p.c[0] <- v:
		case p.c[1] <- v:
		case p.c[2] <- v:
		case p.c[3] <- v:
		}
	}
	p.ended.Done()
}

func patternSeq(capacity, n int) {
	p := patternOpen(capacity, n, 1)
	burst := capacity
	if capacity == patternUnbounded {
		burst = n
	}
	sum := 0
	for left := n; left > 0; left -= burst {
		if burst > left {
			burst = left
		}
		for i := 0; i < burst; i++ {
			p.c[0] <- left - i
		}
		for i := 0; i < burst; i++ {
			sum += <-p.c[0]
		}
	}
	p.sum = int64(sum)
	p.close(1, n)
}

func patternSpsc(capacity, n int) {
	p := patternOpen(capacity, n, 1)
	p.ended.Add(1)
	go p.send(0, n)
	p.receive(n)
	p.close(1, n)
}

func patternMpsc(capacity, n int) {
	p := patternOpen(capacity, n, 1)
	p.ended.Add(patternSide)
	for i := 0; i < patternSide; i++ {
		go p.send(0, p.each)
	}
	p.receive(n)
	p.close(patternSide, p.each)
}

func patternMpmc(capacity, n int) {
	p := patternOpen(capacity, n, 1)
	p.ended.Add(2 * patternSide)
	for i := 0; i < patternSide; i++ {
		go p.send(0, p.each)
	}
	for i := 0; i < patternSide; i++ {
		go func() {
			p.receive(p.each)
			p.ended.Done()
		}()
	}
	p.close(patternSide, p.each)
}

func patternSelectRx(capacity, n int) {
	p := patternOpen(capacity, n, patternSide)
	p.ended.Add(patternSide)
	for i := 0; i < patternSide; i++ {
		go p.send(i, p.each)
	}
	p.selectReceive(n)
	p.close(patternSide, p.each)
}

func patternSelectBoth(capacity, n int) {
	p := patternOpen(capacity, n, patternSide)
	p.ended.Add(2 * patternSide)
	for i := 0; i < patternSide; i++ {
		go p.selectSend(p.each)
	}
	for i := 0; i < patternSide; i++ {
		go func() {
			p.selectReceive(p.each)
			p.ended.Done()
		}()
	}
	p.close(patternSide, p.each)
}
