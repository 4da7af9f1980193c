"""How good a judgement is: pure functions of what was true and what was said."""
