// SPDX-License-Identifier: MIT

// Maps: the workloads of runtime/map_benchmark_test.go by their names, for
// three types of keys and more lengths, and the worst single insert.

package main

import (
	"fmt"
	"time"
)

var mapBenchmarks = []benchmark{
	{name: "MapAccessHit/Key=int32/len=6", run: func(n int) { mapHitInt32(n, 6) }},
	{name: "MapAccessMiss/Key=int32/len=6", run: func(n int) { mapMissInt32(n, 6) }},
	{name: "MapAssignFillNoHint/Key=int32/len=6", run: func(n int) { mapFillInt32(n, 6) }, granule: 6},
	{name: "MapAccessHit/Key=int32/len=1000", run: func(n int) { mapHitInt32(n, 1000) }},
	{name: "MapAccessMiss/Key=int32/len=1000", run: func(n int) { mapMissInt32(n, 1000) }},
	{name: "MapAssignFillNoHint/Key=int32/len=1000", run: func(n int) { mapFillInt32(n, 1000) }, granule: 1000},
	{name: "MapAccessHit/Key=int32/len=60000", run: func(n int) { mapHitInt32(n, 60000) }},
	{name: "MapAccessMiss/Key=int32/len=60000", run: func(n int) { mapMissInt32(n, 60000) }},
	{name: "MapAssignFillNoHint/Key=int32/len=60000", run: func(n int) { mapFillInt32(n, 60000) }, granule: 60000},
	{name: "MapAssignFillHint/Key=int32/len=60000", run: func(n int) { mapFillHintInt32(n, 60000) }, granule: 60000},
	{name: "MapAssignExists/Key=int32/len=60000", run: func(n int) { mapExistsInt32(n, 60000) }},
	{name: "MapDeleteAssign/Key=int32/len=60000", run: func(n int) { mapDeleteInt32(n, 60000) }},
	{name: "MapIter/Key=int32/len=60000", run: func(n int) { mapIterInt32(n, 60000) }, granule: 60000},
	{name: "MapAccessHit/Key=int64/len=6", run: func(n int) { mapHitInt64(n, 6) }},
	{name: "MapAccessMiss/Key=int64/len=6", run: func(n int) { mapMissInt64(n, 6) }},
	{name: "MapAssignFillNoHint/Key=int64/len=6", run: func(n int) { mapFillInt64(n, 6) }, granule: 6},
	{name: "MapAccessHit/Key=int64/len=1000", run: func(n int) { mapHitInt64(n, 1000) }},
	{name: "MapAccessMiss/Key=int64/len=1000", run: func(n int) { mapMissInt64(n, 1000) }},
	{name: "MapAssignFillNoHint/Key=int64/len=1000", run: func(n int) { mapFillInt64(n, 1000) }, granule: 1000},
	{name: "MapAccessHit/Key=int64/len=60000", run: func(n int) { mapHitInt64(n, 60000) }},
	{name: "MapAccessMiss/Key=int64/len=60000", run: func(n int) { mapMissInt64(n, 60000) }},
	{name: "MapAssignFillNoHint/Key=int64/len=60000", run: func(n int) { mapFillInt64(n, 60000) }, granule: 60000},
	{name: "MapAccessHit/Key=int64/len=850000", run: func(n int) { mapHitInt64(n, 850000) }},
	{name: "MapAccessMiss/Key=int64/len=850000", run: func(n int) { mapMissInt64(n, 850000) }},
	{name: "MapAssignFillNoHint/Key=int64/len=850000", run: func(n int) { mapFillInt64(n, 850000) }, granule: 850000},
	{name: "MapAssignFillHint/Key=int64/len=60000", run: func(n int) { mapFillHintInt64(n, 60000) }, granule: 60000},
	{name: "MapAssignExists/Key=int64/len=60000", run: func(n int) { mapExistsInt64(n, 60000) }},
	{name: "MapDeleteAssign/Key=int64/len=60000", run: func(n int) { mapDeleteInt64(n, 60000) }},
	{name: "MapIter/Key=int64/len=60000", run: func(n int) { mapIterInt64(n, 60000) }, granule: 60000},
	{name: "MapAccessHit/Key=string/len=6", run: func(n int) { mapHitString(n, 6) }},
	{name: "MapAccessMiss/Key=string/len=6", run: func(n int) { mapMissString(n, 6) }},
	{name: "MapAssignFillNoHint/Key=string/len=6", run: func(n int) { mapFillString(n, 6) }, granule: 6},
	{name: "MapAccessHit/Key=string/len=1000", run: func(n int) { mapHitString(n, 1000) }},
	{name: "MapAccessMiss/Key=string/len=1000", run: func(n int) { mapMissString(n, 1000) }},
	{name: "MapAssignFillNoHint/Key=string/len=1000", run: func(n int) { mapFillString(n, 1000) }, granule: 1000},
	{name: "MapAccessHit/Key=string/len=60000", run: func(n int) { mapHitString(n, 60000) }},
	{name: "MapAccessMiss/Key=string/len=60000", run: func(n int) { mapMissString(n, 60000) }},
	{name: "MapAssignFillNoHint/Key=string/len=60000", run: func(n int) { mapFillString(n, 60000) }, granule: 60000},
	{name: "MapAssignFillHint/Key=string/len=60000", run: func(n int) { mapFillHintString(n, 60000) }, granule: 60000},
	{name: "MapAssignExists/Key=string/len=60000", run: func(n int) { mapExistsString(n, 60000) }},
	{name: "MapDeleteAssign/Key=string/len=60000", run: func(n int) { mapDeleteString(n, 60000) }},
	{name: "MapIter/Key=string/len=60000", run: func(n int) { mapIterString(n, 60000) }, granule: 60000},
	{name: "MapWorstAssign", run: mapWorst, granule: 4000000, limit: 4000000},
}

