/*
 * The state store's handle: opening, transactions, clock and random ids.
 *
 * Opening checks the schema number and writes nothing. What SQLMesh and SQLGlot versions are recorded is
 * their business: SQLMesh refuses a store whose major.minor differ from its own, so they stay as they are
 * found.
 */
#include "state/store.h"

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "db/external/external.h"
#include "db/trace.h"

#define DEFAULT_BUSY_SECONDS 5.0

/* ---- clock and chance ---- */

int64_t rp_store_now(const repoint_store *store)
{
    if (store->options.now != NULL)
        return store->options.now(store->options.context);
    return g_get_real_time() / 1000;
}

static void random_bytes(const repoint_store *store, unsigned char *bytes, size_t size)
{
    if (store->options.random != NULL) {
        store->options.random(store->options.context, bytes, size);
        return;
    }
    while (getrandom(bytes, size, 0) != (ssize_t)size)
        ; /* only a signal during early boot makes it short */
}

#define ID_BYTES ((size_t)16)
G_STATIC_ASSERT(sizeof(rp_id) == 2 * ID_BYTES + 1);

static void spell_id(unsigned char bytes[static ID_BYTES], rp_id ret_id)
{
    static const char digits[] = "0123456789abcdef";
    bytes[6] = (bytes[6] & 0x0f) | 0x40; /* version 4 */
    bytes[8] = (bytes[8] & 0x3f) | 0x80; /* variant 1 */
    for (size_t i = 0; i < ID_BYTES; i++) {
        ret_id[2 * i] = digits[bytes[i] >> 4];
        ret_id[2 * i + 1] = digits[bytes[i] & 0x0f];
    }
    ret_id[2 * ID_BYTES] = '\0';
}

/* The system is asked for sixteen at once: each question costs as much as writing three. More than 256 bytes
 * it may give in parts. */
rp_id *rp_store_new_ids(const repoint_store *store, size_t count)
{
    enum { AT_ONCE = 16 };
    unsigned char bytes[AT_ONCE][ID_BYTES];
    rp_id *ids = g_new(rp_id, count);
    for (size_t i = 0; i < count; i++) {
        if (i % AT_ONCE == 0)
            random_bytes(store, bytes[0], MIN(AT_ONCE, count - i) * ID_BYTES);
        spell_id(bytes[i % AT_ONCE], ids[i]);
    }
    return ids;
}

char *rp_store_new_id(const repoint_store *store)
{
    return (char *)rp_store_new_ids(store, 1);
}

void rp_store_progress(const repoint_store *store, const char *what, uint64_t done, uint64_t total)
{
    if (store->options.progress != NULL)
        store->options.progress(store->options.context, what, done, total);
}

/* ---- transactions ---- */

static repoint_status note_wait(repoint_store *store, gint64 since_us, repoint_status status)
{
    store->waited_us = status == REPOINT_OK ? 0 : g_get_monotonic_time() - since_us;
    return status;
}

repoint_status rp_transaction_begin(rp_transaction *transaction, repoint_store *store, rp_db_mode mode,
                                    repoint_error *error)
{
    if (store->transaction_depth == 0) {
        gint64 since_us = g_get_monotonic_time();
        repoint_status status = note_wait(store, since_us, rp_db_begin(store->db, mode, error));
        if (status != REPOINT_OK)
            return status;
        store->transaction_failed = false;
        store->transaction_mode = mode;
    }
    store->transaction_depth++;
    transaction->store = store;
    transaction->mode = mode;
    return REPOINT_OK;
}

/* Leaves one level; the outermost one rolls back unless it has been committed. */
static void leave(rp_transaction *transaction)
{
    repoint_store *store = transaction->store;
    transaction->store = NULL;
    if (--store->transaction_depth == 0)
        rp_db_rollback(store->db);
}

repoint_status rp_transaction_commit(rp_transaction *transaction, repoint_error *error)
{
    repoint_store *store = transaction->store;
    /* Who got an error from an inner part must not commit the outer one. */
    g_assert(!store->transaction_failed);
    if (store->transaction_depth > 1 || store->options.dry_run) {
        leave(transaction);
        return REPOINT_OK;
    }
    transaction->store = NULL;
    store->transaction_depth = 0;
    return rp_db_commit(store->db, error);
}

