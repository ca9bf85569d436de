"""Widgets: one a file. They get data and draw it; they read no files and start no work."""
