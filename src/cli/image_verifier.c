/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * thwart image verifier: containerd's contract for image verifiers (its docs/image-verification.md), by which
 * it asks before it pulls. Options have one dash, the descriptor comes on standard input; status 0 lets the
 * image in, and standard output is the reason, of which containerd keeps 32 KiB. A link to the program named
 * "thwart-image-verifier" is this command (cli/invoke.c).
 *
 * Nothing is here yet but a digest and a name, so signatures are looked for in lookaside folders, and rules
 * about files are left to create.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>
#include "base/descriptor.h"
#include "cli/image_question.h"
#include "cli/policy_decision.h"
#include "json/json.h"

enum {
    DESCRIPTOR_BYTES_MAX = 1024 * 1024,
    REASON_BYTES_MAX = 16 * 1024,
    PATIENCE_S = 9, /* containerd waits 10 s by itself, and then tells nobody why */
    STATUS_LATE = 3,
};

#define DESCRIPTOR_TYPE "application/vnd.oci.descriptor.v1+json"

struct verifier_options {
    const char *name, *digest, *type, *configuration;
    struct json_strings policies;
};

#define PLACE(member) offsetof(struct verifier_options, member)

static const struct option rows[] = {
    {"name", 0, OPTION_STRING, PLACE(name), "REF", "what is pulled"},
    {"digest", 0, OPTION_STRING, PLACE(digest), "DIGEST", "of what the name stands for"},
    {"stdin-media-type", 0, OPTION_STRING, PLACE(type), "TYPE", "of the document on standard input"},
    {"policy", 'p', OPTION_LIST, PLACE(policies), "POLICY",
     "a policy that applies, in place of the default one, by name or path; may be given again"},
    {"configuration", 0, OPTION_STRING, PLACE(configuration), "FILE", "in place of /etc/thwart/thwart.json"},
};

static void too_late(int number)
{
    static const char words[] = "thwart: no answer within 9 seconds\n";

    (void)number;
    /* The status says no, whoever reads this. */
    if (write(STDOUT_FILENO, words, sizeof(words) - 1) < 0)
        _exit(STATUS_LATE);
    _exit(STATUS_LATE);
}

static int begin_patience(struct error *error)
{
    const struct sigaction action = {.sa_handler = too_late};

    if (sigaction(SIGALRM, &action, NULL) != 0)
        return error_system(error, errno, "setting the disposition of SIGALRM");
    alarm(PATIENCE_S);
    return 0;
}

/* ---- the descriptor ---- */

static bool is_index(const char *type)
{
    return strcmp(type, "application/vnd.oci.image.index.v1+json") == 0 ||
           strcmp(type, "application/vnd.docker.distribution.manifest.list.v2+json") == 0;
}

static const char *text_of(const struct json_value *object, const char *key)
{
    const struct json_value *value = json_member(object, key);

    return value != NULL && value->type == JSON_STRING ? value->string.bytes : NULL;
}

/* What is asked for and what is described must be one. */
static int read_descriptor(const struct verifier_options *options, struct arena *arena, bool *index,
                           struct error *error)
{
    const char *digest, *type;
    struct json_value *root;
    size_t length;
    char *bytes;

    if (strcmp(options->type, DESCRIPTOR_TYPE) != 0)
        return error_set(error, ERROR_INVALID,
                         "standard input is a \"%.100s\", and \"%s\" is what is understood", options->type,
                         DESCRIPTOR_TYPE);
    if (descriptor_read_all(STDIN_FILENO, DESCRIPTOR_BYTES_MAX, "the descriptor", arena, &bytes, &length,
                            error) != 0 ||
        json_read(bytes, length, "the descriptor", NULL, arena, &root, error) != 0)
        return -1;
    digest = text_of(root, "digest");
    type = text_of(root, "mediaType");
    if (digest == NULL || type == NULL)
        return error_set(error, ERROR_INVALID, "the descriptor has no digest, or no mediaType");
    if (strcmp(digest, options->digest) != 0)
        return error_set(error, ERROR_UNTRUSTED, "the descriptor is of %.100s, and %.100s was asked about",
                         digest, options->digest);
    *index = is_index(type);
    return 0;
}

