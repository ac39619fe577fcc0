#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# thwart in one command on a bare Debian 12: installs what building and running need, builds the static program, makes a busybox bundle, shows what
# is planned for it, runs it, shows what came of it, puts it under policies and shows what was decided and why, and leaves the program usable.
#
#   contrib/try.sh [--no-install]      as root, or as a user with sudo
set -euo pipefail

source_root=$(cd "$(dirname "$0")/.." && pwd)
build=$source_root/build
install=1
for argument; do
    case $argument in
    --no-install) install= ;;
    -h | --help) sed -n '3,7s/^# \{0,1\}//p' "$0" && exit 0 ;;
    *) echo "$0: unknown argument $argument; see --help" >&2 && exit 2 ;;
    esac
done

bold='' plain=''
if [ -t 1 ]; then bold=$'\e[1m' plain=$'\e[0m'; fi
say() { printf '\n%s== %s%s\n' "$bold" "$*" "$plain"; }
# What a tool says is shown only when it fails.
quietly() { "$@" >"$log" 2>&1 || { cat "$log" >&2 && echo "failed: $*" >&2 && exit 1; }; }
root() { if [ "$(id -u)" = 0 ]; then "$@"; else sudo -- "$@"; fi; }

if [ -n "$install" ]; then
    say "What building and running need"
    "$source_root/contrib/install-packages.sh" \
        gcc libc6-dev meson ninja-build python3 pkg-config libyajl-dev libyaml-dev libseccomp-dev libcap-dev libsystemd-dev \
        libgpgme-dev zlib1g-dev libbz2-dev gnupg gpgv busybox-static jq
    echo "everything is there"
fi

say "Building"
log=$build/try.log
mkdir -p "$build"
setup=(meson setup)
[ ! -f "$build/build.ninja" ] || setup+=(--reconfigure)
quietly "${setup[@]}" "$build" "$source_root" -Dtests=false
quietly ninja -C "$build"
thwart=$build/thwart
"$thwart" --version

say "A bundle: busybox and a configuration"
umask 022
bundle=$(mktemp -d)
chmod 755 "$bundle"
trap 'root rm -rf -- "$bundle"' EXIT
mkdir -p "$bundle/rootfs/bin"
cp "$(command -v busybox)" "$bundle/rootfs/bin/"
for applet in sh id cat ls hostname mount grep sed head; do ln -s busybox "$bundle/rootfs/bin/$applet"; done
"$thwart" spec --bundle "$bundle"
# shellcheck disable=SC2016 # for the shell inside
inside='echo "I am pid $$ on $(hostname), as $(id -u):$(id -g)"
grep -E "^(CapEff|NoNewPrivs|Seccomp):" /proc/self/status
echo "processes that I see:" $(ls /proc | grep -E "^[0-9]+$")
echo "mounts:"; sed "s/^[^ ]* //" /proc/mounts | head -n 8
(: >/probe) 2>/dev/null && echo "the root file system is writable" || echo "the root file system is read-only"'
jq --arg inside "$inside" '.process.terminal = false | .process.args = ["/bin/sh", "-c", $inside]' \
    "$bundle/config.json" >"$bundle/new" && mv "$bundle/new" "$bundle/config.json"
echo "$bundle"

say "What is planned for it, and why (thwart plan; nothing has been touched yet)"
root "$thwart" plan --bundle "$bundle"

say "Running it (thwart run)"
id=try-$$
root "$thwart" run --bundle "$bundle" "$id" </dev/null

say "What came of it"
echo "exit status 0"
left() { echo "$1 of $id is left: that is a bug" >&2 && exit 1; }
! root "$thwart" list -q | grep -qx "$id" || left "a record"
[ ! -e "/run/thwart/$id" ] || left "a state directory"
[ -z "$(find /sys/fs/cgroup -type d -name "*$id*" -print -quit)" ] || left "a cgroup"
! grep -qF "$bundle" /proc/self/mountinfo || left "a mount"
echo "no container, no cgroup, no mount, no state of it is left"

say "A bundle that asks for nonsense is refused before anything exists"
jq '.process.user.uid = 4294967295' "$bundle/config.json" >"$bundle/new" && mv "$bundle/new" "$bundle/config.json"
if root "$thwart" run --bundle "$bundle" "$id-refused" </dev/null 2>&1 | fold -s -w 80; then
    echo "it ran: that is a bug" >&2
    exit 1
fi

say "What leads out is refused: line, reason and cure (thwart policy explain)"
jq '.process.user.uid = 0 | .process.capabilities.bounding += ["CAP_SYS_ADMIN"]
    | .mounts += [{destination: "/host", type: "bind", source: "/", options: ["rbind", "ro"]}]' "$bundle/config.json" >"$bundle/asking" &&
    mv "$bundle/config.json" "$bundle/kept" && mv "$bundle/asking" "$bundle/config.json"
root "$thwart" policy explain --policy baseline --bundle "$bundle" || true # it is refused: that is what is shown
echo
echo "An engine would show its user:"
if root "$thwart" --policy baseline run --bundle "$bundle" "$id-outward" </dev/null 2>&1 | fold -s -w 80; then
    echo "it ran: that is a bug" >&2
    exit 1
fi

say "A policy of one's own narrows: asked, granted, found (thwart --policy run)"
cat >"$bundle/mine.json" <<'POLICY'
// No capabilities, no sockets, a root file system that stays as it is.
{
  "thwart": 1,
  "name": "mine",
  "process": {"capabilities": {"allow": []}, "noNewPrivileges": true},
  "filesystem": {"rootReadonly": true},
  "syscalls": {"deny": ["socket"]}
}
POLICY
jq '.process.user.uid = 0 | .root.readonly = false | .process.noNewPrivileges = false' "$bundle/kept" >"$bundle/config.json"
root "$thwart" policy explain --policy "$bundle/mine.json" --bundle "$bundle"
echo
root "$thwart" --policy "$bundle/mine.json" run --bundle "$bundle" "$id-narrowed" </dev/null

say "Yours to use"
echo "$thwart"
echo "thwart --help; man -l docs/thwart.1; docs/tutorial-first-policy.md;"
echo "meson install -C build"
