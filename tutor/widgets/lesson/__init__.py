"""Live pictures of lessons. Each shows the trace it is given; what the learner changes goes out as a message."""
