// SPDX-License-Identifier: MIT

// Slices: the workloads of runtime/slice_test.go, sorting, and appending one
// at a time. What Go's compiler would keep on the stack or leave out is made
// to escape through the sinks: the C half has it on the heap.

package main

import (
	"sort"
	"strconv"
)

var sliceBenchmarks = []benchmark{
	{name: "MakeSliceCopy/mallocmove/Byte", run: mallocmoveByte},
	{name: "MakeSliceCopy/mallocmove/Int", run: mallocmoveInt},
	{name: "MakeSliceCopy/mallocmove/Ptr", run: mallocmovePtr},
	{name: "MakeSliceCopy/nilappend/Byte", run: nilappendByte},
	{name: "MakeSliceCopy/nilappend/Int", run: nilappendInt},
	{name: "MakeSliceCopy/nilappend/Ptr", run: nilappendPtr},
	{name: "MakeSlice/Byte", run: makeSliceByte},
	{name: "MakeSlice/Int16", run: makeSliceInt16},
	{name: "MakeSlice/Int", run: makeSliceInt},
	{name: "MakeSlice/Ptr", run: makeSlicePtr},
	{name: "MakeSlice/Struct/24", run: makeSlice24},
	{name: "MakeSlice/Struct/32", run: makeSlice32},
	{name: "MakeSlice/Struct/40", run: makeSlice40},
	{name: "GrowSlice/Byte", run: growSliceByte},
	{name: "GrowSlice/Int16", run: growSliceInt16},
	{name: "GrowSlice/Int", run: growSliceInt},
	{name: "GrowSlice/Ptr", run: growSlicePtr},
	{name: "GrowSlice/Struct/24", run: growSlice24},
	{name: "GrowSlice/Struct/32", run: growSlice32},
	{name: "GrowSlice/Struct/40", run: growSlice40},
	{name: "ExtendSlice/IntSlice", run: extendSliceGrow},
	{name: "ExtendSlice/NoGrow", run: extendSliceNoGrow},
	{name: "Append", run: appendInts},
	{name: "AppendGrowByte", run: appendGrowByte},
	{name: "AppendGrowInt", run: appendGrowInt},
	{name: "AppendGrowString", run: appendGrowString},
	{name: "AppendSlice/1Bytes", run: func(n int) { appendSlice(n, 1) }},
	{name: "AppendSlice/4Bytes", run: func(n int) { appendSlice(n, 4) }},
	{name: "AppendSlice/7Bytes", run: func(n int) { appendSlice(n, 7) }},
	{name: "AppendSlice/8Bytes", run: func(n int) { appendSlice(n, 8) }},
	{name: "AppendSlice/15Bytes", run: func(n int) { appendSlice(n, 15) }},
	{name: "AppendSlice/16Bytes", run: func(n int) { appendSlice(n, 16) }},
	{name: "AppendSliceLarge/1024Bytes", run: func(n int) { appendSliceLarge(n, 1<<10) }},
	{name: "AppendSliceLarge/4096Bytes", run: func(n int) { appendSliceLarge(n, 4<<10) }},
	{name: "AppendSliceLarge/16384Bytes", run: func(n int) { appendSliceLarge(n, 16<<10) }},
	{name: "AppendSliceLarge/65536Bytes", run: func(n int) { appendSliceLarge(n, 64<<10) }},
	{name: "AppendSliceLarge/262144Bytes", run: func(n int) { appendSliceLarge(n, 256<<10) }},
	{name: "AppendSliceLarge/1048576Bytes", run: func(n int) { appendSliceLarge(n, 1<<20) }},
	{name: "AppendStr/1Bytes", run: func(n int) { appendStr(n, "1") }},
	{name: "AppendStr/4Bytes", run: func(n int) { appendStr(n, "1234") }},
	{name: "AppendStr/8Bytes", run: func(n int) { appendStr(n, "12345678") }},
	{name: "AppendStr/16Bytes", run: func(n int) { appendStr(n, "1234567890123456") }},
	{name: "AppendSpecialCase", run: appendSpecialCase},
	{name: "Copy/1Byte", run: func(n int) { copyBytes(n, 1) }},
	{name: "Copy/2Byte", run: func(n int) { copyBytes(n, 2) }},
	{name: "Copy/4Byte", run: func(n int) { copyBytes(n, 4) }},
	{name: "Copy/8Byte", run: func(n int) { copyBytes(n, 8) }},
	{name: "Copy/12Byte", run: func(n int) { copyBytes(n, 12) }},
	{name: "Copy/16Byte", run: func(n int) { copyBytes(n, 16) }},
	{name: "Copy/32Byte", run: func(n int) { copyBytes(n, 32) }},
	{name: "Copy/128Byte", run: func(n int) { copyBytes(n, 128) }},
	{name: "Copy/1024Byte", run: func(n int) { copyBytes(n, 1024) }},
	{name: "AppendInPlace/NoGrow/Byte", run: inPlaceByte},
	{name: "AppendInPlace/NoGrow/1Ptr", run: inPlace1},
	{name: "AppendInPlace/NoGrow/2Ptr", run: inPlace2},
	{name: "AppendInPlace/NoGrow/3Ptr", run: inPlace3},
	{name: "AppendInPlace/NoGrow/4Ptr", run: inPlace4},
	{name: "AppendInPlace/Grow/Byte", run: inPlaceGrowByte},
	{name: "AppendInPlace/Grow/1Ptr", run: inPlaceGrow1},
	{name: "AppendInPlace/Grow/2Ptr", run: inPlaceGrow2},
	{name: "AppendInPlace/Grow/3Ptr", run: inPlaceGrow3},
	{name: "AppendInPlace/Grow/4Ptr", run: inPlaceGrow4},
	{name: "SortInt1K", run: sortInt1K},
	{name: "SortInt64K", run: sortInt64K},
	{name: "SortIntRandom100K", run: sortIntRandom},
	{name: "SortString1K", run: sortString1K},
	{name: "StableInt1K", run: stableInt1K},
}

