#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Writes core/chain/entities.c: HTML5's character references, from html.entities.

    tools/make-entities.py >core/chain/entities.c
    tools/make-entities.py --samples >tests/chain/entity-samples.h

The results are committed, so that neither a build nor a test needs Python;
`make check-entities` compares them with what this script writes.
"""
import html
import sys
from html.entities import html5

HEAD = """\
/* SPDX-License-Identifier: BSD-3-Clause */
/* chain/entities.c - made by tools/make-entities.py from Python's html.entities;
 * do not edit. Names without their first letter and their semicolon.        */
#include "chain/entities.h"
"""

# What html.unescape() is asked.
SAMPLES = [
    "&amp;lt;", "&amp;", "&amp", "&ampx", "&AMP;", "&notit;", "&notin;", "&notin", "&not;in",
    "&no;", "&lt3", "&ltlt;", "&copy2024", "&Aacute", "&Aacute;x", "&aacutex", "&unknown;", "&;",
    "&", "& ", "&&amp;", "&#", "&#;", "&#x;", "&#xg;", "&#65", "&#65;", "&#065;b", "&#x41;",
    "&#X41;", "&#x41g", "&#0;", "&#128;", "&#x80", "&#150;", "&#x9f;", "&#x91;quoted&#x92;",
    "&#8217;s", "&#xd800;", "&#xdfff;", "&#x110000;", "&#99999999999999999999;",
    "&#xffffffffffffffffffff;", "&#1;a", "&#x8;a", "&#xb;a", "&#x1f;a", "&#x7f;a", "&#13;a",
    "&#10;a", "&#9;", "&#xfdd0;a", "&#xffff;a", "&#x1fffe;a", "&#x10ffff;a", "&#x10fffe;a",
    "&nLt;", "&ngE;", "&CounterClockwiseContourIntegral;", "&CounterClockwiseContourIntegralx;",
    "&NotEqualTilde;", "&acE;", "&fjlig;", "&bne;", "&ThickSpace;", "Grocery &amp; Gourmet Food",
    "&quot;Tea&quot;", "a&nbsp;b", "&lt;b&gt;", "&ampamp;", "&amp;amp;amp;", "&hellip;&hellip;",
    "x&y;z", "AT&T", "R&D;", "&amp\n;", "&lt\t;", "&am p;", "&é;", "&ampé;", "caf&eacute;",
    "&eacutecaf", "&times;2", "&timesb;", "&timesbx", "&para;", "&parallel;", "&parallelx",
    "&sect1", "&sup1;&sup2&sup3x", "&yen5", "&ltimes;", "&ltimesx", "&GT&LT", "&QUOTx", "&COPY;",
    "&REG", "&shy;x", "&zwj;", "&lang;", "&rang;", "&#x2028;", "&#128512;", "&#x1F375;",
    "&NewLine;", "&Tab;", "&ApplyFunction;", "&aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa;",
    "&ampaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa;", "&#38;#38;", "&#0038;amp;", "&gt;=",
    "a&lt", "a&l", "a&lt;", "&&&", "&#x26lt;", "&frac14", "&frac145;", "&frac15;", "&thornx",
    "&THORN", "&#1", "&#128", "&#xD800", "&amp;&amp;&amp;", "&lt&lt&lt&lt;",
]


def c_literal(text):
    out, after_hex = "", False
    for byte in text.encode():
        c = chr(byte)
        if 32 <= byte < 127 and c not in '"\\?':
            out += '" "' * (after_hex and c in "0123456789abcdefABCDEF") + c
            after_hex = False
        else:
            after_hex = c not in '"\\?'
            out += "\\x%02x" % byte if after_hex else "\\" + c
    return '"%s"' % out


def samples():
    print("/* SPDX-License-Identifier: BSD-3-Clause */")
    print("/* chain/entity-samples.h - made by tools/make-entities.py --samples; do not edit:")
    print(" * { text, Python's html.unescape(text) }.                                  */")
    for text in SAMPLES:
        print("{ %s, %s }," % (c_literal(text), c_literal(html.unescape(text))))


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


samples() if sys.argv[1:] == ["--samples"] else main()
