"""Rules rehearsed over what is stored of a patient, before they are saved: what they would have raised."""
