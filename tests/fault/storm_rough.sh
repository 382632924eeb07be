#!/bin/sh
# The same while qfd and PostgreSQL are killed and frozen: what was acknowledged is there, once.
exec "$QF_BUILD/tests/fault/storm" rough