void rp_transaction_end(rp_transaction *transaction)
{
    if (transaction->store == NULL)
        return;
    if (transaction->mode == RP_DB_WRITE) /* a reader has nothing to undo, and ends so as a rule */
        transaction->store->transaction_failed = true;
    leave(transaction);
}

/* ---- other writers ---- */

#define FIRST_WAIT_US   2000
#define LONGEST_WAIT_US 200000

double rp_store_busy_seconds(const repoint_store *store)
{
    return store->options.busy_seconds > 0 ? store->options.busy_seconds : DEFAULT_BUSY_SECONDS;
}

static gint64 busy_us(const repoint_store *store)
{
    return (gint64)(rp_store_busy_seconds(store) * G_USEC_PER_SEC);
}

/* Twice as long each time, by chance up to half of it less: two that collide do not collide again. */
static gint64 wait_us(unsigned tries)
{
    gint64 longest = MIN(LONGEST_WAIT_US, FIRST_WAIT_US << MIN(tries, 10));
    return longest - g_random_int_range(0, (gint32)(longest / 2));
}

bool rp_retry_again(rp_retry *retry, const repoint_store *store, repoint_status status)
{
    if (status != REPOINT_BUSY || store->transaction_depth > 0)
        return false;
    gint64 now = g_get_monotonic_time();
    if (retry->until_us == 0)
        retry->until_us = now + busy_us(store) - store->waited_us;
    if (now >= retry->until_us)
        return false;
    g_usleep((gulong)wait_us(retry->tries++));
    return true;
}

/* Where a table cannot be locked as such, one row stands for all of them: repoint's writers queue there. */
static repoint_status lock_versions_row(repoint_store *store, repoint_error *error)
{
    g_autofree char *sql = rp_sql(store->db, "SELECT schema_version FROM %n%u", store->schema, "_versions");
    g_autoptr(rp_rows) rows = NULL;
    bool has_row = false;
    repoint_status status = rp_db_query(store->db, sql, RP_NO_VALUES, &rows, error);
    return status == REPOINT_OK ? rp_rows_next(rows, &has_row, error) : status;
}

static repoint_status take_locks(repoint_store *store, unsigned locks, repoint_error *error)
{
    static const struct {
        unsigned lock;
        const char *table;
        rp_db_lock mode;
    } tables[] = {
        {RP_LOCK_ENVIRONMENTS, "_environments", RP_DB_LOCK_ALL},
        {RP_LOCK_SNAPSHOTS, "_snapshots", RP_DB_LOCK_ALL},
        {RP_LOCK_INTERVALS, "_intervals", RP_DB_LOCK_WRITERS},
        {RP_LOCK_INTERVALS_SHARED, "_intervals", RP_DB_LOCK_SHARED},
    };
    if (store->db->driver->lock_table == NULL)
        return rp_db_can(store->db, RP_DB_ROW_LOCKS) ? lock_versions_row(store, error) : REPOINT_OK;
    repoint_status status = REPOINT_OK;
    for (size_t i = 0; i < G_N_ELEMENTS(tables) && status == REPOINT_OK; i++) {
        if (locks & tables[i].lock)
            status = rp_db_lock_table(store->db, store->schema, tables[i].table, tables[i].mode, error);
    }
    return status;
}

repoint_status rp_transaction_begin_locked(rp_transaction *transaction, repoint_store *store, unsigned locks,
                                           repoint_error *error)
{
    gint64 since_us = g_get_monotonic_time();
    rp_retry retry = {0};
    repoint_status status;
    do {
        status = rp_transaction_begin(transaction, store, RP_DB_WRITE, error);
        if (status == REPOINT_OK)
            status = take_locks(store, locks, error);
        if (status != REPOINT_OK)
            rp_transaction_end(transaction);
    } while (rp_retry_again(&retry, store, status));
    return note_wait(store, since_us, status);
}

/* ---- opening ---- */

static void call_trace(void *context, const char *statement, double milliseconds, int64_t rows)
{
    repoint_store *store = context;
    store->options.trace(store->options.context, statement, milliseconds, rows);
}

