/*
 * The protocol of a deployment, for the Spin model checker: `make model`.
 *
 * Two environments, two deployers with a plan each, an operator who resumes or abandons what they leave, a
 * janitor, scheduled loads, a reader. A deployer may be stopped for any time between two transactions (the
 * scheduler does that), may die there, may lose the reply of a commit, and may lose its lease at any time.
 * An atomic block is one transaction of one database; what a transaction has in its WHERE stands in the same
 * block as its write. Names are those of src/deploy: draft.h, lease.h, cutover.c, switch.c, garbage.h,
 * warehouse/fence.h.
 *
 *     -DSEPARATE    state and views are in two databases: three transactions and the warehouse's fence
 *     -DBREAK_n     the rule behind guarantee n is left out; the checker has to find it (spec/check)
 */
#define ENVS      2
#define DEPLOYERS 2
#define PLANS     4 /* 0, 1: what the environments show at first; 2, 3: the deployers' */
#define NONE      15
#ifndef CRASHES
#define CRASHES 1
#endif
#ifndef EXPIRIES
#define EXPIRIES 1
#endif

mtype = { ABSENT, DRAFT, CANDIDATE, SWITCHING, FINALIZED };

/* ---- the state ---- */
byte plan_of[ENVS];       /* _environments: what the record points to */
bool finalized[ENVS];
mtype draft[ENVS];        /* _repoint_deployments */
byte draft_plan[ENVS];
byte draft_previous[ENVS];
byte lease_token[ENVS];   /* _repoint_leases */
bool lease_held[ENVS];
byte revision[3];         /* _repoint_revisions, in the order in which they came */
byte revisions;
bool stored[PLANS];       /* _snapshots: a plan stands for the snapshots that it adds */
byte filled[PLANS];       /* until when its tables have data */

/* ---- the warehouse ---- */
bool table[PLANS];
byte view_a[ENVS];        /* the views of an environment: two stand for all */
byte view_b[ENVS];
byte fence_token[ENVS];   /* _repoint_fences */
byte fence_plan[ENVS];

/* ---- what may happen ---- */
byte crashes = CRASHES;
byte expiries = EXPIRIES;
byte resumes = 1;         /* by the operator; after that he abandons what can be abandoned */
byte working = DEPLOYERS; /* deployers that are neither done nor dead */

/* A revision, once written, stays (guarantee 10). */
byte first_revision = NONE;

inline note_revision(e, p)
{
    assert(revisions < 3);
#ifdef BREAK_10
    if
    :: revisions > 0 -> revision[0] = p
    :: else -> revision[revisions] = p; revisions++
    fi;
#else
    revision[revisions] = p;
    revisions++;
#endif
    if
    :: first_revision == NONE -> first_revision = revision[0]
    :: else -> assert(first_revision == revision[0])
    fi
}

/* What the environment, a draft or a revision points to is needed. */
#define IN_ENVIRONMENT(p) (plan_of[0] == p || plan_of[1] == p)
#define IN_DRAFT(p)                                                                                          \
    ((draft[0] != ABSENT && (draft_plan[0] == p || draft_previous[0] == p)) ||                               \
     (draft[1] != ABSENT && (draft_plan[1] == p || draft_previous[1] == p)))
#define IN_REVISION(p)                                                                                       \
    ((revisions > 0 && revision[0] == p) || (revisions > 1 && revision[1] == p) ||                           \
     (revisions > 2 && revision[2] == p))
#ifdef BREAK_5
#define IS_NEEDED(p) IN_ENVIRONMENT(p)
#else
#define IS_NEEDED(p) (IN_ENVIRONMENT(p) || IN_DRAFT(p) || IN_REVISION(p))
#endif

/* rp_lease_fence(): the condition of every write transaction. */
#ifdef BREAK_6
#define FENCE(e, t) true
#else
#define FENCE(e, t) (lease_token[e] == t)
#endif

/* Guarantee 6: who writes holds the newest token. Guarantee 1: an environment names what exists. */
inline check_writer(e, t) { assert(lease_token[e] == t) }
inline check_environments()
{
    assert(stored[plan_of[0]] && stored[plan_of[1]]);
}

/* Views change together (guarantee 4), or one after the other. */
#ifdef BREAK_4
#define CHANGE_VIEWS(e, p) view_a[e] = p
#define CHANGE_THE_REST(e, p) view_b[e] = p
#else
#define CHANGE_VIEWS(e, p) view_a[e] = p; view_b[e] = p
#define CHANGE_THE_REST(e, p) skip
#endif
/* What a reader's transaction may see after any transaction of the warehouse: one set, whose tables exist. */
inline check_readers(e) { assert(view_a[e] == view_b[e] && table[view_a[e]]) }

/* rp_deployment_examine(): snapshots, tables, the plan that it was made on, and gaps. */
#ifdef BREAK_1
#define EXISTS(p) true
#else
#define EXISTS(p) (stored[p] && table[p])
#endif
#ifdef BREAK_8
#define HAS_NO_GAPS(p, old) true
#else
#define HAS_NO_GAPS(p, old) (filled[p] >= filled[old])
#endif
#define EXAMINED(e, p, base) (EXISTS(p) && plan_of[e] == base && HAS_NO_GAPS(p, base))

