// SPDX-License-Identifier: MIT

// A go.mod that says 1.19 makes newer toolchains give the twin the timer
// channels of before Go 1.23. The comparison is with what a Go program of today
// gets, so the new ones are asked for where both exist.

//go:build go1.23 && !go1.27

//go:debug asynctimerchan=0
package main
