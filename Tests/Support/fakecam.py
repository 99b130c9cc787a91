#!/usr/bin/env python3
"""fakecam: a scriptable fake RTSP camera for fault tests (Python 3.9+, standard library only).

Serves one pre-encoded elementary stream (H.264 Annex-B or concatenated JPEG) over RTP,
TCP-interleaved or UDP, on a loopback address, and misbehaves on request.

    Tests/Support/fakecam.py --file cam.h264 --port 8554 --control 8555 --fault stall_after=60
    ffmpeg -rtsp_transport tcp -i rtsp://127.0.0.1:8554/stream -f null -

The first line on stdout is  READY rtsp=PORT control=PORT  (use --port 0 for a free port).
Every connection, request, RTP total and injected fault is logged to stderr as one JSON object a line.

FAULTS (--fault NAME or NAME=VALUE, repeatable; or `set NAME VALUE` / `unset NAME` / `clear` on the
control port). A fault on the control port takes effect at once for running sessions where it can.

 connection   accept_silent        accept, read, never answer          accept_close   accept, close (FIN)
              accept_reset         accept, reset (RST)                 blackhole      SYNs dropped (full backlog)
 protocol     slow=METHOD:SECONDS  delay that reply                    silent=METHOD  never answer that method
              status=METHOD:CODE   answer with an error code           status_times=N apply `status` N times, then work
              drip_reply=BYTES_S   send replies that slowly            endless_headers=N  N header lines, no end (0: ever)
              header_line=N        one header line of N bytes          garbage_reply=N    N random bytes as the reply
              content_length=N     lie in the DESCRIBE reply           huge_sdp=N     pad the SDP to N bytes
              redirect=URL         301 on DESCRIBE                     redirect_loop  301 to itself, ever
              stale_nonce=N        stale nonce every N requests        early_data=N   N RTP packets before the PLAY reply
              wrong_cseq           CSeq off by 100                     no_udp / no_tcp  461 for that transport
              session_timeout=S    Session: ...;timeout=S              enforce_timeout  drop a session without keepalive
 sdp          no_sps               no sprop-parameter-sets             audio_only     an audio m= line alone
              many_media=N         N extra audio m= lines              codec_lie=NAME  another rtpmap name (H265 ...)
              empty_sdp            v=0 and nothing else
 media        never_play           PLAY is answered, nothing is sent   stall_after=N  stop after N frames, keep the socket
              drip=BYTES_S         interleaved bytes that slowly       reset_after=N  RST in the middle of frame N
              close_after=N        FIN after frame N                   cut_after=N    FIN in the middle of frame N
              bye_after=N          RTCP BYE after N frames             teardown_after=N  a TEARDOWN request from the server
              reboot_after=S:DOWN  at S seconds go away for DOWN s     swap_after=N:FILE  other file (size, codec) in band
              ts_start=N           first RTP timestamp                 ts_jump=N:TICKS  add TICKS (may be negative) at frame N
              ts_freeze            the same timestamp on every frame   ssrc_after=N   new SSRC, sequence and timestamp
              no_idr / no_ps       drop IDR slices / SPS and PPS       no_marker      never set the marker bit
              corrupt=P            flip a byte in a packet, chance P   garbage_rtp=P  replace payload with noise, chance P
              garbage_stream=N     N raw bytes between interleaved frames, before every frame
              loss=P dup=P reorder=P  packets, chance P (a real sequence gap; meant for UDP, TCP accepts loss and dup)
              no_rtcp              never send RTCP                     bare_bye       BYE without a report before it
              oversize             an interleaved packet of 65,535 bytes before every frame
              bad_channel          an interleaved packet on channel 77 before every frame
              burst                send as fast as the socket takes it

CONTROL PORT (loopback, one command a line, one JSON object back):
   set NAME [VALUE] | unset NAME | clear | stats | reset | close | bye | down [SECONDS] | up | quit
"""
import argparse
import asyncio

from fakecamera.camera import Camera
from fakecamera.log import log


async def main():
    p = argparse.ArgumentParser(description="fake RTSP camera with faults", epilog="Faults: see the top of the file.")
    p.add_argument("--file", required=True, help="H.264 Annex-B or concatenated JPEG")
    p.add_argument("--codec", choices=("h264", "mjpeg"))
    p.add_argument("--pts", help="file with one 90 kHz presentation time a picture (for B-frames)")
    p.add_argument("--fps", type=float, default=15)
    p.add_argument("--frames", type=int, default=0, help="stop with RTCP BYE after so many (0: loop for ever)")
    p.add_argument("--host", default="127.0.0.1")
    p.add_argument("--port", type=int, default=8554)
    p.add_argument("--control", type=int, default=None, help="control port (0: any)")
    p.add_argument("--user")
    p.add_argument("--password", default="")
    p.add_argument("--auth", choices=("digest", "basic"), default="digest")
    p.add_argument("--fault", action="append", default=[], metavar="NAME[=VALUE]")
    p.add_argument("--seed", type=int, default=1)
    p.add_argument("--buffer", type=int, default=1 << 20, help="bytes queued to a slow TCP reader before pictures are skipped")
    p.add_argument("--max-clients", type=int, default=64)
    p.add_argument("--lifetime", type=float, default=600, help="exit after so many seconds, whatever happens")
    args = p.parse_args()
    if not args.host.startswith("127.") and args.host != "::1":
        p.error("loopback addresses only")
    camera = Camera(args)
    await camera.listen()
    control = None
    if args.control is not None:
        control = await asyncio.start_server(camera.control, args.host, args.control)
    port = control.sockets[0].getsockname()[1] if control else 0
    print("READY rtsp=%d control=%d" % (camera.port, port), flush=True)
    reboot = asyncio.ensure_future(camera.reboots())
    try:
        await asyncio.wait_for(camera.done.wait(), args.lifetime)
    except asyncio.TimeoutError:
        log("lifetime_over")
    reboot.cancel()
    await camera.unlisten()
    camera.cut_all("close")
    await asyncio.sleep(0.05)


if __name__ == "__main__":
    try:
        asyncio.run(main())
    except KeyboardInterrupt:
        pass
