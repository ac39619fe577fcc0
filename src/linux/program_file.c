/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See program_file.h. */
#include "linux/program_file.h"

#include <elf.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

/* The kernel looks at as many bytes of a script (BINPRM_BUF_SIZE), and at tables of program headers of this
 * size. */
enum { SCRIPT_LINE_MAX = 256, HEADERS_SIZE_MAX = 65536 };

static bool read_exactly(int file, void *bytes, size_t size, uint64_t offset)
{
    return offset <= INT64_MAX - size && pread(file, bytes, size, (off_t)offset) == (ssize_t)size;
}

/* ---- scripts ---- */

/* head: NUL-terminated where the kernel's buffer ends; a name that may be cut there is none. */
static enum program_kind read_script(const char head[SCRIPT_LINE_MAX + 1], char interpreter[PATH_MAX])
{
    const char *line = head + strlen("#!");
    size_t length;

    line += strspn(line, " \t");
    length = strcspn(line, " \t\n");
    if (length == 0 || line + length == head + SCRIPT_LINE_MAX)
        return PROGRAM_OTHER;
    memcpy(interpreter, line, length);
    interpreter[length] = '\0';
    return PROGRAM_SCRIPT;
}

/* ---- ELF ---- */

/* Of both classes, what counts. */
struct headers {
    uint64_t offset;
    uint32_t size, count;
};

static enum program_kind read_interpreter(int file, uint64_t offset, uint64_t size,
                                          char interpreter[PATH_MAX])
{
    if (size < 2 || size > PATH_MAX || !read_exactly(file, interpreter, (size_t)size, offset) ||
        interpreter[size - 1] != '\0' || interpreter[0] == '\0')
        return PROGRAM_OTHER;
    return PROGRAM_DYNAMIC;
}

/* The first one counts. */
static enum program_kind walk_headers(int file, const struct headers *headers, bool wide,
                                      char interpreter[PATH_MAX])
{
    union {
        Elf64_Phdr wide;
        Elf32_Phdr narrow;
    } header;

    for (uint32_t i = 0; i < headers->count; i++) {
        if (headers->offset > INT64_MAX - HEADERS_SIZE_MAX ||
            !read_exactly(file, &header, headers->size, headers->offset + (uint64_t)i * headers->size))
            return PROGRAM_OTHER;
        if (wide && header.wide.p_type == PT_INTERP)
            return read_interpreter(file, header.wide.p_offset, header.wide.p_filesz, interpreter);
        if (!wide && header.narrow.p_type == PT_INTERP)
            return read_interpreter(file, header.narrow.p_offset, header.narrow.p_filesz, interpreter);
    }
    return PROGRAM_STATIC;
}

static bool is_executable(uint16_t type)
{
    return type == ET_EXEC || type == ET_DYN;
}

static enum program_kind read_elf(int file, const unsigned char *identity, char interpreter[PATH_MAX])
{
    static const unsigned char native = __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? ELFDATA2LSB : ELFDATA2MSB;
    const bool wide = identity[EI_CLASS] == ELFCLASS64;
    struct headers headers;
    Elf64_Ehdr header;
    Elf32_Ehdr narrow;

    if (identity[EI_DATA] != native || (!wide && identity[EI_CLASS] != ELFCLASS32))
        return PROGRAM_OTHER;
    if (wide) {
        if (!read_exactly(file, &header, sizeof(header), 0) || !is_executable(header.e_type) ||
            header.e_phentsize != sizeof(Elf64_Phdr))
            return PROGRAM_OTHER;
        headers = (struct headers){header.e_phoff, header.e_phentsize, header.e_phnum};
    } else {
        if (!read_exactly(file, &narrow, sizeof(narrow), 0) || !is_executable(narrow.e_type) ||
            narrow.e_phentsize != sizeof(Elf32_Phdr))
            return PROGRAM_OTHER;
        headers = (struct headers){narrow.e_phoff, narrow.e_phentsize, narrow.e_phnum};
    }
    if (headers.count == 0 || headers.size * headers.count > HEADERS_SIZE_MAX)
        return PROGRAM_OTHER;
    return walk_headers(file, &headers, wide, interpreter);
}

enum program_kind program_file_read(int file, char interpreter[PATH_MAX])
{
    char head[SCRIPT_LINE_MAX + 1] = {0};
    ssize_t length = pread(file, head, SCRIPT_LINE_MAX, 0);

    if (length < EI_NIDENT && (length < 3 || head[0] != '#'))
        return PROGRAM_OTHER;
    if (head[0] == '#' && head[1] == '!')
        return read_script(head, interpreter);
    if (memcmp(head, ELFMAG, SELFMAG) == 0)
        return read_elf(file, (const unsigned char *)head, interpreter);
    return PROGRAM_OTHER;
}
