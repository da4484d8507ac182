// SPDX-License-Identifier: MIT
// slice_panics: the text of every panic that indexes and sizes can cause.
package main

import "fmt"

func try(f func()) {
	defer func() {
		fmt.Println(recover())
	}()
	f()
}

// Not constants: the compiler would refuse them.
var values = []int{-9223372036854775808, -1, 0, 1, 2, 3, 4, 5, 9,
	9223372036854775807}

var sinkInt int
var sink []int
var sinkStr string
var sinkArray *[4]int

func main() {
	s := make([]int, 3, 5)
	var null []int
	a := new([4]int)
	str := "abc"
	for _, i := range values {
		i := i
		try(func() { sinkInt = s[i] })
		try(func() { sinkInt = null[i] })
		try(func() { sinkInt = a[i] })
		try(func() { sinkInt = int(str[i]) })
		try(func() { sinkInt = s[uint64(i)] })
		try(func() { sinkInt = s[uint32(i)] })
		try(func() { sink = s[i:] })
		try(func() { sink = s[:i] })
		try(func() { sink = a[:i] })
		try(func() { sinkStr = str[i:] })
		try(func() { sinkStr = str[:i] })
		try(func() { sink = s[:uint64(i)] })
		for _, j := range values {
			j := j
			try(func() { sink = s[i:j] })
			try(func() { sink = a[i:j] })
			try(func() { sinkStr = str[i:j] })
			for _, k := range values {
				k := k
				try(func() { sink = s[i:j:k] })
				try(func() { sink = a[i:j:k] })
			}
		}
		if i != 9223372036854775807 {
			try(func() { sink = make([]int, i) })
			try(func() { sink = make([]int, 1, i) })
			try(func() { sink = make([]int, i, 3) })
		}
	}
	try(func() { sinkArray = (*[4]int)(s[:4]) })
}
