// SPDX-License-Identifier: MIT

// map_growth: the Go half. It needs a Go whose maps have buckets, up to 1.23.
package main

import (
	"fmt"
	"unsafe"
)

const sameSizeGrow = 8

type hmap struct {
	count      int
	flags      uint8
	B          uint8
	noverflow  uint16
	hash0      uint32
	buckets    unsafe.Pointer
	oldbuckets unsafe.Pointer
	nevacuate  uintptr
	extra      unsafe.Pointer
}

func number(m map[uint64]uint64) *hmap { return *(**hmap)(unsafe.Pointer(&m)) }
func short(m map[uint32]uint8) *hmap   { return *(**hmap)(unsafe.Pointer(&m)) }
func text(m map[string]int) *hmap      { return *(**hmap)(unsafe.Pointer(&m)) }

// Prints what a write changed.
type watch struct {
	h       *hmap
	B       uint8
	growing bool
}

func (w *watch) look(what string, i int) {
	growing := w.h.oldbuckets != nil
	if w.h.B != w.B || growing && !w.growing {
		fmt.Printf("%s: %d: B %d to %d, %d entries, same size %d\n", what,
			i, w.B, w.h.B, w.h.count, w.h.flags&sameSizeGrow)
	}
	w.B, w.growing = w.h.B, growing
}

func begin(h *hmap) watch { return watch{h, h.B, h.oldbuckets != nil} }

func inserts() {
	m := make(map[uint64]uint64)
	w := begin(number(m))
	for i := 1; i <= 300000; i++ {
		m[uint64(i)] = 1
		w.look("numbers", i)
	}
	s := make(map[uint32]uint8)
	w = begin(short(s))
	for i := 1; i <= 5000; i++ {
		s[uint32(i*i)] = 1
		w.look("squares", i)
	}
	t := make(map[string]int)
	w = begin(text(t))
	for i := 1; i <= 5000; i++ {
		t[fmt.Sprint("key ", i)] = i
		w.look("texts", i)
	}
}

// A map that has just no room left, and what happens then.
func full(n int) {
	m := make(map[uint64]uint64)
	for i := 1; i <= n; i++ {
		m[uint64(i)] = 1
	}
	w := begin(number(m))
	for i := 1; i <= n; i++ {
		m[uint64(i)] = 2
		w.look("written again", i)
	}
	delete(m, uint64(n))
	m[uint64(n+1)] = 1
	w.look("one for another", n)
	m[uint64(n)] = 1
	w.look("one more", n)
}

func removing() {
	m := make(map[uint64]uint64)
	for i := 0; i < 1000; i++ {
		m[uint64(i)] = 1
	}
	w := begin(number(m))
	for i := 0; i < 1000; i++ {
		delete(m, uint64(i))
		w.look("deleted", i)
	}
	fmt.Println("empty:", w.h.count, w.h.B)
	for i := 0; i < 1000; i++ {
		m[uint64(i)] = 1
		w.look("filled again", i)
	}
	for k := range m {
		delete(m, k)
	}
	fmt.Println("cleared:", w.h.count, w.h.B)
}

func hints() {
	for hint := -2; hint < 2000; hint++ {
		n := hint
		if n < 0 {
			n = 0
		}
		fmt.Println("hint", hint, number(make(map[uint64]uint64, n)).B)
	}
	for n := 1 << 12; n <= 1<<16; n *= 2 {
		for d := -1; d <= 1; d++ {
			hint := n*13/2 + d
			fmt.Println("hint", hint,
				number(make(map[uint64]uint64, hint)).B)
		}
	}
}

// Numbers that are spread, for any hash.
func spread(i int) uint64 {
	x := uint64(i) * 0x9e3779b97f4a7c15
	return (x ^ x>>29) * 0xbf58476d1ce4e5b9
}

// One in, one out, until there are as many overflow buckets as buckets.
func churn(room, n int) {
	m := make(map[uint64]uint64, room)
	for i := 0; i < n; i++ {
		m[spread(i)] = 1
	}
	h := number(m)
	w, packed := begin(h), 0
	for i := n; packed < 3; i++ {
		delete(m, spread(i-n))
		w.look("churn, deleted", 0)
		before := h.noverflow
		m[spread(i)] = 1
		if h.oldbuckets != nil && !w.growing {
			packed++
			fmt.Println("overflow buckets:", before)
			w.look("churn", packed)
		}
		w.growing = h.oldbuckets != nil
	}
}

func main() {
	inserts()
	for _, n := range []int{8, 13, 26, 52, 104, 208, 13312} {
		full(n)
	}
	removing()
	hints()
	churn(26, 24)
	churn(384, 384)
	churn(1600, 1500)
}
