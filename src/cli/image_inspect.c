/* SPDX-License-Identifier: GPL-2.0-or-later */
/* thwart image inspect: what a root was made of, as the store says and as its documents compute. Needs no
 * keys, and proves nothing. */
#include "cli/image_command.h"
#include "cli/wrap.h"
#include "container/observe_root.h"
#include "trust/signature.h"

enum { WIDTH = 100 };

struct inspect_options {
    struct subject_options subject;
    const char *format;
};

static const char *const formats[] = {"text", "json", NULL};

static const struct option rows[] = {
    SUBJECT_OPTION_ROWS(struct inspect_options),
    {"format", 0, OPTION_WORD, offsetof(struct inspect_options, format), "FORMAT", "text (default) or json",
     .words = formats},
};

struct inspection {
    const struct image_subject *subject;
    struct trust_root root;
    struct trust_image image;
    struct trust_chain chain;
};

/* ---- for people ---- */

static void append_field(struct text *text, const char *label, const char *value)
{
    if (value != NULL && *value != '\0')
        wrap_append(text, label, value, WIDTH);
}

static void append_layers(struct text *text, const struct inspection *inspection, struct arena *arena)
{
    const struct trust_image *image = &inspection->image;

    append_field(text, "files:         ",
                 image->layers_broken != NULL
                     ? arena_format(arena, "cannot be compared with layers: %s", image->layers_broken)
                     : "the mount is made of exactly the image's layers (verify reads them)");
    for (size_t i = 0; i < image->layer_count; i++) {
        const struct trust_layer *layer = &image->layers[i];

        append_field(text, i == 0 ? "layers:        " : "               ",
                     layer->diff_id != NULL ? layer->diff_id : "(without a digest)");
        append_field(text, "                 mounted  ", layer->directory);
        append_field(text, "                 tar      ", layer->blob);
        append_field(text, "                 headers  ", layer->tar_split);
    }
}

static void append_list(struct text *text, const char *label, const char *const *items, size_t count)
{
    for (size_t i = 0; i < count; i++)
        append_field(text, i == 0 ? label : "               ", items[i]);
}

static void append_text(struct text *text, const struct inspection *inspection, struct arena *arena)
{
    const struct trust_image *image = &inspection->image;
    const struct trust_chain *chain = &inspection->chain;
    const struct trust_root *root = &inspection->root;

    append_field(text, "root:          ",
                 arena_format(arena, "%s (%s)", root->path, root->type != NULL ? root->type : "unknown"));
    if (image->store == NULL) {
        append_field(text, "image:         ", arena_format(arena, "not found: %s", image->why_not));
        return;
    }
    append_field(text, "image:         ", arena_format(arena, "%s (%s)", image->id, image->store));
    append_list(text, "names:         ", image->names, image->name_count);
    append_field(text, "manifest:      ",
                 chain->manifest_digest != NULL ? chain->manifest_digest : "the store has none");
    append_field(text, "configuration: ", chain->config_digest);
    append_field(text, "broken:        ", chain->broken);
    append_layers(text, inspection, arena);
    if (image->signature_count == 0)
        append_field(text, "signatures:    ", "none");
    for (size_t i = 0; i < image->signature_count; i++)
        append_field(text, i == 0 ? "signatures:    " : "               ", image->signatures[i].where);
    append_field(text, "looked at:     ", image->lookaside);
    append_list(text, "seals:         ", image->seals, image->seal_count);
}

/* ---- the document ---- */

static void append_json_root(struct text *text, const struct trust_root *root)
{
    text_append(text, ",\"root\":{\"path\":");
    json_append_string(text, root->path);
    image_append_member(text, "type", root->type);
    image_append_strings(text, "lowers", root->lowers, root->lower_count);
    image_append_member(text, "upper", root->upper);
    image_append_member(text, "unclear", root->unclear);
    text_append(text, "}");
}

static void append_json_layers(struct text *text, const struct trust_image *image)
{
    text_append(text, ",\"layers\":[");
    for (size_t i = 0; i < image->layer_count; i++) {
        const struct trust_layer *layer = &image->layers[i];

        text_append_format(text, "%s{\"number\":%zu", i > 0 ? "," : "", i + 1);
        image_append_member(text, "diffId", layer->diff_id);
        image_append_member(text, "directory", layer->directory);
        image_append_member(text, "blob", layer->blob);
        image_append_member(text, "blobDigest", layer->blob_digest);
        image_append_member(text, "tarSplit", layer->tar_split);
        text_append(text, "}");
    }
    text_append(text, "]");
    image_append_member(text, "layersBroken", image->layers_broken);
}

static void append_json_image(struct text *text, const struct inspection *inspection)
{
    const struct trust_image *image = &inspection->image;
    const struct trust_chain *chain = &inspection->chain;

    text_append(text, ",\"image\":{\"store\":");
    json_append_string(text, image->store);
    image_append_member(text, "id", image->id);
    image_append_strings(text, "names", image->names, image->name_count);
    image_append_member(text, "manifest", chain->manifest_digest);
    image_append_member(text, "configuration", chain->config_digest);
    image_append_member(text, "broken", chain->broken);
    image_append_strings(text, "diffIds", chain->diff_ids, chain->diff_id_count);
    append_json_layers(text, image);
    text_append(text, ",\"signatures\":[");
    for (size_t i = 0; i < image->signature_count; i++) {
        text_append(text, i > 0 ? ",{\"where\":" : "{\"where\":");
        json_append_string(text, image->signatures[i].where);
        text_append_format(text, ",\"bytes\":%zu}", image->signatures[i].length);
    }
    text_append(text, "]");
    image_append_member(text, "lookaside", image->lookaside);
    image_append_strings(text, "seals", image->seals, image->seal_count);
    text_append(text, "}");
}

static void append_json(struct text *text, const struct inspection *inspection)
{
    text_append(text, "{\"thwart\":1");
    image_append_member(text, "bundle", inspection->subject->bundle);
    append_json_root(text, &inspection->root);
    if (inspection->image.store != NULL)
        append_json_image(text, inspection);
    else
        image_append_member(text, "notFound", inspection->image.why_not);
    text_append(text, "}\n");
}

static int run(const struct invocation *invocation, int *status, struct error *error)
{
    const struct inspect_options *options = invocation->options;
    cleanup_text struct text text = text_growing(IMAGE_OUTPUT_BYTES_MAX);
    struct inspection inspection = {0};
    struct image_subject subject;

    if (image_subject_of(invocation, &options->subject, &subject, error) != 0 ||
        observe_root(subject.bundle, subject.root, invocation->arena, &inspection.root, error) != 0 ||
        trust_image_find(&inspection.root, &subject.places, invocation->arena, &inspection.image, error) !=
            0 ||
        (inspection.image.store != NULL &&
         trust_chain_of(&inspection.image, invocation->arena, &inspection.chain, error) != 0))
        return -1;
    inspection.subject = &subject;
    if (image_wants_json(options->format))
        append_json(&text, &inspection);
    else
        append_text(&text, &inspection, invocation->arena);
    *status = inspection.image.store != NULL ? 0 : 1;
    return command_print(&text, error);
}

const struct command image_command_inspect = {
    .name = "image inspect",
    .words = "",
    .summary = "which image a root was made of, its layers, and where its signatures are",
    .options = OPTION_TABLE(rows),
    .options_size = sizeof(struct inspect_options),
    .run = run,
};
