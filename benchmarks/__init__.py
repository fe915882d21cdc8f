"""The figures this project promises, one file each; ``python -m benchmarks`` runs them."""
