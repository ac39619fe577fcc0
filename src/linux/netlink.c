/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Requests of rtnetlink(7) for network devices and their addresses. */
#include "linux/netlink.h"

#include <errno.h>
#include <linux/if_addr.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>
#include "base/descriptor.h"

enum { REQUEST_SIZE = 512, ANSWER_SIZE = 32768 };

/* A request with room for its attributes. */
struct request {
    union {
        struct nlmsghdr header;
        unsigned char bytes[REQUEST_SIZE];
    };
};

int netlink_open(struct error *error)
{
    cleanup_fd int opened = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
    struct sockaddr_nl address = {.nl_family = AF_NETLINK};

    if (opened < 0 || bind(opened, (struct sockaddr *)&address, sizeof(address)) < 0)
        return error_system(error, errno, "open a netlink socket");
    return take_fd(&opened);
}

unsigned int netlink_device_index(int socket, const char *name)
{
    struct ifreq request = {0};
    size_t length = strlen(name);

    if (length >= sizeof(request.ifr_name))
        return 0;
    memcpy(request.ifr_name, name, length + 1);
    return ioctl(socket, SIOCGIFINDEX, &request) < 0 ? 0 : (unsigned int)request.ifr_ifindex;
}

static void begin(struct request *request, uint16_t type, uint16_t flags, const void *body, size_t size)
{
    memset(request, 0, sizeof(*request));
    request->header.nlmsg_type = type;
    request->header.nlmsg_flags = (uint16_t)(NLM_F_REQUEST | flags);
    request->header.nlmsg_len = NLMSG_LENGTH((uint32_t)size);
    memcpy(NLMSG_DATA(&request->header), body, size);
}

/* Attributes are few and short: REQUEST_SIZE holds the largest request there is. */
static void add_attribute(struct request *request, uint16_t type, const void *value, size_t size)
{
    const struct rtattr head = {.rta_type = type, .rta_len = (uint16_t)RTA_LENGTH(size)};
    uint32_t at = NLMSG_ALIGN(request->header.nlmsg_len);

    memcpy(request->bytes + at, &head, sizeof(head));
    memcpy(request->bytes + at + RTA_LENGTH(0), value, size);
    request->header.nlmsg_len = at + (uint32_t)RTA_ALIGN(head.rta_len);
}

static ssize_t receive(int socket, void *answer, size_t size)
{
    ssize_t length;

    do
        length = recv(socket, answer, size, MSG_TRUNC);
    while (length < 0 && errno == EINTR);
    if (length > (ssize_t)size) {
        errno = EMSGSIZE;
        return -1;
    }
    return length;
}

/* Send a request that is answered by an acknowledgement. 0, or -1 with errno. */
static int acknowledge(int socket, struct request *request)
{
    union {
        struct nlmsghdr header;
        unsigned char bytes[4096];
    } answer;
    struct nlmsgerr verdict;
    ssize_t length;

    request->header.nlmsg_flags |= NLM_F_ACK;
    if (send(socket, request, request->header.nlmsg_len, 0) < 0)
        return -1;
    length = receive(socket, &answer, sizeof(answer));
    if (length < 0)
        return -1;
    if (!NLMSG_OK(&answer.header, (uint32_t)length) || answer.header.nlmsg_type != NLMSG_ERROR ||
        answer.header.nlmsg_len < NLMSG_LENGTH(sizeof(verdict))) {
        errno = EPROTO;
        return -1;
    }
    memcpy(&verdict, NLMSG_DATA(&answer.header), sizeof(verdict));
    if (verdict.error != 0) {
        errno = -verdict.error;
        return -1;
    }
    return 0;
}

static uint8_t take_bytes(const struct rtattr *attribute, uint8_t bytes[16])
{
    size_t size = RTA_PAYLOAD(attribute);

    if (size > 16)
        return 0;
    memcpy(bytes, RTA_DATA(attribute), size);
    return (uint8_t)size;
}

static void read_attribute(const struct rtattr *attribute, struct netlink_address *address)
{
    switch (attribute->rta_type) {
    case IFA_ADDRESS:
        address->address_length = take_bytes(attribute, address->address);
        break;
    case IFA_LOCAL:
        address->local_length = take_bytes(attribute, address->local);
        break;
    case IFA_BROADCAST:
        address->broadcast_length = take_bytes(attribute, address->broadcast);
        break;
    case IFA_FLAGS:
        if (RTA_PAYLOAD(attribute) >= sizeof(address->flags))
            memcpy(&address->flags, RTA_DATA(attribute), sizeof(address->flags));
        break;
    case IFA_RT_PRIORITY:
        if (RTA_PAYLOAD(attribute) >= sizeof(address->metric))
            memcpy(&address->metric, RTA_DATA(attribute), sizeof(address->metric));
        break;
    default:
        break;
    }
}

/* The part of `room` bytes at `part` that follows the first `length` and their padding; `room` is what is
 * left from there. The kernel's own macros count below zero when a last part comes without its padding. */
static const void *next_part(const void *part, uint32_t length, uint32_t *room)
{
    uint32_t step = (uint32_t)NLMSG_ALIGN(length);

    step = step < *room ? step : *room;
    *room -= step;
    return (const char *)part + step;
}

