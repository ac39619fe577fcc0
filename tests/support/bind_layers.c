/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Binds layers to digests as `create` does, for figures and for stores that engines made.
 * usage: bind_layers ROOT UPPER|- OPTIONS {DIFF_ID DIRECTORY RECORD|BLOB}...      layers lowest first
 * A file named *tar-split* is a record. Prints "holds", or the reason and every difference; status 0 or 1.
 */
#include <stdio.h>
#include "base/arena.h"
#include "base/memory.h"
#include "trust/binding.h"

int main(int count, char **arguments)
{
    cleanup_arena struct arena arena = {0};
    struct trust_binding binding;
    struct error error = {0};

    if (count < 4 || (count - 4) % 3 != 0) {
        fprintf(stderr, "usage: bind_layers ROOT UPPER|- OPTIONS {DIFF_ID DIRECTORY RECORD|BLOB}...\n");
        return 2;
    }
    size_t layer_count = (size_t)(count - 4) / 3;
    struct trust_layer *layers = arena_array(&arena, layer_count + 1, sizeof(*layers));
    const char **diff_ids = arena_array(&arena, layer_count + 1, sizeof(*diff_ids));
    const char **lowers = arena_array(&arena, layer_count + 1, sizeof(*lowers));
    for (size_t i = 0; i < layer_count; i++) {
        char **words = arguments + 4 + 3 * i;
        bool is_record = strstr(words[2], "tar-split") != NULL;

        diff_ids[i] = words[0];
        lowers[layer_count - 1 - i] = words[1];
        layers[i] = (struct trust_layer){.diff_id = words[0],
                                         .directory = words[1],
                                         .tar_split = is_record ? words[2] : NULL,
                                         .blob = is_record ? NULL : words[2]};
    }
    const struct trust_root root = {.bundle = "/",
                                    .path = arguments[1],
                                    .type = "overlay",
                                    .lowers = lowers,
                                    .lower_count = layer_count,
                                    .upper = strcmp(arguments[2], "-") != 0 ? arguments[2] : NULL,
                                    .at_mount = true,
                                    .options = arguments[3]};
    const struct trust_image image = {.store = "test", .layers = layers, .layer_count = layer_count};
    const struct trust_chain chain = {.diff_ids = diff_ids, .diff_id_count = layer_count};

    if (trust_bind_layers(&root, &image, &chain, &arena, &binding, &error) < 0) {
        fprintf(stderr, "%s\n", error.message);
        return 2;
    }
    printf("%s\n", binding.holds ? "holds" : binding.reason);
    for (size_t i = 0; i < binding.difference_count; i++)
        printf("  %s %s\n", binding.differences[i].path, binding.differences[i].what);
    if (binding.more > 0)
        printf("  and %zu more\n", binding.more);
    return binding.holds ? 0 : 1;
}
