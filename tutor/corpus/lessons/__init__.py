"""What lessons ask about corpora: methods of the role `desk`, as in `tutor.engine.desk`."""
