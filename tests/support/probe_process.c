/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Attributes that a process inherits and a runtime must set or reset: signals, limits, scheduling, umask...
 */
#include "probe.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static void report_signals(void)
{
    sigset_t blocked;
    int death_signal = 0;

    if (sigprocmask(SIG_SETMASK, NULL, &blocked) < 0)
        _exit(113);
    json_open("signals", '{');
    json_open("blocked", '[');
    for (int number = 1; number < NSIG; number++) {
        if (sigismember(&blocked, number) == 1)
            json_number(NULL, number);
    }
    json_close(']');
    json_open("ignored", '[');
    for (int number = 1; number < NSIG; number++) {
        struct sigaction action;
        if (sigaction(number, NULL, &action) == 0 && action.sa_handler == SIG_IGN)
            json_number(NULL, number);
    }
    json_close(']');
    json_close('}');
    if (prctl(PR_GET_PDEATHSIG, &death_signal) < 0)
        _exit(113);
    json_number("pdeathsig", death_signal);
}

static void report_limit(const char *name, __rlimit_resource_t resource)
{
    struct rlimit limit;

    if (getrlimit(resource, &limit) < 0)
        return;
    json_open(name, '{');
    if (limit.rlim_cur == RLIM_INFINITY)
        json_text("soft", "unlimited");
    else
        json_unsigned("soft", limit.rlim_cur);
    if (limit.rlim_max == RLIM_INFINITY)
        json_text("hard", "unlimited");
    else
        json_unsigned("hard", limit.rlim_max);
    json_close('}');
}

static void report_limits(void)
{
    json_open("rlimits", '{');
    report_limit("RLIMIT_AS", RLIMIT_AS);
    report_limit("RLIMIT_CORE", RLIMIT_CORE);
    report_limit("RLIMIT_CPU", RLIMIT_CPU);
    report_limit("RLIMIT_DATA", RLIMIT_DATA);
    report_limit("RLIMIT_FSIZE", RLIMIT_FSIZE);
    report_limit("RLIMIT_LOCKS", RLIMIT_LOCKS);
    report_limit("RLIMIT_MEMLOCK", RLIMIT_MEMLOCK);
    report_limit("RLIMIT_MSGQUEUE", RLIMIT_MSGQUEUE);
    report_limit("RLIMIT_NICE", RLIMIT_NICE);
    report_limit("RLIMIT_NOFILE", RLIMIT_NOFILE);
    report_limit("RLIMIT_NPROC", RLIMIT_NPROC);
    report_limit("RLIMIT_RSS", RLIMIT_RSS);
    report_limit("RLIMIT_RTPRIO", RLIMIT_RTPRIO);
    report_limit("RLIMIT_RTTIME", RLIMIT_RTTIME);
    report_limit("RLIMIT_SIGPENDING", RLIMIT_SIGPENDING);
    report_limit("RLIMIT_STACK", RLIMIT_STACK);
    json_close('}');
}

/* glibc 2.36 has no wrapper and no header for this structure that does not clash with <sched.h>. */
struct scheduling_attributes {
    uint32_t size;
    uint32_t policy;
    uint64_t flags;
    int32_t nice;
    uint32_t priority;
    uint64_t runtime_ns;
    uint64_t deadline_ns;
    uint64_t period_ns;
    uint32_t utilization_least;
    uint32_t utilization_most;
};

static const char *policy_name(uint32_t policy)
{
    static const char *const names[] = {"SCHED_OTHER", "SCHED_FIFO", "SCHED_RR",      "SCHED_BATCH",
                                        "SCHED_ISO",   "SCHED_IDLE", "SCHED_DEADLINE"};

    return policy < sizeof names / sizeof *names ? names[policy] : "unknown";
}

static void report_scheduling(void)
{
    struct scheduling_attributes attributes = {.size = sizeof attributes};
    cpu_set_t cpus;

    json_open("scheduler", '{');
    if (syscall(SYS_sched_getattr, 0, &attributes, sizeof attributes, 0) == 0) {
        json_text("policy", policy_name(attributes.policy));
        json_number("nice", attributes.nice);
        json_unsigned("priority", attributes.priority);
        json_unsigned("flags", attributes.flags);
        json_unsigned("runtime", attributes.runtime_ns);
        json_unsigned("deadline", attributes.deadline_ns);
        json_unsigned("period", attributes.period_ns);
    }
    json_close('}');
    long priority = syscall(SYS_ioprio_get, 1, 0);
    json_open("io_priority", '{');
    json_number("class", priority < 0 ? -1 : priority >> 13);
    json_number("priority", priority < 0 ? -1 : priority & 0x1fff);
    json_close('}');
    json_open("affinity", '[');
    CPU_ZERO(&cpus);
    if (sched_getaffinity(0, sizeof cpus, &cpus) == 0) {
        for (size_t cpu = 0; cpu < CPU_SETSIZE; cpu++) {
            if (CPU_ISSET(cpu, &cpus))
                json_unsigned(NULL, cpu);
        }
    }
    json_close(']');
}

static void report_memory_policy(void)
{
    int mode = 0;
    unsigned long nodes[16] = {0};

    json_open("memory_policy", '{');
    long result = syscall(SYS_get_mempolicy, &mode, nodes, sizeof nodes * 8, NULL, 0UL);
    json_error("error", result < 0 ? errno : 0);
    json_number("mode", mode & 0xff);
    json_number("flags", mode & ~0xff);
    json_open("nodes", '[');
    for (unsigned node = 0; node < sizeof nodes * 8; node++) {
        if (nodes[node / 64] >> node % 64 & 1)
            json_unsigned(NULL, node);
    }
    json_close(']');
    json_close('}');
}

void report_process(void)
{
    static char text[256];
    mode_t mask = umask(0);

    umask(mask);
    json_number("pid", getpid());
    json_number("ppid", getppid());
    json_number("sid", getsid(0));
    json_number("pgid", getpgid(0));
    report_signals();
    report_limits();
    json_octal("umask", mask);
    long length = read_small_file("/proc/self/oom_score_adj", text, sizeof text);
    if (length > 0)
        json_number("oom_score_adj", strtol(text, NULL, 10));
    else
        json_text("oom_score_adj", NULL);
    json_number("personality", personality(0xffffffff));
    report_scheduling();
    report_memory_policy();
}
