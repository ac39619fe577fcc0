/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The few requests of rtnetlink(7) that moving a network device takes. A socket stays in the network
 * namespace that it was made in. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/error.h"

/* An address to be carried over: what RTM_NEWADDR takes. */
struct netlink_address {
    uint8_t family, prefix_length;
    uint32_t flags;  /* IFA_F_* that are configuration, not state */
    uint32_t metric; /* IFA_RT_PRIORITY, 0: none */
    uint8_t address[16], local[16], broadcast[16];
    uint8_t address_length, local_length, broadcast_length; /* 0: not given */
};

/* More than this on one device is an error. */
enum { NETLINK_ADDRESSES_MAX = 256 };

/* A socket in the calling thread's network namespace, or -1. */
int netlink_open(struct error *error);

/* The index of a device by name; 0: there is none. */
unsigned int netlink_device_index(int socket, const char *name);

/* All permanent addresses of global scope of a device. *count: how many. */
int netlink_addresses(int socket, unsigned int index, struct netlink_address *addresses, size_t *count,
                      struct error *error);

/* Move the device to the namespace behind descriptor; name: what it is called there (a pattern with %d is the
 * kernel's to fill). 0, or -1 with errno. */
int netlink_move(int socket, unsigned int index, int descriptor, const char *name);

/* 0, or -1 with errno. */
int netlink_set_up(int socket, unsigned int index);
int netlink_add_address(int socket, unsigned int index, const struct netlink_address *address);
