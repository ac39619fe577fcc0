/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The reader of programs' files: any bytes are a kind, and a loader or interpreter is a string that the file
 * holds. */
#include "fuzzer.h"

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include "linux/program_file.h"

static char interpreter[PATH_MAX];

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    enum program_kind kind;
    int file = memfd_create("program", MFD_CLOEXEC);

    LAW(file >= 0 && (length == 0 || write(file, bytes, length) == (ssize_t)length));
    memset(interpreter, 'x', sizeof(interpreter));
    kind = program_file_read(file, interpreter);
    LAW(close(file) == 0);
    if (kind == PROGRAM_DYNAMIC || kind == PROGRAM_SCRIPT) {
        const size_t size = strnlen(interpreter, sizeof(interpreter));

        LAW(size > 0 && size < sizeof(interpreter) && memmem(bytes, length, interpreter, size) != NULL);
    }
    LAW(kind != PROGRAM_SCRIPT || memcmp(bytes, "#!", 2) == 0);
    return 0;
}
