// SPDX-License-Identifier: MIT
// frames.go: functions and frames.

package runtime

type place struct {
	fn, file string
	line     int
	entry    uintptr
}

// The place of the call before pc (symbol.c); fn is "" when unknown.
//
//extern runtime.placeOf
func placeOf(pc uintptr, p *place)

// A Func is a function of the program.
type Func struct {
	name  string
	entry uintptr
}

func FuncForPC(pc uintptr) *Func {
	var p place
	// pc may be a function's first byte, or lie behind a call.
	if placeOf(pc+1, &p); p.entry != pc {
		placeOf(pc, &p)
	}
	if p.fn == "" {
		return nil
	}
	return &Func{p.fn, p.entry}
}

func (f *Func) Name() string {
	if f == nil {
		return ""
	}
	return f.name
}

func (f *Func) Entry() uintptr {
	if f == nil {
		return 0
	}
	return f.entry
}

func (f *Func) FileLine(pc uintptr) (file string, line int) {
	var p place
	if placeOf(pc+1, &p); p.entry != pc {
		placeOf(pc, &p)
	}
	return p.file, p.line
}

// A Frame is what Frames tells of one.
type Frame struct {
	PC       uintptr
	Func     *Func
	Function string
	File     string
	Line     int
	Entry    uintptr
}

// Frames goes over what Callers has found.
type Frames struct {
	callers   []uintptr
	last      uintptr
	lastCount int
}

func CallersFrames(callers []uintptr) *Frames {
	return &Frames{callers: callers}
}

func (ci *Frames) Next() (frame Frame, more bool) {
	if len(ci.callers) == 0 {
		return Frame{}, false
	}
	pc := ci.callers[0]
	ci.callers = ci.callers[1:]
	var p place
	placeOf(pc, &p)
	f := Frame{PC: pc, Function: p.fn, File: p.file, Line: p.line,
		Entry: p.entry}
	if p.fn != "" {
		f.Func = &Func{p.fn, p.entry}
	}
	return f, len(ci.callers) > 0
}
