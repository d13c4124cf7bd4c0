"""The ways to meters: ports, modems and connections that carry octets, and who speaks over them."""
