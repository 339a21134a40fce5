# SPDX-License-Identifier: BSD-3-Clause
"""HTTP/1.1 for the fake services: one asyncio connection after the other's whole request, answers that may be late, cut,
dripped or never come, and the moment at which the last byte of an answer was given to the kernel."""
import asyncio
import socket
import struct
import time

MAX_HEAD = 65536
MAX_BODY = 64 << 20
REASONS = {100: "Continue", 200: "OK", 206: "Partial Content", 301: "Moved Permanently", 302: "Found", 303: "See Other",
           307: "Temporary Redirect", 308: "Permanent Redirect", 400: "Bad Request", 403: "Forbidden", 404: "Not Found",
           411: "Length Required", 413: "Payload Too Large", 429: "Too Many Requests", 500: "Internal Server Error",
           503: "Service Unavailable"}


class Request:
    __slots__ = ("method", "target", "path", "query", "headers", "raw_headers", "body", "number", "peer", "local", "arrived")

    def header(self, name, default=""):
        return self.headers.get(name, default)


class Answer:
    """What is sent, and how. body: bytes, or a list of them. cut: None, "before", "middle", "after". rst: cut by a reset.
    drip: (bytes, seconds) a piece. endless: pieces of the body again and again. raw: sent in place of the head.
    about: more members for the log."""
    __slots__ = ("status", "headers", "body", "delay", "cut", "rst", "drip", "hang", "endless", "raw", "about", "clock_offset")

    def __init__(self, status=200, body=b"", headers=None, **how):
        self.status, self.body, self.headers = status, body, headers if headers is not None else {}
        self.delay, self.cut, self.rst, self.drip, self.hang, self.endless, self.raw = 0, None, False, None, False, False, None
        self.about, self.clock_offset = {}, 0
        for name, value in how.items():
            setattr(self, name, value)

    def head(self, close):
        lines = ["HTTP/1.1 %d %s" % (self.status, REASONS.get(self.status, "Status"))]
        lines += ["%s: %s" % item for item in self.headers.items()]
        if "Date" not in self.headers:
            lines.append("Date: " + time.strftime("%a, %d %b %Y %H:%M:%S GMT", time.gmtime(time.time() + self.clock_offset)))
        if not self.endless and "Content-Length" not in self.headers and "Transfer-Encoding" not in self.headers:
            lines.append("Content-Length: %d" % sum(map(len, self.pieces())))
        if close or self.endless:
            lines.append("Connection: close")
        return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")

    def pieces(self):
        return self.body if isinstance(self.body, list) else [self.body]


class Gone(Exception):
    """The client has closed the connection."""


