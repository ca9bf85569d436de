"""Small Python tasks with tests: data to train on, and a judge of what a model writes."""
