/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See judgement.h. */
#include "trust/judgement.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include "base/descriptor.h"
#include "base/memory.h"
#include "trust/containers_policy.h"

enum { DOCUMENT_BYTES_MAX = 4 * 1024 * 1024 };

struct bench {
    const struct judging *judging;
    struct arena *arena;
    struct error *error;
    struct trust_policy document; /* of the requirement, if it has one */
};

static void add_signatures(struct bench *bench, struct judgement *judgement,
                           const struct trust_signature *signatures, size_t count)
{
    struct trust_signature *all = arena_array(bench->arena, judgement->signature_count + count, sizeof(*all));

    if (judgement->signature_count > 0)
        memcpy(all, judgement->signatures, judgement->signature_count * sizeof(*all));
    if (count > 0)
        memcpy(all + judgement->signature_count, signatures, count * sizeof(*all));
    judgement->signatures = all;
    judgement->signature_count += count;
}

/* Keys alone. */
static int judge_keys(struct bench *bench, const struct trust_requirement *requirement,
                      const struct trust_reference *name, struct judgement *judgement)
{
    const struct judging *judging = bench->judging;
    const struct trust_subject subject = {
        .manifest_digest = judging->manifest_digest, .image = name, .now_s = judging->now_s};
    const struct trust_signature *signatures;
    struct trust_verdict verdict;
    size_t count;

    if (judging->broken != NULL) {
        judgement->verdict = (struct trust_verdict){.reason = judging->broken};
        return 0;
    }
    if (trust_requirement_judge(requirement, &subject, judging->blobs, judging->blob_count, judging->gpg,
                                bench->arena, &verdict, &signatures, &count, bench->error) != 0)
        return -1;
    if (!verdict.met && judging->blob_count == 0 && judging->lookaside != NULL)
        verdict.reason = arena_format(bench->arena, "%s (looked at: %s)", verdict.reason, judging->lookaside);
    judgement->verdict = verdict;
    judgement->vouched = verdict.met;
    add_signatures(bench, judgement, signatures, count);
    return 0;
}

/* One line of a document's scope. */
static int judge_line(struct bench *bench, const struct trust_policy_requirement *line,
                      const struct trust_reference *name, struct judgement *judgement)
{
    switch (line->kind) {
    case TRUST_POLICY_ACCEPT:
        judgement->verdict = (struct trust_verdict){.met = true, .reason = "anything is accepted"};
        return 0;
    case TRUST_POLICY_SIGNED_BY:
        return judge_keys(bench, &line->signed_by, name, judgement);
    case TRUST_POLICY_REJECT:
        judgement->verdict = (struct trust_verdict){.reason = "nothing is accepted"};
        return 0;
    case TRUST_POLICY_SIGSTORE:
        judgement->verdict = (struct trust_verdict){
            .reason = "signatures of sigstore are not verified here, only those of GPG keys"};
        return 0;
    case TRUST_POLICY_NEVER:
        break;
    }
    judgement->verdict =
        (struct trust_verdict){.reason = arena_format(bench->arena, "nothing can meet %s", line->words)};
    return 0;
}

/* All lines of the scope must hold; the first that does not is the reason. */
static int judge_document(struct bench *bench, const struct trust_reference *name,
                          struct judgement *judgement)
{
    const struct trust_policy_scope *scope = trust_policy_match(&bench->document, name, bench->arena);
    const char *words = trust_policy_explain(&bench->document, scope, bench->arena);
    struct trust_verdict all = {.met = true};
    bool vouched = false;

    for (size_t i = 0; i < scope->count && all.met; i++) {
        const char *reference = all.reference;

        judgement->vouched = false;
        if (judge_line(bench, &scope->requirements[i], name, judgement) != 0)
            return -1;
        all = judgement->verdict;
        all.reference = reference != NULL ? reference : all.reference;
        vouched = vouched || judgement->vouched;
    }
    judgement->verdict = all;
    judgement->verdict.reason = arena_format(bench->arena, "%s: %s", words, all.reason);
    judgement->vouched = all.met && vouched;
    return 0;
}

static int judge_by_name(struct bench *bench, const struct trust_requirement *requirement,
                         const struct trust_reference *name, struct judgement *judgement)
{
    *judgement = (struct judgement){0};
    return requirement->document != NULL ? judge_document(bench, name, judgement)
                                         : judge_keys(bench, requirement, name, judgement);
}

/* A symbolic link may lead to it: the way was looked at. */
static int read_document(struct bench *bench, const char *path)
{
    cleanup_fd int file = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    struct stat status;
    size_t length;
    char *bytes;

    if (file < 0 || fstat(file, &status) != 0)
        return error_system(bench->error, errno, "opening %s", path);
    if (bench->judging->check_document != NULL && bench->judging->check_document(path, bench->error) != 0)
        return -1;
    if (!S_ISREG(status.st_mode))
        return error_set(bench->error, ERROR_INVALID, "%s is not a regular file", path);
    if (descriptor_read_all(file, DOCUMENT_BYTES_MAX, path, bench->arena, &bytes, &length, bench->error) != 0)
        return -1;
    return trust_policy_parse(bytes, length, path, bench->arena, &bench->document, bench->error);
}

int trust_judge(const struct trust_requirement *requirement, const struct judging *judging,
                struct arena *arena, struct judgement *judgement, struct error *error)
{
    struct bench bench = {.judging = judging, .arena = arena, .error = error};

    if (requirement->document != NULL && read_document(&bench, requirement->document) != 0)
        return error_prefix(error, "%s", requirement->name);
    /* What the first name fails of is told: it is the likeliest. */
    for (size_t i = 0; i < judging->name_count; i++) {
        struct judgement by_name;

        if (judge_by_name(&bench, requirement, judging->names[i], &by_name) != 0)
            return -1;
        if (i == 0 || by_name.verdict.met)
            *judgement = by_name;
        if (by_name.verdict.met)
            break;
    }
    judgement->verdict.requirement = requirement;
    return 0;
}
