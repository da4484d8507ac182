// SPDX-License-Identifier: MIT
// words.go: counts the words of a text in parallel, a map for each part, and
// prints the most frequent. The first argument says how many words the text,
// made by a small random generator, has.

package main

import (
	"fmt"
	"os"
	"sort"
	"strconv"
	"strings"
)

var syllables = []string{"ba", "ko", "mi", "lu", "re", "no", "ti", "sa"}

// text makes n words; short ones are more frequent.
func text(n int) string {
	var b strings.Builder
	x := uint32(2463534242)
	next := func() uint32 {
		x ^= x << 13
		x ^= x >> 17
		x ^= x << 5
		return x
	}
	for i := 0; i < n; i++ {
		if i > 0 {
			b.WriteByte(' ')
		}
		for {
			r := next()
			b.WriteString(syllables[r%8])
			if r>>8%3 == 0 {
				break
			}
		}
	}
	return b.String()
}

func count(part []string, out chan<- map[string]int) {
	m := make(map[string]int)
	for _, w := range part {
		m[w]++
	}
	out <- m
}

type entry struct {
	word string
	n    int
}

func main() {
	n := 10000
	if len(os.Args) > 1 {
		var err error
		if n, err = strconv.Atoi(os.Args[1]); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
	const parts = 4
	words := strings.Fields(text(n))
	out := make(chan map[string]int)
	for i := 0; i < parts; i++ {
		go count(words[i*len(words)/parts:(i+1)*len(words)/parts], out)
	}
	total := make(map[string]int)
	for i := 0; i < parts; i++ {
		for w, k := range <-out {
			total[w] += k
		}
	}
	var all []entry
	for w, k := range total {
		all = append(all, entry{w, k})
	}
	sort.Slice(all, func(i, j int) bool {
		if all[i].n != all[j].n {
			return all[i].n > all[j].n
		}
		return all[i].word < all[j].word
	})
	fmt.Printf("%d words, %d different\n", len(words), len(all))
	for _, e := range all[:10] {
		fmt.Printf("%6d %s\n", e.n, e.word)
	}
}
