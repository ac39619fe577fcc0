/* SPDX-License-Identifier: GPL-2.0-or-later */
/* JSON pointers of places. */
#include "json/place.h"

#include <string.h>
#include "base/memory.h"

void json_place_append_key(struct text *text, const char *key)
{
    text_append_character(text, '/');
    while (*key != '\0') {
        size_t plain = strcspn(key, "~/");

        text_append_escaped(text, key, plain);
        key += plain;
        if (*key == '\0')
            break;
        text_append(text, *key == '~' ? "~0" : "~1");
        key++;
        if (text->overflow)
            return;
    }
}

void json_place_append(struct text *text, const struct json_place *place)
{
    if (place == NULL)
        return;
    json_place_append(text, place->parent);
    if (place->key != NULL) {
        json_place_append_key(text, place->key);
    } else {
        text_append_character(text, '/');
        text_append_unsigned(text, place->index);
    }
}

const struct json_value *json_place_find(const struct json_value *document, const struct json_place *place)
{
    const struct json_value *parent, *child = NULL;

    if (place == NULL)
        return document;
    parent = json_place_find(document, place->parent);
    if (place->key != NULL)
        child = json_member(parent, place->key);
    else if (parent->type == JSON_ARRAY && place->index < parent->array.count)
        child = parent->array.items[place->index];
    return child != NULL ? child : parent;
}
