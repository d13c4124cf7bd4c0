"""Where tokens come from: issuers over keys in software, later in security modules."""
