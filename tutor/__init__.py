"""tutor: learn to fine-tune language models in your terminal, by doing it."""

__version__ = "0.1.0"
