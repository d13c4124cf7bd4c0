"""The fuse box: the only place where doors, verbs and plugs meet."""
