"""Whatever is missing or old: the true score lies within the range, and nothing that is unknown raises it."""

from hypothesis import given
from hypothesis import strategies as st

from vitals.scores.mews import mews
from vitals.scores.news2 import CURRENT_FOR_MS, Spo2Scale, news2
from vitals.scores.tables import Measured

CHARTS = st.fixed_dictionaries(
    {
        "respiratory_rate": st.floats(2, 80),
        "oxygen_saturation": st.floats(40, 100),
        "supplemental_oxygen": st.sampled_from([0.0, 1.0]),
        "systolic_pressure": st.floats(40, 300),
        "heart_rate": st.floats(20, 300),
        "consciousness": st.sampled_from([0.0, 1.0, 2.0, 3.0, 4.0]),
        "body_temperature": st.floats(25, 45),
    }
)
UNKNOWN = st.sets(
    st.sampled_from(
        [
            "respiratory_rate",
            "oxygen_saturation",
            "supplemental_oxygen",
            "systolic_pressure",
            "heart_rate",
            "consciousness",
            "body_temperature",
        ]
    )
)


def measured(chart, unknown, *, is_old):
    """All of a chart; what is unknown is old, or not there."""
    return {
        key: Measured(value=value, age_ms=CURRENT_FOR_MS + (key in unknown))
        for key, value in chart.items()
        if is_old or key not in unknown
    }


@given(chart=CHARTS, unknown=UNKNOWN, is_old=st.booleans(), scale=st.sampled_from(Spo2Scale))
def test_the_true_news2_lies_within_the_range_of_what_is_known(chart, unknown, is_old, scale):
    true = news2(measured(chart, set(), is_old=is_old), age_years=50, spo2_scale=scale)
    known = news2(measured(chart, unknown, is_old=is_old), age_years=50, spo2_scale=scale)
    assert true.lowest == true.highest
    assert known.lowest <= true.lowest <= known.highest
    assert {part.key for part in known.single_threes} <= {part.key for part in true.single_threes}


@given(chart=CHARTS, unknown=UNKNOWN, is_old=st.booleans())
def test_the_true_mews_lies_within_the_range_of_what_is_known(chart, unknown, is_old):
    true = mews(measured(chart, set(), is_old=is_old))
    known = mews(measured(chart, unknown, is_old=is_old))
    assert true.lowest == true.highest
    assert known.lowest <= true.lowest <= known.highest
