"""What happens now, for open pages of a process that neither ingests nor evaluates: read from the stores."""
