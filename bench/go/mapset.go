// SPDX-License-Identifier: MIT

// Maps beyond Go's own names; see bench_mapset.c.

package main

import (
	"os"
	"runtime"
	"runtime/debug"
	"sort"
	"strconv"
	"strings"
	"time"
)

var mapsetBenchmarks = []benchmark{
	{name: "MapAccessHit/Key=int64/len=64", run: func(n int) { mapHitInt64(n, 64) }},
	{name: "MapAccessHit/Key=int64/len=53000", run: func(n int) { mapHitInt64(n, 53000) }},
	{name: "MapAccessHit/Key=int64/len=54000", run: func(n int) { mapHitInt64(n, 54000) }},
	{name: "MapAssignFillNoHint/Key=int64/len=64", run: func(n int) { mapFillInt64(n, 64) }, granule: 64},
	{name: "MapAccessHit/Key=low/len=60000", run: func(n int) { mapHitBy(n, 60000, mapKeyLow) }},
	{name: "MapAssignFillNoHint/Key=low/len=60000", run: func(n int) { mapFillBy(n, 60000, mapKeyLow) }, granule: 60000},
	{name: "MapAccessHit/Key=high/len=60000", run: func(n int) { mapHitBy(n, 60000, mapKeyHigh) }},
	{name: "MapAssignFillNoHint/Key=high/len=60000", run: func(n int) { mapFillBy(n, 60000, mapKeyHigh) }, granule: 60000},
	{name: "MapAccessHit/Key=string100/len=1000", run: func(n int) { mapHitLong(n, 1000) }},
	{name: "MapAccessHit/Key=string100/len=60000", run: func(n int) { mapHitLong(n, 60000) }},
	{name: "MapAssignFillNoHint/Key=string100/len=1000", run: func(n int) { mapFillLong(n, 1000) }, granule: 1000},
	{name: "MapAccessMixed/Hits=25/len=60000", run: func(n int) { mapMixed(n, 60000, 25) }, granule: 60000},
	{name: "MapAccessMixed/Hits=50/len=60000", run: func(n int) { mapMixed(n, 60000, 50) }, granule: 60000},
	{name: "MapAccessMixed/Hits=75/len=60000", run: func(n int) { mapMixed(n, 60000, 75) }, granule: 60000},
	{name: "MapAssignFillNoHint/Elem=56/len=60000", run: func(n int) { mapFillWide(n, 60000) }, granule: 60000},
	{name: "MapAccessHit/Elem=56/len=60000", run: func(n int) { mapHitWide(n, 60000) }},
	{name: "MapIter/Elem=56/len=60000", run: func(n int) { mapIterWide(n, 60000) }, granule: 60000},
	{name: "MapDeleteMiss/Key=int64/len=60000", run: func(n int) { mapDeleteMiss(n, 60000) }},
	{name: "MapClone/Key=int64/len=60000", run: func(n int) { mapClone(n, 60000) }, granule: 60000},
	{name: "MapClear/Key=int64/len=60000", run: func(n int) { mapClear(n, 60000) }, granule: 60000},
	{name: "MapMakeEmpty", run: mapMakeEmpty},
	{name: "MapAssignP9999", run: mapP9999, granule: 4000000, limit: 4000000},
	{name: "MapBytes/Key=int64/len=1000000", run: mapBytes, granule: 1000000, limit: 1000000},
	{name: "MapBytes/Key=int64/len=1800000", run: mapBytes, granule: 1800000, limit: 1800000},
}

const (
	mapHighBits     = 40    // how far the keys `high` are shifted
	mapWorstLeftOut = 10000 // one of so many is worse than P9999
)

func mapKeyLow(i int) int64 { return int64(i) }

func mapKeyHigh(i int) int64 { return int64(i) << mapHighBits }

// Different in the middle.
func mapKeyLong(i int) string {
	return strings.Repeat("x", 42) + mapKeyString(i) + strings.Repeat("x", 42)
}

func mapKeysBy(from, n int, key func(int) int64) []int64 {
	keys := make([]int64, n)
	for i := range keys {
		keys[i] = key(from + i*mapStride%n)
	}
	return keys
}

func mapHitBy(n, size int, key func(int) int64) {
	m, keys := make(map[int64]int64), mapKeysBy(0, size, key)
	for i := 0; i < size; i++ {
		m[key(i)] = int64(i) + 1
	}
	mapUse(n, m, keys)
}

// Sums the values of the keys in turn.
func mapUse(n int, m map[int64]int64, keys []int64) {
	sum := int64(0)
	resetTimer()
	for i, k := 0, 0; i < n; i++ {
		sum += m[keys[k]]
		if k++; k == len(keys) {
			k = 0
		}
	}
	mapSink = sum
}

