/*
 * The hashes of the reference. They name tables and compare versions, nothing more: neither is a defence
 * against anybody, and both must stay what they are, since stores are full of them.
 */
#include "base/hash.h"

#include <stdint.h>
#include <string.h>

#include <zlib.h>

/* CRC-32 takes text in pieces no longer than zlib's uInt. */
static uLong add_text(uLong crc, const char *text)
{
    size_t left = strlen(text);
    while (left > 0) {
        uInt piece = (uInt)MIN(left, (size_t)1 << 30);
        crc = crc32(crc, (const Bytef *)text, piece);
        text += piece;
        left -= piece;
    }
    return crc;
}

/* Every table of an environment has two hashes: printf() would take longer than the CRC. */
static void write_decimal(uint32_t number, char to[static RP_HASH_SIZE])
{
    char digits[RP_HASH_SIZE];
    char *first = digits + sizeof digits;
    *--first = '\0';
    do
        *--first = (char)('0' + number % 10);
    while ((number /= 10) > 0);
    memcpy(to, first, (size_t)(digits + sizeof digits - first));
}

void rp_hash_data(const char *const *parts, size_t count, char ret_hash[static RP_HASH_SIZE])
{
    uLong crc = crc32(0, NULL, 0);
    for (size_t i = 0; i < count; i++) {
        if (i > 0)
            crc = add_text(crc, ";");
        crc = add_text(crc, parts[i] != NULL ? parts[i] : "");
    }
    write_decimal((uint32_t)crc, ret_hash);
}

char *rp_hash_md5(const char *const *parts, size_t count)
{
    g_autoptr(GChecksum) sum = g_checksum_new(G_CHECKSUM_MD5);
    for (size_t i = 0; i < count; i++) {
        if (i > 0)
            g_checksum_update(sum, (const guchar *)";", 1);
        const char *part = parts[i] != NULL ? parts[i] : "";
        g_checksum_update(sum, (const guchar *)part, (gssize)strlen(part));
    }
    return g_strdup(g_checksum_get_string(sum));
}
