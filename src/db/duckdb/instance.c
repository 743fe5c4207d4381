/*
 * Instances.
 *
 * A file lock keeps other processes away, not a second instance in the same process: POSIX locks belong to
 * the process. Two instances read and write the same file without knowing of one another, and what one of
 * them commits is gone. So all connections of repoint to one file share an instance, and a file that this
 * process has open already, through whatever else, is refused. That is seen in the list of its open files;
 * opening and closing the file to find out would drop the process's locks on it.
 */
#include "db/duckdb/instance.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LOCK_RETRY_US (G_USEC_PER_SEC / 50)

static GMutex instances_lock;
static GPtrArray *instances; /* of duck_instance */

/* ---- files ---- */

/* How often this process has the file open. */
static unsigned count_open(dev_t device, ino_t inode)
{
    const char *folder = g_file_test("/proc/self/fd", G_FILE_TEST_IS_DIR) ? "/proc/self/fd" : "/dev/fd";
    DIR *list = opendir(folder);
    unsigned count = 0;
    if (list == NULL)
        return 0;
    for (struct dirent *entry = readdir(list); entry != NULL; entry = readdir(list)) {
        struct stat opened;
        if (g_ascii_isdigit(entry->d_name[0]) && fstat(atoi(entry->d_name), &opened) == 0)
            count += opened.st_dev == device && opened.st_ino == inode;
    }
    closedir(list);
    return count;
}

static repoint_status check_path(const char *path, bool create, bool *ret_exists, struct stat *ret_file,
                                 repoint_error *error)
{
    *ret_exists = stat(path, ret_file) == 0;
    if (!*ret_exists && !create)
        return rp_fail(error, REPOINT_UNREACHABLE, "create a state store there with \"repoint init\"",
                       "there is no file %s", path);
    if (*ret_exists && S_ISDIR(ret_file->st_mode))
        return rp_fail(error, REPOINT_NOT_A_STORE, NULL, "%s is a folder, not a database", path);
    return REPOINT_OK;
}

/* DuckDB opens other things too, tables of text for example. Not for a file that this process has open. */
static repoint_status check_format(const char *path, const struct stat *file, repoint_error *error)
{
    char head[12] = "";
    if (file->st_size == 0)
        return REPOINT_OK;
    FILE *stream = fopen(path, "rbe");
    size_t size = stream != NULL ? fread(head, 1, sizeof head, stream) : 0;
    if (stream != NULL)
        fclose(stream);
    if (stream == NULL || (size == sizeof head && memcmp(head + 8, "DUCK", 4) == 0))
        return REPOINT_OK; /* what cannot be read DuckDB itself will say */
    return rp_fail(error, REPOINT_NOT_A_STORE, NULL, "%s is not a DuckDB database", path);
}

/* ---- opening ---- */

#define HEADER_BYTES (3 * 4096) /* which every database has */

static duck_config new_config(const duck_library *duck, const char *path)
{
    /* State is small: one thread answers sooner than several that have to meet. Nothing is fetched or put
     * anywhere but into the file. */
    static const char *const settings[][2] = {
        {"threads", "1"},
        {"autoinstall_known_extensions", "false"},
        {"autoload_known_extensions", "false"},
        {"temp_directory", ""},
    };
    duck_config config = NULL;
    if (duck->create_config(&config) != DUCK_OK)
        return NULL;
    for (size_t i = 0; i < G_N_ELEMENTS(settings); i++)
        duck->set_config(config, settings[i][0], settings[i][1]);
    if (faccessat(AT_FDCWD, path, W_OK, AT_EACCESS) != 0 && errno != ENOENT)
        duck->set_config(config, "access_mode", "READ_ONLY");
    return config;
}

static repoint_status fail_open(const char *path, const char *reason, repoint_error *error)
{
    if (strstr(reason, "lock on file") != NULL) {
        const char *holder = strstr(reason, "PID ");
        g_autofree char *who =
            holder != NULL ? g_strdup_printf(" (process %d)", atoi(holder + strlen("PID "))) : g_strdup("");
        return rp_fail(error, REPOINT_BUSY, "wait until it has closed the file, then try again",
                       "%s is open in another process%s", path, who);
    }
    if (strstr(reason, "not a valid DuckDB database") != NULL)
        return rp_fail(error, REPOINT_NOT_A_STORE, NULL, "%s is not a DuckDB database", path);
    if (strstr(reason, "version number") != NULL)
        return rp_fail(error, REPOINT_FAILED, "use the DuckDB library of the version that wrote it",
                       "%s has another storage version than this DuckDB library reads", path);
    if (strstr(reason, "Permission denied") != NULL || strstr(reason, "read-only") != NULL)
        return rp_fail(error, REPOINT_FAILED, "check the permissions of the file and of its folder",
                       "%s cannot be opened for writing", path);
    if (strstr(reason, "No space left") != NULL)
        return rp_fail(error, REPOINT_FAILED, "free some space, then try again", "the disk of %s is full",
                       path);
    g_auto(GStrv) lines = g_strsplit(reason, "\n", 2);
    return rp_fail(error, REPOINT_UNREACHABLE, NULL, "%s cannot be opened: %s", path, lines[0]);
}

