"""How the forms that admins define become real tables, and how records get in and out of them."""