type struct24 struct{ a, b, c int64 }

var (
	sinkByte  []byte
	sinkInt16 []int16
	sinkInt   []int
	sinkPtr   []*byte
	sinkStr   []string
	sink24    []struct24
	sink32    []struct32
	sink40    []struct40
	sinkNum   int

	inByte []byte
	in1    []uintptr
	in2    [][2]uintptr
	in3    [][3]uintptr
	in4    [][4]uintptr
)

// Lengths as variables, so that makes of them are not constant. (Where they
// are parameters, the function is not inlined, for the same reason.)
var sliceTwo, sliceNine, sliceWords = 2, 9, 32

func mallocmoveByte(n int) {
	from := make([]byte, 8*sliceWords)
	for i := 0; i < n; i++ {
		x := make([]byte, len(from))
		copy(x, from)
		sinkByte = x
	}
}

func mallocmoveInt(n int) {
	from := make([]int, sliceWords)
	for i := 0; i < n; i++ {
		x := make([]int, len(from))
		copy(x, from)
		sinkInt = x
	}
}

func mallocmovePtr(n int) {
	from := make([]*byte, sliceWords)
	for i := 0; i < n; i++ {
		x := make([]*byte, len(from))
		copy(x, from)
		sinkPtr = x
	}
}

func nilappendByte(n int) {
	from := make([]byte, 8*sliceWords)
	for i := 0; i < n; i++ {
		sinkByte = append([]byte(nil), from...)
	}
}

func nilappendInt(n int) {
	from := make([]int, sliceWords)
	for i := 0; i < n; i++ {
		sinkInt = append([]int(nil), from...)
	}
}

func nilappendPtr(n int) {
	from := make([]*byte, sliceWords)
	for i := 0; i < n; i++ {
		sinkPtr = append([]*byte(nil), from...)
	}
}

func makeSliceByte(n int) {
	for i := 0; i < n; i++ {
		sinkByte = make([]byte, sliceTwo, 2*sliceTwo)
	}
}

func makeSliceInt16(n int) {
	for i := 0; i < n; i++ {
		sinkInt16 = make([]int16, sliceTwo, 2*sliceTwo)
	}
}

func makeSliceInt(n int) {
	for i := 0; i < n; i++ {
		sinkInt = make([]int, sliceTwo, 2*sliceTwo)
	}
}

func makeSlicePtr(n int) {
	for i := 0; i < n; i++ {
		sinkPtr = make([]*byte, sliceTwo, 2*sliceTwo)
	}
}

func makeSlice24(n int) {
	for i := 0; i < n; i++ {
		sink24 = make([]struct24, sliceTwo, 2*sliceTwo)
	}
}

func makeSlice32(n int) {
	for i := 0; i < n; i++ {
		sink32 = make([]struct32, sliceTwo, 2*sliceTwo)
	}
}

