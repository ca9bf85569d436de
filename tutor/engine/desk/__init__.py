"""What lessons compute without a language model: each public function of a module answers `module.function`.

A module lists its methods in `__all__`; each takes the `Call` first, then plain parameters, and returns plain data.
"""
