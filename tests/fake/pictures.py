# SPDX-License-Identifier: BSD-3-Clause
"""Small valid JPEG and PNG files made by code: coloured shapes for the bundled sample, coloured squares for tests. They
can carry a note, and a JPEG can be padded with comments to any size."""
import functools
import hashlib
import struct
import zlib

SIDE = 96                                                # the service wants 80 at least

# ---- PNG ------------------------------------------------------------------------------------------------------------


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(width, height, rows, note=None):
    """rows: bytes of 3 a pixel."""
    text = chunk(b"tEXt", b"Comment\0" + note.encode("ascii")) if note else b""
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)) + text +
            chunk(b"IDAT", zlib.compress(b"".join(b"\0" + row for row in rows), 9)) + chunk(b"IEND", b""))


# ---- JPEG: baseline, one value a block of 8x8 -------------------------------------------------------------------------
# Tables K.3 and K.4 of the standard for DC; of AC only "end of block" is ever used.
DC_BITS = (0, 1, 5, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0)
DC_CODES = {0: "00", 1: "010", 2: "011", 3: "100", 4: "101", 5: "110", 6: "1110", 7: "11110", 8: "111110", 9: "1111110",
            10: "11111110", 11: "111111110"}
AC_BITS = (1,) + (0,) * 15


def segment(marker, data):
    return b"\xff" + bytes([marker]) + struct.pack(">H", len(data) + 2) + data


def scan(blocks):
    """blocks: (y, cb, cr) each, 0..255."""
    last, bits = [0, 0, 0], []
    for block in blocks:
        for i, value in enumerate(block):
            value = (value - 128)                        # times 8 for the transform, divided by a quantiser of 8
            change, last[i] = value - last[i], value
            size = abs(change).bit_length()
            bits.append(DC_CODES[size])
            if size:
                bits.append(format(change if change > 0 else change + (1 << size) - 1, "0%db" % size))
            bits.append("0")                             # end of block
    text = "".join(bits)
    text += "1" * (-len(text) % 8)
    return int(text, 2).to_bytes(len(text) // 8, "big").replace(b"\xff", b"\xff\0")


def jpeg_head(notes):
    return b"\xff\xd8" + segment(0xe0, b"JFIF\0\1\1\0\0\1\0\1\0\0") + b"".join(segment(0xfe, n) for n in notes)


def jpeg_body(width, height, blocks):
    return (segment(0xdb, b"\0" + b"\x08" * 64) +
            segment(0xc0, struct.pack(">BHHB", 8, height, width, 3) + b"\1\x11\0\2\x11\0\3\x11\0") +
            segment(0xc4, b"\0" + bytes(DC_BITS) + bytes(range(12))) + segment(0xc4, b"\x10" + bytes(AC_BITS) + b"\0") +
            segment(0xda, b"\3\1\0\2\0\3\0\0\x3f\0") + scan(blocks) + b"\xff\xd9")


def jpeg(width, height, blocks, note=None):
    return jpeg_head([note.encode("ascii")] if note else []) + jpeg_body(width, height, blocks)


# ---- pictures by a name ----------------------------------------------------------------------------------------------
@functools.lru_cache(256)
def squares_jpeg(pattern, side):
    digest = hashlib.sha256(b"squares %d" % pattern).digest()
    n = (side + 7) // 8
    return jpeg_body(side, side, [(60 + digest[(i // n // 3 * 5 + i % n // 3) % 32] * 3 // 4, digest[i // n % 32] // 2 + 64, digest[i % n % 32] // 2 + 64)
                                  for i in range(n * n)])


@functools.lru_cache(64)
def squares_png(pattern, side, note):
    digest = hashlib.sha256(b"squares %d" % pattern).digest()
    rows = []
    for y in range(side):
        rows.append(b"".join(bytes(digest[(y // 24 * 4 + x // 24) % 28 + i] for i in range(3)) for x in range(side)))
    return png(side, side, rows, note)


PAD = hashlib.shake_256(b"padding").digest(65000)


def named(name, size=0, note=None, kind="jpeg", side=SIDE):
    """The picture of this name: another name, other bytes. size: at least so many of them."""
    digest = hashlib.sha256(name.encode("utf-8", "surrogateescape")).hexdigest()
    told = "picture %s%s" % (digest, " enrichkit-fake: %s end" % note if note else "")
    if kind == "png":
        return squares_png(int(digest[:2], 16) % 64, side, told)
    head, body = jpeg_head([told.encode("ascii")]), squares_jpeg(int(digest[:4], 16) % 200, side)
    pads, left = [], size - len(head) - len(body)
    while left > 0:
        pads.append(segment(0xfe, PAD[:max(1, min(len(PAD), left - 4))]))
        left -= len(pads[-1])
    return b"".join([head, *pads, body])


def size_of(name, smallest, largest):
    """20,000 to 200,000 bytes, say, by the name."""
    return smallest + int.from_bytes(hashlib.sha256(b"size " + name.encode()).digest()[:4], "big") % (largest - smallest + 1)
