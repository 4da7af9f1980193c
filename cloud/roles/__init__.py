"""One service in several processes: who does what, who lives, and who evaluates whom."""
