"""What lessons compute on the loaded model: each public function of a module answers `module.function`.

A module lists its methods in `__all__`; each takes the `Call` and the `Loaded` model first, then plain parameters, and
returns plain data.
"""
