"""Exercises in code: folders under `lessons/`, the check of a learner's file behind walls, and the learner's desk."""
