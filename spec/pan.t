#ifdef PEG
struct T_SRC {
	char *fl; int ln;
} T_SRC[NTRANS];

void
tr_2_src(int m, char *file, int ln)
{	T_SRC[m].fl = file;
	T_SRC[m].ln = ln;
}

void
putpeg(int n, int m)
{	printf("%5d	trans %4d ", m, n);
	printf("%s:%d\n",
		T_SRC[n].fl, T_SRC[n].ln);
}
#endif

void
settable(void)
{	Trans *T;
	Trans *settr(int, int, int, int, int, char *, int, int, int);

	trans = (Trans ***) emalloc(8*sizeof(Trans **));

	/* proctype 6: :init: */

	trans[6] = (Trans **) emalloc(33*sizeof(Trans *));

	T = trans[ 6][31] = settr(547,2,0,0,0,"ATOMIC", 1, 2, 0);
	T->nxt	= settr(547,2,1,0,0,"ATOMIC", 1, 2, 0);
	trans[6][1]	= settr(517,2,10,3,3,"i = 0", 1, 2, 0); /* m: 2 -> 0,10 */
	reached6[2] = 1;
	trans[6][2]	= settr(0,0,0,0,0,"i = 0",0,0,0);
	trans[6][11]	= settr(527,2,10,1,0,".(goto)", 1, 2, 0);
	T = trans[6][10] = settr(526,2,0,0,0,"DO", 1, 2, 0);
	T = T->nxt	= settr(526,2,3,0,0,"DO", 1, 2, 0);
	    T->nxt	= settr(526,2,8,0,0,"DO", 1, 2, 0);
	trans[6][3]	= settr(519,2,10,4,4,"((i<=(4-1)))", 1, 2, 0); /* m: 4 -> 10,0 */
	reached6[4] = 1;
	trans[6][4]	= settr(0,0,0,0,0,"stored[i] = 1",0,0,0);
	trans[6][5]	= settr(0,0,0,0,0,"table[i] = 1",0,0,0);
	trans[6][6]	= settr(0,0,0,0,0,"filled[i] = 1",0,0,0);
	trans[6][7]	= settr(0,0,0,0,0,"i = (i+1)",0,0,0);
	trans[6][8]	= settr(524,2,13,2,0,"else", 1, 2, 0);
	trans[6][9]	= settr(525,2,13,1,0,"goto :b2", 1, 2, 0); /* m: 13 -> 0,26 */
	reached6[13] = 1;
	trans[6][12]	= settr(528,2,13,1,0,"break", 1, 2, 0);
	trans[6][13]	= settr(529,2,26,5,5,"i = 0", 1, 2, 0);
	trans[6][27]	= settr(543,2,26,1,0,".(goto)", 1, 2, 0);
	T = trans[6][26] = settr(542,2,0,0,0,"DO", 1, 2, 0);
	T = T->nxt	= settr(542,2,14,0,0,"DO", 1, 2, 0);
	    T->nxt	= settr(542,2,24,0,0,"DO", 1, 2, 0);
	trans[6][14]	= settr(530,2,26,6,6,"((i<=(2-1)))", 1, 2, 0); /* m: 15 -> 26,0 */
	reached6[15] = 1;
	trans[6][15]	= settr(0,0,0,0,0,"plan_of[i] = i",0,0,0);
	trans[6][16]	= settr(0,0,0,0,0,"view_a[i] = i",0,0,0);
	trans[6][17]	= settr(0,0,0,0,0,"view_b[i] = i",0,0,0);
	trans[6][18]	= settr(0,0,0,0,0,"finalized[i] = 1",0,0,0);
	trans[6][19]	= settr(0,0,0,0,0,"draft[i] = ABSENT",0,0,0);
	trans[6][20]	= settr(0,0,0,0,0,"draft_plan[i] = 15",0,0,0);
	trans[6][21]	= settr(0,0,0,0,0,"draft_previous[i] = 15",0,0,0);
	trans[6][22]	= settr(0,0,0,0,0,"fence_plan[i] = 15",0,0,0);
	trans[6][23]	= settr(0,0,0,0,0,"i = (i+1)",0,0,0);
	trans[6][24]	= settr(540,2,29,2,0,"else", 1, 2, 0);
	trans[6][25]	= settr(541,2,29,1,0,"goto :b3", 1, 2, 0);
	trans[6][28]	= settr(544,2,29,1,0,"break", 1, 2, 0);
	trans[6][29]	= settr(545,2,30,7,7,"(run deployer(2))", 1, 2, 0);
	trans[6][30]	= settr(546,0,32,8,8,"(run deployer(3))", 1, 2, 0);
	trans[6][32]	= settr(548,0,0,9,9,"-end-", 0, 3500, 0);

	/* proctype 5: reader */

	trans[5] = (Trans **) emalloc(9*sizeof(Trans *));

	T = trans[5][3] = settr(511,0,0,0,0,"IF", 0, 2, 0);
	T = T->nxt	= settr(511,0,1,0,0,"IF", 0, 2, 0);
	    T->nxt	= settr(511,0,2,0,0,"IF", 0, 2, 0);
	trans[5][1]	= settr(509,0,7,10,10,"e = 0", 0, 2, 0);
	trans[5][4]	= settr(512,0,7,1,0,".(goto)", 0, 2, 0);
	trans[5][2]	= settr(510,0,7,11,11,"e = 1", 0, 2, 0);
	T = trans[ 5][7] = settr(515,2,0,0,0,"ATOMIC", 1, 2, 0);
	T->nxt	= settr(515,2,5,0,0,"ATOMIC", 1, 2, 0);
	trans[5][5]	= settr(513,4,8,12,12,"assert((view_a[e]==view_b[e]))", 1, 2, 0); /* m: 6 -> 0,8 */
	reached5[6] = 1;
	trans[5][6]	= settr(0,0,0,0,0,"assert(table[view_a[e]])",0,0,0);
	trans[5][8]	= settr(516,0,0,13,13,"-end-", 0, 3500, 0);

	/* proctype 4: loads */

	trans[4] = (Trans **) emalloc(9*sizeof(Trans *));

	T = trans[ 4][3] = settr(503,2,0,0,0,"ATOMIC", 1, 2, 0);
	T->nxt	= settr(503,2,1,0,0,"ATOMIC", 1, 2, 0);
	trans[4][1]	= settr(501,4,6,14,14,"(finalized[0])", 1, 2, 0); /* m: 2 -> 6,0 */
	reached4[2] = 1;
	trans[4][2]	= settr(0,0,0,0,0,"filled[plan_of[0]] = (filled[plan_of[0]]+1)",0,0,0);
	T = trans[4][6] = settr(506,0,0,0,0,"IF", 0, 2, 0);
	T = T->nxt	= settr(506,0,4,0,0,"IF", 0, 2, 0);
	    T->nxt	= settr(506,0,5,0,0,"IF", 0, 2, 0);
	trans[4][4]	= settr(504,0,8,15,15,"filled[2] = 3", 1, 2, 0);
	trans[4][7]	= settr(507,0,8,1,0,".(goto)", 0, 2, 0);
	trans[4][5]	= settr(505,0,8,1,0,"(1)", 0, 2, 0);
	trans[4][8]	= settr(508,0,0,16,16,"-end-", 0, 3500, 0);

	/* proctype 3: janitor */

	trans[3] = (Trans **) emalloc(33*sizeof(Trans *));

	trans[3][30]	= settr(498,0,29,1,0,".(goto)", 0, 2, 0);
	T = trans[3][29] = settr(497,0,0,0,0,"DO", 0, 2, 0);
	T = T->nxt	= settr(497,0,1,0,0,"DO", 0, 2, 0);
	    T->nxt	= settr(497,0,27,0,0,"DO", 0, 2, 0);
	trans[3][1]	= settr(469,0,10,17,0,"((p<4))", 0, 2, 0);
	T = trans[ 3][10] = settr(478,2,0,0,0,"ATOMIC", 1, 2, 0);
	T->nxt	= settr(478,2,6,0,0,"ATOMIC", 1, 2, 0);
	T = trans[3][6] = settr(474,2,0,0,0,"IF", 1, 2, 0);
	T = T->nxt	= settr(474,2,2,0,0,"IF", 1, 2, 0);
	    T->nxt	= settr(474,2,5,0,0,"IF", 1, 2, 0);
	trans[3][2]	= settr(470,2,9,18,18,"((stored[p]&&!(((((plan_of[0]==p)||(plan_of[1]==p))||(((draft[0]!=ABSENT)&&((draft_plan[0]==p)||(draft_previous[0]==p)))||((draft[1]!=ABSENT)&&((draft_plan[1]==p)||(draft_previous[1]==p)))))||(((((((revisions>0)&&(revision[0]==p))||((revisions>1)&&(revision[1]==p)))||((revisions>2)&&(revision[2]==p)))||((revisions>3)&&(revision[3]==p)))||((revisions>4)&&(revision[4]==p)))||((revisions>5)&&(revision[5]==p)))))))", 1, 2, 0); /* m: 3 -> 9,0 */
	reached3[3] = 1;
	trans[3][3]	= settr(0,0,0,0,0,"stored[p] = 0",0,0,0);
	trans[3][4]	= settr(0,0,0,0,0,"garbage[p] = 1",0,0,0);
	trans[3][7]	= settr(475,2,9,1,0,".(goto)", 1, 2, 0);
	trans[3][5]	= settr(473,2,9,2,0,"else", 1, 2, 0);
	T = trans[ 3][9] = settr(477,0,0,0,0,"sub-sequence", 1, 2, 0);
	T->nxt	= settr(477,0,8,0,0,"sub-sequence", 1, 2, 0);
	trans[3][8]	= settr(476,0,25,19,0,"assert((stored[plan_of[0]]&&stored[plan_of[1]]))", 1, 2, 0);
	T = trans[ 3][25] = settr(493,2,0,0,0,"ATOMIC", 1, 2, 0);
	T->nxt	= settr(493,2,17,0,0,"ATOMIC", 1, 2, 0);
	T = trans[3][17] = settr(485,2,0,0,0,"IF", 1, 2, 0);
	T = T->nxt	= settr(485,2,11,0,0,"IF", 1, 2, 0);
	T = T->nxt	= settr(485,2,14,0,0,"IF", 1, 2, 0);
	    T->nxt	= settr(485,2,16,0,0,"IF", 1, 2, 0);
	trans[3][11]	= settr(479,0,29,20,20,"((garbage[p]&&!(stored[p])))", 1, 2, 0); /* m: 12 -> 29,0 */
	reached3[12] = 1;
	trans[3][12]	= settr(0,0,0,0,0,"garbage[p] = 0",0,0,0);
	trans[3][13]	= settr(0,0,0,0,0,"table[p] = 0",0,0,0);
	trans[3][18]	= settr(486,2,19,1,0,".(goto)", 1, 2, 0); /* m: 19 -> 0,29 */
	reached3[19] = 1;
	trans[3][14]	= settr(482,0,29,21,21,"((garbage[p]&&stored[p]))", 1, 2, 0); /* m: 15 -> 29,0 */
	reached3[15] = 1;
	trans[3][15]	= settr(0,0,0,0,0,"garbage[p] = 0",0,0,0);
	trans[3][16]	= settr(484,2,19,2,0,"else", 1, 2, 0);
	trans[3][19]	= settr(487,0,29,22,22,"assert((table[plan_of[0]]&&table[plan_of[1]]))", 1, 2, 0); /* m: 20 -> 0,29 */
	reached3[20] = 1;
	trans[3][20]	= settr(0,0,0,0,0,"assert(((draft[0]==ABSENT)||table[draft_previous[0]]))",0,0,0);
	trans[3][21]	= settr(0,0,0,0,0,"assert(((draft[1]==ABSENT)||table[draft_previous[1]]))",0,0,0);
	trans[3][22]	= settr(0,0,0,0,0,"assert(((draft[0]==ABSENT)||table[draft_plan[0]]))",0,0,0);
	trans[3][23]	= settr(0,0,0,0,0,"assert(((draft[1]==ABSENT)||table[draft_plan[1]]))",0,0,0);
	trans[3][24]	= settr(0,0,0,0,0,"assert(((revisions==0)||table[revision[0]]))",0,0,0);
	trans[3][26]	= settr(0,0,0,0,0,"p = (p+1)",0,0,0);
	trans[3][27]	= settr(495,0,32,2,0,"else", 0, 2, 0);
	trans[3][28]	= settr(496,0,32,1,0,"goto :b1", 0, 2, 0);
	trans[3][31]	= settr(499,0,32,1,0,"break", 0, 2, 0);
	trans[3][32]	= settr(500,0,0,23,23,"-end-", 0, 3500, 0);

	/* proctype 2: operator */

	trans[2] = (Trans **) emalloc(266*sizeof(Trans *));

	trans[2][1]	= settr(204,0,8,24,24,"t = 15", 0, 2, 0);
	T = trans[2][8] = settr(211,0,0,0,0,"IF", 0, 2, 0);
	T = T->nxt	= settr(211,0,2,0,0,"IF", 0, 2, 0);
	T = T->nxt	= settr(211,0,4,0,0,"IF", 0, 2, 0);
	    T->nxt	= settr(211,0,6,0,0,"IF", 0, 2, 0);
	trans[2][2]	= settr(205,0,3,25,0,"(((draft[0]!=ABSENT)&&!(lease_held[0])))", 1, 2, 0);
	trans[2][3]	= settr(206,0,19,26,26,"e = 0", 0, 2, 0);
	trans[2][9]	= settr(212,0,19,1,0,".(goto)", 0, 2, 0);
	trans[2][4]	= settr(207,0,5,27,0,"(((draft[1]!=ABSENT)&&!(lease_held[1])))", 1, 2, 0);
	trans[2][5]	= settr(208,0,19,28,28,"e = 1", 0, 2, 0);
	trans[2][6]	= settr(209,0,261,29,0,"((((working==0)&&(draft[0]==ABSENT))&&(draft[1]==ABSENT)))", 1, 2, 0);
	trans[2][7]	= settr(210,0,261,1,0,"goto over", 0, 2, 0);
	T = trans[ 2][19] = settr(222,0,0,0,0,"sub-sequence", 0, 2, 0);
	T->nxt	= settr(222,0,18,0,0,"sub-sequence", 0, 2, 0);
	T = trans[ 2][18] = settr(221,2,0,0,0,"ATOMIC", 1, 2, 0);
	T->nxt	= settr(221,2,16,0,0,"ATOMIC", 1, 2, 0);
	T = trans[2][16] = settr(219,2,0,0,0,"IF", 1, 2, 0);
	T = T->nxt	= settr(219,2,10,0,0,"IF", 1, 2, 0);
	    T->nxt	= settr(219,2,14,0,0,"IF", 1, 2, 0);
	trans[2][10]	= settr(213,4,20,30,30,"(!(lease_held[e]))", 1, 2, 0); /* m: 11 -> 20,0 */
	reached2[11] = 1;
	trans[2][11]	= settr(0,0,0,0,0,"lease_token[e] = (lease_token[e]+1)",0,0,0);
	trans[2][12]	= settr(0,0,0,0,0,"lease_held[e] = 1",0,0,0);
	trans[2][13]	= settr(0,0,0,0,0,"t = lease_token[e]",0,0,0);
	trans[2][17]	= settr(220,0,20,1,0,".(goto)", 1, 2, 0);
	trans[2][14]	= settr(217,2,15,2,0,"else", 1, 2, 0);
	trans[2][15]	= settr(218,0,258,1,0,"goto give_up", 1, 2, 0);
	trans[2][20]	= settr(223,0,247,31,31,"p = draft_plan[e]", 1, 2, 0);
	T = trans[2][247] = settr(450,0,0,0,0,"IF", 0, 2, 0);
	T = T->nxt	= settr(450,0,21,0,0,"IF", 0, 2, 0);
	T = T->nxt	= settr(450,0,23,0,0,"IF", 0, 2, 0);
	T = T->nxt	= settr(450,0,36,0,0,"IF", 0, 2, 0);
	T = T->nxt	= settr(450,0,108,0,0,"IF", 0, 2, 0);
	    T->nxt	= settr(450,0,234,0,0,"IF", 0, 2, 0);
	trans[2][21]	= settr(224,0,258,32,0,"((draft[e]==ABSENT))", 1, 2, 0);
	trans[2][22]	= settr(225,0,258,1,0,"goto give_up", 0, 2, 0);
	trans[2][248]	= settr(451,0,258,1,0,".(goto)", 0, 2, 0);
	trans[2][23]	= settr(226,0,35,33,0,"(((draft[e]==DRAFT)||(draft[e]==CANDIDATE)))", 1, 2, 0);
	T = trans[ 2][35] = settr(238,0,0,0,0,"sub-sequence", 0, 2, 0);
	T->nxt	= settr(238,0,34,0,0,"sub-sequence", 0, 2, 0);
	T = trans[ 2][34] = settr(237,2,0,0,0,"ATOMIC", 1, 2, 0);
	T->nxt	= settr(237,2,32,0,0,"ATOMIC", 1, 2, 0);
	T = trans[2][32] = settr(235,2,0,0,0,"IF", 1, 2, 0);
	T = T->nxt	= settr(235,2,24,0,0,"IF", 1, 2, 0);
	    T->nxt	= settr(235,2,30,0,0,"IF", 1, 2, 0);
	trans[2][24]	= settr(227,2,26,34,34,"((((lease_token[e]==t)&&(draft[e]!=ABSENT))&&(draft_plan[e]==p)))", 1, 2, 0);
	T = trans[ 2][26] = settr(229,0,0,0,0,"sub-sequence", 1, 2, 0);
	T->nxt	= settr(229,0,25,0,0,"sub-sequence", 1, 2, 0);
	trans[2][25]	= settr(228,0,258,35,35,"assert((lease_token[e]==t))", 1, 2, 0); /* m: 27 -> 0,258 */
	reached2[27] = 1;
	trans[2][27]	= settr(0,0,0,0,0,"draft[e] = ABSENT",0,0,0);
	trans[2][28]	= settr(0,0,0,0,0,"draft_plan[e] = 15",0,0,0);
	trans[2][29]	= settr(0,0,0,0,0,"draft_previous[e] = 15",0,0,0);
	trans[2][33]	= settr(236,0,258,1,0,".(goto)", 1, 2, 0);
	trans[2][30]	= settr(233,2,31,2,0,"else", 1, 2, 0);
	trans[2][31]	= settr(234,0,258,1,0,"goto give_up", 1, 2, 0);
	trans[2][36]	= settr(239,0,44,36,0,"((draft[e]==CANDIDATE))", 1, 2, 0);
	T = trans[ 2][44] = settr(247,0,0,0,0,"sub-sequence", 0, 2, 0);
	T->nxt	= settr(247,0,43,0,0,"sub-sequence", 0, 2, 0);
	T = trans[ 2][43] = settr(246,2,0,0,0,"ATOMIC", 1, 2, 0);
	T->nxt	= settr(246,2,41,0,0,"ATOMIC", 1, 2, 0);
	T = trans[2][41] = settr(244,2,0,0,0,"IF", 1, 2, 0);
	T = T->nxt	= settr(244,2,37,0,0,"IF", 1, 2, 0);
	    T->nxt	= settr(244,2,39,0,0,"IF", 1, 2, 0);
	trans[2][37]	= settr(240,4,58,37,37,"((fence_token[e]<=t))", 1, 2, 0); /* m: 38 -> 58,0 */
	reached2[38] = 1;
	trans[2][38]	= settr(0,0,0,0,0,"fence_token[e] = t",0,0,0);
	trans[2][42]	= settr(245,0,58,1,0,".(goto)", 1, 2, 0);
	trans[2][39]	= settr(242,2,40,2,0,"else", 1, 2, 0);
	trans[2][40]	= settr(243,0,258,1,0,"goto give_up", 1, 2, 0);
	T = trans[ 2][58] = settr(261,0,0,0,0,"sub-sequence", 0, 2, 0);
	T->nxt	= settr(261,0,57,0,0,"sub-sequence", 0, 2, 0);
	T = trans[ 2][57] = settr(260,2,0,0,0,"ATOMIC", 1, 2, 0);
	T->nxt	= settr(260,2,55,0,0,"ATOMIC", 1, 2, 0);
	T = trans[2][55] = settr(258,2,0,0,0,"IF", 1, 2, 0);
	T = T->nxt	= settr(258,2,45,0,0,"IF", 1, 2, 0);
	    T->nxt	= settr(258,2,53,0,0,"IF", 1, 2, 0);
	trans[2][45]	= settr(248,2,47,38,0,"(((((lease_token[e]==t)&&(draft[e]==CANDIDATE))&&(draft_plan[e]==p))&&(((stored[p]&&table[p])&&(plan_of[e]==draft_previous[e]))&&(filled[p]>=filled[draft_previous[e]]))))", 1, 2, 0);
	T = trans[ 2][47] = settr(250,0,0,0,0,"sub-sequence", 1, 2, 0);
	T->nxt	= settr(250,0,46,0,0,"sub-sequence", 1, 2, 0);
	trans[2][46]	= settr(249,2,51,39,39,"assert((lease_token[e]==t))", 1, 2, 0); /* m: 48 -> 0,51 */
	reached2[48] = 1;
	trans[2][48]	= settr(0,0,0,0,0,"plan_of[e] = p",0,0,0);
	trans[2][49]	= settr(0,0,0,0,0,"finalized[e] = 0",0,0,0);
	T = trans[ 2][51] = settr(254,0,0,0,0,"sub-sequence", 1, 2, 0);
	T->nxt	= settr(254,0,50,0,0,"sub-sequence", 1, 2, 0);
	trans[2][50]	= settr(253,4,70,40,40,"assert((stored[plan_of[0]]&&stored[plan_of[1]]))", 1, 2, 0); /* m: 52 -> 0,70 */
	reached2[52] = 1;
	trans[2][52]	= settr(0,0,0,0,0,"draft[e] = SWITCHING",0,0,0);
	trans[2][56]	= settr(259,0,70,1,0,".(goto)", 1, 2, 0);
	trans[2][53]	= settr(256,2,54,2,0,"else", 1, 2, 0);
	trans[2][54]	= settr(257,0,258,1,0,"goto give_up", 1, 2, 0);
	T = trans[ 2][70] = settr(273,0,0,0,0,"sub-sequence", 0, 2, 0);
	T->nxt	= settr(273,0,68,0,0,"sub-sequence", 0, 2, 0);
	T = trans[ 2][68] = settr(271,2,0,0,0,"ATOMIC", 1, 2, 0);
	T->nxt	= settr(271,2,66,0,0,"ATOMIC", 1, 2, 0);
	T = trans[2][66] = settr(269,2,0,0,0,"IF", 1, 2, 0);
	T = T->nxt	= settr(269,2,59,0,0,"IF", 1, 2, 0);
	    T->nxt	= settr(269,2,64,0,0,"IF", 1, 2, 0);
	trans[2][59]	= settr(262,4,69,41,41,"((fence_token[e]==t))", 1, 2, 0); /* m: 60 -> 69,0 */
	reached2[60] = 1;
	trans[2][60]	= settr(0,0,0,0,0,"assert((fence_token[e]==t))",0,0,0);
	trans[2][61]	= settr(0,0,0,0,0,"fence_plan[e] = p",0,0,0);
	trans[2][62]	= settr(0,0,0,0,0,"view_a[e] = p",0,0,0);
	trans[2][63]	= settr(0,0,0,0,0,"view_b[e] = p",0,0,0);
	trans[2][67]	= settr(270,0,69,1,0,".(goto)", 1, 2, 0);
	trans[2][64]	= settr(267,2,65,2,0,"else", 1, 2, 0);
	trans[2][65]	= settr(268,0,258,1,0,"goto give_up", 1, 2, 0);
	trans[2][69]	= settr(272,0,95,1,0,"(1)", 0, 2, 0);
	T = trans[ 2][95] = settr(298,0,0,0,0,"sub-sequence", 0, 2, 0);
	T->nxt	= settr(298,0,94,0,0,"sub-sequence", 0, 2, 0);
	T = trans[ 2][94] = settr(297,2,0,0,0,"ATOMIC", 1, 2, 0);
	T->nxt	= settr(297,2,92,0,0,"ATOMIC", 1, 2, 0);
	T = trans[2][92] = settr(295,2,0,0,0,"IF", 1, 2, 0);
	T = T->nxt	= settr(295,2,71,0,0,"IF", 1, 2, 0);
	    T->nxt	= settr(295,2,90,0,0,"IF", 1, 2, 0);
	trans[2][71]	= settr(274,2,73,42,0,"((((lease_token[e]==t)&&(draft[e]==SWITCHING))&&(draft_plan[e]==p)))", 1, 2, 0);
	T = trans[ 2][73] = settr(276,0,0,0,0,"sub-sequence", 1, 2, 0);
	T->nxt	= settr(276,0,72,0,0,"sub-sequence", 1, 2, 0);
	trans[2][72]	= settr(275,2,88,43,0,"assert((lease_token[e]==t))", 1, 2, 0);
	T = trans[ 2][88] = settr(291,0,0,0,0,"sub-sequence", 1, 2, 0);
	T->nxt	= settr(291,0,74,0,0,"sub-sequence", 1, 2, 0);
	trans[2][74]	= settr(277,2,87,44,44,"finalized[e] = 1", 1, 2, 0); /* m: 75 -> 0,87 */
	reached2[75] = 1;
	trans[2][75]	= settr(0,0,0,0,0,"assert(((view_a[e]==p)&&(view_b[e]==p)))",0,0,0);
	trans[2][76]	= settr(0,0,0,0,0,"assert((filled[p]>=filled[draft_previous[e]]))",0,0,0);
	T = trans[ 2][87] = settr(290,0,0,0,0,"sub-sequence", 1, 2, 0);
	T->nxt	= settr(290,0,77,0,0,"sub-sequence", 1, 2, 0);
	trans[2][77]	= settr(280,2,85,45,45,"assert((revisions<6))", 1, 2, 0); /* m: 78 -> 0,85 */
	reached2[78] = 1;
	trans[2][78]	= settr(0,0,0,0,0,"revision[revisions] = p",0,0,0);
	trans[2][79]	= settr(0,0,0,0,0,"revision_env[revisions] = e",0,0,0);
	trans[2][80]	= settr(0,0,0,0,0,"revisions = (revisions+1)",0,0,0);
	T = trans[2][85] = settr(288,2,0,0,0,"IF", 1, 2, 0);
	T = T->nxt	= settr(288,2,81,0,0,"IF", 1, 2, 0);
	    T->nxt	= settr(288,2,83,0,0,"IF", 1, 2, 0);
	trans[2][81]	= settr(284,4,107,46,46,"((first_revision==15))", 1, 2, 0); /* m: 82 -> 107,0 */
	reached2[82] = 1;
	trans[2][82]	= settr(0,0,0,0,0,"first_revision = revision[0]",0,0,0);
	trans[2][86]	= settr(289,2,89,1,0,".(goto)", 1, 2, 0); /* m: 89 -> 0,107 */
	reached2[89] = 1;
	trans[2][83]	= settr(286,2,84,2,0,"else", 1, 2, 0);
	trans[2][84]	= settr(287,4,107,47,47,"assert((first_revision==revision[0]))", 1, 2, 0); /* m: 89 -> 0,107 */
	reached2[89] = 1;
	trans[2][89]	= settr(292,4,107,48,48,"draft[e] = FINALIZED", 1, 2, 0); /* m: 93 -> 0,107 */
	reached2[93] = 1;
	trans[2][93]	= settr(296,0,107,1,0,".(goto)", 1, 2, 0);
	trans[2][90]	= settr(293,2,91,2,0,"else", 1, 2, 0);
	trans[2][91]	= settr(294,0,258,1,0,"goto give_up", 1, 2, 0);
	T = trans[ 2][107] = settr(310,0,0,0,0,"sub-sequence", 0, 2, 0);
	T->nxt	= settr(310,0,106,0,0,"sub-sequence", 0, 2, 0);
	T = trans[ 2][106] = settr(309,2,0,0,0,"ATOMIC", 1, 2, 0);
	T->nxt	= settr(309,2,104,0,0,"ATOMIC", 1, 2, 0);
	T = trans[2][104] = settr(307,2,0,0,0,"IF", 1, 2, 0);
	T = T->nxt	= settr(307,2,96,0,0,"IF", 1, 2, 0);
	    T->nxt	= settr(307,2,102,0,0,"IF", 1, 2, 0);
	trans[2][96]	= settr(299,2,98,49,49,"((((lease_token[e]==t)&&(draft[e]!=ABSENT))&&(draft_plan[e]==p)))", 1, 2, 0);
	T = trans[ 2][98] = settr(301,0,0,0,0,"sub-sequence", 1, 2, 0);
	T->nxt	= settr(301,0,97,0,0,"sub-sequence", 1, 2, 0);
	trans[2][97]	= settr(300,0,258,50,50,"assert((lease_token[e]==t))", 1, 2, 0); /* m: 99 -> 0,258 */
	reached2[99] = 1;
	trans[2][99]	= settr(0,0,0,0,0,"draft[e] = ABSENT",0,0,0);
	trans[2][100]	= settr(0,0,0,0,0,"draft_plan[e] = 15",0,0,0);
	trans[2][101]	= settr(0,0,0,0,0,"draft_previous[e] = 15",0,0,0);
	trans[2][105]	= settr(308,0,258,1,0,".(goto)", 1, 2, 0);
	trans[2][102]	= settr(305,2,103,2,0,"else", 1, 2, 0);
	trans[2][103]	= settr(306,0,258,1,0,"goto give_up", 1, 2, 0);
	trans[2][108]	= settr(311,0,116,51,0,"((draft[e]==SWITCHING))", 1, 2, 0);
	T = trans[ 2][116] = settr(319,0,0,0,0,"sub-sequence", 0, 2, 0);
	T->nxt	= settr(319,0,115,0,0,"sub-sequence", 0, 2, 0);
	T = trans[ 2][115] = settr(318,2,0,0,0,"ATOMIC", 1, 2, 0);
	T->nxt	= settr(318,2,113,0,0,"ATOMIC", 1, 2, 0);
	T = trans[2][113] = settr(316,2,0,0,0,"IF", 1, 2, 0);
	T = T->nxt	= settr(316,2,109,0,0,"IF", 1, 2, 0);
	    T->nxt	= settr(316,2,111,0,0,"IF", 1, 2, 0);
	trans[2][109]	= settr(312,4,232,52,52,"((fence_token[e]<=t))", 1, 2, 0); /* m: 110 -> 232,0 */
	reached2[110] = 1;
	trans[2][110]	= settr(0,0,0,0,0,"fence_token[e] = t",0,0,0);
	trans[2][114]	= settr(317,0,232,1,0,".(goto)", 1, 2, 0);
	trans[2][111]	= settr(314,2,112,2,0,"else", 1, 2, 0);
	trans[2][112]	= settr(315,0,258,1,0,"goto give_up", 1, 2, 0);
	T = trans[2][232] = settr(435,0,0,0,0,"IF", 0, 2, 0);
	T = T->nxt	= settr(435,0,117,0,0,"IF", 0, 2, 0);
	T = T->nxt	= settr(435,0,155,0,0,"IF", 0, 2, 0);
	    T->nxt	= settr(435,0,205,0,0,"IF", 0, 2, 0);
	trans[2][117]	= settr(320,0,142,53,0,"((fence_plan[e]==p))", 1, 2, 0);
	T = trans[ 2][142] = settr(345,0,0,0,0,"sub-sequence", 0, 2, 0);
	T->nxt	= settr(345,0,141,0,0,"sub-sequence", 0, 2, 0);
	T = trans[ 2][141] = settr(344,2,0,0,0,"ATOMIC", 1, 2, 0);
	T->nxt	= settr(344,2,139,0,0,"ATOMIC", 1, 2, 0);
	T = trans[2][139] = settr(342,2,0,0,0,"IF", 1, 2, 0);
	T = T->nxt	= settr(342,2,118,0,0,"IF", 1, 2, 0);
	    T->nxt	= settr(342,2,137,0,0,"IF", 1, 2, 0);
	trans[2][118]	= settr(321,2,120,54,0,"((((lease_token[e]==t)&&(draft[e]==SWITCHING))&&(draft_plan[e]==p)))", 1, 2, 0);
	T = trans[ 2][120] = settr(323,0,0,0,0,"sub-sequence", 1, 2, 0);
	T->nxt	= settr(323,0,119,0,0,"sub-sequence", 1, 2, 0);
	trans[2][119]	= settr(322,2,135,55,0,"assert((lease_token[e]==t))", 1, 2, 0);
	T = trans[ 2][135] = settr(338,0,0,0,0,"sub-sequence", 1, 2, 0);
	T->nxt	= settr(338,0,121,0,0,"sub-sequence", 1, 2, 0);
	trans[2][121]	= settr(324,2,134,56,56,"finalized[e] = 1", 1, 2, 0); /* m: 122 -> 0,134 */
	reached2[122] = 1;
	trans[2][122]	= settr(0,0,0,0,0,"assert(((view_a[e]==p)&&(view_b[e]==p)))",0,0,0);
	trans[2][123]	= settr(0,0,0,0,0,"assert((filled[p]>=filled[draft_previous[e]]))",0,0,0);
	T = trans[ 2][134] = settr(337,0,0,0,0,"sub-sequence", 1, 2, 0);
	T->nxt	= settr(337,0,124,0,0,"sub-sequence", 1, 2, 0);
	trans[2][124]	= settr(327,2,132,57,57,"assert((revisions<6))", 1, 2, 0); /* m: 125 -> 0,132 */
	reached2[125] = 1;
	trans[2][125]	= settr(0,0,0,0,0,"revision[revisions] = p",0,0,0);
	trans[2][126]	= settr(0,0,0,0,0,"revision_env[revisions] = e",0,0,0);
	trans[2][127]	= settr(0,0,0,0,0,"revisions = (revisions+1)",0,0,0);
	T = trans[2][132] = settr(335,2,0,0,0,"IF", 1, 2, 0);
	T = T->nxt	= settr(335,2,128,0,0,"IF", 1, 2, 0);
	    T->nxt	= settr(335,2,130,0,0,"IF", 1, 2, 0);
	trans[2][128]	= settr(331,4,154,58,58,"((first_revision==15))", 1, 2, 0); /* m: 129 -> 154,0 */
	reached2[129] = 1;
	trans[2][129]	= settr(0,0,0,0,0,"first_revision = revision[0]",0,0,0);
	trans[2][133]	= settr(336,2,136,1,0,".(goto)", 1, 2, 0); /* m: 136 -> 0,154 */
	reached2[136] = 1;
	trans[2][130]	= settr(333,2,131,2,0,"else", 1, 2, 0);
	trans[2][131]	= settr(334,4,154,59,59,"assert((first_revision==revision[0]))", 1, 2, 0); /* m: 136 -> 0,154 */
	reached2[136] = 1;
	trans[2][136]	= settr(339,4,154,60,60,"draft[e] = FINALIZED", 1, 2, 0); /* m: 140 -> 0,154 */
	reached2[140] = 1;
	trans[2][140]	= settr(343,0,154,1,0,".(goto)", 1, 2, 0);
	trans[2][137]	= settr(340,2,138,2,0,"else", 1, 2, 0);
	trans[2][138]	= settr(341,0,258,1,0,"goto give_up", 1, 2, 0);
	T = trans[ 2][154] = settr(357,0,0,0,0,"sub-sequence", 0, 2, 0);
	T->nxt	= settr(357,0,153,0,0,"sub-sequence", 0, 2, 0);
	T = trans[ 2][153] = settr(356,2,0,0,0,"ATOMIC", 1, 2, 0);
	T->nxt	= settr(356,2,151,0,0,"ATOMIC", 1, 2, 0);
	T = trans[2][151] = settr(354,2,0,0,0,"IF", 1, 2, 0);
	T = T->nxt	= settr(354,2,143,0,0,"IF", 1, 2, 0);
	    T->nxt	= settr(354,2,149,0,0,"IF", 1, 2, 0);
	trans[2][143]	= settr(346,2,145,61,61,"((((lease_token[e]==t)&&(draft[e]!=ABSENT))&&(draft_plan[e]==p)))", 1, 2, 0);
	T = trans[ 2][145] = settr(348,0,0,0,0,"sub-sequence", 1, 2, 0);
	T->nxt	= settr(348,0,144,0,0,"sub-sequence", 1, 2, 0);
	trans[2][144]	= settr(347,0,258,62,62,"assert((lease_token[e]==t))", 1, 2, 0); /* m: 146 -> 0,258 */
	reached2[146] = 1;
	trans[2][146]	= settr(0,0,0,0,0,"draft[e] = ABSENT",0,0,0);
	trans[2][147]	= settr(0,0,0,0,0,"draft_plan[e] = 15",0,0,0);
	trans[2][148]	= settr(0,0,0,0,0,"draft_previous[e] = 15",0,0,0);
	trans[2][152]	= settr(355,0,258,1,0,".(goto)", 1, 2, 0);
	trans[2][149]	= settr(352,2,150,2,0,"else", 1, 2, 0);
	trans[2][150]	= settr(353,0,258,1,0,"goto give_up", 1, 2, 0);
	trans[2][233]	= settr(436,0,258,1,0,".(goto)", 0, 2, 0);
	trans[2][155]	= settr(358,0,167,63,0,"((fence_plan[e]!=p))", 1, 2, 0);
	T = trans[ 2][167] = settr(370,0,0,0,0,"sub-sequence", 0, 2, 0);
	T->nxt	= settr(370,0,165,0,0,"sub-sequence", 0, 2, 0);
	T = trans[ 2][165] = settr(368,2,0,0,0,"ATOMIC", 1, 2, 0);
	T->nxt	= settr(368,2,163,0,0,"ATOMIC", 1, 2, 0);
	T = trans[2][163] = settr(366,2,0,0,0,"IF", 1, 2, 0);
	T = T->nxt	= settr(366,2,156,0,0,"IF", 1, 2, 0);
	    T->nxt	= settr(366,2,161,0,0,"IF", 1, 2, 0);
	trans[2][156]	= settr(359,4,166,64,64,"((fence_token[e]==t))", 1, 2, 0); /* m: 157 -> 166,0 */
	reached2[157] = 1;
	trans[2][157]	= settr(0,0,0,0,0,"assert((fence_token[e]==t))",0,0,0);
	trans[2][158]	= settr(0,0,0,0,0,"fence_plan[e] = p",0,0,0);
	trans[2][159]	= settr(0,0,0,0,0,"view_a[e] = p",0,0,0);
	trans[2][160]	= settr(0,0,0,0,0,"view_b[e] = p",0,0,0);
	trans[2][164]	= settr(367,0,166,1,0,".(goto)", 1, 2, 0);
	trans[2][161]	= settr(364,2,162,2,0,"else", 1, 2, 0);
	trans[2][162]	= settr(365,0,258,1,0,"goto give_up", 1, 2, 0);
	trans[2][166]	= settr(369,0,192,1,0,"(1)", 0, 2, 0);
	T = trans[ 2][192] = settr(395,0,0,0,0,"sub-sequence", 0, 2, 0);
	T->nxt	= settr(395,0,191,0,0,"sub-sequence", 0, 2, 0);
	T = trans[ 2][191] = settr(394,2,0,0,0,"ATOMIC", 1, 2, 0);
	T->nxt	= settr(394,2,189,0,0,"ATOMIC", 1, 2, 0);
	T = trans[2][189] = settr(392,2,0,0,0,"IF", 1, 2, 0);
	T = T->nxt	= settr(392,2,168,0,0,"IF", 1, 2, 0);
	    T->nxt	= settr(392,2,187,0,0,"IF", 1, 2, 0);
	trans[2][168]	= settr(371,2,170,65,0,"((((lease_token[e]==t)&&(draft[e]==SWITCHING))&&(draft_plan[e]==p)))", 1, 2, 0);
	T = trans[ 2][170] = settr(373,0,0,0,0,"sub-sequence", 1, 2, 0);
	T->nxt	= settr(373,0,169,0,0,"sub-sequence", 1, 2, 0);
	trans[2][169]	= settr(372,2,185,66,0,"assert((lease_token[e]==t))", 1, 2, 0);
	T = trans[ 2][185] = settr(388,0,0,0,0,"sub-sequence", 1, 2, 0);
	T->nxt	= settr(388,0,171,0,0,"sub-sequence", 1, 2, 0);
	trans[2][171]	= settr(374,2,184,67,67,"finalized[e] = 1", 1, 2, 0); /* m: 172 -> 0,184 */
	reached2[172] = 1;
	trans[2][172]	= settr(0,0,0,0,0,"assert(((view_a[e]==p)&&(view_b[e]==p)))",0,0,0);
	trans[2][173]	= settr(0,0,0,0,0,"assert((filled[p]>=filled[draft_previous[e]]))",0,0,0);
	T = trans[ 2][184] = settr(387,0,0,0,0,"sub-sequence", 1, 2, 0);
	T->nxt	= settr(387,0,174,0,0,"sub-sequence", 1, 2, 0);
	trans[2][174]	= settr(377,2,182,68,68,"assert((revisions<6))", 1, 2, 0); /* m: 175 -> 0,182 */
	reached2[175] = 1;
	trans[2][175]	= settr(0,0,0,0,0,"revision[revisions] = p",0,0,0);
	trans[2][176]	= settr(0,0,0,0,0,"revision_env[revisions] = e",0,0,0);
	trans[2][177]	= settr(0,0,0,0,0,"revisions = (revisions+1)",0,0,0);
	T = trans[2][182] = settr(385,2,0,0,0,"IF", 1, 2, 0);
	T = T->nxt	= settr(385,2,178,0,0,"IF", 1, 2, 0);
	    T->nxt	= settr(385,2,180,0,0,"IF", 1, 2, 0);
	trans[2][178]	= settr(381,4,204,69,69,"((first_revision==15))", 1, 2, 0); /* m: 179 -> 204,0 */
	reached2[179] = 1;
	trans[2][179]	= settr(0,0,0,0,0,"first_revision = revision[0]",0,0,0);
	trans[2][183]	= settr(386,2,186,1,0,".(goto)", 1, 2, 0); /* m: 186 -> 0,204 */
	reached2[186] = 1;
	trans[2][180]	= settr(383,2,181,2,0,"else", 1, 2, 0);
	trans[2][181]	= settr(384,4,204,70,70,"assert((first_revision==revision[0]))", 1, 2, 0); /* m: 186 -> 0,204 */
	reached2[186] = 1;
	trans[2][186]	= settr(389,4,204,71,71,"draft[e] = FINALIZED", 1, 2, 0); /* m: 190 -> 0,204 */
	reached2[190] = 1;
	trans[2][190]	= settr(393,0,204,1,0,".(goto)", 1, 2, 0);
	trans[2][187]	= settr(390,2,188,2,0,"else", 1, 2, 0);
	trans[2][188]	= settr(391,0,258,1,0,"goto give_up", 1, 2, 0);
	T = trans[ 2][204] = settr(407,0,0,0,0,"sub-sequence", 0, 2, 0);
	T->nxt	= settr(407,0,203,0,0,"sub-sequence", 0, 2, 0);
	T = trans[ 2][203] = settr(406,2,0,0,0,"ATOMIC", 1, 2, 0);
	T->nxt	= settr(406,2,201,0,0,"ATOMIC", 1, 2, 0);
	T = trans[2][201] = settr(404,2,0,0,0,"IF", 1, 2, 0);
	T = T->nxt	= settr(404,2,193,0,0,"IF", 1, 2, 0);
	    T->nxt	= settr(404,2,199,0,0,"IF", 1, 2, 0);
	trans[2][193]	= settr(396,2,195,72,72,"((((lease_token[e]==t)&&(draft[e]!=ABSENT))&&(draft_plan[e]==p)))", 1, 2, 0);
	T = trans[ 2][195] = settr(398,0,0,0,0,"sub-sequence", 1, 2, 0);
	T->nxt	= settr(398,0,194,0,0,"sub-sequence", 1, 2, 0);
	trans[2][194]	= settr(397,0,258,73,73,"assert((lease_token[e]==t))", 1, 2, 0); /* m: 196 -> 0,258 */
	reached2[196] = 1;
	trans[2][196]	= settr(0,0,0,0,0,"draft[e] = ABSENT",0,0,0);
	trans[2][197]	= settr(0,0,0,0,0,"draft_plan[e] = 15",0,0,0);
	trans[2][198]	= settr(0,0,0,0,0,"draft_previous[e] = 15",0,0,0);
	trans[2][202]	= settr(405,0,258,1,0,".(goto)", 1, 2, 0);
	trans[2][199]	= settr(402,2,200,2,0,"else", 1, 2, 0);
	trans[2][200]	= settr(403,0,258,1,0,"goto give_up", 1, 2, 0);
	trans[2][205]	= settr(408,0,219,74,0,"((fence_plan[e]!=p))", 1, 2, 0);
	T = trans[ 2][219] = settr(422,0,0,0,0,"sub-sequence", 0, 2, 0);
	T->nxt	= settr(422,0,218,0,0,"sub-sequence", 0, 2, 0);
	T = trans[ 2][218] = settr(421,2,0,0,0,"ATOMIC", 1, 2, 0);
	T->nxt	= settr(421,2,216,0,0,"ATOMIC", 1, 2, 0);
	T = trans[2][216] = settr(419,2,0,0,0,"IF", 1, 2, 0);
	T = T->nxt	= settr(419,2,206,0,0,"IF", 1, 2, 0);
	    T->nxt	= settr(419,2,214,0,0,"IF", 1, 2, 0);
	trans[2][206]	= settr(409,2,208,75,0,"((((lease_token[e]==t)&&(draft[e]==SWITCHING))&&(draft_plan[e]==p)))", 1, 2, 0);
	T = trans[ 2][208] = settr(411,0,0,0,0,"sub-sequence", 1, 2, 0);
	T->nxt	= settr(411,0,207,0,0,"sub-sequence", 1, 2, 0);
	trans[2][207]	= settr(410,2,212,76,76,"assert((lease_token[e]==t))", 1, 2, 0); /* m: 209 -> 0,212 */
	reached2[209] = 1;
	trans[2][209]	= settr(0,0,0,0,0,"plan_of[e] = draft_previous[e]",0,0,0);
	trans[2][210]	= settr(0,0,0,0,0,"finalized[e] = 1",0,0,0);
	T = trans[ 2][212] = settr(415,0,0,0,0,"sub-sequence", 1, 2, 0);
	T->nxt	= settr(415,0,211,0,0,"sub-sequence", 1, 2, 0);
	trans[2][211]	= settr(414,4,231,77,77,"assert((stored[plan_of[0]]&&stored[plan_of[1]]))", 1, 2, 0); /* m: 213 -> 0,231 */
	reached2[213] = 1;
	trans[2][213]	= settr(0,0,0,0,0,"draft[e] = CANDIDATE",0,0,0);
	trans[2][217]	= settr(420,0,231,1,0,".(goto)", 1, 2, 0);
	trans[2][214]	= settr(417,2,215,2,0,"else", 1, 2, 0);
	trans[2][215]	= settr(418,0,258,1,0,"goto give_up", 1, 2, 0);
	T = trans[ 2][231] = settr(434,0,0,0,0,"sub-sequence", 0, 2, 0);
	T->nxt	= settr(434,0,230,0,0,"sub-sequence", 0, 2, 0);
	T = trans[ 2][230] = settr(433,2,0,0,0,"ATOMIC", 1, 2, 0);
	T->nxt	= settr(433,2,228,0,0,"ATOMIC", 1, 2, 0);
	T = trans[2][228] = settr(431,2,0,0,0,"IF", 1, 2, 0);
	T = T->nxt	= settr(431,2,220,0,0,"IF", 1, 2, 0);
	    T->nxt	= settr(431,2,226,0,0,"IF", 1, 2, 0);
	trans[2][220]	= settr(423,2,222,78,78,"((((lease_token[e]==t)&&(draft[e]!=ABSENT))&&(draft_plan[e]==p)))", 1, 2, 0);
	T = trans[ 2][222] = settr(425,0,0,0,0,"sub-sequence", 1, 2, 0);
	T->nxt	= settr(425,0,221,0,0,"sub-sequence", 1, 2, 0);
	trans[2][221]	= settr(424,0,258,79,79,"assert((lease_token[e]==t))", 1, 2, 0); /* m: 223 -> 0,258 */
	reached2[223] = 1;
	trans[2][223]	= settr(0,0,0,0,0,"draft[e] = ABSENT",0,0,0);
	trans[2][224]	= settr(0,0,0,0,0,"draft_plan[e] = 15",0,0,0);
	trans[2][225]	= settr(0,0,0,0,0,"draft_previous[e] = 15",0,0,0);
	trans[2][229]	= settr(432,0,258,1,0,".(goto)", 1, 2, 0);
	trans[2][226]	= settr(429,2,227,2,0,"else", 1, 2, 0);
	trans[2][227]	= settr(430,0,258,1,0,"goto give_up", 1, 2, 0);
	trans[2][234]	= settr(437,0,246,80,0,"((draft[e]==FINALIZED))", 1, 2, 0);
	T = trans[ 2][246] = settr(449,0,0,0,0,"sub-sequence", 0, 2, 0);
	T->nxt	= settr(449,0,245,0,0,"sub-sequence", 0, 2, 0);
	T = trans[ 2][245] = settr(448,2,0,0,0,"ATOMIC", 1, 2, 0);
	T->nxt	= settr(448,2,243,0,0,"ATOMIC", 1, 2, 0);
	T = trans[2][243] = settr(446,2,0,0,0,"IF", 1, 2, 0);
	T = T->nxt	= settr(446,2,235,0,0,"IF", 1, 2, 0);
	    T->nxt	= settr(446,2,241,0,0,"IF", 1, 2, 0);
	trans[2][235]	= settr(438,2,237,81,81,"((((lease_token[e]==t)&&(draft[e]!=ABSENT))&&(draft_plan[e]==p)))", 1, 2, 0);
	T = trans[ 2][237] = settr(440,0,0,0,0,"sub-sequence", 1, 2, 0);
	T->nxt	= settr(440,0,236,0,0,"sub-sequence", 1, 2, 0);
	trans[2][236]	= settr(439,0,258,82,82,"assert((lease_token[e]==t))", 1, 2, 0); /* m: 238 -> 0,258 */
	reached2[238] = 1;
	trans[2][238]	= settr(0,0,0,0,0,"draft[e] = ABSENT",0,0,0);
	trans[2][239]	= settr(0,0,0,0,0,"draft_plan[e] = 15",0,0,0);
	trans[2][240]	= settr(0,0,0,0,0,"draft_previous[e] = 15",0,0,0);
	trans[2][244]	= settr(447,0,258,1,0,".(goto)", 1, 2, 0);
	trans[2][241]	= settr(444,2,242,2,0,"else", 1, 2, 0);
	trans[2][242]	= settr(445,0,258,1,0,"goto give_up", 1, 2, 0);
	T = trans[2][258] = settr(461,0,0,0,0,"IF", 0, 2, 0);
	T = T->nxt	= settr(461,0,249,0,0,"IF", 0, 2, 0);
	    T->nxt	= settr(461,0,257,0,0,"IF", 0, 2, 0);
	trans[2][249]	= settr(452,0,256,83,0,"((t!=15))", 0, 2, 0);
	T = trans[ 2][256] = settr(459,0,0,0,0,"sub-sequence", 0, 2, 0);
	T->nxt	= settr(459,0,255,0,0,"sub-sequence", 0, 2, 0);
	T = trans[ 2][255] = settr(458,2,0,0,0,"ATOMIC", 1, 2, 0);
	T->nxt	= settr(458,2,253,0,0,"ATOMIC", 1, 2, 0);
	T = trans[2][253] = settr(456,2,0,0,0,"IF", 1, 2, 0);
	T = T->nxt	= settr(456,2,250,0,0,"IF", 1, 2, 0);
	    T->nxt	= settr(456,2,252,0,0,"IF", 1, 2, 0);
	trans[2][250]	= settr(453,0,1,84,84,"((lease_token[e]==t))", 1, 2, 0); /* m: 251 -> 1,0 */
	reached2[251] = 1;
	trans[2][251]	= settr(0,0,0,0,0,"lease_held[e] = 0",0,0,0);
	trans[2][254]	= settr(457,0,1,85,85,".(goto)", 1, 2, 0);
	trans[2][252]	= settr(455,2,254,2,0,"else", 1, 2, 0);
	trans[2][259]	= settr(462,0,1,1,0,".(goto)", 0, 2, 0);
	trans[2][257]	= settr(460,0,1,2,0,"else", 0, 2, 0);
	trans[2][260]	= settr(463,0,1,1,0,"goto again", 0, 2, 0);
	trans[2][261]	= settr(464,0,262,86,0,"assert((finalized[0]&&finalized[1]))", 1, 2, 0);
	trans[2][262]	= settr(465,0,263,87,0,"assert(((view_a[0]==plan_of[0])&&(view_b[0]==plan_of[0])))", 1, 2, 0);
	trans[2][263]	= settr(466,0,264,88,0,"assert(((view_a[1]==plan_of[1])&&(view_b[1]==plan_of[1])))", 1, 2, 0);
	trans[2][264]	= settr(467,0,265,89,0,"assert((table[plan_of[0]]&&table[plan_of[1]]))", 1, 2, 0);
	trans[2][265]	= settr(468,0,0,90,90,"-end-", 0, 3500, 0);

	/* proctype 1: clock */

	trans[1] = (Trans **) emalloc(21*sizeof(Trans *));

	trans[1][18]	= settr(201,0,17,1,0,".(goto)", 0, 2, 0);
	T = trans[1][17] = settr(200,0,0,0,0,"DO", 0, 2, 0);
	T = T->nxt	= settr(200,0,4,0,0,"DO", 0, 2, 0);
	T = T->nxt	= settr(200,0,8,0,0,"DO", 0, 2, 0);
	T = T->nxt	= settr(200,0,11,0,0,"DO", 0, 2, 0);
	T = T->nxt	= settr(200,0,14,0,0,"DO", 0, 2, 0);
	    T->nxt	= settr(200,0,15,0,0,"DO", 0, 2, 0);
	T = trans[ 1][4] = settr(187,2,0,0,0,"ATOMIC", 1, 2, 0);
	T->nxt	= settr(187,2,1,0,0,"ATOMIC", 1, 2, 0);
	trans[1][1]	= settr(184,0,17,91,91,"(((expiries>0)&&lease_held[0]))", 1, 2, 0); /* m: 2 -> 17,0 */
	reached1[2] = 1;
	trans[1][2]	= settr(0,0,0,0,0,"expiries = (expiries-1)",0,0,0);
	trans[1][3]	= settr(0,0,0,0,0,"lease_held[0] = 0",0,0,0);
	T = trans[ 1][8] = settr(191,2,0,0,0,"ATOMIC", 1, 2, 0);
	T->nxt	= settr(191,2,5,0,0,"ATOMIC", 1, 2, 0);
	trans[1][5]	= settr(188,0,17,92,92,"(((expiries>0)&&lease_held[1]))", 1, 2, 0); /* m: 6 -> 17,0 */
	reached1[6] = 1;
	trans[1][6]	= settr(0,0,0,0,0,"expiries = (expiries-1)",0,0,0);
	trans[1][7]	= settr(0,0,0,0,0,"lease_held[1] = 0",0,0,0);
	T = trans[ 1][11] = settr(194,2,0,0,0,"ATOMIC", 1, 2, 0);
	T->nxt	= settr(194,2,9,0,0,"ATOMIC", 1, 2, 0);
	trans[1][9]	= settr(192,0,17,93,93,"(((working==0)&&lease_held[0]))", 1, 2, 0); /* m: 10 -> 17,0 */
	reached1[10] = 1;
	trans[1][10]	= settr(0,0,0,0,0,"lease_held[0] = 0",0,0,0);
	T = trans[ 1][14] = settr(197,2,0,0,0,"ATOMIC", 1, 2, 0);
	T->nxt	= settr(197,2,12,0,0,"ATOMIC", 1, 2, 0);
	trans[1][12]	= settr(195,0,17,94,94,"(((working==0)&&lease_held[1]))", 1, 2, 0); /* m: 13 -> 17,0 */
	reached1[13] = 1;
	trans[1][13]	= settr(0,0,0,0,0,"lease_held[1] = 0",0,0,0);
	trans[1][15]	= settr(198,0,20,95,0,"((((((working==0)&&!(lease_held[0]))&&!(lease_held[1]))&&(draft[0]==ABSENT))&&(draft[1]==ABSENT)))", 1, 2, 0);
	trans[1][16]	= settr(199,0,20,1,0,"goto :b0", 0, 2, 0);
	trans[1][19]	= settr(202,0,20,1,0,"break", 0, 2, 0);
	trans[1][20]	= settr(203,0,0,96,96,"-end-", 0, 3500, 0);

	/* proctype 0: deployer */

	trans[0] = (Trans **) emalloc(185*sizeof(Trans *));

	T = trans[0][3] = settr(2,0,0,0,0,"IF", 0, 2, 0);
	T = T->nxt	= settr(2,0,1,0,0,"IF", 0, 2, 0);
	    T->nxt	= settr(2,0,2,0,0,"IF", 0, 2, 0);
	trans[0][1]	= settr(0,0,14,97,97,"e = 0", 0, 2, 0);
	trans[0][4]	= settr(3,0,14,1,0,".(goto)", 0, 2, 0);
	trans[0][2]	= settr(1,0,14,98,98,"e = 1", 0, 2, 0);
	T = trans[ 0][14] = settr(13,0,0,0,0,"sub-sequence", 0, 2, 0);
	T->nxt	= settr(13,0,13,0,0,"sub-sequence", 0, 2, 0);
	T = trans[ 0][13] = settr(12,2,0,0,0,"ATOMIC", 1, 2, 0);
	T->nxt	= settr(12,2,11,0,0,"ATOMIC", 1, 2, 0);
	T = trans[0][11] = settr(10,2,0,0,0,"IF", 1, 2, 0);
	T = T->nxt	= settr(10,2,5,0,0,"IF", 1, 2, 0);
	    T->nxt	= settr(10,2,9,0,0,"IF", 1, 2, 0);
	trans[0][5]	= settr(4,4,22,99,99,"(!(lease_held[e]))", 1, 2, 0); /* m: 6 -> 22,0 */
	reached0[6] = 1;
	trans[0][6]	= settr(0,0,0,0,0,"lease_token[e] = (lease_token[e]+1)",0,0,0);
	trans[0][7]	= settr(0,0,0,0,0,"lease_held[e] = 1",0,0,0);
	trans[0][8]	= settr(0,0,0,0,0,"t = lease_token[e]",0,0,0);
	trans[0][12]	= settr(11,0,22,1,0,".(goto)", 1, 2, 0);
	trans[0][9]	= settr(8,2,10,2,0,"else", 1, 2, 0);
	trans[0][10]	= settr(9,0,180,1,0,"goto give_up", 1, 2, 0);
	T = trans[ 0][22] = settr(21,0,0,0,0,"sub-sequence", 0, 2, 0);
	T->nxt	= settr(21,0,20,0,0,"sub-sequence", 0, 2, 0);
	T = trans[0][20] = settr(19,0,0,0,0,"IF", 0, 2, 0);
	T = T->nxt	= settr(19,0,15,0,0,"IF", 0, 2, 0);
	    T->nxt	= settr(19,0,19,0,0,"IF", 0, 2, 0);
	trans[0][15]	= settr(14,0,34,1,0,"(1)", 0, 2, 0);
	trans[0][21]	= settr(20,0,34,1,0,".(goto)", 0, 2, 0);
	T = trans[ 0][19] = settr(18,2,0,0,0,"ATOMIC", 1, 2, 0);
	T->nxt	= settr(18,2,16,0,0,"ATOMIC", 1, 2, 0);
	trans[0][16]	= settr(15,4,183,100,100,"((crashes>0))", 1, 2, 0); /* m: 17 -> 183,0 */
	reached0[17] = 1;
	trans[0][17]	= settr(0,0,0,0,0,"crashes = (crashes-1)",0,0,0);
	trans[0][18]	= settr(17,0,183,1,0,"goto dead", 1, 2, 0);
	T = trans[ 0][34] = settr(33,2,0,0,0,"ATOMIC", 1, 2, 0);
	T->nxt	= settr(33,2,32,0,0,"ATOMIC", 1, 2, 0);
	T = trans[0][32] = settr(31,2,0,0,0,"IF", 1, 2, 0);
	T = T->nxt	= settr(31,2,23,0,0,"IF", 1, 2, 0);
	    T->nxt	= settr(31,2,30,0,0,"IF", 1, 2, 0);
	trans[0][23]	= settr(22,2,25,101,0,"((((lease_token[e]==t)&&(draft[e]==ABSENT))&&(((stored[p]&&table[p])&&(plan_of[e]==plan_of[e]))&&(filled[p]>=filled[plan_of[e]]))))", 1, 2, 0);
	T = trans[ 0][25] = settr(24,0,0,0,0,"sub-sequence", 1, 2, 0);
	T->nxt	= settr(24,0,24,0,0,"sub-sequence", 1, 2, 0);
	trans[0][24]	= settr(23,4,42,102,102,"assert((lease_token[e]==t))", 1, 2, 0); /* m: 26 -> 0,42 */
	reached0[26] = 1;
	trans[0][26]	= settr(0,0,0,0,0,"assert((draft[e]==ABSENT))",0,0,0);
	trans[0][27]	= settr(0,0,0,0,0,"draft[e] = DRAFT",0,0,0);
	trans[0][28]	= settr(0,0,0,0,0,"draft_plan[e] = p",0,0,0);
	trans[0][29]	= settr(0,0,0,0,0,"draft_previous[e] = plan_of[e]",0,0,0);
	trans[0][33]	= settr(32,0,42,1,0,".(goto)", 1, 2, 0);
	trans[0][30]	= settr(29,2,31,2,0,"else", 1, 2, 0);
	trans[0][31]	= settr(30,0,180,1,0,"goto give_up", 1, 2, 0);
	T = trans[ 0][42] = settr(41,0,0,0,0,"sub-sequence", 0, 2, 0);
	T->nxt	= settr(41,0,40,0,0,"sub-sequence", 0, 2, 0);
	T = trans[0][40] = settr(39,0,0,0,0,"IF", 0, 2, 0);
	T = T->nxt	= settr(39,0,35,0,0,"IF", 0, 2, 0);
	    T->nxt	= settr(39,0,39,0,0,"IF", 0, 2, 0);
	trans[0][35]	= settr(34,0,51,1,0,"(1)", 0, 2, 0);
	trans[0][41]	= settr(40,0,51,1,0,".(goto)", 0, 2, 0);
	T = trans[ 0][39] = settr(38,2,0,0,0,"ATOMIC", 1, 2, 0);
	T->nxt	= settr(38,2,36,0,0,"ATOMIC", 1, 2, 0);
	trans[0][36]	= settr(35,4,183,103,103,"((crashes>0))", 1, 2, 0); /* m: 37 -> 183,0 */
	reached0[37] = 1;
	trans[0][37]	= settr(0,0,0,0,0,"crashes = (crashes-1)",0,0,0);
	trans[0][38]	= settr(37,0,183,1,0,"goto dead", 1, 2, 0);
	T = trans[ 0][51] = settr(50,2,0,0,0,"ATOMIC", 1, 2, 0);
	T->nxt	= settr(50,2,49,0,0,"ATOMIC", 1, 2, 0);
	T = trans[0][49] = settr(48,2,0,0,0,"IF", 1, 2, 0);
	T = T->nxt	= settr(48,2,43,0,0,"IF", 1, 2, 0);
	    T->nxt	= settr(48,2,47,0,0,"IF", 1, 2, 0);
	trans[0][43]	= settr(42,2,45,104,0,"((((lease_token[e]==t)&&(draft[e]==DRAFT))&&(draft_plan[e]==p)))", 1, 2, 0);
	T = trans[ 0][45] = settr(44,0,0,0,0,"sub-sequence", 1, 2, 0);
	T->nxt	= settr(44,0,44,0,0,"sub-sequence", 1, 2, 0);
	trans[0][44]	= settr(43,4,59,105,105,"assert((lease_token[e]==t))", 1, 2, 0); /* m: 46 -> 0,59 */
	reached0[46] = 1;
	trans[0][46]	= settr(0,0,0,0,0,"draft[e] = CANDIDATE",0,0,0);
	trans[0][50]	= settr(49,0,59,1,0,".(goto)", 1, 2, 0);
	trans[0][47]	= settr(46,2,48,2,0,"else", 1, 2, 0);
	trans[0][48]	= settr(47,0,180,1,0,"goto give_up", 1, 2, 0);
	T = trans[ 0][59] = settr(58,0,0,0,0,"sub-sequence", 0, 2, 0);
	T->nxt	= settr(58,0,57,0,0,"sub-sequence", 0, 2, 0);
	T = trans[0][57] = settr(56,0,0,0,0,"IF", 0, 2, 0);
	T = T->nxt	= settr(56,0,52,0,0,"IF", 0, 2, 0);
	    T->nxt	= settr(56,0,56,0,0,"IF", 0, 2, 0);
	trans[0][52]	= settr(51,0,67,1,0,"(1)", 0, 2, 0);
	trans[0][58]	= settr(57,0,67,1,0,".(goto)", 0, 2, 0);
	T = trans[ 0][56] = settr(55,2,0,0,0,"ATOMIC", 1, 2, 0);
	T->nxt	= settr(55,2,53,0,0,"ATOMIC", 1, 2, 0);
	trans[0][53]	= settr(52,4,183,106,106,"((crashes>0))", 1, 2, 0); /* m: 54 -> 183,0 */
	reached0[54] = 1;
	trans[0][54]	= settr(0,0,0,0,0,"crashes = (crashes-1)",0,0,0);
	trans[0][55]	= settr(54,0,183,1,0,"goto dead", 1, 2, 0);
	T = trans[ 0][67] = settr(66,0,0,0,0,"sub-sequence", 0, 2, 0);
	T->nxt	= settr(66,0,66,0,0,"sub-sequence", 0, 2, 0);
	T = trans[ 0][66] = settr(65,2,0,0,0,"ATOMIC", 1, 2, 0);
	T->nxt	= settr(65,2,64,0,0,"ATOMIC", 1, 2, 0);
	T = trans[0][64] = settr(63,2,0,0,0,"IF", 1, 2, 0);
	T = T->nxt	= settr(63,2,60,0,0,"IF", 1, 2, 0);
	    T->nxt	= settr(63,2,62,0,0,"IF", 1, 2, 0);
	trans[0][60]	= settr(59,4,75,107,107,"((fence_token[e]<=t))", 1, 2, 0); /* m: 61 -> 75,0 */
	reached0[61] = 1;
	trans[0][61]	= settr(0,0,0,0,0,"fence_token[e] = t",0,0,0);
	trans[0][65]	= settr(64,0,75,1,0,".(goto)", 1, 2, 0);
	trans[0][62]	= settr(61,2,63,2,0,"else", 1, 2, 0);
	trans[0][63]	= settr(62,0,180,1,0,"goto give_up", 1, 2, 0);
	T = trans[ 0][75] = settr(74,0,0,0,0,"sub-sequence", 0, 2, 0);
	T->nxt	= settr(74,0,73,0,0,"sub-sequence", 0, 2, 0);
	T = trans[0][73] = settr(72,0,0,0,0,"IF", 0, 2, 0);
	T = T->nxt	= settr(72,0,68,0,0,"IF", 0, 2, 0);
	    T->nxt	= settr(72,0,72,0,0,"IF", 0, 2, 0);
	trans[0][68]	= settr(67,0,89,1,0,"(1)", 0, 2, 0);
	trans[0][74]	= settr(73,0,89,1,0,".(goto)", 0, 2, 0);
	T = trans[ 0][72] = settr(71,2,0,0,0,"ATOMIC", 1, 2, 0);
	T->nxt	= settr(71,2,69,0,0,"ATOMIC", 1, 2, 0);
	trans[0][69]	= settr(68,4,183,108,108,"((crashes>0))", 1, 2, 0); /* m: 70 -> 183,0 */
	reached0[70] = 1;
	trans[0][70]	= settr(0,0,0,0,0,"crashes = (crashes-1)",0,0,0);
	trans[0][71]	= settr(70,0,183,1,0,"goto dead", 1, 2, 0);
	T = trans[ 0][89] = settr(88,0,0,0,0,"sub-sequence", 0, 2, 0);
	T->nxt	= settr(88,0,88,0,0,"sub-sequence", 0, 2, 0);
	T = trans[ 0][88] = settr(87,2,0,0,0,"ATOMIC", 1, 2, 0);
	T->nxt	= settr(87,2,86,0,0,"ATOMIC", 1, 2, 0);
	T = trans[0][86] = settr(85,2,0,0,0,"IF", 1, 2, 0);
	T = T->nxt	= settr(85,2,76,0,0,"IF", 1, 2, 0);
	    T->nxt	= settr(85,2,84,0,0,"IF", 1, 2, 0);
	trans[0][76]	= settr(75,2,78,109,0,"(((((lease_token[e]==t)&&(draft[e]==CANDIDATE))&&(draft_plan[e]==p))&&(((stored[p]&&table[p])&&(plan_of[e]==draft_previous[e]))&&(filled[p]>=filled[draft_previous[e]]))))", 1, 2, 0);
	T = trans[ 0][78] = settr(77,0,0,0,0,"sub-sequence", 1, 2, 0);
	T->nxt	= settr(77,0,77,0,0,"sub-sequence", 1, 2, 0);
	trans[0][77]	= settr(76,2,82,110,110,"assert((lease_token[e]==t))", 1, 2, 0); /* m: 79 -> 0,82 */
	reached0[79] = 1;
	trans[0][79]	= settr(0,0,0,0,0,"plan_of[e] = p",0,0,0);
	trans[0][80]	= settr(0,0,0,0,0,"finalized[e] = 0",0,0,0);
	T = trans[ 0][82] = settr(81,0,0,0,0,"sub-sequence", 1, 2, 0);
	T->nxt	= settr(81,0,81,0,0,"sub-sequence", 1, 2, 0);
	trans[0][81]	= settr(80,4,97,111,111,"assert((stored[plan_of[0]]&&stored[plan_of[1]]))", 1, 2, 0); /* m: 83 -> 0,97 */
	reached0[83] = 1;
	trans[0][83]	= settr(0,0,0,0,0,"draft[e] = SWITCHING",0,0,0);
	trans[0][87]	= settr(86,0,97,1,0,".(goto)", 1, 2, 0);
	trans[0][84]	= settr(83,2,85,2,0,"else", 1, 2, 0);
	trans[0][85]	= settr(84,0,180,1,0,"goto give_up", 1, 2, 0);
	T = trans[ 0][97] = settr(96,0,0,0,0,"sub-sequence", 0, 2, 0);
	T->nxt	= settr(96,0,95,0,0,"sub-sequence", 0, 2, 0);
	T = trans[0][95] = settr(94,0,0,0,0,"IF", 0, 2, 0);
	T = T->nxt	= settr(94,0,90,0,0,"IF", 0, 2, 0);
	    T->nxt	= settr(94,0,94,0,0,"IF", 0, 2, 0);
	trans[0][90]	= settr(89,0,109,1,0,"(1)", 0, 2, 0);
	trans[0][96]	= settr(95,0,109,1,0,".(goto)", 0, 2, 0);
	T = trans[ 0][94] = settr(93,2,0,0,0,"ATOMIC", 1, 2, 0);
	T->nxt	= settr(93,2,91,0,0,"ATOMIC", 1, 2, 0);
	trans[0][91]	= settr(90,4,183,112,112,"((crashes>0))", 1, 2, 0); /* m: 92 -> 183,0 */
	reached0[92] = 1;
	trans[0][92]	= settr(0,0,0,0,0,"crashes = (crashes-1)",0,0,0);
	trans[0][93]	= settr(92,0,183,1,0,"goto dead", 1, 2, 0);
	T = trans[ 0][109] = settr(108,0,0,0,0,"sub-sequence", 0, 2, 0);
	T->nxt	= settr(108,0,107,0,0,"sub-sequence", 0, 2, 0);
	T = trans[ 0][107] = settr(106,2,0,0,0,"ATOMIC", 1, 2, 0);
	T->nxt	= settr(106,2,105,0,0,"ATOMIC", 1, 2, 0);
	T = trans[0][105] = settr(104,2,0,0,0,"IF", 1, 2, 0);
	T = T->nxt	= settr(104,2,98,0,0,"IF", 1, 2, 0);
	    T->nxt	= settr(104,2,103,0,0,"IF", 1, 2, 0);
	trans[0][98]	= settr(97,4,108,113,113,"((fence_token[e]==t))", 1, 2, 0); /* m: 99 -> 108,0 */
	reached0[99] = 1;
	trans[0][99]	= settr(0,0,0,0,0,"assert((fence_token[e]==t))",0,0,0);
	trans[0][100]	= settr(0,0,0,0,0,"fence_plan[e] = p",0,0,0);
	trans[0][101]	= settr(0,0,0,0,0,"view_a[e] = p",0,0,0);
	trans[0][102]	= settr(0,0,0,0,0,"view_b[e] = p",0,0,0);
	trans[0][106]	= settr(105,0,108,1,0,".(goto)", 1, 2, 0);
	trans[0][103]	= settr(102,2,104,2,0,"else", 1, 2, 0);
	trans[0][104]	= settr(103,0,180,1,0,"goto give_up", 1, 2, 0);
	trans[0][108]	= settr(107,0,117,1,0,"(1)", 0, 2, 0);
	T = trans[ 0][117] = settr(116,0,0,0,0,"sub-sequence", 0, 2, 0);
	T->nxt	= settr(116,0,115,0,0,"sub-sequence", 0, 2, 0);
	T = trans[0][115] = settr(114,0,0,0,0,"IF", 0, 2, 0);
	T = T->nxt	= settr(114,0,110,0,0,"IF", 0, 2, 0);
	    T->nxt	= settr(114,0,114,0,0,"IF", 0, 2, 0);
	trans[0][110]	= settr(109,0,142,1,0,"(1)", 0, 2, 0);
	trans[0][116]	= settr(115,0,142,1,0,".(goto)", 0, 2, 0);
	T = trans[ 0][114] = settr(113,2,0,0,0,"ATOMIC", 1, 2, 0);
	T->nxt	= settr(113,2,111,0,0,"ATOMIC", 1, 2, 0);
	trans[0][111]	= settr(110,4,183,114,114,"((crashes>0))", 1, 2, 0); /* m: 112 -> 183,0 */
	reached0[112] = 1;
	trans[0][112]	= settr(0,0,0,0,0,"crashes = (crashes-1)",0,0,0);
	trans[0][113]	= settr(112,0,183,1,0,"goto dead", 1, 2, 0);
	T = trans[ 0][142] = settr(141,0,0,0,0,"sub-sequence", 0, 2, 0);
	T->nxt	= settr(141,0,141,0,0,"sub-sequence", 0, 2, 0);
	T = trans[ 0][141] = settr(140,2,0,0,0,"ATOMIC", 1, 2, 0);
	T->nxt	= settr(140,2,139,0,0,"ATOMIC", 1, 2, 0);
	T = trans[0][139] = settr(138,2,0,0,0,"IF", 1, 2, 0);
	T = T->nxt	= settr(138,2,118,0,0,"IF", 1, 2, 0);
	    T->nxt	= settr(138,2,137,0,0,"IF", 1, 2, 0);
	trans[0][118]	= settr(117,2,120,115,0,"((((lease_token[e]==t)&&(draft[e]==SWITCHING))&&(draft_plan[e]==p)))", 1, 2, 0);
	T = trans[ 0][120] = settr(119,0,0,0,0,"sub-sequence", 1, 2, 0);
	T->nxt	= settr(119,0,119,0,0,"sub-sequence", 1, 2, 0);
	trans[0][119]	= settr(118,2,135,116,0,"assert((lease_token[e]==t))", 1, 2, 0);
	T = trans[ 0][135] = settr(134,0,0,0,0,"sub-sequence", 1, 2, 0);
	T->nxt	= settr(134,0,121,0,0,"sub-sequence", 1, 2, 0);
	trans[0][121]	= settr(120,2,134,117,117,"finalized[e] = 1", 1, 2, 0); /* m: 122 -> 0,134 */
	reached0[122] = 1;
	trans[0][122]	= settr(0,0,0,0,0,"assert(((view_a[e]==p)&&(view_b[e]==p)))",0,0,0);
	trans[0][123]	= settr(0,0,0,0,0,"assert((filled[p]>=filled[draft_previous[e]]))",0,0,0);
	T = trans[ 0][134] = settr(133,0,0,0,0,"sub-sequence", 1, 2, 0);
	T->nxt	= settr(133,0,124,0,0,"sub-sequence", 1, 2, 0);
	trans[0][124]	= settr(123,2,132,118,118,"assert((revisions<6))", 1, 2, 0); /* m: 125 -> 0,132 */
	reached0[125] = 1;
	trans[0][125]	= settr(0,0,0,0,0,"revision[revisions] = p",0,0,0);
	trans[0][126]	= settr(0,0,0,0,0,"revision_env[revisions] = e",0,0,0);
	trans[0][127]	= settr(0,0,0,0,0,"revisions = (revisions+1)",0,0,0);
	T = trans[0][132] = settr(131,2,0,0,0,"IF", 1, 2, 0);
	T = T->nxt	= settr(131,2,128,0,0,"IF", 1, 2, 0);
	    T->nxt	= settr(131,2,130,0,0,"IF", 1, 2, 0);
	trans[0][128]	= settr(127,4,150,119,119,"((first_revision==15))", 1, 2, 0); /* m: 129 -> 150,0 */
	reached0[129] = 1;
	trans[0][129]	= settr(0,0,0,0,0,"first_revision = revision[0]",0,0,0);
	trans[0][133]	= settr(132,2,136,1,0,".(goto)", 1, 2, 0); /* m: 136 -> 0,150 */
	reached0[136] = 1;
	trans[0][130]	= settr(129,2,131,2,0,"else", 1, 2, 0);
	trans[0][131]	= settr(130,4,150,120,120,"assert((first_revision==revision[0]))", 1, 2, 0); /* m: 136 -> 0,150 */
	reached0[136] = 1;
	trans[0][136]	= settr(135,4,150,121,121,"draft[e] = FINALIZED", 1, 2, 0); /* m: 140 -> 0,150 */
	reached0[140] = 1;
	trans[0][140]	= settr(139,0,150,1,0,".(goto)", 1, 2, 0);
	trans[0][137]	= settr(136,2,138,2,0,"else", 1, 2, 0);
	trans[0][138]	= settr(137,0,180,1,0,"goto give_up", 1, 2, 0);
	T = trans[ 0][150] = settr(149,0,0,0,0,"sub-sequence", 0, 2, 0);
	T->nxt	= settr(149,0,148,0,0,"sub-sequence", 0, 2, 0);
	T = trans[0][148] = settr(147,0,0,0,0,"IF", 0, 2, 0);
	T = T->nxt	= settr(147,0,143,0,0,"IF", 0, 2, 0);
	    T->nxt	= settr(147,0,147,0,0,"IF", 0, 2, 0);
	trans[0][143]	= settr(142,0,162,1,0,"(1)", 0, 2, 0);
	trans[0][149]	= settr(148,0,162,1,0,".(goto)", 0, 2, 0);
	T = trans[ 0][147] = settr(146,2,0,0,0,"ATOMIC", 1, 2, 0);
	T->nxt	= settr(146,2,144,0,0,"ATOMIC", 1, 2, 0);
	trans[0][144]	= settr(143,4,183,122,122,"((crashes>0))", 1, 2, 0); /* m: 145 -> 183,0 */
	reached0[145] = 1;
	trans[0][145]	= settr(0,0,0,0,0,"crashes = (crashes-1)",0,0,0);
	trans[0][146]	= settr(145,0,183,1,0,"goto dead", 1, 2, 0);
	T = trans[ 0][162] = settr(161,0,0,0,0,"sub-sequence", 0, 2, 0);
	T->nxt	= settr(161,0,161,0,0,"sub-sequence", 0, 2, 0);
	T = trans[ 0][161] = settr(160,2,0,0,0,"ATOMIC", 1, 2, 0);
	T->nxt	= settr(160,2,159,0,0,"ATOMIC", 1, 2, 0);
	T = trans[0][159] = settr(158,2,0,0,0,"IF", 1, 2, 0);
	T = T->nxt	= settr(158,2,151,0,0,"IF", 1, 2, 0);
	    T->nxt	= settr(158,2,157,0,0,"IF", 1, 2, 0);
	trans[0][151]	= settr(150,2,153,123,123,"((((lease_token[e]==t)&&(draft[e]!=ABSENT))&&(draft_plan[e]==p)))", 1, 2, 0);
	T = trans[ 0][153] = settr(152,0,0,0,0,"sub-sequence", 1, 2, 0);
	T->nxt	= settr(152,0,152,0,0,"sub-sequence", 1, 2, 0);
	trans[0][152]	= settr(151,4,170,124,124,"assert((lease_token[e]==t))", 1, 2, 0); /* m: 154 -> 0,170 */
	reached0[154] = 1;
	trans[0][154]	= settr(0,0,0,0,0,"draft[e] = ABSENT",0,0,0);
	trans[0][155]	= settr(0,0,0,0,0,"draft_plan[e] = 15",0,0,0);
	trans[0][156]	= settr(0,0,0,0,0,"draft_previous[e] = 15",0,0,0);
	trans[0][160]	= settr(159,0,170,1,0,".(goto)", 1, 2, 0);
	trans[0][157]	= settr(156,2,158,2,0,"else", 1, 2, 0);
	trans[0][158]	= settr(157,0,180,1,0,"goto give_up", 1, 2, 0);
	T = trans[ 0][170] = settr(169,0,0,0,0,"sub-sequence", 0, 2, 0);
	T->nxt	= settr(169,0,168,0,0,"sub-sequence", 0, 2, 0);
	T = trans[0][168] = settr(167,0,0,0,0,"IF", 0, 2, 0);
	T = T->nxt	= settr(167,0,163,0,0,"IF", 0, 2, 0);
	    T->nxt	= settr(167,0,167,0,0,"IF", 0, 2, 0);
	trans[0][163]	= settr(162,0,180,1,0,"(1)", 0, 2, 0);
	trans[0][169]	= settr(168,0,180,1,0,".(goto)", 0, 2, 0);
	T = trans[ 0][167] = settr(166,2,0,0,0,"ATOMIC", 1, 2, 0);
	T->nxt	= settr(166,2,164,0,0,"ATOMIC", 1, 2, 0);
	trans[0][164]	= settr(163,4,183,125,125,"((crashes>0))", 1, 2, 0); /* m: 165 -> 183,0 */
	reached0[165] = 1;
	trans[0][165]	= settr(0,0,0,0,0,"crashes = (crashes-1)",0,0,0);
	trans[0][166]	= settr(165,0,183,1,0,"goto dead", 1, 2, 0);
	T = trans[0][180] = settr(179,0,0,0,0,"IF", 0, 2, 0);
	T = T->nxt	= settr(179,0,171,0,0,"IF", 0, 2, 0);
	    T->nxt	= settr(179,0,179,0,0,"IF", 0, 2, 0);
	trans[0][171]	= settr(170,0,178,126,0,"((t!=15))", 0, 2, 0);
	T = trans[ 0][178] = settr(177,0,0,0,0,"sub-sequence", 0, 2, 0);
	T->nxt	= settr(177,0,177,0,0,"sub-sequence", 0, 2, 0);
	T = trans[ 0][177] = settr(176,2,0,0,0,"ATOMIC", 1, 2, 0);
	T->nxt	= settr(176,2,175,0,0,"ATOMIC", 1, 2, 0);
	T = trans[0][175] = settr(174,2,0,0,0,"IF", 1, 2, 0);
	T = T->nxt	= settr(174,2,172,0,0,"IF", 1, 2, 0);
	    T->nxt	= settr(174,2,174,0,0,"IF", 1, 2, 0);
	trans[0][172]	= settr(171,0,183,127,127,"((lease_token[e]==t))", 1, 2, 0); /* m: 173 -> 183,0 */
	reached0[173] = 1;
	trans[0][173]	= settr(0,0,0,0,0,"lease_held[e] = 0",0,0,0);
	trans[0][176]	= settr(175,0,183,128,128,".(goto)", 1, 2, 0);
	trans[0][174]	= settr(173,2,176,2,0,"else", 1, 2, 0);
	trans[0][181]	= settr(180,0,183,1,0,".(goto)", 0, 2, 0);
	trans[0][179]	= settr(178,0,183,2,0,"else", 0, 2, 0);
	T = trans[ 0][183] = settr(182,2,0,0,0,"ATOMIC", 1, 2, 0);
	T->nxt	= settr(182,2,182,0,0,"ATOMIC", 1, 2, 0);
	trans[0][182]	= settr(181,0,184,129,129,"working = (working-1)", 1, 2, 0);
	trans[0][184]	= settr(183,0,0,130,130,"-end-", 0, 3500, 0);
	/* np_ demon: */
	trans[_NP_] = (Trans **) emalloc(3*sizeof(Trans *));
	T = trans[_NP_][0] = settr(9997,0,1,_T5,0,"(np_)", 1,2,0);
	    T->nxt	  = settr(9998,0,0,_T2,0,"(1)",   0,2,0);
	T = trans[_NP_][1] = settr(9999,0,1,_T5,0,"(np_)", 1,2,0);
}

