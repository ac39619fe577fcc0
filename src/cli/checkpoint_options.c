/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From words to the options of checkpoint and restore. */
#include "cli/checkpoint_options.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include "base/number.h"

enum { PORT_MAX = 65535, DESCRIPTOR_MAX = 1 << 20 };

const char *const checkpoint_network_locks[] = {"iptables", "nftables", NULL};
const char *const checkpoint_cgroup_modes[] = {"soft", "full", "strict", "ignore", NULL};

/* ADDRESS:PORT; an address of IPv6 may stand in brackets. */
static int read_page_server(const char *text, const char *command, struct arena *arena,
                            struct checkpoint_options *options, struct error *error)
{
    const char *colon = strrchr(text, ':');
    uint64_t port;

    if (colon == NULL || colon == text || !number_unsigned(colon + 1, PORT_MAX, &port) || port == 0)
        return error_set(error, ERROR_USAGE, "%s: --page-server: \"%.64s\" is no ADDRESS:PORT", command,
                         text);
    if (text[0] == '[' && colon[-1] == ']')
        options->page_server_address = arena_copy(arena, text + 1, (size_t)(colon - text) - 2);
    else
        options->page_server_address = arena_copy(arena, text, (size_t)(colon - text));
    options->page_server_port = (uint16_t)port;
    return 0;
}

/* "-1" is runc's word for none. */
static int read_status_fd(const char *text, const char *command, struct checkpoint_options *options,
                          struct error *error)
{
    int64_t number;
    int flags;

    options->status_fd = -1;
    if (text == NULL)
        return 0;
    if (!number_signed(text, -1, DESCRIPTOR_MAX, &number))
        return error_set(error, ERROR_USAGE, "%s: --status-fd: \"%.64s\" is no descriptor", command, text);
    if (number < 0)
        return 0;
    flags = fcntl((int)number, F_GETFL);
    if (flags < 0 || (flags & O_ACCMODE) == O_RDONLY)
        return error_set(error, ERROR_USAGE, "%s: --status-fd: descriptor %d is not open for writing",
                         command, (int)number);
    options->status_fd = (int)number;
    return 0;
}

int checkpoint_options_of(const struct invocation *invocation, const char *command,
                          struct checkpoint_options *options, struct error *error)
{
    const struct checkpoint_words *words = invocation->options;

    *options = words->common;
    for (size_t i = 0; i < words->empty_namespaces.count; i++) {
        if (strcmp(words->empty_namespaces.items[i], "network") != 0)
            return error_set(error, ERROR_UNSUPPORTED,
                             "%s: --empty-ns %.64s: criu can leave out what is in a network namespace only",
                             command, words->empty_namespaces.items[i]);
        options->empty_network = true;
    }
    if (words->page_server != NULL &&
        read_page_server(words->page_server, command, invocation->arena, options, error) != 0)
        return -1;
    if (options->parent_path != NULL && options->parent_path[0] == '/')
        return error_set(error, ERROR_USAGE,
                         "%s: --parent-path counts from --image-path and cannot be absolute", command);
    return read_status_fd(words->status_fd, command, options, error);
}
