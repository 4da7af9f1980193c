"""What alerting asks of people: how much, what came of it, and what was kept from them."""