Trans *
settr(	int t_id, int a, int b, int c, int d,
	char *t, int g, int tpe0, int tpe1)
{	Trans *tmp = (Trans *) emalloc(sizeof(Trans));

	tmp->atom  = a&(6|32);	/* only (2|8|32) have meaning */
	if (!g) tmp->atom |= 8;	/* no global references */
	tmp->st    = b;
	tmp->tpe[0] = tpe0;
	tmp->tpe[1] = tpe1;
	tmp->tp    = t;
	tmp->t_id  = t_id;
	tmp->forw  = c;
	tmp->back  = d;
	return tmp;
}

Trans *
cpytr(Trans *a)
{	Trans *tmp = (Trans *) emalloc(sizeof(Trans));

	int i;
	tmp->atom  = a->atom;
	tmp->st    = a->st;
#ifdef HAS_UNLESS
	tmp->e_trans = a->e_trans;
	for (i = 0; i < HAS_UNLESS; i++)
		tmp->escp[i] = a->escp[i];
#endif
	tmp->tpe[0] = a->tpe[0];
	tmp->tpe[1] = a->tpe[1];
	for (i = 0; i < 6; i++)
	{	tmp->qu[i] = a->qu[i];
		tmp->ty[i] = a->ty[i];
	}
	tmp->tp    = (char *) emalloc(strlen(a->tp)+1);
	strcpy(tmp->tp, a->tp);
	tmp->t_id  = a->t_id;
	tmp->forw  = a->forw;
	tmp->back  = a->back;
	return tmp;
}

