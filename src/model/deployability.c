/*
 * Deployability: which snapshots produce data that production may use. See model/deployability.h.
 *
 * Parents come before their children, because what a parent passes on (`children_deployable`) decides about
 * the child. Two questions are answered for each snapshot: may what it produces now be deployed, and does its
 * version's table represent it to readers: it does when it is deployable, or when it is what production shows
 * already.
 */
#include "model/deployability.h"

#include <string.h>

#include "model/kind.h"

/* The two answers for one snapshot. */
typedef struct verdict {
    char *identifier;
    bool deployable;
    bool representative;
} verdict;

struct rp_deployability {
    bool everything;
    GHashTable *verdicts; /* by name; NULL when `everything` */
};

static void free_verdict(gpointer pointer)
{
    verdict *self = pointer;
    g_free(self->identifier);
    g_free(self);
}

rp_deployability *rp_deployability_all(void)
{
    rp_deployability *index = g_new0(rp_deployability, 1);
    index->everything = true;
    return index;
}

void rp_deployability_free(rp_deployability *index)
{
    if (index == NULL)
        return;
    g_clear_pointer(&index->verdicts, g_hash_table_unref);
    g_free(index);
}

static const verdict *find(const rp_deployability *index, const char *name, const char *identifier)
{
    const verdict *found = g_hash_table_lookup(index->verdicts, name);
    return found != NULL && strcmp(found->identifier, identifier) == 0 ? found : NULL;
}

bool rp_deployability_is_deployable(const rp_deployability *index, const char *name, const char *identifier)
{
    if (index->everything)
        return true;
    const verdict *found = find(index, name, identifier);
    return found != NULL && found->deployable;
}

bool rp_deployability_is_representative(const rp_deployability *index, const char *name,
                                        const char *identifier)
{
    if (index->everything)
        return true;
    const verdict *found = find(index, name, identifier);
    return found != NULL && found->representative;
}

/* ---- the order ---- */

/* A snapshot on its way through the order. */
typedef struct vertex {
    const rp_deployability_node *node;
    guint waiting_for;       /* parents that have not been judged yet */
    GArray *children;        /* of struct vertex *; NULL: none */
    bool parents_deployable; /* so far */
} vertex;

typedef struct graph {
    vertex *vertices;
    size_t count;
    GHashTable *by_name;
} graph;

static void clear_graph(graph *self)
{
    for (size_t i = 0; i < self->count; i++)
        g_clear_pointer(&self->vertices[i].children, g_array_unref);
    g_clear_pointer(&self->by_name, g_hash_table_unref);
    g_clear_pointer(&self->vertices, g_free);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(graph, clear_graph)

static repoint_status add_vertices(graph *self, const rp_deployability_node *nodes, repoint_error *error)
{
    for (size_t i = 0; i < self->count; i++) {
        self->vertices[i] = (vertex){.node = &nodes[i], .parents_deployable = true};
        if (!g_hash_table_insert(self->by_name, (gpointer)nodes[i].name, &self->vertices[i]))
            return rp_fail(error, REPOINT_INVALID, NULL, "two snapshots of %s in one set", nodes[i].name);
    }
    return REPOINT_OK;
}

/* A model that reads itself is no parent of its own here. */
static void add_edges(graph *self)
{
    for (size_t i = 0; i < self->count; i++) {
        vertex *child = &self->vertices[i];
        for (const char *const *name = child->node->parents; name != NULL && *name != NULL; name++) {
            vertex *parent = g_hash_table_lookup(self->by_name, *name);
            if (parent == NULL || parent == child)
                continue;
            if (parent->children == NULL)
                parent->children = g_array_new(FALSE, FALSE, sizeof(vertex *));
            g_array_append_val(parent->children, child);
            child->waiting_for++;
        }
    }
}

/* ---- the verdicts ---- */

/* Snapshots that write into a table that is not theirs alone, or not from where it begins. */
static bool is_undeployable_by_nature(const rp_deployability_node *node)
{
    bool model_is_forward_only = node->model_is_forward_only && node->category != RP_CATEGORY_METADATA;
    return node->is_forward_only || node->category == RP_CATEGORY_INDIRECT_NON_BREAKING ||
           model_is_forward_only || node->has_auto_restatement || !node->has_valid_start;
}

/* Is the version's table what production shows, or filled on the way there? */
static bool is_what_production_shows(const rp_deployability_node *node)
{
    return !node->is_paused || (node->category == RP_CATEGORY_INDIRECT_NON_BREAKING && node->has_intervals);
}

/* Judges one snapshot whose parents have been judged; *ret_children_deployable is what it passes on. */
static verdict judge(const vertex *self, bool *ret_children_deployable)
{
    const rp_deployability_node *node = self->node;
    verdict result = {0};
    if (!self->parents_deployable || !node->is_virtual_environment_full) {
        *ret_children_deployable = false;
        result.representative = !node->is_paused;
        return result;
    }
    *ret_children_deployable = node->has_valid_start && !node->has_auto_restatement;
    if (!is_undeployable_by_nature(node)) {
        result.deployable = result.representative = true;
        return result;
    }
    result.representative = is_what_production_shows(node);
    *ret_children_deployable &= result.representative;
    return result;
}

/* Tells the children what their parent passes on; those that wait for nobody else join the queue. */
static void release_children(const vertex *parent, bool children_deployable, GQueue *queue)
{
    for (guint i = 0; parent->children != NULL && i < parent->children->len; i++) {
        vertex *child = g_array_index(parent->children, vertex *, i);
        child->parents_deployable &= children_deployable;
        if (--child->waiting_for == 0)
            g_queue_push_tail(queue, child);
    }
}

/* Returns how many were judged: fewer than there are when parents go round in a circle. */
static size_t judge_all(graph *self, GHashTable *verdicts)
{
    GQueue queue = G_QUEUE_INIT;
    for (size_t i = 0; i < self->count; i++) {
        if (self->vertices[i].waiting_for == 0)
            g_queue_push_tail(&queue, &self->vertices[i]);
    }
    size_t judged = 0;
    for (const vertex *next; (next = g_queue_pop_head(&queue)) != NULL; judged++) {
        bool children_deployable = false;
        verdict *result = g_new(verdict, 1);
        *result = judge(next, &children_deployable);
        result->identifier = g_strdup(next->node->identifier);
        g_hash_table_insert(verdicts, g_strdup(next->node->name), result);
        release_children(next, children_deployable, &queue);
    }
    return judged;
}

static const char *name_in_circle(const graph *self)
{
    for (size_t i = 0; i < self->count; i++) {
        if (self->vertices[i].waiting_for > 0)
            return self->vertices[i].node->name;
    }
    return NULL;
}

repoint_status rp_deployability_create(const rp_deployability_node *nodes, size_t count,
                                       rp_deployability **ret_index, repoint_error *error)
{
    g_auto(graph) parents = {
        .vertices = g_new0(vertex, count),
        .by_name = g_hash_table_new(g_str_hash, g_str_equal),
        .count = count,
    };
    repoint_status status = add_vertices(&parents, nodes, error);
    if (status != REPOINT_OK)
        return status;
    add_edges(&parents);

    g_autoptr(rp_deployability) index = g_new0(rp_deployability, 1);
    index->verdicts = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, free_verdict);
    if (judge_all(&parents, index->verdicts) < count)
        return rp_fail(error, REPOINT_INVALID, NULL, "the parents of %s go round in a circle",
                       name_in_circle(&parents));
    *ret_index = g_steal_pointer(&index);
    return REPOINT_OK;
}