func mapFillBy(n, size int, key func(int) int64) {
	keys := mapKeysBy(0, size, key)
	resetTimer()
	for i := 0; i < n; i += size {
		m := make(map[int64]int64)
		for _, k := range keys {
			m[k] = 1
		}
		mapSink = int64(len(m))
	}
}

func mapKeysLong(n int) []string {
	keys := make([]string, n)
	for i := range keys {
		keys[i] = mapKeyLong(i * mapStride % n)
	}
	return keys
}

func mapHitLong(n, size int) {
	m, keys, sum := make(map[string]int64), mapKeysLong(size), int64(0)
	for i := 0; i < size; i++ {
		m[mapKeyLong(i)] = int64(i) + 1
	}
	resetTimer()
	for i, k := 0, 0; i < n; i++ {
		sum += m[keys[k]]
		if k++; k == size {
			k = 0
		}
	}
	mapSink = sum
}

func mapFillLong(n, size int) {
	keys := mapKeysLong(size)
	resetTimer()
	for i := 0; i < n; i += size {
		m := make(map[string]int64)
		for _, k := range keys {
			m[k] = 1
		}
		mapSink = int64(len(m))
	}
}

func mapMixed(n, size, hits int) {
	m, keys := mapFullInt64(size, 0), mapKeysInt64(0, size)
	for i := range keys {
		if int(mapNumber(i)%100) >= hits {
			keys[i] = mapKeyInt64(size + i)
		}
	}
	mapUse(n, m, keys)
}

type mapWide struct{ a [7]int64 }

func mapFillWide(n, size int) {
	keys := mapKeysInt64(0, size)
	resetTimer()
	for i := 0; i < n; i += size {
		m := make(map[int64]mapWide)
		for k, key := range keys {
			m[key] = mapWide{[7]int64{int64(k)}}
		}
		mapSink = int64(len(m))
	}
}

func mapFullWide(size int) map[int64]mapWide {
	m := make(map[int64]mapWide)
	for i := 0; i < size; i++ {
		m[mapKeyInt64(i)] = mapWide{[7]int64{int64(i) + 1}}
	}
	return m
}

func mapHitWide(n, size int) {
	m, keys, sum := mapFullWide(size), mapKeysInt64(0, size), int64(0)
	resetTimer()
	for i, k := 0, 0; i < n; i++ {
		sum += m[keys[k]].a[0]
		if k++; k == size {
			k = 0
		}
	}
	mapSink = sum
}

func mapIterWide(n, size int) {
	m, sum := mapFullWide(size), int64(0)
	resetTimer()
	for i := 0; i < n; i += size {
		for _, v := range m {
			sum += v.a[0]
		}
	}
	mapSink = sum
}

func mapDeleteMiss(n, size int) {
	m, keys := mapFullInt64(size, 0), mapKeysInt64(size, size)
	resetTimer()
	for i, k := 0, 0; i < n; i++ {
		delete(m, keys[k])
		if k++; k == size {
			k = 0
		}
	}
}

func mapClone(n, size int) {
	m := mapFullInt64(size, 0)
	resetTimer()
	for i := 0; i < n; i += size {
		mapSink = int64(len(cloneMap(m)))
	}
}

func mapClear(n, size int) {
	m, keys := mapFullInt64(size, 0), mapKeysInt64(0, size)
	resetTimer()
	for i := 0; i < n; i += size {
		for k := range m { // compiled to one call
			delete(m, k)
		}
		for _, k := range keys {
			m[k] = 1
		}
	}
}

var mapMade map[int64]int64

func mapMakeEmpty(n int) {
	for i := 0; i < n; i++ {
		mapMade = make(map[int64]int64)
	}
}

func mapP9999(n int) {
	each := make([]time.Duration, n)
	m := make(map[uint64]uint64)
	before := time.Now()
	for i := 0; i < n; i++ {
		m[mapNumber(i)] = 1
		now := time.Now()
		each[i] = now.Sub(before)
		before = now
	}
	sort.Slice(each, func(i, j int) bool { return each[i] < each[j] })
	reportTime(each[n-1-n/mapWorstLeftOut] * time.Duration(n))
}

// Resident memory, when what is not in use has gone back to the system.
func mapResident() int64 {
	debug.FreeOSMemory()
	text, err := os.ReadFile("/proc/self/statm")
	check(err == nil, "/proc/self/statm")
	pages, err := strconv.ParseInt(strings.Fields(string(text))[1], 10, 64)
	check(err == nil, "/proc/self/statm")
	return pages * int64(os.Getpagesize())
}

func mapBytes(n int) {
	before := mapResident()
	m := make(map[uint64]uint64)
	for i := 0; i < n; i++ {
		m[mapNumber(i)] = 1
	}
	reportTime(time.Duration(mapResident() - before))
	runtime.KeepAlive(m)
}