#ifndef NOREDUCE
int
srinc_set(int n)
{	if (n <= 2) return LOCAL;
	if (n <= 2+  DELTA) return Q_FULL_F; /* 's' or nfull  */
	if (n <= 2+2*DELTA) return Q_EMPT_F; /* 'r' or nempty */
	if (n <= 2+3*DELTA) return Q_EMPT_T; /* empty */
	if (n <= 2+4*DELTA) return Q_FULL_T; /* full  */
	if (n ==   5*DELTA) return GLOBAL;
	if (n ==   6*DELTA) return TIMEOUT_F;
	if (n ==   7*DELTA) return ALPHA_F;
	Uerror("cannot happen srinc_class");
	return BAD;
}
int
srunc(int n, int m)
{	switch(m) {
	case Q_FULL_F: return n-2;
	case Q_EMPT_F: return n-2-DELTA;
	case Q_EMPT_T: return n-2-2*DELTA;
	case Q_FULL_T: return n-2-3*DELTA;
	case ALPHA_F:
	case TIMEOUT_F: return 257; /* non-zero, and > MAXQ */
	}
	Uerror("cannot happen srunc");
	return 0;
}
#endif
int cnt;
#ifdef HAS_UNLESS
int
isthere(Trans *a, int b)
{	Trans *t;
	for (t = a; t; t = t->nxt)
		if (t->t_id == b)
			return 1;
	return 0;
}
#endif
#ifndef NOREDUCE
int
mark_safety(Trans *t) /* for conditional safety */
{	int g = 0, i, j, k;

	if (!t) return 0;
	if (t->qu[0])
		return (t->qu[1])?2:1;	/* marked */

	for (i = 0; i < 2; i++)
	{	j = srinc_set(t->tpe[i]);
		if (j >= GLOBAL && j != ALPHA_F)
			return -1;
		if (j != LOCAL)
		{	k = srunc(t->tpe[i], j);
			if (g == 0
			||  t->qu[0] != k
			||  t->ty[0] != j)
			{	t->qu[g] = k;
				t->ty[g] = j;
				g++;
	}	}	}
	return g;
}
#endif
void
retrans(int n, int m, int is, short srcln[], uchar reach[], uchar lpstate[])
	/* process n, with m states, is=initial state */
{	Trans *T0, *T1, *T2, *T3;
	Trans *T4, *T5; /* t_reverse or has_unless */
	int i;
#if defined(HAS_UNLESS) || !defined(NOREDUCE)
	int k;
#endif
#ifndef NOREDUCE
	int g, h, j, aa;
#endif
#ifdef HAS_UNLESS
	int p;
#endif
	if (state_tables >= 4)
	{	printf("STEP 1 %s\n", 
			procname[n]);
		for (i = 1; i < m; i++)
		for (T0 = trans[n][i]; T0; T0 = T0->nxt)
			crack(n, i, T0, srcln);
		return;
	}
	do {
		for (i = 1, cnt = 0; i < m; i++)
		{	T2 = trans[n][i];
			T1 = T2?T2->nxt:(Trans *)0;
/* prescan: */		for (T0 = T1; T0; T0 = T0->nxt)
/* choice in choice */	{	if (T0->st && trans[n][T0->st]
				&&  trans[n][T0->st]->nxt)
					break;
			}
#if 0
		if (T0)
		printf("\tstate %d / %d: choice in choice\n",
		i, T0->st);
#endif
			if (T0)
			for (T0 = T1; T0; T0 = T0->nxt)
			{	T3 = trans[n][T0->st];
				if (!T3->nxt)
				{	T2->nxt = cpytr(T0);
					T2 = T2->nxt;
					imed(T2, T0->st, n, i);
					continue;
				}
				do {	T3 = T3->nxt;
					T2->nxt = cpytr(T3);
					T2 = T2->nxt;
					imed(T2, T0->st, n, i);
				} while (T3->nxt);
				cnt++;
			}
		}
	} while (cnt);
	if (state_tables >= 3)
	{	printf("STEP 2 %s\n", 
			procname[n]);
		for (i = 1; i < m; i++)
		for (T0 = trans[n][i]; T0; T0 = T0->nxt)
			crack(n, i, T0, srcln);
		return;
	}
	for (i = 1; i < m; i++)
	{	if (trans[n][i] && trans[n][i]->nxt) /* optimize */
		{	T1 = trans[n][i]->nxt;
#if 0
			printf("\t\tpull %d (%d) to %d\n",
			T1->st, T1->forw, i);
#endif
			srcln[i] = srcln[T1->st];	/* Oyvind Teig, 5.2.0 */

			if (!trans[n][T1->st]) continue;
			T0 = cpytr(trans[n][T1->st]);
			trans[n][i] = T0;
			reach[T1->st] = 1;
			imed(T0, T1->st, n, i);
			for (T1 = T1->nxt; T1; T1 = T1->nxt)
			{
#if 0
			printf("\t\tpull %d (%d) to %d\n",
				T1->st, T1->forw, i);
#endif
		/*		srcln[i] = srcln[T1->st];  gh: not useful */
				if (!trans[n][T1->st]) continue;
				T0->nxt = cpytr(trans[n][T1->st]);
				T0 = T0->nxt;
				reach[T1->st] = 1;
				imed(T0, T1->st, n, i);
	}	}	}
	if (state_tables >= 2)
	{	printf("STEP 3 %s\n", 
			procname[n]);
		for (i = 1; i < m; i++)
		for (T0 = trans[n][i]; T0; T0 = T0->nxt)
			crack(n, i, T0, srcln);
		return;
	}
#ifdef HAS_UNLESS
	for (i = 1; i < m; i++)
	{	if (!trans[n][i]) continue;
		/* check for each state i if an
		 * escape to some state p is defined
		 * if so, copy and mark p's transitions
		 * and prepend them to the transition-
		 * list of state i
		 */
	 if (!like_java) /* the default */
	 {	for (T0 = trans[n][i]; T0; T0 = T0->nxt)
		for (k = HAS_UNLESS-1; k >= 0; k--)
		{	if (p = T0->escp[k])
			for (T1 = trans[n][p]; T1; T1 = T1->nxt)
			{	if (isthere(trans[n][i], T1->t_id))
					continue;
				T2 = cpytr(T1);
				T2->e_trans = p;
				T2->nxt = trans[n][i];
				trans[n][i] = T2;
		}	}
	 } else /* outermost unless checked first */
	 {	T4 = T3 = (Trans *) 0;
		for (T0 = trans[n][i]; T0; T0 = T0->nxt)
		for (k = HAS_UNLESS-1; k >= 0; k--)
		{	if (p = T0->escp[k])
			for (T1 = trans[n][p]; T1; T1 = T1->nxt)
			{	if (isthere(trans[n][i], T1->t_id))
					continue;
				T2 = cpytr(T1);
				T2->nxt = (Trans *) 0;
				T2->e_trans = p;
				if (T3)	T3->nxt = T2;
				else	T4 = T2;
				T3 = T2;
		}	}
		if (T4)
		{	T3->nxt = trans[n][i];
			trans[n][i] = T4;
		}
	 }
	}
#endif
#ifndef NOREDUCE
	for (i = 1; i < m; i++)
	{	if (a_cycles)
		{ /* moves through these states are visible */
	#if PROG_LAB>0 && defined(HAS_NP)
			if (progstate[n][i])
				goto degrade;
			for (T1 = trans[n][i]; T1; T1 = T1->nxt)
				if (progstate[n][T1->st])
					goto degrade;
	#endif
			if (accpstate[n][i] || visstate[n][i])
				goto degrade;
			for (T1 = trans[n][i]; T1; T1 = T1->nxt)
				if (accpstate[n][T1->st])
					goto degrade;
		}
		T1 = trans[n][i];
		if (!T1) continue;
		g = mark_safety(T1);	/* V3.3.1 */
		if (g < 0) goto degrade; /* global */
		/* check if mixing of guards preserves reduction */
		if (T1->nxt)
		{	k = 0;
			for (T0 = T1; T0; T0 = T0->nxt)
			{	if (!(T0->atom&8))
					goto degrade;
				for (aa = 0; aa < 2; aa++)
				{	j = srinc_set(T0->tpe[aa]);
					if (j >= GLOBAL && j != ALPHA_F)
						goto degrade;
					if (T0->tpe[aa]
					&&  T0->tpe[aa]
					!=  T1->tpe[0])
						k = 1;
			}	}
			/* g = 0;	V3.3.1 */
			if (k)	/* non-uniform selection */
			for (T0 = T1; T0; T0 = T0->nxt)
			for (aa = 0; aa < 2; aa++)
			{	j = srinc_set(T0->tpe[aa]);
				if (j != LOCAL)
				{	k = srunc(T0->tpe[aa], j);
					for (h = 0; h < 6; h++)
						if (T1->qu[h] == k
						&&  T1->ty[h] == j)
							break;
					if (h >= 6)
					{	T1->qu[g%6] = k;
						T1->ty[g%6] = j;
						g++;
			}	}	}
			if (g > 6)
			{	T1->qu[0] = 0;	/* turn it off */
				printf("pan: warning, line %d, ",
					srcln[i]);
			 	printf("too many stmnt types (%d)",
					g);
			  	printf(" in selection\n");
			  goto degrade;
			}
		}
		/* mark all options global if >=1 is global */
		for (T1 = trans[n][i]; T1; T1 = T1->nxt)
			if (!(T1->atom&8)) break;
		if (T1)
degrade:	for (T1 = trans[n][i]; T1; T1 = T1->nxt)
			T1->atom &= ~8;	/* mark as unsafe */
		/* can only mix 'r's or 's's if on same chan */
		/* and not mixed with other local operations */
		T1 = trans[n][i];
		if (!T1 || T1->qu[0]) continue;
		j = T1->tpe[0];
		if (T1->nxt && T1->atom&8)
		{ if (j == 5*DELTA)
		  {	printf("warning: line %d ", srcln[i]);
			printf("mixed condition ");
			printf("(defeats reduction)\n");
			goto degrade;
		  }
		  for (T0 = T1; T0; T0 = T0->nxt)
		  for (aa = 0; aa < 2; aa++)
		  if  (T0->tpe[aa] && T0->tpe[aa] != j)
		  {	printf("warning: line %d ", srcln[i]);
			printf("[%d-%d] mixed %stion ",
				T0->tpe[aa], j, 
				(j==5*DELTA)?"condi":"selec");
			printf("(defeats reduction)\n");
			printf("	'%s' <-> '%s'\n",
				T1->tp, T0->tp);
			goto degrade;
		} }
	}
#endif
	for (i = 1; i < m; i++)
	{	T2 = trans[n][i];
		if (!T2
		||  T2->nxt
		||  strncmp(T2->tp, ".(goto)", 7)
		||  !stopstate[n][i])
			continue;
		stopstate[n][T2->st] = 1;
	}
	if (state_tables && !verbose)
	{	if (dodot)
		{	char buf[256], *q = buf, *p = procname[n];
			while (*p != '\0')
			{	if (*p != ':')
				{	*q++ = *p;
				}
				p++;
			}
			*q = '\0';
			printf("digraph ");
			switch (Btypes[n]) {
			case I_PROC:  printf("init {\n"); break;
			case N_CLAIM: printf("claim_%s {\n", buf); break;
			case E_TRACE: printf("notrace {\n"); break;
			case N_TRACE: printf("trace {\n"); break;
			default:      printf("p_%s {\n", buf); break;
			}
			printf("size=\"8,10\";\n");
			printf("  GT [shape=box,style=dotted,label=\"%s\"];\n", buf);
			printf("  GT -> S%d;\n", is);
		} else
		{	switch (Btypes[n]) {
			case I_PROC:  printf("init\n"); break;
			case N_CLAIM: printf("claim %s\n", procname[n]); break;
			case E_TRACE: printf("notrace assertion\n"); break;
			case N_TRACE: printf("trace assertion\n"); break;
			default:      printf("proctype %s\n", procname[n]); break;
		}	}
		for (i = 1; i < m; i++)
		{	reach[i] = 1;
		}
		tagtable(n, m, is, srcln, reach);
		if (dodot) printf("}\n");
	} else
	for (i = 1; i < m; i++)
	{	int nrelse;
		if (Btypes[n] != N_CLAIM)
		{	for (T0 = trans[n][i]; T0; T0 = T0->nxt)
			{	if (T0->st == i
				&& strcmp(T0->tp, "(1)") == 0)
				{	printf("error: proctype '%s' ",
						procname[n]);
		  			printf("line %d, state %d: has un",
						srcln[i], i);
					printf("conditional self-loop\n");
					pan_exit(1);
		}	}	}
		nrelse = 0;
		for (T0 = trans[n][i]; T0; T0 = T0->nxt)
		{	if (strcmp(T0->tp, "else") == 0)
				nrelse++;
		}
		if (nrelse > 1)
		{	printf("error: proctype '%s' state",
				procname[n]);
		  	printf(" %d, inherits %d", i, nrelse);
		  	printf(" 'else' stmnts\n");
			pan_exit(1);
	}	}
#if !defined(LOOPSTATE) && !defined(BFS_PAR)
	if (state_tables)
#endif
	do_dfs(n, m, is, srcln, reach, lpstate);

	if (!t_reverse)
	{	return;
	}
	/* process n, with m states, is=initial state -- reverse list */
	if (!state_tables && Btypes[n] != N_CLAIM)
	{	for (i = 1; i < m; i++)
		{	Trans *Tx = (Trans *) 0; /* list of escapes */
			Trans *Ty = (Trans *) 0; /* its tail element */
			T1 = (Trans *) 0; /* reversed list */
			T2 = (Trans *) 0; /* its tail */
			T3 = (Trans *) 0; /* remembers possible 'else' */

			/* find unless-escapes, they should go first */
			T4 = T5 = T0 = trans[n][i];
	#ifdef HAS_UNLESS
			while (T4 && T4->e_trans) /* escapes are first in orig list */
			{	T5 = T4;	  /* remember predecessor */
				T4 = T4->nxt;
			}
	#endif
			/* T4 points to first non-escape, T5 to its parent, T0 to original list */
			if (T4 != T0)		 /* there was at least one escape */
			{	T3 = T5->nxt;		 /* start of non-escapes */
				T5->nxt = (Trans *) 0;	 /* separate */
				Tx = T0;		 /* start of the escapes */
				Ty = T5;		 /* its tail */
				T0 = T3;		 /* the rest, to be reversed */
			}
			/* T0 points to first non-escape, Tx to the list of escapes, Ty to its tail */

			/* first tail-add non-escape transitions, reversed */
			T3 = (Trans *) 0;
			for (T5 = T0; T5; T5 = T4)
			{	T4 = T5->nxt;
	#ifdef HAS_UNLESS
				if (T5->e_trans)
				{	printf("error: cannot happen!\n");
					continue;
				}
	#endif
				if (strcmp(T5->tp, "else") == 0)
				{	T3 = T5;
					T5->nxt = (Trans *) 0;
				} else
				{	T5->nxt = T1;
					if (!T1) { T2 = T5; }
					T1 = T5;
			}	}
			/* T3 points to a possible else, which is removed from the list */
			/* T1 points to the reversed list so far (without escapes) */
			/* T2 points to the tail element -- where the else should go */
			if (T2 && T3)
			{	T2->nxt = T3;	/* add else */
			} else
			{	if (T3) /* there was an else, but there's no tail */
				{	if (!T1)	/* and no reversed list */
					{	T1 = T3; /* odd, but possible */
					} else		/* even stranger */
					{	T1->nxt = T3;
			}	}	}

			/* add in the escapes, to that they appear at the front */
			if (Tx && Ty) { Ty->nxt = T1; T1 = Tx; }

			trans[n][i] = T1;
			/* reversed, with escapes first and else last */
	}	}
	if (state_tables && verbose)
	{	printf("FINAL proctype %s\n", 
			procname[n]);
		for (i = 1; i < m; i++)
		for (T0 = trans[n][i]; T0; T0 = T0->nxt)
			crack(n, i, T0, srcln);
	}
}
void
imed(Trans *T, int v, int n, int j)	/* set intermediate state */
{	progstate[n][T->st] |= progstate[n][v];
	accpstate[n][T->st] |= accpstate[n][v];
	stopstate[n][T->st] |= stopstate[n][v];
	mapstate[n][j] = T->st;
}
void
tagtable(int n, int m, int is, short srcln[], uchar reach[])
{	Trans *z;

	if (is >= m || !trans[n][is]
	||  is <= 0 || reach[is] == 0)
		return;
	reach[is] = 0;
	if (state_tables)
	for (z = trans[n][is]; z; z = z->nxt)
	{	if (dodot)
			dot_crack(n, is, z);
		else
			crack(n, is, z, srcln);
	}

	for (z = trans[n][is]; z; z = z->nxt)
	{
#ifdef HAS_UNLESS
		int i, j;
#endif
		tagtable(n, m, z->st, srcln, reach);
#ifdef HAS_UNLESS
		for (i = 0; i < HAS_UNLESS; i++)
		{	j = trans[n][is]->escp[i];
			if (!j) break;
			tagtable(n, m, j, srcln, reach);
		}
#endif
	}
}

