"""Collect the help text of command-line tools, parse it, and make an instruction dataset of it."""
