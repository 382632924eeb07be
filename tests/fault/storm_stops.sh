#!/bin/sh
# A thousand stops at random moments under full load: nothing leaves after the acknowledgement.
exec "$QF_BUILD/tests/fault/storm_stops"
