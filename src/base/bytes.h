/* Searching text eight bytes at a time: most of what lies between two quotes or brackets is of no interest.
 */
#ifndef RP_BASE_BYTES_H
#define RP_BASE_BYTES_H

#include <glib.h>
#include <string.h>

#define RP_BYTES_ALL(byte) (G_GUINT64_CONSTANT(0x0101010101010101) * (guint8)(byte))
#define RP_BYTES_TOP       RP_BYTES_ALL(0x80)

/* A word whose lowest byte is the first one. */
static inline guint64 rp_bytes_load(const void *at)
{
    guint64 word;
    memcpy(&word, at, sizeof word);
    return GUINT64_FROM_LE(word);
}

/*
 * Marks: 0 when no byte of the word is meant; else the lowest bit that is set lies in the first one that is
 * (those above it say nothing). Marks may be combined with |.
 */
static inline guint64 rp_bytes_below(guint64 word, guint8 limit) /* at most 0x80 */
{
    return (word - RP_BYTES_ALL(limit)) & ~word & RP_BYTES_TOP;
}

static inline guint64 rp_bytes_equal(guint64 word, guint8 byte)
{
    return rp_bytes_below(word ^ RP_BYTES_ALL(byte), 1);
}

static inline size_t rp_bytes_first(guint64 marks)
{
    return (size_t)__builtin_ctzll(marks) / 8;
}

#endif
