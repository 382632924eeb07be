#!/bin/sh
# The proof of the proof: with the references of repeated orders changed, the storm has to find orders that were placed twice.
exec "$QF_BUILD/tests/fault/storm" broken
