# SPDX-License-Identifier: MIT
# The build of record. `make help` lists the targets; everything is built below
# build/VARIANT/, so variants never disturb each other.

# ---- Settings --------------------------------------------------------------
VERSION := $(or $(shell sed -n 's/^.define LEAT_VERSION "\(.*\)"/\1/p' \
	include/leat/base.h),0.1.0)
SOVERSION := 0
PREFIX   ?= /usr/local
MANDIR   ?= $(PREFIX)/share/man
# Where gdb looks by itself for the script of a library in PREFIX/lib.
GDBDIR   ?= $(PREFIX)/share/gdb/auto-load$(PREFIX)/lib
DESTDIR  ?=
VARIANT  ?= release
BUILD    ?= build/$(VARIANT)
WERROR   ?= 0
# Arguments of the test runner, as in: make test TESTARGS="-v 'chan.*'"
TESTARGS ?=
GOTESTARGS ?=
BENCHARGS ?=
COUNTARGS ?=
# How often `make soak` repeats what it runs, each time with other seeds.
SOAK     ?= 20
# How many seconds `make fuzz` gives each of its targets.
FUZZ_S   ?= 60

ifeq ($(origin CC),default)
CC := gcc
endif
ifeq ($(origin CXX),default)
CXX := g++
endif
first = $(firstword $(foreach p,$(1),$(shell command -v $(p) 2>/dev/null)))
CLANG   ?= $(or $(call first,clang-14 clang),clang-14)
CLANGXX ?= $(or $(call first,clang++-14 clang++),clang++-14)
GO      ?= $(call first,go /usr/lib/go-1.19/bin/go)
# A Go up to 1.23, whose maps have buckets.
BUCKET_GO ?= $(call first,/usr/lib/go-1.19/bin/go)
CROSS   ?= aarch64-linux-gnu-
GCCGO   ?= $(call first,gccgo-12)

WARNINGS := -Wall -Wextra -Wshadow -Wundef -Wvla
CWARNINGS := -Wstrict-prototypes -Wmissing-prototypes
ifeq ($(WERROR),1)
WARNINGS += -Werror
endif
OPT      := -O2 -g
LDLIBS   := -pthread

# ---- Variants --------------------------------------------------------------
# `make test VARIANT=tsan` and `make tsan` are the same. asan has the undefined
# behaviour checks in it. The cross build is linked static, for the emulator.
SAN_FLAGS := -O1 -g -fno-omit-frame-pointer
ifeq ($(VARIANT),asan)
OPT := $(SAN_FLAGS) -fsanitize=address,undefined -fno-sanitize-recover=undefined
endif
ifeq ($(VARIANT),tsan)
OPT := $(SAN_FLAGS) -fsanitize=thread
# The sanitizer's map of the address space allows for 28 random bits.
ifeq ($(shell test $$(cat /proc/sys/vm/mmap_rnd_bits 2>/dev/null || echo 0) \
	-gt 28 && setarch -R true && echo yes),yes)
WRAPPER ?= setarch -R
endif
endif
ifeq ($(VARIANT),debug)
OPT := -Og -g3 -DLEAT_DEBUG=2
endif
ifneq ($(filter $(VARIANT),clang fuzz),)
CC  := $(CLANG)
CXX := $(CLANGXX)
endif
ifeq ($(VARIANT),fuzz)
OPT := $(SAN_FLAGS) -fsanitize=fuzzer-no-link,address,undefined \
	-fno-sanitize-recover=undefined -DLEAT_DEBUG=1 -DLEAT_FUZZ
$(BUILD)/fuzz-%: private LDFLAGS += -fsanitize=fuzzer -Wl,--wrap=_exit \
	-Wl,--wrap=leat__map_seed -Wl,--wrap=leat__map_random
