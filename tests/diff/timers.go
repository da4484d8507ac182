// SPDX-License-Identifier: MIT

// What comes first, with times so far apart that a busy machine keeps the
// order: sleeps, timers, after, after-func, tickers, deadlines of select.
package main

import (
	"fmt"
	"time"
)

const unit = 60 * time.Millisecond

func sleepers() {
	out := make(chan int)
	for _, n := range []int{4, 1, 3, 2} {
		go func(n int) {
			time.Sleep(time.Duration(n) * unit)
			out <- n
		}(n)
	}
	for i := 0; i < 4; i++ {
		fmt.Println("slept", <-out)
	}
}

func timers() {
	out := make(chan string, 4)
	time.AfterFunc(2*unit, func() { out <- "func" })
	stopped := time.AfterFunc(unit, func() { out <- "stopped" })
	moved := time.AfterFunc(time.Hour, func() { out <- "moved" })
	fmt.Println(stopped.Stop(), stopped.Stop(), moved.Reset(3*unit))
	after := time.After(unit)
	for i := 0; i < 3; i++ {
		select {
		case s := <-out:
			fmt.Println(s)
		case <-after:
			fmt.Println("after")
		}
	}
	fmt.Println(moved.Stop(), moved.Reset(time.Hour), moved.Stop())
}

func ticker() {
	start := time.Now()
	t := time.NewTicker(unit)
	for i := 0; i < 3; i++ {
		<-t.C
	}
	fmt.Println(int(time.Since(start)/unit) >= 3)
	t.Stop()
	time.Sleep(2 * unit)
	select {
	case <-t.C:
		fmt.Println("tick")
	default:
		fmt.Println("no tick")
	}
}

func deadlines() {
	c := make(chan int)
	go func() { time.Sleep(3 * unit); c <- 5 }()
	for i := 0; i < 3; i++ {
		select {
		case v := <-c:
			fmt.Println(v)
		case <-time.After(2 * unit):
			fmt.Println("too late")
		}
	}
}

func main() {
	sleepers()
	timers()
	ticker()
	deadlines()
}
