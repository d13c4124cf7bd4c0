"""Models of meters as data: which protocol they speak and what is particular to them."""
