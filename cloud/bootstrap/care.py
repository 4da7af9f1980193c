"""The plans by which patients are judged, over their stores."""

from cloud.bootstrap.foundation import Foundation
from cloud.care.facts import FactsRemembered
from cloud.care.plans import Plans

__all__ = ["plans_over"]


def plans_over(base: Foundation) -> Plans:
    """Join the sources of the plans."""
    return Plans(facts=FactsRemembered(book=base.stores.relational.facts))
