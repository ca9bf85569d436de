"""The command line: one file per command, each with `add(subparsers)` and a function that returns the exit code.

Top-level imports stay light, because `tutor --help` imports every file here.
"""
