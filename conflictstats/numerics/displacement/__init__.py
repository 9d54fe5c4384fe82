"""Who is displaced, day by day: the balance of people and the law of its reports."""
