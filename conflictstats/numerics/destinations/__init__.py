"""Who goes where: gravity with absorbed effects, and shares that wander."""
