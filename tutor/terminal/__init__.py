"""What the terminal can show, and how little can be sent to it: colours, characters, the link."""
