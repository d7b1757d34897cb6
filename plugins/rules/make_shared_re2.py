#!/usr/bin/env python3
"""Makes a libre2.a that a shared library can hold: make_shared_re2.py FROM TO

Debian builds libre2.a for programs: re2.o stores a thread-local pointer (re2::hooks::context) at an offset that only
a program's linker knows. RE2 keeps it for hooks that somebody may set and itself never reads it; we set none. The
two stores become instructions that do nothing, of the same length, and what asked the linker for the offset goes.
Anything in the object that is not exactly as expected ends the build.
"""

import shutil
import struct
import subprocess
import sys
import tempfile
from pathlib import Path

OBJECT = "re2.o"
SYMBOL = "_ZN3re25hooks7contextE"
R_X86_64_NONE, R_X86_64_TPOFF32 = 0, 23
STORE = bytes.fromhex("6448891c25")  # mov %rbx, %fs:…, before the four bytes of the offset
NOTHING = bytes.fromhex("660f1f840000000000")  # nine bytes of no operation
SECTION = struct.Struct("<IIQQQQIIQQ")
RELOCATION = struct.Struct("<QQq")
SYMBOL_ENTRY = struct.Struct("<IBBHQQ")
SHT_RELA = 4


def sections(data):
    offset, = struct.unpack_from("<Q", data, 0x28)
    size, count = struct.unpack_from("<HH", data, 0x3A)
    assert size == SECTION.size
    return [SECTION.unpack_from(data, offset + size * index) for index in range(count)]


def symbol_name(data, table, names, index):
    start = names[4] + SYMBOL_ENTRY.unpack_from(data, table[4] + index * SYMBOL_ENTRY.size)[0]
    return data[start:data.index(0, start)].decode()


def remove_stores(data):
    """Changes the object's bytes; returns how many stores there were."""
    headers = sections(data)
    removed = 0
    for header in headers:
        if header[1] != SHT_RELA:
            continue
        table, target = headers[header[6]], headers[header[7]]
        for at in range(header[4], header[4] + header[5], RELOCATION.size):
            offset, info, addend = RELOCATION.unpack_from(data, at)
            if info & 0xFFFFFFFF != R_X86_64_TPOFF32:
                continue
            begin = target[4] + offset - len(STORE)
            if symbol_name(data, table, headers[table[6]], info >> 32) != SYMBOL or addend != 0:
                sys.exit(f"{OBJECT} has another thread-local variable than {SYMBOL}")
            if data[begin:begin + len(STORE)] != STORE:
                sys.exit(f"{OBJECT} uses {SYMBOL} otherwise than by a store of a register")
            data[begin:begin + len(NOTHING)] = NOTHING
            RELOCATION.pack_into(data, at, offset, R_X86_64_NONE, 0)
            removed += 1
    return removed


def main(source, target):
    shutil.copyfile(source, target)
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(["ar", "x", Path(source).resolve(), OBJECT], cwd=folder, check=True)
        path = Path(folder) / OBJECT
        data = bytearray(path.read_bytes())
        print(f"{remove_stores(data)} stores removed")
        path.write_bytes(data)
        subprocess.run(["ar", "r", Path(target).resolve(), path], check=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
