"""What the series file keeps beside points: the numbers stored, what was set aside, happened, waits."""
