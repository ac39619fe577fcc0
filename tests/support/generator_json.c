/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Random numbers and JSON for the generators. */
#include "generator_json.h"

#include "json/table.h"

const char *const world_capabilities[10] = {
    "CHOWN",   "DAC_OVERRIDE", "KILL",       "SETUID", "SETGID", "NET_BIND_SERVICE",
    "NET_RAW", "SYS_ADMIN",    "SYS_PTRACE", "BPF"};
const char *const world_rlimits[4] = {"NOFILE", "NPROC", "CORE", "MEMLOCK"};
const char *const world_namespaces[8] = {"pid", "network", "mount", "ipc", "uts", "user", "cgroup", "time"};
const char *const world_sysctls[5] = {"net.ipv4.ip_local_port_range", "net.ipv4.ip_forward", "kernel.shmmax",
                                      "kernel.sem", "net.core.somaxconn"};
const char *const world_paths[6] = {"/srv/data", "/srv/data/web", "/run/engine/engine.sock",
                                    "/etc",      "/var/lib/app",  "/"};

uint64_t random_next(uint64_t *seed)
{
    uint64_t number = *seed += UINT64_C(0x9e3779b97f4a7c15);

    number = (number ^ (number >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    number = (number ^ (number >> 27)) * UINT64_C(0x94d049bb133111eb);
    return number ^ (number >> 31);
}

uint64_t random_below(uint64_t *seed, uint64_t bound)
{
    return random_next(seed) % bound;
}

bool random_once_in(uint64_t *seed, uint64_t times)
{
    return random_below(seed, times) == 0;
}

void make_key(struct maker *maker, const char *key)
{
    if (!maker->first)
        text_append_character(maker->text, ',');
    maker->first = false;
    if (key == NULL)
        return;
    text_append_character(maker->text, '\n');
    json_append_string(maker->text, key);
    text_append(maker->text, ": ");
}

void make_open(struct maker *maker, const char *key, char bracket)
{
    make_key(maker, key);
    text_append_character(maker->text, bracket);
    maker->first = true;
}

void make_close(struct maker *maker, char bracket)
{
    text_append_character(maker->text, bracket);
    maker->first = false;
}

void make_string(struct maker *maker, const char *key, const char *string)
{
    make_key(maker, key);
    json_append_string(maker->text, string);
}

void make_number(struct maker *maker, const char *key, int64_t number)
{
    make_key(maker, key);
    text_append_signed(maker->text, number);
}

void make_flag(struct maker *maker, const char *key, bool flag)
{
    make_raw(maker, key, flag ? "true" : "false");
}

void make_raw(struct maker *maker, const char *key, const char *json)
{
    make_key(maker, key);
    text_append(maker->text, json);
}

void make_some(struct maker *maker, const char *key, const char *const *words, size_t count)
{
    uint64_t chosen = random_next(maker->seed);

    if (random_once_in(maker->seed, 8))
        chosen = 0;
    make_open(maker, key, '[');
    for (size_t i = 0; i < count; i++)
        if ((chosen >> i & 1) != 0)
            make_string(maker, NULL, words[i]);
    make_close(maker, ']');
}
