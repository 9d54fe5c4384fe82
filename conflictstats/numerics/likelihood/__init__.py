"""Log probability of what was reported, given the linear predictor."""
