/*
 * repoint: decide when the world sees a new version of your tables.
 *
 * A state store remembers table versions (snapshots), the time ranges already processed (intervals), and
 * environments: named sets of pointers to snapshots, shown to readers as views. A change of an environment
 * has two phases:
 *
 *     repoint_promote()    records what the environment should point to, after checking that every snapshot
 *                          exists, that nobody else changed it meanwhile, and that no model loses time
 * ranges; repoint_finalize()   declares that it is so.
 *
 * In between, the caller changes views, runs checks, asks people. repoint_deploy() does both and the views,
 * in one transaction. The store's tables and JSON are SQLMesh's: either program continues what the other
 * wrote.
 *
 * A store handle is used by one thread at a time; open one a thread. They share nothing.
 */
#ifndef REPOINT_H
#define REPOINT_H

#include "repoint/deploy.h"
#include "repoint/driver.h"
#include "repoint/error.h"
#include "repoint/model.h"
#include "repoint/project.h"
#include "repoint/store.h"

#endif
