"""Identity: the numbers that licences, registers and codes carry, and their check digits."""
