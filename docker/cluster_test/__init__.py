"""What docker/test runs: a cluster of containers under uploads and faults."""
