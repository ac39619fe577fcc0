/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See image_record.h. */
#include "container/image_record.h"

#include <string.h>
#include "base/memory.h"
#include "container/policies.h"

static bool was_asked(const struct trust *trust)
{
    return trust->level != TRUST_NONE || trust->verdict_count > 0 || trust->manifest_digest != NULL ||
           (trust->found != NULL && *trust->found != '\0') ||
           (trust->level_reason != NULL && *trust->level_reason != '\0');
}

static void add_once(struct json_strings *strings, const char *word)
{
    for (size_t i = 0; i < strings->count; i++)
        if (strcmp(strings->items[i], word) == 0)
            return;
    strings->items[strings->count++] = word;
}

static struct json_strings room_for(size_t count, struct arena *arena)
{
    return (struct json_strings){.items = arena_array(arena, count, sizeof(const char *)), .present = true};
}

const struct record_image *image_record_of(const struct trust *trust, struct arena *arena)
{
    struct record_image *image;

    if (!was_asked(trust))
        return NULL;
    image = arena_allocate(arena, sizeof(*image));
    *image = (struct record_image){
        .found = trust->found != NULL && *trust->found != '\0' ? trust->found : NULL,
        .manifest = trust->manifest_digest,
        .names = room_for(trust->name_count, arena),
        .keys = room_for(trust->signature_count, arena),
        .issuers = room_for(trust->claim_count, arena),
        .reason = trust->level_reason != NULL && *trust->level_reason != '\0' ? trust->level_reason : NULL,
    };
    for (size_t i = 0; i < trust->name_count; i++)
        add_once(&image->names, trust->names[i].reference);
    for (size_t i = 0; i < trust->signature_count; i++) {
        const struct trust_signature *signature = &trust->signatures[i];

        if (signature->good && signature->reason == NULL && signature->fingerprint != NULL)
            add_once(&image->keys, signature->fingerprint);
    }
    for (size_t i = 0; i < trust->claim_count; i++)
        add_once(&image->issuers, trust->claims[i].issuer);
    return image;
}

/* ---- annotations ---- */

static bool is_ours(const char *key)
{
    static const char *const keys[] = {POLICIES_ANNOTATION, TRUST_ANNOTATION, IMAGE_MANIFEST_ANNOTATION,
                                       IMAGE_NAMES_ANNOTATION, IMAGE_KEYS_ANNOTATION};

    for (size_t i = 0; i < ARRAY_LENGTH(keys); i++)
        if (strcmp(key, keys[i]) == 0)
            return true;
    return false;
}

static void add(struct json_string_map *map, const char *key, const char *value)
{
    if (value != NULL && *value != '\0')
        map->items[map->count++] = (struct json_pair){key, value};
}

struct json_string_map image_record_annotations(const struct json_string_map *granted,
                                                const struct json_strings *policies, const char *level,
                                                const struct record_image *image, struct arena *arena)
{
    enum { OURS_MAX = 5 };
    struct json_string_map map = {
        .items = arena_array(arena, granted->count + OURS_MAX, sizeof(*map.items)),
    };

    for (size_t i = 0; i < granted->count; i++)
        if (!is_ours(granted->items[i].key))
            map.items[map.count++] = granted->items[i];
    if (policies->count > 0)
        add(&map, POLICIES_ANNOTATION, policies_annotation(policies, arena));
    if (image != NULL) {
        add(&map, TRUST_ANNOTATION, level);
        add(&map, IMAGE_MANIFEST_ANNOTATION, image->manifest);
        add(&map, IMAGE_NAMES_ANNOTATION, policies_annotation(&image->names, arena));
        add(&map, IMAGE_KEYS_ANNOTATION, policies_annotation(&image->keys, arena));
    }
    map.present = map.count > 0;
    return map;
}

/* ---- the object ---- */

static void append_member(struct text *text, const char **between, const char *key, const char *value)
{
    if (value == NULL || *value == '\0')
        return;
    text_append_format(text, "%s\"%s\":", *between, key);
    json_append_string(text, value);
    *between = ",";
}

static void append_list(struct text *text, const char **between, const char *key,
                        const struct json_strings *list)
{
    if (list->count == 0)
        return;
    text_append_format(text, "%s\"%s\":[", *between, key);
    for (size_t i = 0; i < list->count; i++) {
        text_append(text, i > 0 ? "," : "");
        json_append_string(text, list->items[i]);
    }
    text_append(text, "]");
    *between = ",";
}

void image_record_encode(struct text *text, const struct record_image *image)
{
    const char *between = "";

    text_append(text, "{");
    append_member(text, &between, "found", image->found);
    append_member(text, &between, "manifest", image->manifest);
    append_list(text, &between, "names", &image->names);
    append_list(text, &between, "keys", &image->keys);
    append_list(text, &between, "issuers", &image->issuers);
    append_member(text, &between, "reason", image->reason);
    text_append(text, "}");
}
