"""What a visit wants to know of weeks: read, summed up, put on record. How it looks is `cloud.web.paper`."""
