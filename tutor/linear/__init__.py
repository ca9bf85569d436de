"""The course as plain lines of text, for screen readers and terminals that can do nothing else: `tutor --linear`."""
