/*
 * Guarantee 9 for the Spin model checker: merged intervals are the same before and after compaction.
 *
 * The log of intervals has a row for each range that was added; compaction reads all rows, writes their union
 * as one row, and deletes what it has read. Two runs add a range each meanwhile. Names are those of
 * src/state/compact.c and the locks of src/state/store.h.
 *
 *     -DBREAK_9     compaction does not keep writers out, and deletes all rows instead of those that it read
 */
#define ROWS 3

byte row[ROWS]; /* _intervals: ranges as bits; 0: no row */
bool locked;    /* RP_LOCK_INTERVALS: SHARE ROW EXCLUSIVE on _intervals */
byte adding;    /* who holds RP_LOCK_INTERVALS_SHARED */
byte expected = 1;
byte done;

proctype add(byte i; byte range)
{
    atomic { !locked -> adding++ };
    row[i] = range;
    atomic { expected = expected | range; adding--; done++ }
}

proctype compact()
{
    byte merged, i;
#ifndef BREAK_9
    atomic { adding == 0 -> locked = true };
#endif
    d_step { merged = row[0] | row[1] | row[2] };
    d_step {
        row[0] = merged;
        row[1] = 0;
        row[2] = 0
    };
    locked = false;
    done++
}

proctype check()
{
    done == 3;
    assert((row[0] | row[1] | row[2]) == expected)
}

init
{
    atomic {
        row[0] = 1;
        run add(1, 2);
        run add(2, 4);
        run compact();
        run check()
    }
}
