"""Pixels in: Pi camera, RTSP, V4L2, recordings; one slot between camera and line."""
