/* Processes by what /proc says of them. See deploy/process.h. */
#include "deploy/process.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define BOOT_ID "/proc/sys/kernel/random/boot_id"

/* Where processes are numbered: the boot and the namespace. NULL where the system does not tell. */
static char *place(void)
{
    g_autofree char *boot = NULL;
    struct stat namespace;
    if (!g_file_get_contents(BOOT_ID, &boot, NULL, NULL) || stat("/proc/self/ns/pid", &namespace) != 0)
        return NULL;
    return g_strdup_printf("%s/%lu", g_strstrip(boot), (unsigned long)namespace.st_ino);
}

/* When a process started, in ticks since the boot; NULL when there is none of that number. The name in the
 * second field may hold anything, so fields are counted from its closing bracket. */
static char *started(const char *number)
{
    g_autofree char *path = g_strdup_printf("/proc/%s/stat", number);
    g_autofree char *text = NULL;
    if (!g_file_get_contents(path, &text, NULL, NULL))
        return NULL;
    const char *behind_name = strrchr(text, ')');
    g_auto(GStrv) fields = g_strsplit(behind_name != NULL ? behind_name : "", " ", 22);
    bool is_ended = g_strv_length(fields) < 21 || strcmp(fields[1], "Z") == 0 || strcmp(fields[1], "X") == 0;
    return is_ended ? NULL : g_strdup(fields[20]);
}

char *rp_process_id(void)
{
    g_autofree char *here = place();
    g_autofree char *number = g_strdup_printf("%d", (int)getpid());
    g_autofree char *since = started(number);
    if (here == NULL || since == NULL)
        return g_strdup("");
    return g_strdup_printf("%s/%s/%s", here, number, since);
}

bool rp_process_is_dead(const char *id)
{
    g_autofree char *here = place();
    g_auto(GStrv) parts = g_strsplit(id != NULL ? id : "", "/", 4);
    if (here == NULL || g_strv_length(parts) != 4)
        return false;
    g_autofree char *there = g_strconcat(parts[0], "/", parts[1], NULL);
    if (strcmp(here, there) != 0)
        return false;
    g_autofree char *since = started(parts[2]);
    return since == NULL || strcmp(since, parts[3]) != 0;
}
