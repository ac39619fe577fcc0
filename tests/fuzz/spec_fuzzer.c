/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The decoder of requests: what is accepted is valid, and is the same after being written and read again. */
#include "fuzzer.h"

#include <string.h>
#include "base/memory.h"
#include "spec/spec.h"

enum { TEXT_MAX = 1 << 26 };

static void check_spec(const char *bytes, size_t length)
{
    cleanup_arena struct arena arena = {0};
    cleanup_text struct text first = text_growing(TEXT_MAX), second = text_growing(TEXT_MAX);
    struct json_notes notes = {0};
    const struct spec *spec, *again;
    struct error error = {0};

    if (spec_parse(bytes, length, "input.json", &arena, &notes, &spec, &error) < 0) {
        LAW(text_starts_with(error.message, "input.json:") && !text_has_control(error.message));
        return;
    }
    LAW(spec_validate(spec, "input.json", &error) == 0);
    spec_encode(&first, spec, 0);
    LAW(spec_parse(first.bytes, first.length, "input.json", &arena, &notes, &again, &error) == 0);
    spec_encode(&second, again, 0);
    LAW(first.length == second.length && memcmp(first.bytes, second.bytes, first.length) == 0);
}

static void check_parts(const char *bytes, size_t length)
{
    cleanup_arena struct arena arena = {0};
    struct json_notes notes = {0};
    const struct spec_process *process;
    const struct spec_resources *resources;
    struct error error = {0};

    if (spec_parse_process(bytes, length, "input.json", &arena, &notes, &process, &error) == 0)
        LAW(process->args.count > 0 && process->cwd[0] == '/' && process->user->uid != UINT32_MAX);
    if (spec_parse_resources(bytes, length, "input.json", &arena, &notes, &resources, &error) < 0)
        LAW(!text_has_control(error.message));
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    check_spec((const char *)bytes, length);
    check_parts((const char *)bytes, length);
    return 0;
}
