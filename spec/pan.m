#define rand	pan_rand
#define pthread_equal(a,b)	((a)==(b))
#if defined(HAS_CODE) && defined(VERBOSE)
	#ifdef BFS_PAR
		bfs_printf("Pr: %d Tr: %d\n", II, t->forw);
	#else
		cpu_printf("Pr: %d Tr: %d\n", II, t->forw);
	#endif
#endif
	switch (t->forw) {
	default: Uerror("bad forward move");
	case 0:	/* if without executable clauses */
		continue;
	case 1: /* generic 'goto' or 'skip' */
		IfNotBlocked
		_m = 3; goto P999;
	case 2: /* generic 'else' */
		IfNotBlocked
		if (trpt->o_pm&1) continue;
		_m = 3; goto P999;

		 /* PROC :init: */
	case 3: // STATE 1 - deployment.pml:463 - [i = 0] (0:10:2 - 1)
		IfNotBlocked
		reached[6][1] = 1;
		(trpt+1)->bup.ovals = grab_ints(2);
		(trpt+1)->bup.ovals[0] = ((int)((P6 *)_this)->_8_44_i);
		((P6 *)_this)->_8_44_i = 0;
#ifdef VAR_RANGES
		logval(":init::i", ((int)((P6 *)_this)->_8_44_i));
#endif
		;
		/* merge: i = 0(10, 2, 10) */
		reached[6][2] = 1;
		(trpt+1)->bup.ovals[1] = ((int)((P6 *)_this)->_8_44_i);
		((P6 *)_this)->_8_44_i = 0;
#ifdef VAR_RANGES
		logval(":init::i", ((int)((P6 *)_this)->_8_44_i));
#endif
		;
		/* merge: .(goto)(0, 11, 10) */
		reached[6][11] = 1;
		;
		_m = 3; goto P999; /* 2 */
	case 4: // STATE 3 - deployment.pml:463 - [((i<=(4-1)))] (10:0:4 - 1)
		IfNotBlocked
		reached[6][3] = 1;
		if (!((((int)((P6 *)_this)->_8_44_i)<=(4-1))))
			continue;
		/* merge: stored[i] = 1(10, 4, 10) */
		reached[6][4] = 1;
		(trpt+1)->bup.ovals = grab_ints(4);
		(trpt+1)->bup.ovals[0] = ((int)now.stored[ Index(((int)((P6 *)_this)->_8_44_i), 4) ]);
		now.stored[ Index(((P6 *)_this)->_8_44_i, 4) ] = 1;
#ifdef VAR_RANGES
		logval("stored[:init::i]", ((int)now.stored[ Index(((int)((P6 *)_this)->_8_44_i), 4) ]));
#endif
		;
		/* merge: table[i] = 1(10, 5, 10) */
		reached[6][5] = 1;
		(trpt+1)->bup.ovals[1] = ((int)now.table[ Index(((int)((P6 *)_this)->_8_44_i), 4) ]);
		now.table[ Index(((P6 *)_this)->_8_44_i, 4) ] = 1;
#ifdef VAR_RANGES
		logval("table[:init::i]", ((int)now.table[ Index(((int)((P6 *)_this)->_8_44_i), 4) ]));
#endif
		;
		/* merge: filled[i] = 1(10, 6, 10) */
		reached[6][6] = 1;
		(trpt+1)->bup.ovals[2] = ((int)now.filled[ Index(((int)((P6 *)_this)->_8_44_i), 4) ]);
		now.filled[ Index(((P6 *)_this)->_8_44_i, 4) ] = 1;
#ifdef VAR_RANGES
		logval("filled[:init::i]", ((int)now.filled[ Index(((int)((P6 *)_this)->_8_44_i), 4) ]));
#endif
		;
		/* merge: i = (i+1)(10, 7, 10) */
		reached[6][7] = 1;
		(trpt+1)->bup.ovals[3] = ((int)((P6 *)_this)->_8_44_i);
		((P6 *)_this)->_8_44_i = (((int)((P6 *)_this)->_8_44_i)+1);
#ifdef VAR_RANGES
		logval(":init::i", ((int)((P6 *)_this)->_8_44_i));
#endif
		;
		/* merge: .(goto)(0, 11, 10) */
		reached[6][11] = 1;
		;
		_m = 3; goto P999; /* 5 */
	case 5: // STATE 13 - deployment.pml:468 - [i = 0] (0:26:1 - 3)
		IfNotBlocked
		reached[6][13] = 1;
		(trpt+1)->bup.oval = ((int)((P6 *)_this)->_8_44_i);
		((P6 *)_this)->_8_44_i = 0;
#ifdef VAR_RANGES
		logval(":init::i", ((int)((P6 *)_this)->_8_44_i));
#endif
		;
		/* merge: .(goto)(0, 27, 26) */
		reached[6][27] = 1;
		;
		_m = 3; goto P999; /* 1 */
	case 6: // STATE 14 - deployment.pml:468 - [((i<=(2-1)))] (26:0:9 - 1)
		IfNotBlocked
		reached[6][14] = 1;
		if (!((((int)((P6 *)_this)->_8_44_i)<=(2-1))))
			continue;
		/* merge: plan_of[i] = i(26, 15, 26) */
		reached[6][15] = 1;
		(trpt+1)->bup.ovals = grab_ints(9);
		(trpt+1)->bup.ovals[0] = ((int)now.plan_of[ Index(((int)((P6 *)_this)->_8_44_i), 2) ]);
		now.plan_of[ Index(((P6 *)_this)->_8_44_i, 2) ] = ((int)((P6 *)_this)->_8_44_i);
#ifdef VAR_RANGES
		logval("plan_of[:init::i]", ((int)now.plan_of[ Index(((int)((P6 *)_this)->_8_44_i), 2) ]));
#endif
		;
		/* merge: view_a[i] = i(26, 16, 26) */
		reached[6][16] = 1;
		(trpt+1)->bup.ovals[1] = ((int)now.view_a[ Index(((int)((P6 *)_this)->_8_44_i), 2) ]);
		now.view_a[ Index(((P6 *)_this)->_8_44_i, 2) ] = ((int)((P6 *)_this)->_8_44_i);
#ifdef VAR_RANGES
		logval("view_a[:init::i]", ((int)now.view_a[ Index(((int)((P6 *)_this)->_8_44_i), 2) ]));
#endif
		;
		/* merge: view_b[i] = i(26, 17, 26) */
		reached[6][17] = 1;
		(trpt+1)->bup.ovals[2] = ((int)now.view_b[ Index(((int)((P6 *)_this)->_8_44_i), 2) ]);
		now.view_b[ Index(((P6 *)_this)->_8_44_i, 2) ] = ((int)((P6 *)_this)->_8_44_i);
#ifdef VAR_RANGES
		logval("view_b[:init::i]", ((int)now.view_b[ Index(((int)((P6 *)_this)->_8_44_i), 2) ]));
#endif
		;
		/* merge: finalized[i] = 1(26, 18, 26) */
		reached[6][18] = 1;
		(trpt+1)->bup.ovals[3] = ((int)now.finalized[ Index(((int)((P6 *)_this)->_8_44_i), 2) ]);
		now.finalized[ Index(((P6 *)_this)->_8_44_i, 2) ] = 1;
#ifdef VAR_RANGES
		logval("finalized[:init::i]", ((int)now.finalized[ Index(((int)((P6 *)_this)->_8_44_i), 2) ]));
#endif
		;
		/* merge: draft[i] = ABSENT(26, 19, 26) */
		reached[6][19] = 1;
		(trpt+1)->bup.ovals[4] = now.draft[ Index(((int)((P6 *)_this)->_8_44_i), 2) ];
		now.draft[ Index(((P6 *)_this)->_8_44_i, 2) ] = 5;
#ifdef VAR_RANGES
		logval("draft[:init::i]", now.draft[ Index(((int)((P6 *)_this)->_8_44_i), 2) ]);
#endif
		;
		/* merge: draft_plan[i] = 15(26, 20, 26) */
		reached[6][20] = 1;
		(trpt+1)->bup.ovals[5] = ((int)now.draft_plan[ Index(((int)((P6 *)_this)->_8_44_i), 2) ]);
		now.draft_plan[ Index(((P6 *)_this)->_8_44_i, 2) ] = 15;
#ifdef VAR_RANGES
		logval("draft_plan[:init::i]", ((int)now.draft_plan[ Index(((int)((P6 *)_this)->_8_44_i), 2) ]));
#endif
		;
		/* merge: draft_previous[i] = 15(26, 21, 26) */
		reached[6][21] = 1;
		(trpt+1)->bup.ovals[6] = ((int)now.draft_previous[ Index(((int)((P6 *)_this)->_8_44_i), 2) ]);
		now.draft_previous[ Index(((P6 *)_this)->_8_44_i, 2) ] = 15;
#ifdef VAR_RANGES
		logval("draft_previous[:init::i]", ((int)now.draft_previous[ Index(((int)((P6 *)_this)->_8_44_i), 2) ]));
#endif
		;
		/* merge: fence_plan[i] = 15(26, 22, 26) */
		reached[6][22] = 1;
		(trpt+1)->bup.ovals[7] = ((int)now.fence_plan[ Index(((int)((P6 *)_this)->_8_44_i), 2) ]);
		now.fence_plan[ Index(((P6 *)_this)->_8_44_i, 2) ] = 15;
#ifdef VAR_RANGES
		logval("fence_plan[:init::i]", ((int)now.fence_plan[ Index(((int)((P6 *)_this)->_8_44_i), 2) ]));
#endif
		;
		/* merge: i = (i+1)(26, 23, 26) */
		reached[6][23] = 1;
		(trpt+1)->bup.ovals[8] = ((int)((P6 *)_this)->_8_44_i);
		((P6 *)_this)->_8_44_i = (((int)((P6 *)_this)->_8_44_i)+1);
#ifdef VAR_RANGES
		logval(":init::i", ((int)((P6 *)_this)->_8_44_i));
#endif
		;
		/* merge: .(goto)(0, 27, 26) */
		reached[6][27] = 1;
		;
		_m = 3; goto P999; /* 10 */
	case 7: // STATE 29 - deployment.pml:478 - [(run deployer(2))] (0:0:0 - 3)
		IfNotBlocked
		reached[6][29] = 1;
		if (!(addproc(II, 1, 0, 2)))
			continue;
		_m = 3; goto P999; /* 0 */
	case 8: // STATE 30 - deployment.pml:479 - [(run deployer(3))] (0:0:0 - 1)
		IfNotBlocked
		reached[6][30] = 1;
		if (!(addproc(II, 1, 0, 3)))
			continue;
		_m = 3; goto P999; /* 0 */
	case 9: // STATE 32 - deployment.pml:481 - [-end-] (0:0:0 - 1)
		IfNotBlocked
		reached[6][32] = 1;
		if (!delproc(1, II)) continue;
		_m = 3; goto P999; /* 0 */

		 /* PROC reader */
	case 10: // STATE 1 - deployment.pml:453 - [e = 0] (0:0:1 - 1)
		IfNotBlocked
		reached[5][1] = 1;
		(trpt+1)->bup.oval = ((int)((P5 *)_this)->e);
		((P5 *)_this)->e = 0;
#ifdef VAR_RANGES
		logval("reader:e", ((int)((P5 *)_this)->e));
#endif
		;
		_m = 3; goto P999; /* 0 */
	case 11: // STATE 2 - deployment.pml:454 - [e = 1] (0:0:1 - 1)
		IfNotBlocked
		reached[5][2] = 1;
		(trpt+1)->bup.oval = ((int)((P5 *)_this)->e);
		((P5 *)_this)->e = 1;
#ifdef VAR_RANGES
		logval("reader:e", ((int)((P5 *)_this)->e));
#endif
		;
		_m = 3; goto P999; /* 0 */
	case 12: // STATE 5 - deployment.pml:456 - [assert((view_a[e]==view_b[e]))] (0:8:0 - 1)
		IfNotBlocked
		reached[5][5] = 1;
		spin_assert((((int)now.view_a[ Index(((int)((P5 *)_this)->e), 2) ])==((int)now.view_b[ Index(((int)((P5 *)_this)->e), 2) ])), "(view_a[e]==view_b[e])", II, tt, t);
		/* merge: assert(table[view_a[e]])(8, 6, 8) */
		reached[5][6] = 1;
		spin_assert(((int)now.table[ Index(((int)now.view_a[ Index(((int)((P5 *)_this)->e), 2) ]), 4) ]), "table[view_a[e]]", II, tt, t);
		_m = 3; goto P999; /* 1 */
	case 13: // STATE 8 - deployment.pml:457 - [-end-] (0:0:0 - 1)
		IfNotBlocked
		reached[5][8] = 1;
		if (!delproc(1, II)) continue;
		_m = 3; goto P999; /* 0 */

		 /* PROC loads */
	case 14: // STATE 1 - deployment.pml:441 - [(finalized[0])] (6:0:1 - 1)
		IfNotBlocked
		reached[4][1] = 1;
		if (!(((int)now.finalized[0])))
			continue;
		/* merge: filled[plan_of[0]] = (filled[plan_of[0]]+1)(0, 2, 6) */
		reached[4][2] = 1;
		(trpt+1)->bup.oval = ((int)now.filled[ Index(((int)now.plan_of[0]), 4) ]);
		now.filled[ Index(now.plan_of[0], 4) ] = (((int)now.filled[ Index(((int)now.plan_of[0]), 4) ])+1);
#ifdef VAR_RANGES
		logval("filled[plan_of[0]]", ((int)now.filled[ Index(((int)now.plan_of[0]), 4) ]));
#endif
		;
		_m = 3; goto P999; /* 1 */
	case 15: // STATE 4 - deployment.pml:443 - [filled[2] = 3] (0:0:1 - 1)
		IfNotBlocked
		reached[4][4] = 1;
		(trpt+1)->bup.oval = ((int)now.filled[2]);
		now.filled[2] = 3;
#ifdef VAR_RANGES
		logval("filled[2]", ((int)now.filled[2]));
#endif
		;
		_m = 3; goto P999; /* 0 */
	case 16: // STATE 8 - deployment.pml:446 - [-end-] (0:0:0 - 3)
		IfNotBlocked
		reached[4][8] = 1;
		if (!delproc(1, II)) continue;
		_m = 3; goto P999; /* 0 */

		 /* PROC janitor */
	case 17: // STATE 1 - deployment.pml:411 - [((p<4))] (0:0:0 - 1)
		IfNotBlocked
		reached[3][1] = 1;
		if (!((((int)((P3 *)_this)->p)<4)))
			continue;
		_m = 3; goto P999; /* 0 */
	case 18: // STATE 2 - deployment.pml:414 - [((stored[p]&&!(((((plan_of[0]==p)||(plan_of[1]==p))||(((draft[0]!=ABSENT)&&((draft_plan[0]==p)||(draft_previous[0]==p)))||((draft[1]!=ABSENT)&&((draft_plan[1]==p)||(draft_previous[1]==p)))))||(((((((revisions>0)&&(revision[0]==p))||((revisions>1)&&(revision[1]==p)))||((revisions>2)&&(revision[2]==p)))||((revisions>3)&&(revision[3]==p)))||((revisions>4)&&(revision[4]==p)))||((revisions>5)&&(revision[5]==p)))))))] (9:0:2 - 1)
		IfNotBlocked
		reached[3][2] = 1;
		if (!((((int)now.stored[ Index(((int)((P3 *)_this)->p), 4) ])&& !(((((((int)now.plan_of[0])==((int)((P3 *)_this)->p))||(((int)now.plan_of[1])==((int)((P3 *)_this)->p)))||(((now.draft[0]!=5)&&((((int)now.draft_plan[0])==((int)((P3 *)_this)->p))||(((int)now.draft_previous[0])==((int)((P3 *)_this)->p))))||((now.draft[1]!=5)&&((((int)now.draft_plan[1])==((int)((P3 *)_this)->p))||(((int)now.draft_previous[1])==((int)((P3 *)_this)->p))))))||(((((((((int)now.revisions)>0)&&(((int)now.revision[0])==((int)((P3 *)_this)->p)))||((((int)now.revisions)>1)&&(((int)now.revision[1])==((int)((P3 *)_this)->p))))||((((int)now.revisions)>2)&&(((int)now.revision[2])==((int)((P3 *)_this)->p))))||((((int)now.revisions)>3)&&(((int)now.revision[3])==((int)((P3 *)_this)->p))))||((((int)now.revisions)>4)&&(((int)now.revision[4])==((int)((P3 *)_this)->p))))||((((int)now.revisions)>5)&&(((int)now.revision[5])==((int)((P3 *)_this)->p)))))))))
			continue;
		/* merge: stored[p] = 0(9, 3, 9) */
		reached[3][3] = 1;
		(trpt+1)->bup.ovals = grab_ints(2);
		(trpt+1)->bup.ovals[0] = ((int)now.stored[ Index(((int)((P3 *)_this)->p), 4) ]);
		now.stored[ Index(((P3 *)_this)->p, 4) ] = 0;
#ifdef VAR_RANGES
		logval("stored[janitor:p]", ((int)now.stored[ Index(((int)((P3 *)_this)->p), 4) ]));
#endif
		;
		/* merge: garbage[p] = 1(9, 4, 9) */
		reached[3][4] = 1;
		(trpt+1)->bup.ovals[1] = ((int)now.garbage[ Index(((int)((P3 *)_this)->p), 4) ]);
		now.garbage[ Index(((P3 *)_this)->p, 4) ] = 1;
#ifdef VAR_RANGES
		logval("garbage[janitor:p]", ((int)now.garbage[ Index(((int)((P3 *)_this)->p), 4) ]));
#endif
		;
		/* merge: .(goto)(0, 7, 9) */
		reached[3][7] = 1;
		;
		_m = 3; goto P999; /* 3 */
	case 19: // STATE 8 - deployment.pml:101 - [assert((stored[plan_of[0]]&&stored[plan_of[1]]))] (0:0:0 - 1)
		IfNotBlocked
		reached[3][8] = 1;
		spin_assert((((int)now.stored[ Index(((int)now.plan_of[0]), 4) ])&&((int)now.stored[ Index(((int)now.plan_of[1]), 4) ])), "(stored[plan_of[0]]&&stored[plan_of[1]])", II, tt, t);
		_m = 3; goto P999; /* 0 */
	case 20: // STATE 11 - deployment.pml:421 - [((garbage[p]&&!(stored[p])))] (29:0:3 - 1)
		IfNotBlocked
		reached[3][11] = 1;
		if (!((((int)now.garbage[ Index(((int)((P3 *)_this)->p), 4) ])&& !(((int)now.stored[ Index(((int)((P3 *)_this)->p), 4) ])))))
			continue;
		/* merge: garbage[p] = 0(29, 12, 29) */
		reached[3][12] = 1;
		(trpt+1)->bup.ovals = grab_ints(3);
		(trpt+1)->bup.ovals[0] = ((int)now.garbage[ Index(((int)((P3 *)_this)->p), 4) ]);
		now.garbage[ Index(((P3 *)_this)->p, 4) ] = 0;
#ifdef VAR_RANGES
		logval("garbage[janitor:p]", ((int)now.garbage[ Index(((int)((P3 *)_this)->p), 4) ]));
#endif
		;
		/* merge: table[p] = 0(29, 13, 29) */
		reached[3][13] = 1;
		(trpt+1)->bup.ovals[1] = ((int)now.table[ Index(((int)((P3 *)_this)->p), 4) ]);
		now.table[ Index(((P3 *)_this)->p, 4) ] = 0;
#ifdef VAR_RANGES
		logval("table[janitor:p]", ((int)now.table[ Index(((int)((P3 *)_this)->p), 4) ]));
#endif
		;
		/* merge: .(goto)(29, 18, 29) */
		reached[3][18] = 1;
		;
		/* merge: assert((table[plan_of[0]]&&table[plan_of[1]]))(29, 19, 29) */
		reached[3][19] = 1;
		spin_assert((((int)now.table[ Index(((int)now.plan_of[0]), 4) ])&&((int)now.table[ Index(((int)now.plan_of[1]), 4) ])), "(table[plan_of[0]]&&table[plan_of[1]])", II, tt, t);
		/* merge: assert(((draft[0]==ABSENT)||table[draft_previous[0]]))(29, 20, 29) */
		reached[3][20] = 1;
		spin_assert(((now.draft[0]==5)||((int)now.table[ Index(((int)now.draft_previous[0]), 4) ])), "((draft[0]==5)||table[draft_previous[0]])", II, tt, t);
		/* merge: assert(((draft[1]==ABSENT)||table[draft_previous[1]]))(29, 21, 29) */
		reached[3][21] = 1;
		spin_assert(((now.draft[1]==5)||((int)now.table[ Index(((int)now.draft_previous[1]), 4) ])), "((draft[1]==5)||table[draft_previous[1]])", II, tt, t);
		/* merge: assert(((draft[0]==ABSENT)||table[draft_plan[0]]))(29, 22, 29) */
		reached[3][22] = 1;
		spin_assert(((now.draft[0]==5)||((int)now.table[ Index(((int)now.draft_plan[0]), 4) ])), "((draft[0]==5)||table[draft_plan[0]])", II, tt, t);
		/* merge: assert(((draft[1]==ABSENT)||table[draft_plan[1]]))(29, 23, 29) */
		reached[3][23] = 1;
		spin_assert(((now.draft[1]==5)||((int)now.table[ Index(((int)now.draft_plan[1]), 4) ])), "((draft[1]==5)||table[draft_plan[1]])", II, tt, t);
		/* merge: assert(((revisions==0)||table[revision[0]]))(29, 24, 29) */
		reached[3][24] = 1;
		spin_assert(((((int)now.revisions)==0)||((int)now.table[ Index(((int)now.revision[0]), 4) ])), "((revisions==0)||table[revision[0]])", II, tt, t);
		/* merge: p = (p+1)(29, 26, 29) */
		reached[3][26] = 1;
		(trpt+1)->bup.ovals[2] = ((int)((P3 *)_this)->p);
		((P3 *)_this)->p = (((int)((P3 *)_this)->p)+1);
#ifdef VAR_RANGES
		logval("janitor:p", ((int)((P3 *)_this)->p));
#endif
		;
		/* merge: .(goto)(0, 30, 29) */
		reached[3][30] = 1;
		;
		_m = 3; goto P999; /* 11 */
	case 21: // STATE 14 - deployment.pml:422 - [((garbage[p]&&stored[p]))] (29:0:2 - 1)
		IfNotBlocked
		reached[3][14] = 1;
		if (!((((int)now.garbage[ Index(((int)((P3 *)_this)->p), 4) ])&&((int)now.stored[ Index(((int)((P3 *)_this)->p), 4) ]))))
			continue;
		/* merge: garbage[p] = 0(29, 15, 29) */
		reached[3][15] = 1;
		(trpt+1)->bup.ovals = grab_ints(2);
		(trpt+1)->bup.ovals[0] = ((int)now.garbage[ Index(((int)((P3 *)_this)->p), 4) ]);
		now.garbage[ Index(((P3 *)_this)->p, 4) ] = 0;
#ifdef VAR_RANGES
		logval("garbage[janitor:p]", ((int)now.garbage[ Index(((int)((P3 *)_this)->p), 4) ]));
#endif
		;
		/* merge: .(goto)(29, 18, 29) */
		reached[3][18] = 1;
		;
		/* merge: assert((table[plan_of[0]]&&table[plan_of[1]]))(29, 19, 29) */
		reached[3][19] = 1;
		spin_assert((((int)now.table[ Index(((int)now.plan_of[0]), 4) ])&&((int)now.table[ Index(((int)now.plan_of[1]), 4) ])), "(table[plan_of[0]]&&table[plan_of[1]])", II, tt, t);
		/* merge: assert(((draft[0]==ABSENT)||table[draft_previous[0]]))(29, 20, 29) */
		reached[3][20] = 1;
		spin_assert(((now.draft[0]==5)||((int)now.table[ Index(((int)now.draft_previous[0]), 4) ])), "((draft[0]==5)||table[draft_previous[0]])", II, tt, t);
		/* merge: assert(((draft[1]==ABSENT)||table[draft_previous[1]]))(29, 21, 29) */
		reached[3][21] = 1;
		spin_assert(((now.draft[1]==5)||((int)now.table[ Index(((int)now.draft_previous[1]), 4) ])), "((draft[1]==5)||table[draft_previous[1]])", II, tt, t);
		/* merge: assert(((draft[0]==ABSENT)||table[draft_plan[0]]))(29, 22, 29) */
		reached[3][22] = 1;
		spin_assert(((now.draft[0]==5)||((int)now.table[ Index(((int)now.draft_plan[0]), 4) ])), "((draft[0]==5)||table[draft_plan[0]])", II, tt, t);
		/* merge: assert(((draft[1]==ABSENT)||table[draft_plan[1]]))(29, 23, 29) */
		reached[3][23] = 1;
		spin_assert(((now.draft[1]==5)||((int)now.table[ Index(((int)now.draft_plan[1]), 4) ])), "((draft[1]==5)||table[draft_plan[1]])", II, tt, t);
		/* merge: assert(((revisions==0)||table[revision[0]]))(29, 24, 29) */
		reached[3][24] = 1;
		spin_assert(((((int)now.revisions)==0)||((int)now.table[ Index(((int)now.revision[0]), 4) ])), "((revisions==0)||table[revision[0]])", II, tt, t);
		/* merge: p = (p+1)(29, 26, 29) */
		reached[3][26] = 1;
		(trpt+1)->bup.ovals[1] = ((int)((P3 *)_this)->p);
		((P3 *)_this)->p = (((int)((P3 *)_this)->p)+1);
#ifdef VAR_RANGES
		logval("janitor:p", ((int)((P3 *)_this)->p));
#endif
		;
		/* merge: .(goto)(0, 30, 29) */
		reached[3][30] = 1;
		;
		_m = 3; goto P999; /* 10 */
	case 22: // STATE 19 - deployment.pml:426 - [assert((table[plan_of[0]]&&table[plan_of[1]]))] (0:29:1 - 4)
		IfNotBlocked
		reached[3][19] = 1;
		spin_assert((((int)now.table[ Index(((int)now.plan_of[0]), 4) ])&&((int)now.table[ Index(((int)now.plan_of[1]), 4) ])), "(table[plan_of[0]]&&table[plan_of[1]])", II, tt, t);
		/* merge: assert(((draft[0]==ABSENT)||table[draft_previous[0]]))(29, 20, 29) */
		reached[3][20] = 1;
		spin_assert(((now.draft[0]==5)||((int)now.table[ Index(((int)now.draft_previous[0]), 4) ])), "((draft[0]==5)||table[draft_previous[0]])", II, tt, t);
		/* merge: assert(((draft[1]==ABSENT)||table[draft_previous[1]]))(29, 21, 29) */
		reached[3][21] = 1;
		spin_assert(((now.draft[1]==5)||((int)now.table[ Index(((int)now.draft_previous[1]), 4) ])), "((draft[1]==5)||table[draft_previous[1]])", II, tt, t);
		/* merge: assert(((draft[0]==ABSENT)||table[draft_plan[0]]))(29, 22, 29) */
		reached[3][22] = 1;
		spin_assert(((now.draft[0]==5)||((int)now.table[ Index(((int)now.draft_plan[0]), 4) ])), "((draft[0]==5)||table[draft_plan[0]])", II, tt, t);
		/* merge: assert(((draft[1]==ABSENT)||table[draft_plan[1]]))(29, 23, 29) */
		reached[3][23] = 1;
		spin_assert(((now.draft[1]==5)||((int)now.table[ Index(((int)now.draft_plan[1]), 4) ])), "((draft[1]==5)||table[draft_plan[1]])", II, tt, t);
		/* merge: assert(((revisions==0)||table[revision[0]]))(29, 24, 29) */
		reached[3][24] = 1;
		spin_assert(((((int)now.revisions)==0)||((int)now.table[ Index(((int)now.revision[0]), 4) ])), "((revisions==0)||table[revision[0]])", II, tt, t);
		/* merge: p = (p+1)(29, 26, 29) */
		reached[3][26] = 1;
		(trpt+1)->bup.oval = ((int)((P3 *)_this)->p);
		((P3 *)_this)->p = (((int)((P3 *)_this)->p)+1);
#ifdef VAR_RANGES
		logval("janitor:p", ((int)((P3 *)_this)->p));
#endif
		;
		/* merge: .(goto)(0, 30, 29) */
		reached[3][30] = 1;
		;
		_m = 3; goto P999; /* 7 */
	case 23: // STATE 32 - deployment.pml:436 - [-end-] (0:0:0 - 3)
		IfNotBlocked
		reached[3][32] = 1;
		if (!delproc(1, II)) continue;
		_m = 3; goto P999; /* 0 */

		 /* PROC operator */
	case 24: // STATE 1 - deployment.pml:358 - [t = 15] (0:0:1 - 1)
		IfNotBlocked
		reached[2][1] = 1;
		(trpt+1)->bup.oval = ((int)((P2 *)_this)->t);
		((P2 *)_this)->t = 15;
#ifdef VAR_RANGES
		logval("operator:t", ((int)((P2 *)_this)->t));
#endif
		;
		_m = 3; goto P999; /* 0 */
	case 25: // STATE 2 - deployment.pml:360 - [(((draft[0]!=ABSENT)&&!(lease_held[0])))] (0:0:0 - 1)
		IfNotBlocked
		reached[2][2] = 1;
		if (!(((now.draft[0]!=5)&& !(((int)now.lease_held[0])))))
			continue;
		_m = 3; goto P999; /* 0 */
	case 26: // STATE 3 - deployment.pml:360 - [e = 0] (0:0:1 - 1)
		IfNotBlocked
		reached[2][3] = 1;
		(trpt+1)->bup.oval = ((int)((P2 *)_this)->e);
		((P2 *)_this)->e = 0;
#ifdef VAR_RANGES
		logval("operator:e", ((int)((P2 *)_this)->e));
#endif
		;
		_m = 3; goto P999; /* 0 */
	case 27: // STATE 4 - deployment.pml:361 - [(((draft[1]!=ABSENT)&&!(lease_held[1])))] (0:0:0 - 1)
		IfNotBlocked
		reached[2][4] = 1;
		if (!(((now.draft[1]!=5)&& !(((int)now.lease_held[1])))))
			continue;
		_m = 3; goto P999; /* 0 */
	case 28: // STATE 5 - deployment.pml:361 - [e = 1] (0:0:1 - 1)
		IfNotBlocked
		reached[2][5] = 1;
		(trpt+1)->bup.oval = ((int)((P2 *)_this)->e);
		((P2 *)_this)->e = 1;
#ifdef VAR_RANGES
		logval("operator:e", ((int)((P2 *)_this)->e));
#endif
		;
		_m = 3; goto P999; /* 0 */
	case 29: // STATE 6 - deployment.pml:362 - [((((working==0)&&(draft[0]==ABSENT))&&(draft[1]==ABSENT)))] (0:0:0 - 1)
		IfNotBlocked
		reached[2][6] = 1;
		if (!((((((int)now.working)==0)&&(now.draft[0]==5))&&(now.draft[1]==5))))
			continue;
		_m = 3; goto P999; /* 0 */
	case 30: // STATE 10 - deployment.pml:266 - [(!(lease_held[e]))] (20:0:3 - 1)
		IfNotBlocked
		reached[2][10] = 1;
		if (!( !(((int)now.lease_held[ Index(((int)((P2 *)_this)->e), 2) ]))))
			continue;
		/* merge: lease_token[e] = (lease_token[e]+1)(20, 11, 20) */
		reached[2][11] = 1;
		(trpt+1)->bup.ovals = grab_ints(3);
		(trpt+1)->bup.ovals[0] = ((int)now.lease_token[ Index(((int)((P2 *)_this)->e), 2) ]);
		now.lease_token[ Index(((P2 *)_this)->e, 2) ] = (((int)now.lease_token[ Index(((int)((P2 *)_this)->e), 2) ])+1);
#ifdef VAR_RANGES
		logval("lease_token[operator:e]", ((int)now.lease_token[ Index(((int)((P2 *)_this)->e), 2) ]));
#endif
		;
		/* merge: lease_held[e] = 1(20, 12, 20) */
		reached[2][12] = 1;
		(trpt+1)->bup.ovals[1] = ((int)now.lease_held[ Index(((int)((P2 *)_this)->e), 2) ]);
		now.lease_held[ Index(((P2 *)_this)->e, 2) ] = 1;
#ifdef VAR_RANGES
		logval("lease_held[operator:e]", ((int)now.lease_held[ Index(((int)((P2 *)_this)->e), 2) ]));
#endif
		;
		/* merge: t = lease_token[e](20, 13, 20) */
		reached[2][13] = 1;
		(trpt+1)->bup.ovals[2] = ((int)((P2 *)_this)->t);
		((P2 *)_this)->t = ((int)now.lease_token[ Index(((int)((P2 *)_this)->e), 2) ]);
#ifdef VAR_RANGES
		logval("operator:t", ((int)((P2 *)_this)->t));
#endif
		;
		/* merge: .(goto)(20, 17, 20) */
		reached[2][17] = 1;
		;
		_m = 3; goto P999; /* 4 */
	case 31: // STATE 20 - deployment.pml:365 - [p = draft_plan[e]] (0:0:1 - 1)
		IfNotBlocked
		reached[2][20] = 1;
		(trpt+1)->bup.oval = ((int)((P2 *)_this)->p);
		((P2 *)_this)->p = ((int)now.draft_plan[ Index(((int)((P2 *)_this)->e), 2) ]);
#ifdef VAR_RANGES
		logval("operator:p", ((int)((P2 *)_this)->p));
#endif
		;
		_m = 3; goto P999; /* 0 */
	case 32: // STATE 21 - deployment.pml:367 - [((draft[e]==ABSENT))] (0:0:0 - 1)
		IfNotBlocked
		reached[2][21] = 1;
		if (!((now.draft[ Index(((int)((P2 *)_this)->e), 2) ]==5)))
			continue;
		_m = 3; goto P999; /* 0 */
	case 33: // STATE 23 - deployment.pml:368 - [(((draft[e]==DRAFT)||(draft[e]==CANDIDATE)))] (0:0:0 - 1)
		IfNotBlocked
		reached[2][23] = 1;
		if (!(((now.draft[ Index(((int)((P2 *)_this)->e), 2) ]==4)||(now.draft[ Index(((int)((P2 *)_this)->e), 2) ]==3))))
			continue;
		_m = 3; goto P999; /* 0 */
	case 34: // STATE 24 - deployment.pml:252 - [((((lease_token[e]==t)&&(draft[e]!=ABSENT))&&(draft_plan[e]==p)))] (0:0:1 - 1)
		IfNotBlocked
		reached[2][24] = 1;
		if (!((((((int)now.lease_token[ Index(((int)((P2 *)_this)->e), 2) ])==((int)((P2 *)_this)->t))&&(now.draft[ Index(((int)((P2 *)_this)->e), 2) ]!=5))&&(((int)now.draft_plan[ Index(((int)((P2 *)_this)->e), 2) ])==((int)((P2 *)_this)->p)))))
			continue;
		if (TstOnly) return 1; /* TT */
		/* dead 1: p */  (trpt+1)->bup.oval = ((P2 *)_this)->p;
#ifdef HAS_CODE
		if (!readtrail)
#endif
			((P2 *)_this)->p = 0;
		_m = 3; goto P999; /* 0 */
	case 35: // STATE 25 - deployment.pml:98 - [assert((lease_token[e]==t))] (0:258:3 - 1)
		IfNotBlocked
		reached[2][25] = 1;
		spin_assert((((int)now.lease_token[ Index(((int)((P2 *)_this)->e), 2) ])==((int)((P2 *)_this)->t)), "(lease_token[e]==t)", II, tt, t);
		/* merge: draft[e] = ABSENT(258, 27, 258) */
		reached[2][27] = 1;
		(trpt+1)->bup.ovals = grab_ints(3);
		(trpt+1)->bup.ovals[0] = now.draft[ Index(((int)((P2 *)_this)->e), 2) ];
		now.draft[ Index(((P2 *)_this)->e, 2) ] = 5;
#ifdef VAR_RANGES
		logval("draft[operator:e]", now.draft[ Index(((int)((P2 *)_this)->e), 2) ]);
#endif
		;
		/* merge: draft_plan[e] = 15(258, 28, 258) */
		reached[2][28] = 1;
		(trpt+1)->bup.ovals[1] = ((int)now.draft_plan[ Index(((int)((P2 *)_this)->e), 2) ]);
		now.draft_plan[ Index(((P2 *)_this)->e, 2) ] = 15;
#ifdef VAR_RANGES
		logval("draft_plan[operator:e]", ((int)now.draft_plan[ Index(((int)((P2 *)_this)->e), 2) ]));
#endif
		;
		/* merge: draft_previous[e] = 15(258, 29, 258) */
		reached[2][29] = 1;
		(trpt+1)->bup.ovals[2] = ((int)now.draft_previous[ Index(((int)((P2 *)_this)->e), 2) ]);
		now.draft_previous[ Index(((P2 *)_this)->e, 2) ] = 15;
#ifdef VAR_RANGES
		logval("draft_previous[operator:e]", ((int)now.draft_previous[ Index(((int)((P2 *)_this)->e), 2) ]));
#endif
		;
		/* merge: .(goto)(258, 33, 258) */
		reached[2][33] = 1;
		;
		/* merge: .(goto)(0, 248, 258) */
		reached[2][248] = 1;
		;
		_m = 3; goto P999; /* 5 */
	case 36: // STATE 36 - deployment.pml:369 - [((draft[e]==CANDIDATE))] (0:0:0 - 1)
		IfNotBlocked
		reached[2][36] = 1;
		if (!((now.draft[ Index(((int)((P2 *)_this)->e), 2) ]==3)))
			continue;
		_m = 3; goto P999; /* 0 */
	case 37: // STATE 37 - deployment.pml:178 - [((fence_token[e]<=t))] (58:0:1 - 1)
		IfNotBlocked
		reached[2][37] = 1;
		if (!((((int)now.fence_token[ Index(((int)((P2 *)_this)->e), 2) ])<=((int)((P2 *)_this)->t))))
			continue;
		/* merge: fence_token[e] = t(58, 38, 58) */
		reached[2][38] = 1;
		(trpt+1)->bup.oval = ((int)now.fence_token[ Index(((int)((P2 *)_this)->e), 2) ]);
		now.fence_token[ Index(((P2 *)_this)->e, 2) ] = ((int)((P2 *)_this)->t);
#ifdef VAR_RANGES
		logval("fence_token[operator:e]", ((int)now.fence_token[ Index(((int)((P2 *)_this)->e), 2) ]));
#endif
		;
		/* merge: .(goto)(58, 42, 58) */
		reached[2][42] = 1;
		;
		_m = 3; goto P999; /* 2 */
	case 38: // STATE 45 - deployment.pml:188 - [(((((lease_token[e]==t)&&(draft[e]==CANDIDATE))&&(draft_plan[e]==p))&&(((stored[p]&&table[p])&&(plan_of[e]==draft_previous[e]))&&(filled[p]>=filled[draft_previous[e]]))))] (0:0:0 - 1)
		IfNotBlocked
		reached[2][45] = 1;
		if (!(((((((int)now.lease_token[ Index(((int)((P2 *)_this)->e), 2) ])==((int)((P2 *)_this)->t))&&(now.draft[ Index(((int)((P2 *)_this)->e), 2) ]==3))&&(((int)now.draft_plan[ Index(((int)((P2 *)_this)->e), 2) ])==((int)((P2 *)_this)->p)))&&(((((int)now.stored[ Index(((int)((P2 *)_this)->p), 4) ])&&((int)now.table[ Index(((int)((P2 *)_this)->p), 4) ]))&&(((int)now.plan_of[ Index(((int)((P2 *)_this)->e), 2) ])==((int)now.draft_previous[ Index(((int)((P2 *)_this)->e), 2) ])))&&(((int)now.filled[ Index(((int)((P2 *)_this)->p), 4) ])>=((int)now.filled[ Index(((int)now.draft_previous[ Index(((int)((P2 *)_this)->e), 2) ]), 4) ]))))))
			continue;
		_m = 3; goto P999; /* 0 */
	case 39: // STATE 46 - deployment.pml:98 - [assert((lease_token[e]==t))] (0:51:2 - 1)
		IfNotBlocked
		reached[2][46] = 1;
		spin_assert((((int)now.lease_token[ Index(((int)((P2 *)_this)->e), 2) ])==((int)((P2 *)_this)->t)), "(lease_token[e]==t)", II, tt, t);
		/* merge: plan_of[e] = p(51, 48, 51) */
		reached[2][48] = 1;
		(trpt+1)->bup.ovals = grab_ints(2);
		(trpt+1)->bup.ovals[0] = ((int)now.plan_of[ Index(((int)((P2 *)_this)->e), 2) ]);
		now.plan_of[ Index(((P2 *)_this)->e, 2) ] = ((int)((P2 *)_this)->p);
#ifdef VAR_RANGES
		logval("plan_of[operator:e]", ((int)now.plan_of[ Index(((int)((P2 *)_this)->e), 2) ]));
#endif
		;
		/* merge: finalized[e] = 0(51, 49, 51) */
		reached[2][49] = 1;
		(trpt+1)->bup.ovals[1] = ((int)now.finalized[ Index(((int)((P2 *)_this)->e), 2) ]);
		now.finalized[ Index(((P2 *)_this)->e, 2) ] = 0;
#ifdef VAR_RANGES
		logval("finalized[operator:e]", ((int)now.finalized[ Index(((int)((P2 *)_this)->e), 2) ]));
#endif
		;
		_m = 3; goto P999; /* 2 */
	case 40: // STATE 50 - deployment.pml:101 - [assert((stored[plan_of[0]]&&stored[plan_of[1]]))] (0:70:1 - 1)
		IfNotBlocked
		reached[2][50] = 1;
		spin_assert((((int)now.stored[ Index(((int)now.plan_of[0]), 4) ])&&((int)now.stored[ Index(((int)now.plan_of[1]), 4) ])), "(stored[plan_of[0]]&&stored[plan_of[1]])", II, tt, t);
		/* merge: draft[e] = SWITCHING(70, 52, 70) */
		reached[2][52] = 1;
		(trpt+1)->bup.oval = now.draft[ Index(((int)((P2 *)_this)->e), 2) ];
		now.draft[ Index(((P2 *)_this)->e, 2) ] = 2;
#ifdef VAR_RANGES
		logval("draft[operator:e]", now.draft[ Index(((int)((P2 *)_this)->e), 2) ]);
#endif
		;
		/* merge: .(goto)(70, 56, 70) */
		reached[2][56] = 1;
		;
		_m = 3; goto P999; /* 2 */
	case 41: // STATE 59 - deployment.pml:209 - [((fence_token[e]==t))] (69:0:3 - 1)
		IfNotBlocked
		reached[2][59] = 1;
		if (!((((int)now.fence_token[ Index(((int)((P2 *)_this)->e), 2) ])==((int)((P2 *)_this)->t))))
			continue;
		/* merge: assert((fence_token[e]==t))(69, 60, 69) */
		reached[2][60] = 1;
		spin_assert((((int)now.fence_token[ Index(((int)((P2 *)_this)->e), 2) ])==((int)((P2 *)_this)->t)), "(fence_token[e]==t)", II, tt, t);
		/* merge: fence_plan[e] = p(69, 61, 69) */
		reached[2][61] = 1;
		(trpt+1)->bup.ovals = grab_ints(3);
		(trpt+1)->bup.ovals[0] = ((int)now.fence_plan[ Index(((int)((P2 *)_this)->e), 2) ]);
		now.fence_plan[ Index(((P2 *)_this)->e, 2) ] = ((int)((P2 *)_this)->p);
#ifdef VAR_RANGES
		logval("fence_plan[operator:e]", ((int)now.fence_plan[ Index(((int)((P2 *)_this)->e), 2) ]));
#endif
		;
		/* merge: view_a[e] = p(69, 62, 69) */
		reached[2][62] = 1;
		(trpt+1)->bup.ovals[1] = ((int)now.view_a[ Index(((int)((P2 *)_this)->e), 2) ]);
		now.view_a[ Index(((P2 *)_this)->e, 2) ] = ((int)((P2 *)_this)->p);
#ifdef VAR_RANGES
		logval("view_a[operator:e]", ((int)now.view_a[ Index(((int)((P2 *)_this)->e), 2) ]));
#endif
		;
		/* merge: view_b[e] = p(69, 63, 69) */
		reached[2][63] = 1;
		(trpt+1)->bup.ovals[2] = ((int)now.view_b[ Index(((int)((P2 *)_this)->e), 2) ]);
		now.view_b[ Index(((P2 *)_this)->e, 2) ] = ((int)((P2 *)_this)->p);
#ifdef VAR_RANGES
		logval("view_b[operator:e]", ((int)now.view_b[ Index(((int)((P2 *)_this)->e), 2) ]));
#endif
		;
		/* merge: .(goto)(69, 67, 69) */
		reached[2][67] = 1;
		;
		_m = 3; goto P999; /* 5 */
	case 42: // STATE 71 - deployment.pml:223 - [((((lease_token[e]==t)&&(draft[e]==SWITCHING))&&(draft_plan[e]==p)))] (0:0:0 - 1)
		IfNotBlocked
		reached[2][71] = 1;
		if (!((((((int)now.lease_token[ Index(((int)((P2 *)_this)->e), 2) ])==((int)((P2 *)_this)->t))&&(now.draft[ Index(((int)((P2 *)_this)->e), 2) ]==2))&&(((int)now.draft_plan[ Index(((int)((P2 *)_this)->e), 2) ])==((int)((P2 *)_this)->p)))))
			continue;
		_m = 3; goto P999; /* 0 */
	case 43: // STATE 72 - deployment.pml:98 - [assert((lease_token[e]==t))] (0:0:0 - 1)
		IfNotBlocked
		reached[2][72] = 1;
		spin_assert((((int)now.lease_token[ Index(((int)((P2 *)_this)->e), 2) ])==((int)((P2 *)_this)->t)), "(lease_token[e]==t)", II, tt, t);
		_m = 3; goto P999; /* 0 */
	case 44: // STATE 74 - deployment.pml:130 - [finalized[e] = 1] (0:87:1 - 1)
		IfNotBlocked
		reached[2][74] = 1;
		(trpt+1)->bup.oval = ((int)now.finalized[ Index(((int)((P2 *)_this)->e), 2) ]);
		now.finalized[ Index(((P2 *)_this)->e, 2) ] = 1;
#ifdef VAR_RANGES
		logval("finalized[operator:e]", ((int)now.finalized[ Index(((int)((P2 *)_this)->e), 2) ]));
#endif
		;
		/* merge: assert(((view_a[e]==p)&&(view_b[e]==p)))(87, 75, 87) */
		reached[2][75] = 1;
		spin_assert(((((int)now.view_a[ Index(((int)((P2 *)_this)->e), 2) ])==((int)((P2 *)_this)->p))&&(((int)now.view_b[ Index(((int)((P2 *)_this)->e), 2) ])==((int)((P2 *)_this)->p))), "((view_a[e]==p)&&(view_b[e]==p))", II, tt, t);
		/* merge: assert((filled[p]>=filled[draft_previous[e]]))(87, 76, 87) */
		reached[2][76] = 1;
		spin_assert((((int)now.filled[ Index(((int)((P2 *)_this)->p), 4) ])>=((int)now.filled[ Index(((int)now.draft_previous[ Index(((int)((P2 *)_this)->e), 2) ]), 4) ])), "(filled[p]>=filled[draft_previous[e]])", II, tt, t);
		_m = 3; goto P999; /* 2 */
	case 45: // STATE 77 - deployment.pml:58 - [assert((revisions<6))] (0:85:3 - 1)
		IfNotBlocked
		reached[2][77] = 1;
		spin_assert((((int)now.revisions)<6), "(revisions<6)", II, tt, t);
		/* merge: revision[revisions] = p(85, 78, 85) */
		reached[2][78] = 1;
		(trpt+1)->bup.ovals = grab_ints(3);
		(trpt+1)->bup.ovals[0] = ((int)now.revision[ Index(((int)now.revisions), 6) ]);
		now.revision[ Index(now.revisions, 6) ] = ((int)((P2 *)_this)->p);
#ifdef VAR_RANGES
		logval("revision[revisions]", ((int)now.revision[ Index(((int)now.revisions), 6) ]));
#endif
		;
		/* merge: revision_env[revisions] = e(85, 79, 85) */
		reached[2][79] = 1;
		(trpt+1)->bup.ovals[1] = ((int)revision_env[ Index(((int)now.revisions), 6) ]);
		revision_env[ Index(now.revisions, 6) ] = ((int)((P2 *)_this)->e);
#ifdef VAR_RANGES
		logval("revision_env[revisions]", ((int)revision_env[ Index(((int)now.revisions), 6) ]));
#endif
		;
		/* merge: revisions = (revisions+1)(85, 80, 85) */
		reached[2][80] = 1;
		(trpt+1)->bup.ovals[2] = ((int)now.revisions);
		now.revisions = (((int)now.revisions)+1);
#ifdef VAR_RANGES
		logval("revisions", ((int)now.revisions));
#endif
		;
		_m = 3; goto P999; /* 3 */
	case 46: // STATE 81 - deployment.pml:70 - [((first_revision==15))] (107:0:2 - 1)
		IfNotBlocked
		reached[2][81] = 1;
		if (!((((int)now.first_revision)==15)))
			continue;
		/* merge: first_revision = revision[0](107, 82, 107) */
		reached[2][82] = 1;
		(trpt+1)->bup.ovals = grab_ints(2);
		(trpt+1)->bup.ovals[0] = ((int)now.first_revision);
		now.first_revision = ((int)now.revision[0]);
#ifdef VAR_RANGES
		logval("first_revision", ((int)now.first_revision));
#endif
		;
		/* merge: .(goto)(107, 86, 107) */
		reached[2][86] = 1;
		;
		/* merge: draft[e] = FINALIZED(107, 89, 107) */
		reached[2][89] = 1;
		(trpt+1)->bup.ovals[1] = now.draft[ Index(((int)((P2 *)_this)->e), 2) ];
		now.draft[ Index(((P2 *)_this)->e, 2) ] = 1;
#ifdef VAR_RANGES
		logval("draft[operator:e]", now.draft[ Index(((int)((P2 *)_this)->e), 2) ]);
#endif
		;
		/* merge: .(goto)(107, 93, 107) */
		reached[2][93] = 1;
		;
		_m = 3; goto P999; /* 4 */
	case 47: // STATE 84 - deployment.pml:71 - [assert((first_revision==revision[0]))] (0:107:1 - 1)
		IfNotBlocked
		reached[2][84] = 1;
		spin_assert((((int)now.first_revision)==((int)now.revision[0])), "(first_revision==revision[0])", II, tt, t);
		/* merge: .(goto)(107, 86, 107) */
		reached[2][86] = 1;
		;
		/* merge: draft[e] = FINALIZED(107, 89, 107) */
		reached[2][89] = 1;
		(trpt+1)->bup.oval = now.draft[ Index(((int)((P2 *)_this)->e), 2) ];
		now.draft[ Index(((P2 *)_this)->e, 2) ] = 1;
#ifdef VAR_RANGES
		logval("draft[operator:e]", now.draft[ Index(((int)((P2 *)_this)->e), 2) ]);
#endif
		;
		/* merge: .(goto)(107, 93, 107) */
		reached[2][93] = 1;
		;
		_m = 3; goto P999; /* 3 */
	case 48: // STATE 89 - deployment.pml:226 - [draft[e] = FINALIZED] (0:107:1 - 3)
		IfNotBlocked
		reached[2][89] = 1;
		(trpt+1)->bup.oval = now.draft[ Index(((int)((P2 *)_this)->e), 2) ];
		now.draft[ Index(((P2 *)_this)->e, 2) ] = 1;
#ifdef VAR_RANGES
		logval("draft[operator:e]", now.draft[ Index(((int)((P2 *)_this)->e), 2) ]);
#endif
		;
		/* merge: .(goto)(107, 93, 107) */
		reached[2][93] = 1;
		;
		_m = 3; goto P999; /* 1 */
	case 49: // STATE 96 - deployment.pml:252 - [((((lease_token[e]==t)&&(draft[e]!=ABSENT))&&(draft_plan[e]==p)))] (0:0:1 - 1)
		IfNotBlocked
		reached[2][96] = 1;
		if (!((((((int)now.lease_token[ Index(((int)((P2 *)_this)->e), 2) ])==((int)((P2 *)_this)->t))&&(now.draft[ Index(((int)((P2 *)_this)->e), 2) ]!=5))&&(((int)now.draft_plan[ Index(((int)((P2 *)_this)->e), 2) ])==((int)((P2 *)_this)->p)))))
			continue;
		if (TstOnly) return 1; /* TT */
		/* dead 1: p */  (trpt+1)->bup.oval = ((P2 *)_this)->p;
#ifdef HAS_CODE
		if (!readtrail)
#endif
			((P2 *)_this)->p = 0;
		_m = 3; goto P999; /* 0 */
	case 50: // STATE 97 - deployment.pml:98 - [assert((lease_token[e]==t))] (0:258:3 - 1)
		IfNotBlocked
		reached[2][97] = 1;
		spin_assert((((int)now.lease_token[ Index(((int)((P2 *)_this)->e), 2) ])==((int)((P2 *)_this)->t)), "(lease_token[e]==t)", II, tt, t);
		/* merge: draft[e] = ABSENT(258, 99, 258) */
		reached[2][99] = 1;
		(trpt+1)->bup.ovals = grab_ints(3);
		(trpt+1)->bup.ovals[0] = now.draft[ Index(((int)((P2 *)_this)->e), 2) ];
		now.draft[ Index(((P2 *)_this)->e, 2) ] = 5;
#ifdef VAR_RANGES
		logval("draft[operator:e]", now.draft[ Index(((int)((P2 *)_this)->e), 2) ]);
#endif
		;
		/* merge: draft_plan[e] = 15(258, 100, 258) */
		reached[2][100] = 1;
		(trpt+1)->bup.ovals[1] = ((int)now.draft_plan[ Index(((int)((P2 *)_this)->e), 2) ]);
		now.draft_plan[ Index(((P2 *)_this)->e, 2) ] = 15;
#ifdef VAR_RANGES
		logval("draft_plan[operator:e]", ((int)now.draft_plan[ Index(((int)((P2 *)_this)->e), 2) ]));
#endif
		;
		/* merge: draft_previous[e] = 15(258, 101, 258) */
		reached[2][101] = 1;
		(trpt+1)->bup.ovals[2] = ((int)now.draft_previous[ Index(((int)((P2 *)_this)->e), 2) ]);
		now.draft_previous[ Index(((P2 *)_this)->e, 2) ] = 15;
#ifdef VAR_RANGES
		logval("draft_previous[operator:e]", ((int)now.draft_previous[ Index(((int)((P2 *)_this)->e), 2) ]));
#endif
		;
		/* merge: .(goto)(258, 105, 258) */
		reached[2][105] = 1;
		;
		/* merge: .(goto)(0, 248, 258) */
		reached[2][248] = 1;
		;
		_m = 3; goto P999; /* 5 */
	case 51: // STATE 108 - deployment.pml:379 - [((draft[e]==SWITCHING))] (0:0:0 - 1)
		IfNotBlocked
		reached[2][108] = 1;
		if (!((now.draft[ Index(((int)((P2 *)_this)->e), 2) ]==2)))
			continue;
		_m = 3; goto P999; /* 0 */
	case 52: // STATE 109 - deployment.pml:178 - [((fence_token[e]<=t))] (232:0:1 - 1)
		IfNotBlocked
		reached[2][109] = 1;
		if (!((((int)now.fence_token[ Index(((int)((P2 *)_this)->e), 2) ])<=((int)((P2 *)_this)->t))))
			continue;
		/* merge: fence_token[e] = t(232, 110, 232) */
		reached[2][110] = 1;
		(trpt+1)->bup.oval = ((int)now.fence_token[ Index(((int)((P2 *)_this)->e), 2) ]);
		now.fence_token[ Index(((P2 *)_this)->e, 2) ] = ((int)((P2 *)_this)->t);
#ifdef VAR_RANGES
		logval("fence_token[operator:e]", ((int)now.fence_token[ Index(((int)((P2 *)_this)->e), 2) ]));
#endif
		;
		/* merge: .(goto)(232, 114, 232) */
		reached[2][114] = 1;
		;
		_m = 3; goto P999; /* 2 */
	case 53: // STATE 117 - deployment.pml:385 - [((fence_plan[e]==p))] (0:0:0 - 1)
		IfNotBlocked
		reached[2][117] = 1;
		if (!((((int)now.fence_plan[ Index(((int)((P2 *)_this)->e), 2) ])==((int)((P2 *)_this)->p))))
			continue;
		_m = 3; goto P999; /* 0 */
	case 54: // STATE 118 - deployment.pml:223 - [((((lease_token[e]==t)&&(draft[e]==SWITCHING))&&(draft_plan[e]==p)))] (0:0:0 - 1)
		IfNotBlocked
		reached[2][118] = 1;
		if (!((((((int)now.lease_token[ Index(((int)((P2 *)_this)->e), 2) ])==((int)((P2 *)_this)->t))&&(now.draft[ Index(((int)((P2 *)_this)->e), 2) ]==2))&&(((int)now.draft_plan[ Index(((int)((P2 *)_this)->e), 2) ])==((int)((P2 *)_this)->p)))))
			continue;
		_m = 3; goto P999; /* 0 */
	case 55: // STATE 119 - deployment.pml:98 - [assert((lease_token[e]==t))] (0:0:0 - 1)
		IfNotBlocked
		reached[2][119] = 1;
		spin_assert((((int)now.lease_token[ Index(((int)((P2 *)_this)->e), 2) ])==((int)((P2 *)_this)->t)), "(lease_token[e]==t)", II, tt, t);
		_m = 3; goto P999; /* 0 */
	case 56: // STATE 121 - deployment.pml:130 - [finalized[e] = 1] (0:134:1 - 1)
		IfNotBlocked
		reached[2][121] = 1;
		(trpt+1)->bup.oval = ((int)now.finalized[ Index(((int)((P2 *)_this)->e), 2) ]);
		now.finalized[ Index(((P2 *)_this)->e, 2) ] = 1;
#ifdef VAR_RANGES
		logval("finalized[operator:e]", ((int)now.finalized[ Index(((int)((P2 *)_this)->e), 2) ]));
#endif
		;
		/* merge: assert(((view_a[e]==p)&&(view_b[e]==p)))(134, 122, 134) */
		reached[2][122] = 1;
		spin_assert(((((int)now.view_a[ Index(((int)((P2 *)_this)->e), 2) ])==((int)((P2 *)_this)->p))&&(((int)now.view_b[ Index(((int)((P2 *)_this)->e), 2) ])==((int)((P2 *)_this)->p))), "((view_a[e]==p)&&(view_b[e]==p))", II, tt, t);
		/* merge: assert((filled[p]>=filled[draft_previous[e]]))(134, 123, 134) */
		reached[2][123] = 1;
		spin_assert((((int)now.filled[ Index(((int)((P2 *)_this)->p), 4) ])>=((int)now.filled[ Index(((int)now.draft_previous[ Index(((int)((P2 *)_this)->e), 2) ]), 4) ])), "(filled[p]>=filled[draft_previous[e]])", II, tt, t);
		_m = 3; goto P999; /* 2 */
	case 57: // STATE 124 - deployment.pml:58 - [assert((revisions<6))] (0:132:3 - 1)
		IfNotBlocked
		reached[2][124] = 1;
		spin_assert((((int)now.revisions)<6), "(revisions<6)", II, tt, t);
		/* merge: revision[revisions] = p(132, 125, 132) */
		reached[2][125] = 1;
		(trpt+1)->bup.ovals = grab_ints(3);
		(trpt+1)->bup.ovals[0] = ((int)now.revision[ Index(((int)now.revisions), 6) ]);
		now.revision[ Index(now.revisions, 6) ] = ((int)((P2 *)_this)->p);
#ifdef VAR_RANGES
		logval("revision[revisions]", ((int)now.revision[ Index(((int)now.revisions), 6) ]));
#endif
		;
		/* merge: revision_env[revisions] = e(132, 126, 132) */
		reached[2][126] = 1;
		(trpt+1)->bup.ovals[1] = ((int)revision_env[ Index(((int)now.revisions), 6) ]);
		revision_env[ Index(now.revisions, 6) ] = ((int)((P2 *)_this)->e);
#ifdef VAR_RANGES
		logval("revision_env[revisions]", ((int)revision_env[ Index(((int)now.revisions), 6) ]));
#endif
		;
		/* merge: revisions = (revisions+1)(132, 127, 132) */
		reached[2][127] = 1;
		(trpt+1)->bup.ovals[2] = ((int)now.revisions);
		now.revisions = (((int)now.revisions)+1);
#ifdef VAR_RANGES
		logval("revisions", ((int)now.revisions));
#endif
		;
		_m = 3; goto P999; /* 3 */
	case 58: // STATE 128 - deployment.pml:70 - [((first_revision==15))] (154:0:2 - 1)
		IfNotBlocked
		reached[2][128] = 1;
		if (!((((int)now.first_revision)==15)))
			continue;
		/* merge: first_revision = revision[0](154, 129, 154) */
		reached[2][129] = 1;
		(trpt+1)->bup.ovals = grab_ints(2);
		(trpt+1)->bup.ovals[0] = ((int)now.first_revision);
		now.first_revision = ((int)now.revision[0]);
#ifdef VAR_RANGES
		logval("first_revision", ((int)now.first_revision));
#endif
		;
		/* merge: .(goto)(154, 133, 154) */
		reached[2][133] = 1;
		;
		/* merge: draft[e] = FINALIZED(154, 136, 154) */
		reached[2][136] = 1;
		(trpt+1)->bup.ovals[1] = now.draft[ Index(((int)((P2 *)_this)->e), 2) ];
		now.draft[ Index(((P2 *)_this)->e, 2) ] = 1;
#ifdef VAR_RANGES
		logval("draft[operator:e]", now.draft[ Index(((int)((P2 *)_this)->e), 2) ]);
#endif
		;
		/* merge: .(goto)(154, 140, 154) */
		reached[2][140] = 1;
		;
		_m = 3; goto P999; /* 4 */
	case 59: // STATE 131 - deployment.pml:71 - [assert((first_revision==revision[0]))] (0:154:1 - 1)
		IfNotBlocked
		reached[2][131] = 1;
		spin_assert((((int)now.first_revision)==((int)now.revision[0])), "(first_revision==revision[0])", II, tt, t);
		/* merge: .(goto)(154, 133, 154) */
		reached[2][133] = 1;
		;
		/* merge: draft[e] = FINALIZED(154, 136, 154) */
		reached[2][136] = 1;
		(trpt+1)->bup.oval = now.draft[ Index(((int)((P2 *)_this)->e), 2) ];
		now.draft[ Index(((P2 *)_this)->e, 2) ] = 1;
#ifdef VAR_RANGES
		logval("draft[operator:e]", now.draft[ Index(((int)((P2 *)_this)->e), 2) ]);
#endif
		;
		/* merge: .(goto)(154, 140, 154) */
		reached[2][140] = 1;
		;
		_m = 3; goto P999; /* 3 */
	case 60: // STATE 136 - deployment.pml:226 - [draft[e] = FINALIZED] (0:154:1 - 3)
		IfNotBlocked
		reached[2][136] = 1;
		(trpt+1)->bup.oval = now.draft[ Index(((int)((P2 *)_this)->e), 2) ];
		now.draft[ Index(((P2 *)_this)->e, 2) ] = 1;
#ifdef VAR_RANGES
		logval("draft[operator:e]", now.draft[ Index(((int)((P2 *)_this)->e), 2) ]);
#endif
		;
		/* merge: .(goto)(154, 140, 154) */
		reached[2][140] = 1;
		;
		_m = 3; goto P999; /* 1 */
	case 61: // STATE 143 - deployment.pml:252 - [((((lease_token[e]==t)&&(draft[e]!=ABSENT))&&(draft_plan[e]==p)))] (0:0:1 - 1)
		IfNotBlocked
		reached[2][143] = 1;
		if (!((((((int)now.lease_token[ Index(((int)((P2 *)_this)->e), 2) ])==((int)((P2 *)_this)->t))&&(now.draft[ Index(((int)((P2 *)_this)->e), 2) ]!=5))&&(((int)now.draft_plan[ Index(((int)((P2 *)_this)->e), 2) ])==((int)((P2 *)_this)->p)))))
			continue;
		if (TstOnly) return 1; /* TT */
		/* dead 1: p */  (trpt+1)->bup.oval = ((P2 *)_this)->p;
#ifdef HAS_CODE
		if (!readtrail)
#endif
			((P2 *)_this)->p = 0;
		_m = 3; goto P999; /* 0 */
	case 62: // STATE 144 - deployment.pml:98 - [assert((lease_token[e]==t))] (0:258:3 - 1)
		IfNotBlocked
		reached[2][144] = 1;
		spin_assert((((int)now.lease_token[ Index(((int)((P2 *)_this)->e), 2) ])==((int)((P2 *)_this)->t)), "(lease_token[e]==t)", II, tt, t);
		/* merge: draft[e] = ABSENT(258, 146, 258) */
		reached[2][146] = 1;
		(trpt+1)->bup.ovals = grab_ints(3);
		(trpt+1)->bup.ovals[0] = now.draft[ Index(((int)((P2 *)_this)->e), 2) ];
		now.draft[ Index(((P2 *)_this)->e, 2) ] = 5;
#ifdef VAR_RANGES
		logval("draft[operator:e]", now.draft[ Index(((int)((P2 *)_this)->e), 2) ]);
#endif
		;
		/* merge: draft_plan[e] = 15(258, 147, 258) */
		reached[2][147] = 1;
		(trpt+1)->bup.ovals[1] = ((int)now.draft_plan[ Index(((int)((P2 *)_this)->e), 2) ]);
		now.draft_plan[ Index(((P2 *)_this)->e, 2) ] = 15;
#ifdef VAR_RANGES
		logval("draft_plan[operator:e]", ((int)now.draft_plan[ Index(((int)((P2 *)_this)->e), 2) ]));
#endif
		;
		/* merge: draft_previous[e] = 15(258, 148, 258) */
		reached[2][148] = 1;
		(trpt+1)->bup.ovals[2] = ((int)now.draft_previous[ Index(((int)((P2 *)_this)->e), 2) ]);
		now.draft_previous[ Index(((P2 *)_this)->e, 2) ] = 15;
#ifdef VAR_RANGES
		logval("draft_previous[operator:e]", ((int)now.draft_previous[ Index(((int)((P2 *)_this)->e), 2) ]));
#endif
		;
		/* merge: .(goto)(258, 152, 258) */
		reached[2][152] = 1;
		;
		/* merge: .(goto)(0, 233, 258) */
		reached[2][233] = 1;
		;
		/* merge: .(goto)(0, 248, 258) */
		reached[2][248] = 1;
		;
		_m = 3; goto P999; /* 6 */
	case 63: // STATE 155 - deployment.pml:386 - [((fence_plan[e]!=p))] (0:0:0 - 1)
		IfNotBlocked
		reached[2][155] = 1;
		if (!((((int)now.fence_plan[ Index(((int)((P2 *)_this)->e), 2) ])!=((int)((P2 *)_this)->p))))
			continue;
		_m = 3; goto P999; /* 0 */
	case 64: // STATE 156 - deployment.pml:209 - [((fence_token[e]==t))] (166:0:3 - 1)
		IfNotBlocked
		reached[2][156] = 1;
		if (!((((int)now.fence_token[ Index(((int)((P2 *)_this)->e), 2) ])==((int)((P2 *)_this)->t))))
			continue;
		/* merge: assert((fence_token[e]==t))(166, 157, 166) */
		reached[2][157] = 1;
		spin_assert((((int)now.fence_token[ Index(((int)((P2 *)_this)->e), 2) ])==((int)((P2 *)_this)->t)), "(fence_token[e]==t)", II, tt, t);
		/* merge: fence_plan[e] = p(166, 158, 166) */
		reached[2][158] = 1;
		(trpt+1)->bup.ovals = grab_ints(3);
		(trpt+1)->bup.ovals[0] = ((int)now.fence_plan[ Index(((int)((P2 *)_this)->e), 2) ]);
		now.fence_plan[ Index(((P2 *)_this)->e, 2) ] = ((int)((P2 *)_this)->p);
#ifdef VAR_RANGES
		logval("fence_plan[operator:e]", ((int)now.fence_plan[ Index(((int)((P2 *)_this)->e), 2) ]));
#endif
		;
		/* merge: view_a[e] = p(166, 159, 166) */
		reached[2][159] = 1;
		(trpt+1)->bup.ovals[1] = ((int)now.view_a[ Index(((int)((P2 *)_this)->e), 2) ]);
		now.view_a[ Index(((P2 *)_this)->e, 2) ] = ((int)((P2 *)_this)->p);
#ifdef VAR_RANGES
		logval("view_a[operator:e]", ((int)now.view_a[ Index(((int)((P2 *)_this)->e), 2) ]));
#endif
		;
		/* merge: view_b[e] = p(166, 160, 166) */
		reached[2][160] = 1;
		(trpt+1)->bup.ovals[2] = ((int)now.view_b[ Index(((int)((P2 *)_this)->e), 2) ]);
		now.view_b[ Index(((P2 *)_this)->e, 2) ] = ((int)((P2 *)_this)->p);
#ifdef VAR_RANGES
		logval("view_b[operator:e]", ((int)now.view_b[ Index(((int)((P2 *)_this)->e), 2) ]));
#endif
		;
		/* merge: .(goto)(166, 164, 166) */
		reached[2][164] = 1;
		;
		_m = 3; goto P999; /* 5 */
	case 65: // STATE 168 - deployment.pml:223 - [((((lease_token[e]==t)&&(draft[e]==SWITCHING))&&(draft_plan[e]==p)))] (0:0:0 - 1)
		IfNotBlocked
		reached[2][168] = 1;
		if (!((((((int)now.lease_token[ Index(((int)((P2 *)_this)->e), 2) ])==((int)((P2 *)_this)->t))&&(now.draft[ Index(((int)((P2 *)_this)->e), 2) ]==2))&&(((int)now.draft_plan[ Index(((int)((P2 *)_this)->e), 2) ])==((int)((P2 *)_this)->p)))))
			continue;
		_m = 3; goto P999; /* 0 */
	case 66: // STATE 169 - deployment.pml:98 - [assert((lease_token[e]==t))] (0:0:0 - 1)
		IfNotBlocked
		reached[2][169] = 1;
		spin_assert((((int)now.lease_token[ Index(((int)((P2 *)_this)->e), 2) ])==((int)((P2 *)_this)->t)), "(lease_token[e]==t)", II, tt, t);
		_m = 3; goto P999; /* 0 */
	case 67: // STATE 171 - deployment.pml:130 - [finalized[e] = 1] (0:184:1 - 1)
		IfNotBlocked
		reached[2][171] = 1;
		(trpt+1)->bup.oval = ((int)now.finalized[ Index(((int)((P2 *)_this)->e), 2) ]);
		now.finalized[ Index(((P2 *)_this)->e, 2) ] = 1;
#ifdef VAR_RANGES
		logval("finalized[operator:e]", ((int)now.finalized[ Index(((int)((P2 *)_this)->e), 2) ]));
#endif
		;
		/* merge: assert(((view_a[e]==p)&&(view_b[e]==p)))(184, 172, 184) */
		reached[2][172] = 1;
		spin_assert(((((int)now.view_a[ Index(((int)((P2 *)_this)->e), 2) ])==((int)((P2 *)_this)->p))&&(((int)now.view_b[ Index(((int)((P2 *)_this)->e), 2) ])==((int)((P2 *)_this)->p))), "((view_a[e]==p)&&(view_b[e]==p))", II, tt, t);
		/* merge: assert((filled[p]>=filled[draft_previous[e]]))(184, 173, 184) */
		reached[2][173] = 1;
		spin_assert((((int)now.filled[ Index(((int)((P2 *)_this)->p), 4) ])>=((int)now.filled[ Index(((int)now.draft_previous[ Index(((int)((P2 *)_this)->e), 2) ]), 4) ])), "(filled[p]>=filled[draft_previous[e]])", II, tt, t);
		_m = 3; goto P999; /* 2 */
	case 68: // STATE 174 - deployment.pml:58 - [assert((revisions<6))] (0:182:3 - 1)
		IfNotBlocked
		reached[2][174] = 1;
		spin_assert((((int)now.revisions)<6), "(revisions<6)", II, tt, t);
		/* merge: revision[revisions] = p(182, 175, 182) */
		reached[2][175] = 1;
		(trpt+1)->bup.ovals = grab_ints(3);
		(trpt+1)->bup.ovals[0] = ((int)now.revision[ Index(((int)now.revisions), 6) ]);
		now.revision[ Index(now.revisions, 6) ] = ((int)((P2 *)_this)->p);
#ifdef VAR_RANGES
		logval("revision[revisions]", ((int)now.revision[ Index(((int)now.revisions), 6) ]));
#endif
		;
		/* merge: revision_env[revisions] = e(182, 176, 182) */
		reached[2][176] = 1;
		(trpt+1)->bup.ovals[1] = ((int)revision_env[ Index(((int)now.revisions), 6) ]);
		revision_env[ Index(now.revisions, 6) ] = ((int)((P2 *)_this)->e);
#ifdef VAR_RANGES
		logval("revision_env[revisions]", ((int)revision_env[ Index(((int)now.revisions), 6) ]));
#endif
		;
		/* merge: revisions = (revisions+1)(182, 177, 182) */
		reached[2][177] = 1;
		(trpt+1)->bup.ovals[2] = ((int)now.revisions);
		now.revisions = (((int)now.revisions)+1);
#ifdef VAR_RANGES
		logval("revisions", ((int)now.revisions));
#endif
		;
		_m = 3; goto P999; /* 3 */
	case 69: // STATE 178 - deployment.pml:70 - [((first_revision==15))] (204:0:2 - 1)
		IfNotBlocked
		reached[2][178] = 1;
		if (!((((int)now.first_revision)==15)))
			continue;
		/* merge: first_revision = revision[0](204, 179, 204) */
		reached[2][179] = 1;
		(trpt+1)->bup.ovals = grab_ints(2);
		(trpt+1)->bup.ovals[0] = ((int)now.first_revision);
		now.first_revision = ((int)now.revision[0]);
#ifdef VAR_RANGES
		logval("first_revision", ((int)now.first_revision));
#endif
		;
		/* merge: .(goto)(204, 183, 204) */
		reached[2][183] = 1;
		;
		/* merge: draft[e] = FINALIZED(204, 186, 204) */
		reached[2][186] = 1;
		(trpt+1)->bup.ovals[1] = now.draft[ Index(((int)((P2 *)_this)->e), 2) ];
		now.draft[ Index(((P2 *)_this)->e, 2) ] = 1;
#ifdef VAR_RANGES
		logval("draft[operator:e]", now.draft[ Index(((int)((P2 *)_this)->e), 2) ]);
#endif
		;
		/* merge: .(goto)(204, 190, 204) */
		reached[2][190] = 1;
		;
		_m = 3; goto P999; /* 4 */
	case 70: // STATE 181 - deployment.pml:71 - [assert((first_revision==revision[0]))] (0:204:1 - 1)
		IfNotBlocked
		reached[2][181] = 1;
		spin_assert((((int)now.first_revision)==((int)now.revision[0])), "(first_revision==revision[0])", II, tt, t);
		/* merge: .(goto)(204, 183, 204) */
		reached[2][183] = 1;
		;
		/* merge: draft[e] = FINALIZED(204, 186, 204) */
		reached[2][186] = 1;
		(trpt+1)->bup.oval = now.draft[ Index(((int)((P2 *)_this)->e), 2) ];
		now.draft[ Index(((P2 *)_this)->e, 2) ] = 1;
#ifdef VAR_RANGES
		logval("draft[operator:e]", now.draft[ Index(((int)((P2 *)_this)->e), 2) ]);
#endif
		;
		/* merge: .(goto)(204, 190, 204) */
		reached[2][190] = 1;
		;
		_m = 3; goto P999; /* 3 */
	case 71: // STATE 186 - deployment.pml:226 - [draft[e] = FINALIZED] (0:204:1 - 3)
		IfNotBlocked
		reached[2][186] = 1;
		(trpt+1)->bup.oval = now.draft[ Index(((int)((P2 *)_this)->e), 2) ];
		now.draft[ Index(((P2 *)_this)->e, 2) ] = 1;
#ifdef VAR_RANGES
		logval("draft[operator:e]", now.draft[ Index(((int)((P2 *)_this)->e), 2) ]);
#endif
		;
		/* merge: .(goto)(204, 190, 204) */
		reached[2][190] = 1;
		;
		_m = 3; goto P999; /* 1 */
	case 72: // STATE 193 - deployment.pml:252 - [((((lease_token[e]==t)&&(draft[e]!=ABSENT))&&(draft_plan[e]==p)))] (0:0:1 - 1)
		IfNotBlocked
		reached[2][193] = 1;
		if (!((((((int)now.lease_token[ Index(((int)((P2 *)_this)->e), 2) ])==((int)((P2 *)_this)->t))&&(now.draft[ Index(((int)((P2 *)_this)->e), 2) ]!=5))&&(((int)now.draft_plan[ Index(((int)((P2 *)_this)->e), 2) ])==((int)((P2 *)_this)->p)))))
			continue;
		if (TstOnly) return 1; /* TT */
		/* dead 1: p */  (trpt+1)->bup.oval = ((P2 *)_this)->p;
#ifdef HAS_CODE
		if (!readtrail)
#endif
			((P2 *)_this)->p = 0;
		_m = 3; goto P999; /* 0 */
	case 73: // STATE 194 - deployment.pml:98 - [assert((lease_token[e]==t))] (0:258:3 - 1)
		IfNotBlocked
		reached[2][194] = 1;
		spin_assert((((int)now.lease_token[ Index(((int)((P2 *)_this)->e), 2) ])==((int)((P2 *)_this)->t)), "(lease_token[e]==t)", II, tt, t);
		/* merge: draft[e] = ABSENT(258, 196, 258) */
		reached[2][196] = 1;
		(trpt+1)->bup.ovals = grab_ints(3);
		(trpt+1)->bup.ovals[0] = now.draft[ Index(((int)((P2 *)_this)->e), 2) ];
		now.draft[ Index(((P2 *)_this)->e, 2) ] = 5;
#ifdef VAR_RANGES
		logval("draft[operator:e]", now.draft[ Index(((int)((P2 *)_this)->e), 2) ]);
#endif
		;
		/* merge: draft_plan[e] = 15(258, 197, 258) */
		reached[2][197] = 1;
		(trpt+1)->bup.ovals[1] = ((int)now.draft_plan[ Index(((int)((P2 *)_this)->e), 2) ]);
		now.draft_plan[ Index(((P2 *)_this)->e, 2) ] = 15;
#ifdef VAR_RANGES
		logval("draft_plan[operator:e]", ((int)now.draft_plan[ Index(((int)((P2 *)_this)->e), 2) ]));
#endif
		;
		/* merge: draft_previous[e] = 15(258, 198, 258) */
		reached[2][198] = 1;
		(trpt+1)->bup.ovals[2] = ((int)now.draft_previous[ Index(((int)((P2 *)_this)->e), 2) ]);
		now.draft_previous[ Index(((P2 *)_this)->e, 2) ] = 15;
#ifdef VAR_RANGES
		logval("draft_previous[operator:e]", ((int)now.draft_previous[ Index(((int)((P2 *)_this)->e), 2) ]));
#endif
		;
		/* merge: .(goto)(258, 202, 258) */
		reached[2][202] = 1;
		;
		/* merge: .(goto)(0, 233, 258) */
		reached[2][233] = 1;
		;
		/* merge: .(goto)(0, 248, 258) */
		reached[2][248] = 1;
		;
		_m = 3; goto P999; /* 6 */
	case 74: // STATE 205 - deployment.pml:387 - [((fence_plan[e]!=p))] (0:0:0 - 1)
		IfNotBlocked
		reached[2][205] = 1;
		if (!((((int)now.fence_plan[ Index(((int)((P2 *)_this)->e), 2) ])!=((int)((P2 *)_this)->p))))
			continue;
		_m = 3; goto P999; /* 0 */
	case 75: // STATE 206 - deployment.pml:237 - [((((lease_token[e]==t)&&(draft[e]==SWITCHING))&&(draft_plan[e]==p)))] (0:0:0 - 1)
		IfNotBlocked
		reached[2][206] = 1;
		if (!((((((int)now.lease_token[ Index(((int)((P2 *)_this)->e), 2) ])==((int)((P2 *)_this)->t))&&(now.draft[ Index(((int)((P2 *)_this)->e), 2) ]==2))&&(((int)now.draft_plan[ Index(((int)((P2 *)_this)->e), 2) ])==((int)((P2 *)_this)->p)))))
			continue;
		_m = 3; goto P999; /* 0 */
	case 76: // STATE 207 - deployment.pml:98 - [assert((lease_token[e]==t))] (0:212:2 - 1)
		IfNotBlocked
		reached[2][207] = 1;
		spin_assert((((int)now.lease_token[ Index(((int)((P2 *)_this)->e), 2) ])==((int)((P2 *)_this)->t)), "(lease_token[e]==t)", II, tt, t);
		/* merge: plan_of[e] = draft_previous[e](212, 209, 212) */
		reached[2][209] = 1;
		(trpt+1)->bup.ovals = grab_ints(2);
		(trpt+1)->bup.ovals[0] = ((int)now.plan_of[ Index(((int)((P2 *)_this)->e), 2) ]);
		now.plan_of[ Index(((P2 *)_this)->e, 2) ] = ((int)now.draft_previous[ Index(((int)((P2 *)_this)->e), 2) ]);
#ifdef VAR_RANGES
		logval("plan_of[operator:e]", ((int)now.plan_of[ Index(((int)((P2 *)_this)->e), 2) ]));
#endif
		;
		/* merge: finalized[e] = 1(212, 210, 212) */
		reached[2][210] = 1;
		(trpt+1)->bup.ovals[1] = ((int)now.finalized[ Index(((int)((P2 *)_this)->e), 2) ]);
		now.finalized[ Index(((P2 *)_this)->e, 2) ] = 1;
#ifdef VAR_RANGES
		logval("finalized[operator:e]", ((int)now.finalized[ Index(((int)((P2 *)_this)->e), 2) ]));
#endif
		;
		_m = 3; goto P999; /* 2 */
	case 77: // STATE 211 - deployment.pml:101 - [assert((stored[plan_of[0]]&&stored[plan_of[1]]))] (0:231:1 - 1)
		IfNotBlocked
		reached[2][211] = 1;
		spin_assert((((int)now.stored[ Index(((int)now.plan_of[0]), 4) ])&&((int)now.stored[ Index(((int)now.plan_of[1]), 4) ])), "(stored[plan_of[0]]&&stored[plan_of[1]])", II, tt, t);
		/* merge: draft[e] = CANDIDATE(231, 213, 231) */
		reached[2][213] = 1;
		(trpt+1)->bup.oval = now.draft[ Index(((int)((P2 *)_this)->e), 2) ];
		now.draft[ Index(((P2 *)_this)->e, 2) ] = 3;
#ifdef VAR_RANGES
		logval("draft[operator:e]", now.draft[ Index(((int)((P2 *)_this)->e), 2) ]);
#endif
		;
		/* merge: .(goto)(231, 217, 231) */
		reached[2][217] = 1;
		;
		_m = 3; goto P999; /* 2 */
	case 78: // STATE 220 - deployment.pml:252 - [((((lease_token[e]==t)&&(draft[e]!=ABSENT))&&(draft_plan[e]==p)))] (0:0:1 - 1)
		IfNotBlocked
		reached[2][220] = 1;
		if (!((((((int)now.lease_token[ Index(((int)((P2 *)_this)->e), 2) ])==((int)((P2 *)_this)->t))&&(now.draft[ Index(((int)((P2 *)_this)->e), 2) ]!=5))&&(((int)now.draft_plan[ Index(((int)((P2 *)_this)->e), 2) ])==((int)((P2 *)_this)->p)))))
			continue;
		if (TstOnly) return 1; /* TT */
		/* dead 1: p */  (trpt+1)->bup.oval = ((P2 *)_this)->p;
#ifdef HAS_CODE
		if (!readtrail)
#endif
			((P2 *)_this)->p = 0;
		_m = 3; goto P999; /* 0 */
	case 79: // STATE 221 - deployment.pml:98 - [assert((lease_token[e]==t))] (0:258:3 - 1)
		IfNotBlocked
		reached[2][221] = 1;
		spin_assert((((int)now.lease_token[ Index(((int)((P2 *)_this)->e), 2) ])==((int)((P2 *)_this)->t)), "(lease_token[e]==t)", II, tt, t);
		/* merge: draft[e] = ABSENT(258, 223, 258) */
		reached[2][223] = 1;
		(trpt+1)->bup.ovals = grab_ints(3);
		(trpt+1)->bup.ovals[0] = now.draft[ Index(((int)((P2 *)_this)->e), 2) ];
		now.draft[ Index(((P2 *)_this)->e, 2) ] = 5;
#ifdef VAR_RANGES
		logval("draft[operator:e]", now.draft[ Index(((int)((P2 *)_this)->e), 2) ]);
#endif
		;
		/* merge: draft_plan[e] = 15(258, 224, 258) */
		reached[2][224] = 1;
		(trpt+1)->bup.ovals[1] = ((int)now.draft_plan[ Index(((int)((P2 *)_this)->e), 2) ]);
		now.draft_plan[ Index(((P2 *)_this)->e, 2) ] = 15;
#ifdef VAR_RANGES
		logval("draft_plan[operator:e]", ((int)now.draft_plan[ Index(((int)((P2 *)_this)->e), 2) ]));
#endif
		;
		/* merge: draft_previous[e] = 15(258, 225, 258) */
		reached[2][225] = 1;
		(trpt+1)->bup.ovals[2] = ((int)now.draft_previous[ Index(((int)((P2 *)_this)->e), 2) ]);
		now.draft_previous[ Index(((P2 *)_this)->e, 2) ] = 15;
#ifdef VAR_RANGES
		logval("draft_previous[operator:e]", ((int)now.draft_previous[ Index(((int)((P2 *)_this)->e), 2) ]));
#endif
		;
		/* merge: .(goto)(258, 229, 258) */
		reached[2][229] = 1;
		;
		/* merge: .(goto)(0, 233, 258) */
		reached[2][233] = 1;
		;
		/* merge: .(goto)(0, 248, 258) */
		reached[2][248] = 1;
		;
		_m = 3; goto P999; /* 6 */
	case 80: // STATE 234 - deployment.pml:390 - [((draft[e]==FINALIZED))] (0:0:0 - 1)
		IfNotBlocked
		reached[2][234] = 1;
		if (!((now.draft[ Index(((int)((P2 *)_this)->e), 2) ]==1)))
			continue;
		_m = 3; goto P999; /* 0 */
	case 81: // STATE 235 - deployment.pml:252 - [((((lease_token[e]==t)&&(draft[e]!=ABSENT))&&(draft_plan[e]==p)))] (0:0:1 - 1)
		IfNotBlocked
		reached[2][235] = 1;
		if (!((((((int)now.lease_token[ Index(((int)((P2 *)_this)->e), 2) ])==((int)((P2 *)_this)->t))&&(now.draft[ Index(((int)((P2 *)_this)->e), 2) ]!=5))&&(((int)now.draft_plan[ Index(((int)((P2 *)_this)->e), 2) ])==((int)((P2 *)_this)->p)))))
			continue;
		if (TstOnly) return 1; /* TT */
		/* dead 1: p */  (trpt+1)->bup.oval = ((P2 *)_this)->p;
#ifdef HAS_CODE
		if (!readtrail)
#endif
			((P2 *)_this)->p = 0;
		_m = 3; goto P999; /* 0 */
	case 82: // STATE 236 - deployment.pml:98 - [assert((lease_token[e]==t))] (0:258:3 - 1)
		IfNotBlocked
		reached[2][236] = 1;
		spin_assert((((int)now.lease_token[ Index(((int)((P2 *)_this)->e), 2) ])==((int)((P2 *)_this)->t)), "(lease_token[e]==t)", II, tt, t);
		/* merge: draft[e] = ABSENT(258, 238, 258) */
		reached[2][238] = 1;
		(trpt+1)->bup.ovals = grab_ints(3);
		(trpt+1)->bup.ovals[0] = now.draft[ Index(((int)((P2 *)_this)->e), 2) ];
		now.draft[ Index(((P2 *)_this)->e, 2) ] = 5;
#ifdef VAR_RANGES
		logval("draft[operator:e]", now.draft[ Index(((int)((P2 *)_this)->e), 2) ]);
#endif
		;
		/* merge: draft_plan[e] = 15(258, 239, 258) */
		reached[2][239] = 1;
		(trpt+1)->bup.ovals[1] = ((int)now.draft_plan[ Index(((int)((P2 *)_this)->e), 2) ]);
		now.draft_plan[ Index(((P2 *)_this)->e, 2) ] = 15;
#ifdef VAR_RANGES
		logval("draft_plan[operator:e]", ((int)now.draft_plan[ Index(((int)((P2 *)_this)->e), 2) ]));
#endif
		;
		/* merge: draft_previous[e] = 15(258, 240, 258) */
		reached[2][240] = 1;
		(trpt+1)->bup.ovals[2] = ((int)now.draft_previous[ Index(((int)((P2 *)_this)->e), 2) ]);
		now.draft_previous[ Index(((P2 *)_this)->e, 2) ] = 15;
#ifdef VAR_RANGES
		logval("draft_previous[operator:e]", ((int)now.draft_previous[ Index(((int)((P2 *)_this)->e), 2) ]));
#endif
		;
		/* merge: .(goto)(258, 244, 258) */
		reached[2][244] = 1;
		;
		/* merge: .(goto)(0, 248, 258) */
		reached[2][248] = 1;
		;
		_m = 3; goto P999; /* 5 */
	case 83: // STATE 249 - deployment.pml:394 - [((t!=15))] (0:0:0 - 1)
		IfNotBlocked
		reached[2][249] = 1;
		if (!((((int)((P2 *)_this)->t)!=15)))
			continue;
		_m = 3; goto P999; /* 0 */
	case 84: // STATE 250 - deployment.pml:276 - [((lease_token[e]==t))] (1:0:2 - 1)
		IfNotBlocked
		reached[2][250] = 1;
		if (!((((int)now.lease_token[ Index(((int)((P2 *)_this)->e), 2) ])==((int)((P2 *)_this)->t))))
			continue;
		if (TstOnly) return 1; /* TT */
		/* dead 1: t */  (trpt+1)->bup.ovals = grab_ints(2);
		(trpt+1)->bup.ovals[0] = ((P2 *)_this)->t;
#ifdef HAS_CODE
		if (!readtrail)
#endif
			((P2 *)_this)->t = 0;
		/* merge: lease_held[e] = 0(1, 251, 1) */
		reached[2][251] = 1;
		(trpt+1)->bup.ovals[1] = ((int)now.lease_held[ Index(((int)((P2 *)_this)->e), 2) ]);
		now.lease_held[ Index(((P2 *)_this)->e, 2) ] = 0;
#ifdef VAR_RANGES
		logval("lease_held[operator:e]", ((int)now.lease_held[ Index(((int)((P2 *)_this)->e), 2) ]));
#endif
		;
		/* merge: .(goto)(1, 254, 1) */
		reached[2][254] = 1;
		;
		/* merge: .(goto)(0, 259, 1) */
		reached[2][259] = 1;
		;
		/* merge: goto again(0, 260, 1) */
		reached[2][260] = 1;
		;
		_m = 3; goto P999; /* 4 */
	case 85: // STATE 254 - deployment.pml:279 - [.(goto)] (0:1:0 - 2)
		IfNotBlocked
		reached[2][254] = 1;
		;
		/* merge: .(goto)(0, 259, 1) */
		reached[2][259] = 1;
		;
		/* merge: goto again(0, 260, 1) */
		reached[2][260] = 1;
		;
		_m = 3; goto P999; /* 2 */
	case 86: // STATE 261 - deployment.pml:400 - [assert((finalized[0]&&finalized[1]))] (0:0:0 - 2)
		IfNotBlocked
		reached[2][261] = 1;
		spin_assert((((int)now.finalized[0])&&((int)now.finalized[1])), "(finalized[0]&&finalized[1])", II, tt, t);
		_m = 3; goto P999; /* 0 */
	case 87: // STATE 262 - deployment.pml:401 - [assert(((view_a[0]==plan_of[0])&&(view_b[0]==plan_of[0])))] (0:0:0 - 1)
		IfNotBlocked
		reached[2][262] = 1;
		spin_assert(((((int)now.view_a[0])==((int)now.plan_of[0]))&&(((int)now.view_b[0])==((int)now.plan_of[0]))), "((view_a[0]==plan_of[0])&&(view_b[0]==plan_of[0]))", II, tt, t);
		_m = 3; goto P999; /* 0 */
	case 88: // STATE 263 - deployment.pml:402 - [assert(((view_a[1]==plan_of[1])&&(view_b[1]==plan_of[1])))] (0:0:0 - 1)
		IfNotBlocked
		reached[2][263] = 1;
		spin_assert(((((int)now.view_a[1])==((int)now.plan_of[1]))&&(((int)now.view_b[1])==((int)now.plan_of[1]))), "((view_a[1]==plan_of[1])&&(view_b[1]==plan_of[1]))", II, tt, t);
		_m = 3; goto P999; /* 0 */
	case 89: // STATE 264 - deployment.pml:403 - [assert((table[plan_of[0]]&&table[plan_of[1]]))] (0:0:0 - 1)
		IfNotBlocked
		reached[2][264] = 1;
		spin_assert((((int)now.table[ Index(((int)now.plan_of[0]), 4) ])&&((int)now.table[ Index(((int)now.plan_of[1]), 4) ])), "(table[plan_of[0]]&&table[plan_of[1]])", II, tt, t);
		_m = 3; goto P999; /* 0 */
	case 90: // STATE 265 - deployment.pml:404 - [-end-] (0:0:0 - 1)
		IfNotBlocked
		reached[2][265] = 1;
		if (!delproc(1, II)) continue;
		_m = 3; goto P999; /* 0 */

		 /* PROC clock */
	case 91: // STATE 1 - deployment.pml:345 - [(((expiries>0)&&lease_held[0]))] (17:0:2 - 1)
		IfNotBlocked
		reached[1][1] = 1;
		if (!(((((int)now.expiries)>0)&&((int)now.lease_held[0]))))
			continue;
		/* merge: expiries = (expiries-1)(17, 2, 17) */
		reached[1][2] = 1;
		(trpt+1)->bup.ovals = grab_ints(2);
		(trpt+1)->bup.ovals[0] = ((int)now.expiries);
		now.expiries = (((int)now.expiries)-1);
#ifdef VAR_RANGES
		logval("expiries", ((int)now.expiries));
#endif
		;
		/* merge: lease_held[0] = 0(17, 3, 17) */
		reached[1][3] = 1;
		(trpt+1)->bup.ovals[1] = ((int)now.lease_held[0]);
		now.lease_held[0] = 0;
#ifdef VAR_RANGES
		logval("lease_held[0]", ((int)now.lease_held[0]));
#endif
		;
		/* merge: .(goto)(0, 18, 17) */
		reached[1][18] = 1;
		;
		_m = 3; goto P999; /* 3 */
	case 92: // STATE 5 - deployment.pml:346 - [(((expiries>0)&&lease_held[1]))] (17:0:2 - 1)
		IfNotBlocked
		reached[1][5] = 1;
		if (!(((((int)now.expiries)>0)&&((int)now.lease_held[1]))))
			continue;
		/* merge: expiries = (expiries-1)(17, 6, 17) */
		reached[1][6] = 1;
		(trpt+1)->bup.ovals = grab_ints(2);
		(trpt+1)->bup.ovals[0] = ((int)now.expiries);
		now.expiries = (((int)now.expiries)-1);
#ifdef VAR_RANGES
		logval("expiries", ((int)now.expiries));
#endif
		;
		/* merge: lease_held[1] = 0(17, 7, 17) */
		reached[1][7] = 1;
		(trpt+1)->bup.ovals[1] = ((int)now.lease_held[1]);
		now.lease_held[1] = 0;
#ifdef VAR_RANGES
		logval("lease_held[1]", ((int)now.lease_held[1]));
#endif
		;
		/* merge: .(goto)(0, 18, 17) */
		reached[1][18] = 1;
		;
		_m = 3; goto P999; /* 3 */
	case 93: // STATE 9 - deployment.pml:347 - [(((working==0)&&lease_held[0]))] (17:0:1 - 1)
		IfNotBlocked
		reached[1][9] = 1;
		if (!(((((int)now.working)==0)&&((int)now.lease_held[0]))))
			continue;
		/* merge: lease_held[0] = 0(0, 10, 17) */
		reached[1][10] = 1;
		(trpt+1)->bup.oval = ((int)now.lease_held[0]);
		now.lease_held[0] = 0;
#ifdef VAR_RANGES
		logval("lease_held[0]", ((int)now.lease_held[0]));
#endif
		;
		/* merge: .(goto)(0, 18, 17) */
		reached[1][18] = 1;
		;
		_m = 3; goto P999; /* 2 */
	case 94: // STATE 12 - deployment.pml:348 - [(((working==0)&&lease_held[1]))] (17:0:1 - 1)
		IfNotBlocked
		reached[1][12] = 1;
		if (!(((((int)now.working)==0)&&((int)now.lease_held[1]))))
			continue;
		/* merge: lease_held[1] = 0(0, 13, 17) */
		reached[1][13] = 1;
		(trpt+1)->bup.oval = ((int)now.lease_held[1]);
		now.lease_held[1] = 0;
#ifdef VAR_RANGES
		logval("lease_held[1]", ((int)now.lease_held[1]));
#endif
		;
		/* merge: .(goto)(0, 18, 17) */
		reached[1][18] = 1;
		;
		_m = 3; goto P999; /* 2 */
	case 95: // STATE 15 - deployment.pml:349 - [((((((working==0)&&!(lease_held[0]))&&!(lease_held[1]))&&(draft[0]==ABSENT))&&(draft[1]==ABSENT)))] (0:0:0 - 1)
		IfNotBlocked
		reached[1][15] = 1;
		if (!((((((((int)now.working)==0)&& !(((int)now.lease_held[0])))&& !(((int)now.lease_held[1])))&&(now.draft[0]==5))&&(now.draft[1]==5))))
			continue;
		_m = 3; goto P999; /* 0 */
	case 96: // STATE 20 - deployment.pml:351 - [-end-] (0:0:0 - 3)
		IfNotBlocked
		reached[1][20] = 1;
		if (!delproc(1, II)) continue;
		_m = 3; goto P999; /* 0 */

		 /* PROC deployer */
	case 97: // STATE 1 - deployment.pml:288 - [e = 0] (0:0:1 - 1)
		IfNotBlocked
		reached[0][1] = 1;
		(trpt+1)->bup.oval = ((int)((P0 *)_this)->e);
		((P0 *)_this)->e = 0;
#ifdef VAR_RANGES
		logval("deployer:e", ((int)((P0 *)_this)->e));
#endif
		;
		_m = 3; goto P999; /* 0 */
	case 98: // STATE 2 - deployment.pml:289 - [e = 1] (0:0:1 - 1)
		IfNotBlocked
		reached[0][2] = 1;
		(trpt+1)->bup.oval = ((int)((P0 *)_this)->e);
		((P0 *)_this)->e = 1;
#ifdef VAR_RANGES
		logval("deployer:e", ((int)((P0 *)_this)->e));
#endif
		;
		_m = 3; goto P999; /* 0 */
	case 99: // STATE 5 - deployment.pml:266 - [(!(lease_held[e]))] (22:0:3 - 1)
		IfNotBlocked
		reached[0][5] = 1;
		if (!( !(((int)now.lease_held[ Index(((int)((P0 *)_this)->e), 2) ]))))
			continue;
		/* merge: lease_token[e] = (lease_token[e]+1)(22, 6, 22) */
		reached[0][6] = 1;
		(trpt+1)->bup.ovals = grab_ints(3);
		(trpt+1)->bup.ovals[0] = ((int)now.lease_token[ Index(((int)((P0 *)_this)->e), 2) ]);
		now.lease_token[ Index(((P0 *)_this)->e, 2) ] = (((int)now.lease_token[ Index(((int)((P0 *)_this)->e), 2) ])+1);
#ifdef VAR_RANGES
		logval("lease_token[deployer:e]", ((int)now.lease_token[ Index(((int)((P0 *)_this)->e), 2) ]));
#endif
		;
		/* merge: lease_held[e] = 1(22, 7, 22) */
		reached[0][7] = 1;
		(trpt+1)->bup.ovals[1] = ((int)now.lease_held[ Index(((int)((P0 *)_this)->e), 2) ]);
		now.lease_held[ Index(((P0 *)_this)->e, 2) ] = 1;
#ifdef VAR_RANGES
		logval("lease_held[deployer:e]", ((int)now.lease_held[ Index(((int)((P0 *)_this)->e), 2) ]));
#endif
		;
		/* merge: t = lease_token[e](22, 8, 22) */
		reached[0][8] = 1;
		(trpt+1)->bup.ovals[2] = ((int)((P0 *)_this)->t);
		((P0 *)_this)->t = ((int)now.lease_token[ Index(((int)((P0 *)_this)->e), 2) ]);
#ifdef VAR_RANGES
		logval("deployer:t", ((int)((P0 *)_this)->t));
#endif
		;
		/* merge: .(goto)(22, 12, 22) */
		reached[0][12] = 1;
		;
		_m = 3; goto P999; /* 4 */
	case 100: // STATE 16 - deployment.pml:142 - [((crashes>0))] (183:0:1 - 1)
		IfNotBlocked
		reached[0][16] = 1;
		if (!((((int)now.crashes)>0)))
			continue;
		/* merge: crashes = (crashes-1)(183, 17, 183) */
		reached[0][17] = 1;
		(trpt+1)->bup.oval = ((int)now.crashes);
		now.crashes = (((int)now.crashes)-1);
#ifdef VAR_RANGES
		logval("crashes", ((int)now.crashes));
#endif
		;
		/* merge: goto dead(183, 18, 183) */
		reached[0][18] = 1;
		;
		_m = 3; goto P999; /* 2 */
	case 101: // STATE 23 - deployment.pml:298 - [((((lease_token[e]==t)&&(draft[e]==ABSENT))&&(((stored[p]&&table[p])&&(plan_of[e]==plan_of[e]))&&(filled[p]>=filled[plan_of[e]]))))] (0:0:0 - 1)
		IfNotBlocked
		reached[0][23] = 1;
		if (!((((((int)now.lease_token[ Index(((int)((P0 *)_this)->e), 2) ])==((int)((P0 *)_this)->t))&&(now.draft[ Index(((int)((P0 *)_this)->e), 2) ]==5))&&(((((int)now.stored[ Index(((int)((P0 *)_this)->p), 4) ])&&((int)now.table[ Index(((int)((P0 *)_this)->p), 4) ]))&&(((int)now.plan_of[ Index(((int)((P0 *)_this)->e), 2) ])==((int)now.plan_of[ Index(((int)((P0 *)_this)->e), 2) ])))&&(((int)now.filled[ Index(((int)((P0 *)_this)->p), 4) ])>=((int)now.filled[ Index(((int)now.plan_of[ Index(((int)((P0 *)_this)->e), 2) ]), 4) ]))))))
			continue;
		_m = 3; goto P999; /* 0 */
	case 102: // STATE 24 - deployment.pml:98 - [assert((lease_token[e]==t))] (0:42:3 - 1)
		IfNotBlocked
		reached[0][24] = 1;
		spin_assert((((int)now.lease_token[ Index(((int)((P0 *)_this)->e), 2) ])==((int)((P0 *)_this)->t)), "(lease_token[e]==t)", II, tt, t);
		/* merge: assert((draft[e]==ABSENT))(42, 26, 42) */
		reached[0][26] = 1;
		spin_assert((now.draft[ Index(((int)((P0 *)_this)->e), 2) ]==5), "(draft[e]==5)", II, tt, t);
		/* merge: draft[e] = DRAFT(42, 27, 42) */
		reached[0][27] = 1;
		(trpt+1)->bup.ovals = grab_ints(3);
		(trpt+1)->bup.ovals[0] = now.draft[ Index(((int)((P0 *)_this)->e), 2) ];
		now.draft[ Index(((P0 *)_this)->e, 2) ] = 4;
#ifdef VAR_RANGES
		logval("draft[deployer:e]", now.draft[ Index(((int)((P0 *)_this)->e), 2) ]);
#endif
		;
		/* merge: draft_plan[e] = p(42, 28, 42) */
		reached[0][28] = 1;
		(trpt+1)->bup.ovals[1] = ((int)now.draft_plan[ Index(((int)((P0 *)_this)->e), 2) ]);
		now.draft_plan[ Index(((P0 *)_this)->e, 2) ] = ((int)((P0 *)_this)->p);
#ifdef VAR_RANGES
		logval("draft_plan[deployer:e]", ((int)now.draft_plan[ Index(((int)((P0 *)_this)->e), 2) ]));
#endif
		;
		/* merge: draft_previous[e] = plan_of[e](42, 29, 42) */
		reached[0][29] = 1;
		(trpt+1)->bup.ovals[2] = ((int)now.draft_previous[ Index(((int)((P0 *)_this)->e), 2) ]);
		now.draft_previous[ Index(((P0 *)_this)->e, 2) ] = ((int)now.plan_of[ Index(((int)((P0 *)_this)->e), 2) ]);
#ifdef VAR_RANGES
		logval("draft_previous[deployer:e]", ((int)now.draft_previous[ Index(((int)((P0 *)_this)->e), 2) ]));
#endif
		;
		/* merge: .(goto)(42, 33, 42) */
		reached[0][33] = 1;
		;
		_m = 3; goto P999; /* 5 */
	case 103: // STATE 36 - deployment.pml:142 - [((crashes>0))] (183:0:1 - 1)
		IfNotBlocked
		reached[0][36] = 1;
		if (!((((int)now.crashes)>0)))
			continue;
		/* merge: crashes = (crashes-1)(183, 37, 183) */
		reached[0][37] = 1;
		(trpt+1)->bup.oval = ((int)now.crashes);
		now.crashes = (((int)now.crashes)-1);
#ifdef VAR_RANGES
		logval("crashes", ((int)now.crashes));
#endif
		;
		/* merge: goto dead(183, 38, 183) */
		reached[0][38] = 1;
		;
		_m = 3; goto P999; /* 2 */
	case 104: // STATE 43 - deployment.pml:311 - [((((lease_token[e]==t)&&(draft[e]==DRAFT))&&(draft_plan[e]==p)))] (0:0:0 - 1)
		IfNotBlocked
		reached[0][43] = 1;
		if (!((((((int)now.lease_token[ Index(((int)((P0 *)_this)->e), 2) ])==((int)((P0 *)_this)->t))&&(now.draft[ Index(((int)((P0 *)_this)->e), 2) ]==4))&&(((int)now.draft_plan[ Index(((int)((P0 *)_this)->e), 2) ])==((int)((P0 *)_this)->p)))))
			continue;
		_m = 3; goto P999; /* 0 */
	case 105: // STATE 44 - deployment.pml:98 - [assert((lease_token[e]==t))] (0:59:1 - 1)
		IfNotBlocked
		reached[0][44] = 1;
		spin_assert((((int)now.lease_token[ Index(((int)((P0 *)_this)->e), 2) ])==((int)((P0 *)_this)->t)), "(lease_token[e]==t)", II, tt, t);
		/* merge: draft[e] = CANDIDATE(59, 46, 59) */
		reached[0][46] = 1;
		(trpt+1)->bup.oval = now.draft[ Index(((int)((P0 *)_this)->e), 2) ];
		now.draft[ Index(((P0 *)_this)->e, 2) ] = 3;
#ifdef VAR_RANGES
		logval("draft[deployer:e]", now.draft[ Index(((int)((P0 *)_this)->e), 2) ]);
#endif
		;
		/* merge: .(goto)(59, 50, 59) */
		reached[0][50] = 1;
		;
		_m = 3; goto P999; /* 2 */
	case 106: // STATE 53 - deployment.pml:142 - [((crashes>0))] (183:0:1 - 1)
		IfNotBlocked
		reached[0][53] = 1;
		if (!((((int)now.crashes)>0)))
			continue;
		/* merge: crashes = (crashes-1)(183, 54, 183) */
		reached[0][54] = 1;
		(trpt+1)->bup.oval = ((int)now.crashes);
		now.crashes = (((int)now.crashes)-1);
#ifdef VAR_RANGES
		logval("crashes", ((int)now.crashes));
#endif
		;
		/* merge: goto dead(183, 55, 183) */
		reached[0][55] = 1;
		;
		_m = 3; goto P999; /* 2 */
	case 107: // STATE 60 - deployment.pml:178 - [((fence_token[e]<=t))] (75:0:1 - 1)
		IfNotBlocked
		reached[0][60] = 1;
		if (!((((int)now.fence_token[ Index(((int)((P0 *)_this)->e), 2) ])<=((int)((P0 *)_this)->t))))
			continue;
		/* merge: fence_token[e] = t(75, 61, 75) */
		reached[0][61] = 1;
		(trpt+1)->bup.oval = ((int)now.fence_token[ Index(((int)((P0 *)_this)->e), 2) ]);
		now.fence_token[ Index(((P0 *)_this)->e, 2) ] = ((int)((P0 *)_this)->t);
#ifdef VAR_RANGES
		logval("fence_token[deployer:e]", ((int)now.fence_token[ Index(((int)((P0 *)_this)->e), 2) ]));
#endif
		;
		/* merge: .(goto)(75, 65, 75) */
		reached[0][65] = 1;
		;
		_m = 3; goto P999; /* 2 */
	case 108: // STATE 69 - deployment.pml:142 - [((crashes>0))] (183:0:1 - 1)
		IfNotBlocked
		reached[0][69] = 1;
		if (!((((int)now.crashes)>0)))
			continue;
		/* merge: crashes = (crashes-1)(183, 70, 183) */
		reached[0][70] = 1;
		(trpt+1)->bup.oval = ((int)now.crashes);
		now.crashes = (((int)now.crashes)-1);
#ifdef VAR_RANGES
		logval("crashes", ((int)now.crashes));
#endif
		;
		/* merge: goto dead(183, 71, 183) */
		reached[0][71] = 1;
		;
		_m = 3; goto P999; /* 2 */
	case 109: // STATE 76 - deployment.pml:188 - [(((((lease_token[e]==t)&&(draft[e]==CANDIDATE))&&(draft_plan[e]==p))&&(((stored[p]&&table[p])&&(plan_of[e]==draft_previous[e]))&&(filled[p]>=filled[draft_previous[e]]))))] (0:0:0 - 1)
		IfNotBlocked
		reached[0][76] = 1;
		if (!(((((((int)now.lease_token[ Index(((int)((P0 *)_this)->e), 2) ])==((int)((P0 *)_this)->t))&&(now.draft[ Index(((int)((P0 *)_this)->e), 2) ]==3))&&(((int)now.draft_plan[ Index(((int)((P0 *)_this)->e), 2) ])==((int)((P0 *)_this)->p)))&&(((((int)now.stored[ Index(((int)((P0 *)_this)->p), 4) ])&&((int)now.table[ Index(((int)((P0 *)_this)->p), 4) ]))&&(((int)now.plan_of[ Index(((int)((P0 *)_this)->e), 2) ])==((int)now.draft_previous[ Index(((int)((P0 *)_this)->e), 2) ])))&&(((int)now.filled[ Index(((int)((P0 *)_this)->p), 4) ])>=((int)now.filled[ Index(((int)now.draft_previous[ Index(((int)((P0 *)_this)->e), 2) ]), 4) ]))))))
			continue;
		_m = 3; goto P999; /* 0 */
	case 110: // STATE 77 - deployment.pml:98 - [assert((lease_token[e]==t))] (0:82:2 - 1)
		IfNotBlocked
		reached[0][77] = 1;
		spin_assert((((int)now.lease_token[ Index(((int)((P0 *)_this)->e), 2) ])==((int)((P0 *)_this)->t)), "(lease_token[e]==t)", II, tt, t);
		/* merge: plan_of[e] = p(82, 79, 82) */
		reached[0][79] = 1;
		(trpt+1)->bup.ovals = grab_ints(2);
		(trpt+1)->bup.ovals[0] = ((int)now.plan_of[ Index(((int)((P0 *)_this)->e), 2) ]);
		now.plan_of[ Index(((P0 *)_this)->e, 2) ] = ((int)((P0 *)_this)->p);
#ifdef VAR_RANGES
		logval("plan_of[deployer:e]", ((int)now.plan_of[ Index(((int)((P0 *)_this)->e), 2) ]));
#endif
		;
		/* merge: finalized[e] = 0(82, 80, 82) */
		reached[0][80] = 1;
		(trpt+1)->bup.ovals[1] = ((int)now.finalized[ Index(((int)((P0 *)_this)->e), 2) ]);
		now.finalized[ Index(((P0 *)_this)->e, 2) ] = 0;
#ifdef VAR_RANGES
		logval("finalized[deployer:e]", ((int)now.finalized[ Index(((int)((P0 *)_this)->e), 2) ]));
#endif
		;
		_m = 3; goto P999; /* 2 */
	case 111: // STATE 81 - deployment.pml:101 - [assert((stored[plan_of[0]]&&stored[plan_of[1]]))] (0:97:1 - 1)
		IfNotBlocked
		reached[0][81] = 1;
		spin_assert((((int)now.stored[ Index(((int)now.plan_of[0]), 4) ])&&((int)now.stored[ Index(((int)now.plan_of[1]), 4) ])), "(stored[plan_of[0]]&&stored[plan_of[1]])", II, tt, t);
		/* merge: draft[e] = SWITCHING(97, 83, 97) */
		reached[0][83] = 1;
		(trpt+1)->bup.oval = now.draft[ Index(((int)((P0 *)_this)->e), 2) ];
		now.draft[ Index(((P0 *)_this)->e, 2) ] = 2;
#ifdef VAR_RANGES
		logval("draft[deployer:e]", now.draft[ Index(((int)((P0 *)_this)->e), 2) ]);
#endif
		;
		/* merge: .(goto)(97, 87, 97) */
		reached[0][87] = 1;
		;
		_m = 3; goto P999; /* 2 */
	case 112: // STATE 91 - deployment.pml:142 - [((crashes>0))] (183:0:1 - 1)
		IfNotBlocked
		reached[0][91] = 1;
		if (!((((int)now.crashes)>0)))
			continue;
		/* merge: crashes = (crashes-1)(183, 92, 183) */
		reached[0][92] = 1;
		(trpt+1)->bup.oval = ((int)now.crashes);
		now.crashes = (((int)now.crashes)-1);
#ifdef VAR_RANGES
		logval("crashes", ((int)now.crashes));
#endif
		;
		/* merge: goto dead(183, 93, 183) */
		reached[0][93] = 1;
		;
		_m = 3; goto P999; /* 2 */
	case 113: // STATE 98 - deployment.pml:209 - [((fence_token[e]==t))] (108:0:3 - 1)
		IfNotBlocked
		reached[0][98] = 1;
		if (!((((int)now.fence_token[ Index(((int)((P0 *)_this)->e), 2) ])==((int)((P0 *)_this)->t))))
			continue;
		/* merge: assert((fence_token[e]==t))(108, 99, 108) */
		reached[0][99] = 1;
		spin_assert((((int)now.fence_token[ Index(((int)((P0 *)_this)->e), 2) ])==((int)((P0 *)_this)->t)), "(fence_token[e]==t)", II, tt, t);
		/* merge: fence_plan[e] = p(108, 100, 108) */
		reached[0][100] = 1;
		(trpt+1)->bup.ovals = grab_ints(3);
		(trpt+1)->bup.ovals[0] = ((int)now.fence_plan[ Index(((int)((P0 *)_this)->e), 2) ]);
		now.fence_plan[ Index(((P0 *)_this)->e, 2) ] = ((int)((P0 *)_this)->p);
#ifdef VAR_RANGES
		logval("fence_plan[deployer:e]", ((int)now.fence_plan[ Index(((int)((P0 *)_this)->e), 2) ]));
#endif
		;
		/* merge: view_a[e] = p(108, 101, 108) */
		reached[0][101] = 1;
		(trpt+1)->bup.ovals[1] = ((int)now.view_a[ Index(((int)((P0 *)_this)->e), 2) ]);
		now.view_a[ Index(((P0 *)_this)->e, 2) ] = ((int)((P0 *)_this)->p);
#ifdef VAR_RANGES
		logval("view_a[deployer:e]", ((int)now.view_a[ Index(((int)((P0 *)_this)->e), 2) ]));
#endif
		;
		/* merge: view_b[e] = p(108, 102, 108) */
		reached[0][102] = 1;
		(trpt+1)->bup.ovals[2] = ((int)now.view_b[ Index(((int)((P0 *)_this)->e), 2) ]);
		now.view_b[ Index(((P0 *)_this)->e, 2) ] = ((int)((P0 *)_this)->p);
#ifdef VAR_RANGES
		logval("view_b[deployer:e]", ((int)now.view_b[ Index(((int)((P0 *)_this)->e), 2) ]));
#endif
		;
		/* merge: .(goto)(108, 106, 108) */
		reached[0][106] = 1;
		;
		_m = 3; goto P999; /* 5 */
	case 114: // STATE 111 - deployment.pml:142 - [((crashes>0))] (183:0:1 - 1)
		IfNotBlocked
		reached[0][111] = 1;
		if (!((((int)now.crashes)>0)))
			continue;
		/* merge: crashes = (crashes-1)(183, 112, 183) */
		reached[0][112] = 1;
		(trpt+1)->bup.oval = ((int)now.crashes);
		now.crashes = (((int)now.crashes)-1);
#ifdef VAR_RANGES
		logval("crashes", ((int)now.crashes));
#endif
		;
		/* merge: goto dead(183, 113, 183) */
		reached[0][113] = 1;
		;
		_m = 3; goto P999; /* 2 */
	case 115: // STATE 118 - deployment.pml:223 - [((((lease_token[e]==t)&&(draft[e]==SWITCHING))&&(draft_plan[e]==p)))] (0:0:0 - 1)
		IfNotBlocked
		reached[0][118] = 1;
		if (!((((((int)now.lease_token[ Index(((int)((P0 *)_this)->e), 2) ])==((int)((P0 *)_this)->t))&&(now.draft[ Index(((int)((P0 *)_this)->e), 2) ]==2))&&(((int)now.draft_plan[ Index(((int)((P0 *)_this)->e), 2) ])==((int)((P0 *)_this)->p)))))
			continue;
		_m = 3; goto P999; /* 0 */
	case 116: // STATE 119 - deployment.pml:98 - [assert((lease_token[e]==t))] (0:0:0 - 1)
		IfNotBlocked
		reached[0][119] = 1;
		spin_assert((((int)now.lease_token[ Index(((int)((P0 *)_this)->e), 2) ])==((int)((P0 *)_this)->t)), "(lease_token[e]==t)", II, tt, t);
		_m = 3; goto P999; /* 0 */
	case 117: // STATE 121 - deployment.pml:130 - [finalized[e] = 1] (0:134:1 - 1)
		IfNotBlocked
		reached[0][121] = 1;
		(trpt+1)->bup.oval = ((int)now.finalized[ Index(((int)((P0 *)_this)->e), 2) ]);
		now.finalized[ Index(((P0 *)_this)->e, 2) ] = 1;
#ifdef VAR_RANGES
		logval("finalized[deployer:e]", ((int)now.finalized[ Index(((int)((P0 *)_this)->e), 2) ]));
#endif
		;
		/* merge: assert(((view_a[e]==p)&&(view_b[e]==p)))(134, 122, 134) */
		reached[0][122] = 1;
		spin_assert(((((int)now.view_a[ Index(((int)((P0 *)_this)->e), 2) ])==((int)((P0 *)_this)->p))&&(((int)now.view_b[ Index(((int)((P0 *)_this)->e), 2) ])==((int)((P0 *)_this)->p))), "((view_a[e]==p)&&(view_b[e]==p))", II, tt, t);
		/* merge: assert((filled[p]>=filled[draft_previous[e]]))(134, 123, 134) */
		reached[0][123] = 1;
		spin_assert((((int)now.filled[ Index(((int)((P0 *)_this)->p), 4) ])>=((int)now.filled[ Index(((int)now.draft_previous[ Index(((int)((P0 *)_this)->e), 2) ]), 4) ])), "(filled[p]>=filled[draft_previous[e]])", II, tt, t);
		_m = 3; goto P999; /* 2 */
	case 118: // STATE 124 - deployment.pml:58 - [assert((revisions<6))] (0:132:3 - 1)
		IfNotBlocked
		reached[0][124] = 1;
		spin_assert((((int)now.revisions)<6), "(revisions<6)", II, tt, t);
		/* merge: revision[revisions] = p(132, 125, 132) */
		reached[0][125] = 1;
		(trpt+1)->bup.ovals = grab_ints(3);
		(trpt+1)->bup.ovals[0] = ((int)now.revision[ Index(((int)now.revisions), 6) ]);
		now.revision[ Index(now.revisions, 6) ] = ((int)((P0 *)_this)->p);
#ifdef VAR_RANGES
		logval("revision[revisions]", ((int)now.revision[ Index(((int)now.revisions), 6) ]));
#endif
		;
		/* merge: revision_env[revisions] = e(132, 126, 132) */
		reached[0][126] = 1;
		(trpt+1)->bup.ovals[1] = ((int)revision_env[ Index(((int)now.revisions), 6) ]);
		revision_env[ Index(now.revisions, 6) ] = ((int)((P0 *)_this)->e);
#ifdef VAR_RANGES
		logval("revision_env[revisions]", ((int)revision_env[ Index(((int)now.revisions), 6) ]));
#endif
		;
		/* merge: revisions = (revisions+1)(132, 127, 132) */
		reached[0][127] = 1;
		(trpt+1)->bup.ovals[2] = ((int)now.revisions);
		now.revisions = (((int)now.revisions)+1);
#ifdef VAR_RANGES
		logval("revisions", ((int)now.revisions));
#endif
		;
		_m = 3; goto P999; /* 3 */
	case 119: // STATE 128 - deployment.pml:70 - [((first_revision==15))] (150:0:2 - 1)
		IfNotBlocked
		reached[0][128] = 1;
		if (!((((int)now.first_revision)==15)))
			continue;
		/* merge: first_revision = revision[0](150, 129, 150) */
		reached[0][129] = 1;
		(trpt+1)->bup.ovals = grab_ints(2);
		(trpt+1)->bup.ovals[0] = ((int)now.first_revision);
		now.first_revision = ((int)now.revision[0]);
#ifdef VAR_RANGES
		logval("first_revision", ((int)now.first_revision));
#endif
		;
		/* merge: .(goto)(150, 133, 150) */
		reached[0][133] = 1;
		;
		/* merge: draft[e] = FINALIZED(150, 136, 150) */
		reached[0][136] = 1;
		(trpt+1)->bup.ovals[1] = now.draft[ Index(((int)((P0 *)_this)->e), 2) ];
		now.draft[ Index(((P0 *)_this)->e, 2) ] = 1;
#ifdef VAR_RANGES
		logval("draft[deployer:e]", now.draft[ Index(((int)((P0 *)_this)->e), 2) ]);
#endif
		;
		/* merge: .(goto)(150, 140, 150) */
		reached[0][140] = 1;
		;
		_m = 3; goto P999; /* 4 */
	case 120: // STATE 131 - deployment.pml:71 - [assert((first_revision==revision[0]))] (0:150:1 - 1)
		IfNotBlocked
		reached[0][131] = 1;
		spin_assert((((int)now.first_revision)==((int)now.revision[0])), "(first_revision==revision[0])", II, tt, t);
		/* merge: .(goto)(150, 133, 150) */
		reached[0][133] = 1;
		;
		/* merge: draft[e] = FINALIZED(150, 136, 150) */
		reached[0][136] = 1;
		(trpt+1)->bup.oval = now.draft[ Index(((int)((P0 *)_this)->e), 2) ];
		now.draft[ Index(((P0 *)_this)->e, 2) ] = 1;
#ifdef VAR_RANGES
		logval("draft[deployer:e]", now.draft[ Index(((int)((P0 *)_this)->e), 2) ]);
#endif
		;
		/* merge: .(goto)(150, 140, 150) */
		reached[0][140] = 1;
		;
		_m = 3; goto P999; /* 3 */
	case 121: // STATE 136 - deployment.pml:226 - [draft[e] = FINALIZED] (0:150:1 - 3)
		IfNotBlocked
		reached[0][136] = 1;
		(trpt+1)->bup.oval = now.draft[ Index(((int)((P0 *)_this)->e), 2) ];
		now.draft[ Index(((P0 *)_this)->e, 2) ] = 1;
#ifdef VAR_RANGES
		logval("draft[deployer:e]", now.draft[ Index(((int)((P0 *)_this)->e), 2) ]);
#endif
		;
		/* merge: .(goto)(150, 140, 150) */
		reached[0][140] = 1;
		;
		_m = 3; goto P999; /* 1 */
	case 122: // STATE 144 - deployment.pml:142 - [((crashes>0))] (183:0:1 - 1)
		IfNotBlocked
		reached[0][144] = 1;
		if (!((((int)now.crashes)>0)))
			continue;
		/* merge: crashes = (crashes-1)(183, 145, 183) */
		reached[0][145] = 1;
		(trpt+1)->bup.oval = ((int)now.crashes);
		now.crashes = (((int)now.crashes)-1);
#ifdef VAR_RANGES
		logval("crashes", ((int)now.crashes));
#endif
		;
		/* merge: goto dead(183, 146, 183) */
		reached[0][146] = 1;
		;
		_m = 3; goto P999; /* 2 */
	case 123: // STATE 151 - deployment.pml:252 - [((((lease_token[e]==t)&&(draft[e]!=ABSENT))&&(draft_plan[e]==p)))] (0:0:1 - 1)
		IfNotBlocked
		reached[0][151] = 1;
		if (!((((((int)now.lease_token[ Index(((int)((P0 *)_this)->e), 2) ])==((int)((P0 *)_this)->t))&&(now.draft[ Index(((int)((P0 *)_this)->e), 2) ]!=5))&&(((int)now.draft_plan[ Index(((int)((P0 *)_this)->e), 2) ])==((int)((P0 *)_this)->p)))))
			continue;
		if (TstOnly) return 1; /* TT */
		/* dead 1: p */  (trpt+1)->bup.oval = ((P0 *)_this)->p;
#ifdef HAS_CODE
		if (!readtrail)
#endif
			((P0 *)_this)->p = 0;
		_m = 3; goto P999; /* 0 */
	case 124: // STATE 152 - deployment.pml:98 - [assert((lease_token[e]==t))] (0:170:3 - 1)
		IfNotBlocked
		reached[0][152] = 1;
		spin_assert((((int)now.lease_token[ Index(((int)((P0 *)_this)->e), 2) ])==((int)((P0 *)_this)->t)), "(lease_token[e]==t)", II, tt, t);
		/* merge: draft[e] = ABSENT(170, 154, 170) */
		reached[0][154] = 1;
		(trpt+1)->bup.ovals = grab_ints(3);
		(trpt+1)->bup.ovals[0] = now.draft[ Index(((int)((P0 *)_this)->e), 2) ];
		now.draft[ Index(((P0 *)_this)->e, 2) ] = 5;
#ifdef VAR_RANGES
		logval("draft[deployer:e]", now.draft[ Index(((int)((P0 *)_this)->e), 2) ]);
#endif
		;
		/* merge: draft_plan[e] = 15(170, 155, 170) */
		reached[0][155] = 1;
		(trpt+1)->bup.ovals[1] = ((int)now.draft_plan[ Index(((int)((P0 *)_this)->e), 2) ]);
		now.draft_plan[ Index(((P0 *)_this)->e, 2) ] = 15;
#ifdef VAR_RANGES
		logval("draft_plan[deployer:e]", ((int)now.draft_plan[ Index(((int)((P0 *)_this)->e), 2) ]));
#endif
		;
		/* merge: draft_previous[e] = 15(170, 156, 170) */
		reached[0][156] = 1;
		(trpt+1)->bup.ovals[2] = ((int)now.draft_previous[ Index(((int)((P0 *)_this)->e), 2) ]);
		now.draft_previous[ Index(((P0 *)_this)->e, 2) ] = 15;
#ifdef VAR_RANGES
		logval("draft_previous[deployer:e]", ((int)now.draft_previous[ Index(((int)((P0 *)_this)->e), 2) ]));
#endif
		;
		/* merge: .(goto)(170, 160, 170) */
		reached[0][160] = 1;
		;
		_m = 3; goto P999; /* 4 */
	case 125: // STATE 164 - deployment.pml:142 - [((crashes>0))] (183:0:1 - 1)
		IfNotBlocked
		reached[0][164] = 1;
		if (!((((int)now.crashes)>0)))
			continue;
		/* merge: crashes = (crashes-1)(183, 165, 183) */
		reached[0][165] = 1;
		(trpt+1)->bup.oval = ((int)now.crashes);
		now.crashes = (((int)now.crashes)-1);
#ifdef VAR_RANGES
		logval("crashes", ((int)now.crashes));
#endif
		;
		/* merge: goto dead(183, 166, 183) */
		reached[0][166] = 1;
		;
		_m = 3; goto P999; /* 2 */
	case 126: // STATE 171 - deployment.pml:332 - [((t!=15))] (0:0:0 - 1)
		IfNotBlocked
		reached[0][171] = 1;
		if (!((((int)((P0 *)_this)->t)!=15)))
			continue;
		_m = 3; goto P999; /* 0 */
	case 127: // STATE 172 - deployment.pml:276 - [((lease_token[e]==t))] (183:0:2 - 1)
		IfNotBlocked
		reached[0][172] = 1;
		if (!((((int)now.lease_token[ Index(((int)((P0 *)_this)->e), 2) ])==((int)((P0 *)_this)->t))))
			continue;
		if (TstOnly) return 1; /* TT */
		/* dead 1: t */  (trpt+1)->bup.ovals = grab_ints(2);
		(trpt+1)->bup.ovals[0] = ((P0 *)_this)->t;
#ifdef HAS_CODE
		if (!readtrail)
#endif
			((P0 *)_this)->t = 0;
		/* merge: lease_held[e] = 0(183, 173, 183) */
		reached[0][173] = 1;
		(trpt+1)->bup.ovals[1] = ((int)now.lease_held[ Index(((int)((P0 *)_this)->e), 2) ]);
		now.lease_held[ Index(((P0 *)_this)->e, 2) ] = 0;
#ifdef VAR_RANGES
		logval("lease_held[deployer:e]", ((int)now.lease_held[ Index(((int)((P0 *)_this)->e), 2) ]));
#endif
		;
		/* merge: .(goto)(183, 176, 183) */
		reached[0][176] = 1;
		;
		/* merge: .(goto)(0, 181, 183) */
		reached[0][181] = 1;
		;
		_m = 3; goto P999; /* 3 */
	case 128: // STATE 176 - deployment.pml:279 - [.(goto)] (0:183:0 - 2)
		IfNotBlocked
		reached[0][176] = 1;
		;
		/* merge: .(goto)(0, 181, 183) */
		reached[0][181] = 1;
		;
		_m = 3; goto P999; /* 1 */
	case 129: // STATE 182 - deployment.pml:336 - [working = (working-1)] (0:0:1 - 1)
		IfNotBlocked
		reached[0][182] = 1;
		(trpt+1)->bup.oval = ((int)now.working);
		now.working = (((int)now.working)-1);
#ifdef VAR_RANGES
		logval("working", ((int)now.working));
#endif
		;
		_m = 3; goto P999; /* 0 */
	case 130: // STATE 184 - deployment.pml:337 - [-end-] (0:0:0 - 1)
		IfNotBlocked
		reached[0][184] = 1;
		if (!delproc(1, II)) continue;
		_m = 3; goto P999; /* 0 */
	case  _T5:	/* np_ */
		if (!((!(trpt->o_pm&4) && !(trpt->tau&128))))
			continue;
		/* else fall through */
	case  _T2:	/* true */
		_m = 3; goto P999;
#undef rand
	}

