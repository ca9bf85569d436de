"""Models and everything done with them: import, memory, training, merging, export, chat, traces, evaluation."""
