"""Where vending keys live and tokens are made."""
