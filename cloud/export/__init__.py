"""Everything that is kept of one patient, for themselves: readable without any program of ours."""
