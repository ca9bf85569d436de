"""From source trees to a published dataset that can be refuted.

The pipeline is `sources` → `extract` → `gates` and `checks` → `dedup` → `balance` → `split` → `export`; `build` runs it
whole. `falsify` attacks what was written; `mutate` proves that every attack can succeed.
"""
