/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One policy as data: what a file of the policy language says, after reading. docs/thwart-policy.5.md is the
 * language's reference. Pure data, const once read; everything lives in the arena it was read into.
 *
 * A rule is one key of a section. Every rule may be written in its short form or as an object that adds how
 * it is applied:  "rootReadonly": true   or   "rootReadonly": {"value": true, "otherwise": "refuse"}.  Rules
 * whose short form is an object already (capabilities, user, mounts, …) take the added keys beside their own.
 * An absent section or rule bounds nothing.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/digest.h"
#include "json/table.h"
#include "trust/requirement.h"

enum { POLICY_LANGUAGE_VERSION = 1 };

/* "otherwise": what happens to a request beyond the bound. */
enum policy_otherwise {
    POLICY_OTHERWISE_DEFAULT, /* the rule's own (policy/rules.h) */
    POLICY_OTHERWISE_NARROW,
    POLICY_OTHERWISE_REFUSE, /* what cannot be narrowed refuses always */
};

/* How a rule is applied, and where it stands. First member of every rule. */
struct policy_rule {
    bool present;
    uint32_t line, column; /* of the rule's key in the policy's file */
    enum policy_otherwise otherwise;
    bool audit;               /* "mode": "audit" of this rule alone; the policy's own mode counts as well */
    bool enforce;             /* "mode": "enforce" was written: for advice, it overrules nothing */
    bool note_if_unsupported; /* "ifUnsupported": "note"; else what the host cannot enforce refuses */
};

/* A list of words, paths or patterns, with the place of each. */
struct policy_word {
    const char *text;
    uint32_t line, column;
};
struct policy_words {
    const struct policy_word *items;
    size_t count;
    bool present;
};

struct policy_flag { /* true: bounded */
    struct policy_rule rule;
    bool value;
};
struct policy_patterns {
    struct policy_rule rule;
    struct policy_words words;
};

/* A number with a maximum that may be "unlimited" (UINT64_MAX). Bytes, a count, or what the name says. */
struct policy_maximum {
    struct policy_rule rule;
    uint64_t value;
};

struct policy_id_range {
    uint32_t first, last;
};

/* ---- which containers ---- */

struct policy_annotation_match {
    const char *key, *pattern;
};

struct policy_when {
    bool present;
    uint32_t line, column;
    struct policy_words image; /* patterns; match an attested identity only, unless trust_unverified */
    bool trust_unverified;     /* "trust": "unverified": annotations' word for it is enough */
    struct policy_annotation_match *annotations; /* all must match */
    size_t annotation_count;
};

/* ---- sections ---- */

/* "Who must have signed it", ready to be judged. What the policy leaves out is filled in: `require` (all
 * fingerprints, else one key). Without keyrings and document, those of thwart.json are meant, which
 * policy_demand knows. */
struct policy_signature {
    struct trust_requirement requirement;
    uint32_t line, column;
};
struct policy_signatures {
    struct policy_rule rule;
    struct policy_signature *items; /* all must be met */
    size_t count;
};

/* "integrity": how far the files must be tied to what was signed. */
struct policy_integrity {
    struct policy_rule rule;
    enum trust_level level; /* TRUST_NONE bounds nothing */
    bool once_per_boot;     /* "reread": contents that were read since boot need not be read again */
};

struct policy_image {
    struct policy_signatures signature;
    struct policy_patterns digests; /* "sha256:…" */
    struct policy_integrity integrity;
};

struct policy_user {
    struct policy_rule rule;
    bool deny_root; /* "root": "deny" */
    const struct policy_id_range *uids, *gids;
    size_t uid_count, gid_count;
    bool has_uids, has_gids;
};

struct policy_capabilities {
    struct policy_rule rule;
    bool is_allow; /* else names are denied */
    uint64_t set;  /* a bit each, linux/capability.h */
};

struct policy_rlimit {
    const char *type; /* "RLIMIT_NOFILE" */
    uint64_t maximum; /* UINT64_MAX: unlimited */
    uint32_t line, column;
};
struct policy_rlimits {
    struct policy_rule rule;
    const struct policy_rlimit *items;
    size_t count;
};

struct policy_confinement { /* apparmor, selinux */
    struct policy_rule rule;
    bool require_confined;
    struct policy_words allow; /* patterns of profile names; of SELinux types. Absent: any that confines */
};

struct policy_minimum {
    struct policy_rule rule;
    int64_t value;
};

