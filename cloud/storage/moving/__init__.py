"""Moves observation points between the embedded store and InfluxDB, and compares both at the end.

Everything but points stays in the series file, which is the journal beside InfluxDB. The source is only
read. While points move nobody writes them: the file says so, and the service does not start on it.
"""
