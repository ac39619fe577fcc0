/* SPDX-License-Identifier: GPL-2.0-or-later */
/* thwart image verify: is this image, or this root, what the policies ask for? */
#include "cli/image_question.h"

#include <fcntl.h>
#include <string.h>
#include "cli/explain_text.h"
#include "cli/policy_decision.h"
#include "cli/trust_print.h"
#include "cli/wrap.h"
#include "container/prepare.h"
#include "trust/documents.h"
#include "trust/packets.h"
#include "trust/store_files.h"

struct verify_options {
    struct subject_options subject;
    struct image_asking asking;
    struct json_strings policies, signatures;
    const char *manifest, *digest, *name, *format;
};

#define PLACE(member) offsetof(struct verify_options, member)

static const char *const formats[] = {"text", "json", NULL};
static const char *const levels[] = {"none",         "manifest-only", "bound-walk",
                                     "bound-layers", "bound-verity",  NULL};

static const struct option rows[] = {
    SUBJECT_OPTION_ROWS(struct verify_options),
    {"signature", 's', OPTION_LIST, PLACE(signatures), "FILE",
     "verify this signature, of --manifest or --digest, in place of a root; may be given again"},
    {"manifest", 0, OPTION_STRING, PLACE(manifest), "FILE", "the image's manifest"},
    {"digest", 0, OPTION_STRING, PLACE(digest), "DIGEST", "the manifest's digest"},
    {"name", 'n', OPTION_STRING, PLACE(name), "REF", "what the image is called"},
    {"policy", 'p', OPTION_LIST, PLACE(policies), "POLICY",
     "a policy that applies, in place of the default one, by name or path; may be given again"},
    {"key", 'k', OPTION_LIST, PLACE(asking.keys), "FILE",
     "ask for a signature by a key of this file, in place of what policies ask; may be given again"},
    {"fingerprint", 0, OPTION_LIST, PLACE(asking.fingerprints), "HEX",
     "of those keys this primary one; may be given again"},
    {"require", 0, OPTION_NUMBER, PLACE(asking.needed), "N",
     "so many of the keys must have signed (default: all fingerprints, or one key)", .maximum = 1024},
    {"identity", 0, OPTION_LIST, PLACE(asking.identities), "RULE",
     "a pattern of signed names, matchExact, matchRepository or matchRepoDigestOrExact (default); may be "
     "given again"},
    {"max-age", 0, OPTION_STRING, PLACE(asking.max_age), "DURATION", "signatures may not be older (90d)"},
    {"level", 'l', OPTION_WORD, PLACE(asking.level), "LEVEL",
     "the files must be tied to the manifest so far: none, manifest-only, bound-walk, bound-layers, "
     "bound-verity",
     .words = levels},
    {"format", 0, OPTION_WORD, PLACE(format), "FORMAT", "text (default) or json", .words = formats},
};

/* ---- signatures without a root ---- */

static bool is_offer(const struct verify_options *options)
{
    return options->signatures.count > 0 || options->manifest != NULL || options->digest != NULL ||
           options->name != NULL;
}

static int take_digest(const struct verify_options *options, struct arena *arena, struct trust_offer *offer,
                       struct error *error)
{
    char computed[IMAGE_DIGEST_SIZE];
    size_t length;
    char *bytes;

    if (options->digest != NULL && !image_digest_is_valid(options->digest))
        return error_set(error, ERROR_USAGE, "--digest \"%.100s\" is none: sha256: and 64 hexadecimal digits",
                         options->digest);
    if (options->manifest == NULL && options->digest == NULL)
        return error_set(error, ERROR_USAGE,
                         "a signature is of a manifest: --manifest FILE or --digest DIGEST");
    offer->digest = options->digest;
    if (options->manifest == NULL)
        return 0;
    if (prepare_read_document(AT_FDCWD, options->manifest, options->manifest, STORE_MANIFEST_BYTES_MAX, arena,
                              &bytes, &length, error) != 0)
        return -1;
    image_digest_of(bytes, length, computed);
    if (options->digest != NULL && strcmp(options->digest, computed) != 0)
        return error_set(error, ERROR_UNTRUSTED, "%s is %s, not %s", options->manifest, computed,
                         options->digest);
    offer->digest = arena_string(arena, computed);
    return 0;
}

static int take_signatures(const struct verify_options *options, struct arena *arena,
                           struct trust_offer *offer, struct error *error)
{
    struct trust_blob *blobs = arena_array(arena, options->signatures.count, sizeof(*blobs));