static gint64 deadline_of(const repoint_store_options *options)
{
    return options->timeout_seconds > 0
               ? g_get_monotonic_time() + (gint64)(options->timeout_seconds * G_USEC_PER_SEC)
               : 0;
}

static double busy_seconds(const repoint_store_options *options)
{
    return options->busy_seconds > 0 ? options->busy_seconds : DEFAULT_BUSY_SECONDS;
}

/* A handle on `db`, not checked yet. */
static repoint_store *store_new(rp_db *db, const repoint_store_options *options)
{
    repoint_store *store = g_new0(repoint_store, 1);
    if (options != NULL)
        store->options = *options;
    if (g_strcmp0(store->options.schema, "") != 0)
        store->schema = g_strdup(store->options.schema != NULL ? store->options.schema : "sqlmesh");
    store->options.schema = store->schema;
    store->options.warehouse_url = g_strdup(store->options.warehouse_url);
    store->deadline_us = deadline_of(&store->options);
    store->db = store->options.trace != NULL ? rp_trace_wrap(db, call_trace, store) : db;
    return store;
}

static char *versions_detail(const repoint_versions *versions)
{
    GString *text = g_string_new(NULL);
    rp_json_writer writer = RP_JSON_WRITER(text, RP_JSON_COMPACT);
    rp_json_begin_object(&writer);
    rp_json_put_integer(&writer, "schema_version", versions->schema_version);
    rp_json_put_string(&writer, "sqlmesh_version", versions->sqlmesh_version);
    rp_json_put_string(&writer, "sqlglot_version", versions->sqlglot_version);
    rp_json_end_object(&writer);
    return g_string_free(text, FALSE);
}

static repoint_status check_versions(bool is_store, const repoint_versions *versions, repoint_error *error)
{
    if (!is_store)
        return rp_fail(error, REPOINT_NOT_A_STORE, "create one with \"repoint init\"",
                       "the database holds no state store");
    int found = versions->schema_version;
    if (found >= REPOINT_OLDEST_SCHEMA_VERSION && found <= REPOINT_NEWEST_SCHEMA_VERSION)
        return REPOINT_OK;
    const char *hint =
        found > REPOINT_NEWEST_SCHEMA_VERSION
            ? "use a newer repoint"
            : "migrate it with SQLMesh 0.236 (\"sqlmesh migrate\"), which can compute its fingerprints anew";
    repoint_status status = rp_fail(error, REPOINT_SCHEMA_VERSION, hint,
                                    "the state store has schema version %d, this repoint knows %d and %d",
                                    found, REPOINT_OLDEST_SCHEMA_VERSION, REPOINT_NEWEST_SCHEMA_VERSION);
    rp_error_take_detail(error, versions_detail(versions));
    return status;
}

static repoint_status compare_keys_as_names(repoint_store *store, repoint_error *error)
{
    return rp_db_compare_keys_as(store->db, store->schema, "_snapshots", "name", error);
}

repoint_status rp_store_open_on(rp_db *db, const repoint_store_options *options, repoint_store **ret_store,
                                repoint_error *error)
{
    g_autoptr(repoint_store) store = store_new(db, options);
    bool is_store = false;
    repoint_versions versions = {0};
    repoint_status status = rp_versions_read(store, &is_store, &versions, error);
    if (status == REPOINT_OK)
        status = check_versions(is_store, &versions, error);
    if (status == REPOINT_OK)
        status = compare_keys_as_names(store, error);
    if (status == REPOINT_OK)
        *ret_store = g_steal_pointer(&store);
    return status;
}

/* *ret_created stays false where there is a store already. */
static repoint_status create(repoint_store *store, const repoint_versions *versions, bool *ret_created,
                             repoint_error *error)
{
    g_auto(rp_transaction) transaction = {0};
    bool is_store = false, is_unfinished = false;
    repoint_versions found = {0};
    repoint_status status = rp_ddl_begin(&transaction, store, error);
    if (status == REPOINT_OK)
        status = rp_versions_read(store, &is_store, &found, error);
    if (status == REPOINT_OK && is_store)
        status = rp_schema_is_unfinished(store, &is_unfinished, error);
    bool creates = !is_store || is_unfinished;
    if (status == REPOINT_OK)
        status = creates ? rp_schema_create(store, versions, error) : check_versions(true, &found, error);
    if (status == REPOINT_OK)
        status = rp_ddl_commit(&transaction, error);
    if (status == REPOINT_OK)
        *ret_created = creates;
    return status;
}

