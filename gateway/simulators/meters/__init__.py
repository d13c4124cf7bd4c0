"""Virtual meters that are spoken to over their wires: the house behind them, and a face for each wire."""
