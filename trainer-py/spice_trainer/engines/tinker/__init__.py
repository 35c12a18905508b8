"""The trainers `tinker` (backend.py) and `tinker-hosted` (hosted.py), on a Tinker-compatible server."""
