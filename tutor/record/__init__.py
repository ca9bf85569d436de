"""What a learner has done, put together from progress, exercises and runs. Nothing is stored here."""
