"""What is inside model files, read tensor by tensor: no model is loaded, and no torch."""
