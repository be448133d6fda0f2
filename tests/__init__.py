"""The product's tests; they mirror the package path by path."""
