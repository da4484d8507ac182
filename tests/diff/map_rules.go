// SPDX-License-Identifier: MIT

// map_rules: the Go half.
package main

import (
	"fmt"
	"math"
	"sort"
	"strings"
)

type point struct{ x, y int }

func b(v bool) int {
	if v {
		return 1
	}
	return 0
}

func assignNil() {
	var m map[int]int
	defer func() { fmt.Println("recovered:", recover()) }()
	m[1] = 1
}

func nilMap() {
	var m map[int]int
	n := 0
	_, ok := m[3]
	fmt.Println("nil:", len(m), m[3], b(ok))
	delete(m, 3)
	for k, v := range m {
		n += k + v + 1
	}
	fmt.Println("range over nil:", n)
	assignNil()
}

func notANumber() {
	m := make(map[float64]int)
	for i := 0; i < 5; i++ {
		m[math.NaN()] = i
	}
	m[0] = 10
	m[math.Copysign(0, -1)] = 11
	sum := 0
	for k, v := range m {
		if k == 0 {
			fmt.Println("zero is negative:", b(math.Signbit(k)))
		}
		sum += v
	}
	_, ok := m[math.NaN()]
	fmt.Println("nan:", len(m), sum, b(ok))
	delete(m, math.NaN())
	fmt.Println("after delete:", len(m))
}

func showSet(what string, came []bool) {
	count, sum := 0, 0
	for i, c := range came {
		if c {
			count++
			sum += i
		}
	}
	fmt.Printf("%s: %d came, sum %d\n", what, count, sum)
}

func makeInts(n int) map[int]int {
	m := make(map[int]int)
	for i := 0; i < n; i++ {
		m[i] = i * i
	}
	return m
}

func deleteAllMeanwhile(n int) {
	m := makeInts(n)
	came := make([]bool, n)
	for k, v := range m {
		came[k] = v == k*k
		delete(m, k)
	}
	showSet("delete each", came)
	fmt.Println("left:", len(m))
}

func deleteOthersMeanwhile(n int) {
	m := makeInts(n)
	first, count := true, 0
	for k, v := range m {
		count += b(v == k*k)
		for i := 0; first && i < n; i++ {
			if i != k {
				delete(m, i)
			}
		}
		first = false
	}
	fmt.Printf("delete others: %d came\n", count)
}

func addMeanwhile(n int) {
	m := makeInts(n)
	came := make([]bool, n)
	twice := 0
	for k, v := range m {
		if k >= n {
			continue
		}
		twice += b(came[k])
		came[k] = v == k*k
		for i := 0; i < 10; i++ {
			m[n+k*10+i] = -1
		}
	}
	showSet("add", came)
	fmt.Printf("twice: %d, now %d\n", twice, len(m))
}

func updateMeanwhile(n int) {
	m := makeInts(n)
	old, sum, first := 0, 0, true
	for k, v := range m {
		if !first {
			old += b(v != k+1)
		}
		for i := 0; first && i < n; i++ {
			m[i] = i + 1
		}
		for i := 0; first && i < n; i++ {
			m[n+i] = n + i + 1
		}
		first = false
		if k < n {
			sum += k
		}
	}
	fmt.Printf("update: %d old, sum %d\n", old, sum)
}

func keysOfAllKinds() {
	points := make(map[point]int)
	for i := 0; i < 100; i++ {
		points[point{i % 7, i % 3}] += i
	}
	fmt.Println("points:", len(points), points[point{3, 1}])
	w := make(map[string]int)
	for _, part := range strings.Fields("the cat and the dog and the end") {
		w[part]++
	}
	var keys []string
	for k := range w {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	for _, k := range keys {
		fmt.Println(k, w[k])
	}
}

// maps.Copy and maps.EqualFunc by their definitions: Debian's Go has no maps.
func copyMap(to, from map[int]int) {
	for k, v := range from {
		to[k] = v
	}
}

func equalFunc(a, c map[int]int, same func(v, w int) bool) bool {
	if len(a) != len(c) {
		return false
	}
	for k, v := range a {
		if w, ok := c[k]; !ok || !same(v, w) {
			return false
		}
	}
	return true
}

func sameParity(a, c int) bool { return a%2 == c%2 }

func copyToNil(from map[int]int) {
	var m map[int]int
	defer func() { fmt.Println("copied to nil:", recover()) }()
	copyMap(m, from)
}

func copyAndCompare() {
	a, c := make(map[int]int), make(map[int]int)
	var none map[int]int
	for i := 0; i < 60; i++ {
		a[i] = 3 * i
	}
	for i := 30; i < 90; i++ {
		c[i] = -1
	}
	copyMap(none, none)
	copyMap(c, none)
	copyMap(c, a)
	fmt.Print("copied: ", len(c))
	for i := 0; i < 90; i += 7 {
		fmt.Print(" ", c[i])
	}
	fmt.Print("\nequal: ", b(equalFunc(a, c, sameParity)))
	for i := 60; i < 90; i++ {
		delete(c, i)
	}
	c[10] = 32
	fmt.Print(" ", b(equalFunc(a, c, sameParity)))
	c[10] = 33
	fmt.Print(" ", b(equalFunc(a, c, sameParity)))
	fmt.Println("", b(equalFunc(none, none, sameParity)))
	copyToNil(a)
}

func main() {
	nilMap()
	notANumber()
	for _, n := range []int{1, 7, 8, 9, 13, 14, 27, 100, 1000} {
		deleteAllMeanwhile(n)
		deleteOthersMeanwhile(n)
		addMeanwhile(n)
		updateMeanwhile(n)
	}
	keysOfAllKinds()
	copyAndCompare()
}
