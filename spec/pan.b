	switch (t->back) {
	default: Uerror("bad return move");
	case  0: goto R999; /* nothing to undo */

		 /* PROC :init: */

	case 3: // STATE 2
		;
		((P6 *)_this)->_8_44_i = trpt->bup.ovals[1];
		((P6 *)_this)->_8_44_i = trpt->bup.ovals[0];
		;
		ungrab_ints(trpt->bup.ovals, 2);
		goto R999;

	case 4: // STATE 7
		;
		((P6 *)_this)->_8_44_i = trpt->bup.ovals[3];
		now.filled[ Index(((P6 *)_this)->_8_44_i, 4) ] = trpt->bup.ovals[2];
		now.table[ Index(((P6 *)_this)->_8_44_i, 4) ] = trpt->bup.ovals[1];
		now.stored[ Index(((P6 *)_this)->_8_44_i, 4) ] = trpt->bup.ovals[0];
		;
		ungrab_ints(trpt->bup.ovals, 4);
		goto R999;

	case 5: // STATE 13
		;
		((P6 *)_this)->_8_44_i = trpt->bup.oval;
		;
		goto R999;

	case 6: // STATE 23
		;
		((P6 *)_this)->_8_44_i = trpt->bup.ovals[8];
		now.fence_plan[ Index(((P6 *)_this)->_8_44_i, 2) ] = trpt->bup.ovals[7];
		now.draft_previous[ Index(((P6 *)_this)->_8_44_i, 2) ] = trpt->bup.ovals[6];
		now.draft_plan[ Index(((P6 *)_this)->_8_44_i, 2) ] = trpt->bup.ovals[5];
		now.draft[ Index(((P6 *)_this)->_8_44_i, 2) ] = trpt->bup.ovals[4];
		now.finalized[ Index(((P6 *)_this)->_8_44_i, 2) ] = trpt->bup.ovals[3];
		now.view_b[ Index(((P6 *)_this)->_8_44_i, 2) ] = trpt->bup.ovals[2];
		now.view_a[ Index(((P6 *)_this)->_8_44_i, 2) ] = trpt->bup.ovals[1];
		now.plan_of[ Index(((P6 *)_this)->_8_44_i, 2) ] = trpt->bup.ovals[0];
		;
		ungrab_ints(trpt->bup.ovals, 9);
		goto R999;

	case 7: // STATE 29
		;
		;
		delproc(0, now._nr_pr-1);
		;
		goto R999;

	case 8: // STATE 30
		;
		;
		delproc(0, now._nr_pr-1);
		;
		goto R999;

	case 9: // STATE 32
		;
		p_restor(II);
		;
		;
		goto R999;

		 /* PROC reader */

	case 10: // STATE 1
		;
		((P5 *)_this)->e = trpt->bup.oval;
		;
		goto R999;

	case 11: // STATE 2
		;
		((P5 *)_this)->e = trpt->bup.oval;
		;
		goto R999;
;
		
	case 12: // STATE 5
		goto R999;

	case 13: // STATE 8
		;
		p_restor(II);
		;
		;
		goto R999;

		 /* PROC loads */

	case 14: // STATE 2
		;
		now.filled[ Index(now.plan_of[0], 4) ] = trpt->bup.oval;
		;
		goto R999;

	case 15: // STATE 4
		;
		now.filled[2] = trpt->bup.oval;
		;
		goto R999;

	case 16: // STATE 8
		;
		p_restor(II);
		;
		;
		goto R999;

		 /* PROC janitor */
;
		;
		
	case 18: // STATE 4
		;
		now.garbage[ Index(((P3 *)_this)->p, 4) ] = trpt->bup.ovals[1];
		now.stored[ Index(((P3 *)_this)->p, 4) ] = trpt->bup.ovals[0];
		;
		ungrab_ints(trpt->bup.ovals, 2);
		goto R999;
;
		;
		
	case 20: // STATE 26
		;
		((P3 *)_this)->p = trpt->bup.ovals[2];
		now.table[ Index(((P3 *)_this)->p, 4) ] = trpt->bup.ovals[1];
		now.garbage[ Index(((P3 *)_this)->p, 4) ] = trpt->bup.ovals[0];
		;
		ungrab_ints(trpt->bup.ovals, 3);
		goto R999;

	case 21: // STATE 26
		;
		((P3 *)_this)->p = trpt->bup.ovals[1];
		now.garbage[ Index(((P3 *)_this)->p, 4) ] = trpt->bup.ovals[0];
		;
		ungrab_ints(trpt->bup.ovals, 2);
		goto R999;

	case 22: // STATE 26
		;
		((P3 *)_this)->p = trpt->bup.oval;
		;
		goto R999;

	case 23: // STATE 32
		;
		p_restor(II);
		;
		;
		goto R999;

		 /* PROC operator */

	case 24: // STATE 1
		;
		((P2 *)_this)->t = trpt->bup.oval;
		;
		goto R999;
;
		;
		
	case 26: // STATE 3
		;
		((P2 *)_this)->e = trpt->bup.oval;
		;
		goto R999;
;
		;
		
	case 28: // STATE 5
		;
		((P2 *)_this)->e = trpt->bup.oval;
		;
		goto R999;
;
		;
		
	case 30: // STATE 13
		;
		((P2 *)_this)->t = trpt->bup.ovals[2];
		now.lease_held[ Index(((P2 *)_this)->e, 2) ] = trpt->bup.ovals[1];
		now.lease_token[ Index(((P2 *)_this)->e, 2) ] = trpt->bup.ovals[0];
		;
		ungrab_ints(trpt->bup.ovals, 3);
		goto R999;

	case 31: // STATE 20
		;
		((P2 *)_this)->p = trpt->bup.oval;
		;
		goto R999;
;
		;
		;
		;
		
	case 34: // STATE 24
		;
	/* 0 */	((P2 *)_this)->p = trpt->bup.oval;
		;
		;
		goto R999;

	case 35: // STATE 29
		;
		now.draft_previous[ Index(((P2 *)_this)->e, 2) ] = trpt->bup.ovals[2];
		now.draft_plan[ Index(((P2 *)_this)->e, 2) ] = trpt->bup.ovals[1];
		now.draft[ Index(((P2 *)_this)->e, 2) ] = trpt->bup.ovals[0];
		;
		ungrab_ints(trpt->bup.ovals, 3);
		goto R999;
;
		;
		
	case 37: // STATE 38
		;
		now.fence_token[ Index(((P2 *)_this)->e, 2) ] = trpt->bup.oval;
		;
		goto R999;
;
		;
		
	case 39: // STATE 49
		;
		now.finalized[ Index(((P2 *)_this)->e, 2) ] = trpt->bup.ovals[1];
		now.plan_of[ Index(((P2 *)_this)->e, 2) ] = trpt->bup.ovals[0];
		;
		ungrab_ints(trpt->bup.ovals, 2);
		goto R999;

	case 40: // STATE 52
		;
		now.draft[ Index(((P2 *)_this)->e, 2) ] = trpt->bup.oval;
		;
		goto R999;

	case 41: // STATE 63
		;
		now.view_b[ Index(((P2 *)_this)->e, 2) ] = trpt->bup.ovals[2];
		now.view_a[ Index(((P2 *)_this)->e, 2) ] = trpt->bup.ovals[1];
		now.fence_plan[ Index(((P2 *)_this)->e, 2) ] = trpt->bup.ovals[0];
		;
		ungrab_ints(trpt->bup.ovals, 3);
		goto R999;
;
		;
		;
		;
		
	case 44: // STATE 74
		;
		now.finalized[ Index(((P2 *)_this)->e, 2) ] = trpt->bup.oval;
		;
		goto R999;

	case 45: // STATE 80
		;
		now.revisions = trpt->bup.ovals[2];
		revision_env[ Index(now.revisions, 6) ] = trpt->bup.ovals[1];
		now.revision[ Index(now.revisions, 6) ] = trpt->bup.ovals[0];
		;
		ungrab_ints(trpt->bup.ovals, 3);
		goto R999;

	case 46: // STATE 89
		;
		now.draft[ Index(((P2 *)_this)->e, 2) ] = trpt->bup.ovals[1];
		now.first_revision = trpt->bup.ovals[0];
		;
		ungrab_ints(trpt->bup.ovals, 2);
		goto R999;

	case 47: // STATE 89
		;
		now.draft[ Index(((P2 *)_this)->e, 2) ] = trpt->bup.oval;
		;
		goto R999;

	case 48: // STATE 89
		;
		now.draft[ Index(((P2 *)_this)->e, 2) ] = trpt->bup.oval;
		;
		goto R999;

	case 49: // STATE 96
		;
	/* 0 */	((P2 *)_this)->p = trpt->bup.oval;
		;
		;
		goto R999;

	case 50: // STATE 101
		;
		now.draft_previous[ Index(((P2 *)_this)->e, 2) ] = trpt->bup.ovals[2];
		now.draft_plan[ Index(((P2 *)_this)->e, 2) ] = trpt->bup.ovals[1];
		now.draft[ Index(((P2 *)_this)->e, 2) ] = trpt->bup.ovals[0];
		;
		ungrab_ints(trpt->bup.ovals, 3);
		goto R999;
;
		;
		
	case 52: // STATE 110
		;
		now.fence_token[ Index(((P2 *)_this)->e, 2) ] = trpt->bup.oval;
		;
		goto R999;
;
		;
		;
		;
		;
		;
		
	case 56: // STATE 121
		;
		now.finalized[ Index(((P2 *)_this)->e, 2) ] = trpt->bup.oval;
		;
		goto R999;

	case 57: // STATE 127
		;
		now.revisions = trpt->bup.ovals[2];
		revision_env[ Index(now.revisions, 6) ] = trpt->bup.ovals[1];
		now.revision[ Index(now.revisions, 6) ] = trpt->bup.ovals[0];
		;
		ungrab_ints(trpt->bup.ovals, 3);
		goto R999;

	case 58: // STATE 136
		;
		now.draft[ Index(((P2 *)_this)->e, 2) ] = trpt->bup.ovals[1];
		now.first_revision = trpt->bup.ovals[0];
		;
		ungrab_ints(trpt->bup.ovals, 2);
		goto R999;

	case 59: // STATE 136
		;
		now.draft[ Index(((P2 *)_this)->e, 2) ] = trpt->bup.oval;
		;
		goto R999;

	case 60: // STATE 136
		;
		now.draft[ Index(((P2 *)_this)->e, 2) ] = trpt->bup.oval;
		;
		goto R999;

	case 61: // STATE 143
		;
	/* 0 */	((P2 *)_this)->p = trpt->bup.oval;
		;
		;
		goto R999;

	case 62: // STATE 148
		;
		now.draft_previous[ Index(((P2 *)_this)->e, 2) ] = trpt->bup.ovals[2];
		now.draft_plan[ Index(((P2 *)_this)->e, 2) ] = trpt->bup.ovals[1];
		now.draft[ Index(((P2 *)_this)->e, 2) ] = trpt->bup.ovals[0];
		;
		ungrab_ints(trpt->bup.ovals, 3);
		goto R999;
;
		;
		
	case 64: // STATE 160
		;
		now.view_b[ Index(((P2 *)_this)->e, 2) ] = trpt->bup.ovals[2];
		now.view_a[ Index(((P2 *)_this)->e, 2) ] = trpt->bup.ovals[1];
		now.fence_plan[ Index(((P2 *)_this)->e, 2) ] = trpt->bup.ovals[0];
		;
		ungrab_ints(trpt->bup.ovals, 3);
		goto R999;
;
		;
		;
		;
		
	case 67: // STATE 171
		;
		now.finalized[ Index(((P2 *)_this)->e, 2) ] = trpt->bup.oval;
		;
		goto R999;

	case 68: // STATE 177
		;
		now.revisions = trpt->bup.ovals[2];
		revision_env[ Index(now.revisions, 6) ] = trpt->bup.ovals[1];
		now.revision[ Index(now.revisions, 6) ] = trpt->bup.ovals[0];
		;
		ungrab_ints(trpt->bup.ovals, 3);
		goto R999;

	case 69: // STATE 186
		;
		now.draft[ Index(((P2 *)_this)->e, 2) ] = trpt->bup.ovals[1];
		now.first_revision = trpt->bup.ovals[0];
		;
		ungrab_ints(trpt->bup.ovals, 2);
		goto R999;

	case 70: // STATE 186
		;
		now.draft[ Index(((P2 *)_this)->e, 2) ] = trpt->bup.oval;
		;
		goto R999;

	case 71: // STATE 186
		;
		now.draft[ Index(((P2 *)_this)->e, 2) ] = trpt->bup.oval;
		;
		goto R999;

	case 72: // STATE 193
		;
	/* 0 */	((P2 *)_this)->p = trpt->bup.oval;
		;
		;
		goto R999;

	case 73: // STATE 198
		;
		now.draft_previous[ Index(((P2 *)_this)->e, 2) ] = trpt->bup.ovals[2];
		now.draft_plan[ Index(((P2 *)_this)->e, 2) ] = trpt->bup.ovals[1];
		now.draft[ Index(((P2 *)_this)->e, 2) ] = trpt->bup.ovals[0];
		;
		ungrab_ints(trpt->bup.ovals, 3);
		goto R999;
;
		;
		;
		;
		
	case 76: // STATE 210
		;
		now.finalized[ Index(((P2 *)_this)->e, 2) ] = trpt->bup.ovals[1];
		now.plan_of[ Index(((P2 *)_this)->e, 2) ] = trpt->bup.ovals[0];
		;
		ungrab_ints(trpt->bup.ovals, 2);
		goto R999;

	case 77: // STATE 213
		;
		now.draft[ Index(((P2 *)_this)->e, 2) ] = trpt->bup.oval;
		;
		goto R999;

	case 78: // STATE 220
		;
	/* 0 */	((P2 *)_this)->p = trpt->bup.oval;
		;
		;
		goto R999;

	case 79: // STATE 225
		;
		now.draft_previous[ Index(((P2 *)_this)->e, 2) ] = trpt->bup.ovals[2];
		now.draft_plan[ Index(((P2 *)_this)->e, 2) ] = trpt->bup.ovals[1];
		now.draft[ Index(((P2 *)_this)->e, 2) ] = trpt->bup.ovals[0];
		;
		ungrab_ints(trpt->bup.ovals, 3);
		goto R999;
;
		;
		
	case 81: // STATE 235
		;
	/* 0 */	((P2 *)_this)->p = trpt->bup.oval;
		;
		;
		goto R999;

	case 82: // STATE 240
		;
		now.draft_previous[ Index(((P2 *)_this)->e, 2) ] = trpt->bup.ovals[2];
		now.draft_plan[ Index(((P2 *)_this)->e, 2) ] = trpt->bup.ovals[1];
		now.draft[ Index(((P2 *)_this)->e, 2) ] = trpt->bup.ovals[0];
		;
		ungrab_ints(trpt->bup.ovals, 3);
		goto R999;
;
		;
		
	case 84: // STATE 251
		;
		now.lease_held[ Index(((P2 *)_this)->e, 2) ] = trpt->bup.ovals[1];
	/* 0 */	((P2 *)_this)->t = trpt->bup.ovals[0];
		;
		;
		ungrab_ints(trpt->bup.ovals, 2);
		goto R999;
;
		
	case 85: // STATE 254
		goto R999;
;
		;
		;
		;
		;
		;
		;
		;
		
	case 90: // STATE 265
		;
		p_restor(II);
		;
		;
		goto R999;

		 /* PROC clock */

	case 91: // STATE 3
		;
		now.lease_held[0] = trpt->bup.ovals[1];
		now.expiries = trpt->bup.ovals[0];
		;
		ungrab_ints(trpt->bup.ovals, 2);
		goto R999;

	case 92: // STATE 7
		;
		now.lease_held[1] = trpt->bup.ovals[1];
		now.expiries = trpt->bup.ovals[0];
		;
		ungrab_ints(trpt->bup.ovals, 2);
		goto R999;

	case 93: // STATE 10
		;
		now.lease_held[0] = trpt->bup.oval;
		;
		goto R999;

	case 94: // STATE 13
		;
		now.lease_held[1] = trpt->bup.oval;
		;
		goto R999;
;
		;
		
	case 96: // STATE 20
		;
		p_restor(II);
		;
		;
		goto R999;

		 /* PROC deployer */

	case 97: // STATE 1
		;
		((P0 *)_this)->e = trpt->bup.oval;
		;
		goto R999;

	case 98: // STATE 2
		;
		((P0 *)_this)->e = trpt->bup.oval;
		;
		goto R999;

	case 99: // STATE 8
		;
		((P0 *)_this)->t = trpt->bup.ovals[2];
		now.lease_held[ Index(((P0 *)_this)->e, 2) ] = trpt->bup.ovals[1];
		now.lease_token[ Index(((P0 *)_this)->e, 2) ] = trpt->bup.ovals[0];
		;
		ungrab_ints(trpt->bup.ovals, 3);
		goto R999;

	case 100: // STATE 17
		;
		now.crashes = trpt->bup.oval;
		;
		goto R999;
;
		;
		
	case 102: // STATE 29
		;
		now.draft_previous[ Index(((P0 *)_this)->e, 2) ] = trpt->bup.ovals[2];
		now.draft_plan[ Index(((P0 *)_this)->e, 2) ] = trpt->bup.ovals[1];
		now.draft[ Index(((P0 *)_this)->e, 2) ] = trpt->bup.ovals[0];
		;
		ungrab_ints(trpt->bup.ovals, 3);
		goto R999;

	case 103: // STATE 37
		;
		now.crashes = trpt->bup.oval;
		;
		goto R999;
;
		;
		
	case 105: // STATE 46
		;
		now.draft[ Index(((P0 *)_this)->e, 2) ] = trpt->bup.oval;
		;
		goto R999;

	case 106: // STATE 54
		;
		now.crashes = trpt->bup.oval;
		;
		goto R999;

	case 107: // STATE 61
		;
		now.fence_token[ Index(((P0 *)_this)->e, 2) ] = trpt->bup.oval;
		;
		goto R999;

	case 108: // STATE 70
		;
		now.crashes = trpt->bup.oval;
		;
		goto R999;
;
		;
		
	case 110: // STATE 80
		;
		now.finalized[ Index(((P0 *)_this)->e, 2) ] = trpt->bup.ovals[1];
		now.plan_of[ Index(((P0 *)_this)->e, 2) ] = trpt->bup.ovals[0];
		;
		ungrab_ints(trpt->bup.ovals, 2);
		goto R999;

	case 111: // STATE 83
		;
		now.draft[ Index(((P0 *)_this)->e, 2) ] = trpt->bup.oval;
		;
		goto R999;

	case 112: // STATE 92
		;
		now.crashes = trpt->bup.oval;
		;
		goto R999;

	case 113: // STATE 102
		;
		now.view_b[ Index(((P0 *)_this)->e, 2) ] = trpt->bup.ovals[2];
		now.view_a[ Index(((P0 *)_this)->e, 2) ] = trpt->bup.ovals[1];
		now.fence_plan[ Index(((P0 *)_this)->e, 2) ] = trpt->bup.ovals[0];
		;
		ungrab_ints(trpt->bup.ovals, 3);
		goto R999;

	case 114: // STATE 112
		;
		now.crashes = trpt->bup.oval;
		;
		goto R999;
;
		;
		;
		;
		
	case 117: // STATE 121
		;
		now.finalized[ Index(((P0 *)_this)->e, 2) ] = trpt->bup.oval;
		;
		goto R999;

	case 118: // STATE 127
		;
		now.revisions = trpt->bup.ovals[2];
		revision_env[ Index(now.revisions, 6) ] = trpt->bup.ovals[1];
		now.revision[ Index(now.revisions, 6) ] = trpt->bup.ovals[0];
		;
		ungrab_ints(trpt->bup.ovals, 3);
		goto R999;

	case 119: // STATE 136
		;
		now.draft[ Index(((P0 *)_this)->e, 2) ] = trpt->bup.ovals[1];
		now.first_revision = trpt->bup.ovals[0];
		;
		ungrab_ints(trpt->bup.ovals, 2);
		goto R999;

	case 120: // STATE 136
		;
		now.draft[ Index(((P0 *)_this)->e, 2) ] = trpt->bup.oval;
		;
		goto R999;

	case 121: // STATE 136
		;
		now.draft[ Index(((P0 *)_this)->e, 2) ] = trpt->bup.oval;
		;
		goto R999;

	case 122: // STATE 145
		;
		now.crashes = trpt->bup.oval;
		;
		goto R999;

	case 123: // STATE 151
		;
	/* 0 */	((P0 *)_this)->p = trpt->bup.oval;
		;
		;
		goto R999;

	case 124: // STATE 156
		;
		now.draft_previous[ Index(((P0 *)_this)->e, 2) ] = trpt->bup.ovals[2];
		now.draft_plan[ Index(((P0 *)_this)->e, 2) ] = trpt->bup.ovals[1];
		now.draft[ Index(((P0 *)_this)->e, 2) ] = trpt->bup.ovals[0];
		;
		ungrab_ints(trpt->bup.ovals, 3);
		goto R999;

	case 125: // STATE 165
		;
		now.crashes = trpt->bup.oval;
		;
		goto R999;
;
		;
		
	case 127: // STATE 173
		;
		now.lease_held[ Index(((P0 *)_this)->e, 2) ] = trpt->bup.ovals[1];
	/* 0 */	((P0 *)_this)->t = trpt->bup.ovals[0];
		;
		;
		ungrab_ints(trpt->bup.ovals, 2);
		goto R999;
;
		
	case 128: // STATE 176
		goto R999;

	case 129: // STATE 182
		;
		now.working = trpt->bup.oval;
		;
		goto R999;

	case 130: // STATE 184
		;
		p_restor(II);
		;
		;
		goto R999;
	}

