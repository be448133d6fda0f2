"""What the product is measured by; `python -m benchmarks` runs all. No test asks these."""
