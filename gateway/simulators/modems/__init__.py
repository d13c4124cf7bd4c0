"""Virtual modems on a telephone exchange: for training, the demo and tests."""
