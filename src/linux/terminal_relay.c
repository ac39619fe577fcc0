/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Bytes between the caller's terminal and a container's, in two directions with a fixed buffer each. A
 * direction is polled only for what it can do next (read when its buffer is empty, write when it is not): a
 * peer that never reads costs nothing, and nothing is ever buffered beyond the two arrays (CVE-2022-31030 and
 * its kin buffered without limit).
 */
#include "linux/terminal.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>
#include "base/descriptor.h"
#include "linux/forwarded_signals.h"
#include "linux/host_proc.h"

enum {
    RELAY_BUFFER = 16384,
    /* A terminal holds at most 64 KiB on its way to the master and 4 KiB in the line discipline: more than
     * that after the process's end was written by somebody else, for whom nobody waits. */
    DRAIN_MAXIMUM = 128 * 1024,
    HUNG_UP_PAUSE_MS = 250,
};

/* One of our standard streams, through a description of its own where that can be had: O_NONBLOCK on the
 * caller's would be shared with its shell. */
struct stream {
    int descriptor;
    int opened;  /* the one of our own, -1: the caller's is used */
    bool socket; /* non-blocking by flag of each call */
};

struct direction {
    char bytes[RELAY_BUFFER];
    size_t start, end; /* what waits to be written: bytes[start..end) */
    bool input_ended, output_ended;
};

struct relay {
    int master, pidfd;
    struct stream input, output;
    struct direction in, out;
    struct forwarded_signals signals;
    int terminal; /* whose size counts, -1: none of ours is a terminal */
    int raw;      /* whose mode was changed, -1 */
    struct termios previous;
    bool master_hung_up; /* no process has the terminal open right now */
    bool process_ended;
    bool abandoned; /* a signal after the process's end: the caller does not want to wait for the output */
    size_t drained;
};

static struct stream stream_open(int descriptor, int access)
{
    struct stream stream = {.descriptor = descriptor, .opened = -1};
    char path[HOST_PROC_DESCRIPTOR_PATH_SIZE];
    struct stat status;

