"""Observation points in InfluxDB 1.8, 2.x or 3; everything else stays in the embedded store.

Points are written first, since writing them twice changes nothing; then the embedded store, the
journal, commits identities, slices and the rest. Only then is a commit done, so that what is
acknowledged is safe in both.

Reading is InfluxQL, the one language the three share. Writing is `/write` on 1.x and
influxdb-client on `/api/v2/write` from 2.x on; `/ping` tells which it is.

The tests run all of it against InfluxDB 1.6.7, and the second way of writing against
VictoriaMetrics and a server that answers as 2.7 is documented to. No real 2.7 or 3 was at hand:
there, InfluxQL (a point nobody wore has no `patient` tag, read as the empty one) and the answers
to refused lines rest on documentation.
"""
