"""The pages; each file is one function of the office, and ``admin_web.all_pages`` lists them."""
