/* SQLMesh's hashes (hash_data, md5): CRC-32 and MD5 of parts joined by ";". */
#ifndef RP_BASE_HASH_H
#define RP_BASE_HASH_H

#include <glib.h>
#include <stddef.h>

#define RP_HASH_SIZE 11 /* ten decimal digits and a NUL */

/* CRC-32 of the parts joined by ";", as unsigned decimal; a NULL part counts as empty. */
void rp_hash_data(const char *const *parts, size_t count, char ret_hash[static RP_HASH_SIZE]);

/* MD5 of the parts joined likewise, 32 lower-case hexadecimal digits. Free with g_free(). */
char *rp_hash_md5(const char *const *parts, size_t count);

#endif
