// SPDX-License-Identifier: MIT

// A tree of contexts: who ends with whom, with what error, and the values.
package main

import (
	"context"
	"fmt"
	"time"
)

type key struct{ name string }

var a, b = &key{"a"}, &key{"b"}

func errText(ctx context.Context) string {
	switch ctx.Err() {
	case nil:
		return "alive"
	case context.Canceled:
		return "canceled"
	case context.DeadlineExceeded:
		return "deadline"
	}
	return "?"
}

func value(ctx context.Context, k *key) int {
	if v, ok := ctx.Value(k).(int); ok {
		return v
	}
	return -1
}

func tree() {
	root, cancelRoot := context.WithCancel(context.Background())
	left, cancelLeft := context.WithCancel(context.WithValue(root, a, 1))
	leaf, cancelLeaf := context.WithCancel(context.WithValue(left, b, 2))
	right, cancelRight := context.WithTimeout(context.WithValue(root, a, 3), time.Hour)
	show := func() { fmt.Println(errText(root), errText(left), errText(leaf), errText(right)) }
	fmt.Println(value(leaf, a), value(leaf, b), value(right, a), value(right, b))
	show()
	cancelLeft()
	<-leaf.Done()
	show()
	cancelLeft()
	cancelRoot()
	<-right.Done()
	show()
	cancelLeaf()
	cancelRight()
	late, cancelLate := context.WithTimeout(root, time.Hour)
	fmt.Println("born", errText(late))
	cancelLate()
	fmt.Println(root.Done() == nil, context.Background().Done() == nil)
}

func deadlines() {
	outer, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
	inner, cancelInner := context.WithTimeout(outer, time.Hour)
	first, _ := outer.Deadline()
	second, _ := inner.Deadline()
	fmt.Println("inherited", first.Equal(second))
	<-inner.Done()
	fmt.Println(errText(outer), errText(inner))
	cancelInner()
	cancel()
	fmt.Println(errText(outer))
}

func workers() {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan int)
	for i := 0; i < 5; i++ {
		go func() {
			n := 0
			for {
				select {
				case <-ctx.Done():
					done <- n
					return
				default:
					if n < 10 {
						n++
					}
				}
				if n == 10 {
					<-ctx.Done()
				}
			}
		}()
	}
	time.Sleep(50 * time.Millisecond)
	cancel()
	sum := 0
	for i := 0; i < 5; i++ {
		sum += <-done
	}
	fmt.Println("worked", sum)
}

func main() {
	tree()
	deadlines()
	workers()
}