static repoint_status open_database(const duck_library *duck, const char *path, duck_database *ret_database,
                                    repoint_error *error)
{
    duck_config config = new_config(duck, path);
    char *reason = NULL;
    int state = duck->open_ext(path, ret_database, config, &reason);
    repoint_status status =
        state == DUCK_OK ? REPOINT_OK : fail_open(path, reason != NULL ? reason : "no reason given", error);
    if (reason != NULL)
        duck->free(reason);
    if (config != NULL)
        duck->destroy_config(&config);
    return status;
}

/* Tries until the busy time is over, while another process holds the file. */
static repoint_status open_patiently(const duck_library *duck, const char *path, const rp_db_options *options,
                                     duck_database *ret_database, repoint_error *error)
{
    gint64 until = g_get_monotonic_time() + (gint64)(options->busy_seconds * G_USEC_PER_SEC);
    if (options->deadline_us != 0)
        until = MIN(until, options->deadline_us);
    for (;;) {
        repoint_status status = open_database(duck, path, ret_database, error);
        if (status != REPOINT_BUSY || g_get_monotonic_time() >= until)
            return status;
        g_usleep(LOCK_RETRY_US);
    }
}

/* A creation that failed half way, on a full disk, leaves a file that nobody could open any more. */
static void remove_unfinished(const char *path)
{
    struct stat file;
    if (stat(path, &file) == 0 && file.st_size < HEADER_BYTES)
        unlink(path);
}

/* ---- sharing ---- */

static duck_instance *find_instance(const struct stat *file)
{
    for (guint i = 0; instances != NULL && i < instances->len; i++) {
        duck_instance *instance = g_ptr_array_index(instances, i);
        if (instance->device == file->st_dev && instance->inode == file->st_ino)
            return instance;
    }
    return NULL;
}

static duck_instance *instance_new(const duck_library *duck, duck_database database, const char *path)
{
    struct stat file = {0};
    (void)stat(path, &file);
    duck_instance *instance = g_new0(duck_instance, 1);
    instance->duck = duck;
    instance->database = database;
    instance->path = g_strdup(path);
    instance->device = file.st_dev;
    instance->inode = file.st_ino;
    instance->own_files = count_open(file.st_dev, file.st_ino);
    g_mutex_init(&instance->lock);
    g_cond_init(&instance->changed);
    if (instances == NULL)
        instances = g_ptr_array_new();
    g_ptr_array_add(instances, instance);
    return instance;
}

static repoint_status fail_open_elsewhere(const char *path, repoint_error *error)
{
    return rp_fail(error, REPOINT_REFUSED, "close it there first, or give repoint that connection",
                   "%s is open in this process already, through another instance of DuckDB, and DuckDB "
                   "would lose what one of the two commits",
                   path);
}

static repoint_status take(const duck_library *duck, const char *path, const rp_db_options *options,
                           duck_instance **ret_instance, repoint_error *error)
{
    struct stat file;
    bool exists = false;
    repoint_status status = check_path(path, options->create, &exists, &file, error);
    if (status != REPOINT_OK)
        return status;
    duck_instance *instance = exists ? find_instance(&file) : NULL;
    if (instance == NULL && exists && count_open(file.st_dev, file.st_ino) > 0)
        return fail_open_elsewhere(path, error);
    duck_database database = NULL;
    if (instance == NULL && exists)
        status = check_format(path, &file, error);
    if (status != REPOINT_OK)
        return status;
    if (instance == NULL) {
        status = open_patiently(duck, path, options, &database, error);
        if (status == REPOINT_FAILED && !exists)
            remove_unfinished(path);
        if (status != REPOINT_OK)
            return status;
        instance = instance_new(duck, database, path);
    }
    instance->connections++;
    *ret_instance = instance;
    return REPOINT_OK;
}

repoint_status rp_duck_instance_take(const char *path, const rp_db_options *options,
                                     duck_instance **ret_instance, repoint_error *error)
{
    const duck_library *duck = NULL;
    repoint_status status = rp_duck_library(&duck, error);
    if (status != REPOINT_OK)
        return status;
    g_mutex_lock(&instances_lock);
    status = take(duck, path, options, ret_instance, error);
    g_mutex_unlock(&instances_lock);
    return status;
}

void rp_duck_instance_give_back(duck_instance *instance)
{
    g_mutex_lock(&instances_lock);
    if (--instance->connections == 0) {
        g_ptr_array_remove(instances, instance);
        instance->duck->close(&instance->database);
        g_mutex_clear(&instance->lock);
        g_cond_clear(&instance->changed);
        g_free(instance->path);
        g_free(instance);
    }
    g_mutex_unlock(&instances_lock);
}

/* ---- writing ---- */

repoint_status rp_duck_instance_check(const duck_instance *instance, repoint_error *error)
{
    return count_open(instance->device, instance->inode) > instance->own_files
               ? fail_open_elsewhere(instance->path, error)
               : REPOINT_OK;
}

bool rp_duck_instance_begin_writing(duck_instance *instance, const void *writer, gint64 until_us)
{
    g_mutex_lock(&instance->lock);
    bool is_mine = true;
    while (instance->writer != NULL && instance->writer != writer && is_mine)
        is_mine = g_cond_wait_until(&instance->changed, &instance->lock, until_us);
    if (is_mine)
        instance->writer = writer;
    g_mutex_unlock(&instance->lock);
    return is_mine;
}

void rp_duck_instance_end_writing(duck_instance *instance, const void *writer)
{
    g_mutex_lock(&instance->lock);
    if (instance->writer == writer)
        instance->writer = NULL;
    g_cond_signal(&instance->changed);
    g_mutex_unlock(&instance->lock);
}
