// SPDX-License-Identifier: MIT
// slice_alias: a long random program on a few slices that share arrays; who
// sees whose writes is the result.
package main

import "fmt"

var state uint32 = 12345

func pick(n int) int {
	state = state*1664525 + 1013904223
	return int(state>>8) % n
}

var s [5][]int64

func show(step int) {
	h := uint64(14695981039346656037)
	for i := range s {
		h = (h ^ uint64(len(s[i]))) * 1099511628211
		h = (h ^ uint64(cap(s[i]))) * 1099511628211
		for _, v := range s[i][:cap(s[i])] {
			h = (h ^ uint64(v)) * 1099511628211
		}
	}
	fmt.Println(step, h)
}

func step(n int) {
	k, l := pick(len(s)), pick(len(s))
	switch pick(8) {
	case 0:
		s[k] = make([]int64, pick(20), 20+pick(20))
	case 1:
		hi := pick(cap(s[l]) + 1)
		lo := pick(hi + 1)
		s[k] = s[l][lo:hi]
	case 2:
		max := pick(cap(s[l]) + 1)
		hi := pick(max + 1)
		s[k] = s[l][pick(hi+1):hi:max]
	case 3:
		s[k] = append(s[l], int64(n))
	case 4:
		s[k] = append(s[l], int64(n), int64(n+1), int64(n+2))
	case 5:
		if len(s[k]) < 500 {
			s[k] = append(s[k], s[l]...)
		}
	case 6:
		fmt.Println("copied", copy(s[k], s[l]))
	case 7:
		for i := range s[k] {
			s[k][i] += int64(i * n)
		}
	}
}

// slices.Chunk by its definition, as Debian's Go has no slices: n elements at a
// time, the last time what is left, none with room behind it.
func chunks(s []int64, n int) (parts [][]int64) {
	for i := 0; i < len(s); i += n {
		end := i + n
		if end > len(s) {
			end = len(s)
		}
		parts = append(parts, s[i:end:end])
	}
	return parts
}

func showChunks() {
	all := make([]int64, 10, 20)
	for length := 0; length <= 10; length++ {
		s := all[:length]
		for n := 1; n < 13; n++ {
			fmt.Printf("chunks of %d:", n)
			for _, part := range chunks(s, n) {
				part[0]++
				fmt.Printf(" %d/%d/%d", len(part), cap(part), part[len(part)-1])
			}
			fmt.Println()
		}
	}
}

func main() {
	for n := 0; n < 20000; n++ {
		step(n)
		if n%50 == 0 {
			show(n)
		}
	}
	showChunks()
}
