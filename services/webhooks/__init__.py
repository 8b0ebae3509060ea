"""Webhooks of runs: what they tell, their deliveries and tries, the secrets that sign them."""
