// SPDX-License-Identifier: MIT

// Idioms: a merge that switches off what has ended by setting it to nil, a
// pair of generators in step, a semaphore made of a channel, a tree walked
// by two goroutines at once.
package main

import "fmt"

func count(n, step int) chan int {
	c := make(chan int)
	go func() {
		for i := 0; i < n; i++ {
			c <- i * step
		}
		close(c)
	}()
	return c
}

func merge(a, b chan int) (int, int, int) {
	sum, n, nils := 0, 0, 0
	for a != nil || b != nil {
		select {
		case v, ok := <-a:
			if !ok {
				a = nil
				nils++
				continue
			}
			sum += v
			n++
		case v, ok := <-b:
			if !ok {
				b = nil
				nils++
				continue
			}
			sum += v
			n++
		}
	}
	return sum, n, nils
}

func zip(a, b chan int) {
	for x := range a {
		y, ok := <-b
		fmt.Println(x, y, ok)
	}
}

func semaphore(limit int) {
	sem := make(chan struct{}, limit)
	done := make(chan int)
	for i := 0; i < 20; i++ {
		go func() {
			sem <- struct{}{}
			inside := len(sem)
			<-sem
			done <- inside
		}()
	}
	ok := true
	for i := 0; i < 20; i++ {
		n := <-done
		ok = ok && n >= 1 && n <= limit
	}
	fmt.Println("semaphore", limit, ok, len(sem))
}

type tree struct {
	left, right *tree
	value       int
}

func insert(t *tree, v int) *tree {
	if t == nil {
		return &tree{nil, nil, v}
	}
	if v < t.value {
		t.left = insert(t.left, v)
	} else {
		t.right = insert(t.right, v)
	}
	return t
}

func walk(t *tree, c chan int) {
	if t != nil {
		walk(t.left, c)
		c <- t.value
		walk(t.right, c)
	}
}

func walker(t *tree) chan int {
	c := make(chan int)
	go func() {
		walk(t, c)
		close(c)
	}()
	return c
}

func same(a, b *tree) (bool, int) {
	x, y := walker(a), walker(b)
	n := 0
	for {
		v, ok1 := <-x
		w, ok2 := <-y
		if ok1 != ok2 || v != w {
			return false, n
		}
		if !ok1 {
			return true, n
		}
		n++
	}
}

func main() {
	fmt.Println(merge(count(100, 1), count(50, -3)))
	fmt.Println(merge(count(0, 1), count(1, 7)))
	fmt.Println(merge(nil, nil))
	zip(count(4, 2), count(3, 5))
	semaphore(1)
	semaphore(3)
	var a, b, c *tree
	for i := 0; i < 100; i++ {
		a = insert(a, i*37%101)
		b = insert(b, i*53%101)
		c = insert(c, i*37%101+i/99)
	}
	fmt.Println(same(a, a))
	fmt.Println(same(a, b))
	fmt.Println(same(a, c))
}