struct policy_process {
    struct policy_user user;
    struct policy_flag no_new_privileges;
    struct policy_capabilities capabilities;
    struct policy_rlimits rlimits;
    struct policy_patterns environment; /* {deny: patterns of names} */
    struct policy_confinement apparmor, selinux;
    struct policy_minimum oom_score_adj; /* {min} */
    struct policy_flag privileged; /* "privileged": "deny": what engines make of --privileged, as a whole */
};

struct policy_namespaces {
    struct policy_patterns private_types; /* "private": the specification's words ("pid", "mount", …) */
    struct policy_patterns join;          /* {allow: path patterns} */
};

enum policy_access { POLICY_ACCESS_READ_ONLY, POLICY_ACCESS_READ_WRITE };

struct policy_mount_source {
    const char *path; /* pattern: * within a component, ** across; "/srv/data" means it and all beneath */
    enum policy_access access;
    uint32_t line, column;
};

struct policy_mounts {
    struct policy_rule rule;
    struct policy_words types; /* file system types that may be mounted; binds are "bind" */
    bool has_sources;
    const struct policy_mount_source *sources; /* what of the host may be bound; [] is nothing */
    size_t source_count;
    struct policy_words
        deny; /* patterns of sources: refused whatever `sources` says, also a parent of theirs */
};

struct policy_paths { /* maskedPaths, readonlyPaths */
    struct policy_rule rule;
    bool use_default; /* "default": the engines' common list (policy/default_paths.h) */
    struct policy_words paths;
};

struct policy_filesystem {
    struct policy_flag root_readonly;
    struct policy_mounts mounts;
    struct policy_patterns
        options; /* forced on every non-root mount that is writable: nosuid nodev noexec … */
    struct policy_paths masked_paths, readonly_paths;
    struct policy_patterns propagation; /* allowed words: private, slave, shared, unbindable (their r… forms
                                           count as them) */
};

struct policy_device {
    const char *name;     /* as written when by name ("/dev/fuse", "fuse"), NULL else */
    char type;            /* 'c', 'b', 'p', 'a' any */
    int64_t major, minor; /* -1: any */
    uint32_t access;      /* 1 read, 2 write, 4 mknod */
    uint32_t line, column;
};
struct policy_devices {
    struct policy_rule rule; /* of "allow" */
    const struct policy_device *items;
    size_t count;
};

struct policy_io_limit {
    int64_t major, minor;
    uint64_t read_bps, write_bps, read_iops, write_iops; /* UINT64_MAX: no bound */
    uint32_t line, column;
};
struct policy_io {
    struct policy_rule rule;
    const struct policy_io_limit *items; /* [{"device": "8:0", "readBps": "10M", …}] */
    size_t count;
};
struct policy_hugepage {
    const char *page_size; /* "2MB" */
    uint64_t maximum;      /* bytes */
    uint32_t line, column;
};
struct policy_hugepages {
    struct policy_rule rule;
    const struct policy_hugepage *items;
    size_t count;
};

struct policy_resources {
    struct policy_maximum memory; /* bytes */
    struct policy_maximum swap;   /* bytes of swap alone, not memory+swap */
    struct policy_maximum pids;
    struct policy_maximum cpu; /* thousandths of a CPU: 1.5 is 1500 */
    struct policy_io io;
    struct policy_hugepages hugepages;
};

/* ---- syscalls ---- */

enum policy_syscall_action {
    POLICY_SYSCALL_ALLOW,
    POLICY_SYSCALL_ERRNO,
    POLICY_SYSCALL_KILL, /* the process */
    POLICY_SYSCALL_TRAP,
    POLICY_SYSCALL_LOG,
    POLICY_SYSCALL_NOTIFY,
};

enum policy_comparison {
    POLICY_COMPARE_EQ,
    POLICY_COMPARE_NE,
    POLICY_COMPARE_LT,
    POLICY_COMPARE_LE,
    POLICY_COMPARE_GT,
    POLICY_COMPARE_GE,
    POLICY_COMPARE_MASKED, /* {"arg": 0, "mask": M, "eq": V} */
};

struct policy_argument_test {
    uint32_t argument; /* 0..5 */
    enum policy_comparison comparison;
    uint64_t value, mask;
};

/* "clone3", "@network-io", or {"name": …, "when": [tests], "unless": [tests], "action": …, "comment": …}. */
struct policy_syscall {
    const char *name;                                 /* a leading '@' names a group */
    const struct policy_argument_test *when, *unless; /* all tests of `when`; none of `unless` */
    size_t when_count, unless_count;
    bool has_action; /* deny only: another answer than the default */
    enum policy_syscall_action action;
    uint16_t errno_value;
    const char *comment;
    uint32_t line, column;
};

