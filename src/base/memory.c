/* See base/memory.h. */
#include "base/memory.h"

#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

#include "repoint/model.h"

#define LARGE_SIZE ((size_t)4 << 20)

void rp_memory_prefer_huge_pages(void *memory, size_t size)
{
    if (size < LARGE_SIZE)
        return;
    size_t page = (size_t)sysconf(_SC_PAGESIZE), before = page - (uintptr_t)memory % page;
    madvise((char *)memory + before, size - before, MADV_HUGEPAGE); /* it may be refused */
}

GString *rp_string_copy(const char *text, size_t size)
{
    GString *copy = g_string_sized_new(size);
    rp_memory_prefer_huge_pages(copy->str, copy->allocated_len);
    return g_string_append_len(copy, text, (gssize)size);
}

void repoint_free(void *memory)
{
    g_free(memory);
}
