/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Cases of plans: files in, text out. */
#include "plan_case.h"

#include <string.h>
#include "base/number.h"
#include "base/text.h"
#include "golden_files.h"

enum { TEXT_MAX = 1 << 24 };

static uint32_t read_number(const char *path, const char *value)
{
    uint64_t number;

    if (!number_unsigned(value, UINT32_MAX, &number))
        golden_give_up(path, "a number is expected");
    return (uint32_t)number;
}

static void read_input(const char *path, const char *key, const char *value, struct plan_inputs *inputs)
{
    if (strcmp(key, "manager") == 0)
        inputs->cgroup_manager = strcmp(value, "systemd") == 0    ? PLAN_CGROUP_SYSTEMD
                                 : strcmp(value, "disabled") == 0 ? PLAN_CGROUP_DISABLED
                                                                  : PLAN_CGROUP_FILES;
    else if (strcmp(key, "no_pivot") == 0)
        inputs->no_pivot = true;
    else if (strcmp(key, "no_new_keyring") == 0)
        inputs->no_new_keyring = true;
    else if (strcmp(key, "preserve_fds") == 0)
        inputs->preserve_fds = read_number(path, value);
    else if (strcmp(key, "listen_fds") == 0)
        inputs->listen_fds = read_number(path, value);
    else if (strcmp(key, "notify_socket") == 0)
        inputs->notify_socket = value;
    else
        golden_give_up(path, "unknown key");
}

static void read_inputs(struct arena *arena, const char *path, struct plan_inputs *inputs)
{
    size_t length;
    char *line = path != NULL ? golden_read(arena, path, &length) : NULL;

    *inputs = (struct plan_inputs){.id = "c1", .bundle = {"/bundle"}, .cgroup_manager = PLAN_CGROUP_FILES};
    while (line != NULL && *line != '\0') {
        char *end = strchr(line, '\n');
        char *value = strchr(line, '=');

        if (end == NULL || value == NULL || value > end)
            golden_give_up(path, "lines are KEY=VALUE");
        *end = *value = '\0';
        read_input(path, line, value + 1, inputs);
        line = end + 1;
    }
}

void plan_case_build(struct arena *arena, const char *config, const char *facts, const char *inputs,
                     struct plan_case *built)
{
    struct json_notes notes = {0};
    size_t config_length, facts_length;
    char *config_bytes = golden_read(arena, config, &config_length);
    char *facts_bytes = golden_read(arena, facts, &facts_length);

    if (config_bytes == NULL || facts_bytes == NULL)
        golden_give_up(config_bytes == NULL ? config : facts, "does not exist");
    *built = (struct plan_case){0};
    read_inputs(arena, inputs, &built->inputs);
    if (host_facts_parse(facts_bytes, facts_length, facts, arena, &built->facts, &built->error) < 0 ||
        spec_parse(config_bytes, config_length, config, arena, &notes, &built->spec, &built->error) < 0)
        golden_give_up(config, built->error.message);
    if (plan_build(built->spec, &built->facts, &built->inputs, arena, &built->plan, &built->error) < 0 &&
        built->plan != NULL)
        golden_give_up(config, "refused, and yet there is a plan");
}

static char *take_text(struct arena *arena, const struct text *text)
{
    struct error error;

    if (text_complete(text, "plan", &error) < 0)
        golden_give_up("plan", error.message);
    return arena_copy(arena, text->bytes, text->length);
}

char *plan_case_text(struct arena *arena, const struct plan_case *built)
{
    cleanup_text struct text text = text_growing(TEXT_MAX);

    if (built->plan != NULL)
        plan_print_text(built->plan, &text);
    else
        text_append_format(&text, "%s: %s\n", error_kind_name(built->error.kind), built->error.message);
    return take_text(arena, &text);
}

char *plan_case_json(struct arena *arena, const struct plan_case *built)
{
    cleanup_text struct text text = text_growing(TEXT_MAX);

    if (built->plan == NULL)
        return NULL;
    plan_print_json(built->plan, &text);
    return take_text(arena, &text);
}
