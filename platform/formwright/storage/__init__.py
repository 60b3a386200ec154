"""How forms become real tables, and rows go in and out of them."""
