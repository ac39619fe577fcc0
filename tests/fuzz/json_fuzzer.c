/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The JSON reader: any bytes give a tree or one line; what is read as JSON is read the same where comments
 * are allowed. */
#include "fuzzer.h"

#include <string.h>
#include "base/memory.h"
#include "base/text.h"
#include "json/json.h"

static void check_tree(const struct json_value *value)
{
    LAW(value->line >= 1 && value->column >= 1);
    if (value->type == JSON_STRING)
        LAW(strlen(value->string.bytes) == value->string.length);
    for (size_t i = 0; value->type == JSON_ARRAY && i < value->array.count; i++)
        check_tree(value->array.items[i]);
    for (size_t i = 0; value->type == JSON_OBJECT && i < value->object.count; i++)
        check_tree(value->object.members[i].value);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    const struct json_limits comments = {.comments = true};
    cleanup_arena struct arena arena = {0};
    struct json_value *root = NULL, *same = NULL;
    struct error error = {0};

    if (json_read((const char *)bytes, length, "input.json", NULL, &arena, &root, &error) == 0) {
        check_tree(root);
        LAW(json_read((const char *)bytes, length, "input.json", &comments, &arena, &same, &error) == 0);
        LAW(same->type == root->type && same->line == root->line && same->column == root->column);
        return 0;
    }
    LAW(error.kind == ERROR_INVALID || error.kind == ERROR_LIMIT);
    LAW(text_starts_with(error.message, "input.json:") && !text_has_control(error.message));
    if (json_read((const char *)bytes, length, "input.json", &comments, &arena, &same, &error) == 0)
        check_tree(same);
    return 0;
}
