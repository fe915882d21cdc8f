"""The policy sandbox: a deadline, a target or a ladder changed on a copy, the last 90 days seen again, and proposed."""