func makeSlice40(n int) {
	for i := 0; i < n; i++ {
		sink40 = make([]struct40, sliceTwo, 2*sliceTwo)
	}
}

func growSliceByte(n int) {
	x := make([]byte, sliceNine)
	for i := 0; i < n; i++ {
		sinkByte = append([]byte(nil), x...)
	}
}

func growSliceInt16(n int) {
	x := make([]int16, sliceNine)
	for i := 0; i < n; i++ {
		sinkInt16 = append([]int16(nil), x...)
	}
}

func growSliceInt(n int) {
	x := make([]int, sliceNine)
	for i := 0; i < n; i++ {
		sinkInt = append([]int(nil), x...)
	}
}

func growSlicePtr(n int) {
	x := make([]*byte, sliceNine)
	for i := 0; i < n; i++ {
		sinkPtr = append([]*byte(nil), x...)
	}
}

func growSlice24(n int) {
	x := make([]struct24, sliceNine)
	for i := 0; i < n; i++ {
		sink24 = append([]struct24(nil), x...)
	}
}

func growSlice32(n int) {
	x := make([]struct32, sliceNine)
	for i := 0; i < n; i++ {
		sink32 = append([]struct32(nil), x...)
	}
}

func growSlice40(n int) {
	x := make([]struct40, sliceNine)
	for i := 0; i < n; i++ {
		sink40 = append([]struct40(nil), x...)
	}
}

func extendSliceGrow(n int) {
	length := 2 * sliceTwo
	s := make([]int, 0, length)
	for i := 0; i < n; i++ {
		s = append(s[:0:length/2], make([]int, length)...)
	}
	sinkInt = s
}

func extendSliceNoGrow(n int) {
	length := 2 * sliceTwo
	s := make([]int, 0, length)
	for i := 0; i < n; i++ {
		s = append(s[:0:length], make([]int, length)...)
	}
	sinkInt = s
}

const sliceTwenty = 20

func appendInts(n int) {
	x := make([]int, 0, sliceTwenty)
	for i := 0; i < n; i++ {
		x = x[0:0]
		for j := 0; j < sliceTwenty; j++ {
			x = append(x, j)
		}
	}
	sinkInt = x
}

func appendGrowByte(n int) {
	for i := 0; i < n; i++ {
		var x []byte
		for j := 0; j < 1<<20; j++ {
			x = append(x, byte(j))
		}
		sinkByte = x
	}
}

func appendGrowInt(n int) {
	for i := 0; i < n; i++ {
		var x []int
		for j := 0; j < 1<<20; j++ {
			x = append(x, j)
		}
		sinkInt = x
	}
}

func appendGrowString(n int) {
	var s string
	for i := 0; i < n; i++ {
		var x []string
		for j := 0; j < 1<<20; j++ {
			x = append(x, s)
		}
		sinkStr = x
	}
}

//go:noinline
func appendSlice(n, length int) {
	x := make([]byte, 0, sliceTwenty)
	y := make([]byte, length)
	for i := 0; i < n; i++ {
		x = x[0:0]
		x = append(x, y...)
	}
	sinkByte = x
}

//go:noinline
func appendSliceLarge(n, length int) {
	y := make([]byte, length)
	for i := 0; i < n; i++ {
		sinkByte = nil
		sinkByte = append(sinkByte, y...)
	}
}

//go:noinline
func appendStr(n int, str string) {
	x := make([]byte, 0, sliceTwenty)
	for i := 0; i < n; i++ {
		x = x[0:0]
		x = append(x, str...)
	}
	sinkByte = x
}

func appendSpecialCase(n int) {
	x := make([]int, 0, sliceTwenty)
	for i := 0; i < n; i++ {
		x = x[0:0]
		for j := 0; j < sliceTwenty; j++ {
			if len(x) < cap(x) {
				x = x[:len(x)+1]
				x[len(x)-1] = j
			} else {
				x = append(x, j)
			}
		}
	}
	sinkInt = x
}

//go:noinline
func copyBytes(n, length int) {
	to := make([]byte, 4096)
	from := make([]byte, length)
	for i := 0; i < n; i++ {
		sinkNum = copy(to, from)
	}
}

const (
	inPlaceLen  = 128
	inPlaceGrow = 5
)

func inPlaceByte(n int) {
	for i := 0; i < n; i++ {
		inByte = make([]byte, inPlaceLen)
		for j := 0; j < inPlaceLen; j++ {
			inByte = append(inByte, 0x77)
		}
	}
}