struct policy_syscalls {
    struct policy_rule rule; /* of the section */
    bool has_default;
    enum policy_syscall_action default_action; /* of what is neither allowed nor denied */
    uint16_t default_errno;
    const struct policy_syscall *allow, *deny;
    size_t allow_count, deny_count;
    bool has_allow; /* absent: everything but deny is allowed */
    struct policy_words
        architectures; /* "native", "x86", "x32", … ; absent: those of the bundle, or native */
    const char *knows; /* "6.1": calls newer than that kernel answer ENOSYS; NULL: as listed */
    /* "profile": a file in Docker's format or OCI's, relative to the policy's, or written in place. Read with
     * the policy; its bytes are part of the policy's digest. */
    const struct json_value *profile;
    const char *profile_file, *profile_bytes; /* NULL: in place */
    /* "filter": what the bundle itself must bring. */
    struct policy_rule filter_rule;
    enum policy_filter {
        POLICY_FILTER_ANY,     /* nothing is asked */
        POLICY_FILTER_ENGINE,  /* "engine": one from those engines that send one unless told otherwise */
        POLICY_FILTER_REQUIRED /* "required": one whose default refuses */
    } filter;
};

struct policy_hook {
    const char *path;         /* pattern */
    const char *sha256;       /* hex, NULL: any content */
    struct policy_words args; /* patterns of argv[1]…; absent: any; a last "**" stands for any rest */
    struct policy_words env;  /* patterns of NAME=VALUE; absent: any that does not steer the program */
    uint32_t line, column;
};
struct policy_hooks {
    struct policy_rule rule; /* of "allow" */
    const struct policy_hook *items;
    size_t count;
};

/* The newest ABI whose rights are known (plan/landlock_rights.h); layers of policies on one process, of the
 * kernel's 16: the others are left to the container's own programs. */
enum { POLICY_LANDLOCK_ABI_KNOWN = 9, POLICY_LANDLOCK_LAYERS_MAX = 12 };

/* With one of read, write, execute given, what none of them lists is refused; with none, files are not
 * bounded. connect and bind bound what they name. */
struct policy_landlock {
    struct policy_rule rule; /* of the section */
    uint32_t abi;            /* pinned: the rights that this ABI knows are handled; required */
    struct policy_words read, write, execute; /* paths in the container; execute implies read of the file */
    bool has_connect, has_bind;
    const struct policy_id_range *connect, *bind; /* TCP ports */
    size_t connect_count, bind_count;
};

enum policy_command_verdict { POLICY_COMMAND_ALLOW, POLICY_COMMAND_DENY, POLICY_COMMAND_LISTED };

struct policy_command {
    struct policy_rule rule;
    enum policy_command_verdict verdict;
    /* LISTED only: a pattern for the program as it is named, then one for each word of it, a blank between
     * two. One of the program alone says nothing of the words; a last "**" stands for any rest. */
    struct policy_words commands;
};

struct policy_lifecycle {
    struct policy_command exec, update, checkpoint;
    struct policy_rule max_lifetime_rule;
    uint64_t max_lifetime_s;
};

/* Sections that need a process beside the container: read and checked, refused at create. */
struct policy_watched {
    struct policy_rule rule;
    const struct json_value *value;
};

struct policy {
    const char *file; /* as messages quote it */
    const char *name, *description;
    struct digest digest; /* of the file's bytes, and of a profile file's */
    const char
        *bytes; /* as they were read, borrowed, NUL-terminated by the caller: kept with the container */
    uint32_t revision;   /* 0: not given */
    bool audit;          /* "mode": "audit" */
    bool audit_required; /* "audit": "required": a decision that cannot be told refuses */
    struct policy_words extends;
    struct policy_words tags; /* of the whole policy */
    struct policy_when when;

    struct policy_image image;
    struct policy_process process;
    struct policy_namespaces namespaces;
    struct policy_filesystem filesystem;
    struct policy_devices devices;
    struct policy_resources resources;
    struct policy_patterns sysctls; /* {allow} */
    struct policy_syscalls syscalls;
    struct policy_hooks hooks;
    struct policy_patterns annotations; /* {acting: {allow}} */
    struct policy_landlock landlock;
    struct policy_lifecycle lifecycle;
    struct policy_patterns unknown_fields; /* one word: "note" or "refuse" */
    struct policy_watched network, drift, on_violation;
    bool bounds_anything; /* some rule is present */
};
