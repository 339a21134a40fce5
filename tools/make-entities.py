#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Writes core/chain/entities.c: HTML5's character references, from html.entities.

    tools/make-entities.py >core/chain/entities.c

The result is committed, so that a build needs no Python; tests/chain/test-entities.sh
compares the two where Python is there.
"""
from html.entities import html5

HEAD = """\
/* SPDX-License-Identifier: BSD-3-Clause */
/* chain/entities.c - made by tools/make-entities.py from Python's html.entities;
 * do not edit. Names without their first letter and their semicolon.        */
#include "chain/entities.h"
"""


def wrapped(pieces, indent="  ", width=118):
    lines, line = [], indent
    for piece in pieces:
        if len(line) + len(piece) > width and line.strip():
            lines.append(line.rstrip())
            line = indent
        line += piece
    lines.append(line.rstrip())
    return "\n".join(lines)


def main():
    names = sorted(name[:-1] for name in html5 if name.endswith(";"))
    for name in (n for n in html5 if not n.endswith(";")):
        assert html5[name] == html5[name + ";"], name
    letters = sorted({name[0] for name in names})
    assert all("A" <= c <= "Z" or "a" <= c <= "z" for c in letters)
    out = [HEAD]
    entries, start, rows = [], {}, 0
    for c in letters:
        rest = [name[1:] for name in names if name[0] == c]
        start[c] = rows
        pool = "".join(rest)
        assert len(pool) < 4096           # what C11 promises for one literal
        out.append("static const char rest_%s[] =\n%s;\n" % (
            c, wrapped('"%s"' % pool[i:i + 110] for i in range(0, len(pool), 110))))
        at = 0
        for r in rest:
            text = html5[c + r + ";"]
            assert len(text) in (1, 2) and all(ord(x) < 1 << 17 for x in text), c + r
            second = ord(text[1]) if len(text) == 2 else 0
            assert second < 1 << 16
            entries.append("{%d,%d,%d,0x%x,0x%x}, " % (at, len(r), c + r in html5, ord(text[0]), second))
            at += len(r)
            rows += 1
    out.append("\nconst ek_entity ek_entities[] = {\n%s\n};\n" % wrapped(entries))
    table = []
    for i in range(128):
        c = chr(i)
        if c in start:
            n = sum(1 for name in names if name[0] == c)
            table.append("['%s'] = {rest_%s,%d,%d}, " % (c, c, start[c], n))
    out.append("\nconst ek_entity_letter ek_entity_letters[128] = {\n%s\n};\n" % wrapped(table))
    # Numbers 128 to 159 mean what windows-1252 has there.
    remap = []
    for i in range(0x80, 0xa0):
        try:
            remap.append("0x%x, " % ord(bytes([i]).decode("cp1252")))
        except UnicodeDecodeError:
            remap.append("0x%x, " % i)
    out.append("\nconst uint16_t ek_entity_cp1252[32] = {\n%s\n};\n" % wrapped(remap))
    print("".join(out), end="")


main()