/* Guarantee 3: at the moment at which it is finalized, views and record agree. Guarantee 8: and no range that
 * readers had is gone. */
inline finalize(e, p, old)
{
    finalized[e] = true;
    assert(view_a[e] == p && view_b[e] == p);
    assert(filled[p] >= filled[old]);
    note_revision(e, p)
}

/* A process may die between two transactions, or not get the reply of the last: then it knows no more than
 * if it had died. */
inline may_die()
{
    if
    :: true
    :: atomic { crashes > 0 -> crashes--; goto dead }
    fi
}

/* ---- the end of a deployment, from whatever state it is in: the deployer's own, or resume's ---- */

inline cut_over_in_one(e, p, t)
{
    atomic {
        if
        :: FENCE(e, t) && draft[e] == CANDIDATE && draft_plan[e] == p && EXAMINED(e, p, draft_previous[e]) ->
            check_writer(e, t);
            plan_of[e] = p;
            check_environments();
            CHANGE_VIEWS(e, p);
            check_readers(e);
#ifdef BREAK_4
            finalized[e] = true;
            draft[e] = FINALIZED
#else
#ifdef BREAK_3
            view_b[e] = draft_previous[e];
#endif
            finalize(e, p, draft_previous[e]);
            draft[e] = FINALIZED
#endif
        :: else -> goto give_up
        fi
    };
    CHANGE_THE_REST(e, p)
}

/* rp_switch_claim(): shuts out older tokens, and tells whether the views have changed. */
inline claim(e, t)
{
    atomic {
        if
        :: fence_token[e] <= t -> fence_token[e] = t
        :: else -> goto give_up
        fi
    }
}

inline announce(e, p, t)
{
    atomic {
        if
        :: FENCE(e, t) && draft[e] == CANDIDATE && draft_plan[e] == p && EXAMINED(e, p, draft_previous[e]) ->
            check_writer(e, t);
            plan_of[e] = p;
            finalized[e] = false;
            check_environments();
            draft[e] = SWITCHING
        :: else -> goto give_up
        fi
    }
}

/* rp_fence_pass() and the views, in the warehouse's transaction. */
#ifdef BREAK_6
#define PASSES(e, t) true
#else
#define PASSES(e, t) (fence_token[e] == t)
#endif
inline switch_views(e, p, t)
{
    atomic {
        if
#ifdef BREAK_3
        :: true -> skip /* the record is finalized all the same */
#endif
        :: PASSES(e, t) ->
            assert(fence_token[e] == t);
            fence_plan[e] = p;
            CHANGE_VIEWS(e, p);
            check_readers(e)
        :: else -> goto give_up
        fi
    };
    CHANGE_THE_REST(e, p)
}

inline conclude(e, p, t)
{
    atomic {
        if
        :: FENCE(e, t) && draft[e] == SWITCHING && draft_plan[e] == p ->
            check_writer(e, t);
            finalize(e, p, draft_previous[e]);
            draft[e] = FINALIZED
        :: else -> goto give_up
        fi
    }
}

/* The record goes back to what it was; only before the views have changed. */
inline undo(e, p, t)
{
    atomic {
        if
        :: FENCE(e, t) && draft[e] == SWITCHING && draft_plan[e] == p ->
            check_writer(e, t);
            plan_of[e] = draft_previous[e];
            finalized[e] = true;
            check_environments();
            draft[e] = CANDIDATE
        :: else -> goto give_up
        fi
    }
}

inline clean_up(e, p, t)
{
    atomic {
        if
        :: FENCE(e, t) && draft[e] != ABSENT && draft_plan[e] == p ->
            check_writer(e, t);
            draft[e] = ABSENT;
            draft_plan[e] = NONE;
            draft_previous[e] = NONE
        :: else -> goto give_up
        fi
    }
}

inline take_lease(e, t)
{
    atomic {
        if
        :: !lease_held[e] -> lease_token[e]++; lease_held[e] = true; t = lease_token[e]
        :: else -> goto give_up
        fi
    }
}

inline release(e, t)
{
    atomic {
        if
        :: lease_token[e] == t -> lease_held[e] = false
        :: else
        fi
    }
}

/* ---- who takes part ---- */

proctype deployer(byte p)
{
    byte e, t = NONE;
    if
    :: e = 0
    :: e = 1
    fi;
    take_lease(e, t);
    may_die();
    atomic { /* repoint_deployment_begin() */
        if
#ifdef BREAK_2
        :: FENCE(e, t) && EXAMINED(e, p, plan_of[e]) ->
#else
        :: FENCE(e, t) && draft[e] == ABSENT && EXAMINED(e, p, plan_of[e]) ->
#endif
            check_writer(e, t);
            assert(draft[e] == ABSENT); /* guarantee 2 */
            draft[e] = DRAFT;
            draft_plan[e] = p;
            draft_previous[e] = plan_of[e]
        :: else -> goto give_up
        fi
    };
    may_die();
    atomic {
        if
        :: FENCE(e, t) && draft[e] == DRAFT && draft_plan[e] == p -> check_writer(e, t); draft[e] = CANDIDATE
        :: else -> goto give_up
        fi
    };
    may_die();
#ifdef SEPARATE
    claim(e, t);
    may_die();
    announce(e, p, t);
    may_die();
    switch_views(e, p, t);
    may_die();
    conclude(e, p, t);
#else
    cut_over_in_one(e, p, t);
#endif
    may_die();
    clean_up(e, p, t);
    may_die();
give_up:
    if
    :: t != NONE -> release(e, t)
    :: else
    fi;
dead:
    atomic { working--; e = 0; t = 0 }
}

