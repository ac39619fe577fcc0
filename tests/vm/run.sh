#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Boots one virtual machine with every cgroup controller and AppArmor, and runs the cases of resources there.
#
#   run.sh [--no-fetch] [--systemd|--checkpoint] PROGRAMS RUNTIME    the directory of the built support programs, and the runtime
#                                                       under test, with its helper programs beside it
#
# --no-fetch: only with a kernel that an earlier run has fetched. --systemd: a machine that systemd runs, and the cases of
# its cgroup manager instead. --checkpoint: the cases of checkpoint and restore.
# Prints TAP. Status 77: not possible here, and the last line says why. A static, optimised runtime is best: the machine
# is emulated.
set -euo pipefail

skip() {
    echo "1..0 # skip $*"
    exit 77
}

fetch=1 cases=cases options=()
while :; do
    case ${1:-} in
    --no-fetch) fetch=0 ;;
    --systemd) cases=systemd_cases options=(--systemd) ;;
    --checkpoint) cases=checkpoint_cases ;;
    *) break ;;
    esac
    shift
done
tests=$(cd "$(dirname "$0")/.." && pwd)
[ $# = 2 ] || { echo "usage: run.sh [--no-fetch] [--systemd|--checkpoint] PROGRAMS RUNTIME" >&2 && exit 2; }
programs=$(realpath -e "$1")
runtime=$(realpath -e "$2")
[ "$(id -u)" = 0 ] || skip "a virtual machine of this kind needs root"
[ "$(uname -m)" = x86_64 ] || skip "vm-run is made for x86_64"
command -v jq >/dev/null || skip "jq is missing (apt-get install jq)"
if [ "$cases" = systemd_cases ]; then
    [ -x "${runtime%/*}/thwart-systemd" ] || skip "thwart-systemd is not built (apt-get install libsystemd-dev)"
    command -v dbus-daemon >/dev/null || skip "dbus is missing (apt-get install dbus)"
    [ -x /lib/systemd/systemd ] || skip "systemd is missing (apt-get install systemd)"
fi
if [ "$cases" = checkpoint_cases ]; then
    [ -x "${runtime%/*}/thwart-criu" ] || skip "thwart-criu is not built (apt-get install criu libprotobuf-c-dev)"
    command -v criu >/dev/null || skip "criu is missing (apt-get install criu)"
    command -v iptables >/dev/null || skip "iptables is missing (apt-get install iptables)"
fi
[ $fetch = 1 ] || [ -e "${XDG_CACHE_HOME:-${HOME:-/root}/.cache}/vm-run/linux-image-cloud-amd64/version" ] ||
    skip "no kernel has been fetched yet (tests/vm/vm-run --fetch)"
status=0
reason=$("$tests/vm/vm-run" --fetch 2>&1) || status=$?
[ $status = 0 ] || skip "vm-run: $(tr '\n' ' ' <<<"$reason")"

stage=$(mktemp -d "${TMPDIR:-/tmp}/thwart-vm.XXXXXX")
trap 'rm -rf "$stage"' EXIT
chmod 0755 "$stage"
mkdir -p "$stage"/{bin,templates,tests} "$stage"/rootfs/{bin,dev,proc,sys,tmp,etc,mnt}
cp -R "$tests/vm" "$stage/tests/"
cp "$runtime" "$stage/bin/thwart"
for helper in thwart-systemd thwart-criu; do
    [ ! -x "${runtime%/*}/$helper" ] || cp "${runtime%/*}/$helper" "$stage/bin/"
done
cp "$programs/probe" "$stage/rootfs/bin/"
busybox=$(command -v busybox)
cp "$busybox" "$stage/rootfs/bin/busybox"
for applet in sh cat dd sleep true mkdir fallocate; do
    ln -s busybox "$stage/rootfs/bin/$applet"
done

# Templates: what is quoted with @ is filled in there.
base() {
    jq '.process.args = "@ARGUMENTS@" | .process["@PROCESS@"] = 0 | del(.process.noNewPrivileges)
        | .process.capabilities |= map_values(. + ["CAP_MKNOD", "CAP_DAC_OVERRIDE"])
        | .mounts |= (map(select(.destination != "/dev/pts")) + ["@MOUNT@"])
        | .linux.cgroupsPath = "@CGROUP@" | .linux.resources = "@RESOURCES@" | .linux["@LINUX@"] = 0
        | .linux.namespaces |= (map(select(.type != "cgroup")) + ["@NAMESPACE@"])' --compact-output \
        "$tests/support/base-config.json"
}
base >"$stage/templates/plain.json"
base | jq 'del(.linux.cgroupsPath)' --compact-output >"$stage/templates/pathless.json"
# Real documents, with this root file system and without what only their engine has made.
for name in podman-memory docker-memory; do
    jq '.root = {path: "rootfs"} | .process.args = "@ARGUMENTS@" | .linux.cgroupsPath = "@CGROUP@" | del(.hooks)
        | .linux.namespaces |= map(del(.path)) | .mounts |= map(select(.type != "bind"))' --compact-output \
        "$tests/samples/bundles/$name.json" >"$stage/templates/$name.json"
done

# All that a restore has to bring back; the directory behind /out is made by the cases.
checkpoint() {
    jq '.process.args = "@ARGUMENTS@" | .root.readonly = true
        | .mounts += [{destination: "/out", type: "bind", source: "/tmp/resources/out-directory", options: ["rbind", "rw"]}]
        | .linux.cgroupsPath = "@CGROUP@" | .linux.resources = {pids: {limit: 30}}
        | .linux.maskedPaths = ["/proc/kcore", "/proc/acpi", "/sys/firmware"] | .linux.readonlyPaths = ["/proc/sys", "/proc/irq"]
        | .linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", syscalls: [{names: ["swapon"], action: "SCMP_ACT_ERRNO"}]}' \
        --compact-output "$tests/support/base-config.json"
}
checkpoint >"$stage/templates/checkpoint.json"
checkpoint | jq '.linux.namespaces |= map(if .type == "network" then .path = "@NETWORK@" else . end)' --compact-output \
    >"$stage/templates/checkpoint-network.json"
checkpoint | jq .process.terminal=true --compact-output >"$stage/templates/checkpoint-terminal.json"
checkpoint | jq '.hooks = {
        createRuntime: [{path: "/bin/sh", args: ["sh", "-c", "cat >/tmp/resources/hook-create; [ ! -e /tmp/resources/hook-fails ] || { echo never; exit 3; }"]}],
        poststart: [{path: "/bin/sh", args: ["sh", "-c", "cat >/tmp/resources/hook-poststart"]}]}' --compact-output \
    >"$stage/templates/checkpoint-hooks.json"
checkpoint | jq 'del(.process.capabilities)' --compact-output >"$stage/templates/checkpoint-incapable.json"
checkpoint | jq '.mounts += [{destination: "/mnt", type: "proc", source: "proc"}]' --compact-output >"$stage/templates/checkpoint-procfs.json"
checkpoint | jq '(.mounts[] | select(.destination == "/out") | .options) = ["rbind", "ro"]' --compact-output \
    >"$stage/templates/checkpoint-closed.json"
checkpoint | jq '.linux.namespaces |= map(select(.type != "network"))' --compact-output >"$stage/templates/checkpoint-host-network.json"
cp "$programs/console_listener" "$stage/bin/"
mkdir -p "$stage/rootfs/out"

cd "$stage" # vm-run keeps this entry of /tmp
"$tests/vm/vm-run" --timeout "${THWART_VM_SECONDS:-900}" ${options[@]+"${options[@]}"} -- \
    bash tests/vm/resources.sh "$stage" "$cases"
