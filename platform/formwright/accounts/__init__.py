"""Members, departments, roles, passwords, sessions, tokens: who somebody is."""