/* Leases of dead holders end, and now and then that of one who is only slow. */
proctype clock()
{
    byte e;
end:
    do
    :: atomic { expiries > 0 && lease_held[0] -> expiries--; lease_held[0] = false }
    :: atomic { expiries > 0 && lease_held[1] -> expiries--; lease_held[1] = false }
    :: atomic { working == 0 && lease_held[0] -> lease_held[0] = false }
    :: atomic { working == 0 && lease_held[1] -> lease_held[1] = false }
    :: working == 0 && !lease_held[0] && !lease_held[1] && draft[0] == ABSENT && draft[1] == ABSENT -> break
    od
}

/* Resumes or abandons what is open and held by nobody, until there is nothing more to do. */
proctype operator()
{
    byte e, p, t;
again:
    t = NONE;
    if
    :: draft[0] != ABSENT && !lease_held[0] -> e = 0
    :: draft[1] != ABSENT && !lease_held[1] -> e = 1
    :: working == 0 && draft[0] == ABSENT && draft[1] == ABSENT -> goto over
    fi;
    take_lease(e, t);
    p = draft_plan[e];
    if
    :: draft[e] == ABSENT -> goto give_up
    :: draft[e] == DRAFT || draft[e] == CANDIDATE -> clean_up(e, p, t) /* abandon */
    :: draft[e] == CANDIDATE && resumes > 0 ->
        resumes--;
#ifdef SEPARATE
        claim(e, t);
        announce(e, p, t);
        switch_views(e, p, t);
        conclude(e, p, t);
#else
        cut_over_in_one(e, p, t);
#endif
        clean_up(e, p, t)
    :: draft[e] == SWITCHING ->
        claim(e, t);
        if
#ifdef BREAK_7
        :: true -> undo(e, p, t); clean_up(e, p, t) /* guesses */
#else
        :: fence_plan[e] == p -> conclude(e, p, t); clean_up(e, p, t)
        :: fence_plan[e] != p -> switch_views(e, p, t); conclude(e, p, t); clean_up(e, p, t)
        :: fence_plan[e] != p -> undo(e, p, t); clean_up(e, p, t)
#endif
        fi
    :: draft[e] == FINALIZED -> clean_up(e, p, t)
    fi;
give_up:
    if
    :: t != NONE -> release(e, t)
    :: else
    fi;
    atomic { e = 0; p = 0; t = 0; goto again };
over:
    /* Guarantee 7: whatever happened, the end is one of the two sets, whole, and nothing is left over. */
    assert(finalized[0] && finalized[1]);
    assert(view_a[0] == plan_of[0] && view_b[0] == plan_of[0]);
    assert(view_a[1] == plan_of[1] && view_b[1] == plan_of[1]);
    assert(table[plan_of[0]] && table[plan_of[1]])
}

/* A run over any one plan: the state first, under the lock, then the table, asking again. */
proctype janitor()
{
    byte p;
    atomic {
        if
        :: !IS_NEEDED(0) -> p = 0
        :: !IS_NEEDED(1) -> p = 1
        :: !IS_NEEDED(2) -> p = 2
        :: !IS_NEEDED(3) -> p = 3
        fi;
        stored[p] = false;
        check_environments()
    };
    atomic {
        table[p] = false;
        p = 0;
        /* Guarantee 5 */
        assert(table[plan_of[0]] && table[plan_of[1]]);
        assert(draft[0] == ABSENT || (table[draft_previous[0]] && table[draft_plan[0]]));
        assert(draft[1] == ABSENT || (table[draft_previous[1]] && table[draft_plan[1]]));
        assert(revisions == 0 || table[revision[0]])
    }
}

/* Scheduled runs load what readers see, once each, and the plans' own loads catch up, or do not. */
proctype loads()
{
    atomic {
        if
        :: finalized[0] -> filled[plan_of[0]]++
        :: finalized[1] -> filled[plan_of[1]]++
        fi
    }
}

init
{
    atomic {
        byte i;
        for (i : 0 .. PLANS - 1) {
            stored[i] = true;
            table[i] = true;
            filled[i] = 1;
        }
        for (i : 0 .. ENVS - 1) {
            plan_of[i] = i;
            view_a[i] = i;
            view_b[i] = i;
            finalized[i] = true;
            draft[i] = ABSENT;
            draft_plan[i] = NONE;
            draft_previous[i] = NONE;
            fence_plan[i] = NONE;
        }
        run deployer(2);
        run deployer(3);
        run clock();
        run operator();
        run janitor();
        run loads();
        i = 0
    }
}
