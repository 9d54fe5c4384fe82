"""Does what was said hold: claims checked against models and other reports."""

from conflictstats.evaluate.claims import (
    Claim,
    ClaimCheck,
    Evidence,
    Subject,
    Verdict,
    check_claim,
    claims_frame,
)

__all__ = [
    "Claim",
    "ClaimCheck",
    "Evidence",
    "Subject",
    "Verdict",
    "check_claim",
    "claims_frame",
]
