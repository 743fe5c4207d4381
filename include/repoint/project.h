/*
 * repoint/project.h: the state store of a SQLMesh or dbt project, found in the project's own files.
 */
#ifndef REPOINT_PROJECT_H
#define REPOINT_PROJECT_H

#include "repoint/error.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Zero-initialise; release with repoint_project_clear(). */
typedef struct repoint_project {
    char *url;    /* of the state store; may have a password */
    char *schema; /* where its tables are */
    char *file;   /* that says so */
} repoint_project;

/*
 * Looks into a folder: SQLMesh's config.yaml or config.yml (the default gateway's state_connection, else its
 * connection), else dbt's dbt_project.yml with the target of its profile in profiles.yml (in
 * DBT_PROFILES_DIR, the folder, or ~/.dbt). {{ env_var('NAME') }} is filled in; what else is a template is
 * refused where it is needed.
 *
 * REPOINT_NOT_FOUND: the folder holds no project. REPOINT_INVALID: the file cannot be read, or does not say
 * where the state is. REPOINT_REFUSED: the state is on a database that repoint cannot use, or in a program
 * (config.py).
 */
REPOINT_API repoint_status repoint_project_find(const char *folder, repoint_project *ret_project,
                                                repoint_error *error);
REPOINT_API void repoint_project_clear(repoint_project *project);

#ifdef __cplusplus
}
#endif

#endif
