/* SPDX-License-Identifier: GPL-2.0-or-later */
/* thwart: an OCI runtime that enforces policy. */
#include "cli/invoke.h"

int main(int argument_count, char *arguments[])
{
    return invoke(argument_count, arguments);
}
