"""What lessons ask about what was recorded: methods of the role `desk`, as in `tutor.engine.desk`."""
