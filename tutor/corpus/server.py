"""The process behind the corpus screens: `python -m tutor.corpus.server corpus`."""

from __future__ import annotations

from tutor.engine import server
from tutor.engine.methods import PackageMethods

if __name__ == "__main__":
    server.serve(lambda: PackageMethods("tutor.corpus.desk"))