extern Trans *t_id_lkup[];

void
dfs_table(int n, int m, int is, short srcln[], uchar reach[], uchar lpstate[])
{	Trans *z;

	if (is >= m || is <= 0 || !trans[n][is])
		return;
	if ((reach[is] & (4|8|16)) != 0)
	{	if ((reach[is] & (8|16)) == 16)	/* on stack, not yet recorded */
		{	lpstate[is] = 1;
			reach[is] |= 8; /* recorded */
			if (state_tables && verbose)
			{	printf("state %d line %d is a loopstate\n", is, srcln[is]);
		}	}
		return;
	}
	reach[is] |= (4|16);	/* visited | onstack */
	for (z = trans[n][is]; z; z = z->nxt)
	{	t_id_lkup[z->t_id] = z;
#ifdef HAS_UNLESS
		int i, j;
#endif
		dfs_table(n, m, z->st, srcln, reach, lpstate);
#ifdef HAS_UNLESS
		for (i = 0; i < HAS_UNLESS; i++)
		{	j = trans[n][is]->escp[i];
			if (!j) break;
			dfs_table(n, m, j, srcln, reach, lpstate);
		}
#endif
	}
	reach[is] &= ~16; /* no longer on stack */
}
void
do_dfs(int n, int m, int is, short srcln[], uchar reach[], uchar lpstate[])
{	int i;
	dfs_table(n, m, is, srcln, reach, lpstate);
	for (i = 0; i < m; i++)
		reach[i] &= ~(4|8|16);
}
void
crack(int n, int j, Trans *z, short srcln[])
{	int i;

	if (!z) return;
	printf("	state %3d -(tr %3d)-> state %3d  ",
		j, z->forw, z->st);
	printf("[id %3d tp %3d", z->t_id, z->tpe[0]);
	if (z->tpe[1]) printf(",%d", z->tpe[1]);
#ifdef HAS_UNLESS
	if (z->e_trans)
		printf(" org %3d", z->e_trans);
	else if (state_tables >= 2)
	for (i = 0; i < HAS_UNLESS; i++)
	{	if (!z->escp[i]) break;
		printf(" esc %d", z->escp[i]);
	}
#endif
	printf("]");
	printf(" [%s%s%s%s%s] %s:%d => ",
		z->atom&6?"A":z->atom&32?"D":"-",
		accpstate[n][j]?"a" :"-",
		stopstate[n][j]?"e" : "-",
		progstate[n][j]?"p" : "-",
		z->atom & 8 ?"L":"G",
		PanSource, srcln[j]);
	for (i = 0; z->tp[i]; i++)
		if (z->tp[i] == '\n')
			printf("\\n");
		else
			putchar(z->tp[i]);
	if (verbose && z->qu[0])
	{	printf("\t[");
		for (i = 0; i < 6; i++)
			if (z->qu[i])
				printf("(%d,%d)",
				z->qu[i], z->ty[i]);
		printf("]");
	}
	printf("\n");
	fflush(stdout);
}
/* spin -a m.pml; cc -o pan pan.c; ./pan -D | dot -Tps > foo.ps; ps2pdf foo.ps */
void
dot_crack(int n, int j, Trans *z)
{	int i;

	if (!z) return;
	printf("	S%d -> S%d  [color=black", j, z->st);

	if (z->atom&6) printf(",style=dashed");
	else if (z->atom&32) printf(",style=dotted");
	else if (z->atom&8) printf(",style=solid");
	else printf(",style=bold");

	printf(",label=\"");
	for (i = 0; z->tp[i]; i++)
	{	if (z->tp[i] == '\\'
		&&  z->tp[i+1] == 'n')
		{	i++; printf(" ");
		} else
		{	putchar(z->tp[i]);
	}	}
	printf("\"];\n");
	if (accpstate[n][j]) printf("  S%d [color=red,style=bold];\n", j);
	else if (progstate[n][j]) printf("  S%d [color=green,style=bold];\n", j);
	if (stopstate[n][j]) printf("  S%d [color=blue,style=bold,shape=box];\n", j);
}

