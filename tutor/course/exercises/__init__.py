"""Exercises in code: their folders under `lessons/`, the check of a learner's file in a walled child process, and the desk."""
