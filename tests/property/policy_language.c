/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Laws of the language: what is read, printed and read again is equal, and is printed alike; both for the
 * good samples and for thousands of random policies. Different samples are different: an equality that says
 * yes to everything would pass the first law.
 *
 * Usage: policy_language GOOD_DIRECTORY
 */
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/descriptor.h"
#include "base/memory.h"
#include "policy/read.h"
#include "policy_generator.h"

enum { RANDOM_POLICIES = 5000, RANDOM_SPECS = 500, SAMPLES_MAX = 1000, TEXT_MAX = 1 << 24 };

static size_t broken;

static void breach(const char *where, const char *law, const char *text)
{
    fprintf(stderr, "%s: %s\n%s\n", where, law, text);
    broken++;
}

/* With both forms: indented, and all on one line. */
static void check_round_trip(const char *where, const struct policy *policy, struct arena *arena)
{
    for (unsigned int indent = 0; indent <= 2; indent += 2) {
        cleanup_text struct text first = text_growing(TEXT_MAX), second = text_growing(TEXT_MAX);
        const struct policy *again;
        struct error error = {0};

        policy_print(&first, policy, indent);
        if (policy_read(first.bytes, first.length, where, NULL, arena, NULL, &again, &error) != 0) {
            breach(where, error.message, first.bytes);
            return;
        }
        if (!policy_equal(policy, again) || !policy_equal(again, policy))
            breach(where, "what is printed means something else", first.bytes);
        policy_print(&second, again, indent);
        if (strcmp(first.bytes, second.bytes) != 0)
            breach(where, "printing twice differs", first.bytes);
    }
}

static void check_random(void)
{
    for (uint64_t number = 1; number <= RANDOM_POLICIES; number++) {
        cleanup_arena struct arena arena = {0};
        uint64_t seed = number, same_seed = number;
        char where[32];
        const struct policy *policy = policy_generate(&seed, &arena);

        text_print(where, sizeof(where), "seed %llu", (unsigned long long)number);
        check_round_trip(where, policy, &arena);
        if (!policy_equal(policy, policy_generate(&same_seed, &arena)) || seed != same_seed)
            breach(where, "the same seed gives another policy", "");
    }
    for (uint64_t number = 1; number <= RANDOM_SPECS; number++) {
        cleanup_arena struct arena arena = {0};
        uint64_t seed = number;

        (void)spec_generate(&seed, &arena);
    }
}

static const struct policy *read_file(const char *path, struct arena *arena)
{
    cleanup_fd int file = open(path, O_RDONLY | O_CLOEXEC);
    const struct policy *policy = NULL;
    struct error error = {0};
    char *bytes;
    size_t length;

    if (file < 0 || descriptor_read_all(file, TEXT_MAX, path, arena, &bytes, &length, &error) < 0 ||
        policy_read(bytes, length, path, NULL, arena, NULL, &policy, &error) != 0)
        breach(path, error.message, "");
    return policy;
}

/* How many there were. */
static size_t check_samples(const char *directory_path)
{
    cleanup_arena struct arena arena = {0};
    const struct policy *samples[SAMPLES_MAX];
    DIR *directory = opendir(directory_path);
    const struct dirent *entry;
    size_t count = 0;

    if (directory == NULL) {
        breach(directory_path, "cannot be opened", "");
        return 0;
    }
    while ((entry = readdir(directory)) != NULL && count < SAMPLES_MAX) {
        const char *path = arena_format(&arena, "%s/%s", directory_path, entry->d_name);

        if (!text_ends_with(entry->d_name, ".json") || (samples[count] = read_file(path, &arena)) == NULL)
            continue;
        check_round_trip(path, samples[count], &arena);
        for (size_t i = 0; i < count; i++)
            if (policy_equal(samples[i], samples[count]))
                breach(path, "is equal to", samples[i]->file);
        count++;
    }
    closedir(directory);
    return count;
}

int main(int argc, char **argv)
{
    size_t count;

    if (argc != 2) {
        fprintf(stderr, "usage: policy_language GOOD_DIRECTORY\n");
        return 2;
    }
    count = check_samples(argv[1]);
    check_random();
    printf("%zu samples, %d random policies, %zu breaches\n", count, RANDOM_POLICIES, broken);
    return broken > 0 || count == 0;
}
