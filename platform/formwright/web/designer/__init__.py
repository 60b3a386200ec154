"""Where a business admin builds: forms, flows, publishing."""
