// SPDX-License-Identifier: MIT
// abi.go: what compiled Go programs and the adaptor must agree on, seen from
// Go: sizes of elements and results, interfaces, closures, hashes, growth.
// Prints OK, or what differs.

package main

type three struct{ a, b, c int }

type shape interface {
	area() int
	name() string
}

type square int

func (s square) area() int    { return int(s * s) }
func (s square) name() string { return "square" }

type box struct{ w, h int }

func (b *box) area() int    { return b.w * b.h }
func (b *box) name() string { return "box" }

type key struct {
	f float64
	s string
	i interface{}
}

func check(ok bool, what string) {
	if !ok {
		println("differs:", what)
	}
}

func channels() {
	c := make(chan three, 2)
	c <- three{1, 2, 3}
	c <- three{4, 5, 6}
	check(len(c) == 2 && cap(c) == 2, "len and cap")
	a, ok := <-c
	check(a == three{1, 2, 3} && ok, "receive")
	close(c)
	<-c
	a, ok = <-c
	check(a == three{} && !ok, "receive from closed")
	select {
	case v, ok := <-c:
		check(v == three{} && !ok, "select on closed")
	default:
		check(false, "select with default")
	}
}

func interfaces() {
	var e interface{} = square(3)
	s, ok := e.(shape)
	check(ok && s.area() == 9 && s.name() == "square", "conversion")
	e = &box{2, 5}
	check(e.(shape).area() == 10, "pointer receiver")
	_, ok = e.(interface{ volume() int })
	check(!ok, "missing method")
	var x, y interface{} = three{1, 2, 3}, three{1, 2, 3}
	check(x == y && x != interface{}(3), "comparison")
	switch v := e.(type) {
	case square:
		check(false, "type switch")
	case *box:
		check(v.w == 2, "type switch")
	}
}

func maps() {
	m := map[key]int{}
	for i := 0; i < 1000; i++ {
		m[key{float64(i), "k", i}]++
		m[key{float64(i), "k", i}]++
	}
	n := 0
	for k, v := range m {
		check(k.i == int(k.f) && v == 2, "entry")
		n++
	}
	check(n == 1000 && len(m) == 1000, "number of entries")
	delete(m, key{5, "k", 5})
	_, ok := m[key{5, "k", 5}]
	check(!ok && m[key{6, "k", 6}] == 2, "delete")
	big := map[string][300]int{"x": {299: 7}}
	check(big["x"][299] == 7 && big["y"][299] == 0, "large elements")
}

func slices() {
	var s []int
	caps := ""
	last := -1
	for i := 0; i < 2000; i++ {
		s = append(s, i)
		if cap(s) != last {
			last = cap(s)
			caps += string(rune('a' + last%26))
		}
	}
	check(last == 2560, "growth")
	t := append([]byte("ab"), "cd"...)
	check(string(t) == "abcd" && copy(t, "xy") == 2, "bytes")
	r := []rune("aé世")
	check(len(r) == 3 && string(r[2:]) == "世", "runes")
}

// Recovers, in a frame between.
func guarded(f func()) (text string) {
	defer func() {
		if e := recover(); e != nil {
			text = e.(error).Error()
		}
	}()
	f()
	return "nothing"
}

func panics() {
	zero := 0
	var p *box
	var m map[string]int
	check(guarded(func() { println(1 / zero) }) ==
		"runtime error: integer divide by zero", "division")
	check(guarded(func() { println(p.w) }) == "runtime error: "+
		"invalid memory address or nil pointer dereference", "nil")
	check(guarded(func() { m["a"] = 1 }) ==
		"assignment to entry in nil map", "nil map")
	check(guarded(func() { println([]int{1}[zero+5]) }) ==
		"runtime error: index out of range [5] with length 1", "index")
	check(guarded(func() { close(make(chan int)) }) == "nothing", "close")
	check(guarded(func() { var c chan int; close(c) }) ==
		"close of nil channel", "close of nil")
	check(guarded(func() { var i interface{} = 1; println(i.(string)) }) ==
		"interface conversion: interface {} is int, not string", "assert")
	check(guarded(func() {
		defer func() { panic(guardedError("second")) }()
		panic("first")
	}) == "second", "panic in a deferred function")
	n := 0
	func() {
		for i := 0; i < 10; i++ {
			defer func(k int) { n = n*2 + k }(i % 2)
		}
	}()
	check(n == 682, "order of deferred calls")
}

type guardedError string

func (e guardedError) Error() string { return string(e) }

func main() {
	channels()
	interfaces()
	maps()
	slices()
	panics()
	println("OK")
}
