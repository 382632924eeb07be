#!/bin/sh
# Eight connections trade while ten recorded days run by in five seconds; nothing breaks. The ledger has to add up.
exec "$QF_BUILD/tests/fault/storm" calm
