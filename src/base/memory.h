/* Large blocks of memory. */
#ifndef RP_BASE_MEMORY_H
#define RP_BASE_MEMORY_H

#include <glib.h>

/*
 * Wishes for huge pages where the system gives them on demand; for a block that is to be filled soon, and
 * nothing for a small one. To get a record's fifteen megabytes page by page takes the kernel as long as to
 * copy or to parse them.
 */
void rp_memory_prefer_huge_pages(void *memory, size_t size);

/* As g_string_new_len(). */
GString *rp_string_copy(const char *text, size_t size);

#endif
