"""The camera: its listening socket, its faults and its control port."""

import asyncio
import base64
import collections
import json
import os
import random
import socket
import time

from .log import log
from .media import Media
from .session import Session

FAULTS = frozenset("""
    accept_silent accept_close accept_reset blackhole slow silent status status_times drip_reply endless_headers
    header_line garbage_reply content_length huge_sdp redirect redirect_loop stale_nonce early_data wrong_cseq no_udp
    no_tcp no_rtcp bare_bye session_timeout enforce_timeout no_sps audio_only many_media codec_lie empty_sdp never_play stall_after drip
    reset_after close_after cut_after bye_after teardown_after reboot_after swap_after ts_start ts_jump ts_freeze
    ssrc_after no_idr no_ps no_marker corrupt garbage_rtp garbage_stream loss dup reorder oversize bad_channel burst
    """.split())


class Camera:
    def __init__(self, args):
        self.args = args
        self.media = Media(args.file, args.codec)
        self.pts = [int(x) for x in open(args.pts).read().split()] if args.pts else None
        self.faults = {}
        for item in args.fault:
            self.set(*item.split("=", 1))
        self.rng = random.Random(args.seed)
        self.server, self.port, self.sessions = None, args.port, set()
        self.nonce, self.requests_on_nonce, self.status_left = self._nonce(), 0, None
        self.stats = collections.Counter()
        self.hole = []
        self.boot = time.monotonic()
        self.done = asyncio.Event()

    def set(self, name, value=""):
        if name not in FAULTS:
            raise ValueError("unknown fault " + name)
        self.faults[name] = value
        if name in ("status", "status_times"):
            self.status_left = None

    def num(self, name, default=0.0):
        try:
            return float(self.faults.get(name, default) or 0)
        except ValueError:
            return default

    def arm(self, name, session):
        """True when NAME=N is set and this session has reached frame N."""
        return name in self.faults and session.frame >= self.num(name)

    @staticmethod
    def _nonce():
        return base64.b16encode(os.urandom(12)).decode().lower()

    async def listen(self):
        if self.server is None:
            self.server = await asyncio.start_server(
                self._client,
                self.args.host,
                self.port,
                limit=1 << 20,
                backlog=1 if "blackhole" in self.faults else 64,
                start_serving=False,
            )
            self.port = self.server.sockets[0].getsockname()[1]
            if "blackhole" in self.faults:
                await self._fill_backlog()
            else:
                await self.server.start_serving()

    async def _fill_backlog(self):
        """A listening socket that never accepts, its queue filled by us: further SYNs are dropped."""
        raw = self.server.sockets[0]
        os_sock = socket.socket(fileno=os.dup(raw.fileno()))
        os_sock.listen(0)
        for _ in range(4):
            s = socket.socket()
            s.setblocking(False)
            try:
                s.connect((self.args.host, self.port))
            except BlockingIOError:
                pass
            self.hole.append(s)
        self.hole.append(os_sock)
        await asyncio.sleep(0.05)

    async def unlisten(self):
        if self.server is not None:
            self.server.close()
            self.server = None
        for s in self.hole:
            s.close()
        self.hole = []

    def cut_all(self, how):
        for session in list(self.sessions):
            session.cut(how)

    async def down(self, seconds):
        log("down", seconds=seconds)
        self.stats["reboots"] += 1
        await self.unlisten()
        self.cut_all("reset")
        await asyncio.sleep(seconds)
        self.boot = time.monotonic()
        await self.listen()
        log("up", port=self.port)

    async def reboots(self):
        """reboot_after=S:DOWN, counted from the start of the media, repeated after every boot."""
        while True:
            await asyncio.sleep(0.05)
            spec = self.faults.get("reboot_after")
            if spec:
                after, _, down = spec.partition(":")
                if time.monotonic() - self.boot >= float(after):
                    await self.down(float(down or 2))

    async def _client(self, reader, writer):
        if len(self.sessions) >= self.args.max_clients:
            writer.close()
            return
        session = Session(self, reader, writer)
        self.sessions.add(session)
        self.stats["connections"] += 1
        log("connect", peer=session.peer[1])
        try:
            await session.run()
        except asyncio.CancelledError:
            pass
        except (
            ConnectionError,
            asyncio.IncompleteReadError,
            asyncio.LimitOverrunError,
            OSError,
        ) as error:
            log("lost", peer=session.peer[1], error=str(error) or type(error).__name__)
        finally:
            self.sessions.discard(session)
            session.stop()
            log(
                "end",
                peer=session.peer[1],
                frames=session.frame,
                packets=session.packets,
                requests=session.requests,
            )

    async def control(self, reader, writer):
        try:
            await self._control(reader, writer)
        except (asyncio.CancelledError, ConnectionError):
            writer.close()

    async def _control(self, reader, writer):
        while True:
            line = (await reader.readline()).decode("utf-8", "replace").split()
            if not line:
                break
            verb, rest = line[0], line[1:]
            reply = {"ok": True}
            try:
                if verb == "set":
                    self.set(rest[0], rest[1] if len(rest) > 1 else "")
                elif verb == "unset":
                    self.faults.pop(rest[0], None)
                elif verb == "clear":
                    self.faults.clear()
                elif verb == "stats":
                    reply.update(
                        self.stats,
                        faults=self.faults,
                        sessions=[
                            {
                                "frames": s.frame,
                                "packets": s.packets,
                                "transport": s.transport,
                                "playing": s.player is not None,
                                "skipped": s.skipped,
                            }
                            for s in self.sessions
                        ],
                    )
                elif verb in ("reset", "close"):
                    self.cut_all(verb)
                elif verb == "bye":
                    for s in self.sessions:
                        s.bye()
                elif verb == "down":
                    if rest:
                        asyncio.ensure_future(self.down(float(rest[0])))
                    else:
                        await self.unlisten()
                        self.cut_all("reset")
                elif verb == "up":
                    await self.listen()
                elif verb == "quit":
                    self.done.set()
                else:
                    reply = {"ok": False, "error": "unknown command"}
            except (ValueError, IndexError, OSError) as error:
                reply = {"ok": False, "error": str(error)}
            writer.write((json.dumps(reply) + "\n").encode())
            await writer.drain()
        writer.close()
