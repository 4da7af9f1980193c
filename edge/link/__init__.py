"""Where the gateway stands with its wearables: profiles, phases, turns and remedies; no radio in here."""
