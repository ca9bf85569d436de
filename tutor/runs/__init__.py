"""Lab runs: start, watch, stop, resume. A run is a directory; its events are its only interface."""
