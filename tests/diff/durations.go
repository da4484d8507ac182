// SPDX-License-Identifier: MIT
// durations: to text, and from text that is one or is not.
package main

import (
	"fmt"
	"math"
	"time"
)

var texts = []string{
	"", "0", "-0", "+0", "00", "0s", "1", "5s", "30s", "1478s", "-5s", "+5s", "--5s", "-+5s",
	"5.0s", "5.6s", "5.s", ".5s", "1.0s", "1.00s", "1.004s", "1.0040s", "100.00100s", "10ns",
	"11us", "12\u00b5s", "12\u03bcs", "13ms", "14s", "15m", "16h", "3h30m", "10.5s4m",
	"-2m3.4s", "1h2m3s4ms5us6ns", "39h9m14.425s", "52763797000ns", "0.3333333333333333333h",
	"9007199254740993ns", "9223372036854775807ns", "9223372036854775.807us",
	"9223372036s854ms775us807ns", "-9223372036854775808ns", "-9223372036854775.808us",
	"-9223372036s854ms775us808ns", "9223372036854775808ns", "9223372036854775.808us",
	"9223372036854ms775us808ns", "-9223372036854775809ns", "9223372036854775810ns",
	"10000000000000000000ns", "3000000h", "2562047h47m16.854775807s",
	"2562047h47m16.854775808s", "-2562047h47m16.854775808s", "0.100000000000000000000h",
	"0.830103483285477580700h", "0.9223372036854775808h", "0.99999999999999999999999s", "3",
	"-", "s", ".", "-.", ".s", "+.s", "1.", "1.2.3s", "1 s", " 1s", "1s ", "1d", "1S",
	"1hour", "1h 2m", "1s1", "\u00b5s", "1\xb5s", "1\xff", "1.5ns", "0.1ns", "0.9ns",
	"99999999999999999999999999999999h", "1e3s", "0x10s", "1_000s", "-1s2", "0h0m0s",
	"-0.5ms", "1m.5s", "1ms1ms1ms",
}

var state uint64 = 1

func next() uint64 {
	state = state*6364136223846793005 + 1442695040888963407
	return state ^ state>>29
}

func read(s string) {
	d, err := time.ParseDuration(s)
	if err != nil {
		d = 0
	}
	fmt.Printf("%x %d %v\n", s, int64(d), err == nil)
}

func write(ns int64) {
	s := time.Duration(ns).String()
	fmt.Println(ns, s)
	read(s)
}

func roundTo(d, unit time.Duration) {
	fmt.Println(int64(d.Round(unit)), int64(d.Truncate(unit)), int64(d.Abs()))
}

func roundAll() {
	edges := []time.Duration{0, 1, -1, 2, -2, 3, 5, -5, 10, 14, 15, 16, -15, time.Hour, -time.Hour, math.MaxInt64,
		math.MaxInt64 - 1, math.MaxInt64 / 2, math.MaxInt64/2 + 1, math.MinInt64, math.MinInt64 + 1, math.MinInt64 / 2}
	for _, d := range edges {
		for _, unit := range edges {
			roundTo(d, unit)
		}
	}
	for i := 0; i < 2000; i++ {
		d := time.Duration(int64(next()) >> (i % 60))
		roundTo(d, time.Duration(int64(next())>>(i%63)))
	}
}

func main() {
	for _, s := range texts {
		read(s)
	}
	for _, ns := range []int64{0, 1, -1, 999, 1000, 1001, 1100, -2200000, 999999, 1000000,
		999999999, 1000000000, 3300000000, 59999999999, 60000000000, 245000000000, 245001000000,
		3599999999999, 3600000000000, 18367001000000, 480000000001, math.MaxInt64,
		math.MinInt64, math.MinInt64 + 1} {
		write(ns)
	}
	for i := 0; i < 4000; i++ {
		write(int64(next()) >> (i % 64))
		read(fmt.Sprintf("%d.%dh%d.%dm.%ds", next()%100, next(), next()%1000, next()>>20, next()))
	}
	roundAll()
}
