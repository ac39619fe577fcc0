/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Small conveniences on memory and arrays, and the functions that this code base bans. */
#pragma once

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#define ARRAY_LENGTH(array) (sizeof(array) / sizeof((array)[0]))

static inline void memory_free_pointer(void *pointer)
{
    void **place = (void **)pointer;
    free(*place);
    *place = NULL;
}

#define cleanup_free __attribute__((cleanup(memory_free_pointer)))

/* Give a pointer away: returns it and leaves NULL behind. */
#define take_ptr(place)                                                                                      \
    ({                                                                                                       \
        __typeof__(place) *take_ptr_place = &(place);                                                        \
        __typeof__(place) take_ptr_value = *take_ptr_place;                                                  \
        *take_ptr_place = NULL;                                                                              \
        take_ptr_value;                                                                                      \
    })

#include "base/banned.h"
