# SPDX-License-Identifier: BSD-3-Clause
"""A host of pictures: GET /images/NAME, where NAME decides the bytes, and what is wrong with the answer.

  /images/…            a JPEG; a PNG if the path ends in .png; padded to --picture-sizes by the path
  /images/do/WHAT/…    the same with control.py's WHAT, as in /images/do/status:404/a.jpg
  /images/note/NOTE/…  a picture with this note for rekognition.py, as in /images/note/do=fail:InternalServerError,times=2/a.jpg
                       (a comma between members, ";;" for a comma within one)
  /images/size/N/… /images/side/N/…      of at least N bytes; of N x N pixels
  /images/same/NAME/…  the picture of NAME, whatever follows: the same bytes at many addresses
  /images/as/KIND/…    html, svg, webp, gif, text, empty, cut (a JPEG that ends early), bomb (gzip of zeros)
  /redirect/CODE/URL   a redirect to URL (percent-encoded)
  /file/NAME           a file of --folder"""
import gzip
import hashlib
import os
import urllib.parse

import control
import pictures
from http1 import Answer

OTHERS = {
    "html": ("text/html", b"<!DOCTYPE html><html><body>Not Found</body></html>"),
    "svg": ("image/svg+xml", b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg" width="99" height="99"/>'),
    "webp": ("image/webp", b"RIFF\x1a\0\0\0WEBPVP8L\r\0\0\0\x2f\0\0\0\x10\x07\x10\x11\x11\x88\x88\xfe\x07\0"),
    "gif": ("image/gif", b"GIF89a\x60\0\x60\0\x80\0\0\0\0\0\xff\xff\xff,\0\0\0\0\x60\0\x60\0\0\2\1D\0;"),
    "text": ("text/plain", b"no picture at all, sorry\n"),
    "empty": ("image/jpeg", b""),
}


class Images:
    name = "images"

    def __init__(self, controls, sizes=None, folder=None):
        self.control, self.sizes, self.folder, self.bomb = controls, sizes, folder, None

    def takes(self, request):
        return request.method in ("GET", "HEAD") and request.path.startswith(("/images/", "/redirect/", "/file/"))

    def answer(self, request, about):
        path = urllib.parse.unquote(request.path)
        what = self.control.what(self.name, path)
        if path.startswith("/redirect/"):
            code, url = request.target[len("/redirect/"):].split("/", 1)
            answer = Answer(int(code), b"", {"Location": urllib.parse.unquote(url)})
        elif path.startswith("/file/"):
            answer = self.file(path[len("/file/"):])
        else:
            answer, more = self.picture(path, request)
            what = "+".join(filter(None, (what, more)))
        if answer.status == 200 and answer.body and not isinstance(answer.body, list):
            about["picture"] = hashlib.sha256(answer.body).hexdigest()
        answer.delay += self.control.delay[self.name]
        answer = control.spoiled(answer, what, lambda _, status: Answer(status), lambda _: Answer(503, b"", dict(self.control.throttle_headers)))
        if request.method == "HEAD":
            answer.headers["Content-Length"], answer.body = str(len(answer.body)), b""
        return answer

    def picture(self, path, request):
        """(answer, what is to be done to it)"""
        options, parts = {}, path.split("/")[2:]
        while len(parts) > 2 and parts[0] in ("do", "note", "size", "side", "same", "as"):
            options[parts[0]] = parts[1]
            parts = parts[2:]
        kind = options.get("as", "")
        if kind in OTHERS:
            return Answer(200, OTHERS[kind][1], {"Content-Type": OTHERS[kind][0]}), options.get("do", "")
        if kind == "bomb":
            return self.gzip_bomb(), ""
        size = int(options.get("size", 0))
        if not size and self.sizes:
            size = pictures.size_of(path, *self.sizes)
        note = options["note"].replace(",", " ").replace(";;", ",") if "note" in options else None
        png = path.endswith(".png")
        data = pictures.named(options.get("same", path), size, note, "png" if png else "jpeg", int(options.get("side", pictures.SIDE)))
        if kind == "cut":
            data = data[:20]
        return Answer(200, data, {"Content-Type": "image/png" if png else "image/jpeg"}), options.get("do", "")

    def file(self, name):
        try:
            with open(os.path.join(self.folder or "/nonexistent", os.path.basename(name)), "rb") as file:
                return Answer(200, file.read(), {"Content-Type": "image/jpeg"})
        except OSError:
            return Answer(404, b"no such file")

    def gzip_bomb(self):
        if self.bomb is None:                            # 1 GiB of zeros in 1 MiB, never unpacked here
            self.bomb = gzip.compress(bytes(16 << 20), 9) * 64
        return Answer(200, self.bomb, {"Content-Type": "image/jpeg", "Content-Encoding": "gzip"})
