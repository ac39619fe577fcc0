#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Reads every #include below src/ and fails on an arrow that points up, on a floor that kernel code may not see, and on a
# third-party header outside its adapter. usage: tests/floors.sh [SOURCE_ROOT]
set -eu
root=${1:-$(dirname "$0")/..}
cd "$root/src"

# FLOOR INCLUDED: may a file of FLOOR include a header of floor INCLUDED?
may_include() {
    [ "$1" != "$2" ] || return 0
    case $1 in
    base) below="" ;;
    # Helper programs: the third-party library, and messages with the runtime.
    systemd | criu) below="base" ;;
    # And the framing of packets, which is held to the same inside of compressed ones.
    gpg) below="trust base" ;;
    json) below="base" ;;
    spec) below="json base" ;;
    trust) below="spec json base" ;;
    policy) below="trust spec json base" ;;
    plan) below="policy trust spec json base" ;;
    # Kernel code cannot look at the request and decide by itself.
    linux) below="plan base" ;;
    monitor) below="plan linux base" ;;
    container) below="linux plan policy trust spec json base" ;;
    # What it judges is what create would: that is the container floor's.
    check) below="container linux plan policy trust spec json base" ;;
    cli) below="check container linux plan policy trust spec json base" ;;
    *) return 1 ;;
    esac
    case " $below " in
    *" $2 "*) return 0 ;;
    esac
    return 1
}

# FILE HEADER: third-party headers have one place each that may see them.
in_its_adapter() {
    case $2 in
    yajl/*) place="json/" ;;
    seccomp.h) place="linux/seccomp_compile.c" ;;
    sys/capability.h) place="linux/capabilities.c" ;;
    libmount.h | libmount/*) place="linux/mountinfo.c" ;;
    # Compressed packets, and compressed layers.
    zlib.h) place="gpg/ trust/inflate.c" ;;
    gpgme.h | gpg-error.h | bzlib.h) place="gpg/" ;;
    yaml.h) place="trust/registries_yaml.c" ;;
    systemd/*) place="systemd/" ;;
    criu/*) place="criu/" ;;
    *) return 0 ;;
    esac
    for part in $place; do
        case $1 in
        "$part"*) return 0 ;;
        esac
    done
    return 1
}

status=0
fault() {
    echo "$*" >&2
    status=1
}

count=0
for file in */*.c */*.h; do
    [ -f "$file" ] || continue
    count=$((count + 1))
    case ${file%%/*} in
    base | json | spec | trust | policy | plan | linux | monitor | container | check | cli | systemd | criu | gpg) ;;
    *) fault "$file: src/${file%%/*} is no floor of the house" ;;
    esac
done
[ "$count" -gt 0 ] || {
    echo "no sources found below $PWD" >&2
    exit 1
}

list=$(mktemp)
trap 'rm -f "$list"' EXIT
# "FILE "HEADER"" and "FILE <HEADER>", one a line
sed -n '/^[[:space:]]*#[[:space:]]*include/{s/^[^"<]*\(["<][^">]*[">]\).*/\1/;F;p;}' ./*/*.[ch] | paste -d' ' - - >"$list"
while read -r file header; do
    file=${file#./}
    case $header in
    '"config.h"') ;; # made by the build
    '"'*/*'"')
        header=${header#?}
        header=${header%?}
        may_include "${file%%/*}" "${header%%/*}" || fault "$file: the floor ${file%%/*} may not include $header"
        [ -f "$header" ] || fault "$file: $header does not exist"
        ;;
    '"'*) fault "$file: $header is not written from src/" ;;
    '<'*)
        header=${header#?}
        header=${header%?}
        in_its_adapter "$file" "$header" || fault "$file: <$header> belongs in src/$place alone"
        ;;
    esac
done <"$list"
[ "$status" -ne 0 ] || echo "$count files keep to their floors"
exit "$status"