    for (size_t i = 0; i < options->signatures.count; i++) {
        char *bytes;

        blobs[i].where = options->signatures.items[i];
        if (prepare_read_document(AT_FDCWD, blobs[i].where, blobs[i].where, TRUST_SIGNATURE_BYTES_MAX, arena,
                                  &bytes, &blobs[i].length, error) != 0)
            return -1;
        blobs[i].bytes = bytes;
    }
    offer->blobs = blobs;
    offer->blob_count = options->signatures.count;
    if (offer->blob_count == 0 && options->name == NULL)
        return error_set(error, ERROR_USAGE,
                         "--signature FILE, or --name REF by which signatures are looked for");
    offer->name = options->name;
    return 0;
}

static int take_offer(const struct verify_options *options, struct arena *arena, struct trust_offer *offer,
                      struct error *error)
{
    const struct subject_options *subject = &options->subject;

    if (subject->bundle != NULL || subject->rootfs != NULL || subject->config != NULL ||
        subject->image != NULL)
        return error_set(error, ERROR_USAGE,
                         "--signature, --manifest, --digest and --name are of an image without a root: they "
                         "go without --bundle, --rootfs, --config and --image");
    *offer = (struct trust_offer){0};
    return take_digest(options, arena, offer, error) != 0 ||
                   take_signatures(options, arena, offer, error) != 0
               ? -1
               : 0;
}

/* ---- output ---- */

static void append_text(struct text *text, const struct image_question *question,
                        const struct image_answer *answer)
{
    const struct policy_decision *decision = &answer->decision;
    const bool colour = policy_colours();

    text_append_format(text, "%s%s%s\n", colour ? decision->refused ? "\033[1;31m" : "\033[1;32m" : "",
                       decision->refused ? "not trusted" : "trusted", colour ? "\033[0m" : "");
    if (question->root != NULL)
        wrap_append(text, "root          ", question->root, TRUST_PRINT_WIDTH);
    if (question->offer != NULL && question->offer->name != NULL)
        wrap_append(text, "name          ", question->offer->name, TRUST_PRINT_WIDTH);
    trust_print_text(text, &answer->trust, TRUST_PRINT_WIDTH);
    explain_findings(text, decision, colour);
}

static void append_json(struct text *text, const struct image_question *question,
                        const struct image_answer *answer)
{
    text_append_format(text, "{\"thwart\":1,\"conforms\":%s", answer->decision.refused ? "false" : "true");
    image_append_member(text, "bundle", question->bundle);
    image_append_member(text, "root", question->root);
    if (question->offer != NULL)
        image_append_member(text, "name", question->offer->name);
    text_append(text, ",\"trust\":");
    trust_print_json(text, &answer->trust);
    text_append(text, ",\"findings\":");
    policy_findings_encode(text, &answer->decision);
    text_append(text, "}\n");
}

static int look(const struct invocation *invocation, const struct verify_options *options,
                struct image_question *question, struct image_answer *answer, struct error *error)
{
    static const struct spec anything = {0};
    struct trust_offer *offer = arena_allocate(invocation->arena, sizeof(*offer));
    struct image_subject subject;

    if (is_offer(options)) {
        if (take_offer(options, invocation->arena, offer, error) != 0)
            return -1;
        question->offer = offer;
        question->spec = &anything;
        return image_ask(question, answer, error);
    }
    if (image_subject_of(invocation, &options->subject, &subject, error) != 0)
        return -1;
    question->bundle = subject.bundle;
    question->root = subject.root;
    question->spec = subject.spec;
    question->image = options->subject.image;
    return image_ask(question, answer, error);
}

static int run(const struct invocation *invocation, int *status, struct error *error)
{
    const struct verify_options *options = invocation->options;
    cleanup_text struct text text = text_growing(IMAGE_OUTPUT_BYTES_MAX);
    struct image_asking asking = options->asking;
    struct image_question question = {
        .invocation = invocation,
        .request = image_policies_request(invocation, options->subject.configuration),
        .asking = &asking,
    };
    struct image_answer answer;

    asking.signatures_alone = is_offer(options);
    question.request.named = policy_words_of(invocation, &options->policies);
    if (look(invocation, options, &question, &answer, error) != 0)
        return -1;
    /* That nothing was looked at must not look like trust. */
    if (answer.nothing_asked)
        return error_set(error, ERROR_USAGE,
                         "no policy asks who signed the image, so nothing would be verified; name the keys "
                         "(--key FILE), or a policy that does (--policy)");
    if (image_wants_json(options->format))
        append_json(&text, &question, &answer);
    else
        append_text(&text, &question, &answer);
    *status = answer.decision.refused ? IMAGE_STATUS_UNTRUSTED : 0;
    return command_print(&text, error);
}

const struct command image_command_verify = {
    .name = "image verify",
    .words = "",
    .summary = "whether an image is signed, and its files are the signed ones, as policies ask",
    .options = OPTION_TABLE(rows),
    .options_size = sizeof(struct verify_options),
    .run = run,
};
