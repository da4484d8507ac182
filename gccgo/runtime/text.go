// SPDX-License-Identifier: MIT
// text.go: what is printed of a panic's value, as Go prints it.

package runtime

import "unsafe"

type stringer interface{ String() string }

type eface struct {
	typ  *_type
	data unsafe.Pointer
}

const (
	kindBool = 1 + iota
	kindInt
	kindInt8
	kindInt16
	kindInt32
	kindInt64
	kindUint
	kindUint8
	kindUint16
	kindUint32
	kindUint64
	kindUintptr
	kindFloat32
	kindFloat64
	kindComplex64
	kindComplex128
	kindString = 24
	kindMask   = 31
)

func decimal(v uint64, base uint64) string {
	var b [32]byte
	i := len(b)
	for {
		i--
		b[i] = "0123456789abcdef"[v%base]
		v /= base
		if v == 0 {
			return string(b[i:])
		}
	}
}

func signed(v int64) string {
	if v < 0 {
		return "-" + decimal(uint64(-v), 10)
	}
	return decimal(uint64(v), 10)
}

// floatText is print's form of a number.
func floatText(v float64) string {
	const digits = 7
	switch {
	case v != v:
		return "NaN"
	case v+v == v && v > 0:
		return "+Inf"
	case v+v == v && v < 0:
		return "-Inf"
	}
	sign, e := "+", 0
	if v < 0 || v == 0 && 1/v < 0 {
		sign, v = "-", -v
	}
	if v != 0 {
		for ; v >= 10; e++ {
			v /= 10
		}
		for ; v < 1; e-- {
			v *= 10
		}
		half := 5.0
		for i := 0; i < digits; i++ {
			half /= 10
		}
		if v += half; v >= 10 {
			e++
			v /= 10
		}
	}
	s := sign
	for i := 0; i < digits; i++ {
		d := int(v)
		s += decimal(uint64(d), 10)
		if i == 0 {
			s += "."
		}
		v = (v - float64(d)) * 10
	}
	if e < 0 {
		s, e = s+"e-", -e
	} else {
		s += "e+"
	}
	return s + decimal(uint64(e/100), 10) + decimal(uint64(e/10%10), 10) +
		decimal(uint64(e%10), 10)
}

// basicText is the text of what lies at p, of a basic kind; "" for others.
func basicText(kind uint8, p unsafe.Pointer) string {
	switch kind & kindMask {
	case kindBool:
		if *(*bool)(p) {
			return "true"
		}
		return "false"
	case kindInt:
		return signed(int64(*(*int)(p)))
	case kindInt8:
		return signed(int64(*(*int8)(p)))
	case kindInt16:
		return signed(int64(*(*int16)(p)))
	case kindInt32:
		return signed(int64(*(*int32)(p)))
	case kindInt64:
		return signed(*(*int64)(p))
	case kindUint, kindUintptr, kindUint64:
		return decimal(*(*uint64)(p), 10)
	case kindUint8:
		return decimal(uint64(*(*uint8)(p)), 10)
	case kindUint16:
		return decimal(uint64(*(*uint16)(p)), 10)
	case kindUint32:
		return decimal(uint64(*(*uint32)(p)), 10)
	case kindFloat32:
		return floatText(float64(*(*float32)(p)))
	case kindFloat64:
		return floatText(*(*float64)(p))
	case kindComplex64:
		c := *(*complex64)(p)
		return "(" + floatText(float64(real(c))) +
			floatText(float64(imag(c))) + "i)"
	case kindComplex128:
		c := *(*complex128)(p)
		return "(" + floatText(real(c)) + floatText(imag(c)) + "i)"
	}
	return ""
}

func isBasic(name string) bool {
	for i := 0; i < len(name); i++ {
		if name[i] == '.' {
			return false
		}
	}
	return true
}

func panicText(v interface{}) string {
	switch v := v.(type) {
	case nil:
		return "nil"
	case error:
		return v.Error()
	case stringer:
		return v.String()
	case string:
		return v
	}
	e := *(*eface)(unsafe.Pointer(&v))
	name := e.typ.text()
	if e.typ.kind&kindMask == kindString {
		return name + "(\"" + *(*string)(e.data) + "\")"
	}
	s := basicText(e.typ.kind, e.data)
	switch {
	case s == "":
		return "(" + name + ") 0x" + decimal(uint64(uintptr(e.data)), 16)
	case isBasic(name):
		return s
	}
	return name + "(" + s + ")"
}
