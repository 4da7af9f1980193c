"""How likely somebody as ill as this dies in hospital, from two days of vital signs."""
