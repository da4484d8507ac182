// SPDX-License-Identifier: MIT

//go:build !go1.21

package main

// Before package maps.
func cloneMap(m map[int64]int64) map[int64]int64 {
	c := make(map[int64]int64, len(m))
	for k, v := range m {
		c[k] = v
	}
	return c
}
