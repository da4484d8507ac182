// SPDX-License-Identifier: MIT

//go:build go1.21

package main

import "maps"

func cloneMap(m map[int64]int64) map[int64]int64 { return maps.Clone(m) }
