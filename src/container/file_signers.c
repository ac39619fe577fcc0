/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Signatures of policies and waivers. */
#include "container/file_signers.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include "base/descriptor.h"
#include "container/gpg_helper.h"
#include "container/prepare.h"
#include "container/site_file.h"
#include "container/state_root.h"
#include "container/trust_cache.h"
#include "trust/detached.h"

enum { FUTURE_TOLERANCE_S = 300 /* clocks of signers differ */ };

struct file_signers {
    const struct configuration_policy_signatures *rules;
    const char *state_root; /* as given */
    struct arena *arena;
    struct trust_keyring *keyrings;
    struct gpg_helper *helper; /* NULL: none yet */
    bool running;              /* then: */
    struct trust_store store;  /* what gpg said before */
    struct trust_cache cache;
};

struct file_signers *file_signers_of(const struct configuration *configuration, const char *state_root,
                                     struct arena *arena)
{
    const struct configuration_policy_signatures *rules = &configuration->policy_signatures;
    struct file_signers *signers;

    if (!rules->required)
        return NULL;
    signers = arena_allocate(arena, sizeof(*signers));
    *signers = (struct file_signers){
        .rules = rules,
        .state_root = state_root,
        .arena = arena,
        .keyrings = arena_array(arena, rules->keyrings.count, sizeof(*signers->keyrings)),
    };
    for (size_t i = 0; i < rules->keyrings.count; i++)
        signers->keyrings[i] = (struct trust_keyring){.path = rules->keyrings.items[i]};
    return signers;
}

void file_signers_end(struct file_signers *signers)
{
    if (signers == NULL || !signers->running)
        return;
    gpg_helper_end(signers->helper);
    trust_store_close(&signers->store);
    signers->running = false;
}

/* ---- gpg ---- */

static int begin(struct file_signers *signers, struct error *error)
{
    cleanup_fd int directory = -1;
    const char *path;

    if (signers->running)
        return 0;
    if (state_root_path(signers->state_root, signers->arena, &path, error) != 0 ||
        state_root_open(path, true, &directory, error) != 0)
        return -1;
    if (signers->helper == NULL)
        signers->helper = arena_allocate(signers->arena, sizeof(*signers->helper));
    gpg_helper_begin(signers->helper, path);
    trust_store_open(path, signers->arena, &signers->store);
    signers->cache = trust_store_cache(&signers->store);
    signers->helper->cache = &signers->cache;
    signers->running = true;
    return 0;
}

static bool is_accepted(const struct configuration_policy_signatures *rules, const char *fingerprint)
{
    for (size_t i = 0; i < rules->fingerprints.count; i++)
        if (strcmp(rules->fingerprints.items[i], fingerprint) == 0)
            return true;
    return rules->fingerprints.count == 0;
}

/* Why what gpg said is not enough; NULL: it is. */
static const char *judge(const struct file_signers *signers, const struct signed_file *file,
                         const struct trust_gpg_answer *answer)
{
    const struct trust_gpg_signature *found = answer->signatures;

    if (answer->count != 1)
        return "gpg does not say one thing of it";
    if (found->status != TRUST_GPG_GOOD)
        return trust_gpg_reason(found, signers->arena);
    if (found->primary == NULL || answer->payload == NULL || answer->payload_length != file->length ||
        (file->length > 0 && memcmp(answer->payload, file->bytes, file->length) != 0))
        return "gpg does not say which key made it over what";
    if (found->created_s > time(NULL) + FUTURE_TOLERANCE_S)
        return "it is dated in the future";
    if (!is_accepted(signers->rules, found->primary))
        return arena_format(signers->arena,
                            "its key %s is none of those listed (policySignatures.fingerprints)",
                            found->primary);
    return NULL;
}

/* One that counts is enough; else the first one's reason is told. */
static int verify(struct file_signers *signers, const struct signed_file *file,
                  const struct trust_detached *detached, const char **reason, struct error *error)
{
    struct trust_gpg gpg;

    *reason = NULL;
    if (begin(signers, error) != 0)
        return -1;
    gpg = gpg_helper_of(signers->helper);
    for (size_t i = 0; i < detached->count; i++) {
        struct trust_gpg_answer answer = {0};
        const char *odd;
        const void *message;
        size_t length;

        if (trust_detached_message(detached, i, file->bytes, file->length, signers->arena, &message, &length,
                                   error) != 0 ||
            gpg.verify(gpg.context, signers->keyrings, signers->rules->keyrings.count, message, length,
                       signers->arena, &answer, error) != 0)
            return -1;
        odd = judge(signers, file, &answer);
        if (odd == NULL) {
            *reason = NULL;
            return 0;
        }
        if (*reason == NULL)
            *reason = odd;
    }
    return 0;
}

/* ---- files ---- */

static int read_signature(const struct file_signers *signers, const struct signed_file *file,
                          const char *path, const char *name, char **text, size_t *length,
                          struct error *error)
{
    struct stat status;

    if (fstatat(file->directory, path, &status, 0) != 0 && (errno == ENOENT || errno == ENOTDIR))
        return error_set(error, ERROR_UNTRUSTED,
                         "%s is not signed: thwart.json wants every policy and waiver signed "
                         "(policySignatures), and there is no %s",
                         file->name, name);
    return file->site ? site_file_read(file->directory, path, name, TRUST_DETACHED_BYTES_MAX, signers->arena,
                                       text, length, error)
                      : prepare_read_document(file->directory, path, name, TRUST_DETACHED_BYTES_MAX,
                                              signers->arena, text, length, error);
}

int file_signers_check(struct file_signers *signers, const struct signed_file *file, struct error *error)
{
    const char *path, *name, *reason;
    struct trust_detached detached;
    struct error unreadable;
    size_t length;
    char *text;

    if (signers == NULL)
        return 0;
    path = arena_format(signers->arena, "%s" FILE_SIGNATURE_SUFFIX, file->path);
    name = arena_format(signers->arena, "%s" FILE_SIGNATURE_SUFFIX, file->name);
    if (read_signature(signers, file, path, name, &text, &length, error) != 0)
        return -1;
    if (trust_detached_read(text, length, signers->arena, &detached, &unreadable) != 0)
        return error_set(error, ERROR_UNTRUSTED, "%s is not signed: %s: %s", file->name, name,
                         unreadable.message);
    if (verify(signers, file, &detached, &reason, error) != 0)
        return error_prefix(error, "verifying %s", name);
    if (reason == NULL)
        return 0;
    return error_set(error, ERROR_UNTRUSTED, "%s is not signed by an accepted key: %s: %s", file->name, name,
                     reason);
}

int policies_check_revision(const struct configuration *configuration, const struct policy *policy,
                            struct error *error)
{
    const struct configuration_policy_signatures *rules = &configuration->policy_signatures;

    for (size_t i = 0; i < rules->least_revision_count; i++) {
        const struct configuration_least_revision *least = &rules->least_revisions[i];

        if (strcmp(least->name, policy->name) != 0 || policy->revision >= least->revision)
            continue;
        if (policy->revision == 0)
            return error_set(error, ERROR_UNTRUSTED,
                             "%s: the policy \"%s\" has no revision, and must have at least %llu "
                             "(policySignatures.leastRevisions in thwart.json)",
                             policy->file, policy->name, (unsigned long long)least->revision);
        return error_set(error, ERROR_UNTRUSTED,
                         "%s: the policy \"%s\" has revision %u, and must have at least %llu "
                         "(policySignatures.leastRevisions in thwart.json): an older policy than one that "
                         "was in force",
                         policy->file, policy->name, policy->revision, (unsigned long long)least->revision);
    }
    return 0;
}
