// SPDX-License-Identifier: MIT
// runner_cov.c: keeps the coverage of tests that end in _exit: deadlocks,
// fatal errors and panics, which is where much of the runtime is.
//
// In the coverage build the linker turns every call of _exit into this one.
#include "lib/runner_int.h"

#ifdef LEAT_COV
_Noreturn void __real__exit(int status);
_Noreturn void __wrap__exit(int status);
void __gcov_dump(void);

void
__wrap__exit(int status)
{
    static int dumping;
    // The counters are written once; a second thread must not end us midway.
    if (__atomic_exchange_n(&dumping, 1, __ATOMIC_ACQ_REL) == 0)
        __gcov_dump();
    __real__exit(status);
}
#endif
