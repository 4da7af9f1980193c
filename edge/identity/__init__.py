"""Who this gateway is: a key it made itself, a certificate for it, and what is kept of both."""
