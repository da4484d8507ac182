// SPDX-License-Identifier: MIT
// memory.go: what programs ask about memory and profiles.
//
// There is no collector: what was allocated is all in use, finalizers never
// run, and profiles are empty.

package runtime

import "unsafe"

//go:linkname setGCPercent runtime_1debug.setGCPercent
//go:linkname setMaxStack runtime_1debug.setMaxStack
//go:linkname setMaxThreads runtime_1debug.setMaxThreads
//go:linkname freeOSMemory runtime_1debug.freeOSMemory
//go:linkname readGCStats runtime_1debug.readGCStats
//go:linkname modinfo runtime_1debug.modinfo
//go:linkname userTaskCreate runtime_1trace.userTaskCreate
//go:linkname userTaskEnd runtime_1trace.userTaskEnd
//go:linkname userRegion runtime_1trace.userRegion
//go:linkname userLog runtime_1trace.userLog
//go:linkname readProfile runtime_1pprof.readProfile
//go:linkname cyclesPerSecond runtime_1pprof.runtime__cyclesPerSecond
//go:linkname expandFrame runtime_1pprof.runtime__expandFinalInlineFrame
//go:linkname labelled runtime_1pprof.runtime__goroutineProfileWithLabels
//go:linkname setLabel runtime_1pprof.runtime__setProfLabel
//go:linkname getLabel runtime_1pprof.runtime__getProfLabel

// MemProfileRate is the number of bytes between samples; none are taken.
var MemProfileRate int = 512 * 1024

// MemStats is what ReadMemStats tells.
type MemStats struct {
	Alloc, TotalAlloc, Sys, Lookups, Mallocs, Frees      uint64
	HeapAlloc, HeapSys, HeapIdle, HeapInuse              uint64
	HeapReleased, HeapObjects                            uint64
	StackInuse, StackSys, MSpanInuse, MSpanSys           uint64
	MCacheInuse, MCacheSys, BuckHashSys, GCSys, OtherSys uint64
	NextGC, LastGC, PauseTotalNs                         uint64
	PauseNs                                              [256]uint64
	PauseEnd                                             [256]uint64
	NumGC, NumForcedGC                                   uint32
	GCCPUFraction                                        float64
	EnableGC, DebugGC                                    bool
	BySize                                               [61]struct {
		Size           uint32
		Mallocs, Frees uint64
	}
}

// Objects and bytes allocated so far (memory.c).
//
//extern leat__go_allocated
func allocated(objects, bytes *uint64)

var collections uint32

func ReadMemStats(m *MemStats) {
	*m = MemStats{}
	allocated(&m.Mallocs, &m.TotalAlloc)
	m.Alloc, m.HeapAlloc, m.HeapInuse = m.TotalAlloc, m.TotalAlloc, m.TotalAlloc
	m.HeapSys, m.Sys, m.HeapObjects = m.TotalAlloc, m.TotalAlloc, m.Mallocs
	m.NumGC = collections
	m.EnableGC = true
}

// A finalizer is checked as Go does, and never runs.
func SetFinalizer(obj interface{}, finalizer interface{}) {
	e := *(*eface)(unsafe.Pointer(&obj))
	if e.typ == nil {
		fatal("runtime.SetFinalizer: first argument is nil")
	}
	if e.typ.kind&kindMask != kindPointer {
		fatal("runtime.SetFinalizer: first argument is " + e.typ.text() +
			", not pointer")
	}
	if e.data == nil {
		fatal("nil elem type!")
	}
	f := *(*eface)(unsafe.Pointer(&finalizer))
	if f.typ != nil && f.typ.kind&kindMask != kindFunc {
		fatal("runtime.SetFinalizer: second argument is " + f.typ.text() +
			", not a function")
	}
}

const (
	kindFunc    = 19
	kindPointer = 22
)

// The end of the program with a message (sync.c).
//
//extern sync.throw
func fatal(text string)

func KeepAlive(x interface{}) {}

// A StackRecord, MemProfileRecord or BlockProfileRecord is an entry of a
// profile; there are none.
type StackRecord struct{ Stack0 [32]uintptr }

func (r *StackRecord) Stack() []uintptr { return recorded(r.Stack0[:]) }

type MemProfileRecord struct {
	AllocBytes, FreeBytes     int64
	AllocObjects, FreeObjects int64
	Stack0                    [32]uintptr
}

func (r *MemProfileRecord) InUseBytes() int64 {
	return r.AllocBytes - r.FreeBytes
}

func (r *MemProfileRecord) InUseObjects() int64 {
	return r.AllocObjects - r.FreeObjects
}

func (r *MemProfileRecord) Stack() []uintptr { return recorded(r.Stack0[:]) }

type BlockProfileRecord struct {
	Count, Cycles int64
	StackRecord
}

func recorded(s []uintptr) []uintptr {
	for i, pc := range s {
		if pc == 0 {
			return s[:i]
		}
	}
	return s
}

func MemProfile(p []MemProfileRecord, inuseZero bool) (n int, ok bool) {
	return 0, true
}
func BlockProfile(p []BlockProfileRecord) (n int, ok bool) { return 0, true }
func MutexProfile(p []BlockProfileRecord) (n int, ok bool) { return 0, true }
func ThreadCreateProfile(p []StackRecord) (n int, ok bool) { return 0, true }
func GoroutineProfile(p []StackRecord) (n int, ok bool)    { return 0, true }

func NumCgoCall() int64        { return 0 }
func SetCPUProfileRate(hz int) {}
func ReadTrace() []byte        { return nil }
func StartTrace() error {
	return plainError("tracing is not supported")
}
func StopTrace() {}

// Package runtime/debug.

var gcPercent int32 = 100
var maxStack, maxThreads = 256 << 20, 10000

func setGCPercent(n int32) int32 {
	old := gcPercent
	gcPercent = n
	return old
}

func setMaxStack(n int) int {
	old := maxStack
	maxStack = n
	return old
}

func setMaxThreads(n int) int {
	old := maxThreads
	maxThreads = n
	return old
}

func freeOSMemory()   {}
func modinfo() string { return "" }

// As package debug wants it: no pauses, then the last collection, the
// number of collections, the sum of their pauses.
func readGCStats(pauses *[]uint64) {
	*pauses = append((*pauses)[:0], 0, uint64(collections), 0)
}

// Packages runtime/trace and runtime/pprof.

func userTaskCreate(id, parent uint64, kind string) {}
func userTaskEnd(id uint64)                         {}
func userRegion(id, mode uint64, kind string)       {}
func userLog(id uint64, category, message string)   {}

func readProfile() (data []uint64, tags []unsafe.Pointer, eof bool) {
	return nil, nil, true
}
func cyclesPerSecond() int64                { return 1000000000 }
func expandFrame(stack []uintptr) []uintptr { return stack }
func setLabel(label unsafe.Pointer)         {}
func getLabel() unsafe.Pointer              { return nil }
func labelled(p []StackRecord, labels []unsafe.Pointer) (n int, ok bool) {
	return 0, true
}