#ifdef VAR_RANGES
#define BYTESIZE	32	/* 2^8 : 2^3 = 256:8 = 32 */

typedef struct Vr_Ptr {
	char	*nm;
	uchar	vals[BYTESIZE];
	struct Vr_Ptr *nxt;
} Vr_Ptr;
Vr_Ptr *ranges = (Vr_Ptr *) 0;

void
logval(char *s, int v)
{	Vr_Ptr *tmp;

	if (v<0 || v > 255) return;
	for (tmp = ranges; tmp; tmp = tmp->nxt)
		if (!strcmp(tmp->nm, s))
			goto found;
	tmp = (Vr_Ptr *) emalloc(sizeof(Vr_Ptr));
	tmp->nxt = ranges;
	ranges = tmp;
	tmp->nm = s;
found:
	tmp->vals[(v)/8] |= 1<<((v)%8);
}

void
dumpval(uchar X[], int range)
{	int w, x, i, j = -1;

	for (w = i = 0; w < range; w++)
	for (x = 0; x < 8; x++, i++)
	{
from:		if ((X[w] & (1<<x)))
		{	printf("%d", i);
			j = i;
			goto upto;
	}	}
	return;
	for (w = 0; w < range; w++)
	for (x = 0; x < 8; x++, i++)
	{
upto:		if (!(X[w] & (1<<x)))
		{	if (i-1 == j)
				printf(", ");
			else
				printf("-%d, ", i-1);
			goto from;
	}	}
	if (j >= 0 && j != 255)
		printf("-255");
}

void
dumpranges(void)
{	Vr_Ptr *tmp;
	printf("\nValues assigned within ");
	printf("interval [0..255]:\n");
	for (tmp = ranges; tmp; tmp = tmp->nxt)
	{	printf("\t%s\t: ", tmp->nm);
		dumpval(tmp->vals, BYTESIZE);
		printf("\n");
	}
}
#endif
