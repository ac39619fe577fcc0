/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Seals by hand, for figures (tests/bench/trust_walk.sh).
 * usage: trust_walk_tool seal FOLDER > LIST;  trust_walk_tool compare FOLDER LIST [THREADS]
 * The last line on standard error says how many files, and the most memory that was used.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/descriptor.h"
#include "trust/walk.h"

static int fail(const char *message)
{
    fprintf(stderr, "%s\n", message);
    return 1;
}

static int write_list(int root)
{
    struct arena arena = {0};
    struct trust_seal seal;
    struct error error = {0};

    if (trust_seal_write(root, STDOUT_FILENO, &arena, &seal, &error) != 0)
        return fail(error.message);
    fprintf(stderr, "%s %llu files", seal.digest, (unsigned long long)seal.files);
    return 0;
}

/* The list is mapped: the memory that is told is that of the walk. */
static int compare(int root, const char *path, unsigned int threads)
{
    cleanup_fd int file = open(path, O_RDONLY | O_CLOEXEC);
    struct arena arena = {0};
    struct trust_seal seal = {.digest = ""};
    struct trust_binding binding;
    struct error error = {0};
    struct stat status;

    if (file < 0 || fstat(file, &status) != 0)
        return fail("no list");
    seal.length = (size_t)status.st_size;
    seal.list = mmap(NULL, seal.length, PROT_READ, MAP_PRIVATE, file, 0);
    if (seal.list == MAP_FAILED)
        return fail("no list");
    for (const char *at = seal.list; at < seal.list + seal.length; at++)
        seal.files += *at == '\n';
    seal.files--;
    if (walk_compare(root, NULL, &seal, NULL, threads, &arena, &binding, &error) != 0)
        return fail(error.message);
    fprintf(stderr, "%llu files, %s", (unsigned long long)seal.files,
            binding.holds ? "holds" : binding.reason);
    return binding.holds ? 0 : 1;
}

int main(int argc, char **argv)
{
    cleanup_fd int root = argc > 2 ? open(argv[2], O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
    struct rusage usage;
    int status;

    if (root < 0)
        return fail("usage: trust_walk_tool seal FOLDER > LIST, or: compare FOLDER LIST [THREADS]");
    if (strcmp(argv[1], "seal") == 0)
        status = write_list(root);
    else if (strcmp(argv[1], "compare") == 0 && argc > 3)
        status = compare(root, argv[3], argc > 4 ? (unsigned int)strtoul(argv[4], NULL, 10) : 0);
    else
        return fail("no such command");
    (void)getrusage(RUSAGE_SELF, &usage);
    fprintf(stderr, ", %ld kB at most\n", usage.ru_maxrss);
    return status;
}
