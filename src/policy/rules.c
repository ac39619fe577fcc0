/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The table of rules. Ids are never used again for anything else; docs/thwart-rules.7.md says the same in
 * prose. */
#include "policy/rules.h"

#include <stdlib.h>
#include <string.h>
#include "base/memory.h"

#define NARROWS .by_default = POLICY_OTHERWISE_NARROW, .can_narrow = true
#define REFUSES .by_default = POLICY_OTHERWISE_REFUSE, .can_narrow = false
/* Refuses unless the rule says "otherwise": "narrow". */
#define REFUSES_FIRST .by_default = POLICY_OTHERWISE_REFUSE, .can_narrow = true

static const struct policy_rule_words table[] = {
    {"TW0001", "unbounded", "", "whether any policy bounds the container",
     "A container that nothing bounds gets all that its configuration asks for.",
     "nothing is refused: name a policy to bound the container", "", REFUSES},
    {"TW0002", "unknown-field", "unknownFields", "fields of the configuration that thwart does not model",
     "What nobody looked at nobody bounded.", "remove the field, or set unknownFields to \"note\"", "",
     REFUSES},
    {"TW0003", "not-enforceable-yet", "", "sections that need a process beside the container",
     "A bound that is not enforced is worse than none: somebody counts on it.",
     "remove it from the policy until a version of thwart enforces it, or write \"ifUnsupported\": \"note\" "
     "into it",
     "", REFUSES},
    {"TW0004", "waiver-expired", "", "waivers past their last day", "An exception was granted for a time.",
     "renew the waiver (thwart policy waive), or mend what it excused", "", REFUSES},
    {"TW0005", "unsupported", "", "bounds that this host cannot enforce",
     "A control that is missing is not skipped in silence.",
     "enable it on the host, or write \"ifUnsupported\": \"note\" into the rule", "nist-800-190-3.4.3",
     REFUSES},
    {"TW0101", "signature", "image.signature", "who must have signed the image",
     "Anybody can push an image of any name.",
     "sign the image with keys that the policy names (podman push --sign-by), or name its signers in "
     "image.signature",
     "cis-docker-4.5 nist-800-190-3.1.5", REFUSES},
    {"TW0102", "digest", "image.digests", "which manifests may run", "A tag can be moved to another image.",
     "add the digest of the image's manifest to image.digests", "nist-800-190-3.1.5", REFUSES},
    {"TW0103", "integrity", "image.integrity", "that the files are those of the signed image",
     "A signature says nothing of files that were changed after the pull.",
     "pull the image anew; \"thwart image verify\" shows which files differ and which proof is missing",
     "nist-800-190-3.1.3 nist-800-190-3.1.5", REFUSES},
    {"TW0104", "claim", "", "what the image's author signed that it needs at most",
     "A bound that vanishes when it is broken is none: whoever wants to be rid of it would break it.",
     "take an image whose claim is in force and from an issuer that thwart.json names", "nist-800-190-3.1.2",
     REFUSES},
    {"TW0201", "root-user", "process.user",
     "whether the program may run as user 0, in the container or on the host",
     "Root in a container is root where a wall has a hole.", "run the image as another user (USER, --user)",
     "pss-restricted cis-docker-4.1 nist-800-190-3.4.3", REFUSES},
    {"TW0202", "user-id", "process.user", "which user ids the program may have",
     "Ids of the host's own users reach their files through mounts.",
     "choose a user id in the policy's ranges", "nist-800-190-3.4.3", REFUSES},
    {"TW0203", "group-id", "process.user", "which group ids the program may have",
     "Group 0 and the host's groups open files as user ids do.", "choose group ids in the policy's ranges",
     "nist-800-190-3.4.3", REFUSES},
    {"TW0204", "no-new-privileges", "process.noNewPrivileges", "whether execve may add privileges",
     "A set-user-id program in the image gives back what was dropped.",
     "set process.noNewPrivileges in the configuration (--security-opt no-new-privileges)",
     "pss-restricted cis-docker-5.26 nist-800-190-3.4.3", NARROWS},
    {"TW0205", "capabilities", "process.capabilities", "which capabilities the program may have",
     "Each capability is a part of root.", "add the capability to process.capabilities.allow",
     "pss-baseline pss-restricted cis-docker-5.4 nist-800-190-3.4.3", NARROWS},
    {"TW0206", "rlimits", "process.rlimits", "how high resource limits may be",
     "Limits hold back what eats the host.", "raise the maximum in process.rlimits", "cis-docker-5.19",
     NARROWS},
    {"TW0207", "environment", "process.environment", "which variables may be in the environment",
     "The environment is shown by inspect, inherited by every child, and logged.",
     "pass the secret as a file, or remove the pattern from process.environment.deny", "nist-800-190-3.1.4",
     REFUSES_FIRST},
    {"TW0208", "apparmor", "process.apparmor", "under which AppArmor profile the program runs",
     "An unconfined program has lost the host's second wall.", "use a profile that process.apparmor allows",
     "pss-baseline cis-docker-5.2 nist-800-190-3.4.3", REFUSES},
    {"TW0209", "selinux", "process.selinux", "under which SELinux type the program runs",
     "A privileged type reaches the host's files.", "use a type that process.selinux allows",
     "pss-baseline cis-docker-5.3 nist-800-190-3.4.3", REFUSES},
    {"TW0210", "oom-score", "process.oomScoreAdj", "how much the program is spared when memory runs out",
     "A container that is never killed lets the host's daemons die first.", "lower process.oomScoreAdj.min",
     "", NARROWS},
    {"TW0212", "privileged", "process.privileged", "what engines make of --privileged, as a whole",
     "A privileged container is the host with another root directory.",
     "leave out --privileged and ask for what the program needs (--cap-add, --device)",
     "pss-baseline cis-docker-5.5 nist-800-190-3.4.3", REFUSES},
    {"TW0301", "private-namespaces", "namespaces.private", "which namespaces must not be the host's",
     "In the host's namespace the container sees and signals what is the host's.",
     "leave out the option that shares it (--pid host, --network host, --ipc host); for a pod's, list its "
     "path in namespaces.join.allow",
     "pss-baseline cis-docker-5.10 cis-docker-5.16 cis-docker-5.17 cis-docker-5.21 cis-docker-5.31 "
     "nist-800-190-3.4.3",
     REFUSES},
    {"TW0302", "joined-namespaces", "namespaces.join", "which existing namespaces may be joined",
     "A namespace that is joined is shared with whoever else is in it.",
     "add the path's pattern to namespaces.join.allow", "nist-800-190-3.4.3", REFUSES},
    {"TW0401", "root-read-only", "filesystem.rootReadonly", "whether the root file system may be written to",
     "What cannot be written cannot be replaced by an attacker.",
     "run with --read-only and volumes for what is written", "cis-docker-5.13 nist-800-190-3.4.4", NARROWS},
    {"TW0402", "mount-type", "filesystem.mounts", "which file systems may be mounted",
     "A file system's driver parses what the container gives it, in the kernel.",
     "add the type to filesystem.mounts.types", "pss-restricted nist-800-190-3.4.3", REFUSES},
    {"TW0403", "mount-source", "filesystem.mounts", "which of the host's paths may be mounted",
     "A path of the host in the container is the host's for the taking: / is all of it, an engine's socket "
     "is root.",
     "use a volume, or add the path to filesystem.mounts.sources",
     "pss-baseline pss-restricted cis-docker-5.6 cis-docker-5.32 nist-800-190-3.4.3", REFUSES},
    {"TW0404", "mount-writable", "filesystem.mounts", "which of the host's paths may be written to",
     "A writable path carries an attack back to the host.", "mount it read-only, or allow \"rw\" for it",
     "cis-docker-5.6 nist-800-190-3.5.5", NARROWS},
    {"TW0406", "mount-options", "filesystem.options", "options that every writable mount must have",
     "A set-user-id file or a device on a volume undoes what was dropped.",
     "give the mount the option, or remove it from filesystem.options", "nist-800-190-3.4.3", NARROWS},
    {"TW0407", "masked-paths", "filesystem.maskedPaths", "which paths must be hidden",
     "/proc and /sys show and change what belongs to the host.",
     "leave out unmask= and systempaths=unconfined", "pss-baseline pss-restricted nist-800-190-3.4.3",
     NARROWS},
    {"TW0408", "read-only-paths", "filesystem.readonlyPaths", "which paths must be read-only",
     "/proc/sys and its like configure the host's kernel.", "leave out unmask= and systempaths=unconfined",
     "pss-baseline pss-restricted nist-800-190-3.4.3", NARROWS},
    {"TW0409", "propagation", "filesystem.propagation", "how mounts may spread",
     "A shared mount lets the container mount on the host.",
     "leave out :shared, or allow it in filesystem.propagation", "cis-docker-5.20 nist-800-190-3.5.5",
     REFUSES},
    {"TW0501", "device-node", "devices.allow", "which device nodes the container gets",
     "A disk's node is the disk.", "add the device to devices.allow", "cis-docker-5.18 nist-800-190-3.4.3",
     REFUSES_FIRST},
    {"TW0502", "device-access", "devices.allow", "which devices may be opened",
     "A node can be made where CAP_MKNOD is; the device cgroup decides who opens it.",
     "add the device to devices.allow", "cis-docker-5.18 nist-800-190-3.4.3", REFUSES_FIRST},
    {"TW0601", "memory", "resources.memory", "how much memory the container may use",
     "A container without a limit starves its neighbours.", "raise resources.memory", "cis-docker-5.11",
     NARROWS},
    {"TW0602", "swap", "resources.swap", "how much swap the container may use",
     "Swapping slows the whole host.", "raise resources.swap", "cis-docker-5.11", NARROWS},
    {"TW0603", "pids", "resources.pids", "how many processes the container may have",
     "A fork bomb takes the host's pids.", "raise resources.pids", "cis-docker-5.29", NARROWS},
    {"TW0604", "cpu", "resources.cpu", "how much CPU time the container may use",
     "One container's loop is another's delay.", "raise resources.cpu", "cis-docker-5.12", NARROWS},
    {"TW0605", "io", "resources.io", "how fast the container may read and write disks",
     "One container's writes are another's wait.", "raise the limits in resources.io", "", NARROWS},
    {"TW0606", "hugepages", "resources.hugepages", "how many huge pages the container may use",
     "They are few, and cannot be swapped.", "raise resources.hugepages", "", NARROWS},
    {"TW0701", "sysctls", "sysctls", "which kernel parameters may be set",
     "Some of them belong to the whole host, and some weaken it.", "add the parameter to sysctls.allow",
     "pss-baseline nist-800-190-3.4.3", REFUSES},
    {"TW0702", "sysctl-of-host", "sysctls", "parameters of namespaces that are the host's",
     "In the host's namespace the parameter is the host's.",
     "give the container a namespace of its own, or leave the parameter out",
     "pss-baseline nist-800-190-3.4.3", REFUSES},
    {"TW0801", "syscall-filter", "syscalls", "which system calls the program may make",
     "Each system call is a door into the kernel; most programs need few.",
     "add the call or its group to syscalls.allow", "pss-restricted cis-docker-5.22 nist-800-190-3.4.3",
     NARROWS},
    {"TW0802", "own-filter", "syscalls.filter", "that the configuration brings a filter of its own",
     "An engine that sends a filter by default was told to leave it out.",
     "leave out --security-opt seccomp=unconfined, or set syscalls.filter to \"any\"",
     "pss-baseline pss-restricted cis-docker-5.22 nist-800-190-3.4.3", REFUSES},
    {"TW1001", "hooks", "hooks", "which programs run on the host for the container, and in what environment",
     "A hook is run by the runtime, as root, on the host; who chooses LD_PRELOAD or PATH chooses what it "
     "does.",
     "add the hook to hooks.allow", "nist-800-190-3.4.3", REFUSES},
    {"TW1002", "hook-digest", "hooks", "that a hook's program is the one that was allowed",
     "Who can change the file is root on the host.", "correct sha256 in hooks.allow, or restore the file",
     "nist-800-190-3.4.3", REFUSES},
    {"TW1101", "acting-annotations", "annotations", "annotations that change what the runtime does",
     "Annotations are set by whoever writes the image or the pod.", "add the key to annotations.acting.allow",
     "nist-800-190-3.4.3", REFUSES},
    {"TW1301", "landlock", "landlock", "which files and ports the program may use",
     "A second wall that needs no root.", "add the path or port to the landlock section",
     "nist-800-190-3.4.4", NARROWS},
    {"TW1401", "exec-command", "lifecycle.exec",
     "whether, and what, may be executed in the running container",
     "A shell in the container is not what was reviewed.", "allow it in lifecycle.exec",
     "cis-docker-5.23 cis-docker-5.24", REFUSES},
    {"TW1402", "update-command", "lifecycle.update", "whether the running container's limits may be changed",
     "A limit that anybody lifts is none.", "allow it in lifecycle.update", "", REFUSES},
    {"TW1403", "checkpoint-command", "lifecycle.checkpoint",
     "whether the container's memory may be written to files", "Images hold its secrets.",
     "allow it in lifecycle.checkpoint", "", REFUSES},
    {"TW1501", "beyond-grant", "", "what a process gets that joins a container",
     "exec gets at most what the container was granted, whoever asks (exec --privileged).",
     "grant it to the container when it is created", "cis-docker-5.23", NARROWS},
};

const struct policy_rule_words *policy_rule_words(const char *id)
{
    size_t low = 0, high = ARRAY_LENGTH(table);

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = strcmp(id, table[middle].id);

        if (order == 0)
            return &table[middle];
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    abort();
}

const struct policy_rule_words *policy_rules_all(size_t *count)
{
    *count = ARRAY_LENGTH(table);
    return table;
}