repoint_status rp_store_create_on(rp_db *db, const repoint_store_options *options,
                                  const repoint_versions *versions, repoint_store **ret_store,
                                  bool *ret_created, repoint_error *error)
{
    g_autoptr(repoint_store) store = store_new(db, options);
    bool created = false;
    rp_retry retry = {0};
    repoint_status status;
    do
        status = create(store, versions, &created, error);
    while (rp_retry_again(&retry, store, status));
    if (status == REPOINT_OK)
        status = compare_keys_as_names(store, error);
    if (status != REPOINT_OK)
        return status;
    if (ret_created != NULL)
        *ret_created = created;
    *ret_store = g_steal_pointer(&store);
    return REPOINT_OK;
}

static rp_db_options db_options(const repoint_store_options *options, bool create)
{
    static const repoint_store_options defaults = {0};
    if (options == NULL)
        options = &defaults;
    return (rp_db_options){
        .create = create,
        .busy_seconds = busy_seconds(options),
        .deadline_us = deadline_of(options),
    };
}

static repoint_status connect(const char *url, const repoint_store_options *options, bool create,
                              rp_db **ret_db, repoint_error *error)
{
    if (url == NULL || strlen(url) > 8192)
        return rp_fail(error, REPOINT_INVALID, NULL, "the database URL is %s",
                       url == NULL ? "missing" : "longer than 8192 bytes");
    rp_db_options own = db_options(options, create);
    return rp_db_open(url, &own, ret_db, error);
}

repoint_status rp_store_warehouse(repoint_store *store, rp_db **ret_db, repoint_error *error)
{
    const char *url = store->options.warehouse_url;
    if (url != NULL && store->warehouse == NULL) {
        rp_db *db = NULL;
        repoint_status status = connect(url, &store->options, false, &db, error);
        if (status != REPOINT_OK) {
            rp_error_prefix(error, "the warehouse");
            return status;
        }
        store->warehouse = store->options.trace != NULL ? rp_trace_wrap(db, call_trace, store) : db;
    }
    *ret_db = store->warehouse != NULL ? store->warehouse : store->db;
    return REPOINT_OK;
}

static const char *warehouse_url(const repoint_store *store)
{
    return store->options.warehouse_url != NULL ? store->options.warehouse_url : store->url;
}

bool rp_store_has_more_connections(const repoint_store *store)
{
    return warehouse_url(store) != NULL && strcmp(warehouse_url(store), "memory:") != 0;
}

repoint_status rp_store_warehouse_again(const repoint_store *store, gint64 deadline_us, rp_db **ret_db,
                                        repoint_error *error)
{
    if (!rp_store_has_more_connections(store))
        return REPOINT_OK;
    rp_db_options options = {
        .busy_seconds = busy_seconds(&store->options),
        .deadline_us = store->deadline_us > 0 ? MIN(store->deadline_us, deadline_us) : deadline_us,
    };
    return rp_db_open(warehouse_url(store), &options, ret_db, error);
}

repoint_status rp_store_check(const repoint_store *store, repoint_error *error)
{
    if (atomic_load(&store->interrupted))
        return rp_fail(error, REPOINT_INTERRUPTED, NULL, "interrupted");
    if (store->deadline_us != 0 && g_get_monotonic_time() > store->deadline_us)
        return rp_fail(error, REPOINT_TIMEOUT, NULL, "the time limit passed");
    return REPOINT_OK;
}

static void keep_url(repoint_store *store, const char *url)
{
    if (strcmp(url, "memory:") != 0)
        store->url = g_strdup(url);
}

repoint_status repoint_store_open(const char *url, const repoint_store_options *options,
                                  repoint_store **ret_store, repoint_error *error)
{
    /* An empty store in memory has nothing to be opened: it is made. */
    if (g_strcmp0(url, "memory:") == 0)
        return repoint_store_create(url, options, NULL, ret_store, NULL, error);
    rp_db *db = NULL;
    repoint_status status = connect(url, options, false, &db, error);
    if (status == REPOINT_OK)
        status = rp_store_open_on(db, options, ret_store, error);
    if (status == REPOINT_OK)
        keep_url(*ret_store, url);
    return status;
}

