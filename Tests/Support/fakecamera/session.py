"""One connection: RTSP requests and their answers, right or wrong as the faults say."""

import asyncio
import base64
import hashlib
import os
import socket
import struct
import time

from .log import log
from .rtp import Sender


class Session(Sender):
    def __init__(self, camera, reader, writer):
        self.cam, self.reader, self.writer = camera, reader, writer
        self.peer = writer.get_extra_info("peername") or ("?", 0)
        self.id = base64.b16encode(os.urandom(4)).decode()
        self.transport, self.channel, self.udp, self.client_port = None, 0, None, None
        self.player, self.frame, self.packets, self.octets, self.requests, self.skipped = (
            None,
            0,
            0,
            0,
            0,
            0,
        )
        self.last_request = time.monotonic()
        self.media, self.base = camera.media, 0
        self.new_source(first=True)
        self.held, self.has_video = None, False
        self.jumped = self.swapped = self.ssrc_done = False

    # ------------------------------------------------------------ life cycle

    def new_source(self, first=False):
        rng = self.cam.rng
        self.ssrc, self.seq = rng.getrandbits(32), rng.getrandbits(16)
        self.ts0 = (
            int(self.cam.num("ts_start"))
            if first and "ts_start" in self.cam.faults
            else rng.getrandbits(32)
        )

    def stop(self):
        if self.player:
            self.player.cancel()
            self.player = None
        for s in self.udp or ():
            s.close()
        self.udp = None
        if not self.writer.is_closing():
            self.writer.close()

    def cut(self, how):
        log("cut", how=how, peer=self.peer[1], frame=self.frame)
        if how == "reset":
            sock = self.writer.get_extra_info("socket")
            if sock is not None and sock.fileno() >= 0:
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.writer.transport.abort()
        else:
            self.writer.close()
        if self.player and self.player is not asyncio.current_task():
            self.player.cancel()

    async def run(self):
        f = self.cam.faults
        if "accept_reset" in f:
            return self.cut("reset")
        if "accept_close" in f:
            return self.cut("close")
        while True:
            first = await self.reader.readexactly(1)
            if first == b"$":  # RTCP from the client
                head = await self.reader.readexactly(3)
                await self.reader.readexactly(struct.unpack(">H", head[1:])[0])
                continue
            text = first + await self.reader.readuntil(b"\r\n\r\n")
            if "accept_silent" in f:
                continue
            lines = text.decode("utf-8", "replace").split("\r\n")
            parts = lines[0].split(" ")
            headers = {}
            for line in lines[1:]:
                key, _, value = line.partition(":")
                headers[key.strip().lower()] = value.strip()
            if headers.get("content-length", "0").isdigit():
                await self.reader.readexactly(int(headers.get("content-length", "0")))
            if len(parts) < 3 or parts[0].startswith("RTSP/"):
                continue  # a reply to a request of ours
            self.requests += 1
            self.cam.stats["req_" + parts[0]] += 1
            self.last_request = time.monotonic()
            log(
                "request",
                method=parts[0],
                url=parts[1],
                peer=self.peer[1],
                auth=headers.get("authorization", "")[:6],
                ua=headers.get("user-agent", ""),
            )
            if not await self.answer(parts[0], parts[1], headers):
                return

    # ------------------------------------------------------------ requests

    async def send(self, data):
        rate = self.cam.num("drip_reply")
        if rate <= 0:
            self.writer.write(data)
            await self.writer.drain()
            return
        for i in range(len(data)):
            self.writer.write(data[i : i + 1])
            await self.writer.drain()
            await asyncio.sleep(1 / rate)

    async def reply(self, headers, code=200, extra=(), body=b"", length=None):
        reason = {
            200: "OK",
            301: "Moved",
            401: "Unauthorized",
            404: "Not Found",
            453: "Not Enough Bandwidth",
            454: "Session Not Found",
            461: "Unsupported Transport",
            503: "Service Unavailable",
        }.get(code, "Error")
        cseq = headers.get("cseq", "0")
        if "wrong_cseq" in self.cam.faults and cseq.isdigit():
            cseq = str(int(cseq) + 100)
        lines = ["RTSP/1.0 %d %s" % (code, reason), "CSeq: " + cseq, "Server: fakecam"] + list(
            extra
        )
        if body or length is not None:
            lines += [
                "Content-Type: application/sdp",
                "Content-Length: %d" % (len(body) if length is None else length),
            ]
        await self.send(("\r\n".join(lines) + "\r\n\r\n").encode() + body)

    def authorised(self, method, headers):
        a = self.cam.args
        if not a.user:
            return True, False
        value = headers.get("authorization", "")
        if a.auth == "basic":
            want = base64.b64encode(("%s:%s" % (a.user, a.password)).encode()).decode()
            return value == "Basic " + want, False
        if not value.lower().startswith("digest "):
            return False, False
        fields = {}
        for item in value[7:].split(","):
            key, _, val = item.strip().partition("=")
            fields[key] = val.strip('"')
        every = int(self.cam.num("stale_nonce"))
        self.cam.requests_on_nonce += 1
        if fields.get("nonce") != self.cam.nonce or (every and self.cam.requests_on_nonce > every):
            self.cam.nonce, self.cam.requests_on_nonce = self.cam._nonce(), 0
            return False, True
        md5 = lambda s: hashlib.md5(s.encode()).hexdigest()
        ha1 = md5("%s:%s:%s" % (a.user, "fakecam", a.password))
        ha2 = md5("%s:%s" % (method, fields.get("uri", "")))
        if fields.get("qop"):
            want = md5(
                ":".join(
                    (
                        ha1,
                        fields["nonce"],
                        fields.get("nc", ""),
                        fields.get("cnonce", ""),
                        fields["qop"],
                        ha2,
                    )
                )
            )
        else:
            want = md5(":".join((ha1, fields.get("nonce", ""), ha2)))
        return fields.get("response") == want, False

    async def answer(self, method, url, headers):
        cam, f = self.cam, self.cam.faults
        slow = f.get("slow", "").split(":")
        if slow[0] == method:
            await asyncio.sleep(float(slow[1]))
        if f.get("silent") == method:
            return True
        if "garbage_reply" in f:
            await self.send(
                cam.rng.getrandbits(8 * int(cam.num("garbage_reply", 4096) or 4096)).to_bytes(
                    int(cam.num("garbage_reply", 4096) or 4096), "big"
                )
            )
            return True
        if "endless_headers" in f:
            limit, i = int(cam.num("endless_headers")), 0
            await self.send(("RTSP/1.0 200 OK\r\nCSeq: %s\r\n" % headers.get("cseq", "0")).encode())
            while not limit or i < limit:
                self.writer.write(("X-Pad-%d: %s\r\n" % (i, "x" * 200)).encode() * 50)
                await self.writer.drain()
                i += 50
                await asyncio.sleep(0.001)
            return True
        if "header_line" in f:
            await self.send(
                ("RTSP/1.0 200 OK\r\nCSeq: %s\r\nX-Long: " % headers.get("cseq", "0")).encode()
                + b"x" * int(cam.num("header_line"))
                + b"\r\nPublic: DESCRIBE, SETUP, PLAY, TEARDOWN\r\n\r\n"
            )
            if method == "OPTIONS":
                return True
        name, _, code = f.get("status", "").partition(":")
        if name == method:
            if cam.status_left is None:
                cam.status_left = int(cam.num("status_times", -1)) if "status_times" in f else -1
            if cam.status_left != 0:
                cam.status_left -= 1
                extra = (
                    ['WWW-Authenticate: Digest realm="fakecam", nonce="%s"' % cam.nonce]
                    if code == "401"
                    else []
                )
                await self.reply(headers, int(code), extra)
                return True
        if method == "DESCRIBE" and ("redirect" in f or "redirect_loop" in f):
            await self.reply(
                headers,
                301,
                [
                    "Location: "
                    + (f.get("redirect") or "rtsp://%s:%d/again" % (cam.args.host, cam.port))
                ],
            )
            return False
        ok, stale = self.authorised(method, headers)
        if method != "OPTIONS" and not ok:
            cam.stats["auth_failures"] += 1
            if cam.args.auth == "basic":
                extra = ['WWW-Authenticate: Basic realm="fakecam"']
            else:
                extra = [
                    'WWW-Authenticate: Digest realm="fakecam", nonce="%s"%s'
                    % (cam.nonce, ', stale="true"' if stale else "")
                ]
            await self.reply(headers, 401, extra)
            return True
        if method == "OPTIONS":
            await self.reply(
                headers,
                extra=["Public: OPTIONS, DESCRIBE, SETUP, PLAY, PAUSE, TEARDOWN, GET_PARAMETER"],
            )
        elif method == "DESCRIBE":
            body = self.sdp().encode()
            pad = int(cam.num("huge_sdp"))
            if pad > len(body):
                body += b"a=x-pad:" + b"x" * (pad - len(body) - 10) + b"\r\n"
            length = int(cam.num("content_length")) if "content_length" in f else None
            await self.reply(
                headers, extra=["Content-Base: " + url.rstrip("/") + "/"], body=body, length=length
            )
        elif method == "SETUP":
            await self.setup(headers, "audio" not in url.rsplit("/", 1)[-1])
        elif method == "PLAY":
            for _ in range(int(cam.num("early_data"))):
                self.rtp(b"\x09\xf0", 0, False)
            info = "RTP-Info: url=%s/track1;seq=%d;rtptime=%d" % (
                url.rstrip("/"),
                self.seq,
                self.ts0,
            )
            await self.reply(headers, extra=["Session: " + self.id, "Range: npt=0.000-", info])
            if self.player is None:
                self.player = asyncio.ensure_future(self.play())
        elif method == "PAUSE":
            if self.player:
                self.player.cancel()
                self.player = None
            await self.reply(headers, extra=["Session: " + self.id])
        elif method == "TEARDOWN":
            await self.reply(headers, extra=["Session: " + self.id])
            return False
        elif method in ("GET_PARAMETER", "SET_PARAMETER"):
            await self.reply(headers, extra=["Session: " + self.id])
        else:
            await self.reply(headers, 501)
        return True

    def sdp(self):
        f, m = self.cam.faults, self.media
        lines = ["v=0"]
        if "empty_sdp" in f:
            return "v=0\r\n"
        lines += [
            "o=- 1 1 IN IP4 %s" % self.cam.args.host,
            "s=fakecam",
            "c=IN IP4 0.0.0.0",
            "t=0 0",
            "a=control:*",
            "a=range:npt=0-",
        ]
        if "audio_only" not in f:
            lines.append("m=video 0 RTP/AVP %d" % m.payload_type)
            if m.codec == "h264":
                lines.append("a=rtpmap:96 %s/90000" % (f.get("codec_lie") or "H264"))
                fmtp = "a=fmtp:96 packetization-mode=1"
                if (
                    m.sps
                    and m.pps
                    and "no_sps" not in f
                    and "no_ps" not in f
                    and "codec_lie" not in f
                ):
                    fmtp += ";profile-level-id=%s;sprop-parameter-sets=%s,%s" % (
                        m.sps[1:4].hex(),
                        base64.b64encode(m.sps).decode(),
                        base64.b64encode(m.pps).decode(),
                    )
                lines.append(fmtp)
            lines += ["a=framerate:%g" % self.cam.args.fps, "a=control:track1"]
        for i in range(int(self.cam.num("many_media")) + ("audio_only" in f)):
            lines += ["m=audio 0 RTP/AVP 0", "a=control:audio%d" % i]
        return "\r\n".join(lines) + "\r\n"

    async def setup(self, headers, video):
        f, spec = self.cam.faults, headers.get("transport", "")
        tcp = "RTP/AVP/TCP" in spec
        if ("no_tcp" in f and tcp) or ("no_udp" in f and not tcp) or "multicast" in spec:
            return await self.reply(headers, 461)
        fields = dict(p.partition("=")[::2] for p in spec.split(";"))
        if tcp:
            self.transport = "tcp"
            low = fields.get("interleaved", "0-1").split("-")[0]
            if video:
                self.channel, self.has_video = int(low), True
            answer = "RTP/AVP/TCP;unicast;interleaved=%s-%d;ssrc=%08X" % (
                low,
                int(low) + 1,
                self.ssrc,
            )
        else:
            self.transport = "udp"
            ports = fields.get("client_port", "0-0").split("-")
            if video:
                self.client_port, self.has_video = int(ports[0]), True
            if self.udp is None:
                self.udp = self.udp_pair()
            answer = "RTP/AVP;unicast;client_port=%s-%s;server_port=%d-%d;ssrc=%08X" % (
                ports[0],
                ports[-1],
                self.udp[0].getsockname()[1],
                self.udp[1].getsockname()[1],
                self.ssrc,
            )
        timeout = ";timeout=%s" % f["session_timeout"] if "session_timeout" in f else ""
        await self.reply(headers, extra=["Transport: " + answer, "Session: " + self.id + timeout])

    def udp_pair(self):
        for _ in range(200):
            a = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            a.bind((self.cam.args.host, 0))
            port = a.getsockname()[1]
            if port % 2 == 0:
                b = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
                try:
                    b.bind((self.cam.args.host, port + 1))
                    a.setblocking(False)
                    b.setblocking(False)
                    return a, b
                except OSError:
                    b.close()
            a.close()
        raise OSError("no even UDP port pair")
