/* SPDX-License-Identifier: GPL-2.0-or-later */
/* linux/program_file.c: what a hostile file says that the kernel will execute beside it. */
#include "unit.h"

#include <elf.h>
#include <fcntl.h>
#include <sys/mman.h>
#include "base/memory.h"
#include "linux/program_file.h"

static char interpreter[PATH_MAX];

static enum program_kind kind_of(const void *bytes, size_t length)
{
    enum program_kind kind;
    int file = memfd_create("program", MFD_CLOEXEC);

    assert_true(file >= 0);
    assert_int_equal(write(file, bytes, length), length);
    memset(interpreter, '?', sizeof(interpreter));
    kind = program_file_read(file, interpreter);
    close(file);
    return kind;
}

static void scripts(void **state)
{
    static const struct {
        const char *text, *interpreter; /* NULL: no script */
    } cases[] = {
        {"#!/bin/sh\n", "/bin/sh"},
        {"#!/bin/sh", "/bin/sh"},
        {"#! \t /bin/sh -e\nexit\n", "/bin/sh"},
        {"#!/usr/bin/env\tpython3\n", "/usr/bin/env"},
        {"#!relative\n", "relative"},
        {"#!\n/bin/sh\n", NULL},
        {"#!   \n", NULL},
        {"#!", NULL},
        {"#/bin/sh\n", NULL},
        {"", NULL},
        {"exit 0\n", NULL},
    };
    char cut[400];

    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        enum program_kind kind = kind_of(cases[i].text, strlen(cases[i].text));

        assert_int_equal(kind, cases[i].interpreter != NULL ? PROGRAM_SCRIPT : PROGRAM_OTHER);
        if (cases[i].interpreter != NULL)
            assert_string_equal(interpreter, cases[i].interpreter);
    }
    /* The kernel looks at 256 bytes: a name that ends after them may be cut. */
    memset(cut, 'a', sizeof(cut));
    cut[0] = '#';
    cut[1] = '!';
    cut[255] = '\n';
    assert_int_equal(kind_of(cut, sizeof(cut)), PROGRAM_SCRIPT);
    assert_int_equal(strlen(interpreter), 253);
    cut[255] = 'a';
    cut[256] = '\n';
    assert_int_equal(kind_of(cut, sizeof(cut)), PROGRAM_OTHER);
}

struct wide_program {
    Elf64_Ehdr header;
    Elf64_Phdr headers[2];
    char loader[32];
};

static struct wide_program wide_program(void)
{
    struct wide_program program = {
        .header = {.e_type = ET_DYN,
                   .e_phoff = offsetof(struct wide_program, headers),
                   .e_phentsize = sizeof(Elf64_Phdr),
                   .e_phnum = 2},
        .headers = {{.p_type = PT_LOAD},
                    {.p_type = PT_INTERP, .p_offset = offsetof(struct wide_program, loader), .p_filesz = 15}},
        .loader = "/lib/ld-test.so",
    };

    memcpy(program.header.e_ident, ELFMAG, SELFMAG);
    program.header.e_ident[EI_CLASS] = ELFCLASS64;
    program.header.e_ident[EI_DATA] = __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? ELFDATA2LSB : ELFDATA2MSB;
    program.headers[1].p_filesz = strlen(program.loader) + 1;
    return program;
}

#define KIND(program) kind_of(&(program), sizeof(program))

static void programs(void **state)
{
    struct wide_program program = wide_program();

    (void)state;
    assert_int_equal(KIND(program), PROGRAM_DYNAMIC);
    assert_string_equal(interpreter, "/lib/ld-test.so");
    program.headers[1].p_type = PT_NOTE;
    assert_int_equal(KIND(program), PROGRAM_STATIC);
}

static void narrow_programs(void **state)
{
    struct {
        Elf32_Ehdr header;
        Elf32_Phdr headers[1];
        char loader[32];
    } program = {
        .header = {.e_type = ET_EXEC,
                   .e_phoff = sizeof(Elf32_Ehdr),
                   .e_phentsize = sizeof(Elf32_Phdr),
                   .e_phnum = 1},
        .headers = {{.p_type = PT_INTERP,
                     .p_offset = sizeof(Elf32_Ehdr) + sizeof(Elf32_Phdr),
                     .p_filesz = 7}},
        .loader = "/lib/x",
    };

    (void)state;
    memcpy(program.header.e_ident, ELFMAG, SELFMAG);
    program.header.e_ident[EI_CLASS] = ELFCLASS32;
    program.header.e_ident[EI_DATA] = __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? ELFDATA2LSB : ELFDATA2MSB;
    assert_int_equal(KIND(program), PROGRAM_DYNAMIC);
    assert_string_equal(interpreter, "/lib/x");
}

/* Every number that a hostile file may hold: nothing is read beside it, and nothing believed. */
static void hostile(void **state)
{
    struct wide_program program;

    (void)state;
#define REFUSED(change)                                                                                      \
    program = wide_program();                                                                                \
    change;                                                                                                  \
    assert_int_equal(KIND(program), PROGRAM_OTHER)
    REFUSED(program.header.e_ident[EI_CLASS] = 7);
    REFUSED(program.header.e_ident[EI_DATA] ^= 3);
    REFUSED(program.header.e_type = ET_CORE);
    REFUSED(program.header.e_phentsize = 1);
    REFUSED(program.header.e_phentsize = UINT16_MAX);
    REFUSED(program.header.e_phnum = 0);
    REFUSED(program.header.e_phnum = UINT16_MAX);
    REFUSED(program.header.e_phoff = UINT64_MAX);
    REFUSED(program.header.e_phoff = UINT64_MAX - 56);
    REFUSED(program.header.e_phoff = INT64_MAX);
    REFUSED(program.header.e_phoff = sizeof(program));
    REFUSED(program.headers[1].p_offset = UINT64_MAX);
    REFUSED(program.headers[1].p_offset = INT64_MAX);
    REFUSED(program.headers[1].p_filesz = 0);
    REFUSED(program.headers[1].p_filesz = 1);
    REFUSED(program.headers[1].p_filesz = 4); /* no NUL at its end */
    REFUSED(program.headers[1].p_filesz = PATH_MAX + 1);
    REFUSED(program.headers[1].p_filesz = UINT64_MAX);
    REFUSED(program.loader[0] = '\0');
#undef REFUSED
    program = wide_program();
    for (size_t length = 0; length < offsetof(struct wide_program, loader); length++)
        assert_int_equal(kind_of(&program, length), PROGRAM_OTHER);
}

static void unreadable(void **state)
{
    int file = open("/", O_RDONLY | O_CLOEXEC);

    (void)state;
    assert_int_equal(program_file_read(file, interpreter), PROGRAM_OTHER);
    close(file);
    assert_int_equal(program_file_read(-1, interpreter), PROGRAM_OTHER);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(scripts), cmocka_unit_test(programs),   cmocka_unit_test(narrow_programs),
        cmocka_unit_test(hostile), cmocka_unit_test(unreadable),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
