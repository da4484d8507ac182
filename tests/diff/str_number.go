// SPDX-License-Identifier: MIT
// str_number: numbers to and from text.
package main

import (
	"errors"
	"fmt"
	"math"
	"strconv"
)

var numbers = []string{
	"", "0", "-0", "+0", "1", "-1", "+7", "12345678901234567890", "9223372036854775807",
	"9223372036854775808", "-9223372036854775808", "-9223372036854775809", "127", "128", "-128",
	"-129", "18446744073709551615", "18446744073709551616", "0x1f", "0X1F", "0b101", "0B2", "0o17",
	"017", "08", "1_000", "_1", "1_", "1__0", "0x_f", "0_7", "0x", "0b", "0o", "zz", "ZZ", "a", "--1",
	"+-1", " 1", "1 ", "1.0", "0_", "0x1_", "-0x_ff", "0_x1", "99999999999999999999999999",
	"99999999999999999999__1", "99999999999999999999_", "_99999999999999999999", "1__99", "-0x_1__ff", "199z", "299z",
}

var floats = []string{
	"", ".", "1", "1.", ".5", "0.1", "-0", "+1e3", "1e", "1e+", "1E-5", "1e400", "-1e400", "1e-400",
	"5e-324", "2e-324", "3e-324", "1.7976931348623157e308", "1.7976931348623159e308", "inf", "+Inf",
	"-INFINITY", "infin", "nan", "NaN", "-nan", "0x1p-2", "0x1.8p1", "0x.8p0", "0x1", "0xp1", "0x1p",
	"1x", " 1", "1 ", "1e5e5", "1..2", "1e1000000000000", "0e1000000000000", "0.0000001e8",
	"9007199254740993", "1e23", "8.41e21", "123456789012345678901234567890", "3.4028235e38", "3.4028236e38",
	"1_0", "1_000.2_5", "0x_1p-2", "0x1_0.8_0p1_0", "1e1_0", "0_1", "_1", "1_", "1__0", "1_.5", "1._5", "1_e1",
	"1e_1", "1e+_1", "0_x1p1", "0x1_p1", "0x_p1", "0x._1p1", "0xa_bp1", "0x__1p1", "in_f", "nan_", "_", "-_1",
	"-1_0", "0b_1", "0o_1", "0b_1e5", "1_0x1p1",
}

var state uint64 = 1

func next() uint64 {
	state = state*6364136223846793005 + 1442695040888963407
	return state ^ state>>29
}

func failed(err error) string {
	if err == nil {
		return "no error"
	}
	return errors.Unwrap(err).Error()
}

func shortest(v float64, bits int) {
	fmt.Println(strconv.FormatFloat(v, 'g', -1, bits), strconv.FormatFloat(v, 'e', -1, bits),
		strconv.FormatFloat(v, 'b', -1, bits), strconv.FormatFloat(v, 'x', -1, bits))
}

func readFloat(s string, bits int) {
	v, err := strconv.ParseFloat(s, bits)
	fmt.Println(s, failed(err), strconv.FormatFloat(v, 'g', -1, 64))
}

// A decimal number of up to 40 digits.
func readRandom() {
	whole, fraction, bits := next(), next(), next()
	s := fmt.Sprintf("%d.%de%d", whole>>(bits%64), fraction>>((bits>>8)%64), int64((bits>>16)%700)-360)
	readFloat(s, 64)
	readFloat(s, 32)
}

func readBools() {
	for _, s := range []string{"1", "t", "T", "TRUE", "true", "True", "0", "f", "F", "FALSE", "false", "False",
		"", "tRUE", "yes", "true ", "2", "01"} {
		v, err := strconv.ParseBool(s)
		fmt.Println(strconv.FormatBool(v), failed(err))
	}
}

func main() {
	for _, s := range numbers {
		for _, base := range []int{0, 2, 8, 10, 16, 36} {
			for _, bits := range []int{0, 8, 32, 64} {
				v, err := strconv.ParseInt(s, base, bits)
				u, uerr := strconv.ParseUint(s, base, bits)
				fmt.Println(failed(err), v, failed(uerr), u)
			}
		}
	}
	for _, s := range floats {
		readFloat(s, 32)
		readFloat(s, 64)
	}
	for _, v := range []float64{0, math.Copysign(0, -1), 1, 1.5, 2.5, 1.03125, 1.09375, 0x1.08p0, 0x1.18p0, 0x1.f8p0,
		0x1.e8p0, 0x1.ffp3, 0x1.08p-1050, 0x1.fffffffffffffp1023, 0x1p-1074, 0x1.8p99, 0x1p100} {
		for precision := -1; precision < 18; precision++ {
			fmt.Print(strconv.FormatFloat(v, 'x', precision, 64), " ")
		}
		fmt.Println(strconv.FormatFloat(v, 'b', -1, 64), strconv.FormatFloat(v, 'b', -1, 32),
			strconv.FormatFloat(v, 'y', -1, 32))
	}
	for e := -1080; e < 1030; e++ {
		shortest(math.Ldexp(1, e), 64)
		if e != -12 { // two shortest forms are equally near: either will do
			shortest(math.Ldexp(1, e), 32)
		}
	}
	for i := 0; i < 4000; i++ {
		v := math.Float64frombits(next())
		if math.IsNaN(v) {
			continue
		}
		shortest(v, 64)
		f := float64(math.Float32frombits(uint32(next())))
		if !math.IsNaN(f) {
			shortest(f, 32)
		}
		small := float64(int64(next())>>20) / float64(1+next()%1000)
		fmt.Println(strconv.FormatFloat(small, 'f', -1, 64), strconv.FormatFloat(small, 'f', i%20, 64),
			strconv.FormatFloat(small, 'e', i%20, 64), strconv.FormatFloat(small, 'g', i%20, 64),
			strconv.FormatFloat(small, 'G', -1, 32), strconv.FormatFloat(small, 'x', i%20, 64),
			strconv.FormatFloat(-small, 'X', i%7, 32), strconv.FormatFloat(v, 'x', i%15, 64),
			strconv.FormatFloat(v, 'b', i%5, 64))
		n := int64(next())
		base := 2 + i%35
		fmt.Println(strconv.FormatInt(n, base), strconv.FormatUint(uint64(n), base))
	}
	for i := 0; i < 4000; i++ {
		readRandom()
	}
	readBools()
}
