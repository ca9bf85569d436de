"""The course: its outline, lessons parsed from `lessons/`, and the learner's progress."""