class Connection(asyncio.BufferedProtocol):
    def __init__(self, app):
        self.app, self.loop = app, app.loop
        self.buffer, self.filled, self.transport, self.task = bytearray(65536), 0, None, None
        self.continued, self.drained, self.lost = False, None, False

    # ---- the connection -----------------------------------------------------------------------------------------
    def connection_made(self, transport):
        self.transport = transport
        transport.set_write_buffer_limits(high=0)            # resume_writing: all of it has gone
        sock = transport.get_extra_info("socket")
        if sock is not None and sock.family != socket.AF_UNIX:
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.app.connected(self)

    def connection_lost(self, _):
        self.lost = True
        self.app.disconnected(self)
        if self.drained and not self.drained.done():
            self.drained.set_exception(Gone())
        elif self.task:
            self.task.cancel()

    def pause_writing(self):
        self.drained = self.loop.create_future()

    def resume_writing(self):
        drained, self.drained = self.drained, None
        if drained and not drained.done():
            drained.set_result(None)

    # ---- requests -----------------------------------------------------------------------------------------------
    def get_buffer(self, _):
        if len(self.buffer) - self.filled < 32768:
            self.buffer += bytes(len(self.buffer))
        return memoryview(self.buffer)[self.filled:]

    def buffer_updated(self, count):
        self.filled += count
        if self.task is None:
            self.next_request()

    def eof_received(self):
        return False

    def next_request(self):
        if self.lost or self.transport.is_closing():
            return
        end = self.buffer.find(b"\r\n\r\n", 0, self.filled)
        if end < 0:
            if self.filled > MAX_HEAD:
                self.transport.abort()
            return
        request = self.parse(bytes(self.buffer[:end]))
        if request is None:
            self.transport.write(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
            self.transport.close()
            return
        start, length = end + 4, int(request.header("content-length", "0") or 0)
        if self.filled < start + length:
            if not self.continued and request.header("expect").lower() == "100-continue":
                self.continued = True
                self.transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")
            return
        with memoryview(self.buffer) as view:
            request.body = bytes(view[start:start + length])
        rest = self.filled - start - length
        self.buffer[:rest] = self.buffer[start + length:self.filled]
        self.filled, self.continued = rest, False
        self.task = self.loop.create_task(self.serve(request))

    def parse(self, head):
        try:
            first, *lines = head.decode("latin-1").split("\r\n")
            request = Request()
            request.method, request.target, version = first.split(" ")
            request.path, _, request.query = request.target.partition("?")
            request.raw_headers = [tuple(part.strip() for part in line.split(":", 1)) for line in lines]
            request.headers = {}
            for name, value in request.raw_headers:
                name = name.lower()
                request.headers[name] = request.headers[name] + "," + value if name in request.headers else value
            length = int(request.headers.get("content-length", "0"))
            if not version.startswith("HTTP/1.") or length < 0 or length > MAX_BODY or "transfer-encoding" in request.headers:
                return None
        except ValueError:
            return None
        peer = self.transport.get_extra_info("peername")
        request.peer = peer[1] if isinstance(peer, tuple) else 0
        local = self.transport.get_extra_info("sockname")
        request.local = local[0] if isinstance(local, tuple) else ""
        request.arrived = time.monotonic_ns()
        return request

    # ---- answers ------------------------------------------------------------------------------------------------
    async def serve(self, request):
        answer, complete = None, False
        try:
            answer = await self.app.answer(request)
            if answer.delay:
                await asyncio.sleep(answer.delay)
            complete = await self.send(answer, request.header("connection").lower() == "close")
        except (Gone, asyncio.CancelledError, ConnectionError):
            pass
        finally:
            self.app.served(request, answer, complete, time.monotonic_ns())
            self.task = None
        if complete and not self.lost:
            self.next_request()

    async def write(self, data):
        if self.lost:
            raise Gone()
        self.transport.write(data)
        if self.drained:
            await self.drained

    async def send(self, answer, close):
        """Whether all of it was given to the kernel as it should be."""
        if answer.hang:
            await asyncio.sleep(3600)
        if answer.cut == "before":
            return self.end(answer)
        data = [answer.raw if answer.raw is not None else answer.head(close)] + answer.pieces()
        if answer.endless:
            await self.write(data[0])
            piece = b"".join(data[1:])
            if not answer.drip:
                piece = piece * (65536 // max(1, len(piece)) + 1)
            while True:
                await self.paced(answer, piece)
                await asyncio.sleep(0)                   # others want to be served too
        data = b"".join(data)
        if answer.cut == "middle":
            await self.write(data[:len(data) - max(1, sum(map(len, answer.pieces())) // 2)])
            await asyncio.sleep(0.01)
            return self.end(answer)
        await self.paced(answer, data)
        if answer.cut == "after" or close or answer.raw is not None:
            self.end(answer)
        return True

    async def paced(self, answer, data):
        if not answer.drip:
            return await self.write(data)
        size, seconds = answer.drip
        for at in range(0, len(data), size):
            await self.write(data[at:at + size])
            await asyncio.sleep(seconds)

    def end(self, answer):
        sock = self.transport.get_extra_info("socket")
        if answer.rst and sock is not None:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.transport.abort()
        else:
            self.transport.close()
        return False
