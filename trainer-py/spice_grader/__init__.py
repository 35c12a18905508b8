"""The second opinion on an answer: math-verify in its own process, which the orchestrator may kill
at any time.

`python -m spice_grader` reads one request a line on stdin and writes one reply a line on stdout. It
runs in the environment `grader`, which has math-verify and nothing of the trainer. It opens no
socket and no file.
"""
