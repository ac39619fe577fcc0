/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Targets -> report: reads what all share, finds targets, puts pieces together. */
#include "check/check.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/descriptor.h"
#include "base/path.h"
#include "check/baseline.h"
#include "check/layout_files.h"
#include "check/parts.h"
#include "check/progress.h"
#include "check/sniff.h"
#include "check/walk.h"
#include "check/workers.h"
#include "container/prepare.h"
#include "policy/syscalls.h"

enum { OUTPUT_BYTES_MAX = 256 * 1024 * 1024, WRITTEN_AT_ONCE = 64 * 1024 };

/* Of an answer that stands for "this folder ends here". */
#define FOLDER_END ((size_t)1 << (sizeof(size_t) * 8 - 1))

struct running {
    const struct check_request *request;
    const struct check_loaded *loaded;
    int output;
    struct text text;
    struct check_totals totals;
    size_t joined;
    size_t *results; /* of each target on the command line */
    size_t at;       /* the one that is walked through */
    struct check_workers *workers;
    struct check_progress progress;
};

/* ---- output ---- */

static int flush(struct running *running, struct error *error)
{
    if (text_complete(&running->text, "the report", error) != 0)
        return -1;
    check_progress_hide(&running->progress);
    if (descriptor_write_all(running->output, running->text.bytes, running->text.length) != 0)
        return error_system(error, errno, "writing the report");
    text_reset(&running->text);
    return 0;
}

static void join(struct running *running, const char *piece, size_t length)
{
    const struct check_format *format = running->request->format;

    if (format->join != NULL) {
        format->join(&running->text, piece, length, &running->joined);
        return;
    }
    text_append_bytes(&running->text, piece, length);
    running->joined++;
}

static void add_totals(struct check_totals *totals, const struct check_totals *more)
{
    totals->targets += more->targets;
    totals->conform += more->conform;
    totals->with_findings += more->with_findings;
    totals->invalid += more->invalid;
    totals->host += more->host;
    totals->trust += more->trust;
    totals->notes += more->notes;
    totals->warnings += more->warnings;
    totals->errors += more->errors;
    totals->waived += more->waived;
    totals->known += more->known;
}

static void take_answer(struct running *running, const struct check_answer *answer)
{
    const char *at = answer->pieces.bytes, *end = at + answer->pieces.length;

    while ((size_t)(end - at) >= sizeof(uint32_t)) {
        uint32_t length;

        memcpy(&length, at, sizeof(length));
        at += sizeof(length);
        join(running, at, length);
        at += length;
    }
    add_totals(&running->totals, &answer->totals);
}

/* A check that looked at nothing must not be green. */
static void end_folder(struct running *running, size_t target)
{
    cleanup_arena struct arena arena = {0};
    cleanup_text struct text piece = text_growing(OUTPUT_BYTES_MAX);
    struct check_result result;

    if (running->results[target] > 0)
        return;
    result = check_problem_result(running->request, running->loaded, running->request->targets[target],
                                  CHECK_NOTHING, CHECK_INVALID,
                                  "in this folder is neither a bundle, a configuration (*.json with "
                                  "ociVersion), a policy (*.json with \"thwart\": 1) nor an image layout",
                                  &arena);
    running->request->format->result(&piece, &running->request->run, &result);
    if (piece.length > 0)
        join(running, piece.bytes, piece.length);
    check_count(&result, &running->totals);
}

static int receive(void *context, size_t tag, const struct check_answer *answer, struct error *error)
{
    struct running *running = context;
    const bool first = running->totals.targets == 0;

    if ((tag & FOLDER_END) != 0) {
        end_folder(running, tag & ~FOLDER_END);
    } else {
        take_answer(running, answer);
        running->results[tag] += answer->totals.targets;
    }
    check_progress_show(&running->progress, &running->totals);
    /* Whoever looks on sees the first at once. */
    return first || running->text.length >= WRITTEN_AT_ONCE ? flush(running, error) : 0;
}

/* ---- targets ---- */

static int visit(void *context, const char *path, struct error *error)
{
    struct running *running = context;
    const struct check_target target = {.name = path, .found = true};

    return check_workers_ask(running->workers, &target, running->at, error);
}

/* A folder that is a bundle itself is that, and nothing in it is looked for. */
static bool is_bundle(const char *folder)
{
    cleanup_arena struct arena arena = {0};
    const char *file = host_path_join(&arena, folder, "config.json").text;
    struct error error;
    char *bytes;
    size_t length;

    if (prepare_read_document(AT_FDCWD, file, file, PREPARE_CONFIG_BYTES_MAX, &arena, &bytes, &length,
                              &error) != 0)
        return error.system_errno != ENOENT;
    return check_sniff(bytes, length) == CHECK_CONTENT_CONFIGURATION;
}

static bool is_searched(const char *target)
{
    struct stat status;

    return strcmp(target, "-") != 0 && stat(target, &status) == 0 && S_ISDIR(status.st_mode) &&
           !layout_files_are(target) && !is_bundle(target);
}

