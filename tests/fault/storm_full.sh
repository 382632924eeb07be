#!/bin/sh
# Eight connections trade while a recorded market runs as fast as it can; nothing breaks. The ledger has to add up.
exec "$QF_BUILD/tests/fault/storm" full
