"""Measures this machine: each module one question, `measure() -> Figures`, bounded in time."""