func inPlace1(n int) {
	for i := 0; i < n; i++ {
		in1 = make([]uintptr, inPlaceLen)
		for j := 0; j < inPlaceLen; j++ {
			in1 = append(in1, 0x77)
		}
	}
}

func inPlace2(n int) {
	for i := 0; i < n; i++ {
		in2 = make([][2]uintptr, inPlaceLen)
		for j := 0; j < inPlaceLen; j++ {
			in2 = append(in2, [2]uintptr{0x77, 0x88})
		}
	}
}

func inPlace3(n int) {
	for i := 0; i < n; i++ {
		in3 = make([][3]uintptr, inPlaceLen)
		for j := 0; j < inPlaceLen; j++ {
			in3 = append(in3, [3]uintptr{0x77, 0x88, 0x99})
		}
	}
}

func inPlace4(n int) {
	for i := 0; i < n; i++ {
		in4 = make([][4]uintptr, inPlaceLen)
		for j := 0; j < inPlaceLen; j++ {
			in4 = append(in4, [4]uintptr{0x77, 0x88, 0x99, 0xAA})
		}
	}
}

func inPlaceGrowByte(n int) {
	for i := 0; i < n; i++ {
		inByte = make([]byte, 0)
		for j := 0; j < inPlaceGrow; j++ {
			inByte = append(inByte, 0x77)
			inByte = inByte[:cap(inByte)]
		}
	}
}

func inPlaceGrow1(n int) {
	for i := 0; i < n; i++ {
		in1 = make([]uintptr, 0)
		for j := 0; j < inPlaceGrow; j++ {
			in1 = append(in1, 0x77)
			in1 = in1[:cap(in1)]
		}
	}
}

func inPlaceGrow2(n int) {
	for i := 0; i < n; i++ {
		in2 = make([][2]uintptr, 0)
		for j := 0; j < inPlaceGrow; j++ {
			in2 = append(in2, [2]uintptr{0x77, 0x88})
			in2 = in2[:cap(in2)]
		}
	}
}

func inPlaceGrow3(n int) {
	for i := 0; i < n; i++ {
		in3 = make([][3]uintptr, 0)
		for j := 0; j < inPlaceGrow; j++ {
			in3 = append(in3, [3]uintptr{0x77, 0x88, 0x99})
			in3 = in3[:cap(in3)]
		}
	}
}

func inPlaceGrow4(n int) {
	for i := 0; i < n; i++ {
		in4 = make([][4]uintptr, 0)
		for j := 0; j < inPlaceGrow; j++ {
			in4 = append(in4, [4]uintptr{0x77, 0x88, 0x99, 0xAA})
			in4 = in4[:cap(in4)]
		}
	}
}

// sortNumbers copies and sorts numbers n times.
func sortNumbers(n int, numbers []int) {
	x := make([]int, len(numbers))
	resetTimer()
	for i := 0; i < n; i++ {
		copy(x, numbers)
		sort.Ints(x)
	}
	stopTimer()
	check(sort.IntsAreSorted(x), "the order of numbers")
}

func xored(length, mask int) []int {
	numbers := make([]int, length)
	for i := range numbers {
		numbers[i] = i ^ mask
	}
	return numbers
}

func sortInt1K(n int)  { sortNumbers(n, xored(1<<10, 0x2cc)) }
func sortInt64K(n int) { sortNumbers(n, xored(1<<16, 0xcccc)) }

func sortIntRandom(n int) {
	numbers := make([]int, 100000)
	x := uint64(1)
	for i := range numbers {
		x = x*6364136223846793005 + 1442695040888963407
		numbers[i] = int(x >> 33)
	}
	sortNumbers(n, numbers)
}

func sortString1K(n int) {
	from := make([]string, 1<<10)
	for i := range from {
		from[i] = strconv.Itoa(i ^ 0x2cc)
	}
	x := make([]string, len(from))
	resetTimer()
	for i := 0; i < n; i++ {
		copy(x, from)
		sort.Strings(x)
	}
	stopTimer()
	check(sort.StringsAreSorted(x), "the order of strings")
}

func stableInt1K(n int) {
	from := xored(1<<10, 0x2cc)
	x := make([]int, len(from))
	resetTimer()
	for i := 0; i < n; i++ {
		copy(x, from)
		sort.SliceStable(x, func(a, b int) bool { return x[a] < x[b] })
	}
	stopTimer()
	check(sort.IntsAreSorted(x), "the order of numbers")
}
