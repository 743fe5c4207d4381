/*
 * One line that is drawn anew, ten times a second at most: "reading snapshots  [#####     ]  50% (200 of
 * 400)". Work that is done, or begins anew, takes the bar away.
 */
#include "cli/progress.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/text.h"

#define FIRST_DRAWN_AFTER_US INT64_C(1000000)
#define DRAWN_EVERY_US       INT64_C(100000)
#define BAR_WIDTH            24

static void draw(const char *what, uint64_t done, uint64_t total)
{
    g_autofree char *printable = rp_text_printable(what);
    g_autofree char *label = rp_text_shorten(printable, 24);
    if (total == 0) {
        fprintf(stderr, "\r\033[K%s  %" PRIu64, label, done);
        return;
    }
    double part = done >= total ? 1 : (double)done / (double)total;
    char bar[BAR_WIDTH + 1] = {0};
    memset(bar, ' ', BAR_WIDTH);
    memset(bar, '#', (size_t)(part * BAR_WIDTH));
    fprintf(stderr, "\r\033[K%s  [%s] %3d%% (%" PRIu64 " of %" PRIu64 ")", label, bar, (int)(part * 100),
            done, total);
}

void rp_progress_clear(rp_cli *cli)
{
    if (cli->progress.is_drawn)
        fputs("\r\033[K", stderr);
    cli->progress.is_drawn = false;
}

void rp_progress_update(void *context, const char *what, uint64_t done, uint64_t total)
{
    rp_cli *cli = context;
    rp_progress *progress = &cli->progress;
    if (cli->quiet || !isatty(STDERR_FILENO))
        return;

    int64_t now_us = g_get_monotonic_time();
    bool is_over = total != 0 && done >= total;
    if (progress->started_us == 0)
        progress->started_us = now_us;
    if (is_over) {
        rp_progress_clear(cli);
        progress->started_us = 0;
    } else if (now_us - progress->started_us >= FIRST_DRAWN_AFTER_US &&
               now_us - progress->drawn_us >= DRAWN_EVERY_US) {
        draw(what, done, total);
        fflush(stderr);
        progress->drawn_us = now_us;
        progress->is_drawn = true;
    }
}
