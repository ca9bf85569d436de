"""Screens: one a file, imported when first opened. Each has its style sheet in `assets/`."""
