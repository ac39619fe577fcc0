/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See policy_program.h. */
#include "policy_program.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>
#include "bpf_interpreter.h"
#include "plan/host_facts.h"
#include "plan/plan.h"
#include "policy/policy.h"

bool policy_program_compile(const struct spec_seccomp *const *filters, size_t count, struct arena *arena,
                            struct seccomp_program *program)
{
    const struct host_facts facts = {.has_seccomp_notify = true, .has_seccomp_wait_killable = true};
    const struct policy_layers layers = {.filters = filters, .filter_count = count};
    const struct plan_seccomp *plan;
    struct error error;

    if (plan_build_filters(NULL, &layers, &facts, arena, &plan, &error) != 0)
        fail_msg("%s", error.message);
    if (seccomp_compile(plan, arena, program, &error) != 0) {
        if (error.kind != ERROR_LIMIT)
            fail_msg("%s", error.message);
        return false;
    }
    assert_true(classic_bpf_valid(program->instructions, program->count));
    return true;
}

uint32_t policy_program_run(const struct sock_filter *instructions, size_t count,
                            const struct seccomp_data *data)
{
    uint32_t result = 0;

    assert_true(classic_bpf_run(instructions, count, data, &result, NULL, NULL));
    return result;
}

const struct spec *policy_program_bundle(const char *samples, const char *name, struct arena *arena)
{
    char *path = arena_format(arena, "%s/%s", samples, name), *text = arena_allocate(arena, 1 << 20);
    struct json_notes notes = {0};
    const struct spec *spec = NULL;
    struct error error;
    FILE *file = fopen(path, "re");
    size_t length;

    if (file == NULL)
        fail_msg("cannot open %s", path);
    length = fread(text, 1, 1 << 20, file);
    (void)fclose(file);
    if (spec_parse(text, length, name, arena, &notes, &spec, &error) != 0)
        fail_msg("%s", error.message);
    return spec;
}
