/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Moving network devices of the host into a container's network namespace, and back. */
#include "linux/net_devices.h"

#include <errno.h>
#include <net/if.h>
#include <sched.h>
#include <stdbool.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include "base/descriptor.h"
#include "base/memory.h"
#include "linux/namespaces.h"
#include "linux/netlink.h"

/* One side of a move. */
struct side {
    int namespace;
    int socket;
};

/* What is needed to move a device: its index stays the same where the target has none of that number, but
 * that is not promised. */
struct sides {
    struct side host, container;
};

static void sides_close(struct sides *sides)
{
    descriptor_close(&sides->host.namespace);
    descriptor_close(&sides->host.socket);
    descriptor_close(&sides->container.socket);
}

/* A socket in each namespace; we are back in our own when this returns. */
static int sides_open(struct sides *sides, int target, struct error *error)
{
    struct error unheard;

    *sides = (struct sides){.host = {-1, -1}, .container = {target, -1}};
    sides->host.namespace = namespaces_open_of(0, "net", CLONE_NEWNET, error);
    if (sides->host.namespace < 0)
        return -1;
    sides->host.socket = netlink_open(error);
    if (sides->host.socket < 0)
        return -1;
    if (setns(target, CLONE_NEWNET) < 0)
        return error_system(error, errno, "linux.netDevices: enter the container's network namespace");
    sides->container.socket = netlink_open(error);
    if (setns(sides->host.namespace, CLONE_NEWNET) < 0)
        return error_system(error, errno, "linux.netDevices: return to the runtime's own network namespace");
    return sides->container.socket < 0 ? error_prefix(error != NULL ? error : &unheard, "linux.netDevices")
                                       : 0;
}

static bool is_pattern(const char *name)
{
    return strstr(name, "%d") != NULL;
}

static int carry_addresses(const struct side *to, unsigned int index, const char *name,
                           const struct netlink_address *addresses, size_t count, struct error *error)
{
    for (size_t i = 0; i < count; i++)
        if (netlink_add_address(to->socket, index, &addresses[i]) < 0 && errno != EEXIST)
            return error_system(error, errno, "linux.netDevices: give \"%s\" its address %zu of %zu again",
                                name, i + 1, count);
    if (netlink_set_up(to->socket, index) < 0)
        return error_system(error, errno, "linux.netDevices: set \"%s\" up", name);
    return 0;
}

static int move_error(const char *from_name, const char *to_name, struct error *error)
{
    switch (errno) {
    case EEXIST:
        return error_set(
            error, ERROR_INVALID,
            "linux.netDevices: \"%s\" cannot be called \"%s\" in the container: the name is taken", from_name,
            to_name);
    case EINVAL:
    case EOPNOTSUPP:
        return error_set(error, ERROR_UNSUPPORTED,
                         "linux.netDevices: \"%s\" is of a kind that cannot change its network namespace",
                         from_name);
    default:
        return error_system(error, errno, "linux.netDevices: move \"%s\"", from_name);
    }
}

/* The index that a moved device has now: the kernel keeps it where it is free. A pattern leaves only the
 * index to go by. */
static unsigned int index_after(const struct side *to, unsigned int before, const char *name)
{
    unsigned int index = is_pattern(name) ? 0 : netlink_device_index(to->socket, name);

    return index != 0 ? index : before;
}

static int move_one(const struct side *from, const struct side *to, const char *from_name,
                    const char *to_name, struct error *error)
{
    struct netlink_address addresses[NETLINK_ADDRESSES_MAX];
    unsigned int index = netlink_device_index(from->socket, from_name);
    size_t count;

    if (index == 0)
        return error_set(error, ERROR_INVALID, "linux.netDevices: there is no network device \"%s\"",
                         from_name);
    if (!is_pattern(to_name) && netlink_device_index(to->socket, to_name) != 0) {
        errno = EEXIST;
        return move_error(from_name, to_name, error);
    }
    if (netlink_addresses(from->socket, index, addresses, &count, error) < 0)
        return -1;
    if (netlink_move(from->socket, index, to->namespace, to_name) < 0)
        return move_error(from_name, to_name, error);
    return carry_addresses(to, index_after(to, index, to_name), to_name, addresses, count, error);
}

/* All names, before the first device moves. */
static int check_names(const struct plan *plan, const struct sides *sides, struct error *error)
{
    for (size_t i = 0; i < plan->net_device_count; i++) {
        const struct plan_net_device *device = &plan->net_devices[i];

        if (netlink_device_index(sides->host.socket, device->host_name) == 0)
            return error_set(error, ERROR_INVALID, "linux.netDevices: there is no network device \"%s\"",
                             device->host_name);
        if (!is_pattern(device->container_name) &&
            netlink_device_index(sides->container.socket, device->container_name) != 0) {
            errno = EEXIST;
            return move_error(device->host_name, device->container_name, error);
        }
    }
    return 0;
}

/* Back with those that are there by the name we gave. A device under a pattern's name cannot be told from
 * others. */
static int return_all(const struct plan *plan, const struct sides *sides, size_t count, struct error *error)
{
    int result = 0;

    for (size_t i = count; i-- > 0;) {
        const struct plan_net_device *device = &plan->net_devices[i];

        if (netlink_device_index(sides->host.socket, device->host_name) != 0 ||
            netlink_device_index(sides->container.socket, device->container_name) == 0)
            continue;
        if (move_one(&sides->container, &sides->host, device->container_name, device->host_name, error) < 0)
            result = -1;
    }
    return result;
}

int net_devices_move(const struct plan *plan, int target, struct error *error)
{
    __attribute__((cleanup(sides_close))) struct sides sides;

    if (sides_open(&sides, target, error) < 0 || check_names(plan, &sides, error) < 0)
        return -1;
    for (size_t i = 0; i < plan->net_device_count; i++) {
        const struct plan_net_device *device = &plan->net_devices[i];
        struct error second;

        if (move_one(&sides.host, &sides.container, device->host_name, device->container_name, error) == 0)
            continue;
        if (return_all(plan, &sides, i + 1, &second) < 0)
            error_prefix(error, "%s; and before that", second.message);
        return -1;
    }
    return 0;
}

int net_devices_return(const struct plan *plan, int target, struct error *error)
{
    __attribute__((cleanup(sides_close))) struct sides sides;

    if (sides_open(&sides, target, error) < 0)
        return -1;
    return return_all(plan, &sides, plan->net_device_count, error);
}

int net_devices_loopback_up(struct error *error)
{
    struct ifreq request = {.ifr_name = "lo", .ifr_flags = IFF_UP | IFF_RUNNING};
    /* Any socket reaches the devices of its namespace; this kind needs no protocol. */
    cleanup_fd int any = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

    if (any < 0 || ioctl(any, SIOCSIFFLAGS, &request) < 0)
        return error_system(error, errno, "set the loopback device of the new network namespace up");
    return 0;
}
