"""What every test shares: property tests have no deadline, for the machines are slow and noisy."""

from hypothesis import settings

settings.register_profile("carewire", deadline=None, print_blob=True)
settings.load_profile("carewire")