const mapStride = 7919 // a prime: another order than that of adding

func mapMix(x uint64) uint64 {
	x = (x ^ x>>30) * 0xBF58476D1CE4E5B9
	x = (x ^ x>>27) * 0x94D049BB133111EB
	return x ^ x>>31
}

func mapNumber(i int) uint64 {
	return mapMix(uint64(i+1) * 0x9E3779B97F4A7C15)
}

func mapKeyInt32(i int) int32 { return int32(uint32(i) * 0x9E3779B1) }

func mapKeyInt64(i int) int64 { return int64(mapNumber(i)) }

func mapKeyString(i int) string { return fmt.Sprintf("%016x", mapNumber(i)) }

var mapSink int64

func mapWorst(n int) {
	worst := time.Duration(0)
	m := make(map[uint64]uint64)
	before := time.Now()
	for i := 0; i < n; i++ {
		m[mapNumber(i)] = 1
		now := time.Now()
		if now.Sub(before) > worst {
			worst = now.Sub(before)
		}
		before = now
	}
	reportTime(worst * time.Duration(n))
}

func mapKeysInt32(from, n int) []int32 {
	keys := make([]int32, n)
	for i := range keys {
		keys[i] = mapKeyInt32(from + i*mapStride%n)
	}
	return keys
}

func mapFullInt32(n, hint int) map[int32]int64 {
	m := make(map[int32]int64, hint)
	for i := 0; i < n; i++ {
		m[mapKeyInt32(i)] = int64(i) + 1
	}
	return m
}

func mapHitInt32(n, size int) { mapLookInt32(n, size, 0) }

func mapMissInt32(n, size int) { mapLookInt32(n, size, size) }

func mapLookInt32(n, size, from int) {
	m, keys := mapFullInt32(size, 0), mapKeysInt32(from, size)
	sum := int64(0)
	resetTimer()
	for i, k := 0, 0; i < n; i++ {
		sum += m[keys[k]]
		if k++; k == size {
			k = 0
		}
	}
	mapSink = sum
}

func mapFillInt32(n, size int) { mapFillUpInt32(n, size, 0) }

func mapFillHintInt32(n, size int) { mapFillUpInt32(n, size, size) }

func mapFillUpInt32(n, size, hint int) {
	keys := mapKeysInt32(0, size)
	resetTimer()
	for i := 0; i < n; i += size {
		m := make(map[int32]int64, hint)
		for _, k := range keys {
			m[k] = 1
		}
		mapSink = int64(len(m))
	}
}

func mapExistsInt32(n, size int) {
	m, keys := mapFullInt32(size, 0), mapKeysInt32(0, size)
	resetTimer()
	for i, k := 0, 0; i < n; i++ {
		m[keys[k]] = int64(i)
		if k++; k == size {
			k = 0
		}
	}
}

func mapDeleteInt32(n, size int) {
	m, keys := mapFullInt32(size, 0), mapKeysInt32(0, size)
	resetTimer()
	for i, k := 0, 0; i < n; i++ {
		delete(m, keys[k])
		m[keys[k]] = 1
		if k++; k == size {
			k = 0
		}
	}
}

func mapIterInt32(n, size int) {
	m := mapFullInt32(size, 0)
	sum := int64(0)
	resetTimer()
	for i := 0; i < n; i += size {
		for _, v := range m {
			sum += v
		}
	}
	mapSink = sum
}

