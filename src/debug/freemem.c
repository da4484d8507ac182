// SPDX-License-Identifier: MIT
// debug/freemem.c: leat_free_os_memory: free spans go back to the system at
// once, as the monitor thread gives them back when the program is idle.
#include "mem/pageheap.h"
#include "sched/sched.h"

#include <leat/debug.h>

int64_t
leat_free_os_memory(void)
{
    struct leat__m *m = leat__enter();
    size_t bytes = leat__heap_scavenge(SIZE_MAX);
    leat__leave(m);
    return (int64_t)bytes;
}
