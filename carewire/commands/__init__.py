"""One module a noun of the command line. Heavy imports wait until a command runs."""