static int check_options(const struct verifier_options *options, struct error *error)
{
    if (options->name == NULL || options->digest == NULL || options->type == NULL)
        return error_set(error, ERROR_USAGE,
                         "thwart image verifier is called by containerd, with -name, -digest and "
                         "-stdin-media-type");
    return 0;
}

/* ---- the answer ---- */

static int answer_reason(struct text *reason, const struct verifier_options *options,
                         const struct image_answer *answer, bool index)
{
    if (answer->nothing_asked) {
        text_append_format(reason, "no policy asks who signed %s", options->name);
        return 0;
    }
    if (answer->decision.refused) {
        policy_refusal_text(reason, &answer->decision);
        if (index)
            text_append(reason, " (this is an index of manifests for several platforms: it needs a signature "
                                "of its own)");
        return IMAGE_STATUS_UNTRUSTED;
    }
    text_append_format(reason, "%s@%s", options->name, options->digest);
    for (size_t i = 0; i < answer->trust.verdict_count; i++) {
        const struct trust_verdict *verdict = &answer->trust.verdicts[i];

        if (verdict->met && verdict->reason != NULL)
            text_append_format(reason, "; %s: %s", verdict->requirement->name, verdict->reason);
    }
    return 0;
}

/* Those of the command line, or else of thwart.json: containerd has no words of its own to add. */
static int name_policies(const struct invocation *invocation, const struct verifier_options *options,
                         struct policies_request *request, struct error *error)
{
    struct configuration configuration;

    request->named = policy_words_of(invocation, &options->policies);
    if (request->named.count > 0)
        return 0;
    if (policies_configuration(request, invocation->arena, &configuration, error) != 0)
        return -1;
    request->named = configuration.image_verifier;
    return 0;
}

static int ask(const struct invocation *invocation, const struct verifier_options *options,
               struct text *reason, int *status, struct error *error)
{
    static const struct spec anything = {0};
    static const struct image_asking as_policies_say = {.signatures_alone = true};
    const struct trust_offer offer = {.digest = options->digest, .name = options->name};
    struct image_question question = {
        .invocation = invocation,
        .request = image_policies_request(invocation, options->configuration),
        .asking = &as_policies_say,
        .spec = &anything,
        .offer = &offer,
    };
    struct image_answer answer;
    bool index = false;

    if (check_options(options, error) != 0 || begin_patience(error) != 0 ||
        name_policies(invocation, options, &question.request, error) != 0 ||
        read_descriptor(options, invocation->arena, &index, error) != 0 ||
        image_ask(&question, &answer, error) != 0)
        return -1;
    *status = answer_reason(reason, options, &answer, index);
    return 0;
}

/* One line, on standard output also when it is an error: of standard error containerd shows nothing. */
static int run(const struct invocation *invocation, int *status, struct error *error)
{
    cleanup_text struct text reason = text_growing(REASON_BYTES_MAX);
    char buffer[REASON_BYTES_MAX];
    struct text line = text_over(buffer, sizeof(buffer) - 1);

    if (ask(invocation, invocation->options, &reason, status, error) != 0) {
        text_reset(&reason);
        text_append(&reason, error->message);
        *status = exit_status_for(EXIT_FAMILY_PROOF, error->kind);
    }
    text_append_escaped(&line, reason.bytes, strlen(reason.bytes));
    buffer[line.length] = '\n';
    line.bytes[++line.length] = '\0';
    line.overflow = false;
    return command_print(&line, error);
}

const struct command image_command_verifier = {
    .name = "image verifier",
    .words = "",
    .summary = "what containerd calls before it pulls an image (its image-verifier plugins)",
    .options = OPTION_TABLE(rows),
    .options_size = sizeof(struct verifier_options),
    .run = run,
};
