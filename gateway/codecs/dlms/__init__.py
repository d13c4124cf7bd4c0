"""DLMS/COSEM: HDLC and wrapper, values, services, associations; client and meter side, sans-I/O."""
