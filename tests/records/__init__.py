"""What records promise: values, rights, rules, history."""
