"""What end users meet: my work, lists, records, tasks."""
