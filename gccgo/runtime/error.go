// SPDX-License-Identifier: MIT
// error.go: package runtime as Go programs see it, the part with errors.
//
// Package runtime stands in Go, in part: the compiler then makes the type
// descriptors and method tables that programs look at. Names and layouts of
// exported types are those of the export data that programs are compiled
// against.

package runtime

import "unsafe"

//go:linkname panicUncomparable runtime.panicUncomparable
//go:linkname panicUnhashable runtime.panicUnhashable
//go:linkname panicAssert runtime.panicAssert
//go:linkname panicText runtime.panicText
//go:linkname makeError runtime.makeError
//go:linkname getDivideError runtime.getDivideError
//go:linkname getOverflowError runtime.getOverflowError

// Error is what the runtime panics with.
type Error interface {
	error
	RuntimeError()
}

// The head of a type descriptor: abi.h has the rest.
type _type struct {
	size       uintptr
	ptrdata    uintptr
	hash       uint32
	tflag      uint8
	align      uint8
	fieldAlign uint8
	kind       uint8
	equal      unsafe.Pointer
	gcdata     *byte
	_string    *string
	uncommon   *struct{ name, pkgPath *string }
	ptrToThis  *_type
}

// The text has the paths of packages between tabs, for reflect only.
func (t *_type) text() string {
	s := *t._string
	var b []byte
	quoted := false
	for i := 0; i < len(s); i++ {
		if s[i] == '\t' {
			quoted = !quoted
		} else if !quoted {
			b = append(b, s[i])
		}
	}
	return string(b)
}

func (t *_type) pkgpath() string {
	if t.uncommon == nil || t.uncommon.pkgPath == nil {
		return ""
	}
	return *t.uncommon.pkgPath
}

// A TypeAssertionError is a failed type assertion.
type TypeAssertionError struct {
	_interface    *_type
	concrete      *_type
	asserted      *_type
	missingMethod string
}

func (*TypeAssertionError) RuntimeError() {}

func (e *TypeAssertionError) Error() string {
	from := "interface"
	if e._interface != nil {
		from = e._interface.text()
	}
	to := e.asserted.text()
	if e.concrete == nil {
		return "interface conversion: " + from + " is nil, not " + to
	}
	have := e.concrete.text()
	if e.missingMethod != "" {
		return "interface conversion: " + have + " is not " + to +
			": missing method " + e.missingMethod
	}
	s := "interface conversion: " + from + " is " + have + ", not " + to
	if have == to {
		if e.concrete.pkgpath() != e.asserted.pkgpath() {
			s += " (types from different packages)"
		} else {
			s += " (types from different scopes)"
		}
	}
	return s
}

func panicAssert(iface, have, want *_type, missing string) {
	panic(&TypeAssertionError{iface, have, want, missing})
}

// An errorString is an error of the runtime that says so.
type errorString string

func (e errorString) RuntimeError() {}
func (e errorString) Error() string { return "runtime error: " + string(e) }

// A plainError does not.
type plainError string

func (e plainError) RuntimeError() {}
func (e plainError) Error() string { return string(e) }

// A boundsError is an index or a slice expression out of range.
type boundsError struct{ text string }

func (e boundsError) RuntimeError() {}
func (e boundsError) Error() string { return "runtime error: " + e.text }

var divideError = error(errorString("integer divide by zero"))
var overflowError = error(errorString("integer overflow"))

// math/bits panics with these.
func getDivideError() error   { return divideError }
func getOverflowError() error { return overflowError }

func panicUncomparable(t *_type) {
	panic(errorString("comparing uncomparable type " + t.text()))
}

func panicUnhashable(t *_type) {
	panic(errorString("hash of unhashable type " + t.text()))
}

func hasPrefix(s, prefix string) bool {
	return len(s) >= len(prefix) && s[:len(prefix)] == prefix
}

// The panics that C code begins have a text only.
func makeError(text string) interface{} {
	const prefix = "runtime error: "
	if !hasPrefix(text, prefix) {
		return Error(plainError(text))
	}
	text = text[len(prefix):]
	// Up to 1.19 Go converts slices to pointers to arrays only.
	const from, to, old = "cannot convert slice with length ",
		" to array or pointer", " to pointer"
	if hasPrefix(text, from) {
		for i := len(from); i < len(text); i++ {
			if hasPrefix(text[i:], to) {
				text = text[:i] + old + text[i+len(to):]
			}
		}
	}
	if hasPrefix(text, "index out of") || hasPrefix(text, "slice bounds") ||
		hasPrefix(text, from) {
		return Error(boundsError{text})
	}
	return Error(errorString(text))
}
