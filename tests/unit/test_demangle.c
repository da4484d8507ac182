// SPDX-License-Identifier: MIT
// test_demangle.c: the names of C++ functions, against what c++filt says of the
// same symbols (without parameters, and with <...> for arguments).
#include "debug/demangle.h"
#include "lib/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct {
    const char *symbol, *name;
    bool differs; // c++filt numbers lambdas, shows results and tags
} demangle_table[] = {
    {"_Z3foov", "foo", false},
    {"_Z3fooiPKc", "foo", false},
    {"_ZL6hiddenv", "hidden", false},
    {"_ZN4shop5order4takeEi", "shop::order::take", false},
    {"_ZNK4shop5order4sizeEv", "shop::order::size", false},
    {"_ZN4shop5orderC2Ev", "shop::order::order", false},
    {"_ZN4shop5orderD0Ev", "shop::order::~order", false},
    {"_ZN12_GLOBAL__N_14pickEv", "(anonymous namespace)::pick", false},
    {"_ZN4shop5orderplERKS0_", "shop::order::operator+", false},
    {"_ZN4shop5orderclEv", "shop::order::operator()", false},
    {"_ZN4shop5ordernwEm", "shop::order::operator new", false},
    {"_ZNSt6vectorIiSaIiEE9push_backERKi", "std::vector<...>::push_back", false},
    {"_ZSt4sortIPiEvT_S1_", "std::sort<...>", true},
    {"_Z3maxIiET_S0_S0_", "max<...>", true},
    {"_Z5arrayILi5EEvv", "array<...>", true},
    {"_Z5arrayILN4shop5colorE5EEvv", "array<...>", true},
    {"_Z4callIFivEEvPT_", "call<...>", true},
    {"_Z5matchIJiDnA4_cEEvDpT_", "match<...>", true},
    {"_ZZ4mainENKUlvE_clEv", "main::{lambda}::operator()", true},
    {"_ZZN4shop3runEiENKUliE0_clEi", "shop::run::{lambda}::operator()", true},
    {"_ZN4shop3logB5cxx11Ev", "shop::log", true},
    {"_ZNSs6appendEPKc", "std::string::append", true},
    {"_ZNK4shop5ordercvbEv", "shop::order::operator bool", false},
    {"_ZN4shop5orderaNEi", "shop::order::operator&=", false},
    {"_Z3vecIDv4_fEvT_", "vec<...>", true},
    {"_Z4halfIDF16_EvT_", "half<...>", true},
};
enum { DEMANGLE_ROWS = sizeof demangle_table / sizeof *demangle_table };

PLAIN_TEST(demangle, symbols_have_the_names_of_their_functions)
{
    char out[128];
    for (int i = 0; i < DEMANGLE_ROWS; i++) {
        CHECK_MSG(leat__demangle(demangle_table[i].symbol, out, sizeof out),
            "%s", demangle_table[i].symbol);
        CHECK_STR(out, demangle_table[i].name);
    }
}

// Up to the parameters, and without the arguments of templates.
static void
demangle_simplify(const char *p, char *to)
{
    static const char call[] = "operator()";
    int depth = 0;
    for (; *p != '\0' && *p != '\n'; p++) {
        if (strncmp(p, call, sizeof call - 1) == 0) {
            to = stpcpy(to, call);
            p += sizeof call - 2;
            continue;
        }
        if (*p == '(' && depth == 0 && strncmp(p, "(anonymous", 10) != 0)
            break;
        if (*p == '<' && depth++ == 0)
            to = stpcpy(to, "<...>");
        else if (*p == '>' && depth > 0)
            depth--;
        else if (depth == 0)
            *to++ = *p;
    }
    *to = '\0';
}

PLAIN_TEST(demangle, names_are_those_that_cppfilt_gives)
{
    if (system("command -v c++filt >/dev/null 2>&1") != 0)
        test_skip("c++filt is not installed");
    char command[256], line[512], simple[1024], out[128];
    for (int i = 0; i < DEMANGLE_ROWS; i++) {
        if (demangle_table[i].differs)
            continue;
        snprintf(command, sizeof command, "c++filt '%s'",
            demangle_table[i].symbol);
        FILE *f = popen(command, "r");
        CHECK(f != NULL);
        CHECK(fgets(line, sizeof line, f) != NULL);
        pclose(f);
        demangle_simplify(line, simple);
        CHECK(leat__demangle(demangle_table[i].symbol, out, sizeof out));
        CHECK_STR(out, simple);
    }
}

PLAIN_TEST(demangle, what_is_no_symbol_of_cpp_is_refused)
{
    static const char *const refused[] = {"", "_", "_Z", "main", "leat_main",
        "main.main", "_ZN", "_ZNE", "_ZN4shop", "_ZN9shopE", "_Z99999999x",
        "_ZN4shopcvivE", "_ZNS_3fooEv", "_ZC1v", "_ZZ3foov", "_Z3fooI",
        "_ZUl", "_ZL", "_ZN1TIXtl1ALi1EEEE1fEv"};
    char out[128];
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++)
        CHECK_MSG(!leat__demangle(refused[i], out, sizeof out), "%s: %s",
            refused[i], out);
}

PLAIN_TEST(demangle, a_long_name_loses_its_end)
{
    char out[8];
    CHECK(leat__demangle("_ZN4shop5order4takeEi", out, sizeof out));
    CHECK_STR(out, "shop::o");
}

// Every beginning, and every symbol with one byte changed.
PLAIN_TEST(demangle, damaged_symbols_crash_nothing)
{
    char symbol[64], out[128];
    for (int i = 0; i < DEMANGLE_ROWS; i++) {
        size_t n = strlen(demangle_table[i].symbol);
        for (size_t k = 0; k < n; k++) {
            for (int c = 0; c < 128; c++) {
                memcpy(symbol, demangle_table[i].symbol, n + 1);
                symbol[k] = (char)c;
                if (leat__demangle(symbol, out, sizeof out))
                    CHECK(strlen(out) < sizeof out);
            }
        }
    }
    char deep[600] = "_Z";
    for (int i = 2; i < 598; i++)
        deep[i] = i % 2 ? 'N' : 'Z';
    CHECK(!leat__demangle(deep, out, sizeof out));
    memset(deep + 2, 'L', sizeof deep - 3);
    memcpy(deep, "_Z1fI", 5);
    CHECK(!leat__demangle(deep, out, sizeof out));
}
