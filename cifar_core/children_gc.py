"""Preloaded last: keeps the collector off what was imported, so that children go on sharing it.

(A collection writes into every object it looks at, and so copies the memory of the whole import.)
"""

import gc

gc.collect()
gc.freeze()
