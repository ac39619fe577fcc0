/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Plans compared with recorded ones, byte for byte.
 *
 * Usage: plan_golden GOLDEN SAMPLES [JSON_DIRECTORY]
 * GOLDEN/cases/NAME/: config.json, or `sample` (name of a sample bundle); `facts` (name in GOLDEN/facts,
 * default "root"); `inputs` (lines KEY=VALUE); expected: plan.txt or error.txt. Every sample is planned with
 * two sets of facts and compared with GOLDEN/samples/NAME.FACTS.txt. THWART_UPDATE_GOLDEN=1 writes the
 * expected files anew. With JSON_DIRECTORY the plans are written there as JSON and nothing is compared.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "base/memory.h"
#include "base/text.h"
#include "golden_files.h"
#include "plan_case.h"

static const char *golden, *samples, *json_directory;
static struct golden_tally tally;

static void write_json(struct arena *arena, const struct plan_case *built, const char *name)
{
    const char *json = plan_case_json(arena, built);

    if (json != NULL)
        golden_write(arena_format(arena, "%s/%s.json", json_directory, name), json);
}

/* A one-line file's line, or the default. */
static const char *read_line(struct arena *arena, const char *path, const char *default_line)
{
    size_t length;
    char *line = golden_read(arena, path, &length);

    if (line == NULL)
        return default_line;
    line[strcspn(line, "\n")] = '\0';
    return line;
}

static void run_case(const char *name)
{
    cleanup_arena struct arena arena = {0};
    const char *directory = arena_format(&arena, "%s/cases/%s", golden, name);
    const char *facts = read_line(&arena, arena_format(&arena, "%s/facts", directory), "root");
    const char *sample = read_line(&arena, arena_format(&arena, "%s/sample", directory), NULL);
    const char *config = sample != NULL ? arena_format(&arena, "%s/%s.json", samples, sample)
                                        : arena_format(&arena, "%s/config.json", directory);
    struct plan_case built;
    const char *other;

    plan_case_build(&arena, config, arena_format(&arena, "%s/facts/%s.json", golden, facts),
                    arena_format(&arena, "%s/inputs", directory), &built);
    if (json_directory != NULL) {
        write_json(&arena, &built, name);
        return;
    }
    other = arena_format(&arena, "%s/%s", directory, built.plan != NULL ? "error.txt" : "plan.txt");
    if (access(other, F_OK) == 0) {
        fprintf(stderr, "%s: the case was to end otherwise: %s\n", other,
                built.plan != NULL ? "it is planned" : built.error.message);
        tally.wrong++;
    }
    golden_compare(&tally,
                   arena_format(&arena, "%s/%s", directory, built.plan != NULL ? "plan.txt" : "error.txt"),
                   plan_case_text(&arena, &built));
}

static void run_sample(const char *file, const char *facts)
{
    cleanup_arena struct arena arena = {0};
    const char *name = arena_format(&arena, "%.*s.%s", (int)(strlen(file) - strlen(".json")), file, facts);
    struct plan_case built;

    plan_case_build(&arena, arena_format(&arena, "%s/%s", samples, file),
                    arena_format(&arena, "%s/facts/%s.json", golden, facts), NULL, &built);
    if (json_directory != NULL)
        write_json(&arena, &built, name);
    else
        golden_compare(&tally, arena_format(&arena, "%s/samples/%s.txt", golden, name),
                       plan_case_text(&arena, &built));
}

int main(int count, char **arguments)
{
    cleanup_arena struct arena arena = {0};
    size_t case_count, sample_count;
    const char **cases, **sample_files;

    if (count < 3) {
        fprintf(stderr, "usage: plan_golden GOLDEN SAMPLES [JSON_DIRECTORY]\n");
        return EXIT_FAILURE;
    }
    golden = arguments[1];
    samples = arguments[2];
    json_directory = arguments[3];
    cases = golden_list(&arena, arena_format(&arena, "%s/cases", golden), "", &case_count);
    sample_files = golden_list(&arena, samples, ".json", &sample_count);
    if (case_count < 20 || sample_count < 40) {
        fprintf(stderr, "only %zu cases and %zu samples: the wrong directories?\n", case_count, sample_count);
        return EXIT_FAILURE;
    }
    for (size_t i = 0; i < case_count; i++)
        run_case(cases[i]);
    for (size_t i = 0; i < sample_count; i++) {
        run_sample(sample_files[i], "root");
        run_sample(sample_files[i], "rootless");
    }
    if (json_directory == NULL)
        printf("%zu plans compared, %zu differ\n", tally.compared, tally.wrong);
    return tally.wrong > 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