/* True when the message describes an address that goes with the device: permanent, and of global scope. */
static bool read_address(const struct nlmsghdr *message, unsigned int index, struct netlink_address *address)
{
    const uint32_t kept =
        IFA_F_NODAD | IFA_F_HOMEADDRESS | IFA_F_MANAGETEMPADDR | IFA_F_NOPREFIXROUTE | IFA_F_MCAUTOJOIN;
    struct ifaddrmsg body;
    uint32_t room;

    if (message->nlmsg_type != RTM_NEWADDR || message->nlmsg_len < NLMSG_LENGTH(sizeof(body)))
        return false;
    memcpy(&body, NLMSG_DATA(message), sizeof(body));
    if (body.ifa_index != index || body.ifa_scope != RT_SCOPE_UNIVERSE)
        return false;
    *address = (struct netlink_address){
        .family = body.ifa_family, .prefix_length = body.ifa_prefixlen, .flags = body.ifa_flags};
    room = message->nlmsg_len - (uint32_t)NLMSG_HDRLEN;
    const struct rtattr *attribute = next_part(NLMSG_DATA(message), sizeof(body), &room);
    for (; RTA_OK(attribute, room); attribute = next_part(attribute, attribute->rta_len, &room))
        read_attribute(attribute, address);
    if ((address->flags & IFA_F_PERMANENT) == 0)
        return false;
    address->flags &= kept;
    return true;
}

/* Take the addresses out of one datagram. 1: more to come, 0: the end, -1 with errno. */
static int read_answer(const struct nlmsghdr *message, size_t length, unsigned int index,
                       struct netlink_address *addresses, size_t *count)
{
    for (uint32_t room = (uint32_t)length; NLMSG_OK(message, room);
         message = next_part(message, message->nlmsg_len, &room)) {
        struct netlink_address address;

        if (message->nlmsg_type == NLMSG_DONE)
            return 0;
        if (message->nlmsg_type == NLMSG_ERROR) {
            errno = EPROTO;
            return -1;
        }
        if (!read_address(message, index, &address))
            continue;
        if (*count == NETLINK_ADDRESSES_MAX) {
            errno = E2BIG;
            return -1;
        }
        addresses[(*count)++] = address;
    }
    return 1;
}

int netlink_addresses(int socket, unsigned int index, struct netlink_address *addresses, size_t *count,
                      struct error *error)
{
    union {
        struct nlmsghdr header;
        unsigned char bytes[ANSWER_SIZE];
    } answer;
    const struct ifaddrmsg all = {.ifa_family = AF_UNSPEC};
    struct request request;
    int more = 1;

    *count = 0;
    begin(&request, RTM_GETADDR, NLM_F_DUMP, &all, sizeof(all));
    if (send(socket, &request, request.header.nlmsg_len, 0) < 0)
        return error_system(error, errno, "ask for the addresses of network devices");
    while (more > 0) {
        ssize_t length = receive(socket, &answer, sizeof(answer));

        more = length < 0 ? -1 : read_answer(&answer.header, (size_t)length, index, addresses, count);
    }
    if (more < 0)
        return error_system(error, errno, "read the addresses of network device %u", index);
    return 0;
}

int netlink_move(int socket, unsigned int index, int descriptor, const char *name)
{
    const struct ifinfomsg body = {.ifi_family = AF_UNSPEC, .ifi_index = (int)index};
    const uint32_t target = (uint32_t)descriptor;
    struct request request;

    if (strlen(name) >= IFNAMSIZ) {
        errno = ENAMETOOLONG;
        return -1;
    }
    begin(&request, RTM_NEWLINK, 0, &body, sizeof(body));
    add_attribute(&request, IFLA_NET_NS_FD, &target, sizeof(target));
    add_attribute(&request, IFLA_IFNAME, name, strlen(name) + 1);
    return acknowledge(socket, &request);
}

int netlink_set_up(int socket, unsigned int index)
{
    const struct ifinfomsg body = {
        .ifi_family = AF_UNSPEC, .ifi_index = (int)index, .ifi_flags = IFF_UP, .ifi_change = IFF_UP};
    struct request request;

    begin(&request, RTM_NEWLINK, 0, &body, sizeof(body));
    return acknowledge(socket, &request);
}

int netlink_add_address(int socket, unsigned int index, const struct netlink_address *address)
{
    const struct ifaddrmsg body = {
        .ifa_family = address->family,
        .ifa_prefixlen = address->prefix_length,
        .ifa_scope = RT_SCOPE_UNIVERSE,
        .ifa_index = index,
    };
    struct request request;

    begin(&request, RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL, &body, sizeof(body));
    if (address->address_length > 0)
        add_attribute(&request, IFA_ADDRESS, address->address, address->address_length);
    if (address->local_length > 0)
        add_attribute(&request, IFA_LOCAL, address->local, address->local_length);
    if (address->broadcast_length > 0)
        add_attribute(&request, IFA_BROADCAST, address->broadcast, address->broadcast_length);
    if (address->flags != 0)
        add_attribute(&request, IFA_FLAGS, &address->flags, sizeof(address->flags));
    if (address->metric != 0)
        add_attribute(&request, IFA_RT_PRIORITY, &address->metric, sizeof(address->metric));
    return acknowledge(socket, &request);
}
