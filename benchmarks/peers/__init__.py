"""What we are measured beside, each as its own documentation would run it. See `benchmarks.servers`."""