endif
ifeq ($(VARIANT),cov)
# Many tests end in _exit, which skips the writing of the counters; the wrapper
# in tests/lib/runner_cov.c writes them first.
OPT := -O0 -g --coverage -fprofile-update=atomic -DLEAT_COV
$(BUILD)/tests $(BUILD)/selftest: private LDFLAGS += -Wl,--wrap=_exit
endif
ifeq ($(VARIANT),aarch64)
CC  := $(CROSS)gcc
CXX := $(CROSS)g++
AR  := $(CROSS)gcc-ar
LDFLAGS += -static
WRAPPER ?= qemu-aarch64
endif

BASE := $(OPT) -D_GNU_SOURCE $(WARNINGS) -fvisibility=hidden -pthread
ALL_CFLAGS   = -std=gnu11 $(BASE) $(CWARNINGS) $(CFLAGS)
# Our own headers warn here, where they would not in another's program.
ALL_CXXFLAGS = -std=gnu++17 $(BASE) -DLEAT_HEADER_WARNINGS $(CXXFLAGS)
PIC := -fPIC -ftls-model=initial-exec
DEP  = -MMD -MP
TESTDEFS := -DLEAT_SOURCE_DIR='"$(CURDIR)"'

# ---- What there is ---------------------------------------------------------
LIB_SRC  := $(sort $(wildcard src/*/*.c))
LIB_OBJ  := $(LIB_SRC:%.c=$(BUILD)/obj/%.o)
PIC_OBJ  := $(LIB_SRC:%.c=$(BUILD)/pic/%.o)
TEST_SRC := $(sort $(wildcard tests/lib/*.c tests/unit/*.c))
TEST_OBJ := $(TEST_SRC:%.c=$(BUILD)/obj/%.o)
SELF_OBJ := $(patsubst %.c,$(BUILD)/obj/%.o,$(wildcard tests/lib/runner*.c) \
	tests/lib/selftest/cases.c)
# Programs of one file each: tests/programs/x.c becomes BUILD/programs/x.
one_file = $(patsubst $(1)/%.$(3),$(BUILD)/$(2)/%,$(wildcard $(1)/*.$(3)))
EXAMPLES := $(call one_file,examples,examples,c)
PROGRAMS := $(call one_file,tests/programs,programs,c) \
	$(call one_file,tests/stress,stress,c) \
	$(call one_file,tests/diff,diff,c)
# The cross compiler of the test set has no C++ half.
CXX_PROGRAMS := $(if $(filter aarch64,$(VARIANT)),,\
	$(call one_file,tests/cxx,cxx,cc))
GO_TWINS := $(if $(GO),$(patsubst tests/diff/%.go,build/go/%,\
	$(filter-out $(if $(BUCKET_GO),,%/map_growth.go),\
	$(wildcard tests/diff/*.go))))
FUZZERS := $(patsubst tests/fuzz/fuzz_%.c,$(BUILD)/fuzz-%,\
	$(wildcard tests/fuzz/fuzz_*.c))
WORDS_OBJ := $(patsubst %.c,$(BUILD)/obj/%.o,$(wildcard apps/words/*.c))
BENCH_OBJ := $(patsubst %.c,$(BUILD)/obj/%.o,$(wildcard bench/*.c))
LIB   := $(BUILD)/libleat.a
SONAME := libleat.so.$(SOVERSION)
SHLIB := $(BUILD)/libleat.so
APPS  := $(if $(WORDS_OBJ),$(BUILD)/words)
LIBS  := $(LIB) $(if $(filter aarch64,$(VARIANT)),,$(SHLIB))

# Go programs on Leat (gccgo/), where gccgo is installed. Of libgo come the
# packages; what is taken out of it here is its runtime.
GO_VARIANTS := release debug
ifneq ($(and $(GCCGO),$(filter $(VARIANT),$(GO_VARIANTS))),)
LEATGO := $(BUILD)/libleatgo.a $(BUILD)/libleatgo-packages.a $(BUILD)/leat-go
endif
LEATGO_OBJ := $(patsubst %.c,$(BUILD)/obj/%.o,$(wildcard gccgo/*.c)) \
	$(BUILD)/obj/gccgo/runtime_go.o
LIBGO = $(shell $(GCCGO) -print-file-name=libgo.a)
LIBGO_RUNTIME := $(addsuffix .o,aeshash env_posix go-assert go-caller \
	go-callers go-cgo go-construct-map go-context go-fieldtrack go-matherr \
	go-memclr go-memequal go-memmove go-nanotime go-now go-setenv go-signal \
	go-unsetenv go-unwind panic print proc runtime runtime_c stack yield)

# Where coverage is reported, and is wanted near 100% of branches.
COV_DIRS  := chan sync time sched
# A process that ends while others count may leave a branch of -1: ignored.
COV_ROOMS := $(COV_DIRS:%=--filter src/%/) --gcov-ignore-parse-errors \
	--exclude-branches-by-pattern '.*(LEAT_CHECK|leat_assert)\(.*'

# The peers of the benchmarks that need no more than gcc, and what looks at the
# machine beside them.
PEERS := $(if $(filter aarch64,$(VARIANT)),,\
	$(addprefix build/peers/bench-,pthread ucontext) build/machine/line)

# ---- Targets ---------------------------------------------------------------
.PHONY: all lib examples programs tests test selftest asan tsan debug clang \
	aarch64 soak fuzz fuzz-save fuzzers cov bench bench-quick counts \
	counts-renew dist docs install install-files uninstall tidy clean help \
	leat-go go-tests FORCE
.DELETE_ON_ERROR:
.SECONDARY:

all: $(LIBS) $(APPS) $(EXAMPLES) $(LEATGO)
lib: $(LIBS)
leat-go: lib $(LEATGO)
	@[ -n "$(LEATGO)" ] || { echo "leat-go needs gccgo-12" \
		"(bash tools/setup.sh go), and VARIANT=release or debug"; exit 1; }
examples: $(EXAMPLES)
programs: $(PROGRAMS) $(CXX_PROGRAMS) $(GO_TWINS)
tests: all programs dist $(BUILD)/tests $(BUILD)/selftest $(BUILD)/bench \
	$(PEERS)

help:
	@echo "all            the library, words, the examples, leat-go"
	@echo "lib examples   some of it"
	@echo "install        to PREFIX; uninstall takes it away"
	@echo "dist           the two files dist/leat.h and dist/leat.c"
	@echo "docs           docs/api and the manual pages"
	@echo "test           all tests; TESTARGS=\"-v 'chan.*'\" some"
	@echo "asan tsan debug clang aarch64   the tests of that variant"
	@echo "soak fuzz      what depends on chance, SOAK times; for FUZZ_S seconds"
	@echo "cov            coverage of branches"
	@echo "go-tests       Go's own test programs, by leat-go; GOTESTARGS"
	@echo "bench          the benchmarks; bench-quick a few; BENCHARGS"
	@echo "counts         instructions, compared; counts-renew notes new ones"
	@echo "tidy clean     the rules of the house; away with build and dist"
	@echo "settings: VARIANT=NAME WERROR=1 CC=... CFLAGS=... PREFIX=..."

test: selftest
	LEAT_TEST_WRAPPER='$(WRAPPER)' $(WRAPPER) $(BUILD)/tests $(TESTARGS)

# The runner, by what it says about tests made to fail.
selftest: tests
	LEAT_TEST_WRAPPER='$(WRAPPER)' \
		bash tests/lib/selftest/selftest.sh $(BUILD)/selftest

asan tsan debug clang aarch64:
	+$(MAKE) --no-print-directory VARIANT=$@ test

# What depends on chance, many times: conservation of values, seeded runs, the
# order of channels under contention.
soak: tests
	LEAT_TEST_WRAPPER='$(WRAPPER)' $(WRAPPER) $(BUILD)/tests -v \
		--repeat $(SOAK) 'sched.no_value_*' 'sched.every_value_*' 'seed.*' \
		'chan_go.*' 'goker.*'
	LEAT_TEST_WORDS=/usr/include $(WRAPPER) $(BUILD)/tests -v \
		'words.counts_of_system_*'

# Maps, slices and strings under libFuzzer, from the saved corpus on and from
# what earlier runs found; fuzz-save adds to the former what reaches new places.
fuzz fuzz-save:
	+$(MAKE) --no-print-directory VARIANT=fuzz fuzzers
	bash tests/fuzz/run.sh $(if $(filter %save,$@),save,$(FUZZ_S))
fuzzers: $(FUZZERS)

cov:
	+$(MAKE) --no-print-directory VARIANT=cov tests
	find build/cov -name '*.gcda' -delete
	LEAT_TEST_SLOW=$${LEAT_TEST_SLOW:-3} build/cov/tests $(TESTARGS)
	LEAT_TEST_SLOW=$${LEAT_TEST_SLOW:-3} LEATPROCS=1 build/cov/tests $(TESTARGS)
	if command -v gcovr >/dev/null; then \
		gcovr -r . $(COV_ROOMS) build/cov/obj/src && \
		gcovr -r . $(COV_ROOMS) --branches build/cov/obj/src; \
	else \
		find $(COV_DIRS:%=build/cov/obj/src/%) -name '*.gcda' \
			-exec gcov -bnr {} +; \
	fi

bench: all
	+$(MAKE) --no-print-directory $(BUILD)/bench
	python3 bench/compare.py --docs $(BENCHARGS)
	python3 bench/go_examples.py --leat-go $(BUILD)/leat-go
bench-quick: all
	+$(MAKE) --no-print-directory $(BUILD)/bench
	python3 bench/compare.py --quick $(BENCHARGS)
# Instructions of core operations against bench/counts.json; or a new one.
counts counts-renew: all
	+$(MAKE) --no-print-directory $(BUILD)/bench
	python3 bench/counts.py --program $(BUILD)/bench \
		$(if $(filter %renew,$@),--renew) $(COUNTARGS)

# Go's own test programs: GOTESTARGS="--match 'chan/*' --procs 1".
go-tests: leat-go
	python3 tools/go-tests.py --leat-go $(BUILD)/leat-go $(GOTESTARGS)

tidy:
	python3 tools/tidy.py

# docs/api and the manual pages, from the comments of the headers.
docs:
	python3 tools/apidoc.py --man build/man/man3

clean:
	rm -rf build dist

# ---- Rules -----------------------------------------------------------------
# Changes when the command line does, and then everything is built again.
$(BUILD)/flags: FORCE
	@mkdir -p $(@D)
	@echo '$(CC) $(CXX) $(ALL_CFLAGS) $(CXXFLAGS) $(LDFLAGS)' \
		'$(CLEAR) $(BENCH_ALIGN)' > $@.new
	@cmp -s $@.new $@ || mv $@.new $@; rm -f $@.new

# gcc clears structs of more than 64 bytes by `rep stos`, which takes 30 cycles
# to begin: a quarter of waiting on a condition. Vectors in its place, where the
# compiler knows the option. (Memory of a size that is not known would be
# cleared by bytes: see alloc_zero.)
CLEAR := -mmemset-strategy=vector_loop:512:noalign,libcall:-1:noalign
CLEAR := $(shell echo | $(CC) $(CLEAR) -E - >/dev/null 2>&1 && echo $(CLEAR))
$(LIB_OBJ) $(PIC_OBJ): private ALL_CFLAGS += $(CLEAR)

$(LIB): $(LIB_OBJ)
	rm -f $@ && $(AR) rcs $@ $^

# Not to be unloaded: its threads, handlers and thread-locals go on.
$(SHLIB): $(PIC_OBJ) tools/leat.map
	$(CC) -shared $(OPT) $(LDFLAGS) -Wl,-soname,$(SONAME) -Wl,-z,defs \
		-Wl,-z,nodelete -Wl,--version-script=tools/leat.map -o $@.$(VERSION) $(PIC_OBJ) \
		$(LDLIBS)
	ln -sf libleat.so.$(VERSION) $(BUILD)/$(SONAME)
	ln -sf $(SONAME) $@

$(BUILD)/words: $(WORDS_OBJ) $(LIB)
$(BUILD)/bench: $(BENCH_OBJ) $(LIB)
$(BUILD)/tests: $(TEST_OBJ) $(LIB)
$(BUILD)/selftest: $(SELF_OBJ) $(LIB)
$(FUZZERS): $(BUILD)/fuzz-%: $(BUILD)/obj/tests/fuzz/fuzz_%.o \
	$(BUILD)/obj/tests/fuzz/wraps.o $(LIB)
$(EXAMPLES): $(BUILD)/examples/%: $(BUILD)/obj/examples/%.o $(LIB)
$(filter $(BUILD)/programs/%,$(PROGRAMS)): \
	$(BUILD)/programs/%: $(BUILD)/obj/tests/programs/%.o $(LIB)
$(filter $(BUILD)/stress/%,$(PROGRAMS)): \
	$(BUILD)/stress/%: $(BUILD)/obj/tests/stress/%.o $(LIB)
$(filter $(BUILD)/diff/%,$(PROGRAMS)): \
	$(BUILD)/diff/%: $(BUILD)/obj/tests/diff/%.o $(LIB)
$(BUILD)/words $(BUILD)/bench $(BUILD)/tests $(BUILD)/selftest $(EXAMPLES) \
$(FUZZERS) $(PROGRAMS):
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) $(LDFLAGS) -o $@ $^ $(LDLIBS)
# Loops of a few instructions take one cycle a turn or two, by whether they
# cross a line of 64 bytes: in no program of the benchmarks that gcc makes does
# that depend on what the linker puts before them.
BENCH_ALIGN := -falign-loops=32
$(BENCH_OBJ): private ALL_CFLAGS += $(BENCH_ALIGN)
# The peers of the benchmarks; else built with what the compiler is told by
# default, whatever the variant.
PEER_DIR := bench/peers
PEER_FLAGS = -O2 -g $(BENCH_ALIGN) $(WARNINGS) -I$(PEER_DIR)/common
PEER_COMMON := $(PEER_DIR)/common/peer.c $(PEER_DIR)/common/peer.h
PEER_POSIX := $(addprefix $(PEER_DIR)/posix/,workloads.c task.h)
build/peers/bench-pthread: $(PEER_DIR)/posix/pthread.c $(PEER_POSIX) \
		$(PEER_DIR)/posix/echo.c $(PEER_COMMON)
	@mkdir -p $(@D)
	gcc $(PEER_FLAGS) -DHAS_ECHO -o $@ $(filter %.c,$^) -pthread
build/peers/bench-ucontext: $(PEER_DIR)/posix/ucontext.c $(PEER_POSIX) \
		$(PEER_COMMON)
	@mkdir -p $(@D)
	gcc $(PEER_FLAGS) -o $@ $(filter %.c,$^)
build/peers/bench-boost: $(PEER_DIR)/boost/fiber.cc $(PEER_COMMON)
	@mkdir -p $(@D)
	gcc $(PEER_FLAGS) -c -o $@.o $(PEER_DIR)/common/peer.c
	g++ -std=c++17 $(PEER_FLAGS) -o $@ $< $@.o \
		-lboost_fiber -lboost_context -pthread
	rm -f $@.o
# The hash tables of C++. Debian has boost 1.81 beside the 1.74 of Boost.Fiber,
# but not both to develop with: tools/setup.sh unpacks its headers.
PEER_BOOST_181 := build/boost1.81/usr/include
PEER_MAPS := $(PEER_DIR)/maps/maps.cc $(PEER_COMMON)
build/peers/bench-flat_map: $(PEER_MAPS)
	@mkdir -p $(@D)
	gcc $(PEER_FLAGS) -c -o $@.o $(PEER_DIR)/common/peer.c
	g++ -std=c++17 $(PEER_FLAGS) -isystem $(PEER_BOOST_181) -o $@ $< $@.o
	rm -f $@.o
build/peers/bench-absl: $(PEER_MAPS)
	@mkdir -p $(@D)
	gcc $(PEER_FLAGS) -c -o $@.o $(PEER_DIR)/common/peer.c
	g++ -std=c++17 $(PEER_FLAGS) -DMAP_ABSL -o $@ $< $@.o \
		-labsl_hash -labsl_raw_hash_set -labsl_city -labsl_low_level_hash \
		-pthread
	rm -f $@.o
build/peers/bench-std: $(PEER_DIR)/std/sort.cc $(PEER_COMMON)
	@mkdir -p $(@D)
	gcc $(PEER_FLAGS) -c -o $@.o $(PEER_DIR)/common/peer.c
	g++ -std=c++17 $(PEER_FLAGS) -o $@ $< $@.o
	rm -f $@.o
# How far two CPUs are apart, whatever runs on them.
build/machine/line: bench/machine/line.c
	@mkdir -p $(@D)
	gcc -O2 -g $(WARNINGS) -o $@ $< -pthread
$(CXX_PROGRAMS): $(BUILD)/cxx/%: $(BUILD)/obj/tests/cxx/%.o $(LIB)
	@mkdir -p $(@D)
	$(CXX) $(ALL_CXXFLAGS) $(LDFLAGS) -o $@ $^ $(LDLIBS)

$(BUILD)/obj/src/%.o: src/%.c $(BUILD)/flags
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) $(DEP) -Iinclude -Isrc -c -o $@ $<
$(BUILD)/pic/src/%.o: src/%.c $(BUILD)/flags
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) $(PIC) $(DEP) -Iinclude -Isrc -c -o $@ $<
# The adaptor for Go sees the library's inside.
$(BUILD)/obj/gccgo/%.o: gccgo/%.c $(BUILD)/flags
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) $(DEP) -I. -Iinclude -Isrc -c -o $@ $<
$(BUILD)/obj/gccgo/runtime_go.o: $(wildcard gccgo/runtime/*.go)
	@mkdir -p $(@D)
	$(GCCGO) -O2 -g -fno-split-stack -fgo-pkgpath=runtime -c -o $@ $^
$(BUILD)/libleatgo.a: $(LEATGO_OBJ)
	rm -f $@ && $(AR) rcs $@ $^
$(BUILD)/libleatgo-packages.a: Makefile
	cp $(LIBGO) $@ && $(AR) d $@ $(LIBGO_RUNTIME)
$(BUILD)/leat-go: gccgo/leat-go
	sed -e 's|@LIBDIR@|$(abspath $(BUILD))|' -e 's|@GCCGO@|$(GCCGO)|' $< > $@
	chmod +x $@

$(BUILD)/obj/tests/%.o: tests/%.c $(BUILD)/flags
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) $(TESTDEFS) $(DEP) -Iinclude -Isrc -Itests -c -o $@ $<
$(BUILD)/obj/tests/%.o: tests/%.cc $(BUILD)/flags
	@mkdir -p $(@D)
	$(CXX) $(ALL_CXXFLAGS) $(TESTDEFS) $(DEP) -Iinclude -c -o $@ $<
# Measures the allocator itself, which has no public functions.
$(BUILD)/obj/bench/bench_alloc.o: private ALL_CFLAGS += -Isrc
# What a user could have written sees the public headers only.
$(BUILD)/obj/%.o: %.c $(BUILD)/flags
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) $(DEP) -Iinclude -c -o $@ $<

# The Go halves of the differential tests; one set serves every variant. By
# Debian's Go where it is: on a fresh machine there is no other, so that what it
# has not shows here too. What is said of code points is the newest Go's.
build/go/%: private GO := $(or $(BUCKET_GO),$(GO))
build/go/runes: private GO := $(GO)
build/go/%: tests/diff/%.go
	@mkdir -p build/go/cache
	GO111MODULE=off GOFLAGS= GOPROXY=off GOTOOLCHAIN=local CGO_ENABLED=0 \
		GOCACHE=$(CURDIR)/build/go/cache $(GO) build -o $@ $<

dist: dist/leat.h
dist/leat.h: tools/amalgamate.py $(LIB_SRC) \
	$(wildcard include/*.h include/leat/*.h src/*/*.h)
	python3 tools/amalgamate.py --out dist

# ---- Installing ------------------------------------------------------------
install: lib $(LEATGO)
	+$(MAKE) --no-print-directory install-files
# Installs what is there; for packagers and the test of it.
install-files:
	install -d $(DESTDIR)$(PREFIX)/include/leat \
		$(DESTDIR)$(PREFIX)/lib/pkgconfig
	install -m 644 include/leat.h $(DESTDIR)$(PREFIX)/include/
	install -m 644 include/leat/*.h $(DESTDIR)$(PREFIX)/include/leat/
	install -m 644 $(LIB) $(DESTDIR)$(PREFIX)/lib/
	install -m 755 $(SHLIB).$(VERSION) $(DESTDIR)$(PREFIX)/lib/
	ln -sf libleat.so.$(VERSION) $(DESTDIR)$(PREFIX)/lib/$(SONAME)
	ln -sf $(SONAME) $(DESTDIR)$(PREFIX)/lib/libleat.so
	sed -e 's|@PREFIX@|$(PREFIX)|' -e 's|@VERSION@|$(VERSION)|' leat.pc.in \
		> $(DESTDIR)$(PREFIX)/lib/pkgconfig/leat.pc
	install -d $(DESTDIR)$(PREFIX)/share/leat $(DESTDIR)$(GDBDIR)
	install -m 644 tools/gdb/leat-gdb.py $(DESTDIR)$(PREFIX)/share/leat/
	install -m 644 tools/gdb/leat-gdb.py \
		$(DESTDIR)$(GDBDIR)/libleat.so.$(VERSION)-gdb.py
	if [ -e $(BUILD)/leat-go ]; then \
		install -d $(DESTDIR)$(PREFIX)/bin $(DESTDIR)$(PREFIX)/lib/leat && \
		install -m 644 $(BUILD)/libleatgo.a $(BUILD)/libleatgo-packages.a \
			$(DESTDIR)$(PREFIX)/lib/leat/ && \
		ln -sf ../libleat.a $(DESTDIR)$(PREFIX)/lib/leat/libleat.a && \
		sed -e 's|@LIBDIR@|$(PREFIX)/lib/leat|' -e 's|@GCCGO@|$(GCCGO)|' \
			gccgo/leat-go > $(DESTDIR)$(PREFIX)/bin/leat-go && \
		chmod 755 $(DESTDIR)$(PREFIX)/bin/leat-go; fi
	if [ -d build/man/man3 ]; then \
		install -d $(DESTDIR)$(MANDIR)/man3 && \
		install -m 644 build/man/man3/*.3 $(DESTDIR)$(MANDIR)/man3/; fi

uninstall:
	rm -rf $(DESTDIR)$(PREFIX)/include/leat $(DESTDIR)$(PREFIX)/lib/leat \
		$(DESTDIR)$(PREFIX)/share/leat
	rm -f $(DESTDIR)$(GDBDIR)/libleat.so*-gdb.py
	rm -f $(DESTDIR)$(PREFIX)/include/leat.h \
		$(DESTDIR)$(PREFIX)/bin/leat-go \
		$(DESTDIR)$(PREFIX)/lib/libleat.a $(DESTDIR)$(PREFIX)/lib/libleat.so* \
		$(DESTDIR)$(PREFIX)/lib/pkgconfig/leat.pc \
		$(DESTDIR)$(MANDIR)/man3/leat.3 \
		$(DESTDIR)$(MANDIR)/man3/leat_*.3 $(DESTDIR)$(MANDIR)/man3/LEAT_*.3

-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)
