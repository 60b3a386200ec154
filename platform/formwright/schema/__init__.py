"""What an app is: forms, fields, views, grants, and how a document becomes them."""