    if (fstat(descriptor, &status) < 0)
        return stream;
    stream.socket = S_ISSOCK(status.st_mode);
    /* Regular files never block, and a second description of one would start at its beginning. A terminal
     * that belongs to somebody else (after su) cannot be opened again: then writes are one small piece after
     * each poll. */
    if ((S_ISCHR(status.st_mode) || S_ISFIFO(status.st_mode)) && host_proc_require(NULL) == 0) {
        host_proc_descriptor_path(path, descriptor, NULL);
        stream.opened = open(path, access | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
        if (stream.opened >= 0)
            stream.descriptor = stream.opened;
    }
    return stream;
}

static bool would_block(ssize_t result)
{
    return result < 0 && (errno == EAGAIN || errno == EINTR);
}

static ssize_t stream_read(const struct stream *stream, char *bytes, size_t size)
{
    return stream->socket ? recv(stream->descriptor, bytes, size, MSG_DONTWAIT)
                          : read(stream->descriptor, bytes, size);
}

static ssize_t stream_write(const struct stream *stream, const char *bytes, size_t size)
{
    enum { SMALL_PIECE = 256 }; /* what poll promises for a blocking terminal */

    if (stream->socket)
        return send(stream->descriptor, bytes, size, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (stream->opened < 0 && size > SMALL_PIECE)
        size = SMALL_PIECE;
    return write(stream->descriptor, bytes, size);
}

static bool is_empty(const struct direction *direction)
{
    return direction->start == direction->end;
}

static void advance(struct direction *direction, size_t written)
{
    direction->start += written;
    if (is_empty(direction))
        direction->start = direction->end = 0;
}

static void pass_size(const struct relay *relay)
{
    struct winsize size;

    /* A serial line says 0×0: no size is better than that one. */
    if (relay->terminal >= 0 && ioctl(relay->terminal, TIOCGWINSZ, &size) == 0 && size.ws_row > 0 &&
        size.ws_col > 0)
        ioctl(relay->master, TIOCSWINSZ, &size);
}

static int make_raw(struct relay *relay, struct error *error)
{
    struct termios mode;

    if (!isatty(STDIN_FILENO))
        return 0;
    if (tcgetattr(STDIN_FILENO, &relay->previous) < 0)
        return error_system(error, errno, "read the mode of the terminal on standard input");
    mode = relay->previous;
    cfmakeraw(&mode);
    if (tcsetattr(STDIN_FILENO, TCSANOW, &mode) < 0)
        return error_system(error, errno, "set the terminal on standard input to raw mode");
    relay->raw = STDIN_FILENO;
    return 0;
}

static void restore_mode(const struct relay *relay)
{
    sigset_t background, previous;

    if (relay->raw < 0)
        return;
    /* In the background this would stop us with a SIGTTOU, the terminal left raw. */
    sigemptyset(&background);
    sigaddset(&background, SIGTTOU);
    sigprocmask(SIG_BLOCK, &background, &previous);
    tcsetattr(relay->raw, TCSANOW, &relay->previous);
    sigprocmask(SIG_SETMASK, &previous, NULL);
}

static int relay_begin(struct relay *relay, struct error *error)
{
    int flags = fcntl(relay->master, F_GETFL);

    relay->terminal = relay->raw = -1;
    for (int descriptor = 0; descriptor <= 2 && relay->terminal < 0; descriptor++) {
        if (isatty(descriptor))
            relay->terminal = descriptor;
    }
    if (flags < 0 || fcntl(relay->master, F_SETFL, flags | O_NONBLOCK) < 0)
        return error_system(error, errno, "the container's terminal");
    if (forwarded_signals_begin(&relay->signals, error) < 0)
        return -1;
    if (make_raw(relay, error) < 0) {
        forwarded_signals_end(&relay->signals);
        return -1;
    }
    relay->input = stream_open(STDIN_FILENO, O_RDONLY);
    relay->output = stream_open(STDOUT_FILENO, O_WRONLY);
    pass_size(relay);
    return 0;
}

static void relay_end(struct relay *relay)
{
    descriptor_close(&relay->input.opened);
    descriptor_close(&relay->output.opened);
    restore_mode(relay);
    forwarded_signals_end(&relay->signals);
}

/* Our input ended: type the container terminal's end-of-file character, twice after an unfinished line (the
 * first only completes it). */
static void type_end_of_file(struct relay *relay, bool line_open)
{
    struct direction *in = &relay->in;
    struct termios mode;

    in->input_ended = true;
    /* A terminal that hung up takes its signal along; there is nothing to type. */
    if (relay->raw >= 0 || tcgetattr(relay->master, &mode) < 0 || (mode.c_lflag & ICANON) == 0 ||
        mode.c_cc[VEOF] == _POSIX_VDISABLE)
        return;
    in->bytes[in->end++] = (char)mode.c_cc[VEOF];
    if (line_open)
        in->bytes[in->end++] = (char)mode.c_cc[VEOF];
}

static void read_input(struct relay *relay, bool *line_open)
{
    struct direction *in = &relay->in;
    ssize_t length = stream_read(&relay->input, in->bytes, sizeof(in->bytes));

    if (would_block(length))
        return;
    if (length <= 0) {
        type_end_of_file(relay, *line_open);
        return;
    }
    in->end = (size_t)length;
    *line_open = in->bytes[length - 1] != '\n';
}

static void write_master(struct relay *relay)
{
    struct direction *in = &relay->in;
    ssize_t length = write(relay->master, in->bytes + in->start, in->end - in->start);

    if (length > 0)
        advance(in, (size_t)length);
    else if (!would_block(length))
        relay->master_hung_up = true;
}

static void read_master(struct relay *relay)
{
    struct direction *out = &relay->out;
    ssize_t length = read(relay->master, out->bytes, sizeof(out->bytes));

    if (length > 0) {
        out->end = (size_t)length;
        relay->master_hung_up = false;
        if (relay->process_ended)
            relay->drained += (size_t)length;
        return;
    }
    if (would_block(length)) {
        /* The kernel has pushed on all that was written before it says so: after the process's end this is
         * the end. */
        if (relay->process_ended && errno == EAGAIN)
            out->input_ended = true;
        relay->master_hung_up = false;
        return;
    }
    /* EIO: no process has it open. One may open it again, so while ours lives we look now and then. */
    relay->master_hung_up = true;
    if (relay->process_ended)
        out->input_ended = true;
}

/* Nobody reads our output any more: to the container that is its terminal going away. What it still writes is
 * thrown away. */
static void lose_output(struct relay *relay)
{
    relay->out.output_ended = true;
    relay->out.start = relay->out.end = 0;
    syscall(SYS_pidfd_send_signal, relay->pidfd, SIGHUP, NULL, 0);
}

static void write_output(struct relay *relay)
{
    struct direction *out = &relay->out;
    ssize_t length = stream_write(&relay->output, out->bytes + out->start, out->end - out->start);

    if (length > 0)
        advance(out, (size_t)length);
    else if (!would_block(length))
        lose_output(relay);
}

static int reap(pid_t pid, int *status, struct error *error)
{
    while (waitpid(pid, status, 0) < 0) {
        if (errno != EINTR)
            return error_system(error, errno, "learn how process %d ended", (int)pid);
    }
    return 0;
}

static bool is_finished(const struct relay *relay)
{
    return relay->process_ended && (relay->abandoned || (relay->out.input_ended && is_empty(&relay->out)));
}

enum { PROCESS, SIGNALS, INPUT, MASTER, OUTPUT, ITEM_COUNT };

static void choose_events(const struct relay *relay, struct pollfd items[ITEM_COUNT])
{
    const struct direction *in = &relay->in, *out = &relay->out;
    short master = 0;

    /* With nothing to do on a descriptor it is left out altogether: a hang-up is reported whether asked for
     * or not, and would spin. */
    if (is_empty(out) && !out->input_ended)
        master |= POLLIN;
    if (!is_empty(in) && !relay->process_ended)
        master |= POLLOUT;
    items[PROCESS] = (struct pollfd){.fd = relay->process_ended ? -1 : relay->pidfd, .events = POLLIN};
    items[SIGNALS] = (struct pollfd){.fd = relay->signals.descriptor, .events = POLLIN};
    items[INPUT] = (struct pollfd){.fd = -1, .events = POLLIN};
    if (is_empty(in) && !in->input_ended && !relay->process_ended)
        items[INPUT].fd = relay->input.descriptor;
    items[MASTER] =
        (struct pollfd){.fd = master == 0 || relay->master_hung_up ? -1 : relay->master, .events = master};
    items[OUTPUT] = (struct pollfd){.fd = out->output_ended ? -1 : relay->output.descriptor,
                                    .events = is_empty(out) ? 0 : POLLOUT};
}

static void handle_signals(struct relay *relay)
{
    bool resized = false, seen = false;

    forwarded_signals_pass(&relay->signals, relay->pidfd, &resized, &seen);
    if (resized)
        pass_size(relay);
    if (seen && relay->process_ended)
        relay->abandoned = true;
}

static void handle_master(struct relay *relay, short events)
{
    if ((events & (POLLOUT | POLLERR | POLLHUP)) != 0 && !is_empty(&relay->in) && !relay->process_ended)
        write_master(relay);
    if ((events & (POLLIN | POLLERR | POLLHUP)) != 0 && is_empty(&relay->out) && !relay->out.input_ended)
        read_master(relay);
    if (relay->out.output_ended)
        relay->out.start = relay->out.end = 0;
    if (relay->drained >= DRAIN_MAXIMUM)
        relay->out.input_ended = true;
}

static int relay_step(struct relay *relay, pid_t pid, bool *line_open, int *status, struct error *error)
{
    struct pollfd items[ITEM_COUNT];

    /* After the process's end a read decides whether there is more: to poll would be to wait for those who
     * stay behind. */
    if (relay->process_ended && is_empty(&relay->out) && !relay->out.input_ended) {
        handle_master(relay, POLLIN);
        return 0;
    }
    choose_events(relay, items);
    if (poll(items, ITEM_COUNT, relay->master_hung_up ? HUNG_UP_PAUSE_MS : -1) < 0) {
        if (errno == EINTR)
            return 0;
        return error_system(error, errno, "wait for a terminal");
    }
    if (relay->master_hung_up)
        items[MASTER].revents = POLLHUP; /* time for another look */
    if (items[SIGNALS].revents != 0)
        handle_signals(relay);
    if (items[INPUT].revents != 0)
        read_input(relay, line_open);
    if (items[MASTER].revents != 0)
        handle_master(relay, items[MASTER].revents);
    if ((items[OUTPUT].revents & POLLOUT) != 0)
        write_output(relay);
    else if (items[OUTPUT].revents != 0)
        lose_output(relay);
    if (items[PROCESS].revents != 0) {
        if (reap(pid, status, error) < 0)
            return -1;
        relay->process_ended = true;
    }
    return 0;
}

int terminal_relay(int master, int pidfd, pid_t pid, int *status, struct error *error)
{
    struct relay relay = {.master = master, .pidfd = pidfd};
    bool line_open = false;
    int outcome = 0;

    if (relay_begin(&relay, error) < 0)
        return -1;
    while (outcome == 0 && !is_finished(&relay))
        outcome = relay_step(&relay, pid, &line_open, status, error);
    relay_end(&relay);
    return outcome;
}

int terminal_wait(int pidfd, pid_t pid, int *status, struct error *error)
{
    struct forwarded_signals signals;
    int outcome = 0;

    if (forwarded_signals_begin(&signals, error) < 0)
        return -1;
    for (;;) {
        struct pollfd items[] = {{.fd = pidfd, .events = POLLIN},
                                 {.fd = signals.descriptor, .events = POLLIN}};

        if (poll(items, 2, -1) < 0 && errno != EINTR) {
            outcome = error_system(error, errno, "wait for process %d", (int)pid);
            break;
        }
        if (items[1].revents != 0)
            forwarded_signals_pass(&signals, pidfd, NULL, NULL);
        if (items[0].revents != 0) {
            outcome = reap(pid, status, error);
            break;
        }
    }
    forwarded_signals_end(&signals);
    return outcome;
}
