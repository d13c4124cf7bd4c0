"""The operator's door: pages and orders in a browser, made by the server (docs/admin-web.md)."""