static int ask(struct running *running, const char *name, struct error *error)
{
    const struct check_visitor visitor = {.visit = visit, .context = running};
    const struct check_target target = {.name = name};
    struct check_answer end = {.pieces = text_growing(WRITTEN_AT_ONCE)};

    if (!is_searched(name))
        return check_workers_ask(running->workers, &target, running->at, error);
    if (check_walk(name, &visitor, error) != 0)
        return -1;
    return check_workers_put(running->workers, &end, running->at | FOLDER_END, error);
}

static int ask_all(struct running *running, struct error *error)
{
    for (size_t i = 0; i < running->request->target_count; i++) {
        running->at = i;
        if (ask(running, running->request->targets[i], error) != 0)
            return -1;
    }
    return check_workers_drain(running->workers, error);
}

/* ---- what all share ---- */

static void read_input(const struct check_request *request, struct arena *arena, struct check_loaded *loaded)
{
    struct error error;
    char *bytes;

    for (size_t i = 0; i < request->target_count; i++) {
        if (strcmp(request->targets[i], "-") != 0)
            continue;
        if (descriptor_read_all(STDIN_FILENO, PREPARE_CONFIG_BYTES_MAX, "standard input", arena, &bytes,
                                &loaded->input_length, &error) == 0)
            loaded->input = bytes;
        else
            loaded->input_problem = arena_string(arena, error.message);
        return;
    }
}

static int read_groups(const struct policy_syscall *entries, size_t count, struct syscall_library *calls,
                       struct error *error)
{
    const struct syscall_group *group;

    for (size_t i = 0; i < count; i++)
        if (entries[i].name[0] == '@' && syscall_library_group(calls, entries[i].name, &group, error) != 0)
            return -1;
    return 0;
}

/* The groups of system calls that policies name: files of thousands of names. */
static int read_calls(const struct policy_set *set, struct arena *arena, struct check_loaded *loaded,
                      struct error *error)
{
    struct syscall_library *calls = arena_allocate(arena, sizeof(*calls));
    const struct syscall_known *known;

    calls->arena = arena;
    if (syscall_library_known(calls, &known, error) != 0)
        return -1;
    for (size_t i = 0; i < set->count; i++) {
        const struct policy_syscalls *section = &set->items[i].policy->syscalls;

        if (read_groups(section->allow, section->allow_count, calls, error) != 0 ||
            read_groups(section->deny, section->deny_count, calls, error) != 0)
            return -1;
    }
    loaded->policies.calls = calls;
    return 0;
}

/* Policies are read here once: what applies to a container without annotations is in the library's memory,
 * and each request starts with it. */
static int load(const struct check_request *request, struct arena *arena, struct check_loaded *loaded,
                struct error *error)
{
    static const struct spec anything = {0};
    const struct trust nothing = trust_of_nothing();
    struct policy_set set;

    *loaded = (struct check_loaded){0};
    if (policies_load(request->policies, arena, &loaded->policies, error) != 0 ||
        policy_resolve(&loaded->policies.library, &anything, &nothing, arena, &set, error) != 0 ||
        read_calls(&set, arena, loaded, error) != 0)
        return -1;
    read_input(request, arena, loaded);
    return request->baseline != NULL ? check_baseline_read(request->baseline, arena, loaded, error) : 0;
}

static unsigned int worker_count(const struct check_request *request)
{
    cpu_set_t set;
    int processors = 1;

    if (request->workers > 0)
        return request->workers;
    if (sched_getaffinity(0, sizeof(set), &set) == 0)
        processors = CPU_COUNT(&set);
    /* One target is sooner judged than somebody is started for it. */
    if (request->target_count == 1 && !is_searched(request->targets[0]))
        return 1;
    return processors > 0 ? (unsigned int)processors : 1;
}

int check_run_all(const struct check_request *request, int output, struct check_totals *totals,
                  enum check_outcome *worst, struct error *error)
{
    cleanup_arena struct arena arena = {0};
    struct check_loaded loaded;
    struct running running = {.request = request, .loaded = &loaded, .output = output};
    const struct check_receiver receiver = {.receive = receive, .context = &running};
    int result;

    if (load(request, &arena, &loaded, error) != 0)
        return -1;
    running.text = text_growing(OUTPUT_BYTES_MAX);
    running.results = arena_array(&arena, request->target_count, sizeof(*running.results));
    check_progress_begin(&running.progress, request->progress);
    running.workers = check_workers_begin(request, &loaded, worker_count(request), &receiver, &arena);
    request->format->begin(&running.text, &request->run);
    result = ask_all(&running, error);
    check_workers_end(running.workers);
    if (result == 0) {
        request->format->end(&running.text, &request->run, &running.totals, running.joined);
        result = flush(&running, error);
    }
    check_progress_hide(&running.progress);
    text_free(&running.text);
    *totals = running.totals;
    *worst = check_outcome_of(&running.totals);
    return result;
}
