"""The page: three tabs over cifar_core."""
