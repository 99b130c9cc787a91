"""One connection's media: RTP and RTCP packets in their time, or out of it."""

import asyncio
import os
import struct
import time

from .log import log
from .media import CLOCK, Media


class Sender:
    """The sending half of a session, which supplies camera, transport and counters."""

    def raw(self, channel, data):
        if self.transport == "tcp":
            self.writer.write(struct.pack(">BBH", 0x24, channel, len(data)) + data)
        elif self.udp:
            try:
                self.udp[channel & 1].sendto(data, (self.peer[0], self.client_port + (channel & 1)))
            except (BlockingIOError, ConnectionError):
                self.cam.stats["udp_send_errors"] += 1

    def rtp(self, payload, ts, marker):
        cam = self.cam
        f, rng = cam.faults, cam.rng
        if payload and rng.random() < cam.num("corrupt"):
            pos = (
                rng.randrange(min(len(payload), 12), len(payload))
                if len(payload) > 12
                else len(payload) - 1
            )
            payload = (
                payload[:pos]
                + bytes((payload[pos] ^ (1 + rng.randrange(255)),))
                + payload[pos + 1 :]
            )
            cam.stats["corrupted"] += 1
        if rng.random() < cam.num("garbage_rtp"):
            payload = rng.getrandbits(8 * len(payload)).to_bytes(len(payload), "big")
            cam.stats["garbage"] += 1
        marker = marker and "no_marker" not in f
        packet = (
            struct.pack(
                ">BBHII",
                0x80,
                (0x80 if marker else 0) | self.media.payload_type,
                self.seq & 0xFFFF,
                ts & 0xFFFFFFFF,
                self.ssrc,
            )
            + payload
        )
        self.seq += 1
        self.packets += 1
        self.octets += len(payload)
        if rng.random() < cam.num("loss"):
            cam.stats["lost"] += 1
            return
        if self.held is not None:
            held, self.held = self.held, None
            self.raw(self.channel, packet)
            self.raw(self.channel, held)
        elif rng.random() < cam.num("reorder"):
            self.held = packet
            cam.stats["reordered"] += 1
        else:
            self.raw(self.channel, packet)
        if rng.random() < cam.num("dup"):
            self.raw(self.channel, packet)
            cam.stats["duplicated"] += 1

    def sender_report(self, ts, more=b""):
        now = time.time() + 2208988800
        report = struct.pack(
            ">BBHIIIIII",
            0x80,
            200,
            6,
            self.ssrc,
            int(now),
            int(now % 1 * 2**32),
            ts & 0xFFFFFFFF,
            self.packets & 0xFFFFFFFF,
            self.octets & 0xFFFFFFFF,
        )
        if "no_rtcp" not in self.cam.faults:
            self.raw(
                self.channel + 1, more if more and "bare_bye" in self.cam.faults else report + more
            )

    def bye(self, ts=0):
        """RTCP BYE: after a report, as RFC 3550 wants; `bare_bye` sends the eight bytes alone."""
        self.sender_report(ts, struct.pack(">BBHI", 0x81, 203, 1, self.ssrc))

    async def play(self):
        try:
            await self._play()
        except asyncio.CancelledError:
            raise
        except Exception as error:  # noqa: BLE001 - a bug here must not look like a quiet camera
            log("play_error", error="%s: %s" % (type(error).__name__, error))

    async def _play(self):
        cam, args = self.cam, self.cam.args
        f = cam.faults
        start, next_report = time.monotonic(), 0.0
        while not args.frames or self.frame < args.frames:
            if self.writer.is_closing():
                return
            if "enforce_timeout" in f and time.monotonic() - self.last_request > cam.num(
                "session_timeout", 60
            ):
                log("session_timeout")
                return self.cut("close")
            if "never_play" in f or not self.has_video or cam.arm("stall_after", self):
                await asyncio.sleep(0.05)
                start += 0.05
                continue
            if cam.arm("close_after", self):
                return self.cut("close")
            if cam.arm("bye_after", self):
                self.bye()
                log("bye", frame=self.frame)
                await asyncio.sleep(3600)
            if cam.arm("teardown_after", self):
                self.writer.write(
                    b"TEARDOWN rtsp://x/ RTSP/1.0\r\nCSeq: 900\r\nSession: "
                    + self.id.encode()
                    + b"\r\n\r\n"
                )
                await asyncio.sleep(3600)
            if "ssrc_after" in f and cam.arm("ssrc_after", self) and not self.ssrc_done:
                self.ssrc_done = True
                self.new_source()
            if "swap_after" in f and not self.swapped:
                at, _, path = f["swap_after"].partition(":")
                if self.frame >= int(at):
                    self.swapped, self.base, self.media = True, self.frame, Media(path)
                    log("swap", file=os.path.basename(path), frame=self.frame)
            if "ts_jump" in f and not self.jumped:
                at, _, ticks = f["ts_jump"].partition(":")
                if self.frame >= int(at):
                    self.jumped = True
                    self.ts0 += int(ticks)
            index = self.frame - self.base
            tick = int(index * CLOCK / args.fps)
            if cam.pts:
                loops, at = divmod(index, len(cam.pts))
                tick = cam.pts[at] + int(loops * len(cam.pts) * CLOCK / args.fps)
            tick += int(self.base * CLOCK / args.fps)
            ts = self.ts0 + (0 if "ts_freeze" in f else tick)
            if time.monotonic() - start >= next_report:
                self.sender_report(ts)
                next_report += 5
            if self.transport == "tcp":
                if "garbage_stream" in f:
                    n = int(cam.num("garbage_stream", 64) or 64)
                    self.writer.write(cam.rng.getrandbits(8 * n).to_bytes(n, "big"))
                if "oversize" in f:
                    self.raw(self.channel, b"\x80\x60" + bytes(65533))
                if "bad_channel" in f:
                    self.raw(77, b"\x80\x60" + bytes(100))
                if self.writer.transport.get_write_buffer_size() > args.buffer:
                    self.frame += 1  # a slow reader: like a camera, skip the picture
                    self.skipped += 1
                    await asyncio.sleep(1 / args.fps)
                    continue
            payloads = self.media.payloads(index, f)
            cut = (
                "reset"
                if cam.arm("reset_after", self)
                else "close" if cam.arm("cut_after", self) else None
            )
            for i, payload in enumerate(payloads):
                if cut and i == len(payloads) // 2:
                    if self.transport == "tcp":
                        self.writer.write(
                            struct.pack(">BBH", 0x24, self.channel, len(payload) + 12)
                            + b"\x80" * 40
                        )
                        await self.writer.drain()
                        await asyncio.sleep(0.02)
                    return self.cut(cut)
                rate = cam.num("drip")
                if rate > 0 and self.transport == "tcp":
                    self.seq += 1
                    data = (
                        struct.pack(
                            ">BBHBBHII",
                            0x24,
                            self.channel,
                            len(payload) + 12,
                            0x80,
                            (0x80 if i == len(payloads) - 1 else 0) | self.media.payload_type,
                            self.seq & 0xFFFF,
                            ts & 0xFFFFFFFF,
                            self.ssrc,
                        )
                        + payload
                    )
                    for k in range(len(data)):
                        self.writer.write(data[k : k + 1])
                        await self.writer.drain()
                        await asyncio.sleep(1 / rate)
                else:
                    self.rtp(payload, ts, i == len(payloads) - 1)
            if self.transport == "tcp":
                await self.writer.drain()
            self.frame += 1
            cam.stats["frames"] += 1
            if "burst" in f:
                await asyncio.sleep(0)
            else:
                delay = start + self.frame / args.fps - time.monotonic()
                if delay > 0:
                    await asyncio.sleep(delay)
                elif self.frame % 16 == 0:
                    await asyncio.sleep(0)
        self.bye()
        log("end_of_file", frame=self.frame)
