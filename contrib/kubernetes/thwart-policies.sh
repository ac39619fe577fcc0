#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Makes a ConfigMap's policies those of a Kubernetes node: /etc/thwart/policies.
#
#   thwart-policies.sh watch     whenever the ConfigMap changes; does not end
#   thwart-policies.sh apply     once; fails when the policies are refused
#   thwart-policies.sh remove    takes them off the node
#
# All files together are one set. A set is judged by thwart itself before it counts: one mistake, and the node keeps the set that it
# has. /etc/thwart/policies is a symbolic link to the set, replaced by rename, so that every creation sees one set or the
# other, whole; what is no longer in the ConfigMap is gone with the set that it was in.
#
#   NODE_ROOT     where the node's /etc/thwart is mounted, as etc/thwart (/node)
#   SOURCE        the ConfigMap (/policies)
#   THWART        the program that judges (/opt/thwart/bin/thwart)
#   ALLOW_EMPTY   yes: a ConfigMap without a policy takes all policies away; otherwise that is a mistake
#   READY         is there while the node has what the ConfigMap says (/tmp/ready); the pod's readiness
#   INTERVAL      seconds between two looks (10)
set -eu

NODE_ROOT=${NODE_ROOT-/node}
SOURCE=${SOURCE:-/policies}
THWART=${THWART:-/opt/thwart/bin/thwart}
ALLOW_EMPTY=${ALLOW_EMPTY:-no}
READY=${READY:-/tmp/ready}
INTERVAL=${INTERVAL:-10}
etc=$NODE_ROOT/etc/thwart
place=$etc/policies
# Sets lie beside it, each under the digest of its files.
sets=policies.sets

say() {
    echo "thwart-policies: $*"
}

complain() {
    echo "thwart-policies: $*" >&2
}

# snapshot: the ConfigMap's files, in $scratch/policies. The kubelet replaces the link ..data when the ConfigMap changes: a copy that was
# made over that is made again, so that no set is half of each.
snapshot() {
    while :; do
        before=$(readlink "$SOURCE/..data" || :)
        rm -rf "$scratch/policies"
        mkdir "$scratch/policies"
        for file in "$SOURCE"/*; do
            [ -e "$file" ] || continue # none at all, or replaced just now
            cp "$file" "$scratch/policies/"
        done
        [ "$before" != "$(readlink "$SOURCE/..data" || :)" ] || break
    done
    chmod 755 "$scratch/policies"
    find "$scratch/policies" -type f -exec chmod 644 {} +
}

# The digest of names and bytes.
digest() {
    (cd "$scratch/policies" && find . -type f | LC_ALL=C sort | while read -r file; do sha256sum "$file"; done) | sha256sum | cut -c1-32
}

# judge: as thwart reads a mandatory folder, so that also what is wrong with the set as a whole is seen, such as a name that two have.
judge() {
    count=0
    for file in "$scratch/policies"/*; do
        case $file in
        */'*') ;; # there are none
        *.json) count=$((count + 1)) ;;
        *.json.sig) ;;
        *) complain "${file##*/} is no policy: names end in .json (signatures in .json.sig)" && return 1 ;;
        esac
    done
    if [ "$count" = 0 ]; then
        [ "$ALLOW_EMPTY" = yes ] || {
            complain "the ConfigMap has no policy; ALLOW_EMPTY=yes says that this is meant"
            return 1
        }
        return 0
    fi
    (cd "$scratch/policies" && "$THWART" policy check ./*.json) >&2 || return 1
    printf '{"thwart": 1, "policies": ["%s"], "waivers": []}\n' "$scratch/policies" >"$scratch/thwart.json"
    "$THWART" --configuration "$scratch/thwart.json" policy list >"$scratch/list" || return 1
}

# check_place: what is not ours is not replaced.
check_place() {
    if [ -L "$place" ]; then
        case $(readlink "$place") in
        "$sets"/*) return 0 ;;
        esac
        complain "/etc/thwart/policies is a symbolic link of somebody else's: move it away"
        return 1
    fi
    if [ -d "$place" ]; then
        [ -z "$(ls -A "$place")" ] || {
            complain "/etc/thwart/policies has files that are not of this ConfigMap: put them into it, and move them away"
            return 1
        }
    elif [ -e "$place" ]; then
        complain "/etc/thwart/policies is no folder"
        return 1
    fi
}

# apply: 0 when the node has the ConfigMap's policies then.
apply() {
    snapshot
    check_place || return 1
    name=$(digest)
    [ "$(readlink "$place" || :)" != "$sets/$name" ] || return 0
    judge || {
        complain "REFUSED: this node keeps the policies that it has ($(readlink "$place" || echo none))"
        return 1
    }
    mkdir -p "$etc/$sets"
    # Left by an attempt that did not come to its end.
    rm -rf "$etc/$sets/.new" "$etc/.policies-new"
    if [ ! -d "$etc/$sets/$name" ]; then
        cp -R "$scratch/policies" "$etc/$sets/.new"
        find "$etc/$sets/.new" -type f -exec sync {} +
        sync "$etc/$sets/.new"
        mv "$etc/$sets/.new" "$etc/$sets/$name"
    fi
    old=$(readlink "$place" || :)
    ln -s "$sets/$name" "$etc/.policies-new"
    # A package's empty folder; for this moment there are as few policies as before.
    [ -L "$place" ] || [ ! -d "$place" ] || rmdir "$place"
    mv -T "$etc/.policies-new" "$place"
    sync "$etc"
    # The set before stays for those that are reading it; older ones go.
    for each in "$etc/$sets"/*; do
        case ${each##*/} in
        "$name" | "${old##*/}") ;;
        *) rm -rf "$each" ;;
        esac
    done
    say "this node has $count policies, set $name"
}

watch() {
    trap 'exit 0' TERM INT
    told=
    rm -f "$READY"
    while :; do
        # A process of its own, which ends with the first thing that goes wrong.
        if "$0" apply 2>"$scratch/complaints"; then
            cat "$scratch/complaints" >&2
            told=
            : >"$READY"
        else
            rm -f "$READY"
            # The same is not said again every few seconds.
            [ "$(cat "$scratch/complaints")" = "$told" ] || cat "$scratch/complaints" >&2
            told=$(cat "$scratch/complaints")
        fi
        sleep "$INTERVAL" & wait $! || :
    done
}

remove() {
    if [ -L "$place" ]; then
        check_place || return 1
        rm "$place"
        say "removed"
    fi
    rm -rf "${etc:?}/$sets" "$etc/.policies-new"
}

umask 022
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
case ${1:-} in
watch) watch ;;
apply | remove) "$1" ;;
*)
    complain "usage: thwart-policies.sh watch|apply|remove"
    exit 2
    ;;
esac
