#!/usr/bin/python3
"""gstcam: a real RTSP camera, GStreamer's own server with a live test pattern.

    Tests/Support/gstcam.py --port 0
    READY rtsp=PORT

Needs Debian's python3-gi, gir1.2-gst-rtsp-server-1.0 and GStreamer's x264 (make deps installs them
as `scripts/deps cameras`). It speaks TCP and UDP, answers keepalives, sends RTCP with wall-clock
times and takes --user and --password (digest). It ends after --lifetime seconds.
"""
import argparse
import sys

try:
    import gi

    gi.require_version("Gst", "1.0")
    gi.require_version("GstRtspServer", "1.0")
    gi.require_version("GstRtsp", "1.0")
    from gi.repository import GLib, Gst, GstRtsp, GstRtspServer
except (ImportError, ValueError) as error:
    sys.exit(f"gstcam: {error}; scripts/deps cameras installs it")


def arguments():
    parser = argparse.ArgumentParser(description="a real RTSP camera with a test pattern")
    parser.add_argument("--port", type=int, default=8554, help="0: any")
    parser.add_argument("--path", default="/stream")
    parser.add_argument("--size", default="640x480")
    parser.add_argument("--fps", type=int, default=15)
    parser.add_argument("--pattern", default="ball", help="of GStreamer's videotestsrc")
    parser.add_argument("--codec", choices=("h264", "h265", "mjpeg"), default="h264")
    parser.add_argument("--user")
    parser.add_argument("--password", default="")
    parser.add_argument("--lifetime", type=int, default=600)
    return parser.parse_args()


def pipeline(options):
    width, height = (int(part) for part in options.size.split("x"))
    encode = {
        "h264": "x264enc tune=zerolatency speed-preset=ultrafast key-int-max=30 bitrate=800"
                " ! video/x-h264,profile=baseline ! rtph264pay name=pay0 pt=96 config-interval=1",
        "h265": "x265enc tune=zerolatency speed-preset=ultrafast key-int-max=30"
                " ! rtph265pay name=pay0 pt=96 config-interval=1",
        "mjpeg": "jpegenc ! rtpjpegpay name=pay0 pt=26",
    }[options.codec]
    return (f"( videotestsrc is-live=true pattern={options.pattern}"
            f" ! video/x-raw,format=I420,width={width},height={height},framerate={options.fps}/1"
            f" ! timeoverlay ! {encode} )")


def require_password(server, factory, options):
    auth = GstRtspServer.RTSPAuth()
    auth.set_supported_methods(GstRtsp.RTSPAuthMethod.DIGEST)
    token = GstRtspServer.RTSPToken()
    token.set_string("media.factory.role", "viewer")
    auth.add_digest(options.user, options.password, token)
    factory.add_role_from_structure(_role("viewer"))
    server.set_auth(auth)


def _role(name):
    role = Gst.Structure.new_empty(name)
    role.set_value("media.factory.access", True)
    role.set_value("media.factory.construct", True)
    return role


def main():
    options = arguments()
    Gst.init(None)
    server = GstRtspServer.RTSPServer()
    server.set_address("127.0.0.1")
    server.set_service(str(options.port))
    factory = GstRtspServer.RTSPMediaFactory()
    factory.set_launch(pipeline(options))
    factory.set_shared(True)
    if options.user:
        require_password(server, factory, options)
    server.get_mount_points().add_factory(options.path, factory)
    loop = GLib.MainLoop()
    if server.attach(None) == 0:
        sys.exit(f"gstcam: port {options.port} cannot be had")
    print(f"READY rtsp={server.get_bound_port()}", flush=True)
    GLib.timeout_add_seconds(options.lifetime, loop.quit)
    loop.run()


if __name__ == "__main__":
    main()
