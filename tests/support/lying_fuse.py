#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""lying_fuse.py SIGNED OTHER FOLDER: a file system of FUSE's at FOLDER, which has the files of SIGNED and says of each the
fs-verity digest that the kernel would measure; what it shows are the contents of OTHER, where that has the file (cut or
filled up to the signed size). It speaks the kernel's protocol itself (linux/fuse.h) and ends with the mount."""
import ctypes
import hashlib
import os
import stat
import struct
import sys

BLOCK = 4096
INIT, LOOKUP, FORGET, GETATTR, READLINK, OPEN, READ, STATFS = 26, 1, 2, 3, 5, 14, 15, 17
GETXATTR, LISTXATTR = 22, 23
RELEASE, FLUSH, OPENDIR, READDIR, RELEASEDIR, IOCTL, BATCH_FORGET = 18, 25, 27, 28, 29, 39, 42
MEASURE_VERITY = 0x6686  # the ioctl's type and number; its size says how long an answer is wanted
ENOENT, ENOTTY, ENOSYS, ENODATA = 2, 25, 38, 61
FOREVER_S = 3600


def fs_verity(contents):
    """Documentation/filesystems/fsverity.rst, "Merkle tree" and "File digest computation"; SHA-256, no salt."""

    def hashes_of(data):
        return [hashlib.sha256(data[at : at + BLOCK].ljust(BLOCK, b"\0")).digest() for at in range(0, len(data), BLOCK)]

    level = hashes_of(contents)
    while len(level) > 1:
        level = hashes_of(b"".join(level))
    root = level[0] if level else bytes(32)
    described = struct.pack("<BBBBIQ", 1, 1, 12, 0, 0, len(contents)) + root.ljust(64, b"\0") + bytes(32 + 144)
    return hashlib.sha256(described).digest()


class Tree:
    def __init__(self, signed, other):
        self.signed, self.other = signed, other
        self.nodes, self.numbers = {}, {}
        self.add("")

    def add(self, name):
        path = os.path.join(self.signed, name) if name else self.signed
        status = os.lstat(path)
        number = self.numbers.get((status.st_dev, status.st_ino))
        if number is not None:
            return number
        number = len(self.nodes) + 1
        self.numbers[(status.st_dev, status.st_ino)] = number
        node = self.nodes[number] = {"number": number, "status": status}
        names = os.listxattr(path, follow_symlinks=False)
        node["attributes"] = {each.encode(): os.getxattr(path, each, follow_symlinks=False) for each in names}
        if stat.S_ISDIR(status.st_mode):
            node["entries"] = {each: self.add(os.path.join(name, each)) for each in sorted(os.listdir(path))}
        elif stat.S_ISLNK(status.st_mode):
            node["target"] = os.readlink(path).encode()
        elif stat.S_ISREG(status.st_mode):
            with open(path, "rb") as file:
                contents = file.read()
            node["digest"] = fs_verity(contents)
            other = os.path.join(self.other, name)
            if os.path.exists(other):
                with open(other, "rb") as file:
                    contents = file.read()[: len(contents)].ljust(len(contents), b"\0")
            node["contents"] = contents
        return number


def attributes(node):
    status = node["status"]
    major, minor = os.major(status.st_rdev), os.minor(status.st_rdev)
    return struct.pack(
        "<6Q10I", node["number"], status.st_size, (status.st_size + 511) // 512, 1, 1, 1, 0, 0, 0,
        status.st_mode, status.st_nlink, status.st_uid, status.st_gid, minor & 0xFF | major << 8, BLOCK, 0,
    )


def entries_of(tree, node, offset, size):
    answer = b""
    entries = [(".", node["number"]), ("..", 1)] + list(node["entries"].items())
    for place in range(offset, len(entries)):
        name, number = entries[place]
        name = name.encode("utf-8", "surrogateescape")
        kind = tree.nodes[number]["status"].st_mode >> 12
        entry = struct.pack("<QQII", number, place + 1, len(name), kind) + name
        entry += bytes(-len(entry) % 8)
        if len(answer) + len(entry) > size:
            break
        answer += entry
    return answer


def sized(answer, size):
    return struct.pack("<II", len(answer), 0) if size == 0 else answer


def answer_to(tree, operation, number, body):
    """The answer's bytes, or an error's number."""
    node = tree.nodes.get(number)
    if operation == INIT:
        return struct.pack("<IIIIHHIIHHI", 7, 31, 65536, 0, 12, 10, 65536, 1, 16, 0, 0) + bytes(24)
    if operation == LOOKUP:
        found = node["entries"].get(body[:-1].decode("utf-8", "surrogateescape"))
        if found is None:
            return ENOENT
        return struct.pack("<QQQQII", found, 0, FOREVER_S, FOREVER_S, 0, 0) + attributes(tree.nodes[found])
    if operation == GETATTR:
        return struct.pack("<QII", FOREVER_S, 0, 0) + attributes(node)
    if operation == READLINK:
        return node["target"]
    if operation in (OPEN, OPENDIR):
        return struct.pack("<QII", number, 0, 0)
    if operation in (READ, READDIR):
        _, offset, size = struct.unpack_from("<QQI", body)
        return node["contents"][offset : offset + size] if operation == READ else entries_of(tree, node, offset, size)
    if operation == LISTXATTR:
        return sized(b"".join(each + b"\0" for each in node["attributes"]), struct.unpack_from("<I", body)[0])
    if operation == GETXATTR:
        value = node["attributes"].get(body[8:-1])
        return ENODATA if value is None else sized(value, struct.unpack_from("<I", body)[0])
    if operation == STATFS:
        return bytes(80)
    if operation in (RELEASE, RELEASEDIR, FLUSH):
        return b""
    if operation == IOCTL:
        _, _, command = struct.unpack_from("<QII", body)
        if command & 0xFFFF != MEASURE_VERITY or "digest" not in node:
            return ENOTTY
        return struct.pack("<iIII", 0, 0, 0, 0) + struct.pack("<HH", 1, 32) + node["digest"]
    return ENOSYS


def serve(tree, device):
    while True:
        try:
            request = os.read(device, 1 << 20)
        except OSError:  # the mount has gone
            return
        _, operation, unique, number = struct.unpack_from("<IIQQ", request)
        if operation in (FORGET, BATCH_FORGET):
            continue
        answer = answer_to(tree, operation, number, request[40:])
        error, data = (answer, b"") if isinstance(answer, int) else (0, answer)
        try:
            os.write(device, struct.pack("<IiQ", 16 + len(data), -error, unique) + data)
        except OSError:  # whoever asked has gone
            pass


def main():
    signed, other, folder = sys.argv[1:]
    tree = Tree(signed, other)
    device = os.open("/dev/fuse", os.O_RDWR)
    options = f"fd={device},rootmode=40000,user_id=0,group_id=0,allow_other,default_permissions"
    library = ctypes.CDLL(None, use_errno=True)
    if library.mount(b"lying", folder.encode(), b"fuse", 0, options.encode()) != 0:
        sys.exit(f"mount {folder}: {os.strerror(ctypes.get_errno())}")
    if os.fork() != 0:
        return
    os.setsid()
    null = os.open("/dev/null", os.O_RDWR)
    for descriptor in range(3):
        os.dup2(null, descriptor)
    serve(tree, device)


main()