repoint_status repoint_store_create(const char *url, const repoint_store_options *options,
                                    const repoint_versions *versions, repoint_store **ret_store,
                                    bool *ret_created, repoint_error *error)
{
    repoint_store_options own = options != NULL ? *options : (repoint_store_options){0};
    bool dry_run = own.dry_run;
    rp_db *db = NULL;
    /* A dry run must not even leave an empty file: where there is none, it works in memory. */
    repoint_status status = connect(url, options, !dry_run, &db, error);
    if (dry_run && status == REPOINT_UNREACHABLE) {
        url = "memory:";
        status = connect(url, options, true, &db, error);
    }
    if (status != REPOINT_OK)
        return status;
    if (g_strcmp0(url, "memory:") == 0)
        own.dry_run = false; /* its tables are there even when nothing is to be written */
    status = rp_store_create_on(db, &own, versions, ret_store, ret_created, error);
    if (status != REPOINT_OK)
        return status;
    (*ret_store)->options.dry_run = dry_run;
    keep_url(*ret_store, url);
    return REPOINT_OK;
}

repoint_status repoint_store_open_driver(const repoint_driver *driver, void *connection,
                                         const repoint_store_options *options, repoint_store **ret_store,
                                         repoint_error *error)
{
    rp_db_options own = db_options(options, false);
    rp_db *db = NULL;
    repoint_status status = rp_external_open(driver, connection, &own, &db, error);
    return status == REPOINT_OK ? rp_store_open_on(db, options, ret_store, error) : status;
}

repoint_status repoint_store_create_driver(const repoint_driver *driver, void *connection,
                                           const repoint_store_options *options,
                                           const repoint_versions *versions, repoint_store **ret_store,
                                           bool *ret_created, repoint_error *error)
{
    rp_db_options own = db_options(options, true);
    rp_db *db = NULL;
    repoint_status status = rp_external_open(driver, connection, &own, &db, error);
    return status == REPOINT_OK ? rp_store_create_on(db, options, versions, ret_store, ret_created, error)
                                : status;
}

void repoint_store_close(repoint_store *store)
{
    if (store == NULL)
        return;
    rp_db_close(store->warehouse);
    rp_db_close(store->db);
    g_free(store->schema);
    g_free(store->url);
    g_free((char *)store->options.warehouse_url);
    g_free(store);
}

void repoint_store_interrupt(repoint_store *store)
{
    atomic_store(&store->interrupted, true);
    rp_db_interrupt(store->db);
    if (store->warehouse != NULL)
        rp_db_interrupt(store->warehouse);
}

bool repoint_store_proceed(repoint_store *store)
{
    if ((store->warehouse != NULL && !rp_db_proceed(store->warehouse)) || !rp_db_proceed(store->db))
        return false;
    atomic_store(&store->interrupted, false);
    return true;
}

repoint_status repoint_store_record_versions(repoint_store *store, const repoint_versions *versions,
                                             repoint_error *error)
{
    g_autofree char *sql = rp_sql(store->db,
                                  "UPDATE %n SET sqlmesh_version = COALESCE(?1, sqlmesh_version),"
                                  " sqlglot_version = COALESCE(?2, sqlglot_version)",
                                  store->schema, "_versions");
    const char *sqlmesh = *versions->sqlmesh_version != '\0' ? versions->sqlmesh_version : NULL;
    const char *sqlglot = *versions->sqlglot_version != '\0' ? versions->sqlglot_version : NULL;
    g_auto(rp_transaction) transaction = {0};
    repoint_status status = rp_transaction_begin(&transaction, store, RP_DB_WRITE, error);
    if (status == REPOINT_OK)
        status =
            rp_db_execute(store->db, sql, RP_VALUES(rp_db_text(sqlmesh), rp_db_text(sqlglot)), NULL, error);
    return status == REPOINT_OK ? rp_transaction_commit(&transaction, error) : status;
}

repoint_status repoint_store_versions(repoint_store *store, repoint_versions *ret_versions,
                                      repoint_error *error)
{
    bool is_store = false;
    return rp_versions_read(store, &is_store, ret_versions, error);
}
