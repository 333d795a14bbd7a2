"""The three tabs: layout and short named handlers."""
