/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Small things that several sections share. */
#include "policy/decide_parts.h"

#include <string.h>
#include "base/glob.h"

bool decide_words_match(const struct policy_words *words, const char *text, char separator)
{
    for (size_t i = 0; i < words->count; i++)
        if (glob_matches(words->items[i].text, text, separator))
            return true;
    return false;
}

bool decide_path_is_plain(const char *path)
{
    if (path[0] != '/')
        return false;
    for (const char *component = path + 1;;) {
        size_t length = strcspn(component, "/");

        if (length == 0 || (component[0] == '.' && (length == 1 || (length == 2 && component[1] == '.'))))
            return false;
        if (component[length] == '\0')
            return true;
        component += length + 1;
    }
}

const char *decide_process_pointer(const struct decider *decider, const char *member)
{
    if (decider->process_pointer[0] == '\0')
        return member;
    return arena_format(decider->arena, "%s%s", decider->process_pointer, member);
}

const char *decide_pointer_member(const struct decider *decider, const char *parent, const char *member)
{
    size_t length = strlen(parent);
    char *pointer = arena_allocate(decider->arena, length + 1 + 2 * strlen(member) + 1), *at;

    memcpy(pointer, parent, length);
    at = pointer + length;
    *at++ = '/';
    for (; *member != '\0'; member++) {
        if (*member == '~' || *member == '/') {
            *at++ = '~';
            *at++ = *member == '~' ? '0' : '1';
        } else {
            *at++ = *member;
        }
    }
    *at = '\0';
    return pointer;
}

const char *decide_number_text(const struct decider *decider, uint64_t value)
{
    if (value == UINT64_MAX)
        return "unlimited";
    return arena_format(decider->arena, "%llu", (unsigned long long)value);
}

const struct spec_process *decide_container_process(const struct decider *decider)
{
    return decider->is_exec ? decider->spec->process : NULL;
}
