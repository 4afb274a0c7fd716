"""A real RTSP camera: GStreamer's RTSP server with a moving test picture, H.264 over TCP.

Run by the system's Python, which has GStreamer's bindings::

    /usr/bin/python3 rtsp_server.py PORT [--user NAME --password WORD]

It prints ``ready`` once it listens on rtsp://127.0.0.1:PORT/live, and serves until killed. Needs
python3-gi, gir1.2-gst-rtsp-server-1.0, gstreamer1.0-plugins-base, -good and -ugly (x264enc).
"""

import argparse

import gi

gi.require_version("Gst", "1.0")
gi.require_version("GstRtspServer", "1.0")
from gi.repository import GLib, Gst, GstRtspServer  # noqa: E402 - versions come first

PIPELINE = (
    "( videotestsrc is-live=true pattern=ball"
    " ! video/x-raw,width=320,height=240,framerate=15/1"
    " ! x264enc tune=zerolatency speed-preset=ultrafast key-int-max=15 threads=1"
    " ! rtph264pay name=pay0 pt=96 config-interval=1 )"
)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("port")
    parser.add_argument("--user", default="")
    parser.add_argument("--password", default="")
    arguments = parser.parse_args()
    Gst.init(None)
    for element in ("videotestsrc", "x264enc", "rtph264pay"):
        if Gst.ElementFactory.find(element) is None:
            raise SystemExit(f"GStreamer lacks {element}")
    server = GstRtspServer.RTSPServer()
    server.set_address("127.0.0.1")
    server.set_service(arguments.port)
    factory = GstRtspServer.RTSPMediaFactory()
    factory.set_launch(PIPELINE)
    factory.set_shared(True)
    if arguments.user:
        protect(server, factory, arguments.user, arguments.password)
    server.get_mount_points().add_factory("/live", factory)
    if server.attach(None) == 0:
        raise SystemExit(f"port {arguments.port} cannot be listened on")
    print("ready", flush=True)  # noqa: T201 - the test waits for this line
    GLib.MainLoop().run()


def protect(server, factory, user, password):
    """Let only *user* with *password* see and play the stream."""
    auth = GstRtspServer.RTSPAuth()
    token = GstRtspServer.RTSPToken()
    token.set_string("media.factory.role", "viewer")
    auth.add_basic(GstRtspServer.RTSPAuth.make_basic(user, password), token)
    server.set_auth(auth)
    permissions = GstRtspServer.RTSPPermissions()
    allowed = True
    permissions.add_permission_for_role("viewer", "media.factory.access", allowed)
    permissions.add_permission_for_role("viewer", "media.factory.construct", allowed)
    factory.set_permissions(permissions)


if __name__ == "__main__":
    main()