func mapKeysInt64(from, n int) []int64 {
	keys := make([]int64, n)
	for i := range keys {
		keys[i] = mapKeyInt64(from + i*mapStride%n)
	}
	return keys
}

func mapFullInt64(n, hint int) map[int64]int64 {
	m := make(map[int64]int64, hint)
	for i := 0; i < n; i++ {
		m[mapKeyInt64(i)] = int64(i) + 1
	}
	return m
}

func mapHitInt64(n, size int) { mapLookInt64(n, size, 0) }

func mapMissInt64(n, size int) { mapLookInt64(n, size, size) }

func mapLookInt64(n, size, from int) {
	m, keys := mapFullInt64(size, 0), mapKeysInt64(from, size)
	sum := int64(0)
	resetTimer()
	for i, k := 0, 0; i < n; i++ {
		sum += m[keys[k]]
		if k++; k == size {
			k = 0
		}
	}
	mapSink = sum
}

func mapFillInt64(n, size int) { mapFillUpInt64(n, size, 0) }

func mapFillHintInt64(n, size int) { mapFillUpInt64(n, size, size) }

func mapFillUpInt64(n, size, hint int) {
	keys := mapKeysInt64(0, size)
	resetTimer()
	for i := 0; i < n; i += size {
		m := make(map[int64]int64, hint)
		for _, k := range keys {
			m[k] = 1
		}
		mapSink = int64(len(m))
	}
}

func mapExistsInt64(n, size int) {
	m, keys := mapFullInt64(size, 0), mapKeysInt64(0, size)
	resetTimer()
	for i, k := 0, 0; i < n; i++ {
		m[keys[k]] = int64(i)
		if k++; k == size {
			k = 0
		}
	}
}

func mapDeleteInt64(n, size int) {
	m, keys := mapFullInt64(size, 0), mapKeysInt64(0, size)
	resetTimer()
	for i, k := 0, 0; i < n; i++ {
		delete(m, keys[k])
		m[keys[k]] = 1
		if k++; k == size {
			k = 0
		}
	}
}

func mapIterInt64(n, size int) {
	m := mapFullInt64(size, 0)
	sum := int64(0)
	resetTimer()
	for i := 0; i < n; i += size {
		for _, v := range m {
			sum += v
		}
	}
	mapSink = sum
}

func mapKeysString(from, n int) []string {
	keys := make([]string, n)
	for i := range keys {
		keys[i] = mapKeyString(from + i*mapStride%n)
	}
	return keys
}

func mapFullString(n, hint int) map[string]int64 {
	m := make(map[string]int64, hint)
	for i := 0; i < n; i++ {
		m[mapKeyString(i)] = int64(i) + 1
	}
	return m
}

func mapHitString(n, size int) { mapLookString(n, size, 0) }

func mapMissString(n, size int) { mapLookString(n, size, size) }

func mapLookString(n, size, from int) {
	m, keys := mapFullString(size, 0), mapKeysString(from, size)
	sum := int64(0)
	resetTimer()
	for i, k := 0, 0; i < n; i++ {
		sum += m[keys[k]]
		if k++; k == size {
			k = 0
		}
	}
	mapSink = sum
}

func mapFillString(n, size int) { mapFillUpString(n, size, 0) }

func mapFillHintString(n, size int) { mapFillUpString(n, size, size) }

func mapFillUpString(n, size, hint int) {
	keys := mapKeysString(0, size)
	resetTimer()
	for i := 0; i < n; i += size {
		m := make(map[string]int64, hint)
		for _, k := range keys {
			m[k] = 1
		}
		mapSink = int64(len(m))
	}
}

func mapExistsString(n, size int) {
	m, keys := mapFullString(size, 0), mapKeysString(0, size)
	resetTimer()
	for i, k := 0, 0; i < n; i++ {
		m[keys[k]] = int64(i)
		if k++; k == size {
			k = 0
		}
	}
}

func mapDeleteString(n, size int) {
	m, keys := mapFullString(size, 0), mapKeysString(0, size)
	resetTimer()
	for i, k := 0, 0; i < n; i++ {
		delete(m, keys[k])
		m[keys[k]] = 1
		if k++; k == size {
			k = 0
		}
	}
}

func mapIterString(n, size int) {
	m := mapFullString(size, 0)
	sum := int64(0)
	resetTimer()
	for i := 0; i < n; i += size {
		for _, v := range m {
			sum += v
		}
	}
	mapSink = sum
}
