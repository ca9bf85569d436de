"""What the corpus screens ask a process of their own: the app reads no Parquet and parses no code."""
