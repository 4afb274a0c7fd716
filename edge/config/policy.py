"""What may be done with a hit."""

from typing import ClassVar

from pydantic import Field

from edge.config.base import Fraction, Seconds, Section


class PolicySection(Section):
    """Thresholds of the four gates, and quiet times."""

    RELOADED: ClassVar = (
        "alarm_probability",
        "alarm_posterior",
        "jurisdiction_probability",
        "verify_list_age_s",
        "silent_list_age_s",
        "quiet_same_s",
        "quiet_similar_s",
        "revise_gain",
        "corrected_probability",
    )

    alarm_probability: Fraction = Field(
        description="Gate text passes from this probability of the entry's text."
    )
    alarm_posterior: Fraction = Field(
        description="Gate text passes from this probability that the car is the listed one, by how "
        "rare listed cars are among those that look the same."
    )
    foreign_share: Fraction = Field(
        description="Share of plates here that are not from the unit's own jurisdiction."
    )
    jurisdiction_probability: Fraction = Field(
        description="Gate jurisdiction passes from this probability of the entry's jurisdiction."
    )
    verify_list_age_s: Seconds = Field(description="From this list age on, nothing is an alarm.")
    silent_list_age_s: Seconds = Field(description="From this list age on, nothing is published.")
    quiet_same_s: Seconds = Field(
        description="The same entry is not alerted again within this time; later it is seen again."
    )
    quiet_similar_s: Seconds = Field(
        description="A plate one character away from an alerted one is quiet for this long."
    )
    revise_gain: Fraction = Field(
        description="A change of probability this large in a pass publishes a revision."
    )
    withdraw_hours: float = Field(
        ge=0.0,
        le=720.0,
        description="An alert is taken back if its entry leaves the list within this time.",
    )
    corrections: str = Field(
        description="Folder of signed corrections; empty: none, and nothing is held back by one."
    )
    correction_days: float = Field(
        gt=0.0, le=366.0, description="A correction that would hold for longer is refused."
    )
    corrected_probability: Fraction = Field(
        description="From this probability of a corrected text on, a hit is no alarm."
    )
